//! Signed records taken in a second and core, beside what checking their signatures alone allows.
//!
//! The node does everything that it does for a neighbour: frames, credit, decoding, hashing, the
//! signature, authority, the record set, the batch for the store and what follows once that is
//! durable. The store is a map.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ed25519_dalek::{Signer, SigningKey};
use peergroup_bench_records::{Crew, frames_of};

const RECORDS: usize = 3_200;

fn ingest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ingest");
    group.throughput(Throughput::Elements(RECORDS as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(10));

    // a version's signature covers a label, the group and an id: 80 bytes or so
    let keys: Vec<_> = (1..=32).map(|number| SigningKey::from_bytes(&[number; 32])).collect();
    let signed: Vec<_> = (0..RECORDS)
        .map(|number| {
            let key = &keys[number % keys.len()];
            let message = [number as u8; 88];
            (key.verifying_key(), message, key.sign(&message))
        })
        .collect();
    group.bench_function("verify_strict alone", |bencher| {
        bencher.iter(|| {
            for (key, message, signature) in &signed {
                black_box(key.verify_strict(message, signature)).expect("it is signed");
            }
        });
    });

    let crew = Crew::gather(32);
    let frames = frames_of(&crew.records(RECORDS / 32));
    group.bench_function("a node", |bencher| {
        bencher.iter_batched(
            || crew.receiver(),
            |mut machine| {
                for frame in &frames {
                    machine.receive(frame);
                }
                machine
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();

    let mut machine = crew.receiver();
    frames.iter().for_each(|frame| machine.receive(frame));
    let held = machine.node.records(crew.seat, None).expect("the group is open").count();
    assert_eq!(held, RECORDS, "the node has taken everything in");
}

criterion_group!(benches, ingest);
criterion_main!(benches);
