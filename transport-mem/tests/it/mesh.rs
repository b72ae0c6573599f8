//! What members that lie can do to whom a node is linked with and whom it dials.

use core::cell::RefCell;
use core::time::Duration;
use std::collections::BTreeMap;
use std::rc::Rc;

use peergroup_core::limits::DIALS_PER_TARGET_MAX;
use peergroup_core::simulation::forge::{ForgedPresence, frames};
use peergroup_core::{Address, Output, Role};
use peergroup_mem::{Host, Oracle, Seen, World};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn world(seed: u64) -> World {
    let mut world = World::from_seed(seed);
    world.config().mock_identities = true;
    world
}

/// Counts how often each host dials at an address.
#[derive(Clone, Debug)]
struct Dials {
    at: Address,
    by: Rc<RefCell<BTreeMap<Host, u32>>>,
}

impl Oracle for Dials {
    fn name(&self) -> &'static str {
        "dials"
    }

    fn see(&mut self, _: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        if let Seen::Output(Output::Dial { to, .. }) = seen
            && *to == self.at
        {
            *self.by.borrow_mut().entry(host).or_default() += 1;
        }
        Ok(())
    }
}

#[test]
fn n04_a_victim_that_a_member_names_without_end_is_dialled_a_few_times_an_hour_by_each() {
    let mut world = world(204);
    let (hosts, group) = world.group(5, Role::Member);
    let (liar, victim) = (hosts[4], world.stranger());
    let dials = Dials { at: victim.address(), by: Rc::default() };
    world.watch(dials.clone());
    for hour in 0..3 {
        for minute in 0..60 {
            let at = world.now(liar).wall;
            let mut liar = world.rogue(liar, group);
            // one life after another, so that none is thought to be linked already
            let announcement = liar.forge().presence(ForgedPresence {
                instance: minute % 4,
                serial: u32::try_from(60 * hour + minute).unwrap(),
                at,
                addresses: vec![victim.address()],
                ..ForgedPresence::default()
            });
            liar.say(&frames::presence(&[announcement]));
            world.run_for(MINUTE);
        }
        let by = core::mem::take(&mut *dials.by.borrow_mut());
        assert!(hour > 0 || by.len() >= 4, "it is believed at first: {by:?}");
        let most = if hour == 0 { 2 * DIALS_PER_TARGET_MAX - 1 } else { DIALS_PER_TARGET_MAX };
        assert!(by.values().all(|count| *count <= most), "hour {hour}: {by:?}");
    }
    world.demand_agreement(&hosts[..4], group, 5 * MINUTE);
}

#[test]
fn n02_who_restarts_finds_those_it_knew_though_nobody_is_left_where_it_was_invited() {
    let mut world = world(202);
    // every invitation names the first host alone
    let (hosts, group) = world.group(6, Role::Member);
    world.connect_once(DAY);
    world.crash(hosts[0]);
    world.crash(hosts[5]);
    let (note, _) = world.publish(hosts[1], group, "meanwhile");
    world.run_for(20 * MINUTE);
    world.restart(hosts[5]);
    let is_back = |world: &mut World| {
        world.is_running(hosts[5])
            && world
                .node(hosts[5])
                .record(world.seat(hosts[5], group), note)
                .is_ok_and(|it| it.is_some())
    };
    assert!(world.run_until(is_back, 2 * MINUTE));
    world.demand_agreement(&hosts[1..], group, 5 * MINUTE);
}
