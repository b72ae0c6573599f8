//! Searches over 100,000 records, each beside the same in SQLite: the medians side by side, then
//! each under criterion.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::Criterion;
use peergroup_bench_search::{archive, searches, sqlite};

fn main() {
    let archive = archive();
    let connection = sqlite(&archive);
    let searches = searches().unwrap();
    println!("{:<18}{:>8}{:>10}{:>12}{:>12}{:>8}", "", "finds", "looks at", "", "SQLite", "ratio");
    for search in &searches {
        let found = archive.search(&search.query).map(|record| record.id.as_bytes().to_vec());
        let found: Vec<Vec<u8>> = found.collect();
        let asked = search.ask(&connection).into_iter().map(|(id, _)| id);
        assert!(found.iter().cloned().eq(asked) && found.len() == search.finds, "{}", search.name);
        let ours = median(|| archive.search(&search.query).count());
        let theirs = median(|| search.ask(&connection).len());
        let looked_at = archive.looked_at(&search.query);
        let looked_at = looked_at.map_or("all".to_owned(), |count| count.to_string());
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        println!(
            "{:<18}{:>8}{looked_at:>10}{:>12}{:>12}{ratio:>8.2}",
            search.name,
            found.len(),
            format!("{ours:.1?}"),
            format!("{theirs:.1?}"),
        );
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(20);
    for search in &searches {
        let mut group = criterion.benchmark_group(search.name);
        group.bench_function("peergroup", |bencher| {
            bencher.iter(|| archive.search(&search.query).map(black_box).count());
        });
        group.bench_function("SQLite", |bencher| bencher.iter(|| search.ask(&connection)));
        group.finish();
    }
    criterion.final_summary();
}

fn median(mut search: impl FnMut() -> usize) -> Duration {
    let mut times = [Duration::ZERO; 21];
    for time in &mut times {
        let start = Instant::now();
        black_box(search());
        *time = start.elapsed();
    }
    times.sort_unstable();
    times[times.len() / 2]
}
