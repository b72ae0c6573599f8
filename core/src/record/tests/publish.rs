use super::*;
use crate::limits::ATTRIBUTES_MAX;

fn publisher(key: &SecretKey, peer: u8) -> Publisher<'_> {
    Publisher {
        key,
        cred: cred(peer, 0),
        instance: Instance::from_u64(u64::from(peer)),
        now: NOW,
        payload_max: 1024,
        large: None,
    }
}

fn draft() -> RecordDraft {
    RecordDraft::new(TYPE, at_hour(1010)).payload(&b"x"[..])
}

/// A set in which 2 has published a record.
fn with_record() -> (Records, Authority, RecordId) {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let made = records.compose_add(&publisher(&key(2), 2), &authority, draft(), [0; 16]).unwrap();
    let id = made.record();
    assert!(matches!(records.insert(made, &authority, NOW), Outcome::Kept(_)));
    (records, authority, id)
}

#[test]
fn a_record_is_added_updated_by_an_admin_and_deleted_by_its_creator() {
    let (mut records, authority, id) = with_record();
    let record = records.get(id).unwrap();
    assert_eq!((record.number, record.creator, record.created), (1, key(2).peer(), NOW));
    assert_eq!(record.ceiling, at_hour(1020), "as long after the expiry as that is from now");

    let update = RecordUpdate::new().payload(&b"y"[..]).expires(at_hour(1015));
    let made = records.compose_update(&publisher(&key(3), 3), &authority, id, update).unwrap();
    assert_eq!(Checked::decode(GROUP, &made.item()), Ok(made.clone()));
    records.insert(made, &authority, NOW);
    let record = records.get(id).unwrap();
    assert_eq!(
        (record.number, record.modifier, &record.payload[..]),
        (2, key(3).peer(), &b"y"[..])
    );

    let made = records.compose_delete(&publisher(&key(2), 2), &authority, id).unwrap();
    assert_eq!(Checked::decode(GROUP, &made.item()), Ok(made.clone()));
    records.insert(made, &authority, NOW);
    assert_eq!(records.get(id), None);
    let again = records.compose_delete(&publisher(&key(2), 2), &authority, id);
    assert_eq!(again, Err(PublishError::RecordNotFound));
}

#[test]
fn an_update_supersedes_a_version_from_a_clock_ahead() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let ahead = Stamp { time: NOW.after(Duration::from_secs(500)), ..Stamp::default() };
    let spec = Spec { stamp: ahead, ..Spec::new(2, 0) };
    kept(&mut records, spec, &authority);
    let update = RecordUpdate::new().payload(&[7][..]);
    let made =
        records.compose_update(&publisher(&key(2), 2), &authority, spec.record(), update).unwrap();
    assert!(made.order().0 > ahead);
    records.insert(made, &authority, NOW);
    assert_eq!(says(&records, spec.record()), Some(7));
}

#[test]
fn stamps_of_one_node_ascend_even_if_its_clock_does_not() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let key = key(2);
    let one = records.compose_add(&publisher(&key, 2), &authority, draft(), [0; 16]).unwrap();
    let back = |minutes: u64| Publisher {
        now: NOW.before(Duration::from_secs(60 * minutes)),
        ..publisher(&key, 2)
    };
    let two = records.compose_add(&back(9), &authority, draft(), [1; 16]).unwrap();
    assert!(two.order().0 > one.order().0);
    assert!(records.compose_add(&back(10), &authority, draft(), [1; 16]).is_ok());
    let three = records.compose_add(&back(11), &authority, draft(), [2; 16]);
    assert_eq!(three, Err(PublishError::ClockBehind));
}

#[test]
fn r01_only_the_creator_of_a_record_and_admins_change_it() {
    let (mut records, mut authority, id) = with_record();
    authority.set(4, 0, live(4, false));
    let key = key(4);
    let update = records.compose_update(&publisher(&key, 4), &authority, id, RecordUpdate::new());
    assert_eq!(update, Err(PublishError::NotAuthorized));
    let delete = records.compose_delete(&publisher(&key, 4), &authority, id);
    assert_eq!(delete, Err(PublishError::NotAuthorized));
}

#[test]
fn who_is_no_member_now_publishes_nothing() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let window = Window { from: UnixTime::default(), until: NOW };
    for tenure in [
        live(2, false).ended(),
        Tenure { window, ..live(2, false) },
        Tenure { counts: false, ..live(2, false) },
        Tenure { live: false, ..live(2, false) },
        live(3, true),
    ] {
        authority.set(2, 0, tenure);
        let made = records.compose_add(&publisher(&key(2), 2), &authority, draft(), [0; 16]);
        assert_eq!(made, Err(PublishError::NotAuthorized));
    }
}

