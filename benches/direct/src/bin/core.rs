//! What the core alone does for a message of a direct connection, 64 bytes long: `frames_out`
//! takes some from the application to the bytes for the socket, `frames_in` from the bytes of the
//! socket to the application.
//!
//! ```text
//! cargo build --profile lto --bin core
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null \
//!     --collect-atstart=no --toggle-collect='*frames_out*' target/lto/core 10000 1
//! ```
//!
//! and the same with `frames_in` and `copies`, and with 16 messages that go together in place of
//! one: the instructions in all, by how many messages there were. `copies` is what it costs to
//! have a message's bytes in memory of their own and to give that back.

#[path = "../../../../core/tests/it/world/mod.rs"]
#[allow(warnings, reason = "the tests that it is shared with use more of it")]
mod world;

use std::hint::black_box;

use bytes::Bytes;
use peergroup_core::{
    ConnectionId, Event, Input, Instant, LinkId, Node, Now, Output, Role, Seat, TypeId,
};
use world::World;

const TYPE: TypeId = TypeId::from_u128(0x6d65_6173_7572_6564);

static DATA: [u8; 64] = [7; 64];

/// Messages to the bytes for the socket.
#[inline(never)]
fn frames_out(
    node: &mut Node,
    now: Now,
    connection: ConnectionId,
    together: usize,
    bytes: &mut Vec<u8>,
) {
    for _ in 0..together {
        let data = Bytes::from_static(&DATA);
        node.send(now, connection, TYPE, data).expect("credit comes back before it is used up");
    }
    while let Some(output) = node.poll_output() {
        if let Output::Transmit { link } = output {
            while node.poll_transmit(link, 64 * 1024, bytes) > 0 {}
        }
    }
}

/// The bytes of the socket to messages that the application has taken.
#[inline(never)]
fn frames_in(node: &mut Node, now: Now, link: LinkId, bytes: &[u8]) -> usize {
    node.handle_input(now, Input::Received { link, bytes }).expect("a driver without faults");
    let mut count = 0;
    while let Some(output) = node.poll_output() {
        if let Output::Event { event: Event::Data { data, connection, .. }, .. } = output {
            count += black_box(data).len();
            node.received(now, connection);
        }
    }
    count
}

/// The copy of a message.
#[inline(never)]
fn copies(bytes: &[u8]) {
    drop(black_box(Bytes::copy_from_slice(black_box(bytes))));
}

fn main() {
    let number = |at: usize| std::env::args().nth(at).map(|n| n.parse().expect("a number"));
    let (count, together) = (number(1).unwrap_or(10_000), number(2).unwrap_or(1));
    let (mut world, seats) = World::group(2, Role::Member);
    let (mut now, peer) = (world.now(), world.peer(1));
    world.events(1);
    let here = world.node(0).open_connection(now, seats[0], peer).expect("a way to the other");
    world.pump();
    let mut hosts = core::mem::take(&mut world.hosts).into_iter();
    let (mut near, mut far) = (hosts.next().unwrap().node, hosts.next().unwrap().node);

    let (ours, theirs) = (link_of(&near, seats[0]), link_of(&far, seats[1]));

    let mut bytes = Vec::new();
    let mut carried = 0;
    for _ in 0..count {
        // a moment that the nodes have not seen
        now.mono = Instant::from_micros(now.mono.as_micros() + 1);
        bytes.clear();
        frames_out(&mut near, now, here, together, &mut bytes);
        copies(&DATA);
        carried += frames_in(&mut far, now, theirs, &bytes);
        // what returns credit, now and then
        bytes.clear();
        while far.poll_transmit(theirs, 64 * 1024, &mut bytes) > 0 {}
        if !bytes.is_empty() {
            near.handle_input(now, Input::Received { link: ours, bytes: &bytes }).unwrap();
        }
    }
    assert_eq!(carried, count * together * DATA.len());
    println!("{} messages", count * together);
}

/// The link of a node's only direct connection.
fn link_of(node: &Node, seat: Seat) -> LinkId {
    let known = node.connections(seat).expect("the group is open");
    let direct = known.into_iter().find(|info| info.connection.is_some());
    direct.and_then(|info| info.link).expect("a connection that is up")
}
