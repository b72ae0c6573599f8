//! The large payloads that lie in the store, whole or in part.

use alloc::collections::BTreeMap;
use core::ops::Bound;

use bytes::Bytes;

use crate::codec::encode;
use crate::event::Seat;
use crate::group::payload::bits::Bits;
use crate::group::staged::Staged;
use crate::key::PeerId;
use crate::layout::{PayloadRow, part_key, parts_prefix, payload_key};
use crate::message::Blob;
use crate::record::{Part, PayloadId};
use crate::storage::Change;

/// One payload: its bytes are in the store, here is only which of them.
#[derive(Debug)]
pub(super) struct Deposit {
    /// What its rows are keyed by.
    pub(super) number: u64,
    /// To whom its bytes count.
    author: PeerId,
    staged: Bits,
    durable: Bits,
    /// Bytes of the durable leaves.
    arrived: u32,
    /// It was handed over here, since the group was opened: nobody waits for it to come.
    is_own: bool,
}

/// All of a group's.
#[derive(Debug)]
pub(super) struct Depot {
    seat: Seat,
    payloads: BTreeMap<PayloadId, Deposit>,
    numbers: BTreeMap<u64, PayloadId>,
    next_number: u64,
    charges: BTreeMap<PeerId, u64>,
    /// Parts that are staged and not durable yet.
    storing: usize,
}

impl Depot {
    pub(super) fn new(seat: Seat) -> Self {
        Self {
            seat,
            payloads: BTreeMap::new(),
            numbers: BTreeMap::new(),
            next_number: 0,
            charges: BTreeMap::new(),
            storing: 0,
        }
    }

