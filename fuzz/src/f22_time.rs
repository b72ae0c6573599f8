//! Peer time and stamps: nobody moves peer time by more than ten minutes or where no majority of
//! those who vote agrees, and stamps only ever grow.

use std::collections::BTreeMap;
use std::time::Duration;

use peergroup_core::simulation::Calendar;
use peergroup_core::simulation::forge::stamp;
use peergroup_core::{Instant, Now, PeerId, Stamp, UnixTime};

use crate::Tape;
use crate::rig::dawn;
use crate::scene::peer;

/// How far peer time may be from the node's own calendar, in milliseconds.
const OFFSET_MAX: i64 = 600_000;
/// Answers that took longer are not believed.
const ROUND_TRIP_MAX: Duration = Duration::from_secs(4);

/// Neighbours that show calendars, and time that passes and jumps, as the bytes say.
pub fn f22_time(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut scene = Scene::new();
    while !tape.is_over() {
        scene.step(&mut tape);
        scene.check();
    }
}

struct Scene {
    calendar: Calendar,
    now: Now,
    /// By how much each neighbour's calendar was ahead, and whose vote it is.
    samples: BTreeMap<u64, (PeerId, i64)>,
    last: Stamp,
    /// Whether those whose calendars are wrong were ever as many as the others.
    is_outvoted: bool,
    /// Peer time when it was last looked at, and the node's clock then: none if the node's calendar
    /// was set or somebody was heard since.
    seen: Option<(UnixTime, Instant)>,
}

impl Scene {
    fn new() -> Self {
        Self {
            calendar: Calendar::default(),
            now: dawn(),
            samples: BTreeMap::new(),
            last: Stamp::default(),
            is_outvoted: false,
            seen: None,
        }
    }

    fn step(&mut self, tape: &mut Tape<'_>) {
        match tape.below(6) {
            0 | 1 => self.hear(tape),
            2 => {
                let link = tape.number(1) % 8;
                self.calendar.forget(link);
                self.samples.remove(&link);
            }
            3 => {
                let span = Duration::from_millis(tape.number(3));
                self.now.mono = self.now.mono.after(span);
                self.now.wall = self.now.wall.after(span);
            }
            4 => {
                let ahead = ahead(tape);
                self.set(ahead);
            }
            _ => self.make(tape),
        }
    }

    /// A neighbour says what its calendar shows.
    fn hear(&mut self, tape: &mut Tape<'_>) {
        let (link, vote) = (tape.number(1) % 8, peer(tape.byte() % 5));
        let (ahead, millis) = (ahead(tape), tape.number(2));
        let took = Duration::from_millis(millis);
        self.now.mono = self.now.mono.after(took);
        self.now.wall = self.now.wall.after(took);
        let sent = Instant::from_micros(self.now.mono.as_micros() - millis * 1000);
        let half = took / 2;
        let theirs = UnixTime::from_millis(self.now.wall.as_millis().saturating_add_signed(ahead));
        let shown = theirs.before(half);
        self.calendar.hear(link, vote, shown, sent, self.now);
        if took <= ROUND_TRIP_MAX {
            let ahead = signed(shown.after(half)) - signed(self.now.wall);
            self.samples.insert(link, (vote, ahead));
        }
        self.seen = None;
    }

    /// The node's calendar is set: all others are so much less ahead of it.
    fn set(&mut self, ahead: i64) {
        let before = signed(self.now.wall);
        let millis = self.now.wall.as_millis().saturating_add_signed(ahead).max(1_000_000);
        self.now.wall = UnixTime::from_millis(millis.min(1 << 45));
        let moved = signed(self.now.wall) - before;
        for (_, ahead) in self.samples.values_mut() {
            *ahead -= moved;
        }
        self.calendar.set(self.now);
        self.seen = None;
    }

    /// A stamp is made, after another was seen.
    fn make(&mut self, tape: &mut Tape<'_>) {
        let millis = self.now.wall.as_millis().saturating_add(tape.number(3));
        let count = if tape.flag() { u32::MAX } else { u32::from(tape.byte()) };
        let other = stamp(UnixTime::from_millis(millis), count, tape.number(1));
        let made = self.calendar.stamp(other, self.now);
        assert!(made > self.last && made > other, "{made:?} is no later than {other:?}");
        assert!(made.time >= self.calendar.time(self.now), "a stamp from before");
        self.last = made;
    }

    fn check(&mut self) {
        let time = self.calendar.time(self.now);
        let offset = signed(time) - signed(self.now.wall);
        assert!(offset.abs() <= OFFSET_MAX, "R06: moved by {offset} ms");
        let there = self.calendar.to_peer(self.now.wall, self.now);
        assert_eq!(there, time);
        assert_eq!(self.calendar.to_local(there, self.now), self.now.wall);
        self.check_pace(time);
        self.check_majority(offset);
    }

    /// Unless somebody was heard, peer time goes as fast as the clock, within 500 parts in a
    /// million.
    fn check_pace(&mut self, time: UnixTime) {
        if let Some((before, at)) = self.seen {
            let passed = self.now.mono.since(at).as_millis();
            let passed = i64::try_from(passed).expect("it does not take so long");
            let moved = signed(time) - signed(before);
            assert!((moved - passed).abs() <= passed / 2000 + 2, "{moved} ms in {passed} ms");
        }
        self.seen = Some((time, self.now.mono));
    }

    /// While those whose calendars are right, the node among them, have always been more than the
    /// others, peer time is right.
    fn check_majority(&mut self, offset: i64) {
        let mut votes: BTreeMap<PeerId, bool> = BTreeMap::new();
        for (vote, ahead) in self.samples.values() {
            let is_right = votes.entry(*vote).or_insert(true);
            *is_right &= *ahead == 0;
        }
        let right = votes.values().filter(|is_right| **is_right).count() + 1;
        self.is_outvoted |= right <= votes.len() + 1 - right;
        assert!(self.is_outvoted || offset == 0, "R06: a minority moved it by {offset}");
    }
}

/// By how much a calendar is ahead: a little, minutes, or anything.
fn ahead(tape: &mut Tape<'_>) -> i64 {
    let amount = match tape.below(4) {
        0 => 0,
        1 => tape.number(2),
        2 => tape.number(3),
        _ => tape.number(5),
    };
    let amount = i64::try_from(amount).expect("five bytes");
    if tape.flag() { -amount } else { amount }
}

fn signed(time: UnixTime) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    // so many quarters of a second a count, and an answer at once
    let hear = |link: u8, vote: u8, ahead: u8, is_behind: u8| {
        vec![0, link, vote, 2, 0, ahead, 0, is_behind, 0, 0]
    };
    let honest = |count: u8| (0..count).map(|link| vec![0, link, link, 0, 0, 0, 0]);
    let make = [5, 1, 2, 3, 0, 9, 1];
    let mut seeds = Vec::new();
    seeds.push(make.to_vec());
    for (good, bad) in [(0, 1), (0, 3), (3, 1), (3, 3), (5, 0), (2, 5)] {
        let liars = (0..bad).map(|link| hear(7 - link, 4 - link % 5, 200, link & 1));
        let all: Vec<u8> = honest(good).chain(liars).flatten().collect();
        seeds.push([&all[..], &[3, 0, 0, 9], &make].concat());
        seeds.push([&all[..], &[4, 2, 0, 90, 0, 1], &make, &[2, 7, 3, 0, 0, 200]].concat());
    }
    seeds
}
