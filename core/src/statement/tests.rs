#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

use alloc::vec;

use ed25519_dalek::SigningKey;
use proptest::prelude::*;
use sha2::{Digest, Sha512};

use super::*;
use crate::checkpoint::Worth;
use crate::fixture::{found, genesis, grant, key, no_lists, statement_id, year};
use crate::hash::signed_bytes;
use crate::limits::{PAYLOAD_BYTES_MAX, SURVIVORS_PER_PART_MAX};

fn decoded(statement: &Statement) -> Result<Statement, Fault> {
    Statement::decode(genesis().id(), key(0).peer(), &statement.encode())
}

fn by(number: u8, cred: Option<StatementId>, body: Body, lists: Lists) -> Statement {
    Statement::sign(&key(number), genesis().id(), cred, 1, body, lists)
}

/// A statement with this body: by the creator, or by an admin under some grant.
fn by_creator(body: Body) -> Statement {
    by(0, None, body, no_lists())
}

fn by_admin(body: Body) -> Statement {
    by(1, Some(statement_id(9)), body, no_lists())
}

fn grant_to(number: u8) -> Body {
    Body::Grant(grant(key(number).peer(), Role::Admin, year()))
}

fn remove(cut: Vec<StatementId>) -> Body {
    Body::Remove { subject: key(2).peer(), cut }
}

fn demote(to: Role, cut: Vec<StatementId>) -> Body {
    Body::Demote { subject: key(2).peer(), to, cut }
}

fn resign() -> Body {
    Body::Resign { at: Stamp::default() }
}

fn ids(count: u8) -> Vec<StatementId> {
    (0..count).map(statement_id).collect()
}

/// Lists that are no sets: not ascending, or with one id twice.
fn unordered() -> [Vec<StatementId>; 3] {
    [
        vec![statement_id(2), statement_id(1)],
        vec![statement_id(1), statement_id(1)],
        vec![statement_id(1), statement_id(3), statement_id(2)],
    ]
}

fn lists(prev: Vec<StatementId>, cites: Vec<StatementId>) -> Lists {
    Lists::Full { prev, cites }
}

fn assert_bad_form(statement: &Statement) {
    assert_eq!(decoded(statement), Err(Fault::InvalidStatement), "{statement:?}");
}

/// Another signature of the same key over the same statement. Whoever holds the key may choose
/// the nonce: here it is the scalar of a second key.
fn signed_again(number: u8, statement: &Statement) -> Statement {
    let (key, nonce) = (key(number), SigningKey::from_bytes(key(number + 100).expose()));
    let point = nonce.verifying_key().to_edwards().compress().to_bytes();
    let message =
        signed_bytes(Label::Statement, genesis().id().as_bytes(), statement.id().as_bytes());
    let challenge = Sha512::new()
        .chain_update(point)
        .chain_update(key.peer().as_bytes())
        .chain_update(message)
        .finalize();
    let nonce = nonce.to_scalar();
    let mut reduced = small(&nonce, 0);
    for byte in challenge.iter().rev() {
        reduced = reduced * small(&nonce, 256) + small(&nonce, u64::from(*byte));
    }
    let answer = nonce + reduced * SigningKey::from_bytes(key.expose()).to_scalar();
    let signature = decode(&[point, answer.to_bytes()].concat()).unwrap();
    Statement { signature, ..statement.clone() }
}

/// A small number as a scalar of the same type as another.
fn small<S: From<u64>>(_: &S, number: u64) -> S {
    number.into()
}

#[test]
fn every_body_survives_the_wire() {
    let properties = Properties::named("Choir".parse().unwrap());
    for statement in [
        by_creator(grant_to(1)),
        by_admin(grant_to(2)),
        by_creator(remove(ids(16))),
        by_admin(remove(vec![])),
        by_creator(demote(Role::Member, ids(1))),
        by_admin(demote(Role::Inviter, vec![])),
        by_admin(resign()),
        by_creator(Body::Property(properties)),
        by(1, Some(statement_id(9)), grant_to(2), lists(ids(4), ids(16))),
    ] {
        assert_eq!(decoded(&statement), Ok(statement));
    }
}

