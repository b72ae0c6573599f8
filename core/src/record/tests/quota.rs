//! Floods: what a member that means harm can push out, and whom it harms.

use super::*;
use crate::fault::Fault;
use crate::limits::RECORDS_PER_CREATOR_MAX;

const SMALL: Bounds =
    Bounds { records: 2, deletions: 2, dormant: 6, parked: 6, parked_per_peer: 3 };

/// Takes in what another set offers, and offers what stands, until nothing moves.
fn exchange(one: &mut Records, other: &mut Records, authority: &Authority, made: &[Spec]) {
    for _ in 0..4 {
        let offers = [standing(one), standing(other)];
        for spec in made {
            let version = spec.make();
            if offers[0].contains(&version.id()) {
                other.insert(version.clone(), authority, NOW);
            }
            if offers[1].contains(&version.id()) {
                one.insert(version, authority, NOW);
            }
        }
    }
    assert_eq!(standing(one), standing(other));
}

fn all(records: &mut Records, authority: &Authority, specs: &[Spec]) {
    for spec in specs {
        records.insert(spec.make(), authority, NOW);
    }
}

#[test]
fn r08_a_flood_with_far_ceilings_gives_way_once_it_is_void_and_nothing_deleted_returns() {
    let mut authority = Authority::usual();
    authority.set(2, 1, live(2, false));
    let near: Vec<Spec> = (0..3).map(|n| Spec::new(2, n).ceiling(2000 + u64::from(n))).collect();
    let deleted = near[2].stamped(901).tombstone();
    let flood: Vec<Spec> =
        (10..20).map(|n| Spec::new(2, n).under(1).ceiling(9000 + u64::from(n))).collect();
    let mut made = near.clone();
    made.push(deleted);
    made.extend(&flood);

    let (mut flooded, mut apart) = (Records::bounded(GROUP, SMALL), Records::bounded(GROUP, SMALL));
    all(&mut flooded, &authority, &made);
    all(&mut apart, &authority, &near);
    assert_eq!(says(&flooded, near[1].record()), None, "its own, pushed out by itself");
    exchange(&mut flooded, &mut apart, &authority, &made);

    authority.set(2, 1, live(2, false).ended());
    for records in [&mut flooded, &mut apart] {
        records.reevaluate(&authority, &authority.members, NOW);
    }
    exchange(&mut flooded, &mut apart, &authority, &made);
    for records in [&flooded, &apart] {
        assert!(says(records, near[1].record()).is_some(), "there is a place again");
        assert_eq!(says(records, near[2].record()), None, "deleted");
    }
    all(&mut apart, &authority, &made);
    all(&mut flooded, &authority, &made);
    exchange(&mut flooded, &mut apart, &authority, &made);
    assert_eq!(says(&apart, near[2].record()), None, "deleted, though shown once more");
}

#[test]
fn r08_phantom_records_in_anothers_name_take_no_place_of_its() {
    let (mut records, authority) = (Records::bounded(GROUP, SMALL), Authority::usual());
    let (victim, other) = (Spec::new(2, 0).ceiling(2000), Spec::new(2, 1).ceiling(2001));
    all(&mut records, &authority, &[victim, other]);
    for nonce in 10..20 {
        // an Admin has a signature of the victim's, of another record
        let phantom = Spec::new(2, nonce).ceiling(9000).by(3);
        for phantom in [phantom, phantom.tombstone()] {
            let (fields, rest) = (phantom.fields(), phantom.rest());
            let payload: &[u8] = if phantom.deleted { &[] } else { &[0] };
            let made = Checked::sign(&key(3), GROUP, fields, rest, Some(victim.origin()), payload);
            assert_eq!(Checked::decode(GROUP, &made.item()), Err(Fault::InvalidSignature));
        }
    }
    assert!(says(&records, victim.record()).is_some() && says(&records, other.record()).is_some());
}

#[test]
fn r08_tombstones_on_others_records_beyond_the_signers_own_room_delete_nothing() {
    let (mut records, authority) = (Records::bounded(GROUP, SMALL), Authority::usual());
    let authors = [2, CREATOR, 3];
    let victims: Vec<Spec> = (0..6_u8)
        .map(|n| Spec::new(authors[usize::from(n) / 2], n).ceiling(2000 + u64::from(n)).saying(n))
        .collect();
    all(&mut records, &authority, &victims);
    let deletions: Vec<Spec> =
        victims[..4].iter().map(|it| it.by(3).stamped(950).tombstone()).collect();
    all(&mut records, &authority, &deletions);
    let left: Vec<bool> = victims.iter().map(|it| says(&records, it.record()).is_some()).collect();
    assert_eq!(left, [true, true, false, false, true, true], "its two that end last");
    let own: Vec<Spec> = victims[4..].iter().map(|it| it.stamped(951).tombstone()).collect();
    all(&mut records, &authority, &own);
    assert!(own.iter().all(|it| says(&records, it.record()).is_none()), "its own are apart");
}

