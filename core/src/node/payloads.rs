//! Large payloads as the application hands them over and reads them.

use bytes::Bytes;

use crate::error::{ReadError, UploadError};
use crate::event::{Notice, Seat};
use crate::group::Group;
use crate::id::{Ticket, UploadId};
use crate::node::Node;
use crate::node::verbs::receipt;
use crate::output::Receipt;
use crate::record::PayloadId;
use crate::storage::{Loaded, StoreFailure};
use crate::time::Now;

impl Node {
    /// Begins to take a payload that is too large to be published with one call. Hand over its
    /// leaves with [`upload`](Self::upload), then publish a record with
    /// [`RecordDraft::upload`](crate::RecordDraft::upload). An upload that is not published is gone
    /// once the group is closed; what has been stored of it is freed as the group is opened again.
    ///
    /// # Errors
    /// [`UploadError`]; the node is unchanged.
    pub fn begin_upload(&mut self, now: Now, seat: Seat) -> Result<Receipt<UploadId>, UploadError> {
        self.act(now, seat, UploadError::NotOpen, Group::begin_upload)
            .map(|(upload, ticket)| Receipt::new(upload, ticket))
    }

    /// Takes the next leaf of an upload: [`PAYLOAD_LEAF_BYTES`](crate::limits::PAYLOAD_LEAF_BYTES)
    /// bytes, fewer if it is the last. It lies in memory until it is stored: to wait for some
    /// tickets before handing over more bounds that.
    ///
    /// # Errors
    /// [`UploadError`]; the node is unchanged.
    pub fn upload(
        &mut self,
        now: Now,
        seat: Seat,
        upload: UploadId,
        leaf: Bytes,
    ) -> Result<Receipt<()>, UploadError> {
        self.act(now, seat, UploadError::NotOpen, |group, cx| group.upload(cx, upload, leaf))
            .map(receipt)
    }

    /// Gives an upload up and frees what has been stored of it.
    ///
    /// # Errors
    /// [`UploadError`]; the node is unchanged.
    pub fn abandon_upload(
        &mut self,
        now: Now,
        seat: Seat,
        upload: UploadId,
    ) -> Result<Receipt<()>, UploadError> {
        self.act(now, seat, UploadError::NotOpen, |group, cx| group.abandon_upload(cx, upload))
            .map(receipt)
    }

    /// Reads a large payload, or what has come of it: from a place on, to the end of the leaf
    /// there, [`PAYLOAD_LEAF_BYTES`](crate::limits::PAYLOAD_LEAF_BYTES) at most.
    /// [`Notice::PayloadRead`] with this ticket brings the bytes.
    ///
    /// # Errors
    /// [`ReadError`]; the node is unchanged.
    pub fn read_payload(
        &mut self,
        now: Now,
        seat: Seat,
        payload: PayloadId,
        offset: u32,
    ) -> Result<Ticket, ReadError> {
        self.act(now, seat, ReadError::NotOpen, |group, cx| group.read_payload(cx, payload, offset))
    }

    pub(super) fn on_payload_read(
        &mut self,
        seat: Seat,
        ticket: Ticket,
        outcome: Result<Loaded<'_>, StoreFailure>,
    ) {
        let read = |group: &mut Group, cx: &mut crate::cx::Cx<'_>| {
            group.on_part_loaded(cx, ticket, outcome)
        };
        if self.with_group(seat, read) != Some(true) {
            let outcome = Err(ReadError::NotOpen);
            self.shared.outbox.notice(Notice::PayloadRead { ticket, outcome });
        }
    }
}
