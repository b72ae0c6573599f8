//! When records are seen no more, and when they leave.

use proptest::collection::vec;
use proptest::prelude::*;

use super::model::seen;
use super::*;

/// A record of 2 that expires at this hour and leaves two hours later.
fn lasting(nonce: u8, hour: u64) -> Spec {
    Spec::new(2, nonce).until(hour).ceiling(hour.saturating_add(2))
}

#[test]
fn an_extension_postpones_the_expiry_up_to_the_ceiling_and_each_record_expires_once() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = lasting(0, 1002);
    kept(&mut records, spec, &authority);
    kept(&mut records, spec.stamped(950).until(1004), &authority);
    let mut expired = Vec::new();
    for hour in 1001..1010 {
        let delta = records.tick(&authority, at_hour(hour), false);
        expired.extend(kinds(&delta).into_iter().map(|kind| (hour, kind)));
    }
    assert_eq!(expired, [(1004, ChangeKind::Expired)]);
    assert!(records.entries.is_empty() && records.expiries.is_empty());
}

#[test]
fn an_extension_that_comes_after_the_expiry_shows_the_record_again() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let spec = lasting(0, 1002);
    kept(&mut records, spec, &authority);
    assert_eq!(kinds(&records.tick(&authority, at_hour(1002), false)), [ChangeKind::Expired]);
    let later = spec.stamped(950).until(1004).make();
    let Outcome::Kept(delta) = records.insert(later, &authority, at_hour(1002)) else {
        panic!("within its ceiling")
    };
    assert_eq!(kinds(&delta), [ChangeKind::Added]);
}

proptest! {
    #[test]
    fn expiry_that_waited_for_the_connection_ends_as_if_it_had_not(
        hours in vec(1001..1030_u64, 1..6),
        steps in vec((0..240_u64, any::<bool>()), 1..30),
    ) {
        let authority = Authority::usual();
        let (mut waits, mut never) = (Records::new(GROUP), Records::new(GROUP));
        for (nonce, hour) in (0..).zip(&hours) {
            kept(&mut waits, lasting(nonce, *hour), &authority);
            kept(&mut never, lasting(nonce, *hour), &authority);
        }
        let (mut now, mut expired) = (NOW, BTreeSet::new());
        for (minutes, deferred) in steps {
            now = now.after(Duration::from_mins(minutes));
            let before = (seen(&waits), standing(&waits));
            let delta = waits.tick(&authority, now, deferred);
            never.tick(&authority, now, false);
            for change in &delta.changes {
                prop_assert_eq!(change.kind, ChangeKind::Expired);
                prop_assert!(expired.insert(change.record), "told once");
            }
            if deferred {
                prop_assert_eq!(delta, Delta::default());
                prop_assert_eq!((seen(&waits), standing(&waits)), before);
                prop_assert_eq!(waits.next_due(), None);
            } else {
                prop_assert_eq!(seen(&waits), seen(&never));
                prop_assert_eq!(standing(&waits), standing(&never));
            }
        }
    }
}
