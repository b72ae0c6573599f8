//! The judgements of sets of statements, shared by the oracles that need them.
//!
//! Hosts mostly hold the same statements, so each set is judged once. What is remembered is
//! bounded: the sets judged longest ago are forgotten.

use core::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use peergroup_core::{GroupId, Node, Seat};

use crate::host::Host;
use crate::oracle::law::Law;
use crate::world::World;

/// Judgements that are remembered.
const REMEMBERED: usize = 1024;

/// Names a set of statements of a group.
pub(crate) type Docket = (GroupId, u128);

/// What a host holds in one group, judged.
#[derive(Clone, Debug)]
pub(crate) struct Ruling {
    pub(crate) seat: Seat,
    /// The same for the same set of statements.
    pub(crate) docket: Docket,
    pub(crate) law: Rc<Law>,
}

/// Judges, and remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Court(Rc<RefCell<Chamber>>);

#[derive(Debug, Default)]
struct Chamber {
    laws: BTreeMap<Docket, Rc<Law>>,
    order: VecDeque<Docket>,
    /// The last rulings asked for, and where and when.
    last: Option<(Host, u64, Rc<[Ruling]>)>,
}

impl Court {
    /// The law as it follows from what a host holds, for each group that it has open.
    pub(crate) fn rulings(&self, world: &World, host: Host) -> Rc<[Ruling]> {
        let mut chamber = self.0.borrow_mut();
        let step = world.steps();
        if let Some((of, at, rulings)) = &chamber.last
            && (*of, *at) == (host, step)
        {
            return Rc::clone(rulings);
        }
        let seats = world.open_seats(host);
        let rulings = seats.into_iter().filter_map(|seat| chamber.ruling(world.node(host), seat));
        let rulings: Rc<[Ruling]> = rulings.collect();
        chamber.last = Some((host, step, Rc::clone(&rulings)));
        rulings
    }

    /// The law as it follows from what a host holds in one group.
    pub(crate) fn ruling(&self, world: &World, host: Host, group: GroupId) -> Option<Ruling> {
        let rulings = self.rulings(world, host);
        rulings.iter().find(|ruling| ruling.seat.group == group).cloned()
    }
}

impl Chamber {
    fn ruling(&mut self, node: &Node, seat: Seat) -> Option<Ruling> {
        let docket = (seat.group, fingerprint(node, seat)?);
        if let Some(law) = self.laws.get(&docket) {
            return Some(Ruling { seat, docket, law: Rc::clone(law) });
        }
        let creator = node.genesis(seat).ok()?.creator();
        let law = Rc::new(Law::of(creator, node.statements(seat).ok()?));
        self.laws.insert(docket, Rc::clone(&law));
        self.order.push_back(docket);
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.laws.remove(&oldest);
        }
        Some(Ruling { seat, docket, law })
    }
}

/// A number for what a node holds of statements: which, and whether with their lists.
fn fingerprint(node: &Node, seat: Seat) -> Option<u128> {
    let statements = node.statements(seat).ok()?;
    Some(statements.fold(0, |sum: u128, statement| {
        let number = id_number(statement.id().as_bytes());
        let turn = u32::from(statement.lists().are_full());
        sum.wrapping_add(number.rotate_left(turn))
    }))
}

/// The first half of an id, as a number.
pub(crate) fn id_number(id: &[u8; 32]) -> u128 {
    id.first_chunk().copied().map_or(0, u128::from_le_bytes)
}
