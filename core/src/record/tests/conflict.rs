//! Edits made beside each other, and stamps used twice.

use super::delta::Conflict;
use super::*;
use crate::limits::{EQUIVOCATIONS_PER_PEER_MAX, LINEAGE_MAX, LOST_MAX, LOST_PER_PEER_MAX};

/// A device of a peer, with a replica of its own.
struct Device {
    records: Records,
    authority: Authority,
    key: SecretKey,
    peer: u8,
    instance: u64,
    now: UnixTime,
}

impl Device {
    fn new(peer: u8, instance: u64) -> Self {
        let (records, authority) = (Records::new(GROUP), Authority::usual());
        Self { records, authority, key: key(peer), peer, instance, now: NOW }
    }

    fn publisher(&self) -> Publisher<'_> {
        Publisher {
            key: &self.key,
            cred: cred(self.peer, 0),
            instance: Instance::from_u64(self.instance),
            now: self.now,
            payload_max: 1024,
            large: None,
        }
    }

    fn made(&mut self, version: Checked) -> Checked {
        let told = self.take(&version);
        assert_eq!(told, [], "one's own edit replaces what it was made from");
        version
    }

    fn add(&mut self, text: u8) -> Checked {
        let draft = RecordDraft::new(TYPE, at_hour(1010)).payload([text].to_vec());
        let mut records = self.records.clone();
        let made = records.compose_add(&self.publisher(), &self.authority, draft, [0; 16]);
        self.records = records;
        self.made(made.unwrap())
    }

    fn edit(&mut self, record: RecordId, text: u8) -> Checked {
        let update = RecordUpdate::new().payload([text].to_vec());
        let mut records = self.records.clone();
        let made = records.compose_update(&self.publisher(), &self.authority, record, update);
        self.records = records;
        self.made(made.unwrap())
    }

    fn delete(&mut self, record: RecordId) -> Checked {
        let mut records = self.records.clone();
        let made = records.compose_delete(&self.publisher(), &self.authority, record);
        self.records = records;
        self.made(made.unwrap())
    }

    /// Takes in a version. Gives the conflicts told of.
    fn take(&mut self, version: &Checked) -> Vec<Conflict> {
        let version = Checked::decode(GROUP, &version.item()).unwrap();
        match self.records.insert(version, &self.authority, self.now) {
            Outcome::Kept(delta) | Outcome::Superseded(delta) => delta.conflicts,
            Outcome::Known => Vec::new(),
            other => panic!("{other:?}"),
        }
    }

    /// What it would be told of if it took in this version.
    fn clone_with(&self, version: &Checked) -> Vec<Conflict> {
        let (records, authority, key) =
            (self.records.clone(), self.authority.clone(), key(self.peer));
        Self { records, authority, key, ..*self }.take(version)
    }

    fn says(&self, record: RecordId) -> Option<u8> {
        says(&self.records, record)
    }

    /// What the version with this id says, whether it is seen or not.
    fn reads(&self, version: VersionId) -> Option<u8> {
        self.records.version(&version, &self.authority).map(|it| it.payload[0])
    }
}

/// A record of 2 at both, of which each makes what it likes.
fn shared(one: &mut Device, other: &mut Device) -> RecordId {
    let made = one.add(1);
    assert_eq!(other.take(&made), []);
    made.record()
}

#[test]
fn an_edit_made_from_what_is_here_is_no_conflict() {
    let (mut owner, mut admin) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut owner, &mut admin);
    for text in 2..9 {
        let (from, to) =
            if text % 2 == 0 { (&mut owner, &mut admin) } else { (&mut admin, &mut owner) };
        let made = from.edit(record, text);
        assert_eq!(to.take(&made), []);
        assert_eq!(to.says(record), Some(text));
    }
}

#[test]
fn edits_made_beside_each_other_are_told_of_at_both_ends_and_the_lost_one_can_be_read() {
    let (mut owner, mut admin) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut owner, &mut admin);
    owner.now = NOW.after(Duration::from_millis(1));
    let (lost, kept) = (admin.edit(record, 5), owner.edit(record, 6));
    let expected = Conflict { record, type_id: TYPE, kept: kept.id(), lost: lost.id() };
    assert_eq!(owner.take(&lost), [expected]);
    assert_eq!(admin.take(&kept), [expected]);
    for device in [&owner, &admin] {
        assert_eq!(device.says(record), Some(6));
        assert_eq!(device.reads(lost.id()), Some(5));
    }
    assert_eq!(owner.take(&lost), [], "told once");
}

#[test]
fn an_edit_made_after_a_conflict_settles_it() {
    let (mut owner, mut admin) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut owner, &mut admin);
    let (one, two) = (admin.edit(record, 5), owner.edit(record, 6));
    assert_eq!(owner.take(&one).len(), 1);
    let merged = owner.edit(record, 7);
    let mut third = Device::new(3, 31);
    for version in [&two, &merged, &one] {
        assert_eq!(third.take(version), [], "it was settled where both were known");
    }
    assert_eq!(admin.take(&merged), []);
    assert_eq!(admin.says(record), Some(7));
}

