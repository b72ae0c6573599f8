use super::*;
use crate::limits::STAMP_AHEAD_MAX;
use crate::why::{Fate, Wait};

#[test]
fn a_record_appears_changes_and_disappears() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).saying(1);
    let added = kept(&mut records, spec, &authority);
    assert_eq!(
        (kinds(&added), added.put.len(), added.entered.len()),
        ([ChangeKind::Added].into(), 1, 1)
    );
    let updated = kept(&mut records, spec.stamped(901).saying(2), &authority);
    assert_eq!(kinds(&updated), [ChangeKind::Updated]);
    assert_eq!((updated.left.len(), updated.delete.len()), (1, 1));
    assert_eq!(says(&records, spec.record()), Some(2));
    let deleted = kept(&mut records, spec.stamped(902).tombstone(), &authority);
    assert_eq!(kinds(&deleted), [ChangeKind::Deleted]);
    assert_eq!((says(&records, spec.record()), records.versions.len()), (None, 1));
}

#[test]
fn a_version_delivered_twice_is_known() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    kept(&mut records, Spec::new(2, 0), &authority);
    assert_eq!(records.insert(Spec::new(2, 0).make(), &authority, NOW), Outcome::Known);
}

#[test]
fn r01_a_member_changes_no_record_of_another() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    authority.set(4, 0, live(4, false));
    let spec = Spec::new(2, 0).saying(1);
    kept(&mut records, spec, &authority);
    let edit = kept(&mut records, spec.by(4).stamped(910).saying(2), &authority);
    assert!(edit.entered.is_empty() && edit.changes.is_empty());
    let deletion = kept(&mut records, spec.by(4).stamped(911).tombstone(), &authority);
    assert!(deletion.entered.is_empty() && deletion.changes.is_empty());
    assert_eq!(says(&records, spec.record()), Some(1));
}

#[test]
fn r01_nobody_signs_under_the_tenure_of_another() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    for (author, cred) in [(2, cred(3, 0)), (2, None), (CREATOR, cred(3, 0))] {
        let spec = Spec::new(author, 0);
        let rest = Rest { cred, ..spec.rest() };
        let version = Checked::sign(&key(author), GROUP, spec.fields(), rest, None, &[0]);
        let outcome = records.insert(version, &authority, NOW);
        assert_eq!(outcome, Outcome::Refused(Refusal::NotHolder));
    }
}

#[test]
fn what_others_make_of_a_record_counts_as_long_as_its_creator_is_known() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).saying(1);
    kept(&mut records, spec, &authority);
    let edit = spec.by(3).stamped(910).saying(2);
    kept(&mut records, edit, &authority);
    kept(&mut records, Spec::new(2, 1).by(3).tombstone(), &authority);
    // a checkpoint leaves nothing of the creator's grants
    authority.end(2);
    authority.members.remove(&key(2).peer());
    let changed = BTreeSet::from([key(2).peer()]);
    let delta = records.reevaluate(&authority, &changed, NOW);
    assert_eq!((kinds(&delta), delta.left.len()), ([ChangeKind::Deleted].into(), 3));
    assert_eq!(records.standing().count(), 0, "as where they come in only now");
    let late = spec.by(3).stamped(911).saying(3).make();
    assert_eq!(records.insert(late, &authority, NOW), Outcome::Parked);
    let fates = records.why(spec.record(), &authority);
    let waits = Fate::Waits(Wait::UnknownCreator);
    assert_eq!(fates.iter().filter(|reason| reason.fate == waits).count(), 2);
    authority.members.insert(key(2).peer());
    let delta = records.reevaluate(&authority, &changed, NOW);
    assert_eq!((kinds(&delta), delta.entered.len()), ([ChangeKind::Added].into(), 2));
    assert_eq!(says(&records, spec.record()), Some(3));
    assert!(records.why(spec.record(), &authority).iter().all(|reason| reason.fate != waits));
}

#[test]
fn r01_a_record_of_somebody_who_never_was_a_member_waits() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let version = Spec::new(8, 0).by(3).make();
    assert_eq!(records.insert(version.clone(), &authority, NOW), Outcome::Parked);
    authority.set(8, 0, live(8, false).ended());
    assert!(
        records.reevaluate(&authority, &authority.members, NOW).entered.contains(&version.id())
    );
}

