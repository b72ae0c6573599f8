//! Credential chains: one leads from the creator to a holder exactly if each grant in it was signed
//! by the holder of the one before, who may give so much.

use peergroup_core::limits::CHAIN_MAX;
use peergroup_core::simulation::forge::{self, Forge};
use peergroup_core::simulation::reading;
use peergroup_core::{Body, Genesis, Role, Statement, StatementId, UnixTime, Window};

use crate::Tape;
use crate::rig::dawn;
use crate::scene::{key, peer};

/// Reads a chain, or makes one of any grants and reads that.
pub fn f04_chain(data: &[u8]) {
    let mut tape = Tape::new(data);
    if tape.flag() {
        made(&mut tape);
        return;
    }
    let bytes = tape.rest();
    if let Ok((grants, holder)) = reading::chain(&genesis(), bytes) {
        assert_eq!(reading::chain_bytes(&grants, grants.len()), bytes, "C02: not canonical");
        judge(&grants, holder);
    }
}

fn genesis() -> Genesis {
    reading::found(&key(1), [1; 32], dawn().wall)
}

/// What a chain that was accepted must be.
fn judge(grants: &[Statement], holder: peergroup_core::PeerId) {
    assert!(grants.len() <= CHAIN_MAX);
    let (mut author, mut cred) = (peer(1), None);
    let (mut role, mut window) = (Role::Admin, Window::INFINITE);
    for statement in grants {
        let grant = statement.grant().expect("a chain is of grants");
        assert_eq!((statement.author(), statement.cred()), (author, cred), "C01");
        assert!(role == Role::Admin || role == Role::Inviter && grant.role != Role::Admin, "C10");
        assert!(window.from <= grant.window.from && grant.window.until <= window.until, "C10");
        (author, cred) = (grant.subject, Some(statement.id()));
        (role, window) = (grant.role, grant.window);
    }
    assert_eq!(holder, author);
}

/// One grant as it was chosen.
struct Link {
    signer: u8,
    subject: u8,
    role: Role,
    from: u64,
    until: u64,
    names_the_one_before: bool,
}

impl Link {
    fn take(tape: &mut Tape<'_>, before: u8) -> Self {
        let kind = tape.byte();
        let [subject, role, from, width] = [0; 4].map(|_| tape.byte());
        Self {
            // an honest one as a rule
            signer: if kind & 7 == 1 { 1 + kind / 8 % 4 } else { before },
            subject: 1 + subject % 40,
            role: [Role::Admin, Role::Inviter, Role::Member, Role::Admin][usize::from(role) % 4],
            from: u64::from(from / 64),
            until: u64::from(255 - width / 64),
            names_the_one_before: kind & 7 != 2,
        }
    }

    fn sign(&self, genesis: &Genesis, before: Option<StatementId>) -> Statement {
        let cred = if self.names_the_one_before { before } else { None };
        let [from, until] = [self.from, self.until].map(UnixTime::from_millis);
        let grant = forge::grant(peer(self.subject), self.role, Window { from, until }, None);
        let forge = Forge::new(key(self.signer), genesis.id());
        forge.statement(cred, 1, Body::Grant(grant), &[], &[])
    }

    /// Whether it may follow the one before.
    fn may_follow(&self, before: Option<&Self>) -> bool {
        let holder = before.map_or(1, |before| before.subject);
        let is_given = before.is_none_or(|before| {
            let gives = match before.role {
                Role::Admin => true,
                Role::Inviter => self.role != Role::Admin,
                Role::Member => false,
            };
            gives && before.from <= self.from && self.until <= before.until
        });
        let names = before.is_none() || self.names_the_one_before;
        is_given && names && self.signer == holder && self.subject != holder && self.subject != 1
    }
}

fn made(tape: &mut Tape<'_>) {
    let genesis = genesis();
    let full = tape.below(30);
    let (mut links, mut grants): (Vec<Link>, Vec<Statement>) = (Vec::new(), Vec::new());
    while !tape.is_over() && links.len() < CHAIN_MAX + 3 {
        let link = Link::take(tape, links.last().map_or(1, |last| last.subject));
        grants.push(link.sign(&genesis, grants.last().map(Statement::id)));
        links.push(link);
    }
    let before = |at: usize| at.checked_sub(1).and_then(|at| links.get(at));
    let is_good = links.len() <= CHAIN_MAX
        && links.iter().enumerate().all(|(at, link)| link.may_follow(before(at)));
    let read = reading::chain(&genesis, &reading::chain_bytes(&grants, full));
    assert_eq!(read.is_ok(), is_good, "{read:?}");
    if let Ok((read, holder)) = read {
        assert!(read.iter().map(Statement::id).eq(grants.iter().map(Statement::id)));
        judge(&read, holder);
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let link = |number: u8, role: u8| [0, number, role, 0, 0];
    let of = |count: u8, last: u8| {
        let admins = (1..count).flat_map(move |number| link(number, 0));
        let chosen: Vec<u8> = [1, 1].into_iter().chain(admins).chain(link(count, last)).collect();
        chosen
    };
    let mut seeds = vec![of(1, 2), of(5, 1), of(24, 2), of(25, 2)];
    // not the holder's; without the one before; an Inviter's Admin; a wider window
    seeds.push([&[1, 0][..], &link(1, 0), &[1 + 8, 2, 0, 0, 0]].concat());
    seeds.push([&[1, 0][..], &link(1, 0), &[2, 2, 0, 0, 0]].concat());
    seeds.push([&[1, 0][..], &link(1, 1), &link(2, 0)].concat());
    seeds.push([&[1, 0][..], &[0, 1, 0, 64, 64], &link(2, 0)].concat());
    let genesis = genesis();
    let mut grants: Vec<Statement> = Vec::new();
    for number in 2..6 {
        let chosen = Link {
            signer: number - 1,
            subject: number,
            role: Role::Admin,
            from: 0,
            until: 99,
            names_the_one_before: true,
        };
        grants.push(chosen.sign(&genesis, grants.last().map(Statement::id)));
        seeds.push([&[0], &reading::chain_bytes(&grants, 1)[..]].concat());
    }
    seeds
}