#[test]
fn what_was_made_between_two_edits_need_not_be_seen_to_tell_what_the_later_one_knew() {
    let mut owner = Device::new(2, 20);
    let (mut knowing, mut unknowing) = (Device::new(3, 30), Device::new(3, 31));
    let record = shared(&mut owner, &mut knowing);
    let first = owner.edit(record, 2);
    knowing.take(&first);
    unknowing.take(&first);
    let second = owner.edit(record, 3);
    knowing.take(&second);
    for device in [&mut knowing, &mut unknowing] {
        device.edit(record, 10);
        device.edit(record, 11);
    }
    let last = knowing.edit(record, 12);
    assert_eq!(owner.clone_with(&last), [], "made from the owner's last, over three links");
    let last = unknowing.edit(record, 13);
    let told = owner.clone_with(&last);
    assert_eq!((told.len(), told[0].lost), (1, second.id()));
}

#[test]
fn two_devices_of_one_author_conflict_though_only_one_version_is_kept() {
    let (mut one, mut two) = (Device::new(2, 20), Device::new(2, 21));
    let record = shared(&mut one, &mut two);
    two.now = NOW.after(Duration::from_millis(1));
    let (lost, kept) = (one.edit(record, 5), two.edit(record, 6));
    assert_eq!(two.take(&lost).len(), 1, "superseded at once, and told of");
    assert!(!two.records.holds(&lost.id()));
    assert_eq!(two.reads(lost.id()), Some(5));
    assert_eq!(two.take(&lost), [], "told once");
    let told = one.take(&kept);
    assert_eq!((told[0].kept, told[0].lost), (kept.id(), lost.id()));
    assert_eq!(one.reads(lost.id()), Some(5));
}

#[test]
fn an_edit_lost_to_a_deletion_is_told_of_and_a_deletion_of_what_was_known_is_not() {
    let (mut owner, mut admin) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut owner, &mut admin);
    let edit = admin.edit(record, 5);
    let tombstone = owner.delete(record);
    let expected = Conflict { record, type_id: TYPE, kept: tombstone.id(), lost: edit.id() };
    assert_eq!(owner.take(&edit), [expected]);
    assert_eq!(admin.take(&tombstone), [expected]);
    assert_eq!((admin.says(record), admin.reads(edit.id())), (None, Some(5)));
    assert_eq!(admin.reads(tombstone.id()), None, "there is nothing to read");

    let (mut owner, mut admin) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut owner, &mut admin);
    let edit = admin.edit(record, 5);
    owner.take(&edit);
    let tombstone = owner.delete(record);
    assert_eq!(admin.take(&tombstone), []);
}

#[test]
fn a_version_whose_author_lost_its_right_is_in_no_conflict_and_is_read_no_more() {
    let (mut owner, mut admin) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut owner, &mut admin);
    let edit = admin.edit(record, 5);
    owner.now = NOW.after(Duration::from_millis(1));
    owner.edit(record, 6);
    assert_eq!(owner.take(&edit).len(), 1);
    owner.authority.end(3);
    let members = owner.authority.members.clone();
    owner.records.reevaluate(&owner.authority, &members, owner.now);
    assert_eq!(owner.reads(edit.id()), None);
    let again = admin.edit(record, 7);
    assert_eq!(owner.take(&again), []);
}

#[test]
fn r12_lost_versions_are_bounded_and_one_author_pushes_out_its_own() {
    let authority = Authority::usual();
    let mut records = Records::new(GROUP);
    let spec = |author, instance: u64, hour| {
        let stamp = Stamp { instance, ..stamp(hour) };
        Spec { stamp, ..Spec::new(author, 0).saying(1) }
    };
    let victim = Spec::new(3, 1);
    let lost = Spec { stamp: Stamp { instance: 7, ..stamp(900) }, ..victim };
    kept(&mut records, Spec { stamp: Stamp { instance: 8, ..stamp(910) }, ..victim }, &authority);
    records.insert(lost.make(), &authority, NOW);
    assert!(records.version(&lost.make().id(), &authority).is_some());
    for hour in 0..2 * LOST_MAX as u64 {
        records.insert(spec(2, hour, hour + 1).make(), &authority, NOW);
    }
    assert_eq!(records.lost.len(), LOST_PER_PEER_MAX + 1);
    assert!(records.version(&lost.make().id(), &authority).is_some());
}

#[test]
fn a_lineage_names_the_last_instances_and_takes_for_known_what_is_older() {
    let mut devices: Vec<Device> =
        (0..2 * LINEAGE_MAX as u64).map(|it| Device::new(2, 100 + it)).collect();
    let mut last = devices[0].add(0);
    for (at, device) in devices.iter_mut().enumerate().skip(1) {
        device.now = NOW.after(Duration::from_millis(at as u64));
        assert_eq!(device.take(&last), []);
        last = device.edit(last.record(), 1);
    }
    assert!(Checked::decode(GROUP, &last.item()).is_ok());
    let names = last.version().rest.lineage.clone();
    assert!(names.fits(last.order().0));
    for device in &devices {
        assert_eq!(device.clone_with(&last), [], "whoever was ever asked finds itself in it");
    }
}

