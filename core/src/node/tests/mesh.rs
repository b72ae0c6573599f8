//! What members that lie, echo or dawdle can do to the neighbours that a node has and looks for.

use alloc::format;

use super::traffic::{NOTE, record};
use super::*;
use crate::broadcast::{Stem, TreeId};
use crate::input::LinkDown;
use crate::limits::{
    ADDRESSES_MAX, CLASS_WINDOW, DIALS_PER_SOURCE_MAX, DIALS_PER_TARGET_MAX,
    NEIGHBOURS_ACCEPTED_MAX, NEIGHBOURS_PER_NETWORK_MAX,
};
use crate::presence::{Announcement, Draft, Heard};
use crate::record::RecordDraft;

fn at(text: &str) -> Address {
    text.parse().unwrap()
}

/// How many callers are let in that dial from there.
fn taken(rig: &mut Rig, numbers: core::ops::Range<u8>, from: impl Fn(u8) -> Address) -> usize {
    let mut taken = 0;
    for number in numbers {
        rig.remote = Some(from(number));
        let peer = rig.peer(number, Role::Member);
        taken += usize::from(matches!(rig.enter(&peer, Purpose::Group).1, Entry::Welcome));
    }
    taken
}

#[test]
fn n02_callers_of_one_network_take_half_of_the_places_and_those_nearby_all() {
    let public = |number: u8| at(&format!("tcp:198.51.{number}.7:{number}"));
    let mut rig = Rig::new();
    assert_eq!(taken(&mut rig, 10..30, public), NEIGHBOURS_PER_NETWORK_MAX);
    let others = |number: u8| at(&format!("tcp:[2001:{number}::7]:9"));
    let rest = NEIGHBOURS_ACCEPTED_MAX - NEIGHBOURS_PER_NETWORK_MAX;
    assert_eq!(taken(&mut rig, 40..60, others), rest);
    for near in ["tcp:192.168.1.2", "tcp:[fe80::7]", "mem"] {
        let near = |number: u8| at(&format!("{near}:{number}"));
        assert_eq!(taken(&mut Rig::new(), 10..30, near), NEIGHBOURS_ACCEPTED_MAX);
    }
}

/// A member tells its neighbours that it listens there, at so many places at a time.
struct Liar {
    peer: Peer,
    serial: u32,
}

impl Liar {
    fn announces(&mut self, rig: &mut Rig, link: LinkId, addresses: Vec<Address>) {
        self.serial += 1;
        let draft = Draft {
            instance: Instance::from_u64(u64::from(self.serial % 4)),
            serial: self.serial,
            at: rig.now().wall,
            lifetime_s: 300,
            leaving: false,
            name: name("liar"),
            addresses,
        };
        let heard = Heard::own(Announcement::sign(&self.peer.key, rig.seat.group, draft));
        rig.say(link, &Message::Presence(vec![heard.blob()]));
    }
}

/// How often the node dials in each of some hours, while a member announces such addresses all the
/// time and nobody answers there.
fn dials_on_a_liars_word(hours: usize, address: impl Fn(u32) -> Address) -> Vec<u32> {
    let mut rig = Rig::new();
    let mut liar = Liar { peer: rig.peer(66, Role::Member), serial: 0 };
    let mut number = 0;
    let mut counts = Vec::new();
    for _ in 0..hours {
        let mut count = 0;
        for _ in 0..36 {
            let link = rig.neighbour(&liar.peer);
            for _ in 0..5 {
                let addresses = (0..ADDRESSES_MAX).map(|_| {
                    number += 1;
                    address(number)
                });
                let addresses = addresses.collect();
                liar.announces(&mut rig, link, addresses);
                rig.run(Duration::from_secs(20));
                for (link, _) in core::mem::take(&mut rig.dialled) {
                    count += 1;
                    rig.input(Input::LinkDown { link, cause: LinkDown::Refused });
                }
            }
            // a new link each time: this peer answers nothing
            rig.input(Input::LinkDown { link, cause: LinkDown::Closed });
        }
        counts.push(count);
    }
    counts
}

