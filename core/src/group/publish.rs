//! Records as the application publishes and reads them.

use alloc::vec::Vec;

use crate::cx::Cx;
use crate::group::Group;
use crate::group::payload::Supply;
use crate::group::settle::View;
use crate::id::{RecordId, Ticket, TypeId, VersionId};
use crate::record::{Checked, Outcome, PublishError, Publisher, Record, RecordDraft, RecordUpdate};
use crate::search::Query;

impl Group {
    /// Adds a record.
    pub(crate) fn publish(
        &mut self,
        cx: &mut Cx<'_>,
        draft: RecordDraft,
    ) -> Result<(RecordId, Ticket), PublishError> {
        let supply = self.supply(Some(&draft.payload), draft.upload)?;
        let nonce = cx.shared.entropy.records.bytes16();
        let record = self.stage_version(cx, supply, |records, publisher, view| {
            records.compose_add(publisher, view, draft, nonce)
        })?;
        Ok((record, self.commit_versions(cx)))
    }

    /// Changes a record.
    pub(crate) fn update(
        &mut self,
        cx: &mut Cx<'_>,
        record: RecordId,
        update: RecordUpdate,
    ) -> Result<Ticket, PublishError> {
        self.stage_update(cx, record, update)?;
        Ok(self.commit_versions(cx))
    }

    /// Deletes a record.
    pub(crate) fn delete_record(
        &mut self,
        cx: &mut Cx<'_>,
        record: RecordId,
    ) -> Result<Ticket, PublishError> {
        self.stage_deletion(cx, record)?;
        Ok(self.commit_versions(cx))
    }

    /// Publishes these records as this identity's own, as they can be seen. Gives those for which
    /// that was possible; the caller commits.
    pub(super) fn take_over(&mut self, cx: &mut Cx<'_>, records: &[RecordId]) -> Vec<RecordId> {
        let take = |record: &RecordId| self.stage_update(cx, *record, RecordUpdate::default());
        records.iter().map(take).filter_map(Result::ok).collect()
    }

    /// Deletes those of these records that can be seen; the caller commits.
    pub(super) fn delete_again(&mut self, cx: &mut Cx<'_>, records: &[RecordId]) {
        for record in records {
            self.stage_deletion(cx, *record).ok();
        }
    }

    /// Ends an act that staged versions: the operation that makes them durable.
    pub(super) fn commit_versions(&mut self, cx: &mut Cx<'_>) -> Ticket {
        self.arm_records(cx);
        self.commit(cx)
    }

    fn stage_update(
        &mut self,
        cx: &mut Cx<'_>,
        record: RecordId,
        update: RecordUpdate,
    ) -> Result<RecordId, PublishError> {
        let supply = self.supply(update.payload.as_ref(), update.upload)?;
        self.stage_version(cx, supply, |records, publisher, view| {
            records.compose_update(publisher, view, record, update)
        })
    }

    fn stage_deletion(
        &mut self,
        cx: &mut Cx<'_>,
        record: RecordId,
    ) -> Result<RecordId, PublishError> {
        self.stage_version(cx, None, |records, publisher, view| {
            records.compose_delete(publisher, view, record)
        })
    }

    /// Composes a version and takes it in, with its payload if that is large; the caller commits.
    fn stage_version(
        &mut self,
        cx: &mut Cx<'_>,
        supply: Option<Supply>,
        compose: impl FnOnce(
            &mut crate::record::Records,
            &Publisher<'_>,
            &View<'_>,
        ) -> Result<Checked, PublishError>,
    ) -> Result<RecordId, PublishError> {
        if !self.row.ready.is_ready() {
            return Err(PublishError::GroupNotReady);
        }
        let acting = self
            .acting
            .or_else(|| self.authority.acting_grant(self.seat.identity, cx.now.wall))
            .ok_or(PublishError::NotAuthorized)?;
        let payload_max = self.properties().payload_bytes_max;
        let publisher = Publisher {
            key: &self.me.key,
            cred: acting.cred.map(|grant| self.authority.tenure_of(&grant)),
            instance: self.me.instance,
            now: self.clock.time(cx.now),
            payload_max,
            large: supply.as_ref().map(|supply| supply.id),
        };
        let view = View(&self.authority);
        let version = compose(&mut self.records, &publisher, &view)?;
        let record = version.record();
        let outcome = self.records.insert(version, &view, self.clock.time(cx.now));
        match outcome {
            Outcome::Kept(delta) => {
                if let Some(supply) = supply {
                    self.deposit(supply);
                }
                self.apply(delta);
                Ok(record)
            }
            Outcome::Known | Outcome::Superseded(_) | Outcome::Parked | Outcome::Refused(_) => {
                Err(PublishError::NotAuthorized)
            }
        }
    }

    /// A record, if it can be seen.
    pub(crate) fn record(&self, record: RecordId) -> Option<Record> {
        self.records.get(record).map(|record| self.shown(record))
    }

    /// A version of a record that counts, whether it is seen or was lost to another.
    pub(crate) fn version(&self, version: VersionId) -> Option<Record> {
        let version = self.records.version(&version, &View(&self.authority));
        version.map(|record| self.shown(record))
    }

    /// The records that can be seen, of one type or of all, in the order of their ids.
    pub(crate) fn records(&self, type_id: Option<TypeId>) -> impl Iterator<Item = Record> {
        self.records.records(type_id).map(|record| self.shown(record))
    }

    /// The records that can be seen of which a query holds, in the order of their ids.
    pub(crate) fn search<'a>(&'a self, query: &'a Query) -> impl Iterator<Item = Record> + use<'a> {
        self.records.search(query).map(|record| self.shown(record))
    }
}
