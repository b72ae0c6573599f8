//! How long a group of 100,000 records of 300 bytes takes to open from disk, and what each costs
//! in memory beyond its payload.

use std::time::Instant;

use peergroup::store::RedbFile;
use peergroup_bench_records::{Crew, Machine, PAYLOAD_BYTES, RECORDS_EACH, frames_of, now};

const MEMBERS: u8 = 32;

fn main() {
    let crew = Crew::gather(MEMBERS);
    let mut machine = crew.receiver();
    for frame in frames_of(&crew.records(RECORDS_EACH)) {
        machine.receive(&frame);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("records.redb");
    let mut file = RedbFile::open(&path).expect("a new file");
    for batch in machine.keeper.batches() {
        peergroup_bench_records::Keeper::apply(&mut file, batch);
    }
    drop((file, machine));

    let open = || {
        let mut machine = Machine::start(RedbFile::open(&path).expect("the file"));
        machine.node.open(now(), crew.seat).expect("it was founded here");
        machine.run();
        machine.node
    };
    for _ in 0..3 {
        let began = Instant::now();
        let node = open();
        let took = began.elapsed();
        let records = node.records(crew.seat, None).expect("the group is open").count();
        println!("{records} records opened in {} ms", took.as_millis());
    }
    let mut kept = None;
    let memory = allocation_counter::measure(|| kept = Some(open()));
    let node = kept.expect("it was opened");
    let records = node.records(crew.seat, None).expect("the group is open").count();
    let each = memory.bytes_current / i64::try_from(records).expect("not so many");
    println!("each record takes {} bytes beyond its payload", each - PAYLOAD_BYTES as i64);
}
