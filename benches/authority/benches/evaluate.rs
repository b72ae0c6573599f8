//! Statements inserted and evaluated one by one: the median and the worst per statement, then the
//! whole history under criterion.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput};
use peergroup_bench_authority::{Shape, ledger};
use peergroup_core::Statement;

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

fn main() {
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("insert and evaluate");
    for shape in Shape::ALL {
        for size in SIZES {
            let history = shape.history(size);
            print_each(shape, &history);
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

fn print_each(shape: Shape, history: &[Statement]) {
    let mut ledger = ledger(history.len());
    let mut times: Vec<Duration> = Vec::with_capacity(history.len());
    for one in history {
        let one = one.clone();
        let start = Instant::now();
        assert!(ledger.insert(one).unwrap());
        ledger.evaluate();
        times.push(start.elapsed());
    }
    let total: Duration = times.iter().sum();
    times.sort_unstable();
    let (median, last) = (times[times.len() / 2], times[times.len() - 1]);
    let most = times[times.len() * 999 / 1000];
    let count = times.len();
    println!(
        "{shape:?} {count}: median {median:?}, 99.9 % below {most:?}, worst {last:?}, all {total:?}"
    );
}
