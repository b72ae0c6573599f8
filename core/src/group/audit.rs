//! A look at a group from outside.

use bytes::Bytes;

use crate::group::Group;
use crate::id::VersionId;
use crate::limits::{
    ACQUAINTANCES_MAX, ARRIVALS_MAX, AWAITED_MAX, FLIGHTS_HELD_MAX, NEIGHBOURS_MAX, STATEMENTS_MAX,
    TREES_MAX,
};
use crate::simulation::{AuditedVersion, Usage};
use crate::statement::Statement;

impl Group {
    /// Every statement that is held, each after the grant that it is signed under.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.authority.statements()
    }

    /// Every version that is held.
    pub(crate) fn versions(&self) -> impl Iterator<Item = AuditedVersion> {
        self.records.audited()
    }

    /// A version that is held, as it travels.
    pub(crate) fn version_item(&self, version: &VersionId) -> Option<Bytes> {
        self.records.item_bytes(version).map(Into::into)
    }

    /// Counts what is held and what waits.
    pub(crate) fn gauge(&self, usage: &mut Usage) {
        usage.note("neighbours of one group", self.neighbours.len(), NEIGHBOURS_MAX);
        usage.note("statements of one group", self.authority.len(), STATEMENTS_MAX);
        usage.note("listed statements of one group", self.statements.len(), STATEMENTS_MAX);
        usage.note("stored statements of one group", self.positions.len(), STATEMENTS_MAX);
        usage.note("members of one group", self.roles.len(), ACQUAINTANCES_MAX);
        usage.note("acquaintances of one group", self.acquaintances.len(), ACQUAINTANCES_MAX);
        usage.note("flights of one group", self.flights.len(), FLIGHTS_HELD_MAX);
        let [trees, arrivals, awaited] = self.broadcast.held();
        usage.note("broadcast trees of one group", trees, TREES_MAX);
        usage.note("items that came of late to one group", arrivals, ARRIVALS_MAX);
        usage.note("announced items awaited by one group", awaited, AWAITED_MAX);
        self.book.gauge(usage);
        self.dials.gauge(usage);
        self.near.gauge(usage);
        self.presences.gauge(usage);
        self.records.gauge(usage);
        self.payloads.gauge(usage);
        for neighbour in self.neighbours.values() {
            neighbour.gauge(usage);
        }
    }
}
