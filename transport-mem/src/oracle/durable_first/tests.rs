use peergroup_core::{GroupId, LinkId, Role};

use super::*;

/// A group of two, and an established link of the first host.
fn scene() -> (World, Host, GroupId, LinkId) {
    let mut world = World::unwatched(15);
    let (hosts, group) = world.group(2, Role::Member);
    let links = world.node(hosts[0]).connections(world.seat(hosts[0], group)).unwrap();
    (world, hosts[0], group, links[0].link.unwrap())
}

fn store(key: &'static [u8], value: &'static [u8]) -> Output {
    let change = Change::Put { key: Bytes::from_static(key), value: Bytes::from_static(value) };
    Output::Store { ticket: Ticket::from_u64(7), op: StoreOp { changes: vec![change] } }
}

#[test]
fn an_item_that_leaves_before_it_is_stored_is_told_of() {
    let (world, host, _, link) = scene();
    let mut oracle = DurableFirst::default();
    oracle.see(&world, host, &Seen::Output(&store(b"r1", b"a version+the sum"))).unwrap();
    oracle.see(&world, host, &Seen::Output(&store(b"a1", b"an address"))).unwrap();
    let sends = |oracle: &mut DurableFirst, link, bytes: &[u8]| {
        oracle.see(&world, host, &Seen::Sent { link, bytes })
    };
    assert_eq!(sends(&mut oracle, link, b"a versiom, an address"), Ok(()));
    let early = sends(&mut oracle, link, b"this is a version!").unwrap_err();
    assert!(early.contains("C6"), "{early}");
    let stranger = LinkId::from_u64(999);
    assert_eq!(sends(&mut oracle, stranger, b"this is a version!"), Ok(()), "a handshake");
    let stored = Input::Stored { ticket: Ticket::from_u64(7), outcome: Ok(()) };
    oracle.see(&world, host, &Seen::Input(&stored)).unwrap();
    assert_eq!(oracle.see(&world, host, &Seen::Sent { link, bytes: b"a version" }), Ok(()));
    oracle.see(&world, host, &Seen::Output(&store(b"r1", b"it in full+the sum"))).unwrap();
    let full = Seen::Sent { link, bytes: b"it in full" };
    assert_eq!(oracle.see(&world, host, &full), Ok(()), "one is durable under its key");
    oracle.see(&world, host, &Seen::Output(&store(b"r2", b"it in full+the sum"))).unwrap();
    assert!(oracle.see(&world, host, &full).is_err());
}

/// Finds items of store operations in what is sent: as the oracle does, once they are durable.
#[derive(Debug, Default)]
struct Finder {
    items: Vec<Bytes>,
    found: std::rc::Rc<core::cell::Cell<usize>>,
}

impl Oracle for Finder {
    fn name(&self) -> &'static str {
        "finder"
    }

    fn see(&mut self, _: &World, _: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            Seen::Output(Output::Store { op, .. }) => {
                self.items.extend(
                    op.changes.iter().filter_map(item).map(|it| Bytes::copy_from_slice(it.1)),
                );
            }
            Seen::Sent { bytes, .. } => {
                let found = self.items.iter().filter(|item| contains(bytes, item)).count();
                self.found.set(self.found.get().saturating_add(found));
            }
            _ => {}
        }
        Ok(())
    }
}

#[test]
fn items_are_sent_whole_and_as_they_are_stored() {
    let (mut world, host, group, _) = scene();
    let finder = Finder::default();
    let found = std::rc::Rc::clone(&finder.found);
    world.watch(finder);
    for number in 0..5 {
        world.publish(host, group, format!("note {number}"));
    }
    world.run_for(core::time::Duration::from_secs(120));
    assert_eq!(found.get(), 5, "each note, once");
}
