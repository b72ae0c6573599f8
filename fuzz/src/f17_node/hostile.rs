//! Two members who say anything in their own names.

use bytes::Bytes;
use peergroup_core::simulation::forge::frames::{self, ForgedClass, ForgedGoodbye, ForgedSet};
use peergroup_core::simulation::forge::{
    self, Caller, Forge, ForgedPresence, ForgedVersion, statement_bytes,
};
use peergroup_core::{
    Attribute, Body, Input, LinkId, PeerId, Properties, Role, Stamp, Statement, StatementId,
    UnixTime, Value, Window,
};

use crate::Tape;
use crate::rig::{Rig, dawn};
use crate::scene::{NOTE, key, name, peer, scene};

/// Within what they were given.
const SOME_DAY: UnixTime = UnixTime::from_millis(1_810_000_000_000);
/// Kinds of things that they say.
pub(super) const KINDS: u8 = 14;

/// The two, and what they have said.
pub(super) struct Hostile {
    forges: [Forge; 2],
    signed: Vec<StatementId>,
    items: Vec<Vec<u8>>,
    brought_in: Vec<PeerId>,
    /// Whether the Admin may have made the member more than that.
    is_promoted: bool,
    calls: u64,
}

/// Until some day within what the two were given, which began shortly before the dawn; or for ever,
/// or since ever.
fn window(byte: u8) -> Window {
    let from = if byte & 2 == 0 { dawn().wall } else { UnixTime::default() };
    let until = if byte & 1 == 0 { SOME_DAY } else { UnixTime::MAX };
    Window { from, until }
}

impl Hostile {
    pub(super) fn new() -> Self {
        let forges = [7, 8].map(|number| Forge::new(key(number), scene().seat.group));
        let (signed, items, brought_in) = (Vec::new(), Vec::new(), Vec::new());
        Self { forges, signed, items, brought_in, is_promoted: false, calls: 0 }
    }

    /// Whom the Admin among them may have made something: it has the right to, and so has the
    /// member once the Admin gave it that.
    pub(super) fn brought_in(&self) -> &[PeerId] {
        &self.brought_in
    }

    /// One of them dials and shakes hands, as far as the node lets it.
    pub(super) fn shake_hands(
        &mut self,
        rig: &mut Rig,
        link: LinkId,
        binding: &[u8; 32],
        is_admin: bool,
    ) {
        self.calls += 1;
        let who = usize::from(is_admin);
        let invitation = &scene().invitations[who];
        let (mut caller, hello) =
            Caller::new(invitation, &self.forges[who].key, binding, self.calls);
        rig.receive(link, &hello);
        let mut heard = rig.take_sent(link);
        if let Some(proof) = caller.prove(&heard, rig.now.wall) {
            rig.receive(link, &proof);
            heard.extend(rig.take_sent(link));
            let _ = caller.is_welcome(&heard);
        }
        let _ = rig.input(Input::Tick);
    }

    /// Something to say, as whole frames.
    // dispatch: one arm per kind
    pub(super) fn say(&mut self, tape: &mut Tape<'_>, rig: &Rig) -> Vec<u8> {
        let set = [ForgedSet::Authority, ForgedSet::Records];
        match tape.byte() % KINDS {
            0 | 1 => {
                let statement = self.statement(tape);
                self.items.push(statement_bytes(&statement));
                frames::items(ForgedSet::Authority, &[statement_bytes(&statement)])
            }
            2 | 3 => {
                let version = self.version(tape, rig);
                self.items.push(version.clone());
                frames::items(ForgedSet::Records, &[version])
            }
            4 => {
                let many: Vec<Vec<u8>> = self.items.iter().rev().take(9).cloned().collect();
                frames::items(set[tape.below(2)], &many)
            }
            5 => {
                frames::compare(set[tape.below(2)], [tape.byte(); 32], tape.number(2), tape.flag())
            }
            6 => frames::compared(set[tape.below(2)], tape.number(2), tape.flag()),
            7 => frames::probes(set[tape.below(2)], tape.run().as_chunks::<4>().0),
            8 => frames::want(set[tape.below(2)], tape.run().as_chunks::<4>().0),
            9 => frames::lacking(set[tape.below(2)], tape.run().as_chunks::<4>().0),
            10 => {
                let classes = [ForgedClass::Control, ForgedClass::Lists, ForgedClass::Items];
                frames::credit(classes[tape.below(3)], u32::try_from(tape.number(4)).unwrap_or(0))
            }
            11 => self.presence(tape, rig),
            12 => frames::dial_back(tape.number(2)),
            _ => match tape.below(3) {
                0 => frames::online([tape.byte(); 32]),
                1 => frames::goodbye(ForgedGoodbye::CredentialsChanged),
                _ => frames::goodbye(ForgedGoodbye::Pruned),
            },
        }
    }

