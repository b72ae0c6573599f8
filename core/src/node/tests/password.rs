//! Newcomers that keep no rule.

use super::*;
use crate::limits::{HALF_OPEN_MAX, PASSWORD_FAILURES_MAX};
use crate::password::{AwaitVerdict, Newcomer, Parties, PasswordSecret, Verdict};

const RIGHT: [u8; 32] = [0xa7; 32];
const WRONG: [u8; 32] = [0xc9; 32];

impl Rig {
    /// A node that admits by a password.
    fn with_password() -> Self {
        let mut rig = Self::new();
        let now = rig.now();
        let secret = PasswordSecret::from_bytes(RIGHT);
        rig.node.set_password(now, rig.seat, secret, Role::Member).unwrap();
        rig.drain();
        rig
    }

    /// A newcomer that has been welcomed, and its first flight.
    fn welcome(&mut self, who: &Peer, password: [u8; 32]) -> (LinkId, Newcomer, Vec<u8>) {
        let (link, entry) = self.enter(who, Purpose::Password);
        assert!(matches!(entry, Entry::Welcome), "{entry:?}");
        let parties = Parties {
            binding: [self.links; 32],
            group: self.seat.group,
            newcomer: who.key.peer(),
            admitter: self.seat.identity,
        };
        let secret = PasswordSecret::from_bytes(password);
        let (newcomer, offer) = Newcomer::begin(parties, &secret, [self.links; 64]).unwrap();
        (link, newcomer, offer)
    }

    /// A newcomer up to its confirmation, which is not sent yet.
    fn confirmation(&mut self, who: &Peer, password: [u8; 32]) -> (LinkId, AwaitVerdict, Vec<u8>) {
        let (link, newcomer, offer) = self.welcome(who, password);
        self.receive(link, &offer);
        let answer = self.bodies(link).pop().unwrap();
        let (waiting, confirm) = newcomer.on_share(&answer).unwrap();
        (link, waiting, confirm)
    }

    fn verdict(&mut self, who: &Peer, password: [u8; 32]) -> Verdict {
        let (link, waiting, confirm) = self.confirmation(who, password);
        self.receive(link, &confirm);
        let verdict = self.bodies(link).pop().unwrap();
        assert!(self.hung_up.contains(&link));
        waiting.on_verdict(&verdict).unwrap()
    }

    fn strangers_faults(&mut self) -> Vec<Fault> {
        let fault = |notice| match notice {
            Notice::StrangerFaulted { fault, .. } => Some(fault),
            _ => None,
        };
        core::mem::take(&mut self.notices).into_iter().filter_map(fault).collect()
    }

    fn is_member(&self, who: &Peer) -> bool {
        self.node.member(self.seat, who.key.peer()).unwrap().is_some()
    }
}

fn newcomer(number: u8) -> Peer {
    Peer { key: SecretKey::from_bytes([number; 32]), grants: Vec::new(), instance: 9 }
}

#[test]
fn a_right_confirmation_makes_a_member_and_a_wrong_one_none() {
    let mut rig = Rig::with_password();
    let (one, other) = (newcomer(40), newcomer(41));
    assert_eq!(rig.verdict(&one, WRONG), Verdict::Denied(Denial::WrongPassword));
    assert!(!rig.is_member(&one));
    assert!(matches!(rig.verdict(&other, RIGHT), Verdict::Admitted(_)));
    assert!(rig.is_member(&other));
}

#[test]
fn a_confirmation_that_was_heard_on_another_link_is_a_wrong_password() {
    let mut rig = Rig::with_password();
    let who = newcomer(40);
    let (_, _, heard) = rig.confirmation(&who, RIGHT);
    let (link, waiting, _) = rig.confirmation(&who, RIGHT);
    rig.receive(link, &heard);
    let verdict = rig.bodies(link).pop().unwrap();
    assert_eq!(waiting.on_verdict(&verdict), Ok(Verdict::Denied(Denial::WrongPassword)));
    assert!(!rig.is_member(&who));
}

