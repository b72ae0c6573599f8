//! The rule of authority three times over: statement by statement, all at once in another order,
//! and by the simulator's own model. All three must give the same.

mod checkpoint;

use peergroup_core::limits::RESIGNS_PER_GRANT_MAX;
use peergroup_core::simulation::Ledger;
use peergroup_core::simulation::forge::{self, Forge, statement_bytes};
use peergroup_core::simulation::reading;
use peergroup_core::{Body, Role, Statement, StatementId, UnixTime, Window};
use peergroup_mem::Law;

use crate::Tape;
use crate::scene::{key, peer};

/// The creator and those who may be given something.
const PEERS: u8 = 7;
/// Statements of one run, at most.
const STATEMENTS_MAX: usize = 60;
/// When roles are compared: inside every window, and outside some.
const MOMENTS: [u64; 3] = [5, 15, 1_000_000];

/// Statements as the bytes say.
pub fn f19_authority(data: &[u8]) {
    let mut tape = Tape::new(data);
    let salt = tape.byte();
    let signed = sign_all(&mut tape);
    let (stepwise, held) = stepwise(&signed);
    let at_once = at_once(&held, salt);
    let law = Law::of(peer(1), &held);
    for statement in &held {
        let id = statement.id();
        let live = [stepwise.is_live(&id), at_once.is_live(&id), law.is_live(&id)];
        assert!(live[0] == live[1], "A05: the order matters: {live:?} {statement:?}");
        assert!(live[0] == live[2], "the model differs: {live:?} {statement:?}");
    }
    for (number, at) in (1..=PEERS).flat_map(|number| MOMENTS.map(|at| (number, at))) {
        let (peer, at) = (peer(number), UnixTime::from_millis(at));
        let roles = [stepwise.role(peer, at), at_once.role(peer, at), law.role(peer, at)];
        assert!(roles[0] == roles[1] && roles[0] == roles[2], "{roles:?} of {number} at {at:?}");
    }
    assert_eq!(stepwise.role(peer(1), UnixTime::MAX), Some(Role::Admin), "I3");
}

/// All that anybody signs.
fn sign_all(tape: &mut Tape<'_>) -> Vec<Signed> {
    let mut signed: Vec<Signed> = Vec::new();
    while !tape.is_over() && signed.len() < STATEMENTS_MAX {
        let next = sign(tape, &signed);
        signed.extend(next);
    }
    signed
}

/// A statement, and how much of it is shown first.
struct Signed {
    statement: Statement,
    shown: Shown,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    Whole,
    /// Without its lists.
    Short,
    /// Without its lists at first.
    Late,
    /// Not at all.
    Withheld,
}

/// Each as it comes, evaluated each time. Gives what is held, in its last form.
fn stepwise(signed: &[Signed]) -> (Ledger, Vec<Statement>) {
    let mut ledger = Ledger::found(&key(1));
    let mut held: Vec<Statement> = Vec::new();
    let mut late = Vec::new();
    for Signed { statement, shown } in signed {
        let first = match shown {
            Shown::Whole => statement.clone(),
            Shown::Short | Shown::Late => reading::without_lists(statement),
            Shown::Withheld => continue,
        };
        let is_new = take_in(&mut ledger, &mut held, first);
        if is_new && *shown == Shown::Late {
            late.push(statement.clone());
        }
    }
    for statement in late {
        // they may have come by another way: one act may be signed twice
        take_in(&mut ledger, &mut held, statement);
    }
    forget(&ledger, &mut held);
    assert_eq!(ledger.len(), held.len());
    (ledger, held)
}

/// Forgets what the ledger forgot: what a checkpoint ended, with all that is signed under it; and
/// resignations, if as many as may be are kept under the same grant.
fn forget(ledger: &Ledger, held: &mut Vec<Statement>) {
    let is_resignation = |of: &Statement| matches!(of.body(), Body::Resign { .. });
    let (kept, gone): (Vec<_>, Vec<_>) =
        core::mem::take(held).into_iter().partition(|it| ledger.holds(&it.id()));
    for forgotten in gone {
        let is_ended = forgotten.height() < ledger.height();
        let is_bereft = forgotten.cred().is_some_and(|cred| !ledger.holds(&cred));
        let beside = kept.iter().filter(|it| is_resignation(it) && it.cred() == forgotten.cred());
        let is_beyond = is_resignation(&forgotten) && beside.count() >= RESIGNS_PER_GRANT_MAX;
        assert!(is_ended || is_bereft || is_beyond, "it was held: {forgotten:?}");
    }
    *held = kept;
}

/// Takes in a statement that is new, or of which the lists are.
fn take_in(ledger: &mut Ledger, held: &mut Vec<Statement>, statement: Statement) -> bool {
    let is_new = ledger.insert(statement.clone()) == Ok(true);
    if is_new {
        ledger.evaluate();
        held.retain(|known| known.id() != statement.id());
        held.push(statement);
    }
    is_new
}

