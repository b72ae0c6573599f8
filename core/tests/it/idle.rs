//! What a node costs while nothing happens, counted by the allocator.

use crate::world::World;
use allocation_counter::measure;
use peergroup_core::{LinkId, Role};

/// Bytes and allocations of a thousand idle polls of a node in a group of so many.
fn idle_cost(members: usize) -> (u64, u64) {
    let (mut world, _) = World::group(members, Role::Member);
    let mut bytes = Vec::new();
    let node = world.node(0);
    let cost = measure(|| {
        for _ in 0..1000 {
            assert!(node.poll_output().is_none());
            assert!(node.poll_timeout().is_some());
            assert_eq!(node.poll_transmit(LinkId::from_u64(1), 1024, &mut bytes), 0);
        }
    });
    (cost.count_total, cost.bytes_total)
}

#[test]
fn c9_idle_polls_allocate_nothing_however_large_the_group() {
    for members in [1, 2, 8] {
        assert_eq!(idle_cost(members), (0, 0), "{members} members");
    }
    // the counter counts
    assert_ne!(measure(|| drop(core::hint::black_box(vec![1_u8; 64]))).count_total, 0);
}
