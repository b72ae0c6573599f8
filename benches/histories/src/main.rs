//! The same histories of a small group, told to peergroup, p2panda-auth and keyline.
//!
//! `cargo run --release --ignore-rust-version -- [length] [one in]`
//!
//! (p2panda-auth asks for a newer compiler than it needs.)
//!
//! The corpus is the one that peergroup's own tests walk: all histories of up to `length` (2)
//! further statements in a group of a creator, three Admins and two Members, left out those that
//! differ in what nothing looks at; and of those of full length one in so many, evenly. Of these
//! count the ones that all three can express:
//!
//! - Grants of Member or Admin and Removes. No Inviters: the others have no such role. No Demotes
//!   and no Resigns: keyline has none, but for a revocation by the subject.
//! - No Remove that ends what was signed at the founding: the others cannot say that. No Remove of
//!   oneself: here it ends one's lesser grants alone, elsewhere it is a resignation.
//! - No grant that changes nothing in the view of whoever signs it: p2panda-auth refuses to add a
//!   member again, and in keyline it is the same certificate as the one before.
//! - No Remove of whoever is no member in the view of whoever signs it.
//!
//! What each has seen when it signs follows from what it names: see [`view`]. An act that a system
//! refuses, because in that view its author has no right to it, is as if it was not signed.
//!
//! What is counted, in what everybody's role is in the end:
//!
//! - **creator**: the creator is no Admin any more. For this, every history in which one that is
//!   not the creator removes another is told once more with the creator as whom it removes, to
//!   whoever lets that be said (column **aimed**): in keyline there is nothing to revoke, since
//!   the creator's own key is the root; peergroup's replicas would not even take such a statement.
//! - **late**: it makes a difference whether what a removed key signed, and its removal did not
//!   pin, is there: acts later than the removal, and ones backdated or concurrent. Asked where all
//!   such acts are of keys that have no role in the end in that system either.
//! - **member**: a Member that signed nothing lost its membership, though no Admin removed it, and
//!   nobody senior to its inviter removed that inviter.
//! - **admin**: an Admin that signed nothing lost its role to its equals or juniors.
//! - **order**: another order of arrival gives other roles.

#[path = "../../../core/src/authority/tests/exhaustive/facts.rs"]
#[allow(dead_code, reason = "the tests that it is shared with use more of it")]
mod facts;
#[path = "../../../core/src/authority/tests/exhaustive/histories.rs"]
#[allow(dead_code, reason = "the tests that it is shared with use more of it")]
mod histories;
mod keyline;
mod p2panda;
mod peergroup;
mod view;

extern crate alloc;

use facts::{Act, Deed, Fact, Facts, Mask, Rank, each};
use histories::{CREATOR, ELDER, FOUNDING, GUEST, JUNIOR, MEMBER, PEERS, Reduced, Walk};
use view::History;

/// The statements of the founding.
pub(crate) const FOUNDED: Mask = (1 << FOUNDING) - 1;

/// Everybody's role.
pub(crate) type Roles = [Option<Rank>; PEERS as usize];