#[test]
fn flights_out_of_turn_and_garbage_are_faults_that_admit_nobody() {
    let mut rig = Rig::with_password();
    let who = newcomer(40);
    // the share twice
    let (link, _, offer) = rig.welcome(&who, RIGHT);
    rig.receive(link, &offer);
    rig.receive(link, &offer);
    assert_eq!(rig.strangers_faults(), [Fault::Unexpected]);
    assert!(rig.hung_up.contains(&link));
    // garbage in place of a share, and of a confirmation
    let (link, ..) = rig.welcome(&who, RIGHT);
    rig.receive(link, &frame(&[7; 512]));
    let (link, ..) = rig.confirmation(&who, RIGHT);
    rig.receive(link, &frame(&[7; 512]));
    assert_eq!(rig.strangers_faults(), [Fault::Malformed; 2]);
    // something behind the confirmation, before the verdict is durable
    let (link, _, confirm) = rig.confirmation(&who, WRONG);
    rig.receive(link, &[confirm.clone(), confirm].concat());
    assert_eq!(rig.strangers_faults(), [Fault::Unexpected]);
    assert!(rig.bodies(link).is_empty(), "who breaks the rules is told nothing");
    assert!(!rig.is_member(&who));
}

#[test]
fn a_guess_counts_though_its_link_is_gone_before_the_answer() {
    let mut rig = Rig::with_password();
    let who = newcomer(40);
    for _ in 0..PASSWORD_FAILURES_MAX {
        let (link, _, confirm) = rig.confirmation(&who, WRONG);
        rig.receive(link, &[confirm.clone(), confirm].concat());
    }
    let (_, entry) = rig.enter(&who, Purpose::Password);
    assert!(matches!(entry, Entry::Denied(Denial::TooManyAttempts, _)), "{entry:?}");
}

#[test]
fn guesses_that_were_begun_side_by_side_are_no_more_than_one_after_the_other() {
    let mut rig = Rig::with_password();
    let who = newcomer(40);
    let begun: Vec<_> =
        (0..PASSWORD_FAILURES_MAX + 3).map(|_| rig.confirmation(&who, WRONG)).collect();
    let verdicts: Vec<Verdict> = begun
        .into_iter()
        .map(|(link, waiting, confirm)| {
            rig.receive(link, &confirm);
            let verdict = rig.bodies(link).pop().unwrap();
            waiting.on_verdict(&verdict).unwrap()
        })
        .collect();
    let (checked, refused) = verdicts.split_at(PASSWORD_FAILURES_MAX);
    assert!(checked.iter().all(|one| *one == Verdict::Denied(Denial::WrongPassword)));
    assert!(refused.iter().all(|one| *one == Verdict::Denied(Denial::TooManyAttempts)));
}

#[test]
fn a_newcomer_that_falls_silent_is_let_go_at_the_deadline() {
    let mut rig = Rig::with_password();
    for number in 0..3_u8 {
        let who = newcomer(40 + number);
        let link = match number {
            0 => rig.welcome(&who, RIGHT).0,
            1 => rig.confirmation(&who, RIGHT).0,
            _ => rig.confirmation(&who, WRONG).0,
        };
        assert!(!rig.hung_up.contains(&link));
        rig.run(HANDSHAKE_TIMEOUT);
        assert!(rig.hung_up.contains(&link), "{number}");
        assert!(!rig.is_member(&who));
    }
}

#[test]
fn newcomers_take_no_more_places_than_all_who_are_not_authenticated() {
    let mut rig = Rig::with_password();
    let links: Vec<LinkId> =
        (0..HALF_OPEN_MAX).map(|_| rig.welcome(&newcomer(40), RIGHT).0).collect();
    assert!(rig.hung_up.is_empty());
    rig.accept();
    assert_eq!(rig.hung_up, links[..1], "the oldest newcomer made room");
    rig.run(HANDSHAKE_TIMEOUT);
    assert!(matches!(rig.verdict(&newcomer(41), RIGHT), Verdict::Admitted(_)));
}

#[test]
fn a_newcomer_cannot_take_a_members_way_in_and_a_password_needs_no_credential() {
    let mut rig = Rig::with_password();
    let (_, entry) = rig.enter(&newcomer(40), Purpose::Group);
    assert!(matches!(entry, Entry::Silence), "{entry:?}");
    assert_eq!(rig.strangers_faults(), [Fault::InvalidCredential]);
    let member = rig.peer(41, Role::Member);
    assert!(matches!(rig.verdict(&member, RIGHT), Verdict::Admitted(_)), "it may ask again");
}

#[test]
fn a_node_without_a_password_says_that_it_has_none() {
    let mut rig = Rig::new();
    let (link, entry) = rig.enter(&newcomer(40), Purpose::Password);
    assert!(matches!(entry, Entry::Denied(Denial::NoPassword, _)), "{entry:?}");
    assert!(rig.hung_up.contains(&link));
}