#[test]
fn a_removed_admins_edits_fall_away_and_the_owners_version_stands_again() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).saying(1);
    kept(&mut records, spec, &authority);
    kept(&mut records, spec.by(3).stamped(910).saying(3), &authority);
    assert_eq!(says(&records, spec.record()), Some(3));
    authority.end(3);
    let delta = records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(kinds(&delta), [ChangeKind::Updated]);
    assert!(delta.delete.is_empty(), "it stays, dormant");
    assert_eq!(says(&records, spec.record()), Some(1));
    authority.set(3, 0, live(3, true));
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(says(&records, spec.record()), Some(3));
}

#[test]
fn a_removed_admin_deletes_nothing_whatever_it_backdates() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).saying(1);
    kept(&mut records, spec, &authority);
    let delta = kept(&mut records, spec.by(3).stamped(910).tombstone(), &authority);
    assert_eq!(kinds(&delta), [ChangeKind::Deleted]);
    authority.end(3);
    assert_eq!(
        kinds(&records.reevaluate(&authority, &authority.members, NOW)),
        [ChangeKind::Added]
    );
    assert_eq!(says(&records, spec.record()), Some(1));
    kept(&mut records, spec.by(3).stamped(1).tombstone(), &authority);
    assert_eq!(says(&records, spec.record()), Some(1));
}

#[test]
fn readmission_under_a_new_tenure_revives_nothing() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).saying(1);
    kept(&mut records, spec, &authority);
    authority.end(2);
    assert_eq!(
        kinds(&records.reevaluate(&authority, &authority.members, NOW)),
        [ChangeKind::Deleted]
    );
    authority.set(2, 1, live(2, false));
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(says(&records, spec.record()), None);
    kept(&mut records, spec.under(1).stamped(920).saying(2), &authority);
    assert_eq!(says(&records, spec.record()), Some(2));
}

#[test]
fn after_a_resignation_own_records_stay_as_they_were_and_edits_of_others_are_void() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let (own, late, other) =
        (Spec::new(3, 0).saying(1), Spec::new(3, 1).stamped(950), Spec::new(2, 2).saying(2));
    for spec in [own, late, other, other.by(3).stamped(905).saying(3)] {
        kept(&mut records, spec, &authority);
    }
    let resigned = Some(stamp(940));
    authority.set(3, 0, Tenure { resigned, live: false, admin: false, ..live(3, false) });
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(says(&records, own.record()), Some(1));
    assert_eq!(says(&records, late.record()), None);
    assert_eq!(says(&records, other.record()), Some(2));
}

#[test]
fn a_deletion_is_final_while_its_signers_tenure_lives() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0);
    kept(&mut records, spec.stamped(901).tombstone(), &authority);
    let later = records.insert(spec.stamped(950).make(), &authority, NOW);
    let nothing = Delta { records: Vec::from([spec.record()]), ..Delta::default() };
    assert_eq!(later, Outcome::Superseded(nothing));
    kept(&mut records, spec.by(3).stamped(960).saying(3), &authority);
    assert_eq!(says(&records, spec.record()), None);
}

#[test]
fn a_tombstone_stamped_after_its_tenures_end_deletes_nothing() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let window = Window { from: UnixTime::default(), until: at_hour(905) };
    let spec = Spec::new(CREATOR, 0).saying(1);
    kept(&mut records, spec, &authority);
    authority.set(3, 0, Tenure { window, ..live(3, true) });
    kept(&mut records, spec.by(3).stamped(906).tombstone(), &authority);
    assert_eq!(says(&records, spec.record()), Some(1));
    kept(&mut records, spec.by(3).stamped(905).tombstone(), &authority);
    assert_eq!(says(&records, spec.record()), None);
}

#[test]
fn a_version_that_outlives_its_tenure_stands_when_the_tenure_is_renewed() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let until = |hour| Window { from: UnixTime::default(), until: at_hour(hour) };
    authority.set(2, 0, Tenure { window: until(1500), ..live(2, false) });
    let spec = Spec::new(2, 0).until(1400).saying(1);
    kept(&mut records, spec, &authority);
    kept(&mut records, spec.stamped(901).until(1600).saying(2), &authority);
    assert_eq!(says(&records, spec.record()), Some(1));
    authority.set(2, 0, Tenure { window: until(1600), ..live(2, false) });
    assert_eq!(
        kinds(&records.reevaluate(&authority, &authority.members, NOW)),
        [ChangeKind::Updated]
    );
    assert_eq!(says(&records, spec.record()), Some(2));
}

