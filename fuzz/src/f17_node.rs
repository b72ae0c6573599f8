//! One node and a world that keeps no rule: a member that says anything, strangers, a store that
//! fails, a driver that errs, time that jumps. The node keeps its contract, its bounds and its
//! members.

mod hostile;

use std::time::Duration;

use bytes::Bytes;
use peergroup_core::simulation::forge::frames;
use peergroup_core::{
    Input, LinkDown, LinkId, LinkInfo, Member, RecordDraft, RecordUpdate, Removal, Role,
    StoreFailure, Terms, Ticket, UnixTime,
};

use crate::Tape;
use crate::rig::Rig;
use crate::scene::{NOTE, address, name, peer, scene};
use crate::tape::run;
use hostile::Hostile;

/// Things that happen in one run, at most.
const STEPS_MAX: usize = 400;

/// Lets happen to a node what the bytes say.
pub fn f17_node(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut world = World::new();
    for _ in 0..STEPS_MAX {
        if tape.is_over() {
            break;
        }
        world.step(&mut tape);
        world.rig.check_bounds();
        world.check_members();
    }
    world.come_to_rest();
}

struct World {
    rig: Rig,
    hostile: Hostile,
    /// Links that were ever there.
    links: Vec<LinkId>,
    /// Whom the creator made a member, at any time, and as what at most.
    given: [Option<Role>; 4],
}

impl World {
    fn new() -> Self {
        let mut rig = scene().creator(4);
        let seat = scene().seat;
        rig.act(|node, now| node.connect(now, seat, Duration::from_secs(30))).expect("it is open");
        let given = [Some(Role::Member), Some(Role::Admin), None, None];
        Self { rig, hostile: Hostile::new(), links: Vec::new(), given }
    }

    // dispatch: one arm per thing that happens
    fn step(&mut self, tape: &mut Tape<'_>) {
        match tape.below(16) {
            0 => self.accept(tape),
            1 => {
                let link = self.link(tape);
                self.rig.receive(link, tape.run());
            }
            2..=5 => {
                let link = self.link(tape);
                let said = self.hostile.say(tape, &self.rig);
                self.rig.receive(link, &said);
            }
            6 => {
                let link = self.link(tape);
                let body = tape.run();
                self.rig.receive(link, &frames::raw(body));
            }
            7 => {
                let cause = [LinkDown::Broken, LinkDown::Refused][tape.below(2)];
                let link = self.link(tape);
                let _ = self.rig.input(Input::LinkDown { link, cause });
            }
            8 => self.answer_dial(tape),
            9 => {
                // twenty minutes at most
                self.rig.pass(Duration::from_millis(tape.number(2) * 20));
            }
            10 => self.rig.now.wall = UnixTime::from_millis(tape.number(6)),
            11 => self.store(tape),
            12 => self.err(tape),
            _ => self.verb(tape),
        }
    }

    /// Somebody dials: the member, who shakes hands as an honest node does, or a stranger.
    fn accept(&mut self, tape: &mut Tape<'_>) {
        let mut binding = [1; 32];
        binding[0] = u8::try_from(self.links.len() % 256).expect("below 256");
        let link = self.rig.accept(&binding);
        self.links.push(link);
        let who = tape.below(4);
        if who < 3 {
            self.hostile.shake_hands(&mut self.rig, link, &binding, who == 2);
        }
    }

    /// One of the links, the newest first.
    fn link(&mut self, tape: &mut Tape<'_>) -> LinkId {
        if self.links.is_empty() {
            self.accept(tape);
        }
        self.links[self.links.len() - 1 - tape.below(self.links.len())]
    }

    fn answer_dial(&mut self, tape: &mut Tape<'_>) {
        let Some((link, _)) = self.rig.dials.pop() else { return };
        let binding = [tape.byte(); 32];
        let info = LinkInfo { binding: &binding, remote: Some(&address(9)) };
        if tape.flag() {
            self.rig.input(Input::LinkUp { link, info }).expect("it dialled");
            self.links.push(link);
        } else {
            let down = Input::LinkDown { link, cause: LinkDown::Unreachable };
            self.rig.input(down).expect("it dialled");
        }
    }

    fn store(&mut self, tape: &mut Tape<'_>) {
        match tape.below(8) {
            0..=2 => self.rig.holds = true,
            3 => {
                self.rig.holds = true;
                self.rig.store(Err(StoreFailure::Full));
            }
            _ => {
                self.rig.holds = false;
                self.rig.store(Ok(()));
            }
        }
        self.rig.drain();
    }

    /// The driver errs: the node says so, and nothing has changed.
    fn err(&mut self, tape: &mut Tape<'_>) {
        let (link, ticket) = (LinkId::from_u64(tape.number(3)), Ticket::from_u64(tape.number(3)));
        let info = LinkInfo { binding: &[0; 32], remote: None };
        let outcome = Ok(());
        let huge = vec![0; 64 * 1024 + 1];
        let _ = match tape.below(5) {
            0 => self.rig.input(Input::LinkUp { link, info }),
            1 => self.rig.input(Input::Stored { ticket, outcome }),
            2 => self.rig.input(Input::Loaded { ticket, outcome: Err(StoreFailure::Corrupt) }),
            3 => self.rig.input(Input::Received { link, bytes: &huge }),
            _ => self.rig.input(Input::LinkDown { link, cause: LinkDown::TimedOut }),
        };
    }