#[test]
fn the_greatest_statements_fit_within_their_bound() {
    let text = "x".repeat(512);
    let properties = Properties {
        name: text[..255].parse().unwrap(),
        comment: text.parse().unwrap(),
        ..Properties::default()
    };
    for body in [Body::Property(properties), remove(ids(16)), grant_to(2)] {
        let cites = if matches!(body, Body::Grant(_)) { ids(16) } else { vec![] };
        let greatest = by(0, None, body, lists(ids(4), cites));
        assert!(greatest.encode().len() <= STATEMENT_BYTES_MAX / 2);
        assert_eq!(decoded(&greatest), Ok(greatest));
    }
}

#[test]
fn p03_bytes_beyond_the_bound_are_refused_before_they_are_read() {
    let decode = |length| Statement::decode(genesis().id(), key(0).peer(), &vec![0; length]);
    assert_eq!(decode(SURVIVORS_BYTES_MAX + 1), Err(Fault::TooLarge));
    assert_eq!(decode(SURVIVORS_BYTES_MAX), Err(Fault::Malformed));
    let long = by(0, None, remove(many(200)), lists(vec![], vec![]));
    assert!(long.encode().len() > STATEMENT_BYTES_MAX);
    assert_eq!(decoded(&long), Err(Fault::TooLarge), "only a part of a checkpoint is so long");
}

/// So many ids, ascending.
fn many(count: usize) -> Vec<StatementId> {
    let id = |number: u64| {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        StatementId::from_bytes(bytes)
    };
    (0_u64..).map(id).take(count).collect()
}

fn at_height(author: u8, height: u32, body: Body) -> Statement {
    let core = Core { author: key(author).peer(), cred: None, depth: 1, height, body };
    Statement::sign_core(&key(author), genesis().id(), core, lists(vec![], vec![]))
}

#[test]
fn a_checkpoint_and_its_parts_are_the_creators_and_bear_a_height() {
    let survivor = |id| Survivor { id, worth: Worth::Full, begins: false };
    let all: Vec<Survivor> = many(SURVIVORS_PER_PART_MAX).into_iter().map(survivor).collect();
    let at = UnixTime::from_millis(7);
    let checkpoint = |parts| Body::Checkpoint { at, parts };
    for body in [checkpoint(many(CHECKPOINT_PARTS_MAX)), Body::Survivors(all.clone())] {
        let good = at_height(0, 1, body.clone());
        assert_eq!(decoded(&good), Ok(good));
        assert_eq!(decoded(&at_height(0, 0, body.clone())), Err(Fault::InvalidStatement));
        assert_eq!(decoded(&at_height(1, 1, body)), Err(Fault::InvalidStatement));
    }
    let twice = vec![all[0], all[0]];
    let turned = all.iter().rev().copied().collect();
    for survivors in [twice, turned, vec![]] {
        let bad = at_height(0, 1, Body::Survivors(survivors));
        assert_eq!(decoded(&bad), Err(Fault::InvalidStatement));
    }
    let long = at_height(0, 1, checkpoint(many(CHECKPOINT_PARTS_MAX + 1)));
    assert_eq!(decoded(&long), Err(Fault::InvalidStatement));
}

#[test]
fn lists_that_are_no_sets_are_refused() {
    for list in unordered() {
        assert_bad_form(&by(0, None, grant_to(1), lists(list.clone(), vec![])));
        assert_bad_form(&by(0, None, grant_to(1), lists(vec![], list.clone())));
        assert_bad_form(&by_admin(remove(list.clone())));
        assert_bad_form(&by_admin(demote(Role::Member, list)));
    }
}

#[test]
fn lists_beyond_their_bounds_are_refused() {
    assert_bad_form(&by(0, None, grant_to(1), lists(ids(5), vec![])));
    assert_bad_form(&by(0, None, grant_to(1), lists(vec![], ids(17))));
    assert_bad_form(&by_admin(remove(ids(17))));
    assert_bad_form(&by_admin(demote(Role::Member, ids(17))));
}

#[test]
fn only_a_grant_cites() {
    for body in [remove(vec![]), demote(Role::Member, vec![]), resign()] {
        assert_bad_form(&by(1, Some(statement_id(9)), body, lists(vec![], ids(1))));
    }
    let property = Body::Property(Properties::default());
    assert_bad_form(&by(0, None, property, lists(vec![], ids(1))));
}

#[test]
fn a_grant_is_never_to_the_creator_nor_to_its_author() {
    assert_bad_form(&by_creator(grant_to(0)));
    assert_bad_form(&by_admin(grant_to(0)));
    assert_bad_form(&by_admin(grant_to(1)));
}

