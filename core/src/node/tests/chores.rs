//! What a change of authority costs an Admin's node that renews memberships.

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

impl Rig {
    /// Gives a role to so many peers that come next. Gives how many statements and members were
    /// looked at for each, at most.
    fn grant_to(&mut self, numbers: core::ops::Range<u8>) -> u64 {
        let looks = numbers.map(|number| {
            let before = self.group().looks();
            let (now, peer) = (self.now(), SecretKey::from_bytes([number; 32]).peer());
            self.node.grant(now, self.seat, peer, Terms::role(Role::Member)).unwrap();
            self.drain();
            self.group().looks() - before
        });
        looks.max().unwrap()
    }
}

#[test]
fn a_change_costs_an_admins_node_the_same_however_many_members_there_are() {
    let mut rig = Rig::new();
    let few = rig.grant_to(2..12);
    rig.grant_to(12..220);
    let many = rig.grant_to(220..240);
    assert!(few < 16 && many <= few, "{few} {many}");
}

#[test]
fn what_is_due_is_looked_for_once_a_minute_though_something_changes_all_the_time() {
    let mut rig = Rig::new();
    rig.grant_to(2..102);
    rig.run(2 * MINUTE);
    let before = rig.group().looks();
    for number in 102..162 {
        rig.grant_to(number..number + 1);
        rig.run(Duration::from_secs(1));
    }
    let looks = rig.group().looks() - before;
    // a look goes over the members three times: for turns, renewals and those who lapsed
    assert!(looks < 60 * 16 + 2 * 4 * 162, "{looks}");
    let before = rig.group().looks();
    rig.run(60 * MINUTE);
    assert!(rig.group().looks() - before < 3 * 4 * 162, "nothing changed");
}
