//! Who is told of whom, how often, and for how long it holds.

use super::*;
use crate::event::MemberChange;
use crate::limits::{PRESENCE_INTERVAL_EACH, PRESENCE_LIFETIME_MAX, PRESENCES_MAX};
use crate::presence::{Announcement, Draft, Heading, Heard, Lifetimes};

fn draft(rig: &Rig, instance: u64, serial: u32, lifetime_s: u32) -> Draft {
    Draft {
        instance: Instance::from_u64(instance),
        serial,
        at: rig.now().wall,
        lifetime_s,
        leaving: false,
        name: name("guest"),
        addresses: vec![],
    }
}

fn heard(rig: &Rig, peer: &Peer, draft: Draft) -> Heard {
    Heard::own(Announcement::sign(&peer.key, rig.seat.group, draft))
}

fn presence(heard: &Heard) -> Message {
    Message::Presence(vec![heard.blob()])
}

fn is_online(rig: &Rig, peer: &Peer) -> bool {
    rig.node.member(rig.seat, peer.key.peer()).unwrap().unwrap().is_online()
}

/// The presences that the node sent on a link since the last time, in their messages.
fn told(rig: &mut Rig, link: LinkId) -> Vec<Vec<Heard>> {
    let messages = rig.bodies(link).into_iter().map(|body| Message::decode(&body).unwrap());
    let presences = messages.filter_map(|message| match message {
        Message::Presence(blobs) => Some(blobs),
        _ => None,
    });
    presences
        .map(|blobs| blobs.into_iter().map(|one| Heard::decode(one).unwrap()).collect())
        .collect()
}

#[test]
fn an_announcement_holds_for_as_long_as_it_says() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let link = rig.neighbour(&peer);
    let long = heard(&rig, &peer, draft(&rig, 1, 1, 1000));
    rig.say(link, &presence(&long));
    rig.run(Duration::from_secs(999));
    assert!(is_online(&rig, &peer));
    rig.run(Duration::from_secs(2));
    assert!(!is_online(&rig, &peer));
}

#[test]
fn a_copy_that_is_late_does_not_bring_back_who_has_lapsed() {
    let mut rig = Rig::new();
    let [peer, other] = [7, 8].map(|number| rig.peer(number, Role::Member));
    let link = rig.neighbour(&peer);
    let last = heard(&rig, &peer, draft(&rig, 1, 5, 300));
    rig.say(link, &presence(&last));
    rig.run(Duration::from_secs(301));
    assert!(!is_online(&rig, &peer));
    let link = rig.neighbour(&other);
    rig.say(link, &presence(&last));
    assert!(!is_online(&rig, &peer), "it has been heard before");
    let next = heard(&rig, &peer, draft(&rig, 1, 6, 300));
    rig.say(link, &presence(&next));
    assert!(is_online(&rig, &peer));
}

#[test]
fn a_lifetime_below_the_charters_or_beyond_the_bound_is_a_fault() {
    let longest = u32::try_from(PRESENCE_LIFETIME_MAX.as_secs()).unwrap();
    for (lifetime, is_good) in [(299, false), (300, true), (longest, true), (longest + 1, false)] {
        let mut rig = Rig::new();
        let peer = rig.peer(7, Role::Member);
        let link = rig.neighbour(&peer);
        let announcement = heard(&rig, &peer, draft(&rig, 1, 1, lifetime));
        rig.say(link, &presence(&announcement));
        let faults = if is_good { vec![] } else { vec![Fault::InvalidPresence] };
        assert_eq!(rig.faults(), faults, "{lifetime}");
        assert_eq!(is_online(&rig, &peer), is_good, "{lifetime}");
    }
}