/// All of them in another order, again and again until all are in, and evaluated once. One that
/// resigns may have to make room for another until somebody names it.
fn at_once(held: &[Statement], salt: u8) -> Ledger {
    let mut ledger = Ledger::found(&key(1));
    let mut order: Vec<&Statement> = held.iter().collect();
    order.sort_by_key(|statement| statement.id().as_bytes()[usize::from(salt % 32)] ^ salt);
    for _ in 0..=held.len() {
        let left = order.iter().filter(|statement| !ledger.holds(&statement.id()));
        let left: Vec<Statement> = left.map(|statement| (**statement).clone()).collect();
        if left.is_empty() {
            break;
        }
        for statement in left {
            // one that comes before what it is signed under comes again
            ledger.insert(statement).ok();
        }
    }
    ledger.evaluate();
    assert_eq!(ledger.len(), held.len(), "what was held before is taken in");
    ledger
}

/// Signs something; nothing if its form is not good.
fn sign(tape: &mut Tape<'_>, signed: &[Signed]) -> Vec<Signed> {
    let author = 1 + tape.byte() % PEERS;
    let form = tape.byte();
    let (kind, subject) = (tape.below(10), 1 + tape.byte() % PEERS);
    if author == 1 && form & 0x30 == 0x30 {
        return checkpoint::sign(tape, signed);
    }
    sign_one(tape, signed, [author, form, subject], kind).into_iter().collect()
}

fn sign_one(
    tape: &mut Tape<'_>,
    signed: &[Signed],
    [author, form, subject]: [u8; 3],
    kind: usize,
) -> Option<Signed> {
    let cred = if author == 1 { None } else { Some(cred(tape, author, signed)?) };
    let own: Vec<&Statement> = by(author, signed).collect();
    let prev = newest(tape, &own);
    let depth = match form >> 6 {
        0 => 1 + u32::from(tape.byte() % 8),
        _ => 1 + prev.iter().filter_map(|id| depth(id, signed)).max().unwrap_or(0),
    };
    let of_subject: Vec<&Statement> = by(subject, signed).collect();
    let cut = newest(tape, &of_subject);
    let (body, cites) = match kind {
        0..=4 => grant(tape, subject, signed),
        5 | 6 => (Body::Remove { subject: peer(subject), cut }, Vec::new()),
        7 | 8 => {
            let to = [Role::Member, Role::Inviter][tape.below(2)];
            (Body::Demote { subject: peer(subject), to, cut }, Vec::new())
        }
        _ => {
            let at = forge::stamp(UnixTime::from_millis(1 + tape.number(1)), 0, 1);
            (Body::Resign { at }, Vec::new())
        }
    };
    let height = checkpoint::height(form, signed);
    let group = Ledger::found(&key(1)).group();
    let statement =
        Forge::new(key(author), group).statement_at(height, cred, depth, body, &prev, &cites);
    // whoever signed it: only what has a good form gets as far as the rule
    let statement = reading::statement(group, peer(1), &statement_bytes(&statement)).ok()?;
    let shown = match form & 15 {
        0 => Shown::Short,
        1 | 2 => Shown::Late,
        3 => Shown::Withheld,
        _ => Shown::Whole,
    };
    Some(Signed { statement, shown })
}

fn by(author: u8, signed: &[Signed]) -> impl Iterator<Item = &Statement> {
    let all = signed.iter().map(|signed| &signed.statement);
    all.filter(move |statement| statement.author() == peer(author))
}

fn depth(id: &StatementId, signed: &[Signed]) -> Option<u32> {
    signed.iter().find(|it| it.statement.id() == *id).map(|it| it.statement.depth())
}

/// One of the grants to the author; now and then one of somebody else's.
fn cred(tape: &mut Tape<'_>, author: u8, signed: &[Signed]) -> Option<StatementId> {
    let choice = tape.byte();
    let is_its = |statement: &&Statement| {
        let grant = statement.grant();
        grant.is_some_and(|grant| grant.subject == peer(author) || choice >= 240)
    };
    let grants: Vec<StatementId> =
        signed.iter().map(|it| &it.statement).filter(is_its).map(Statement::id).collect();
    let at = usize::from(choice & 15).checked_rem(grants.len())?;
    grants.get(grants.len() - 1 - at).copied()
}

/// Some of the newest of these, as lists have them.
fn newest(tape: &mut Tape<'_>, of: &[&Statement]) -> Vec<StatementId> {
    let mask = tape.byte();
    let newest = of.iter().rev().take(4).enumerate();
    let mut ids: Vec<StatementId> =
        newest.filter(|(at, _)| mask >> at & 1 == 0).map(|(_, it)| it.id()).collect();
    ids.sort_unstable();
    ids
}

