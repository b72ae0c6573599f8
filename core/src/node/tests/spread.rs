//! How what is new goes on its way, and what a neighbour can do about that.

use super::traffic::{NOTE, record};
use super::*;
use crate::broadcast::{Stem, TreeId};
use crate::limits::{
    ARRIVALS_MAX, AWAITED_PER_NEIGHBOUR_MAX, CLASS_WINDOW, ITEMS_PER_FRAME_MAX,
    PROMISES_BROKEN_MAX, TREES_MAX,
};
use crate::message::{Blob, Item, Set};
use crate::record::RecordDraft;

const STEM: Stem = Stem { tree: TreeId::from_u64(77), hops: 3 };

/// A node with three neighbours.
fn amid_three() -> (Rig, [Peer; 3], [LinkId; 3]) {
    let mut rig = Rig::new();
    let peers = [7, 8, 9].map(|number| rig.peer(number, Role::Member));
    let links = [0, 1, 2].map(|at| rig.neighbour(&peers[at]));
    rig.bytes.clear();
    (rig, peers, links)
}

/// Items that nobody has.
fn nothing(first: usize) -> Vec<Item> {
    let item = |number: usize| {
        let mut item = [9; 32];
        item[..8].copy_from_slice(&number.to_be_bytes());
        item
    };
    (first..first + ITEMS_PER_FRAME_MAX).map(item).collect()
}

impl Rig {
    /// What the node said of new versions on a link since the last time.
    fn heard(&mut self, link: LinkId) -> Vec<Message> {
        let bodies = self.bodies(link).into_iter().map(|body| Message::decode(&body).unwrap());
        let is_news = |message: &Message| {
            matches!(
                message,
                Message::Push { .. }
                    | Message::Items { set: Set::Records, .. }
                    | Message::Have { .. }
                    | Message::Fetch { .. }
                    | Message::Graft { .. }
                    | Message::Prune { .. }
            )
        };
        bodies.filter(is_news).collect()
    }

    fn publish(&mut self, payload: usize) {
        let draft = RecordDraft::new(NOTE, UnixTime::from_millis(WALL + 36_000_000));
        let (now, seat) = (self.now(), self.seat);
        self.node.publish(now, seat, draft.payload(vec![7; payload])).unwrap();
        self.drain();
    }

    fn held(&self) -> [usize; 3] {
        let usage = self.node.usage();
        ["broadcast trees", "items that came of late", "announced items awaited"].map(|name| {
            let of_group = |gauge: &&crate::simulation::Gauge| gauge.name.starts_with(name);
            usage.gauges().find(of_group).unwrap().now
        })
    }
}

fn pushed(of: &Message, stem: Stem) -> Message {
    let Message::Items { items, .. } = of else { panic!("{of:?}") };
    Message::Push { stem, items: items.clone() }
}

#[test]
fn what_a_neighbour_pushes_goes_on_to_the_others_once() {
    let (mut rig, peers, [from, one, other]) = amid_three();
    let made = record(&rig, &peers[0], Duration::ZERO, b"new");
    rig.say(from, &pushed(&made, STEM));
    let on = pushed(&made, Stem { hops: 4, ..STEM });
    assert_eq!(rig.heard(one), core::slice::from_ref(&on));
    assert_eq!((rig.heard(other), rig.heard(from)), (vec![on], vec![]));
    // n05: what comes again goes nowhere, and the link leaves the tree
    rig.say(one, &pushed(&made, STEM));
    assert_eq!(rig.heard(one), [Message::Prune { tree: STEM.tree }]);
    rig.say(from, &pushed(&made, STEM));
    assert_eq!([from, one, other].map(|link| rig.heard(link)), [vec![], vec![], vec![]]);
    assert_eq!(rig.faults(), []);
}

#[test]
fn a_large_record_is_announced_and_sent_to_whoever_asks() {
    let (mut rig, _, links) = amid_three();
    rig.publish(2000);
    for link in links {
        let heard = rig.heard(link);
        let [Message::Have { stem: Some(stem), items }] = heard.as_slice() else {
            panic!("{heard:?}")
        };
        assert_eq!((stem.hops, items.len()), (0, 1));
        rig.say(link, &Message::Graft { tree: stem.tree });
        rig.say(link, &Message::Fetch { items: items.clone() });
        assert!(matches!(rig.heard(link)[..], [Message::Items { .. }]));
    }
    rig.publish(2000);
    for link in links {
        assert!(matches!(rig.heard(link)[..], [Message::Push { .. }]));
    }
}

