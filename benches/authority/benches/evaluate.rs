//! Statements inserted and evaluated one by one: what each costs in histories of every size, side
//! by side, then the whole histories under criterion.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use peergroup_bench_authority::{Shape, ledger};
use peergroup_core::Statement;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    print_each();
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("insert and evaluate");
    for shape in Shape::ALL {
        for size in SIZES {
            let history = shape.history(size);
            group.throughput(Throughput::Elements(size as u64));
            let id = BenchmarkId::new(format!("{shape:?}"), size);
            group.bench_with_input(id, &history, |bencher, history| {
                let input = || (ledger(size), history.clone());
                bencher.iter_batched(
                    input,
                    |(ledger, all)| run(ledger, all),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
    criterion.final_summary();
}

fn run(mut ledger: peergroup_core::simulation::Ledger, all: Vec<Statement>) {
    for one in all {
        ledger.insert(one).unwrap();
        ledger.evaluate();
    }
    black_box(&ledger);
}

/// What a statement costs: the median, and all over their number, in histories of each size.
fn print_each() {
    println!("{:<8}{}", "", SIZES.map(|size| format!("{size:>32}")).concat());
    for shape in Shape::ALL {
        let costs = SIZES.map(|size| {
            let mut times = time_each(&shape.history(size));
            let mean = times.iter().sum::<Duration>() / u32::try_from(size).unwrap();
            times.sort_unstable();
            let (median, most) = (times[size / 2], times[size * 999 / 1000]);
            let cost = format!("{median:.1?}, {mean:.1?}, {most:.0?}");
            format!("{cost:>32}")
        });
        println!("{:<8}{}", format!("{shape:?}"), costs.concat());
    }
    println!("(median, mean and the most of 99.9 % of the statements)\n");
}

fn time_each(history: &[Statement]) -> Vec<Duration> {
    let mut ledger = ledger(history.len());
    let mut time = |one: &Statement| {
        let one = one.clone();
        let start = Instant::now();
        assert!(ledger.insert(one).unwrap());
        ledger.evaluate();
        start.elapsed()
    };
    history.iter().map(&mut time).collect()
}
