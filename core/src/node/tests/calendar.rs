//! A node whose calendar is set.

use super::*;
use crate::event::MemberChange;

const DAY: u64 = 24 * 3600 * 1000;

impl Rig {
    /// What the application is told when so many milliseconds have passed and the calendar shows
    /// as many as that since the beginning.
    fn tick(&mut self, passed: u64, shown: u64) -> Vec<Event> {
        self.events.clear();
        self.micros += passed * 1000;
        let now = Now { wall: UnixTime::from_millis(WALL + shown), ..self.now() };
        self.node.handle_input(now, Input::Tick).unwrap();
        self.drain();
        core::mem::take(&mut self.events)
    }

    /// The same, of members.
    fn members(&mut self, shown: u64) -> Vec<MemberChange> {
        let change = |event| match event {
            Event::MemberChanged { change, .. } => Some(change),
            _ => None,
        };
        self.tick(1, shown).into_iter().filter_map(change).collect()
    }
}

#[test]
fn a_calendar_that_is_set_ends_and_begins_memberships_at_once() {
    let mut rig = Rig::new();
    let key = SecretKey::from_bytes([7; 32]);
    let card = crate::card::IdentityInfo::new(key.peer(), name("guest"));
    let until = UnixTime::from_millis(WALL + DAY);
    let now = rig.now();
    rig.node.invite(now, rig.seat, &card, Terms::role(Role::Member).until(until)).unwrap();
    rig.drain();
    assert_eq!(rig.members(500), [], "less than a clock may be off");
    assert_eq!(rig.members(2 * DAY), [MemberChange::Left]);
    assert_eq!(rig.members(DAY / 2), [MemberChange::Joined]);
    assert_eq!(rig.members(2 * DAY), [MemberChange::Left], "and again");
}

#[test]
fn a_record_expires_when_the_calendar_shows_it_though_it_was_set_since() {
    let mut rig = Rig::new();
    let now = rig.now();
    let expires = UnixTime::from_millis(WALL + DAY);
    let type_id = crate::id::TypeId::from_u128(0xfeed);
    let draft = crate::record::RecordDraft::new(type_id, expires).payload(&b"kept"[..]);
    rig.node.publish(now, rig.seat, draft).unwrap();
    rig.drain();
    let has_expired = |event: &Event| {
        matches!(event, Event::RecordChanged { kind: crate::record::ChangeKind::Expired, .. })
    };
    assert!(!rig.tick(1, DAY - 60_000).iter().any(has_expired), "a minute before");
    assert!(!rig.tick(59_000, DAY - 1_000).iter().any(has_expired), "a second before");
    assert!(rig.tick(2_000, DAY + 1_000).iter().any(has_expired));
}