#[test]
fn a_grant_has_a_window_that_is_not_empty() {
    for (from, until) in [(5, 5), (6, 5), (u64::MAX, u64::MAX)] {
        let (from, until) = (UnixTime::from_millis(from), UnixTime::from_millis(until));
        let body = Body::Grant(grant(key(1).peer(), Role::Member, Window { from, until }));
        assert_bad_form(&by_creator(body));
    }
}

#[test]
fn nobody_removes_or_demotes_the_creator() {
    let subject = key(0).peer();
    assert_bad_form(&by_admin(Body::Remove { subject, cut: vec![] }));
    assert_bad_form(&by_admin(Body::Demote { subject, to: Role::Member, cut: vec![] }));
}

#[test]
fn nobody_is_demoted_to_admin() {
    assert_bad_form(&by_admin(demote(Role::Admin, vec![])));
}

#[test]
fn the_creator_does_not_resign() {
    assert_bad_form(&by_creator(resign()));
}

#[test]
fn only_the_creator_sets_properties_and_only_valid_ones() {
    assert_bad_form(&by_admin(Body::Property(Properties::default())));
    let payload_bytes_max = u32::try_from(PAYLOAD_BYTES_MAX + 1).unwrap();
    let properties = Properties { payload_bytes_max, ..Properties::default() };
    assert_bad_form(&by_creator(Body::Property(properties)));
}

#[test]
fn the_creator_and_only_the_creator_signs_under_no_grant() {
    assert_bad_form(&by(1, None, grant_to(2), no_lists()));
    assert_bad_form(&by(0, Some(statement_id(9)), grant_to(2), no_lists()));
}

#[test]
fn depth_begins_at_one() {
    let group = genesis().id();
    let at = |depth| Statement::sign(&key(0), group, None, depth, grant_to(1), no_lists());
    assert_bad_form(&at(0));
    assert!(decoded(&at(1)).is_ok() && decoded(&at(u32::MAX)).is_ok());
}

#[test]
fn a_statement_with_its_lists_as_a_hash_has_the_same_id_and_is_another_item() {
    let full = by(1, Some(statement_id(9)), grant_to(2), lists(ids(4), ids(16)));
    let digest = Statement { lists: full.lists().as_digest(), ..full.clone() };
    let read = decoded(&digest).unwrap();
    assert_eq!(read, digest);
    assert_eq!(read.id(), full.id());
    assert_ne!(read.item(), full.item());
    assert!(!read.lists().are_full() && full.lists().are_full());
    assert!(read.lists().prev().is_empty() && read.lists().cites().is_empty());
    assert_eq!(read.lists().as_digest(), full.lists().as_digest());
    assert!(digest.encode().len() < full.encode().len());
}

#[test]
fn either_form_of_a_statement_held_in_full_can_be_had_and_of_the_lesser_only_itself() {
    let full = by(1, Some(statement_id(9)), grant_to(2), lists(ids(4), ids(16)));
    let digest = Statement { lists: full.lists().as_digest(), ..full.clone() };
    assert_eq!(full.encode_form(&full.item()), Some(full.encode()));
    assert_eq!(full.encode_form(&digest.item()), Some(digest.encode()));
    assert_eq!(digest.encode_form(&digest.item()), Some(digest.encode()));
    assert_eq!(digest.encode_form(&full.item()), None);
    assert_eq!(full.encode_form(&[7; 32]), None);
}

#[test]
fn lists_that_differ_have_ids_that_differ() {
    let with = |prev, cites| by(0, None, grant_to(1), lists(prev, cites)).id();
    let all = [
        with(vec![], vec![]),
        with(ids(1), vec![]),
        with(vec![], ids(1)),
        with(ids(1), ids(1)),
        with(ids(2), vec![]),
    ];
    for (at, one) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(one), "{at}");
    }
}

#[test]
fn c06_two_signatures_on_one_content_are_one_statement() {
    let first = by_admin(grant_to(2));
    let second = signed_again(1, &first);
    assert_ne!(first.signature(), second.signature());
    assert_ne!(first.encode(), second.encode());
    let read = decoded(&second).unwrap();
    assert_eq!((read.id(), read.item()), (first.id(), first.item()));
}

#[test]
fn c09_a_statement_of_one_group_is_none_of_another() {
    let (one, other) = (genesis(), found(1));
    for body in [grant_to(1), remove(vec![]), Body::Property(Properties::default())] {
        let bytes = by_creator(body).encode();
        assert!(Statement::decode(one.id(), one.creator(), &bytes).is_ok());
        let elsewhere = Statement::decode(other.id(), other.creator(), &bytes);
        assert_eq!(elsewhere, Err(Fault::InvalidSignature));
    }
}

