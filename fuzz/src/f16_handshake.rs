//! Two nodes shake hands over streams in somebody else's hands: an end takes the other for proven
//! only if each heard what the other said, on one and the same link.

use std::time::Duration;

use peergroup_core::simulation::forge::frames::deframe;
use peergroup_core::{Input, LinkDown, LinkId, LinkInfo};

use crate::Tape;
use crate::rig::Rig;
use crate::scene::scene;
use crate::tape::run;

/// Streams that are dialled in one run, at most.
const PIPES_MAX: usize = 6;
/// Flights that each end says in a handshake.
const FLIGHTS: usize = 2;
const TIMEOUT: Duration = Duration::from_secs(30);

/// One end of a stream.
#[derive(Debug)]
struct End {
    link: LinkId,
    /// All that its node said, and all that it was told.
    said: Vec<u8>,
    heard: Vec<u8>,
    /// What of `said` has gone on, or been taken away.
    gone: usize,
    is_proven: bool,
}

/// A stream between the two nodes.
#[derive(Debug)]
struct Pipe {
    ends: [End; 2],
    /// Which of them dialled.
    dialler: usize,
    /// Whether both ends share a binding.
    is_one: bool,
}

/// A member that dials, and the creator.
struct Pair {
    rigs: [Rig; 2],
    pipes: Vec<Pipe>,
}

/// Lets the two shake hands, and does to the streams what the bytes say.
pub fn f16_handshake(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut pair = Pair::new();
    while !tape.is_over() {
        pair.dial(&mut tape);
        pair.meddle(&mut tape);
        pair.collect();
        pair.judge();
    }
    for rig in &pair.rigs {
        rig.check_bounds();
    }
}

impl Pair {
    fn new() -> Self {
        let mut pair = Self { rigs: [scene().member(2), scene().creator(3)], pipes: Vec::new() };
        for rig in &mut pair.rigs {
            rig.act(|node, now| {
                let seat = node.groups(node.default_identity()?).next()?.seat;
                node.connect(now, seat, TIMEOUT).ok()
            })
            .expect("the group is open");
        }
        pair
    }

    /// Answers whoever dials.
    fn dial(&mut self, tape: &mut Tape<'_>) {
        for side in 0..2 {
            for (link, _) in std::mem::take(&mut self.rigs[side].dials) {
                if self.pipes.len() >= PIPES_MAX {
                    let down = Input::LinkDown { link, cause: LinkDown::Refused };
                    self.rigs[side].input(down).expect("it dialled");
                    continue;
                }
                let binding = [u8::try_from(self.pipes.len()).expect("a few"); 32];
                let is_one = tape.below(8) != 7;
                let theirs = self.rigs[1 - side].accept(&binding);
                let binding = if is_one { binding } else { [0xff; 32] };
                let info = LinkInfo { binding: &binding, remote: None };
                self.rigs[side].input(Input::LinkUp { link, info }).expect("it dialled");
                let mut ends = [link, theirs].map(End::new);
                if side == 1 {
                    ends.reverse();
                }
                self.pipes.push(Pipe { ends, dialler: side, is_one });
                self.collect();
            }
        }
    }

    /// Takes what was said.
    fn collect(&mut self) {
        for pipe in &mut self.pipes {
            for (end, rig) in pipe.ends.iter_mut().zip(&mut self.rigs) {
                end.said.extend(rig.take_sent(end.link));
            }
        }
    }

    /// One thing is done to one direction of one stream.
    // dispatch: one arm per ploy
    fn meddle(&mut self, tape: &mut Tape<'_>) {
        let what = tape.byte();
        if what & 15 == 15 {
            let span = Duration::from_millis(tape.number(2));
            for rig in &mut self.rigs {
                rig.pass(span);
            }
            return;
        }
        let count = self.pipes.len();
        let (from, at) = (usize::from(what >> 4 & 1), usize::from(what >> 5));
        let Some(pipe) = self.pipes.get(at.checked_rem(count).unwrap_or(0)) else { return };
        let rest = pipe.ends[from].said[pipe.ends[from].gone..].to_vec();
        let mut given = rest.clone();
        match what & 15 {
            0..=4 => {}
            5 => given.truncate(tape.size(2)),
            6 => {
                let at = tape.size(2) % given.len().max(1);
                if let Some(byte) = given.get_mut(at) {
                    *byte ^= 1 << tape.below(8);
                }
            }
            7 => given = [&given[..], &given].concat(),
            8 => given = tape.run().to_vec(),
            9 => given.clear(),
            // what was said on another stream, or by the end itself
            10 => given.clone_from(&self.pipes[tape.below(count)].ends[from].said),
            11 => given.clone_from(&pipe.ends[1 - from].said),
            12 => given = [tape.run(), &given].concat(),
            13 => {
                let down = tape.below(2);
                let link = pipe.ends[down].link;
                let down = Input::LinkDown { link, cause: LinkDown::Broken };
                let _ = self.rigs[from].input(down);
                return;
            }
            _ => {
                given.truncate(tape.below(64));
            }
        }
        // of what is cut off the rest goes on later
        let is_part = matches!(what & 15, 5 | 14);
        let gone = if is_part { given.len() } else { rest.len() };
        self.give(at % count, from, &given, gone);
    }