    /// A number that no payload has had since the group was opened.
    pub(super) fn take_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        number
    }

    /// Takes in a stored row; none if it is not what was stored. False if it is of no use.
    pub(super) fn restore(&mut self, number: u64, row: &PayloadRow) -> Option<bool> {
        self.next_number = self.next_number.max(number.saturating_add(1));
        let Some(id) = row.id else { return Some(false) };
        let durable = Bits::read(&row.parts.0, id.parts()).filter(|_| id.is_valid())?;
        if self.payloads.contains_key(&id) {
            return Some(false);
        }
        let here = |leaf: &u32| durable.contains(Part::Leaf(*leaf).place());
        let leaves = (0..id.leaves()).filter(here);
        let arrived =
            leaves.fold(0, |sum, leaf| leaf_len(id, Part::Leaf(leaf)).saturating_add(sum));
        let staged = durable.clone();
        let author = row.author;
        self.insert(id, Deposit { number, author, staged, durable, arrived, is_own: false });
        Some(true)
    }

    /// Makes place for a payload of which nothing is here. Its first part writes its row.
    pub(super) fn make_place(&mut self, id: PayloadId, author: PeerId, number: u64, is_own: bool) {
        let known = Bits::below(first_place(id));
        let staged = known.clone();
        self.insert(id, Deposit { number, author, staged, durable: known, arrived: 0, is_own });
    }

    fn insert(&mut self, id: PayloadId, deposit: Deposit) {
        let charge = self.charges.entry(deposit.author).or_default();
        *charge = charge.saturating_add(u64::from(id.size()));
        self.numbers.insert(deposit.number, id);
        self.payloads.insert(id, deposit);
    }

    /// Bytes that count to an author.
    pub(super) fn charge(&self, author: PeerId) -> u64 {
        self.charges.get(&author).copied().unwrap_or_default()
    }

    pub(super) fn get(&self, id: PayloadId) -> Option<&Deposit> {
        self.payloads.get(&id)
    }

    /// The payload whose rows have this number.
    pub(super) fn id_of(&self, number: u64) -> Option<PayloadId> {
        self.numbers.get(&number).copied()
    }

    /// Whether all parts are durable.
    pub(super) fn is_whole(&self, id: PayloadId) -> bool {
        self.get(id).is_some_and(|deposit| deposit.durable.len() == id.parts())
    }

    /// Whether all parts are staged at least.
    pub(super) fn is_staged(&self, id: PayloadId) -> bool {
        self.get(id).is_some_and(|deposit| deposit.staged.len() == id.parts())
    }

    /// Whether it was handed over here.
    pub(super) fn is_own(&self, id: PayloadId) -> bool {
        self.get(id).is_some_and(|deposit| deposit.is_own)
    }

    /// The part that is durable and comes next, in the order of payloads and places.
    pub(super) fn next_durable(
        &self,
        after: Option<(PayloadId, Part)>,
    ) -> Option<(PayloadId, Part)> {
        let from = after.map_or(Bound::Unbounded, |(id, _)| Bound::Included(id));
        let mut payloads = self.payloads.range((from, Bound::Unbounded));
        payloads.find_map(|(id, deposit)| {
            let behind = after.filter(|(last, _)| last == id);
            let first = behind.map_or(first_place(*id), |(_, part)| part.place().saturating_add(1));
            let mut places = first..id.parts();
            let place = places.find(|place| deposit.durable.contains(*place))?;
            Some((*id, Part::at(place)))
        })
    }

    /// How many parts are durable in all.
    pub(super) fn durable_parts(&self) -> u64 {
        let parts = self
            .payloads
            .iter()
            .map(|(id, deposit)| u64::from(deposit.durable.len().saturating_sub(first_place(*id))));
        parts.fold(0, u64::saturating_add)
    }

    /// Bytes of the leaves that are durable here.
    pub(super) fn arrived(&self, id: PayloadId) -> u32 {
        self.get(id).map_or(0, |deposit| deposit.arrived)
    }

    /// Parts that are staged and not durable yet.
    pub(super) fn storing(&self) -> usize {
        self.storing
    }

    /// Every payload of which a place is kept.
    pub(super) fn ids(&self) -> impl Iterator<Item = PayloadId> {
        self.payloads.keys().copied()
    }

    /// Stages a part that was verified. The row has to follow.
    pub(super) fn put_part(
        &mut self,
        id: PayloadId,
        part: Part,
        bytes: Bytes,
        staged: &mut Staged,
    ) {
        let Some(deposit) = self.payloads.get(&id) else { return };
        let key = part_key(self.seat, deposit.number, part.place());
        staged.changes.push(Change::Put { key, value: bytes });
        self.note(id, part, staged);
    }

    /// A part is among what is staged. The row has to follow.
    pub(super) fn note(&mut self, id: PayloadId, part: Part, staged: &mut Staged) {
        let Some(deposit) = self.payloads.get_mut(&id) else { return };
        if deposit.staged.insert(part.place()) {
            self.storing = self.storing.saturating_add(1);
            staged.flight.parts.push((deposit.number, part));
        }
    }

    /// Stages the row that says which parts there are.
    pub(super) fn put_row(&self, id: PayloadId, staged: &mut Staged) {
        let Some(deposit) = self.payloads.get(&id) else { return };
        let parts = Blob(Bytes::copy_from_slice(deposit.staged.bytes()));
        let row = PayloadRow { id: Some(id), author: deposit.author, parts };
        let key = payload_key(self.seat, deposit.number);
        staged.changes.push(Change::Put { key, value: encode(&row).into() });
    }

    /// A part is durable. Gives its payload.
    pub(super) fn on_durable(&mut self, number: u64, part: Part) -> Option<PayloadId> {
        self.storing = self.storing.saturating_sub(1);
        let id = self.id_of(number)?;
        let deposit = self.payloads.get_mut(&id)?;
        if deposit.durable.insert(part.place()) {
            deposit.arrived = deposit.arrived.saturating_add(leaf_len(id, part));
        }
        Some(id)
    }

    /// Frees what is here of a payload. False if nothing is.
    pub(super) fn free(&mut self, id: PayloadId, staged: &mut Staged) -> bool {
        let Some(deposit) = self.payloads.remove(&id) else { return false };
        self.numbers.remove(&deposit.number);
        if let Some(charge) = self.charges.get_mut(&deposit.author) {
            *charge = charge.saturating_sub(u64::from(id.size()));
            if *charge == 0 {
                self.charges.remove(&deposit.author);
            }
        }
        self.free_rows(deposit.number, staged);
        true
    }

    /// Frees the rows with a number.
    pub(super) fn free_rows(&self, number: u64, staged: &mut Staged) {
        let prefix = parts_prefix(self.seat, number);
        staged.changes.push(Change::Delete { key: payload_key(self.seat, number) });
        staged.changes.push(Change::DeletePrefix { prefix });
    }
}

impl Deposit {
    /// Whether a part is staged at least.
    pub(super) fn has(&self, part: Part) -> bool {
        self.staged.contains(part.place())
    }

    /// Whether nothing that is staged has yet to become durable.
    pub(super) fn is_settled(&self) -> bool {
        self.staged.len() == self.durable.len()
    }

    /// The parts that are durable.
    pub(super) fn durable(&self) -> &Bits {
        &self.durable
    }
}

/// The place of the first part that lies in the store: the root tells the hash of a single leaf.
fn first_place(id: PayloadId) -> u32 {
    u32::from(id.leaves() == 1)
}

/// Bytes of a payload that a part brings.
fn leaf_len(id: PayloadId, part: Part) -> u32 {
    let len = match part {
        Part::Digests => 0,
        Part::Leaf(_) => id.part_len(part).unwrap_or_default(),
    };
    u32::try_from(len).unwrap_or(u32::MAX)
}