    // dispatch: one arm per verb
    fn verb(&mut self, tape: &mut Tape<'_>) {
        let (seat, who) = (scene().seat, 7 + tape.byte() % 4);
        let (kind, size) = (tape.below(16), tape.size(2));
        let records = &scene().records;
        let record = records[tape.below(records.len())];
        let role = [Role::Member, Role::Inviter, Role::Admin][tape.below(3)];
        let given = &mut self.given[usize::from(who - 7)];
        self.rig.act(|node, now| match kind {
            0..=2 => {
                let expires = now.wall.after(Duration::from_secs(3600));
                let draft = RecordDraft::new(NOTE, expires).payload(vec![3; size]);
                drop(node.publish(now, seat, draft));
            }
            3 => {
                let update = RecordUpdate::new().payload(vec![4; size]);
                drop(node.update(now, seat, record, update));
            }
            4 => drop(node.delete_record(now, seat, record)),
            5 | 6 => {
                if node.grant(now, seat, peer(who), Terms::role(role)).is_ok() {
                    *given = (*given).max(Some(role));
                }
            }
            7 => drop(node.demote(now, seat, peer(who), Role::Member)),
            8 => {
                let mode = [Removal::Keep, Removal::KeepRecords, Removal::Cascade][size % 3];
                drop(node.remove(now, seat, peer(who), mode));
            }
            9 => drop(node.open_connection(now, seat, peer(who))),
            10 => drop(node.checkpoint(now, seat)),
            11 => drop(node.connect(now, seat, Duration::from_secs(30))),
            12 => drop(node.close(now, seat)),
            13 => drop(node.open(now, seat)),
            14 => {
                let named = peergroup_core::Properties::named(name("renamed"));
                drop(node.set_properties(now, seat, named));
            }
            _ => {
                let connections = node.connections(seat).unwrap_or_default();
                for up in connections.iter().filter_map(|info| info.connection) {
                    let _ = node.send(now, up, NOTE, Bytes::from(vec![5; size]));
                    node.received(now, up);
                }
            }
        });
    }

    /// Nobody is a member but whom the creator made one, nor more than that.
    fn check_members(&self) {
        let seat = scene().seat;
        let Ok(members) = self.rig.node.members(seat) else { return };
        let members: Vec<Member> = members.collect();
        for member in &members {
            let is_known = |number: u8| member.peer == peer(number);
            let most = (7..).zip(self.given).find(|(number, _)| is_known(*number));
            let most = most.and_then(|(_, given)| given);
            let brought = self.hostile.brought_in().contains(&member.peer);
            let is_right = if member.peer == seat.identity {
                member.role == Role::Admin
            } else {
                Some(member.role) <= most || brought
            };
            assert!(is_right, "{member:?} was made {most:?}");
        }
        assert!(members.iter().any(|member| member.peer == seat.identity), "I3");
    }

    /// Whatever happened, the node comes to rest, and starts again on what it stored.
    fn come_to_rest(mut self) {
        self.rig.holds = false;
        self.rig.store(Ok(()));
        self.rig.drain();
        self.rig.pass(Duration::from_secs(120));
        self.rig.check_bounds();
        let Rig { rows, now, .. } = self.rig;
        let mut again = Rig::boot(rows, 5, now);
        let opened = again.act(|node, now| node.open(now, scene().seat));
        assert_eq!(opened, Ok(()), "it is not there any more");
        again.check_bounds();
    }
}

/// One of the two makes somebody a member, under the grant that it was invited by.
const fn grant_by(who: u8) -> [u8; 12] {
    [2, 0, 0, who, 3, 10, 0, 0, 1, 0, 0, 0]
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let welcome = [0_u8, 0];
    let mut seeds = vec![welcome.to_vec()];
    // each thing that the member can say, once it is in
    for kind in 0..hostile::KINDS {
        let said = [2, 0, kind, 1, 2, 3, 4, 5, 6, 7, 8];
        seeds.push([&welcome[..], &said, &[9, 0, 16]].concat());
    }
    let body = |bytes: &[u8]| [&[6, 0][..], &run(bytes)].concat();
    for message in crate::f02_message::messages() {
        seeds.push([&welcome[..], &body(&message)].concat());
    }
    for verb in 0..16 {
        seeds.push([&welcome[..], &[13, 0, verb, 40, 0, 0, 0], &[9, 0, 16]].concat());
    }
    let lost = [11, 0, 13, 0, 0, 9, 0, 0, 11, 3, 13, 0, 12, 0, 0, 0, 0, 13, 0, 13, 0, 0, 0, 0];
    seeds.push([&welcome[..], &lost].concat());
    // an Admin, a stranger, a driver in error, a calendar that jumps
    seeds.push([&[0, 2], &[2, 0, 0, 1, 2, 3, 4][..], &[0, 3], &[1, 0, 3, 0, 1, 2, 3]].concat());
    seeds.push([&[0, 2], &grant_by(1)[..]].concat());
    seeds.push([&welcome[..], &[12, 1, 0, 0, 5, 0, 0, 1], &[10, 0, 0, 0, 0, 0, 0, 9]].concat());
    seeds
}

#[cfg(test)]
mod tests;