#[test]
fn what_is_announced_is_asked_of_one_and_then_of_the_next_and_no_wait_is_without_end() {
    let (mut rig, _, [one, other, _]) = amid_three();
    let items = nothing(0)[..1].to_vec();
    for link in [one, other] {
        rig.say(link, &Message::Have { stem: Some(STEM), items: items.clone() });
    }
    let asked = [Message::Graft { tree: STEM.tree }, Message::Fetch { items }];
    assert_eq!(rig.heard(one), asked);
    assert_eq!(rig.heard(other), []);
    rig.run(Duration::from_secs(1));
    assert_eq!((rig.heard(one), rig.heard(other)), (vec![], asked.to_vec()));
    rig.run(Duration::from_secs(1));
    assert_eq!(rig.held(), [0, 0, 0]);
}

#[test]
fn r11_announcements_that_are_never_honoured_cost_a_few_questions_and_keep_nothing_back() {
    let (mut rig, peers, [liar, honest, third]) = amid_three();
    for round in 0..100 {
        let items = nothing(round * ITEMS_PER_FRAME_MAX);
        rig.say(liar, &Message::Have { stem: Some(STEM), items });
        assert!(rig.held()[2] <= AWAITED_PER_NEIGHBOUR_MAX);
        rig.run(Duration::from_millis(500));
    }
    assert_eq!(rig.faults(), []);
    let asked = rig.heard(liar).into_iter().filter_map(|message| match message {
        Message::Fetch { items } => Some(items.len()),
        _ => None,
    });
    assert!(asked.sum::<usize>() <= 2 * PROMISES_BROKEN_MAX);
    let made = record(&rig, &peers[1], Duration::ZERO, b"new");
    rig.say(honest, &pushed(&made, STEM));
    assert!(matches!(rig.heard(third)[..], [Message::Push { .. }]));
}

#[test]
fn n05_a_storm_of_grafts_and_prunes_is_answered_by_nothing_and_remembered_nowhere() {
    let (mut rig, _, links) = amid_three();
    for tree in 0..5000 {
        let tree = TreeId::from_u64(tree);
        rig.say(links[0], &Message::Graft { tree });
        rig.say(links[0], &Message::Prune { tree });
    }
    assert_eq!(links.map(|link| rig.heard(link)), [vec![], vec![], vec![]]);
    assert_eq!((rig.held(), rig.faults()), ([0, 0, 0], vec![]));
}

#[test]
fn n05_stems_of_a_thousand_trees_leave_no_more_than_there_may_be() {
    let (mut rig, peers, [liar, one, _]) = amid_three();
    let made = record(&rig, &peers[0], Duration::ZERO, b"new");
    for tree in 0..1000 {
        let stem = Stem { tree: TreeId::from_u64(tree), hops: u8::MAX };
        rig.say(liar, &pushed(&made, stem));
    }
    let [trees, arrivals, awaited] = rig.held();
    assert!(trees <= TREES_MAX && arrivals <= ARRIVALS_MAX && awaited == 0);
    rig.heard(one);
    rig.publish(10);
    assert!(matches!(rig.heard(one)[..], [Message::Push { .. }]));
    assert_eq!(rig.faults(), []);
}

#[test]
fn r09_who_fetches_the_same_over_and_over_is_sent_a_window_of_it() {
    let (mut rig, _, [link, ..]) = amid_three();
    rig.heard(link);
    rig.publish(2000);
    let heard = rig.heard(link);
    let [Message::Have { items, .. }] = heard.as_slice() else { panic!("{heard:?}") };
    let items = vec![items[0]; ITEMS_PER_FRAME_MAX];
    for _ in 0..7 {
        rig.say(link, &Message::Fetch { items: items.clone() });
    }
    let sent = rig.bytes.get(&link).map_or(0, Vec::len);
    assert!(sent < 2 * CLASS_WINDOW as usize, "{sent}");
    assert_eq!(rig.faults(), []);
}

#[test]
fn r08_what_was_pushed_and_is_not_kept_is_neither_spread_nor_asked_for() {
    let (mut rig, peers, [link, one, _]) = amid_three();
    rig.heard(one);
    let thief = Peer { key: SecretKey::from_bytes([99; 32]), ..peers[0].clone() };
    let stolen = record(&rig, &thief, Duration::ZERO, b"stolen");
    rig.say(link, &pushed(&stolen, STEM));
    rig.run(Duration::from_secs(2));
    assert_eq!((rig.heard(one), rig.held()), (vec![], [0, 0, 0]));
    let broken = Message::Push { stem: STEM, items: vec![Blob(Bytes::from_static(b"x"))] };
    rig.say(link, &broken);
    assert_eq!(rig.faults(), [Fault::Malformed]);
}