#[test]
fn a_lineage_out_of_order_or_with_an_instance_twice_is_refused() {
    let stamp = |time, instance| Stamp { time: UnixTime::from_millis(time), count: 0, instance };
    let lineage = |stamps: &[Stamp]| {
        let mut bytes = Vec::new();
        bytes.extend(crate::codec::encode(&stamps.to_vec()));
        crate::codec::decode::<Lineage>(&bytes).unwrap()
    };
    let own = stamp(9, 9);
    assert!(lineage(&[]).fits(own));
    assert!(lineage(&[stamp(1, 1), stamp(2, 2)]).fits(own));
    for bad in [
        &[stamp(2, 2), stamp(1, 1)][..],
        &[stamp(1, 1), stamp(2, 1)],
        &[stamp(1, 9)],
        &[stamp(9, 10)],
        &(1..=LINEAGE_MAX as u64 + 1).map(|it| stamp(1, it + 10)).collect::<Vec<_>>(),
    ] {
        assert!(!lineage(bad).fits(own), "{bad:?}");
    }
}

#[test]
fn r03_two_headers_with_one_stamp_prove_it_to_whoever_knows_the_group() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let (one, other) = (Spec::new(2, 0).saying(1), Spec::new(2, 0).saying(2));
    kept(&mut records, one, &authority);
    let outcome = records.insert(other.make(), &authority, NOW);
    let (Outcome::Kept(delta) | Outcome::Superseded(delta)) = outcome else {
        panic!("judged by its stamp");
    };
    let proof = delta.equivocations[0].proof.clone();
    let proven = proof.verify(GROUP).unwrap();
    assert_eq!((proven.author, proven.record), (key(2).peer(), one.record()));
    assert_eq!((proven.stamp, proven.versions), (one.stamp, [one.make().id(), other.make().id()]));

    assert_eq!(proof.verify(GroupId::from_bytes([8; 32])), Err(NotProven));
    let twice = Equivocation::claimed([proof.headers[0].clone(), proof.headers[0].clone()]);
    assert_eq!(twice.verify(GROUP), Err(NotProven));
    for (spec, why) in [
        (one.stamped(901), "another stamp"),
        (Spec::new(2, 1), "another record"),
        (one.by(3), "another author"),
    ] {
        let other = spec.make().header().into();
        let claim = Equivocation::claimed([proof.headers[0].clone(), other]);
        assert_eq!(claim.verify(GROUP), Err(NotProven), "{why}");
    }
    for at in 0..proof.headers[1].len() {
        let mut altered = proof.headers[1].to_vec();
        altered[at] ^= 1;
        let claim = Equivocation::claimed([proof.headers[0].clone(), altered.into()]);
        assert_eq!(claim.verify(GROUP), Err(NotProven), "byte {at}");
    }
}

#[test]
fn r03_who_equivocates_without_end_is_told_of_a_few_times() {
    let (mut records, authority) = (Records::new(GROUP), Authority::usual());
    let mut told = 0;
    for text in 0..100 {
        let outcome = records.insert(Spec::new(2, 0).saying(text).make(), &authority, NOW);
        if let Outcome::Kept(delta) | Outcome::Superseded(delta) = outcome {
            told += delta.equivocations.len();
        }
    }
    assert_eq!(told, EQUIVOCATIONS_PER_PEER_MAX);
    let other = Spec::new(3, 0);
    kept(&mut records, other, &authority);
    let outcome = records.insert(other.saying(1).make(), &authority, NOW);
    let (Outcome::Kept(delta) | Outcome::Superseded(delta)) = outcome else { panic!("judged") };
    assert_eq!(delta.equivocations.len(), 1, "each for itself");
}

#[test]
fn k02_a_device_restored_from_a_backup_stamps_beyond_what_its_peers_hold_and_contradicts_nobody() {
    let (mut device, mut peer) = (Device::new(2, 20), Device::new(3, 30));
    let record = shared(&mut device, &mut peer);
    let backup = device.records.clone();
    device.now = NOW.after(Duration::from_secs(300));
    let forgotten = device.edit(record, 5);
    peer.take(&forgotten);

    // its clock is back as well, and each start draws another instance
    let mut device = Device { records: backup, instance: 21, ..Device::new(2, 21) };
    let blind = device.edit(record, 6);
    assert_ne!(blind.order().0, forgotten.order().0);
    let told = peer.take(&blind);
    assert_eq!(
        (told[0].kept, told[0].lost),
        (forgotten.id(), blind.id()),
        "told, not contradicted"
    );

    assert_eq!(device.take(&forgotten).len(), 1);
    let next = device.edit(record, 7);
    assert!(next.order() > forgotten.order());
    assert_eq!(peer.take(&next), []);
    assert_eq!((peer.says(record), device.says(record)), (Some(7), Some(7)));
}