    fn give(&mut self, at: usize, from: usize, bytes: &[u8], gone: usize) {
        let pipe = &mut self.pipes[at];
        pipe.ends[from].gone += gone;
        let to = &mut pipe.ends[1 - from];
        to.heard.extend_from_slice(bytes);
        self.rigs[1 - from].receive(to.link, bytes);
    }

    /// Whoever is taken for proven heard and was heard.
    fn judge(&mut self) {
        for pipe in &mut self.pipes {
            for side in 0..2 {
                let link = pipe.ends[side].link;
                let is_proven = self.rigs[side].node.is_authenticated(link) == Some(true);
                if is_proven && !pipe.ends[side].is_proven {
                    pipe.ends[side].is_proven = true;
                    pipe.check(side);
                }
            }
        }
    }
}

impl End {
    fn new(link: LinkId) -> Self {
        Self { link, said: Vec::new(), heard: Vec::new(), gone: 0, is_proven: false }
    }
}

impl Pipe {
    fn check(&self, side: usize) {
        assert!(self.is_one, "L01: proven on two links");
        let (end, other) = (&self.ends[side], &self.ends[1 - side]);
        let heard = flights_in(&end.heard, FLIGHTS);
        assert!(heard.len() == FLIGHTS, "proven before its time");
        assert!(other_begins(&other.said, &heard), "L02: it heard what the other did not say");
        let said = flights_in(&end.said, if side == self.dialler { FLIGHTS } else { 1 });
        assert!(other_begins(&other.heard, &said), "L02: the other heard what it did not say");
    }
}

/// The first frames of a stream.
fn flights_in(stream: &[u8], count: usize) -> Vec<Vec<u8>> {
    let mut rest = stream.to_vec();
    std::iter::from_fn(|| deframe(&mut rest)).take(count).collect()
}

fn other_begins(stream: &[u8], flights: &[Vec<u8>]) -> bool {
    flights_in(stream, flights.len()) == flights
}

/// The four flights of a handshake in which all went well: the bodies of their frames.
pub(crate) fn flights() -> Vec<Vec<u8>> {
    let mut pair = Pair::new();
    pair.dial(&mut Tape::new(&[]));
    for from in [0, 1, 0, 1] {
        let end = &pair.pipes[0].ends[from];
        let rest = end.said[end.gone..].to_vec();
        pair.give(0, from, &rest, rest.len());
        pair.collect();
        pair.judge();
    }
    assert!(pair.pipes[0].ends.iter().all(|end| end.is_proven), "all went well");
    let [dialler, creator] = &pair.pipes[0].ends;
    let (said, heard) = (flights_in(&dialler.said, 2), flights_in(&creator.said, 2));
    said.into_iter().zip(heard).flat_map(|(one, other)| [one, other]).collect()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // one stream that carries all; then the same with something in place of one flight
    let honest = [0, 0x10, 0, 0x10, 0, 0x10, 0, 0x10];
    let mut seeds = vec![[&[0], &honest[..]].concat(), [&[7], &honest[..]].concat()];
    for at in 0..4 {
        let (before, behind) = (&honest[..at], &honest[at + 1..]);
        let side = honest[at];
        for ploy in [
            &[6, 40, 0, 3][..],
            &[6, 2, 2, 0],
            &[5, 100, 0],
            &[7],
            &[9],
            &[11],
            &[14, 5],
            &[8, 4, 0, 1, 0, 0, 0],
        ] {
            let ploy = [&[ploy[0] | side], &ploy[1..]].concat();
            seeds.push([&[0], before, &ploy, behind].concat());
        }
    }
    // a second stream, after a while, on which the first is said again
    let replayed = [0x2a, 0, 0x30, 0x2a, 0];
    let broken = [0x0d, 0, 0x1d, 1, 15, 0xff, 0xff];
    seeds.push([&[0], &honest[..], &broken, &broken, &[0], &replayed].concat());
    seeds.push([&[0], &[12], &run(b"before")[..], &honest].concat());
    seeds
}
