//! What an answer says that a checkpoint did not keep, or weighed, is checked against the
//! checkpoint.

use super::checkpoint::{checkpoint_of, go_on};
use super::random::{Care, Rng, World};
use super::tampered::{Trial, renamed};
use super::why::{checker, why};
use super::*;
use crate::why::{Finding, GrantRule, MemberReason, Refuted};
use Role::{Admin, Inviter, Member};

/// A group at its second checkpoint: Admin 1 was removed before, and what it had signed was kept;
/// then it gave a role to 3 all the same.
struct Past {
    stage: Stage,
    /// The grant that was not kept, and the checkpoint that does not keep it.
    late: StatementId,
    checkpoint: StatementId,
}

impl Past {
    fn new() -> Self {
        let mut stage = Stage::new();
        let admin = stage.grant(0, None, 1, Admin);
        let kept = stage.grant(1, Some(admin), 2, Inviter);
        stage.remove(0, None, 1, &[kept]);
        go_on(&mut stage);
        let checkpoint = go_on(&mut stage).last().unwrap().id();
        let late = stage.grant(1, Some(admin), 3, Member);
        Self { stage, late, checkpoint }
    }

    /// The answer about a peer, changed so.
    fn changed(&self, peer: usize, change: impl FnOnce(&mut MemberReason)) -> MemberReason {
        let honest = why(&self.stage, peer);
        let mut answer = honest.clone();
        change(&mut answer);
        assert_ne!(answer, honest, "something is changed");
        renamed(&self.stage.authority, &honest, answer)
    }

    fn verdict(&self, answer: &MemberReason) -> Result<(), Refuted> {
        checker(&self.stage.authority).confirm(answer.peer, NOW, answer)
    }

    /// Every statement but the checkpoint.
    fn others(&self) -> Vec<StatementId> {
        let all = self.stage.authority.statements().map(Statement::id);
        all.filter(|id| *id != self.checkpoint).collect()
    }
}

fn step<'a>(answer: &'a mut MemberReason, of: &StatementId) -> &'a mut Finding {
    &mut answer.steps.iter_mut().find(|step| step.statement == *of).unwrap().finding
}

#[test]
fn that_a_checkpoint_did_not_keep_a_statement_is_told_and_confirmed() {
    let past = Past::new();
    let mut answer = why(&past.stage, 3);
    assert_eq!(answer.role, None);
    assert_eq!(*step(&mut answer, &past.late), Finding::NotKept { by: past.checkpoint });
    assert_eq!(past.verdict(&answer), Ok(()));
}

#[test]
fn that_anything_but_the_checkpoint_that_counts_did_not_keep_a_statement_is_refused() {
    let past = Past::new();
    for by in past.others() {
        let answer = past.changed(3, |answer| {
            *step(answer, &past.late) = Finding::NotKept { by };
        });
        assert_eq!(past.verdict(&answer), Err(Refuted::Step(past.late)), "{by}");
    }
}

#[test]
fn that_a_statement_that_was_not_kept_ended_otherwise_or_lives_is_refused() {
    let past = Past::new();
    let mut findings = vec![
        Finding::Lives { despite: vec![] },
        Finding::GrantDead,
        Finding::ByCreator,
        Finding::BeyondBound { before: vec![] },
    ];
    for by in past.others().into_iter().chain([past.checkpoint]) {
        findings.extend([Finding::NotPinned { by }, Finding::AfterResign { by }]);
    }
    for finding in findings {
        let answer = past.changed(3, |answer| {
            if let Finding::Lives { .. } = finding {
                answer.grants[0].rule = GrantRule::Holds { despite: vec![] };
                answer.grants[0].worth = Some(Member);
                answer.role = Some(Member);
            }
            *step(answer, &past.late) = finding.clone();
        });
        assert_eq!(past.verdict(&answer), Err(Refuted::Step(past.late)), "{finding:?}");
    }
    let answer = past.changed(3, |answer| {
        answer.steps.retain(|step| step.statement != past.late);
    });
    assert_eq!(past.verdict(&answer), Err(Refuted::Grant(past.late)));
}

#[test]
fn that_a_checkpoint_did_not_keep_what_it_kept_is_refused() {
    let past = Past::new();
    let kept = why(&past.stage, 2).grants[0].grant;
    let honest = why(&past.stage, 2);
    assert_eq!(honest.role, Some(Inviter));
    for of in honest.steps.iter().map(|step| step.statement) {
        let answer = past.changed(2, |answer| {
            answer.grants[0].rule = GrantRule::Dead;
            answer.grants[0].worth = None;
            answer.role = None;
            *step(answer, &of) = Finding::NotKept { by: past.checkpoint };
        });
        assert_eq!(past.verdict(&answer), Err(Refuted::Step(of)), "{kept}");
    }
}

#[test]
fn that_a_checkpoint_ended_a_grant_otherwise_than_it_says_is_refused() {
    let past = Past::new();
    let (by, despite) = (past.checkpoint, Vec::new());
    let rules = [
        GrantRule::Dead,
        GrantRule::GivenUp { by },
        GrantRule::Demoted { by, despite: despite.clone() },
        GrantRule::Holds { despite },
    ];
    for rule in rules {
        let answer = past.changed(1, |answer| {
            let worth = match rule {
                GrantRule::Demoted { .. } => Some(Member),
                GrantRule::Holds { .. } => Some(Admin),
                _ => None,
            };
            answer.grants[0].rule = rule.clone();
            (answer.grants[0].worth, answer.role) = (worth, worth);
        });
        let grant = answer.grants[0].grant;
        assert_eq!(past.verdict(&answer), Err(Refuted::Grant(grant)), "{rule:?}");
    }
}

#[test]
fn no_answer_in_random_worlds_past_a_checkpoint_that_tells_what_is_false_is_confirmed() {
    let cast = Cast::new(10);
    let (mut refused, mut still_true, mut not_kept) = (0, 0, 0);
    for seed in 1..=400 {
        let mut rng = Rng::new(seed ^ 0x7A4);
        let mut world = World::random(&cast, seed ^ 0x4EE7_0000_0000, 25);
        let mut authority = world.authority();
        let checkpoint = checkpoint_of(&cast, &authority, 1);
        world.height = 1;
        for _ in 0..20 {
            world.sign_any(&mut rng, None, Care::None);
        }
        let later = world.held().into_iter().filter(|one| one.height() == 1);
        for one in checkpoint.iter().cloned().chain(later) {
            let _ = authority.insert(one);
        }
        authority.evaluate();
        // what names comes after what is named
        let mut held = checkpoint.clone();
        let entered = |one: &Statement| authority.statement(&one.id()).cloned();
        held.extend(world.signed.iter().filter_map(|(one, _)| entered(one)));
        let mut trial = Trial::new(&authority, &held, rng);
        // half of all names are the checkpoint's
        trial.ids.extend(vec![checkpoint.last().unwrap().id(); held.len()]);
        for &peer in &cast.peers[1..world.peers] {
            let honest = trial.tamper_with(peer);
            let tells = |step: &crate::why::Step| matches!(step.finding, Finding::NotKept { .. });
            not_kept += usize::from(honest.steps.iter().any(tells));
        }
        refused += trial.refused;
        still_true += trial.still_true;
    }
    assert!(refused > 50_000 && still_true < refused / 10, "{refused} {still_true}");
    assert!(not_kept > 50, "{not_kept}");
}
