use peergroup_core::simulation::forge::{self, Forge};
use peergroup_core::{Body, GroupId, PeerId, SecretKey};

use super::*;

const NOW: UnixTime = UnixTime::from_millis(1_000_000);
const LONG: Window =
    Window { from: UnixTime::from_millis(0), until: UnixTime::from_millis(9_000_000) };

fn forge(number: u128) -> Forge {
    Forge::new(SecretKey::mock(number), GroupId::from_bytes([7; 32]))
}

fn peer(number: u128) -> PeerId {
    forge(number).peer()
}

/// A growing set of statements; the creator is number 0.
#[derive(Default)]
struct Acts(Vec<Statement>);

impl Acts {
    fn sign(
        &mut self,
        who: u128,
        cred: Option<StatementId>,
        body: Body,
        cites: &[StatementId],
    ) -> StatementId {
        let mut prev: Vec<StatementId> =
            self.0.iter().filter(|it| it.author() == peer(who)).map(Statement::id).collect();
        prev = prev.split_off(prev.len().saturating_sub(1));
        let depth = u32::try_from(self.0.len()).unwrap().saturating_add(1);
        let statement = forge(who).statement(cred, depth, body, &prev, cites);
        self.0.push(statement.clone());
        statement.id()
    }

    fn grant(&mut self, who: u128, cred: Option<StatementId>, to: u128, role: Role) -> StatementId {
        self.sign(who, cred, Body::Grant(forge::grant(peer(to), role, LONG, None)), &[])
    }

    fn remove(
        &mut self,
        who: u128,
        cred: Option<StatementId>,
        whom: u128,
        cut: &[StatementId],
    ) -> StatementId {
        self.sign(who, cred, Body::Remove { subject: peer(whom), cut: cut.to_vec() }, &[])
    }

    fn resign(&mut self, who: u128, cred: StatementId) -> StatementId {
        self.sign(who, Some(cred), Body::Resign { at: forge::stamp(NOW, 0, 0) }, &[])
    }

    fn law(&self) -> Law {
        Law::of(peer(0), &self.0)
    }

    fn role(&self, who: u128) -> Option<Role> {
        self.law().role(peer(who), NOW)
    }
}

#[test]
fn the_creator_is_an_admin_whatever_is_said() {
    let mut acts = Acts::default();
    assert_eq!(acts.role(0), Some(Role::Admin));
    let admin = acts.grant(0, None, 1, Role::Admin);
    let removal = acts.remove(1, Some(admin), 0, &[]);
    assert_eq!(acts.role(0), Some(Role::Admin));
    assert_eq!(acts.law().unlawful(), [removal]);
}

#[test]
fn what_a_removal_does_not_pin_is_dead_and_what_it_pins_lives() {
    let mut acts = Acts::default();
    let admin = acts.grant(0, None, 1, Role::Admin);
    let pinned = acts.grant(1, Some(admin), 2, Role::Member);
    let loose = acts.grant(1, Some(admin), 3, Role::Member);
    assert_eq!(acts.role(3), Some(Role::Member));
    acts.remove(0, None, 1, &[pinned]);
    assert_eq!([1, 2, 3].map(|who| acts.role(who)), [None, Some(Role::Member), None]);
    let law = acts.law();
    assert!(law.is_live(&pinned) && !law.is_live(&loose));
    assert!(law.was_member(peer(1)) && !law.was_member(peer(3)));
}

#[test]
fn equals_do_not_remove_each_other_and_a_junior_hits_no_senior() {
    let mut acts = Acts::default();
    let one = acts.grant(0, None, 1, Role::Admin);
    let other = acts.grant(0, None, 2, Role::Admin);
    let junior = acts.grant(1, Some(one), 3, Role::Admin);
    acts.remove(1, Some(one), 2, &[]);
    acts.remove(3, Some(junior), 2, &[]);
    assert_eq!(acts.role(2), Some(Role::Admin));
    acts.remove(2, Some(other), 3, &[]);
    assert_eq!(acts.role(3), None);
}

#[test]
fn who_was_removed_comes_back_only_by_a_grant_that_cites_the_removal() {
    let mut acts = Acts::default();
    let first = acts.grant(0, None, 1, Role::Member);
    let removal = acts.remove(0, None, 1, &[]);
    let body = |continues| Body::Grant(forge::grant(peer(1), Role::Member, LONG, continues));
    acts.sign(0, None, body(None), &[]);
    assert_eq!(acts.role(1), None, "it does not cite");
    let second = acts.sign(0, None, body(Some(first)), &[removal]);
    assert_eq!(acts.role(1), Some(Role::Member));
    let law = acts.law();
    assert!(!law.tenure(Some(first)).unwrap().live, "its records stay gone");
    assert!(law.tenure(Some(second)).unwrap().counts);
    acts.sign(0, None, body(None), &[]);
    assert!(acts.law().is_live(&second), "what was cited once stays overcome");
}

