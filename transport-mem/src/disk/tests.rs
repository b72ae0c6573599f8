use super::*;

fn put(key: &'static str, value: &'static str) -> StoreOp {
    let mut op = StoreOp::default();
    op.changes.push(Change::Put { key: key.into(), value: value.into() });
    op
}

fn keys(disk: &Disk, prefix: &'static str) -> Vec<Bytes> {
    let mut found = Vec::new();
    let mut after = Bytes::new();
    loop {
        let (entries, more) = disk.load(prefix.as_bytes(), &after, 4);
        found.extend(entries.into_iter().map(|(key, _)| key));
        if !more {
            return found;
        }
        after = found.last().cloned().unwrap_or_default();
    }
}

#[test]
fn what_is_written_can_be_read_and_only_what_is_durable_survives() {
    let mut disk = Disk::default();
    for (number, key) in (1..).zip(["a1", "a2", "a3", "b1"]) {
        assert!(disk.write(Ticket::from_u64(number), put(key, "value")));
    }
    assert_eq!(keys(&disk, "a"), ["a1", "a2", "a3"]);
    disk.sync(Ticket::from_u64(2));
    assert!(disk.has_acknowledged(Ticket::from_u64(2)));
    assert!(!disk.has_acknowledged(Ticket::from_u64(3)));
    let mut other = disk.clone();
    disk.crash(0);
    assert_eq!(keys(&disk, "a"), ["a1", "a2"]);
    other.crash(1);
    assert_eq!(keys(&other, "a"), ["a1", "a2", "a3"]);
    assert!(keys(&other, "b").is_empty());
}

#[test]
fn c06_tickets_out_of_order_are_noticed() {
    let mut disk = Disk::default();
    assert!(disk.write(Ticket::from_u64(2), put("a", "1")));
    assert!(!disk.write(Ticket::from_u64(1), put("a", "2")));
}
