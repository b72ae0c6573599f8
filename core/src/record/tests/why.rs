//! What became of each version is told.

use super::*;
use crate::limits::STAMP_AHEAD_MAX;
use crate::why::{Fate, Void, Wait};

/// The fates of the versions of a record, of the greatest first.
fn fates(records: &Records, authority: &Authority, spec: Spec) -> Vec<Fate> {
    let reasons = records.why(spec.record(), authority);
    let stamps: Vec<Stamp> = reasons.iter().map(|reason| reason.version.stamp).collect();
    assert!(stamps.is_sorted_by(|one, other| one >= other), "{stamps:?}");
    reasons.into_iter().map(|reason| reason.fate).collect()
}

/// A record of 2 in which 2 and the Admin 3 have a say.
fn edited() -> (Records, Authority, Spec) {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0);
    kept(&mut records, spec, &authority);
    kept(&mut records, spec.by(3).stamped(910), &authority);
    (records, authority, spec)
}

#[test]
fn of_a_record_that_is_not_here_nothing_is_told() {
    let (records, authority) = (Records::new(GROUP), Authority::usual());
    assert_eq!(fates(&records, &authority, Spec::new(2, 0)), []);
}

#[test]
fn the_greatest_version_is_shown_until_it_expires_and_outdoes_the_others() {
    let (mut records, authority, spec) = edited();
    let by = spec.by(3).stamped(910).make().id();
    assert_eq!(fates(&records, &authority, spec), [Fate::Shown, Fate::Outdone { by }]);
    records.tick(&authority, at_hour(2500), false);
    assert_eq!(fates(&records, &authority, spec), [Fate::Expired, Fate::Outdone { by }]);
}

#[test]
fn a_deletion_hides_what_others_made_of_the_record() {
    let (mut records, authority, spec) = edited();
    let tombstone = spec.stamped(905).tombstone();
    kept(&mut records, tombstone, &authority);
    let by = tombstone.make().id();
    assert_eq!(fates(&records, &authority, spec), [Fate::Deleted { by }, Fate::Deletes]);
}

#[test]
fn what_an_ended_tenure_supports_no_longer_is_void_and_the_owners_version_is_shown() {
    let (mut records, mut authority, spec) = edited();
    authority.end(3);
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(fates(&records, &authority, spec), [Fate::Void(Void::TenureEnded), Fate::Shown]);
}

#[test]
fn each_reason_not_to_count_is_told() {
    let changed = |change: fn(&mut Tenure)| {
        let (mut records, mut authority, spec) = edited();
        change(authority.tenures.get_mut(&cred(3, 0)).unwrap());
        records.reevaluate(&authority, &authority.members, NOW);
        fates(&records, &authority, spec)[0]
    };
    assert_eq!(changed(|tenure| tenure.counts = false), Fate::Void(Void::TenureCrowded));
    assert_eq!(changed(|tenure| tenure.admin = false), Fate::Void(Void::NotAllowed));
    assert_eq!(changed(|tenure| tenure.window.until = at_hour(1500)), {
        Fate::Void(Void::PastWindow)
    });
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let spec = Spec::new(2, 0);
    kept(&mut records, spec, &authority);
    let resigned = Tenure { live: false, resigned: Some(stamp(800)), ..live(2, false) };
    authority.set(2, 0, resigned);
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(fates(&records, &authority, spec), [Fate::Void(Void::AfterResign)]);
    // what was signed by then would count, were it not for the window
    let window = Window { until: at_hour(1500), ..Window::INFINITE };
    authority.set(2, 0, Tenure { resigned: Some(spec.stamp), window, ..resigned });
    records.reevaluate(&authority, &authority.members, NOW);
    assert_eq!(fates(&records, &authority, spec), [Fate::Void(Void::PastWindow)]);
}

#[test]
fn an_owners_deletion_hides_though_it_has_no_place_and_anothers_does_not() {
    let told = |places: usize, specs: &[Spec]| {
        let bounds = Bounds { records: places, deletions: 1, ..Bounds::default() };
        let (mut records, authority) = (Records::bounded(GROUP, bounds), Authority::usual());
        for spec in specs {
            records.insert(spec.make(), &authority, NOW);
        }
        fates(&records, &authority, specs[0])
    };
    let (first, later) = (Spec::new(2, 0), Spec::new(2, 1).ceiling(3001));
    let (own, edit) = (first.stamped(901).tombstone(), first.by(3).stamped(902));
    let by = own.make().id();
    assert_eq!(told(1, &[edit, own, later]), [Fate::Deleted { by }, Fate::Crowded]);
    let anothers = |spec: Spec| spec.by(3).stamped(901).tombstone();
    let all = [first, anothers(first), later, anothers(later)];
    assert_eq!(told(2, &all), [Fate::Crowded, Fate::Shown]);
}

#[test]
fn a_version_that_cannot_be_judged_waits_for_what_is_told() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let unknown = Spec::new(2, 0).under(1);
    let stranger = Spec::new(8, 0).by(3);
    let ahead = Spec {
        stamp: Stamp { time: NOW.after(STAMP_AHEAD_MAX * 2), ..Stamp::default() },
        ..Spec::new(2, 1)
    };
    for spec in [unknown, stranger, ahead] {
        assert_eq!(records.insert(spec.make(), &authority, NOW), Outcome::Parked);
    }
    let waits = |spec| fates(&records, &authority, spec);
    assert_eq!(waits(unknown), [Fate::Waits(Wait::UnknownTenure)]);
    assert_eq!(waits(stranger), [Fate::Waits(Wait::UnknownCreator)]);
    assert_eq!(waits(ahead), [Fate::Waits(Wait::Ahead)]);
}

#[test]
fn a_record_without_a_place_among_too_many_is_told_of() {
    let bounds = Bounds { records: 1, deletions: 1, ..Bounds::default() };
    let (mut records, authority) = (Records::bounded(GROUP, bounds), Authority::usual());
    let (early, late) = (Spec::new(2, 0).ceiling(2500), Spec::new(2, 1).ceiling(2600));
    for spec in [early, late] {
        kept(&mut records, spec, &authority);
    }
    assert_eq!(fates(&records, &authority, early), [Fate::Crowded]);
    assert_eq!(fates(&records, &authority, late), [Fate::Shown]);
}
