//! Sets of statements as vectors, with what they make of everybody.

use super::checkpoint::{go_on, with_checkpoint};
use super::random::{Form, Rng, World};
use super::*;
use crate::codec::encode;
use crate::vectors::{Json, Sheet, hex, map};

/// Random groups among the vectors, and those with a checkpoint in the midst.
const RANDOM: u64 = 12;
const RANDOM_WITH_CHECKPOINT: u64 = 6;

/// What happens on a stage.
type Tell = fn(&mut Stage);

#[test]
fn the_vectors_of_authority_are_as_made() {
    let cast = Cast::new(10);
    let given = map(vec![
        ("genesis", hex(&encode(&cast.genesis.unchecked()))),
        ("peers", Json::List(cast.peers.iter().map(|peer| hex(peer.as_bytes())).collect())),
        ("now", NOW.as_millis().into()),
    ]);
    let mut sheet = Sheet::new("authority.json", given);
    let told: [(&str, Tell); 10] = [
        ("a removed Admin changes nothing, whatever it backdates", backdated),
        ("what a removal pins stays", pinned),
        ("two Admins remove each other, and their senior decides", contested),
        ("a demoted Admin is a Member, and what it gave is gone", demoted),
        ("a grant that cites a removal overcomes it", readmitted),
        ("an Inviter takes back what it gave itself, and nothing else", inviter),
        ("after a resignation what was signed before it stands", resigned),
        ("nobody is a member outside the window", outside),
        ("what survives a checkpoint is worth what it was", surviving),
        ("a removal after a checkpoint pins what survived it", pinned_after),
    ];
    for (name, tell) in told {
        let mut stage = Stage::new();
        tell(&mut stage);
        let statements: Vec<Statement> = stage.authority.statements().cloned().collect();
        verdict(&mut sheet, name, &cast, &statements, &stage.authority);
    }
    for seed in 0..RANDOM {
        let world = World::random(&cast, seed, 40);
        random(&mut sheet, &alloc::format!("a random group, {seed}"), world, |it| it.held());
    }
    for seed in 0..RANDOM_WITH_CHECKPOINT {
        let (world, mut rng) = (World::random(&cast, seed, 25), Rng::new(seed));
        let name = alloc::format!("a random group with a checkpoint, {seed}");
        random(&mut sheet, &name, world, |it| with_checkpoint(it, &mut rng));
    }
    sheet.close();
}

fn random<'a>(
    sheet: &mut Sheet,
    name: &str,
    mut world: World<'a>,
    shown: impl FnOnce(&mut World<'a>) -> Vec<Statement>,
) {
    world.bound = STATEMENTS_PER_GRANT_MAX;
    let cast = world.cast;
    let statements: Vec<Statement> =
        shown(&mut world).iter().map(|one| signed(cast, one)).collect();
    let authority = world.authority_of(statements.clone());
    verdict(sheet, name, cast, &statements, &authority);
}

/// The same statement, and its author's signature: random groups are not signed.
fn signed(cast: &Cast, one: &Statement) -> Statement {
    let author = cast.number(one.author());
    let core = cast.core(one.height(), author, one.cred(), one.depth(), one.body().clone());
    let signed =
        Statement::sign_core(&cast.keys[author], cast.genesis.id(), core, one.lists().clone());
    assert_eq!(signed.id(), one.id());
    signed
}

fn verdict(
    sheet: &mut Sheet,
    name: &str,
    cast: &Cast,
    statements: &[Statement],
    authority: &Authority,
) {
    let held = statements.iter().map(|one| match authority.set.slot(&one.id()) {
        None => map(vec![("id", hex(one.id().as_bytes())), ("held", false.into())]),
        Some(slot) => {
            let verdict = authority.verdict(slot);
            let mut says = vec![("id", hex(one.id().as_bytes())), ("live", verdict.live.into())];
            if one.grant().is_some() && verdict.live {
                says.push(("removed", verdict.is_removed().into()));
                says.push(("demoted", (verdict.demoted && !verdict.is_removed()).into()));
                says.push(("given up", verdict.given_up.into()));
            }
            map(says)
        }
    });
    let members = cast.peers.iter().filter_map(|peer| {
        let role = authority.role(*peer, NOW)?;
        let membership = authority.membership(*peer)?;
        Some(map(vec![
            ("peer", hex(peer.as_bytes())),
            ("role", alloc::format!("{role:?}").into()),
            ("listed as", alloc::format!("{:?}", membership.role).into()),
            ("issuer", hex(membership.issuer.as_bytes())),
            ("grant", membership.grant.map_or(Json::Null, |grant| hex(grant.as_bytes()))),
        ]))
    });
    let values = vec![
        ("statements", Json::List(statements.iter().map(|one| hex(&one.encode())).collect())),
        ("verdicts", Json::List(held.collect())),
        ("members", Json::List(members.collect())),
    ];
    sheet.computed("authority", name, values);
}