#[test]
fn drafts_that_no_member_would_accept_are_refused() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let window = Window { from: UnixTime::default(), until: at_hour(1500) };
    authority.set(2, 0, Tenure { window, ..live(2, false) });
    let mut error = |draft: RecordDraft| {
        let made = records.compose_add(&publisher(&key(2), 2), &authority, draft, [0; 16]);
        made.unwrap_err()
    };
    let attribute = Attribute::text("a", "b").unwrap();
    let long = Attribute::text("a", &"x".repeat(4000)).unwrap();
    let until = |expires| RecordDraft::new(TYPE, expires);
    let reserved = RecordDraft::new(TypeId::from_bytes([0; 16]), at_hour(1010));
    assert_eq!(error(reserved), PublishError::NotAuthorized);
    assert_eq!(error(until(NOW)), PublishError::InvalidRecordExpiration);
    assert_eq!(error(until(at_hour(1501))), PublishError::InvalidRecordExpiration);
    assert_eq!(error(draft().ceiling(at_hour(1009))), PublishError::InvalidRecordExpiration);
    let too_large = draft().payload(alloc::vec![0; 1025]);
    assert_eq!(error(too_large), PublishError::MaxRecordSizeExceeded);
    let too_many =
        RecordDraft { attributes: alloc::vec![attribute; ATTRIBUTES_MAX + 1], ..draft() };
    assert_eq!(error(too_many), PublishError::TooManyAttributes);
    let too_long = RecordDraft { attributes: alloc::vec![long; 3], ..draft() };
    assert_eq!(error(too_long), PublishError::MaxRecordSizeExceeded);
}

#[test]
fn a_record_has_as_many_attributes_as_may_be() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let attributes = alloc::vec![Attribute::text("a", "b").unwrap(); ATTRIBUTES_MAX];
    let draft = RecordDraft { attributes, ..draft() };
    assert!(records.compose_add(&publisher(&key(2), 2), &authority, draft, [0; 16]).is_ok());
}

#[test]
fn a_deletion_is_not_stamped_after_its_tenure() {
    let ahead = NOW.after(Duration::from_secs(500));
    for (until, may) in [(ahead, true), (ahead.before(Duration::from_millis(1)), false)] {
        let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
        let stamp = Stamp { time: ahead, ..Stamp::default() };
        let spec = Spec { stamp, ..Spec::new(2, 0) };
        kept(&mut records, spec, &authority);
        let window = Window { from: UnixTime::default(), until };
        authority.set(3, 0, Tenure { window, ..live(3, true) });
        let made = records.compose_delete(&publisher(&key(3), 3), &authority, spec.record());
        assert_eq!(made.map(|_| ()), if may { Ok(()) } else { Err(PublishError::NotAuthorized) });
    }
}

#[test]
fn an_expiry_may_only_grow() {
    let (mut records, authority, id) = with_record();
    let key = key(2);
    let mut moved = |hour| {
        let update = RecordUpdate::new().expires(at_hour(hour));
        records.compose_update(&publisher(&key, 2), &authority, id, update).err()
    };
    assert_eq!(moved(1009), Some(PublishError::InvalidRecordExpiration));
    assert_eq!(moved(1021), Some(PublishError::InvalidRecordExpiration));
    assert_eq!(moved(1020), None);
}

#[test]
fn r08_own_records_and_deletions_stop_at_fifteen_sixteenths() {
    let authority = Authority::usual();
    let bounds = Bounds { records: 16, deletions: 16, ..Bounds::default() };
    let mut records = Records::bounded(GROUP, bounds);
    let (two, three) = (key(2), key(3));
    for nonce in 0..15 {
        let made = records.compose_add(&publisher(&two, 2), &authority, draft(), [nonce; 16]);
        records.insert(made.unwrap(), &authority, NOW);
    }
    let full = records.compose_add(&publisher(&two, 2), &authority, draft(), [15; 16]);
    assert_eq!(full, Err(PublishError::QuotaExceeded));
    kept(&mut records, Spec::new(2, 99), &authority);
    let ids: Vec<RecordId> = records.records(Some(TYPE)).map(|record| record.id).collect();
    assert_eq!(ids.len(), 16);
    let mut delete = |id| {
        let made = records.compose_delete(&publisher(&three, 3), &authority, id)?;
        records.insert(made, &authority, NOW);
        Ok(())
    };
    assert!(ids[..15].iter().all(|id| delete(*id).is_ok()));
    assert_eq!(delete(ids[15]), Err(PublishError::QuotaExceeded));
}

#[test]
fn records_come_in_the_order_of_their_ids_and_by_type() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    for nonce in 0..8 {
        kept(&mut records, Spec::new(2, nonce), &authority);
    }
    let ids: Vec<RecordId> = records.records(None).map(|record| record.id).collect();
    assert!(ids.len() == 8 && ids.is_sorted());
    assert_eq!(records.records(Some(TypeId::from_bytes([1; 16]))).count(), 0);
}

#[test]
fn an_update_keeps_all_that_it_was_told() {
    let upload = crate::id::UploadId::from_u64(7);
    let update = RecordUpdate::new().expires(at_hour(1010)).upload(upload);
    assert_ne!(update, RecordUpdate::new().expires(at_hour(1010)));
    assert_ne!(update, RecordUpdate::new().upload(upload));
}
