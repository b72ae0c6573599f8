//! What members cost in memory, counted by the allocator.

use core::time::Duration;
use std::collections::BTreeSet;

use allocation_counter::measure;
use peergroup_core::simulation::forge::{Forge, ForgedPresence, frames};
use peergroup_core::{
    IdentityInfo, Input, LinkDown, LinkId, Member, Node, Now, Output, Role, Seat, SecretKey, Terms,
};

use crate::world::{World, name};

/// How many members there are.
const MEMBERS: u16 = 2_000;
/// Bytes for a member of whom nothing is heard: its grant, as it lies there and as it counts.
const MEMBER_BYTES_MAX: i64 = 1_664;
/// Bytes more for a member who is online: what it said of itself, to be shown and passed on.
const ONLINE_BYTES_MAX: i64 = 256;

/// Bytes for a neighbour, with its link.
const NEIGHBOUR_BYTES_MAX: i64 = 2_048;

/// Bytes that are held once this is done and were not before.
fn held_by(act: impl FnOnce()) -> i64 {
    measure(act).bytes_current
}

/// Carries out what a node wants and drops what it gives.
fn settle(node: &mut Node, now: Now) {
    let mut bytes = Vec::new();
    while let Some(output) = node.poll_output() {
        match output {
            Output::Store { ticket, .. } => {
                node.handle_input(now, Input::Stored { ticket, outcome: Ok(()) }).unwrap();
            }
            Output::Transmit { link } => while node.poll_transmit(link, 65_536, &mut bytes) > 0 {},
            _ => {}
        }
        bytes.clear();
    }
}

fn links(node: &Node, seat: Seat) -> BTreeSet<LinkId> {
    node.connections(seat).unwrap().into_iter().filter_map(|known| known.link).collect()
}

/// The first node of a group of so many, taken out of its world.
fn alone(hosts: usize) -> (Node, Seat, Now) {
    let (mut world, seats) = World::group(hosts, Role::Member);
    world.run(Duration::from_secs(60));
    let now = world.now();
    let node = world.hosts.swap_remove(0).node;
    (node, seats[0], now)
}

#[test]
fn a_member_costs_little_and_little_more_while_it_is_online() {
    let (mut node, seat, now) = alone(2);
    let link = *links(&node, seat).first().unwrap();
    let keys: Vec<_> = (0..MEMBERS).map(|number| SecretKey::mock(number.into())).collect();
    let cards: Vec<_> =
        keys.iter().map(|key| IdentityInfo::new(key.peer(), name("a member"))).collect();
    let said: Vec<_> = keys
        .iter()
        .map(|key| {
            let presence = ForgedPresence {
                serial: 1,
                at: now.wall,
                name: name("a member"),
                addresses: vec!["tcp:192.168.100.200:40000".parse().unwrap()],
                ..ForgedPresence::default()
            };
            Forge::new(key.clone(), seat.group).presence(presence)
        })
        .collect();
    let granted = held_by(|| {
        for card in &cards {
            node.invite(now, seat, card, Terms::role(Role::Member)).unwrap();
            settle(&mut node, now);
        }
    });
    let announced = held_by(|| {
        for some in said.chunks(16) {
            let frame = frames::presence(some);
            node.handle_input(now, Input::Received { link, bytes: &frame }).unwrap();
            settle(&mut node, now);
        }
    });
    let members = node.members(seat).unwrap().filter(Member::is_online).count();
    assert!(members >= usize::from(MEMBERS), "{members} are online");
    let each = |bytes: i64| bytes / i64::from(MEMBERS);
    assert!((1..=MEMBER_BYTES_MAX).contains(&each(granted)), "{} for a member", each(granted));
    assert!((1..=ONLINE_BYTES_MAX).contains(&each(announced)), "{} online", each(announced));
}

#[test]
fn a_neighbour_costs_little_beside_its_transport() {
    let (mut node, seat, now) = alone(9);
    let links = links(&node, seat);
    let count = i64::try_from(links.len()).unwrap();
    assert!(count >= 8, "{count} neighbours");
    let held = held_by(|| {
        for link in &links {
            let cause = LinkDown::Closed;
            node.handle_input(now, Input::LinkDown { link: *link, cause }).unwrap();
            settle(&mut node, now);
        }
    });
    let each = -held / count;
    assert!((1..=NEIGHBOUR_BYTES_MAX).contains(&each), "{each} for a neighbour");
}
