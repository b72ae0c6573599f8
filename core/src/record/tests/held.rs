//! What is held without being shown, and what it would come to.

use super::*;
use crate::limits::LINEAGE_MAX;

#[test]
fn what_does_not_stand_is_held_and_not_in_the_set() {
    let (mut records, mut authority) = (Records::new(GROUP), Authority::usual());
    let version = Spec::new(2, 0);
    kept(&mut records, version, &authority);
    let id = version.make().id();
    assert!(records.contains(&id));
    authority.end(2);
    records.reevaluate(&authority, &authority.members, NOW);
    assert!(records.holds(&id) && !records.contains(&id));
}

#[test]
fn a_lineage_covers_what_it_names_and_once_it_is_full_whatever_is_older() {
    let of = |instance, hour| Stamp { instance, ..stamp(hour) };
    let made = |count: u64| {
        let version = |instance| Spec { stamp: of(instance, 900 + instance), ..Spec::new(2, 0) };
        let versions: Vec<Checked> = (1..=count).map(|it| version(it).make()).collect();
        Lineage::from_all(versions.iter(), 99)
    };
    let (short, full) = (made(3), made(LINEAGE_MAX as u64));
    for lineage in [&short, &full] {
        assert!(lineage.covers(of(2, 902)) && lineage.covers(of(2, 1)));
        assert!(!lineage.covers(of(2, 903)) && !lineage.covers(of(98, 902)));
    }
    assert!(!short.covers(of(98, 900)) && full.covers(of(98, 900)));
}

#[test]
fn what_would_not_count_under_other_tenures_is_known_beforehand() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let (own, edited) = (Spec::new(2, 0), Spec::new(2, 1).by(3).stamped(901));
    kept(&mut records, own, &authority);
    kept(&mut records, edited, &authority);
    assert_eq!(records.unsupported(&authority), []);
    let mut without_admin = authority.clone();
    without_admin.end(3);
    assert_eq!(records.unsupported(&without_admin), [edited.record()]);
    let mut without_creator = authority.clone();
    without_creator.members.remove(&key(2).peer());
    assert_eq!(records.unsupported(&without_creator), [edited.record()]);
    let in_use = records.in_use();
    assert_eq!(in_use.tenures, [cred(2, 0).unwrap(), cred(3, 0).unwrap()].into());
    assert_eq!(in_use.creators, [key(2).peer()].into());
}

#[test]
fn a_version_knows_what_its_own_instance_made_before() {
    let by = |author, hour| Spec {
        stamp: Stamp { instance: 5, ..stamp(hour) },
        ..Spec::new(2, 0).by(author)
    };
    let (early, late) = (by(2, 900).make(), by(3, 901).make());
    assert!(late.knows(&early) && !early.knows(&late));
}

#[test]
fn a_tenure_that_was_given_up_and_has_ended_supports_nothing() {
    let version = Spec::new(2, 0).make();
    let given_up = Tenure { live: false, resigned: Some(stamp(950)), ..live(2, false) };
    assert!(given_up.supports(version.version()) && live(3, true).supports(version.version()));
    for tenure in [given_up, live(2, false), live(3, true)] {
        assert!(!tenure.ended().supports(version.version()));
    }
}