#[test]
fn the_more_are_online_the_more_seldom_a_node_announces_itself() {
    let mut rig = Rig::new();
    let guest = rig.peer(250, Role::Member);
    let longest = u32::try_from(PRESENCE_LIFETIME_MAX.as_secs()).unwrap();
    let link = rig.neighbour(&guest);
    for number in 0..100 {
        let peer = rig.peer(100 + number, Role::Member);
        let blobs =
            (0..8).map(|instance| heard(&rig, &peer, draft(&rig, instance, 1, longest)).blob());
        let message = Message::Presence(blobs.collect());
        rig.say(link, &message);
    }
    // what was armed when nobody was there yet passes
    let mut serial = 0;
    let mut count = |rig: &mut Rig, minutes: u32| {
        let mut own = vec![];
        for _ in 0..minutes {
            serial += 1;
            let alive = heard(rig, &guest, draft(rig, 1, serial, 300));
            rig.say(link, &presence(&alive));
            rig.run(Duration::from_secs(60));
            let me = rig.seat.identity;
            own.extend(told(rig, link).into_iter().flatten().filter(|one| one.peer == me));
        }
        own
    };
    count(&mut rig, 5);
    let own = count(&mut rig, 120);
    let interval = PRESENCE_INTERVAL_EACH * 800;
    assert!((5..=18).contains(&own.len()), "{}", own.len());
    for one in own {
        assert!((interval * 2..interval * 2 + Duration::from_secs(10)).contains(&one.lifetime()));
    }
}

#[test]
fn a_change_is_passed_on_at_once_and_renewals_together_later() {
    let mut rig = Rig::new();
    let (one, other) = (rig.peer(7, Role::Member), rig.peer(8, Role::Member));
    let (from, to) = (rig.neighbour(&one), rig.neighbour(&other));
    told(&mut rig, to);
    for instance in [1, 2] {
        let first = heard(&rig, &one, draft(&rig, instance, 1, 300));
        rig.say(from, &presence(&first));
    }
    assert_eq!(told(&mut rig, to).len(), 2, "each at once");
    rig.events.clear();
    let renewals = [1, 2, 3].map(|instance| {
        if instance == 3 {
            heard(&rig, &other, draft(&rig, 3, 1, 300))
        } else {
            heard(&rig, &one, draft(&rig, instance, 2, 300))
        }
    });
    for renewal in &renewals {
        rig.say(from, &presence(renewal));
    }
    let at_once = told(&mut rig, to);
    assert_eq!(at_once.len(), 1, "one is new");
    assert_eq!(at_once[0][0].peer, other.key.peer());
    // this one it has by then
    rig.say(to, &presence(&renewals[1]));
    rig.run(Duration::from_secs(6));
    let later: Vec<_> = told(&mut rig, to);
    assert_eq!(later.len(), 1);
    let keys: Vec<_> = later[0].iter().map(|heard| (heard.key(), heard.serial)).collect();
    assert_eq!(keys, [((one.key.peer(), Instance::from_u64(1)), 2)]);
    assert!(told(&mut rig, from).is_empty(), "whoever told is not told");
    let change = MemberChange::Updated;
    let updated = Event::MemberChanged { peer: one.key.peer(), change };
    assert!(!rig.events.contains(&updated), "a renewal is no event");
}

#[test]
fn a_new_neighbour_is_told_who_is_online_only_if_it_knows_otherwise_and_once() {
    for knows in [true, false] {
        let mut rig = Rig::new();
        let peer = rig.peer(7, Role::Member);
        let link = rig.neighbour(&peer);
        let root = rig.bodies(link).into_iter().find_map(|body| match Message::decode(&body) {
            Ok(Message::Online { root }) => Some(root),
            _ => None,
        });
        let root = if knows { root.unwrap() } else { [9; 32] };
        rig.say(link, &Message::Online { root });
        assert_eq!(told(&mut rig, link).len(), usize::from(!knows));
        rig.say(link, &Message::Online { root });
        assert_eq!(rig.faults(), [Fault::Unexpected]);
    }
}

#[test]
fn the_heading_is_what_an_announcement_begins_with() {
    let mut rig = Rig::new();
    let peer = rig.peer(7, Role::Member);
    let announcement = heard(&rig, &peer, draft(&rig, u64::MAX, 77, 5000));
    let heading = Heading::peek(&announcement.blob()).unwrap();
    assert_eq!(heading, announcement.heading());
    assert_eq!((heading.key(), heading.serial), (announcement.key(), 77));
}

#[test]
fn a_group_of_any_size_makes_one_announcement_a_second_at_most() {
    let lifetimes = Lifetimes::of(&Charter::default());
    for online in 1..=PRESENCES_MAX {
        // each announces itself again after half of it in the mean
        let interval = lifetimes.among(online).as_secs() / 2;
        let most = u64::try_from(online).unwrap();
        assert!(most <= interval, "{online}");
    }
}
