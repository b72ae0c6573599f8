//! Parts of payloads that are read from the store: for the application, for a neighbour, for a
//! file, or to go on with what was begun before a restart.

use bytes::Bytes;

use crate::cx::Cx;
use crate::error::{DatabaseError, ReadError};
use crate::event::Notice;
use crate::group::Group;
use crate::id::{LinkId, Ticket};
use crate::journal::Owner;
use crate::layout::part_key;
use crate::limits::{DATABASE_EXPORTS_MAX, PAYLOAD_LEAF_BYTES, PAYLOAD_READS_MAX};
use crate::record::{Digest, Part, PayloadId, leaf_digest};
use crate::storage::{Loaded, StoreFailure};

/// A part that is being read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    payload: PayloadId,
    part: Part,
    /// What the rows of the payload are keyed by.
    number: u64,
    purpose: Purpose,
}

/// What a part is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// The application asked for it, without so many bytes.
    Application(usize),
    /// A neighbour asked for it; the hash that it is to have, if it is a leaf.
    Neighbour(LinkId, Option<Digest>),
    /// It tells the hash of this leaf, for which a neighbour asked.
    Proof(LinkId, Part),
    /// It tells the hashes of the leaves that are to be fetched.
    Fetch,
    /// It goes into a file; the hash that it is to have, if it is a leaf.
    Export(Option<Digest>),
}

impl Purpose {
    /// The hash that a leaf is to have.
    fn digest(self) -> Option<Digest> {
        match self {
            Self::Neighbour(_, digest) | Self::Export(digest) => digest,
            Self::Application(_) | Self::Proof(..) | Self::Fetch => None,
        }
    }
}

impl Group {
    /// Reads a payload from a place on, to the end of the leaf there.
    pub(crate) fn read_payload(
        &mut self,
        cx: &mut Cx<'_>,
        payload: PayloadId,
        offset: u32,
    ) -> Result<Ticket, ReadError> {
        if offset >= payload.size() {
            return Err(ReadError::PastTheEnd);
        }
        let reads = self.payloads.loads.values();
        let reads = reads.filter(|reading| matches!(reading.purpose, Purpose::Application(_)));
        if reads.count() >= PAYLOAD_READS_MAX {
            return Err(ReadError::TooMany);
        }
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        let leaf = offset.checked_div(PAYLOAD_LEAF_BYTES).unwrap_or(0);
        let skipped = offset.checked_rem(PAYLOAD_LEAF_BYTES).unwrap_or(0);
        let part = Part::Leaf(u32::try_from(leaf).unwrap_or(u32::MAX));
        let purpose = Purpose::Application(skipped);
        self.load_part(cx, payload, part, purpose).ok_or(ReadError::NotHere)
    }

    /// Asks the store for a part; none if it is not durable here.
    pub(super) fn load_part(
        &mut self,
        cx: &mut Cx<'_>,
        payload: PayloadId,
        part: Part,
        purpose: Purpose,
    ) -> Option<Ticket> {
        let deposit = self.payloads.depot.get(payload)?;
        if !deposit.durable().contains(part.place()) {
            return None;
        }
        let number = deposit.number;
        let owner = match purpose {
            Purpose::Application(_) | Purpose::Export(_) => Owner::Reader(self.seat),
            Purpose::Neighbour(..) | Purpose::Proof(..) | Purpose::Fetch => {
                Owner::Payload(self.seat)
            }
        };
        let key = part_key(self.seat, number, part.place());
        let shared = &mut *cx.shared;
        let ticket = shared.journal.load(&mut shared.outbox, owner, key, Bytes::new());
        self.payloads.loads.insert(ticket, Reading { payload, part, number, purpose });
        Some(ticket)
    }

