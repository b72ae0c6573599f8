//! What a large payload costs in memory while a database is moved.

use super::traffic::NOTE;
use super::*;
use crate::database::Exported;
use crate::limits::PAYLOAD_LEAF_BYTES;
use crate::record::RecordDraft;

impl Rig {
    /// Closes the group and opens it again: it is offline then.
    fn reopen(&mut self) {
        let (now, seat) = (self.now(), self.seat);
        self.node.close(now, seat).ok();
        self.drain();
        self.node.open(now, seat).unwrap();
        self.drain();
    }

    /// Exports the database, piece by piece.
    fn export(&mut self, mut taken: impl FnMut(&[u8])) {
        let (now, mut export) = (self.now(), self.node.export_database(self.seat).unwrap());
        loop {
            let mut piece = Vec::new();
            match self.node.export_piece(now, &mut export, &mut piece).unwrap() {
                Exported::Piece(_) => taken(&piece),
                Exported::Reading(_) => {
                    self.drain();
                    let Some(Notice::PayloadRead { outcome, .. }) = self.notices.pop() else {
                        panic!("nothing was read");
                    };
                    export.read(outcome);
                }
                Exported::Whole => return,
            }
        }
    }
}

/// A founder of a group, offline, with a payload of so many leaves, all one in memory.
fn with_payload(leaves: u32) -> Rig {
    let mut rig = Rig::new();
    let (now, seat) = (rig.now(), rig.seat);
    let mut properties = Properties::named(name("large"));
    properties.payload_bytes_max = leaves * 64 * 1024;
    rig.node.set_properties(now, seat, properties).unwrap();
    let leaf = Bytes::from(vec![7; PAYLOAD_LEAF_BYTES]);
    let upload = rig.node.begin_upload(now, seat).unwrap().value;
    for _ in 0..leaves {
        rig.node.upload(now, seat, upload, leaf.clone()).unwrap();
        rig.drain();
    }
    let expires = UnixTime::from_millis(WALL + 36_000_000);
    let draft = RecordDraft::new(NOTE, expires).upload(upload);
    rig.node.publish(now, seat, draft).unwrap();
    rig.drain();
    rig.reopen();
    rig
}

/// The same seat elsewhere, which has all but the payloads and stores none.
fn without_payloads(rig: &Rig) -> Rig {
    let mut there = Rig::blank();
    there.seat = rig.seat;
    there.store = rig.store.clone();
    there.store.retain(|key, _| key[0] != b'l' && key[0] != b'm');
    there.drops_parts = true;
    there.drain();
    there.reopen();
    there
}

/// The most that is allocated at once while so many leaves are moved; what the stores and the file
/// hold is not counted.
fn memory_of_moving(leaves: u32) -> u64 {
    let mut rig = with_payload(leaves);
    let mut there = without_payloads(&rig);
    let measured = allocation_counter::measure(|| {
        let mut check = there.node.check_database(there.seat).unwrap();
        rig.export(|piece| {
            check.read(piece).unwrap();
        });
        let mut import = check.finish().unwrap().import();
        rig.export(|piece| {
            let now = there.now();
            there.node.import_database(now, &mut import, piece).unwrap();
            there.drain();
        });
        import.finish().unwrap();
    });
    let mut records = there.node.records(there.seat, None).unwrap();
    assert!(records.next().unwrap().large.unwrap().is_here());
    measured.bytes_max
}

#[test]
fn r08_the_memory_of_moving_a_database_is_bounded_by_a_window_and_not_by_its_payloads() {
    let (small, large) = (memory_of_moving(16), memory_of_moving(960));
    std::println!("1 MiB takes {small} bytes of memory, 60 MiB takes {large}");
    // the hashes of its leaves are held by the writer and by the reader
    assert!(large < small + 4 * 960 * 32, "{small} and {large} bytes");
    assert!(large < 16 * 64 * 1024, "{large} bytes");
}