#[test]
fn c01_a_statement_in_the_name_of_another_is_refused() {
    let mut forged = by_admin(grant_to(3));
    forged.core.author = key(2).peer();
    assert_eq!(decoded(&forged), Err(Fault::InvalidSignature));
}

#[test]
fn c01_a_statement_altered_in_any_byte_is_refused() {
    let statement = by(1, Some(statement_id(9)), grant_to(2), lists(ids(2), ids(2)));
    let bytes = statement.encode();
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 8);
        let read = Statement::decode(genesis().id(), key(0).peer(), &altered);
        assert!(read.is_err(), "byte {at}");
    }
}

#[test]
fn c02_a_statement_cut_or_extended_is_refused() {
    let bytes = by_admin(remove(ids(3))).encode();
    let decode = |bytes: &[u8]| Statement::decode(genesis().id(), key(0).peer(), bytes);
    for end in 0..bytes.len() {
        assert_eq!(decode(&bytes[..end]), Err(Fault::Malformed), "{end}");
    }
    assert_eq!(decode(&[bytes.as_slice(), &[0]].concat()), Err(Fault::Malformed));
}

fn any_ids(max: usize) -> impl Strategy<Value = Vec<StatementId>> {
    proptest::collection::btree_set(any::<[u8; 32]>(), 0..=max)
        .prop_map(|ids| ids.into_iter().map(StatementId::from_bytes).collect())
}

fn any_role() -> impl Strategy<Value = Role> {
    prop::sample::select(vec![Role::Member, Role::Inviter, Role::Admin])
}

fn any_grant() -> impl Strategy<Value = Body> {
    (any_role(), any::<(u64, u64)>(), any::<Option<[u8; 32]>>()).prop_filter_map(
        "an empty window",
        |(role, (one, other), continues)| {
            let window = Window {
                from: UnixTime::from_millis(one.min(other)),
                until: UnixTime::from_millis(one.max(other)),
            };
            let continues = continues.map(StatementId::from_bytes);
            let grant = Grant { continues, ..grant(key(2).peer(), role, window) };
            (one != other).then_some(Body::Grant(grant))
        },
    )
}

fn any_body() -> impl Strategy<Value = Body> {
    let to = prop::sample::select(vec![Role::Member, Role::Inviter]);
    prop_oneof![
        any_grant(),
        any_ids(CUT_MAX).prop_map(remove),
        (to, any_ids(CUT_MAX)).prop_map(|(to, cut)| demote(to, cut)),
        any::<(u64, u32, u64)>().prop_map(|(time, count, instance)| Body::Resign {
            at: Stamp { time: UnixTime::from_millis(time), count, instance },
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_encoded_decodes_to_itself(
        body in any_body(),
        depth in 1_u32..,
        cred: [u8; 32],
        prev in any_ids(PREV_MAX),
        cites in any_ids(CITES_MAX),
    ) {
        let cites = if matches!(body, Body::Grant(_)) { cites } else { vec![] };
        let cred = Some(StatementId::from_bytes(cred));
        let group = genesis().id();
        let statement = Statement::sign(&key(1), group, cred, depth, body, lists(prev, cites));
        prop_assert_eq!(decoded(&statement), Ok(statement.clone()));
        let digest = Statement { lists: statement.lists().as_digest(), ..statement };
        prop_assert_eq!(decoded(&digest), Ok(digest));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let read = Statement::decode(genesis().id(), key(0).peer(), &bytes);
        prop_assert!(read.is_err());
    }

    #[test]
    fn c02_what_decodes_encodes_to_the_same_bytes(
        at in 0_usize..300,
        byte: u8,
        body in any_body(),
    ) {
        let mut bytes = by_admin(body).encode();
        if let Some(to) = bytes.get_mut(at) {
            *to = byte;
        }
        if let Ok(unchecked) = decode::<UncheckedStatement>(&bytes) {
            prop_assert_eq!(encode(&unchecked), bytes);
        }
    }
}

#[test]
fn c03_c04_a_grant_to_a_key_that_is_not_sound_is_refused() {
    for subject in crate::key::unsound() {
        let body = Body::Grant(grant(subject, Role::Member, year()));
        assert_eq!(decoded(&by_creator(body)), Err(Fault::InvalidStatement));
    }
}
