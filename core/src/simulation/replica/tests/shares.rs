//! A newcomer and several neighbours at once.

use super::*;
use crate::message::Set;

const ITEMS: u32 = 6000;

/// A newcomer and what it is linked to.
struct Crowd {
    newcomer: Replica,
    neighbours: Vec<Neighbour>,
    met: Met,
}

struct Neighbour {
    replica: Replica,
    near: End,
    far: End,
    /// Items that it sent.
    sent: usize,
    /// It hears, and says nothing.
    is_stuck: bool,
}

/// A replica of so many items.
fn replica_of(count: u32) -> Replica {
    let mut replica = Replica::default();
    (0..count).for_each(|number| assert!(replica.insert(item(number))));
    replica
}

impl Neighbour {
    fn new(number: u8) -> Self {
        let replica = replica_of(ITEMS);
        let (near, far) = (End::new([number; 32]), End::new([number; 32]));
        Self { replica, near, far, sent: 0, is_stuck: false }
    }
}

impl Crowd {
    /// A newcomer that opens a comparison with each of so many.
    fn of(count: u8) -> Self {
        let (mut newcomer, mut neighbours) = Self::unmet(count);
        for Neighbour { near, far, .. } in &mut neighbours {
            far.inbox.push_back(near.open(&mut newcomer));
        }
        Self { newcomer, neighbours, met: Met::default() }
    }

    /// A newcomer with which each of so many opens a comparison.
    fn dialled_by(count: u8) -> Self {
        let (newcomer, mut neighbours) = Self::unmet(count);
        for Neighbour { replica, near, far, .. } in &mut neighbours {
            near.inbox.push_back(far.open(replica));
        }
        Self { newcomer, neighbours, met: Met::default() }
    }

    fn unmet(count: u8) -> (Replica, Vec<Neighbour>) {
        (Replica::default(), (0..count).map(Neighbour::new).collect())
    }

    /// Every neighbour has its say, and hears the newcomer; false if there was nothing.
    fn turn(&mut self) -> bool {
        let mut is_moving = false;
        for at in 0..self.neighbours.len() {
            let others = self.neighbours.iter().enumerate().filter(|(of, _)| *of != at);
            let taken = others.fold(0, |bits, (_, of)| bits | of.near.session.shares());
            let neighbour = &mut self.neighbours[at];
            let Neighbour { replica, near, far, .. } = neighbour;
            let mut said = Vec::new();
            far.hear(replica, &mut self.met, &mut said).expect("an honest newcomer");
            if !neighbour.is_stuck {
                far.say(replica, 0, &mut said);
                let items = said.iter().filter(|said| matches!(said, Said::Item(_)));
                neighbour.sent += items.count();
            }
            near.lists += far.pay();
            is_moving |= !said.is_empty();
            near.inbox.extend(said.drain(..));
            near.hear(&mut self.newcomer, &mut self.met, &mut said).expect("an honest neighbour");
            near.say(&self.newcomer, taken, &mut said);
            far.lists += near.pay();
            is_moving |= !said.is_empty();
            far.inbox.extend(said);
        }
        is_moving
    }

    /// Goes on until there is nothing to say; then those that are not stuck are compared with once
    /// more, as is done after a wait.
    fn run(&mut self) {
        while self.turn() {}
        for Neighbour { near, far, .. } in self.neighbours.iter_mut().filter(|of| !of.is_stuck) {
            assert!(!near.session.is_under_way(), "its comparison came to an end");
            far.inbox.push_back(near.open(&mut self.newcomer));
        }
        while self.turn() {}
        assert_eq!(self.newcomer.root(), self.neighbours[0].replica.root());
    }
}

/// Each of three neighbours brings its share, and nothing comes twice.
fn is_shared_out(mut crowd: Crowd) {
    crowd.run();
    let sent: Vec<usize> = crowd.neighbours.iter().map(|neighbour| neighbour.sent).collect();
    assert!(sent.iter().all(|sent| *sent > 6000 / 5), "each brings its share: {sent:?}");
    assert_eq!(crowd.met.known, 0, "nothing comes twice: {sent:?}");
}

#[test]
fn several_neighbours_share_what_a_newcomer_lacks() {
    is_shared_out(Crowd::of(3));
}

