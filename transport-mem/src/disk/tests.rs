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
    disk.sync(Ticket::from_u64(2), None);
    assert!(disk.has_acknowledged(Ticket::from_u64(2)));
    assert!(!disk.has_acknowledged(Ticket::from_u64(3)));
    let mut other = disk.clone();
    let loss = disk.crash(0, None);
    assert_eq!(loss, Loss { pending: 2, ..Loss::default() });
    assert_eq!(keys(&disk, "a"), ["a1", "a2"]);
    other.crash(1, None);
    assert_eq!(keys(&other, "a"), ["a1", "a2", "a3"]);
    assert!(keys(&other, "b").is_empty());
}

fn ticket(number: u64) -> Ticket {
    Ticket::from_u64(number)
}

/// A disk to which `a`, `b` and `c` were written one after another, the second with a lie.
fn lied_to(lie: Lie) -> Disk {
    let mut disk = Disk::default();
    for (number, key, lie) in [(1, "a", None), (2, "b", Some(lie)), (3, "c", None)] {
        disk.write(ticket(number), put(key, "value"));
        disk.sync(ticket(number), lie);
    }
    disk
}

#[test]
fn a_torn_batch_is_on_the_disk_in_part_and_one_that_was_acknowledged_is_whole() {
    let mut disk = Disk::default();
    disk.write(ticket(1), put("a", "1"));
    disk.sync(ticket(1), None);
    let mut both = put("b", "2");
    both.changes.push(Change::Delete { key: "a".into() });
    disk.write(ticket(2), both);
    let (mut put_only, mut deleted_only) = (0, 0);
    for seed in 0..20 {
        let mut disk = disk.clone();
        let loss = disk.crash(0, Some(&mut Rng::new(seed)));
        assert!(loss.is_torn);
        match keys(&disk, "").as_slice() {
            [] => deleted_only += 1,
            keys => {
                assert_eq!(keys, ["a", "b"]);
                put_only += 1;
            }
        }
    }
    assert!(put_only > 0 && deleted_only > 0);
}

#[test]
fn a_disk_that_lies_loses_what_it_called_durable_and_everything_since_or_that_alone() {
    let mut late = lied_to(Lie::Late);
    assert!(late.has_acknowledged(ticket(3)) && late.is_lying());
    assert!(late.crash(0, None).was_lied_to);
    assert_eq!(keys(&late, ""), ["a"]);
    let mut reordered = lied_to(Lie::Reordered);
    assert!(reordered.crash(0, None).was_lied_to);
    assert_eq!(keys(&reordered, ""), ["a", "c"]);
}

#[test]
fn a_disk_that_has_owned_up_loses_nothing() {
    let mut disk = lied_to(Lie::Late);
    disk.own_up();
    assert!(!disk.is_lying());
    assert!(!disk.crash(0, None).was_lied_to);
    assert_eq!(keys(&disk, ""), ["a", "b", "c"]);
}

#[test]
fn a_bit_that_rots_is_seen_by_who_reads_it() {
    let mut disk = lied_to(Lie::Late);
    assert!(disk.rot(0));
    let (rows, _) = disk.load(b"", b"", 100);
    assert_eq!(rows[0].1, "walue".as_bytes());
    assert_eq!(rows[1].1, "value".as_bytes());
    assert!(!Disk::default().rot(0), "there is nothing to rot");
}

#[test]
fn c6_tickets_out_of_order_are_noticed() {
    let mut disk = Disk::default();
    assert!(disk.write(Ticket::from_u64(2), put("a", "1")));
    assert!(!disk.write(Ticket::from_u64(1), put("a", "2")));
}