fn grant(tape: &mut Tape<'_>, subject: u8, signed: &[Signed]) -> (Body, Vec<StatementId>) {
    let choice = tape.byte();
    let role = [Role::Admin, Role::Inviter, Role::Member, Role::Admin][usize::from(choice & 3)];
    let until = [UnixTime::MAX, UnixTime::from_millis(10)][usize::from(choice >> 7)];
    let window = Window { from: UnixTime::default(), until };
    let hits = |statement: &&Statement| match statement.body() {
        Body::Remove { subject: of, .. } | Body::Demote { subject: of, .. } => *of == peer(subject),
        _ => false,
    };
    let removals: Vec<&Statement> = signed.iter().map(|it| &it.statement).filter(hits).collect();
    let cites = if choice & 4 == 0 { newest(tape, &removals) } else { Vec::new() };
    let continued = signed.iter().map(|it| &it.statement).find(|it| {
        choice & 8 != 0 && it.grant().is_some_and(|grant| grant.subject == peer(subject))
    });
    let grant = forge::grant(peer(subject), role, window, continued.map(Statement::id));
    (Body::Grant(grant), cites)
}

/// The bytes of one act: by whom, in which form, what, to whom, and what is left to be chosen.
fn act(author: u8, form: u8, kind: u8, subject: u8, choices: &[u8]) -> Vec<u8> {
    [&[author - 1, form, kind, subject - 1][..], choices].concat()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // what the creator chooses: prev, cut, role; of others the grant they act under comes first
    let by_creator = |subject, role| act(1, 0x44, 0, subject, &[0, 0, role, 0]);
    let grant = |author, subject, role| act(author, 0x44, 0, subject, &[0, 0, 0, role, 0]);
    let remove = |author, subject, mask| act(author, 0x44, 5, subject, &[0, 0, mask]);
    let demote = |author, subject| act(author, 0x44, 7, subject, &[0, 0, 0, 0]);
    let resign = |author| act(author, 0x44, 9, 1, &[0, 0, 0, 9]);
    let base = [by_creator(2, 0), by_creator(3, 0), grant(2, 4, 0), grant(4, 5, 1)].concat();
    // what is chosen of a checkpoint: when, what is odd about it, and at which of its survivors
    let checkpoint = |odd, at| act(1, 0x74, 0, 1, &[2, odd, at]);
    let late = |author, subject, role| act(author, 0x54, 0, subject, &[0, 0, 0, role, 0]);
    let stories: [&[Vec<u8>]; 19] = [
        &[],
        &[remove(2, 3, 0), remove(3, 2, 0)],
        &[remove(2, 4, 0), grant(4, 6, 2), grant(5, 7, 2)],
        &[remove(2, 4, 0xff), grant(2, 4, 0), grant(4, 7, 1)],
        &[demote(2, 4), grant(4, 6, 2), remove(4, 5, 0)],
        &[resign(4), grant(4, 6, 2), resign(4)],
        &[grant(5, 6, 2), remove(4, 5, 0), grant(5, 7, 2)],
        &[remove(4, 2, 0), remove(2, 4, 0), grant(2, 4, 0)],
        &[grant(3, 4, 0x80), remove(2, 4, 0), grant(4, 6, 8)],
        &[act(4, 0x03, 5, 5, &[0, 0, 0]), remove(2, 4, 0), act(4, 0x41, 0, 6, &[0, 0, 0, 2, 0])],
        &[remove(2, 4, 0), checkpoint(0, 0), grant(2, 6, 2), remove(3, 2, 0)],
        &[demote(2, 4), checkpoint(0x80, 0), grant(4, 6, 2), late(5, 7, 2), late(2, 7, 2)],
        &[resign(4), checkpoint(0x20, 0), grant(2, 4, 0), checkpoint(0, 0), grant(4, 7, 2)],
        &[checkpoint(4, 1), grant(2, 6, 0), grant(4, 7, 2), checkpoint(0x08, 0), grant(6, 7, 2)],
        &[checkpoint(5, 0x61), grant(4, 6, 2), checkpoint(6, 3), remove(2, 5, 0), late(4, 7, 2)],
        &[checkpoint(0x40, 0), late(2, 6, 2), remove(2, 4, 0), late(4, 7, 1)],
        &[checkpoint(0, 0), remove(2, 4, 0), checkpoint(0x40, 0), late(2, 4, 0), late(4, 7, 1)],
        &[grant(2, 6, 2), remove(2, 4, 0), checkpoint(7, 2), grant(4, 7, 1)],
        &[
            checkpoint(0, 0),
            remove(2, 4, 0),
            checkpoint(0x09, 0),
            checkpoint(0x16, 1),
            demote(2, 5),
        ],
    ];
    let mut seeds = Vec::new();
    for story in stories {
        for salt in [0, 77] {
            seeds.push([&[salt][..], &base, &story.concat()].concat());
        }
    }
    seeds
}

#[cfg(test)]
mod tests;