    /// Reads a part of which the caller knows that it is durable, for a file.
    pub(in crate::group) fn read_to_export(
        &mut self,
        cx: &mut Cx<'_>,
        payload: PayloadId,
        part: Part,
        digest: Option<Digest>,
    ) -> Result<Ticket, DatabaseError> {
        let reads = self.payloads.loads.values();
        let reads = reads.filter(|reading| matches!(reading.purpose, Purpose::Export(_)));
        if reads.count() >= DATABASE_EXPORTS_MAX {
            return Err(DatabaseError::TooMany);
        }
        let purpose = Purpose::Export(digest);
        self.load_part(cx, payload, part, purpose).ok_or(DatabaseError::Changed)
    }

    /// How many parts are being read for neighbours.
    pub(super) fn loads_for_neighbours(&self) -> usize {
        let loads = self.payloads.loads.values();
        let is_for_one = |purpose| matches!(purpose, Purpose::Neighbour(..) | Purpose::Proof(..));
        loads.filter(|reading| is_for_one(reading.purpose)).count()
    }

    /// Whether the hashes of a payload's leaves are being read.
    pub(super) fn is_reading_digests(&self, payload: PayloadId) -> bool {
        let mut loads = self.payloads.loads.values();
        loads.any(|reading| reading.payload == payload && reading.purpose == Purpose::Fetch)
    }

    /// The store answered. False if this group has not asked: it was closed meanwhile.
    pub(crate) fn on_part_loaded(
        &mut self,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        outcome: Result<Loaded<'_>, StoreFailure>,
    ) -> bool {
        let Some(reading) = self.payloads.loads.remove(&ticket) else { return false };
        self.on_read(cx, ticket, reading, outcome);
        true
    }

    fn on_read(
        &mut self,
        cx: &mut Cx<'_>,
        ticket: Ticket,
        reading: Reading,
        outcome: Result<Loaded<'_>, StoreFailure>,
    ) {
        let Reading { payload, part, number, purpose } = reading;
        let bytes = match outcome {
            Ok(loaded) => loaded.entries.first().map(|(_, value)| value.clone()),
            Err(failure) => {
                answer_reader(cx, ticket, purpose, Err(ReadError::StoreFailed));
                return self.fail(cx, failure);
            }
        };
        let is_good = |bytes: &Bytes| {
            let is_whole = Some(bytes.len()) == payload.part_len(part);
            is_whole
                && match part {
                    Part::Digests => payload.digests(bytes).is_some(),
                    Part::Leaf(_) => purpose.digest().is_none_or(|it| it == leaf_digest(bytes)),
                }
        };
        let bytes = bytes.filter(is_good);
        let is_kept = self.payloads.depot.get(payload).is_some_and(|it| it.number == number);
        if bytes.is_none() && is_kept {
            answer_reader(cx, ticket, purpose, Err(ReadError::StoreFailed));
            return self.fail(cx, StoreFailure::Corrupt);
        }
        match purpose {
            Purpose::Application(skipped) => {
                let rest = bytes.map(|bytes| bytes.slice(skipped.min(bytes.len())..));
                answer_reader(cx, ticket, purpose, rest.ok_or(ReadError::NotHere));
            }
            Purpose::Export(_) => {
                answer_reader(cx, ticket, purpose, bytes.ok_or(ReadError::NotHere));
            }
            Purpose::Neighbour(link, _) => self.serve_part(cx, link, payload, part, bytes),
            Purpose::Proof(link, leaf) => {
                self.on_proof_loaded(cx, link, (payload, leaf), bytes.as_deref());
            }
            Purpose::Fetch => self.on_digests_loaded(payload, bytes.as_deref()),
        }
    }
}

/// Tells the application what it asked for, if it did.
fn answer_reader(
    cx: &mut Cx<'_>,
    ticket: Ticket,
    purpose: Purpose,
    outcome: Result<Bytes, ReadError>,
) {
    if matches!(purpose, Purpose::Application(_) | Purpose::Export(_)) {
        cx.shared.outbox.notice(Notice::PayloadRead { ticket, outcome });
    }
}