#[test]
fn r08_renewed_every_week_a_member_holds_one_place_for_each_record() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0).ceiling(20_000);
    for week in 0..60_u64 {
        let until = at_hour(2000 + 168 * week);
        let window = Window { from: UnixTime::default(), until };
        authority.set(2, 0, Tenure { window, ..live(2, false) });
        records.reevaluate(&authority, &authority.members, NOW);
        records.insert(spec.stamped(100 + week).until(1500).make(), &authority, NOW);
        assert_eq!(records.versions.len(), 1, "week {week}");
    }
    assert_eq!((records.tenures.len(), records.creators[&key(2).peer()].len()), (1, 1));
}

#[test]
fn r08_readmitted_every_week_a_member_leaves_no_more_than_the_dormant_bound() {
    let (mut records, mut authority) = (Records::bounded(GROUP, SMALL), Authority::usual());
    let spec = Spec::new(2, 0).ceiling(20_000);
    for week in 0..60_u8 {
        let before = week.saturating_sub(1);
        authority.set(2, before, live(2, false).ended());
        authority.set(2, week, live(2, false));
        records.reevaluate(&authority, &authority.members, NOW);
        records.insert(spec.under(week).stamped(100).saying(week).make(), &authority, NOW);
        assert_eq!(says(&records, spec.record()), Some(week));
        assert!(records.versions.len() <= SMALL.dormant + 1);
        assert_eq!(standing(&records).len(), 1);
    }
    assert!(records.tenures.len() <= SMALL.dormant + 1);
}

#[test]
fn r08_a_flooding_member_harms_only_itself() {
    let (mut records, mut authority) = (Records::bounded(GROUP, SMALL), Authority::usual());
    authority.set(4, 0, live(4, true));
    let honest: Vec<Spec> =
        [2, 3, CREATOR].into_iter().map(|peer| Spec::new(peer, 0).ceiling(1500)).collect();
    all(&mut records, &authority, &honest);
    let waiting = Spec::new(5, 0);
    records.insert(waiting.make(), &authority, NOW);
    let before = standing(&records);
    for nonce in 0..50 {
        let own = Spec::new(4, nonce).ceiling(9000 + u64::from(nonce));
        let ahead = Spec { stamp: Stamp { instance: 4, ..stamp(1010) }, ..own.saying(1) };
        for spec in [own, own.stamped(950), own.stamped(949).tombstone(), own.under(1), ahead] {
            records.insert(spec.make(), &authority, NOW);
        }
        // versions of others' records that do not count
        let edit = honest[0].by(4).under(1).stamped(800 + u64::from(nonce));
        records.insert(edit.make(), &authority, NOW);
    }
    assert!(before.is_subset(&standing(&records)));
    assert!(honest.iter().all(|it| says(&records, it.record()).is_some()));
    assert!(records.holds(&waiting.make().id()), "what waits of others still waits");
    let by_flooder = records.entries.values().flat_map(Entry::held);
    let by_flooder = by_flooder.filter(|version| version.author() == key(4).peer()).count();
    // of each of its records at most a tombstone and a version stand
    assert!(by_flooder <= 2 * SMALL.records + SMALL.deletions + SMALL.dormant);
    assert!(records.parked_len() <= SMALL.parked_per_peer + 1);
}

#[test]
fn r04_r12_parked_versions_are_bounded_for_each_author_and_in_all_and_tried_again_in_time() {
    let (mut records, authority) = (Records::bounded(GROUP, SMALL), Authority::usual());
    let ahead = |peer, nonce| Spec::new(peer, nonce).stamped(1001);
    for peer in [2, 3, CREATOR] {
        for nonce in 0..5 {
            let outcome = records.insert(ahead(peer, nonce).make(), &authority, NOW);
            assert_eq!(outcome, Outcome::Parked);
        }
    }
    assert_eq!(records.parked_len(), SMALL.parked);
    let due = at_hour(1001).before(crate::limits::STAMP_AHEAD_MAX);
    assert_eq!(records.next_due(), Some(due));
    records.tick(&authority, due, false);
    assert_eq!(records.parked_len(), 0);
    assert_eq!(records.records(None).count(), 2 + 2, "of the last two authors, within quota");
}

#[test]
fn r12_what_waits_for_an_unknown_tenure_is_let_go_at_its_ceiling() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let stranger = Spec::new(9, 0).until(1100).ceiling(1200);
    assert_eq!(records.insert(stranger.make(), &authority, NOW), Outcome::Parked);
    assert_eq!(records.next_due(), Some(at_hour(1200)));
    records.tick(&authority, at_hour(1200), false);
    assert_eq!((records.parked_len(), records.next_due()), (0, None));
}

#[test]
fn r08_the_quota_is_what_is_documented() {
    let bounds = Bounds::default();
    assert_eq!((bounds.records, bounds.deletions), (RECORDS_PER_CREATOR_MAX, 4096));
    assert!(bounds.dormant >= 2 * bounds.records, "room for all that one tenure leaves behind");
}