#[test]
fn a_citation_overcomes_nothing_that_was_signed_by_somebody_more_senior() {
    let mut acts = Acts::default();
    let admin = acts.grant(0, None, 1, Role::Admin);
    acts.grant(0, None, 2, Role::Member);
    let removal = acts.remove(0, None, 2, &[]);
    let again = Body::Grant(forge::grant(peer(2), Role::Member, LONG, None));
    acts.sign(1, Some(admin), again, &[removal]);
    assert_eq!(acts.role(2), None);
}

#[test]
fn a_demotion_makes_a_member_and_leaves_what_it_pins() {
    let mut acts = Acts::default();
    let admin = acts.grant(0, None, 1, Role::Admin);
    let pinned = acts.grant(1, Some(admin), 2, Role::Inviter);
    acts.grant(1, Some(admin), 3, Role::Member);
    let body = Body::Demote { subject: peer(1), to: Role::Inviter, cut: vec![pinned] };
    acts.sign(0, None, body, &[]);
    let roles = [1, 2, 3].map(|who| acts.role(who));
    assert_eq!(roles, [Some(Role::Member), Some(Role::Inviter), None]);
}

#[test]
fn a_resignation_ends_its_grant_and_what_it_has_not_seen() {
    let mut acts = Acts::default();
    let grant = acts.grant(0, None, 1, Role::Inviter);
    acts.grant(1, Some(grant), 2, Role::Member);
    acts.resign(1, grant);
    acts.grant(1, Some(grant), 3, Role::Member);
    assert_eq!([1, 2, 3].map(|who| acts.role(who)), [None, Some(Role::Member), None]);
    let law = acts.law();
    let tenure = law.tenure(Some(grant)).unwrap();
    assert_eq!((tenure.live, tenure.counts), (false, true));
    assert_eq!(tenure.resigned, Some(forge::stamp(NOW, 0, 0)));
    assert!(law.has_resigned(peer(1)) && !law.has_resigned(peer(2)));
}

#[test]
fn nobody_gives_what_it_has_not() {
    let mut acts = Acts::default();
    let member = acts.grant(0, None, 1, Role::Member);
    let inviter = acts.grant(0, None, 2, Role::Inviter);
    let wide = forge::grant(peer(4), Role::Member, Window::INFINITE, None);
    let none = [
        acts.grant(1, Some(member), 4, Role::Member),
        acts.grant(2, Some(inviter), 4, Role::Admin),
        acts.sign(2, Some(inviter), Body::Grant(wide), &[]),
        acts.remove(1, Some(member), 2, &[]),
        acts.grant(4, Some(inviter), 5, Role::Member),
        acts.grant(2, None, 5, Role::Member),
        acts.grant(2, Some(inviter), 2, Role::Inviter),
    ];
    assert_eq!(acts.law().unlawful(), none);
    assert_eq!([1, 4, 5].map(|who| acts.role(who)), [Some(Role::Member), None, None]);
}

#[test]
fn an_inviter_takes_back_what_it_gave_under_the_same_grant_alone() {
    let mut acts = Acts::default();
    let one = acts.grant(0, None, 1, Role::Inviter);
    let other = acts.grant(0, None, 2, Role::Inviter);
    acts.grant(1, Some(one), 3, Role::Member);
    acts.grant(1, Some(one), 4, Role::Member);
    acts.remove(1, Some(one), 3, &[]);
    acts.remove(2, Some(other), 4, &[]);
    acts.remove(1, Some(one), 2, &[]);
    let expected = [Some(Role::Inviter), None, Some(Role::Member)];
    assert_eq!([2, 3, 4].map(|who| acts.role(who)), expected);
    assert_eq!(acts.law().unlawful(), []);
}

#[test]
fn a_role_needs_its_window() {
    let mut acts = Acts::default();
    acts.grant(0, None, 1, Role::Member);
    let law = acts.law();
    let role = |at| law.role(peer(1), at);
    assert_eq!([role(NOW), role(LONG.until)], [Some(Role::Member), None]);
    assert_eq!(law.members(NOW).len(), 2);
    assert_eq!([law.stays_until(NOW), law.stays_until(LONG.until)], [LONG.until, UnixTime::MAX]);
}

#[test]
fn of_many_tenures_the_least_count() {
    let mut acts = Acts::default();
    let firsts: Vec<_> = (0..6).map(|_| acts.grant(0, None, 1, Role::Member)).collect();
    let law = acts.law();
    let counts = firsts.iter().map(|first| law.tenure(Some(*first)).unwrap().counts);
    assert_eq!(counts.filter(|counts| *counts).count(), TENURES_MAX);
    let body = Body::Grant(forge::grant(peer(1), Role::Admin, LONG, Some(firsts[0])));
    let renewal = acts.sign(0, None, body, &[]);
    let law = acts.law();
    assert!(law.tenure(Some(firsts[0])).unwrap().admin, "a renewal is of the same tenure");
    assert_eq!(law.tenure(Some(renewal)), None);
}