    fn statement(&mut self, tape: &mut Tape<'_>) -> Statement {
        let who = tape.below(2);
        let cred = self.cred(tape, who);
        let (subject, kind) = (1 + tape.byte() % 12, tape.below(6));
        let role = [Role::Member, Role::Inviter, Role::Admin][tape.below(3)];
        let depth = u32::try_from(tape.number(2)).unwrap_or(0);
        let listed = self.some_signed(tape);
        let window = window(tape.byte());
        let (mut prev, mut cites) = (listed.clone(), Vec::new());
        let body = match kind {
            0 | 1 => {
                cites = std::mem::take(&mut prev);
                self.note_grant(who, peer(subject), role);
                Body::Grant(forge::grant(peer(subject), role, window, None))
            }
            2 => Body::Remove { subject: peer(subject), cut: listed },
            3 => Body::Demote { subject: peer(subject), to: role, cut: listed },
            4 => Body::Resign { at: forge::stamp(UnixTime::from_millis(tape.number(6)), 0, 1) },
            _ => Body::Property(Properties::named(name("decreed"))),
        };
        let statement = self.forges[who].statement(cred, depth, body, &prev, &cites);
        self.signed.push(statement.id());
        statement
    }

    fn note_grant(&mut self, who: usize, subject: PeerId, role: Role) {
        let is_admin = who == 1;
        if is_admin || self.is_promoted {
            self.brought_in.push(subject);
        }
        self.is_promoted |= is_admin && subject == self.forges[0].peer() && role > Role::Member;
    }

    /// What they were invited by, as a rule.
    fn cred(&self, tape: &mut Tape<'_>, who: usize) -> Option<StatementId> {
        match tape.below(8) {
            0 => None,
            1 => self.signed.get(tape.below(self.signed.len())).copied(),
            2 => Some(scene().grants[1 - who]),
            _ => Some(scene().grants[who]),
        }
    }

    /// Up to three of what they signed, in the order that lists must have or not.
    fn some_signed(&self, tape: &mut Tape<'_>) -> Vec<StatementId> {
        let count = tape.below(4).min(self.signed.len());
        let mut ids: Vec<StatementId> =
            (0..count).map(|_| self.signed[tape.below(self.signed.len())]).collect();
        if tape.byte() < 200 {
            ids.sort_unstable();
            ids.dedup();
        }
        ids
    }

    fn version(&self, tape: &mut Tape<'_>, rig: &Rig) -> Vec<u8> {
        let who = tape.below(2);
        let forge = &self.forges[who];
        let cred = self.cred(tape, who);
        let millis =
            rig.now.wall.as_millis().saturating_add(tape.number(3)).saturating_sub(4_000_000);
        let time = UnixTime::from_millis(millis);
        let until = UnixTime::from_millis(millis.saturating_add(tape.number(4)));
        let creator = if tape.byte() < 50 { peer(1) } else { forge.peer() };
        let stamp: Stamp = forge::stamp(time, 0, tape.number(1));
        let mut version = ForgedVersion::first(creator, cred, NOTE, stamp, until);
        version.nonce = [tape.byte() % 4; 16];
        version.payload = Bytes::from(vec![6; tape.size(2) % 8000]);
        if tape.flag() {
            let year = Attribute::new("year", Value::Int(i64::from(tape.byte())));
            version.attributes = vec![year.expect("an attribute")];
        }
        let version = if tape.byte() < 60 { version.tombstone() } else { version };
        match self.items.get(tape.below(self.items.len().max(1))) {
            Some(item) if tape.byte() < 90 => {
                let after = ForgedVersion::after(forge.group, item);
                forge.version(&after.unwrap_or(version))
            }
            _ => forge.version(&version),
        }
    }

    fn presence(&self, tape: &mut Tape<'_>, rig: &Rig) -> Vec<u8> {
        let forge = &self.forges[tape.below(2)];
        let announced = forge.presence(ForgedPresence {
            instance: tape.number(1),
            serial: u32::from(tape.byte()),
            at: UnixTime::from_millis(rig.now.wall.as_millis().saturating_sub(tape.number(2))),
            lifetime_s: u32::try_from(tape.number(2)).unwrap_or(0),
            leaving: tape.flag(),
            name: name("somebody"),
            addresses: vec![crate::scene::address(tape.byte()); tape.below(10)],
        });
        let claimed = if tape.byte() < 40 { announced.claimed_by(peer(1)) } else { announced };
        frames::presence(&[claimed])
    }
}