/// A system that histories are told to.
trait System {
    /// Everybody's role after these statements of a history, in one order of arrival or in
    /// another; none if it cannot express them.
    fn roles(&mut self, history: &History<'_>, some: Mask, backwards: bool) -> Option<Roles>;
}

#[derive(Default)]
struct Score {
    creator: u64,
    late: u64,
    /// Histories with late acts of which that is asked.
    asked: u64,
    member: u64,
    admin: u64,
    order: u64,
    /// Histories in which the creator's removal can be said.
    aimed: u64,
    first: [Option<String>; 5],
}

impl Score {
    fn judge(&mut self, system: &mut dyn System, history: &History<'_>, late: Mask) {
        let all = history.all();
        let Some(roles) = system.roles(history, all, false) else { return };
        let lost = |peers: core::ops::RangeInclusive<u8>, least: Rank| {
            let harmed =
                |&peer: &u8| is_safe(history.facts, peer) && roles[usize::from(peer)] < Some(least);
            peers.clone().any(|peer| harmed(&peer))
        };
        let without = |system: &mut dyn System| system.roles(history, all & !late, false);
        let mut authors = each(late).map(|one| history.facts.fact(one).act.author);
        let are_out = authors.all(|author| roles[usize::from(author)].is_none());
        self.asked += u64::from(late != 0 && are_out);
        let faults = [
            roles[0] != Some(Rank::Admin),
            late != 0 && are_out && without(system) != Some(roles),
            lost(GUEST..=MEMBER, Rank::Member),
            lost(1..=JUNIOR, Rank::Admin),
            system.roles(history, all, true) != Some(roles),
        ];
        let Self { creator, late, member, admin, order, first, .. } = self;
        let counts = [creator, late, member, admin, order];
        for ((count, first), fault) in counts.into_iter().zip(first).zip(faults) {
            *count += u64::from(fault);
            if fault && first.is_none() {
                *first = Some(format!("{}-> {roles:?}", history.told()));
            }
        }
    }
}

impl Score {
    fn judge_aimed(&mut self, system: &mut dyn System, history: &History<'_>) {
        let Some(roles) = system.roles(history, history.all(), false) else { return };
        self.aimed += 1;
        if roles[0] != Some(Rank::Admin) {
            self.creator += 1;
            self.first[0].get_or_insert_with(|| format!("{}-> {roles:?}", history.told()));
        }
    }
}

/// Whether a peer of the founding signed nothing further and nobody entitled to removed it or one
/// of those that it owes its role to.
fn is_safe(facts: &Facts, peer: u8) -> bool {
    if facts.signed_by(peer) & !FOUNDED != 0 {
        return false;
    }
    let mut next = each(facts.grants_to(peer) & FOUNDED).next();
    while let Some(grant) = next {
        if facts.fact(grant).hit_by != 0 {
            return false;
        }
        next = facts.fact(grant).act.cred;
    }
    true
}

/// The same history, but that the last Remove of somebody else by an Admin is one of the creator;
/// none if there is none, or another statement pins or cites it.
fn aimed(facts: &Facts) -> Option<Facts> {
    let is_aim = |fact: &Fact| {
        let act = &fact.act;
        act.deed == Deed::Remove && act.author != CREATOR && act.subject != act.author
    };
    let aim = facts.all.iter().rposition(is_aim)?;
    if facts.all.iter().any(|fact| fact.act.names >> aim & 1 == 1) {
        return None;
    }
    let mut aimed = Facts::new(u32::MAX);
    for (at, fact) in facts.all.iter().enumerate() {
        let at_creator = Act { subject: CREATOR, names: 0, ..fact.act };
        aimed.push(if at == aim { at_creator } else { fact.act });
    }
    Some(aimed)
}

/// Whether all can express it, as far as can be told without asking them.
fn is_common(facts: &Facts) -> bool {
    let elders = facts.signed_by(ELDER) & FOUNDED;
    facts.all.iter().all(|fact| match fact.act.deed {
        Deed::Grant(rank) => rank != Rank::Inviter,
        Deed::Remove => {
            let cascades = fact.act.subject == ELDER && fact.pins & elders != elders;
            fact.act.subject != fact.act.author && !cascades
        }
        Deed::Demote(_) | Deed::Resign => false,
    })
}

fn main() {
    let mut numbers = std::env::args().skip(1).map(|one| one.parse().expect("a number"));
    let length = numbers.next().unwrap_or(2);
    let one_in = numbers.next().unwrap_or(1) as u64;
    let mut systems: [(&str, Box<dyn System>, Score); 3] = [
        ("peergroup", Box::new(peergroup::Told::new()), Score::default()),
        ("p2panda-auth 0.7.1", Box::new(p2panda::Told::default()), Score::default()),
        ("keyline 0.2.0", Box::new(keyline::Told::new()), Score::default()),
    ];
    let (mut walked, mut tried, mut told, mut with_late, mut turn) = (0_u64, 0_u64, 0, 0, 0_u64);
    let walk = Walk { length, reduced: Reduced::Yes, share: (0, 1) };
    walk.run(|facts| {
        walked += 1;
        turn += u64::from(facts.len() == FOUNDING + length);
        if facts.len() == FOUNDING + length && !turn.is_multiple_of(one_in) || !is_common(facts) {
            return;
        }
        tried += 1;
        let history = History::of(facts);
        let all = history.all();
        let expressed = |(_, system, _): &mut (_, Box<dyn System>, _)| {
            system.roles(&history, all, false).is_some()
        };
        if !systems.iter_mut().all(expressed) {
            return;
        }
        let late = facts.late(facts.solve().live);
        told += 1;
        with_late += u64::from(late != 0);
        for (_, system, score) in &mut systems {
            score.judge(system.as_mut(), &history, late);
        }
        let Some(aimed) = aimed(facts) else { return };
        let history = History::of(&aimed);
        for (_, system, score) in &mut systems {
            score.judge_aimed(system.as_mut(), &history);
        }
    });
    println!("histories walked: {walked}; of Grants and Removes alone: {tried}");
    println!("told to all three: {told}; with late acts: {with_late}");
    println!("{:<20}creator    late   (of)  member   admin   order   aimed", "");
    for (name, _, score) in &systems {
        let Score { creator, late, asked, member, admin, order, aimed, .. } = score;
        let of = format!("({asked})");
        println!("{name:<19}{creator:>8}{late:>8}{of:>7}{member:>8}{admin:>8}{order:>8}{aimed:>8}");
    }
    for (name, _, score) in &systems {
        for (what, first) in
            ["creator", "late", "member", "admin", "order"].iter().zip(&score.first)
        {
            if let Some(first) = first {
                println!("first of {name}, {what}: {first}");
            }
        }
    }
}
