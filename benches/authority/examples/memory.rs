//! What a ledger of 100,000 statements keeps in memory.

use std::fs;

use peergroup_bench_authority::{Shape, ledger};

const SIZE: usize = 100_000;

fn main() {
    for shape in Shape::ALL {
        let history = shape.history(SIZE);
        let mut ledger = ledger(SIZE);
        let before = resident_kib();
        for one in &history {
            assert!(ledger.insert(one.clone()).unwrap());
            ledger.evaluate();
        }
        let kept = resident_kib().saturating_sub(before);
        println!("{shape:?} {SIZE}: {} MiB", kept / 1024);
        // so that what one shape freed does not hide what the next one takes
        std::mem::forget((ledger, history));
    }
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("only on Linux");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse().ok()).expect("a number of KiB")
}
