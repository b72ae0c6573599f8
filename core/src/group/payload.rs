//! Large payloads: those that lie in the store by themselves.
//!
//! Headers are reconciled; payloads are fetched. A version that stands and names a payload which
//! is not whole here makes it wanted. Its parts are asked for one by one from neighbours, verified,
//! stored, and from then on served to others. What is stored is not asked for again, after a lost
//! link or a restart. What no version names any more is freed, and so is what lies under a deletion
//! that stands.

mod bits;
mod depot;
mod fetch;
mod keep;
mod names;
mod read;
mod serve;
mod side;
mod upload;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::cx::Cx;
use crate::event::Seat;
use crate::group::Group;
use crate::id::{LinkId, RecordId, Ticket, UploadId};
use crate::layout::PayloadRow;
use crate::record::{LargePayload, Part, PayloadId, Record};

use depot::Depot;
use fetch::Fetches;
use names::Names;
use read::Reading;
use upload::Upload;

pub(super) use {
    side::{Piece, Side},
    upload::Supply,
};

/// The large payloads of one group.
#[derive(Debug)]
pub(super) struct Payloads {
    names: Names,
    depot: Depot,
    uploads: BTreeMap<UploadId, Upload>,
    fetches: Fetches,
    loads: BTreeMap<Ticket, Reading>,
    /// The link for which a part was read last.
    served: Option<LinkId>,
}

impl Payloads {
    pub(super) fn new(seat: Seat) -> Self {
        Self {
            names: Names::default(),
            depot: Depot::new(seat),
            uploads: BTreeMap::new(),
            fetches: Fetches::default(),
            loads: BTreeMap::new(),
            served: None,
        }
    }
}

impl Group {
    /// Takes in the row of a payload as the group is opened; none if it is not what was stored.
    /// What is left of an upload is freed.
    pub(super) fn restore_payload(&mut self, number: u64, row: &PayloadRow) -> Option<()> {
        if !self.payloads.depot.restore(number, row)? {
            self.payloads.depot.free_rows(number, &mut self.staged);
        }
        Some(())
    }

    /// Everything is read: what is named by nothing is freed, what is missing is wanted.
    pub(super) fn sort_payloads(&mut self) {
        let records: Vec<RecordId> = self.records.ids().collect();
        self.name_payloads(&records);
        let unnamed = self.payloads.depot.ids().filter(|id| !self.payloads.names.is_named(*id));
        for id in unnamed.collect::<Vec<_>>() {
            self.judge_payload(id);
        }
    }

    /// How many parts are durable here.
    pub(super) fn durable_parts(&self) -> u64 {
        self.payloads.depot.durable_parts()
    }

    /// The durable part behind this one, in the order of payloads and places.
    pub(super) fn next_part_behind(
        &self,
        after: Option<(PayloadId, Part)>,
    ) -> Option<(PayloadId, Part)> {
        self.payloads.depot.next_durable(after)
    }

    /// Looks at which payloads the versions of these records name now.
    pub(super) fn name_payloads(&mut self, records: &[RecordId]) {
        for record in records {
            let named = self.records.named(*record);
            if named.is_empty() && !self.payloads.names.has(*record) {
                continue;
            }
            for payload in self.payloads.names.set(*record, named) {
                self.judge_payload(payload);
            }
        }
    }

    /// A payload is named otherwise than before.
    fn judge_payload(&mut self, id: PayloadId) {
        if !self.payloads.names.is_named(id) {
            self.forget_payload(id);
        }
        let is_here = self.payloads.depot.is_staged(id);
        if self.payloads.names.judge(id, is_here) {
            self.payloads.fetches.stir();
        }
    }

    /// Nothing names a payload any more.
    fn forget_payload(&mut self, id: PayloadId) {
        self.end_fetch(id);
        for neighbour in self.neighbours.values_mut() {
            neighbour.payloads.forget(id);
        }
        if self.payloads.depot.free(id, &mut self.staged) {
            self.payloads.fetches.stir();
        }
    }

    /// Parts are durable.
    pub(super) fn on_parts_durable(&mut self, cx: &mut Cx<'_>, parts: &[(u64, Part)]) {
        for (number, part) in parts {
            let payload = self.payloads.depot.on_durable(*number, *part);
            if let Some(id) = payload.filter(|id| self.payloads.depot.is_whole(*id)) {
                self.on_payload_whole(cx, id);
            }
        }
    }

    /// Asks for what is missing and answers what is asked for, as far as may be.
    pub(super) fn pump_payloads(&mut self, cx: &mut Cx<'_>) {
        if self.neighbours.is_empty() {
            return;
        }
        self.tell_whole(cx);
        self.answer_pulls(cx);
        self.pull_parts(cx);
    }

    /// Others may hold what nobody held before, or more may be fetched.
    pub(super) fn look_for_payloads(&mut self) {
        self.payloads.fetches.stir();
    }

    /// A record as the application sees it, with what is here of its payload.
    pub(super) fn shown(&self, record: Record) -> Record {
        let depot = &self.payloads.depot;
        let here = |large: LargePayload| LargePayload::new(large.id, depot.arrived(large.id));
        Record { large: record.large.map(here), ..record }
    }
}

#[cfg(feature = "simulation")]
impl Payloads {
    /// Counts what is under way.
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        use crate::limits::{
            DATABASE_EXPORTS_MAX, FETCHES_MAX, PAYLOAD_LOADS_MAX, PAYLOAD_READS_MAX, UPLOADS_MAX,
        };
        let loads = PAYLOAD_LOADS_MAX + PAYLOAD_READS_MAX + FETCHES_MAX + DATABASE_EXPORTS_MAX;
        usage.note("payloads fetched in one group", self.fetches.len(), FETCHES_MAX);
        usage.note("uploads of one group", self.uploads.len(), UPLOADS_MAX);
        usage.note("parts read of one group", self.loads.len(), loads);
    }
}