#[test]
fn n04_a_member_that_announces_a_victim_has_it_dialled_a_few_times_an_hour() {
    let counts = dials_on_a_liars_word(3, |number| at(&format!("tcp:192.0.2.1:{number}")));
    assert!(counts[0] > DIALS_PER_TARGET_MAX / 2, "it is believed at first: {counts:?}");
    assert!(counts[0] < 2 * DIALS_PER_TARGET_MAX, "{counts:?}");
    assert!(counts[1..].iter().all(|count| *count <= DIALS_PER_TARGET_MAX), "{counts:?}");
}

#[test]
fn n04_a_member_that_announces_a_whole_network_has_it_dialled_a_few_times_an_hour() {
    let network = |number: u32| at(&format!("tcp:192.0.{}.{}:9", number / 250 % 250, number % 250));
    let counts = dials_on_a_liars_word(3, network);
    assert!(counts[0] < 2 * DIALS_PER_SOURCE_MAX, "{counts:?}");
    assert!(counts[1..].iter().all(|count| *count <= DIALS_PER_SOURCE_MAX), "{counts:?}");
}

#[test]
fn n05_what_is_echoed_is_passed_on_to_nobody() {
    let mut rig = Rig::new();
    let peers = [7, 8, 9].map(|number| rig.peer(number, Role::Member));
    let links = [0, 1, 2].map(|at| rig.neighbour(&peers[at]));
    rig.bytes.clear();
    let Message::Items { items, .. } = record(&rig, &peers[0], Duration::ZERO, b"new") else {
        panic!("a record")
    };
    let stem = Stem { tree: TreeId::from_u64(77), hops: 3 };
    let push = Message::Push { stem, items };
    rig.say(links[0], &push);
    for link in links {
        rig.bytes.remove(&link);
    }
    for _ in 0..100 {
        for link in links {
            rig.say(link, &push);
        }
    }
    // what is said is that no more is wanted along this tree
    let said = links.map(|link| rig.bodies(link));
    assert!(said.iter().all(|bodies| bodies.len() <= 100), "no more than came");
    assert!(said.iter().flatten().all(|body| body.len() <= 16), "{said:?}");
    assert_eq!(rig.faults(), []);
}

#[test]
fn r09_a_neighbour_that_reads_a_byte_a_second_delays_nobody_and_holds_a_window() {
    let mut rig = Rig::new();
    let peers = [7, 8].map(|number| rig.peer(number, Role::Member));
    let [slow, mut quick] = [0, 1].map(|at| rig.neighbour(&peers[at]));
    rig.bytes.clear();
    rig.slow = Some(slow);
    let expires = UnixTime::from_millis(WALL + 36_000_000);
    let (mut read, mut most) = (Vec::new(), 0);
    for second in 0..600 {
        // neither answers what it is asked, so that it is let go after a while
        if rig.hung_up.contains(&quick) {
            quick = rig.neighbour(&peers[1]);
            rig.bytes.clear();
        }
        let draft = RecordDraft::new(NOTE, expires).payload(vec![7; 3000]);
        let (now, seat) = (rig.now(), rig.seat);
        rig.node.publish(now, seat, draft).unwrap();
        rig.drain();
        assert!(!rig.bodies(quick).is_empty(), "it is told at once, in second {second}");
        rig.node.poll_transmit(slow, 1, &mut read);
        let usage = rig.node.usage();
        assert_eq!(usage.exceeded().count(), 0);
        most = most.max(usage.get("bytes to send on one link").unwrap().now);
        for link in [slow, quick] {
            if !rig.hung_up.contains(&link) {
                rig.say(link, &Message::Graft { tree: TreeId::from_u64(second) });
            }
        }
        rig.run(Duration::from_secs(1));
    }
    assert!((1..=600).contains(&read.len()) && most < 2 * CLASS_WINDOW as usize, "{most}");
}