#[test]
fn r03_a_stamp_used_twice_is_told_and_settled_alike_in_any_order() {
    let authority = Authority::usual();
    let (one, other) = (Spec::new(2, 0).saying(1), Spec::new(2, 0).saying(2));
    let settled = |first: Spec, second: Spec| {
        let mut records = Records::new(GROUP);
        kept(&mut records, first, &authority);
        let (Outcome::Kept(delta) | Outcome::Superseded(delta)) =
            records.insert(second.make(), &authority, NOW)
        else {
            panic!("judged by its stamp");
        };
        assert_eq!(delta.equivocations.len(), 1);
        assert_eq!(delta.equivocations[0].author, key(2).peer());
        standing(&records)
    };
    assert_eq!(settled(one, other), settled(other, one));
}

#[test]
fn r04_a_stamp_ten_minutes_ahead_is_accepted_and_one_beyond_it_waits_for_its_time() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let edge = NOW.after(STAMP_AHEAD_MAX);
    let ahead = |nonce, time| Spec { stamp: Stamp { time, ..stamp(0) }, ..Spec::new(2, nonce) };
    kept(&mut records, ahead(0, edge), &authority);
    let beyond = ahead(1, edge.after(Duration::from_millis(1)));
    assert_eq!(records.insert(beyond.make(), &authority, NOW), Outcome::Parked);
    let due = NOW.after(Duration::from_millis(1));
    assert_eq!(records.next_due(), Some(due));
    assert!(records.tick(&authority, NOW, false).entered.is_empty());
    assert_eq!(kinds(&records.tick(&authority, due, false)), [ChangeKind::Added]);
    assert_eq!(records.parked_len(), 0);
}

#[test]
fn r05_a_tombstone_lives_to_the_ceiling_and_no_version_returns_after_it() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).until(1100).ceiling(1200);
    let tombstone = spec.stamped(901).tombstone();
    kept(&mut records, tombstone, &authority);
    let before = UnixTime::from_millis(1200 * HOUR - 1);
    records.tick(&authority, before, false);
    assert!(records.contains(&tombstone.make().id()));
    assert_eq!(records.next_due(), Some(at_hour(1200)));
    let delta = records.tick(&authority, at_hour(1200), false);
    assert_eq!((delta.left.len(), delta.delete.len()), (1, 1));
    let outcome = records.insert(spec.make(), &authority, at_hour(1200));
    assert_eq!(outcome, Outcome::Refused(Refusal::Late));
    assert!(
        records.entries.is_empty() && records.ceilings.is_empty() && records.tenures.is_empty()
    );
}

#[test]
fn r06_a_record_leaves_the_set_at_the_end_of_the_hour_of_its_ceiling() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let ceiling = UnixTime::from_millis(1200 * HOUR + 1);
    let spec = Spec { ceiling, expires: ceiling, ..Spec::new(2, 0) };
    kept(&mut records, spec, &authority);
    assert_eq!(kinds(&records.tick(&authority, ceiling, false)), [ChangeKind::Expired]);
    assert!(records.contains(&spec.make().id()));
    records.tick(&authority, at_hour(1201), false);
    assert!(!records.holds(&spec.make().id()));
}

#[test]
fn r07_the_id_of_a_record_commits_to_group_type_creator_nonce_and_ceiling() {
    let fields = Spec::new(2, 0).fields();
    let ids = [
        fields.record(GROUP),
        fields.record(GroupId::from_bytes([8; 32])),
        IdFields { type_id: TypeId::from_bytes([8; 16]), ..fields }.record(GROUP),
        IdFields { creator: key(3).peer(), ..fields }.record(GROUP),
        IdFields { nonce: [1; 16], ..fields }.record(GROUP),
        IdFields { ceiling: at_hour(1), ..fields }.record(GROUP),
    ];
    assert_eq!(BTreeSet::from(ids).len(), ids.len());
}

#[test]
fn r08_of_too_many_records_the_last_to_end_stand_in_any_order() {
    let authority = Authority::usual();
    let bounds = Bounds { records: 2, dormant: 1, ..Bounds::default() };
    let specs: Vec<Spec> = (0..5).map(|n| Spec::new(2, n).ceiling(3000 + u64::from(n))).collect();
    let filled = |specs: Vec<Spec>| {
        let mut records = Records::bounded(GROUP, bounds);
        for spec in specs {
            records.insert(spec.make(), &authority, NOW);
            assert!(records.versions.len() <= 3);
        }
        standing(&records)
    };
    let top: BTreeSet<VersionId> = specs[3..].iter().map(|spec| spec.make().id()).collect();
    assert_eq!(filled(specs.clone()), top);
    assert_eq!(filled(specs.into_iter().rev().collect()), top);
}