/// Two Admins by the creator, and a member by the first.
fn two_admins(stage: &mut Stage) -> (StatementId, StatementId, StatementId) {
    let one = stage.grant(0, None, 1, Role::Admin);
    let two = stage.grant(0, None, 2, Role::Admin);
    let member = stage.grant(1, Some(one), 3, Role::Member);
    (one, two, member)
}

fn backdated(stage: &mut Stage) {
    let (one, _, member) = two_admins(stage);
    stage.remove(0, None, 1, &[member]);
    let late = stage.cast.grant(4, Role::Admin);
    stage.say_raw(1, Some(one), act(1, &[], &[], late));
    assert_eq!((stage.role(1), stage.role(3), stage.role(4)), (None, Some(Role::Member), None));
}

fn pinned(stage: &mut Stage) {
    let (one, _, member) = two_admins(stage);
    let later = stage.grant(1, Some(one), 4, Role::Inviter);
    stage.remove(0, None, 1, &[later]);
    stage.remove(0, None, 2, &[member]);
    assert_eq!((stage.role(3), stage.role(4)), (Some(Role::Member), Some(Role::Inviter)));
}

fn contested(stage: &mut Stage) {
    let (one, two, _) = two_admins(stage);
    stage.remove(1, Some(one), 2, &[]);
    stage.remove(2, Some(two), 1, &[]);
    assert_eq!((stage.role(1), stage.role(2)), (Some(Role::Admin), Some(Role::Admin)));
    stage.remove(0, None, 2, &[]);
}

fn demoted(stage: &mut Stage) {
    let (one, _, _) = two_admins(stage);
    stage.grant(1, Some(one), 4, Role::Admin);
    let body = stage.cast.demote(1, Role::Member, &[]);
    stage.say(0, None, body);
    assert_eq!((stage.role(1), stage.role(4)), (Some(Role::Member), None));
}

fn readmitted(stage: &mut Stage) {
    let (one, _, _) = two_admins(stage);
    let removal = stage.remove(0, None, 3, &[]);
    let body = stage.cast.grant(3, Role::Member);
    stage.say_citing(1, Some(one), &[removal], body);
    assert_eq!(stage.role(3), None);
    let body = stage.cast.grant(3, Role::Inviter);
    stage.say_citing(0, None, &[removal], body);
    assert_eq!(stage.role(3), Some(Role::Inviter));
}

fn inviter(stage: &mut Stage) {
    let given = stage.grant(0, None, 1, Role::Inviter);
    stage.grant(1, Some(given), 2, Role::Member);
    stage.grant(0, None, 3, Role::Member);
    stage.remove(1, Some(given), 2, &[]);
    stage.remove(1, Some(given), 3, &[]);
    assert_eq!((stage.role(2), stage.role(3)), (None, Some(Role::Member)));
}

fn resigned(stage: &mut Stage) {
    let (one, _, member) = two_admins(stage);
    stage.say(1, Some(one), resign());
    let late = stage.cast.grant(4, Role::Member);
    stage.say_raw(1, Some(one), act(9, &[member], &[], late));
    assert_eq!((stage.role(1), stage.role(3), stage.role(4)), (None, Some(Role::Member), None));
}

fn outside(stage: &mut Stage) {
    let past = stage.cast.grant_in(1, Role::Admin, NOW.as_millis());
    stage.say(0, None, past);
    assert_eq!(stage.role(1), None);
}

fn surviving(stage: &mut Stage) {
    contested(stage);
    let demoted = stage.grant(0, None, 5, Role::Admin);
    stage.grant(5, Some(demoted), 6, Role::Member);
    let body = stage.cast.demote(5, Role::Member, &[]);
    stage.say(0, None, body);
    go_on(stage);
    assert_eq!((stage.role(5), stage.role(6)), (Some(Role::Member), None));
    let one = stage.grant(0, None, 7, Role::Admin);
    stage.grant(7, Some(one), 8, Role::Inviter);
    assert_eq!((stage.role(1), stage.role(8)), (Some(Role::Admin), Some(Role::Inviter)));
}

fn pinned_after(stage: &mut Stage) {
    let (one, _, member) = two_admins(stage);
    go_on(stage);
    let later = stage.grant(1, Some(one), 4, Role::Member);
    stage.grant(1, Some(one), 5, Role::Member);
    stage.remove(0, None, 1, &[later]);
    stage.remove(0, None, 2, &[member]);
    let roles = [1, 2, 3, 4, 5].map(|peer| stage.role(peer));
    let member = Some(Role::Member);
    assert_eq!(roles, [None, None, member, member, None]);
}

#[test]
fn random_groups_hold_short_forms_and_leave_some_out() {
    let cast = Cast::new(10);
    let worlds = (0..RANDOM).map(|seed| World::random(&cast, seed, 40));
    let forms: Vec<Form> = worlds.flat_map(|world| world.signed).map(|(_, form)| form).collect();
    assert!(forms.contains(&Form::Withheld) && forms.contains(&Form::Short));
}
