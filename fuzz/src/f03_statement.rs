//! Statements: one encoding for each, good for its own group alone, and refused for what no author
//! may choose.

use peergroup_core::simulation::forge::{self, Forge, statement_bytes, statement_item};
use peergroup_core::simulation::reading;
use peergroup_core::{Body, Properties, Role, SecretKey, Statement, StatementId, Window};

use crate::Tape;
use crate::rig::dawn;
use crate::scene::{key, name, peer, scene};

/// Reads a statement or a genesis, or signs a statement of any content and reads that.
pub fn f03_statement(data: &[u8]) {
    let mut tape = Tape::new(data);
    match tape.below(3) {
        0 => read(tape.rest()),
        1 => {
            let bytes = tape.rest();
            if let Ok(genesis) = reading::genesis(bytes) {
                assert_eq!(reading::genesis_bytes(&genesis), bytes, "C02: not canonical");
            }
        }
        _ => signed(&mut tape),
    }
}

fn read(bytes: &[u8]) {
    let (group, creator) = (scene().seat.group, peer(1));
    let Ok(statement) = reading::statement(group, creator, bytes) else { return };
    assert_eq!(statement_bytes(&statement), bytes, "C02: not canonical");
    assert!(statement.depth() >= 1);
    assert_eq!(statement.cred().is_none(), statement.author() == creator);
    let short = reading::without_lists(&statement);
    assert_eq!(short.id(), statement.id(), "lists are in the id as their hash");
    assert_ne!(statement_item(&short) == statement_item(&statement), statement.lists().are_full());
    let other = reading::found(&key(1), [9; 32], dawn().wall).id();
    assert!(reading::statement(other, creator, bytes).is_err(), "C01: good for another group");
}

/// Signs a statement of any content: it is read as it is, or refused.
fn signed(tape: &mut Tape<'_>) {
    let group = scene().seat.group;
    let forge = Forge::new(key(1 + tape.byte() % 3), group);
    let cred = tape.flag().then(|| id(tape));
    let depth = u32::try_from(tape.number(3)).expect("three bytes");
    let body = body(tape);
    let [prev, cites] = [0; 2].map(|_| ids(tape));
    let statement = forge.statement(cred, depth, body, &prev, &cites);
    let bytes = statement_bytes(&statement);
    let is_list = |ids: &[StatementId], max| ids.len() <= max && ids.is_sorted_by(|a, b| a < b);
    match reading::statement(group, peer(1), &bytes) {
        Ok(read) => {
            assert_eq!(read, statement);
            assert!(is_list(&prev, 4) && is_list(&cites, 16) && depth > 0);
            assert_eq!(cred.is_none(), read.author() == peer(1));
            let is_grant = matches!(read.body(), Body::Grant(_));
            assert!(is_grant || cites.is_empty());
            assert!(is_allowed(&read), "{read:?}");
        }
        Err(_) => assert!(!is_plain(&statement, depth, &prev, &cites), "{statement:?}"),
    }
}

/// Nobody touches the creator; only the creator decrees.
fn is_allowed(statement: &Statement) -> bool {
    let is_creator = statement.author() == peer(1);
    match statement.body() {
        Body::Grant(grant) => grant.subject != peer(1) && grant.subject != statement.author(),
        Body::Remove { subject, .. } | Body::Demote { subject, .. } => *subject != peer(1),
        Body::Resign { .. } => !is_creator,
        _ => is_creator,
    }
}

/// A grant by the creator to somebody else, for some time and with lists as they must be.
fn is_plain(
    statement: &Statement,
    depth: u32,
    prev: &[StatementId],
    cites: &[StatementId],
) -> bool {
    let is_by_creator = statement.author() == peer(1) && statement.cred().is_none();
    let is_listed = prev.is_empty() && cites.is_empty() && depth > 0;
    let is_good = |grant: &peergroup_core::Grant| {
        grant.subject != peer(1) && grant.window.from < grant.window.until
    };
    is_by_creator && is_listed && statement.grant().is_some_and(is_good)
}

fn id(tape: &mut Tape<'_>) -> StatementId {
    StatementId::from_bytes([tape.byte(); 32])
}

fn ids(tape: &mut Tape<'_>) -> Vec<StatementId> {
    (0..tape.below(20)).map(|_| id(tape)).collect()
}

fn body(tape: &mut Tape<'_>) -> Body {
    let kind = tape.below(5);
    let subject = peer(1 + tape.byte() % 4);
    let role = [Role::Member, Role::Inviter, Role::Admin][tape.below(3)];
    match kind {
        0 => {
            let [from, until] = [0; 2].map(|_| tape.number(2));
            let millis = peergroup_core::UnixTime::from_millis;
            let window = Window { from: millis(from), until: millis(until) };
            Body::Grant(forge::grant(subject, role, window, tape.flag().then(|| id(tape))))
        }
        1 => Body::Remove { subject, cut: ids(tape) },
        2 => Body::Demote { subject, to: role, cut: ids(tape) },
        3 => Body::Resign { at: forge::stamp(dawn().wall, 1, tape.number(8)) },
        _ => Body::Property(Properties::named(name("another name"))),
    }
}

/// Statements of every kind by a creator and an Admin.
fn statements() -> Vec<Statement> {
    let group = scene().seat.group;
    let by = |key: SecretKey| Forge::new(key, group);
    let grant =
        |subject, role| Body::Grant(forge::grant(peer(subject), role, Window::INFINITE, None));
    let first = by(key(1)).statement(None, 1, grant(2, Role::Admin), &[], &[]);
    let cred = Some(first.id());
    let cut = vec![first.id()];
    let bodies = [
        grant(3, Role::Member),
        Body::Remove { subject: peer(3), cut: cut.clone() },
        Body::Demote { subject: peer(3), to: Role::Inviter, cut },
        Body::Resign { at: forge::stamp(dawn().wall, 1, 2) },
    ];
    let mut all = vec![first];
    for (depth, body) in (1..).zip(bodies) {
        let prev: Vec<StatementId> = all.iter().skip(1).map(Statement::id).collect();
        let last = prev.last().copied();
        all.push(by(key(2)).statement(cred, depth, body, last.as_slice(), &[]));
    }
    let named = Body::Property(Properties::named(name("the group")));
    all.push(by(key(1)).statement(None, 2, named, &[], &[]));
    all
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for statement in statements() {
        seeds.push([&[0], &statement_bytes(&statement)[..]].concat());
        let short = reading::without_lists(&statement);
        seeds.push([&[0], &statement_bytes(&short)[..]].concat());
    }
    let genesis = reading::found(&key(1), [1; 32], dawn().wall);
    seeds.push([&[1], &reading::genesis_bytes(&genesis)[..]].concat());
    // the creator's grant; an Admin's removal; a list that is not sorted
    seeds.push(vec![2, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 9, 9, 0, 0, 0]);
    seeds.push(vec![2, 1, 1, 5, 1, 0, 0, 1, 2, 0, 2, 7, 8, 1, 5, 0]);
    seeds.push(vec![2, 0, 0, 1, 0, 0, 0, 1, 2, 0, 0, 9, 9, 0, 3, 3, 2, 1, 2, 4, 5]);
    seeds
}