#[test]
fn r08_deletions_of_others_records_count_to_their_signer() {
    let (mut authority, mut records) =
        (Authority::usual(), Records::bounded(GROUP, Bounds { deletions: 1, ..Bounds::default() }));
    let (low, high) = (Spec::new(2, 0).ceiling(3000).saying(1), Spec::new(2, 1).ceiling(3001));
    for spec in [low, high, low.by(3).tombstone()] {
        kept(&mut records, spec, &authority);
    }
    assert_eq!(says(&records, low.record()), None);
    kept(&mut records, high.by(3).tombstone(), &authority);
    assert_eq!((says(&records, low.record()), says(&records, high.record())), (Some(1), None));
    assert_eq!(records.deletions_by(key(3).peer()), [high.record()]);
    authority.end(3);
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(records.deletions_by(key(3).peer()).len(), 0);
    assert_eq!(records.records(None).count(), 2);
}

#[test]
fn r12_parked_versions_are_bounded_and_the_latest_stay() {
    let authority = Authority::usual();
    let bounds = Bounds { parked: 5, parked_per_peer: 3, ..Bounds::default() };
    let mut records = Records::bounded(GROUP, bounds);
    for (peer, nonce) in [(4, 0), (4, 1), (4, 2), (4, 3), (5, 0), (5, 1), (5, 2)] {
        assert_eq!(records.insert(Spec::new(peer, nonce).make(), &authority, NOW), Outcome::Parked);
    }
    assert_eq!(records.parked_len(), 5);
    let parked = |peer, nonce| records.holds(&Spec::new(peer, nonce).make().id());
    assert!(!parked(4, 0) && !parked(4, 1) && parked(4, 2) && parked(4, 3) && parked(5, 0));
}

#[test]
fn r12_a_parked_version_stands_once_its_tenure_is_known() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let version = Spec::new(4, 0).make();
    assert_eq!(records.insert(version.clone(), &authority, NOW), Outcome::Parked);
    assert_eq!(records.insert(version.clone(), &authority, NOW), Outcome::Known);
    authority.set(4, 0, live(4, false));
    let delta = records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(kinds(&delta), [ChangeKind::Added]);
    assert!(delta.put.contains(&(version.record(), version.id())));
}

#[test]
fn expiry_can_wait_for_the_connection() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).until(1001).ceiling(1002);
    kept(&mut records, spec, &authority);
    assert_eq!(records.next_due(), Some(at_hour(1001)));
    assert_eq!(records.tick(&authority, at_hour(1500), true), Delta::default());
    assert_eq!(records.next_due(), None);
    assert!(records.get(spec.record()).is_some());
    let delta = records.tick(&authority, at_hour(1500), false);
    assert_eq!((kinds(&delta), records.versions.len()), ([ChangeKind::Expired].into(), 0));
}

#[test]
fn a_clock_that_was_set_back_shows_what_had_expired() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    kept(&mut records, Spec::new(2, 0).until(1100), &authority);
    assert_eq!(kinds(&records.tick(&authority, at_hour(1100), false)), [ChangeKind::Expired]);
    assert_eq!(kinds(&records.tick(&authority, NOW, false)), [ChangeKind::Added]);
}

#[test]
fn what_was_stored_is_restored_and_what_is_no_version_is_an_error() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0);
    let stored: Vec<Vec<u8>> = [spec, spec.by(3).stamped(905), Spec::new(3, 1).tombstone()]
        .into_iter()
        .map(|spec| {
            let delta = kept(&mut records, spec, &authority);
            let (_, id) = delta.put.first().unwrap();
            records.item_bytes(id).unwrap()
        })
        .collect();
    let mut again = Records::new(GROUP);
    for item in &stored {
        assert!(again.restore(item, &authority, NOW).unwrap().delete.is_empty());
    }
    assert_eq!(standing(&again), standing(&records));
    assert!(again.restore(&stored[0][..70], &authority, NOW).is_err());
    let late = again.restore(&Spec::new(2, 5).ceiling(5).make().item(), &authority, NOW);
    assert_eq!(late.unwrap().delete.len(), 1);
}

#[test]
fn a_payload_that_reads_no_more_is_freed_with_its_own_deletion() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0);
    kept(&mut records, spec, &authority);
    let delta = kept(&mut records, spec.stamped(901).tombstone(), &authority);
    assert!(delta.delete.contains(&(spec.record(), spec.make().id())));
    assert_eq!(records.item_bytes(&spec.make().id()), None);
}
