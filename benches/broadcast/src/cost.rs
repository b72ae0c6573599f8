//! What our machine costs by itself: one node with eight neighbours in 64 trees.

use std::hint::black_box;

use cpu_time::ProcessTime;
use peergroup_core::Instant;
use peergroup_core::simulation::{Broadcast, Stem, TreeId};

const NEIGHBOURS: u32 = 8;
const TREES: u64 = 64;
const ITEMS: u32 = 200_000;

fn id(number: u32) -> [u8; 32] {
    let mixed = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut id = [0; 32];
    id[..8].copy_from_slice(&mixed.to_le_bytes());
    id
}

fn nanos(began: ProcessTime, count: u32) -> f64 {
    began.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

/// Prints nanoseconds for each kind of thing that happens.
pub fn print() {
    let now = Instant::from_micros(1);
    let stem = |number: u32| Stem::new(TreeId::from_u64(u64::from(number) % TREES), 3);
    let mut machine = Broadcast::new(TreeId::from_u64(1000));
    for neighbour in 0..NEIGHBOURS {
        machine.on_up(neighbour);
    }
    let items: Vec<_> = (0..ITEMS).map(|number| (id(number), stem(number))).collect();
    let began = ProcessTime::now();
    for (item, stem) in &items {
        machine.on_pushed(0, *stem, item, true, now);
        black_box(machine.forward(item, false));
    }
    println!("  a new item, taken in and routed    {:6.0} ns", nanos(began, ITEMS));
    let recent = &items[items.len() - 400..];
    let began = ProcessTime::now();
    for _ in 0..500 {
        for (item, stem) in recent {
            black_box(machine.on_pushed(1, *stem, item, false, now));
        }
    }
    println!("  a duplicate                        {:6.0} ns", nanos(began, 500 * 400));
    let began = ProcessTime::now();
    for _ in 0..500 {
        for (item, stem) in recent {
            black_box(machine.on_announced(2, Some(*stem), item, true, now));
        }
    }
    println!("  an announcement of what is here    {:6.0} ns", nanos(began, 500 * 400));
    let lacking: Vec<_> = (0..ITEMS).map(|number| id(ITEMS + number)).collect();
    let began = ProcessTime::now();
    for some in lacking.chunks(50) {
        for item in some {
            machine.on_announced(2, None, item, false, now);
        }
        while let Some(ask) = black_box(machine.take_due(now)) {
            machine.on_sent(2, &ask.item, true, now);
        }
    }
    println!("  announced, asked for and come      {:6.0} ns", nanos(began, ITEMS));
}