#[test]
fn a_newcomer_that_was_dialled_shares_them_out_as_well() {
    is_shared_out(Crowd::dialled_by(3));
}

#[test]
fn shares_are_asked_for_first_and_nothing_else_beside_them() {
    let [mut here, mut there] = [Replica::default(), replica_of(ITEMS)];
    // one of the sixteen places lacks an item, the others lack all
    let nearly = (0..ITEMS).map(item).filter(|item| item[0] < 0x10).skip(1);
    nearly.for_each(|item| assert!(here.insert(item)));
    let [mut near, mut far] = [1; 2].map(|link| End::new([link; 32]));
    let (mut met, mut said) = (Met::default(), Vec::new());
    far.inbox.push_back(near.open(&mut here));
    far.hear(&mut there, &mut met, &mut said).unwrap();
    far.say(&there, 0, &mut said);
    near.inbox.extend(said.drain(..));
    near.hear(&mut here, &mut met, &mut said).unwrap();
    near.say(&here, 0, &mut said);
    let asked = said.iter().filter_map(|said| match said {
        Said::Talk(Talk::Probes { probes, .. }) => Some(probes.len()),
        _ => None,
    });
    assert_eq!(asked.collect::<Vec<_>>(), [2], "nothing would tell whether a share was answered");
    assert_eq!(near.session.shares().count_ones(), 2);
}

/// Somebody who has half, and who has asked others for the rest, beside somebody who has all.
struct Pair {
    here: Replica,
    there: Replica,
    near: End,
    far: End,
}

impl Pair {
    fn of(set: Set) -> Self {
        let [here, there] = [ITEMS / 2, ITEMS].map(replica_of);
        let [near, far] = [1; 2].map(|link| End::of([link; 32], set));
        Self { here, there, near, far }
    }

    /// Whether one comparison more brings all.
    fn compare(&mut self) -> bool {
        let Self { here, there, near, far } = self;
        let (mut met, mut said) = (Met::default(), Vec::from([near.open(here)]));
        while !said.is_empty() {
            far.inbox.extend(said.drain(..));
            far.hear(there, &mut met, &mut said).unwrap();
            far.say(there, 0, &mut said);
            near.lists += far.pay();
            near.inbox.extend(said.drain(..));
            near.hear(here, &mut met, &mut said).unwrap();
            near.say(here, u16::MAX, &mut said);
            far.lists += near.pay();
        }
        here.root() == there.root()
    }
}

#[test]
fn records_are_left_to_others_and_authority_never() {
    assert!(!Pair::of(Set::Records).compare() && Pair::of(Set::Authority).compare());
}

#[test]
fn r09_whoever_brings_what_it_was_asked_for_drop_by_drop_is_not_waited_for() {
    let mut pair = Pair::of(Set::Records);
    let mut lacking = (0..ITEMS).map(item).skip(ITEMS as usize / 2);
    assert!(!pair.compare());
    for _ in 0..3 {
        lacking.by_ref().take(64).for_each(|item| assert!(pair.here.insert(item)));
        assert!(!pair.compare(), "the others bring it");
    }
    lacking.by_ref().take(63).for_each(|item| assert!(pair.here.insert(item)));
    assert!(pair.compare(), "the others are slow");
}

#[test]
fn r09_what_a_neighbour_that_is_stuck_was_asked_for_comes_from_the_others() {
    let mut crowd = Crowd::of(3);
    crowd.turn();
    crowd.neighbours[1].is_stuck = true;
    crowd.run();
    assert_eq!(crowd.neighbours[1].sent, 0);
    // its two of sixteen shares come from both others
    assert!(crowd.met.known <= 6000 / 7, "{:?}", crowd.met);
}

#[test]
fn a_neighbour_that_comes_late_takes_over_what_nobody_was_asked_for() {
    let mut crowd = Crowd::of(2);
    crowd.neighbours[1].is_stuck = true;
    crowd.turn();
    crowd.turn();
    crowd.neighbours[1].is_stuck = false;
    crowd.run();
    assert!(crowd.neighbours.iter().all(|neighbour| neighbour.sent > 6000 / 4));
}
