//! Large payloads as the application hands them over.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::codec::encode;
use crate::cx::Cx;
use crate::error::UploadError;
use crate::group::Group;
use crate::id::{Ticket, UploadId};
use crate::layout::{PayloadRow, part_key, payload_key};
use crate::limits::{
    PAYLOAD_AT_ONCE_MAX, PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_PER_AUTHOR_MAX, PAYLOAD_INLINE_MAX,
    PAYLOAD_LEAF_BYTES, UPLOADS_MAX,
};
use crate::message::Blob;
use crate::record::{Digest, Part, PayloadId, PublishError, leaf_digest, own_share, root_over};
use crate::storage::Change;

/// An upload that is under way: its leaves are in the store already.
#[derive(Debug, Default)]
pub(super) struct Upload {
    digests: Vec<Digest>,
    len: usize,
}

impl Upload {
    /// The last leaf is one that is not full.
    fn has_ended(&self) -> bool {
        !self.len.is_multiple_of(PAYLOAD_LEAF_BYTES)
    }
}

/// A large payload that is to be published, and where its leaves are.
#[derive(Debug)]
pub(in crate::group) struct Supply {
    pub(in crate::group) id: PayloadId,
    digests: Vec<Digest>,
    from: Source,
}

#[derive(Debug)]
enum Source {
    Bytes(Bytes),
    Upload(UploadId),
}

impl Group {
    /// Begins to take a large payload.
    pub(crate) fn begin_upload(
        &mut self,
        cx: &mut Cx<'_>,
    ) -> Result<(UploadId, Ticket), UploadError> {
        if self.payloads.uploads.len() >= UPLOADS_MAX {
            return Err(UploadError::TooMany);
        }
        let number = self.payloads.depot.take_number();
        // a row that names no payload: what is left of the upload after a restart is freed by it
        let row = PayloadRow { id: None, author: self.seat.identity, parts: Blob(Bytes::new()) };
        let key = payload_key(self.seat, number);
        self.staged.changes.push(Change::Put { key, value: encode(&row).into() });
        let upload = UploadId::from_u64(number);
        self.payloads.uploads.insert(upload, Upload::default());
        Ok((upload, self.commit(cx)))
    }

    /// Takes the next leaf.
    pub(crate) fn upload(
        &mut self,
        cx: &mut Cx<'_>,
        id: UploadId,
        leaf: Bytes,
    ) -> Result<Ticket, UploadError> {
        let upload = self.payloads.uploads.get_mut(&id).ok_or(UploadError::NotFound)?;
        if leaf.is_empty() || leaf.len() > PAYLOAD_LEAF_BYTES || upload.has_ended() {
            return Err(UploadError::NotALeaf);
        }
        let len = upload.len.saturating_add(leaf.len());
        if len > PAYLOAD_BYTES_MAX {
            return Err(UploadError::TooLarge);
        }
        let place = u32::try_from(upload.digests.len()).unwrap_or(u32::MAX);
        upload.digests.push(leaf_digest(&leaf));
        upload.len = len;
        let key = part_key(self.seat, id.as_u64(), Part::Leaf(place).place());
        self.staged.changes.push(Change::Put { key, value: leaf });
        Ok(self.commit(cx))
    }

    /// Gives an upload up: what has been taken is freed.
    pub(crate) fn abandon_upload(
        &mut self,
        cx: &mut Cx<'_>,
        id: UploadId,
    ) -> Result<Ticket, UploadError> {
        self.payloads.uploads.remove(&id).ok_or(UploadError::NotFound)?;
        self.payloads.depot.free_rows(id.as_u64(), &mut self.staged);
        Ok(self.commit(cx))
    }

    /// The large payload of a draft or an update, if it has one.
    pub(in crate::group) fn supply(
        &self,
        payload: Option<&Bytes>,
        upload: Option<UploadId>,
    ) -> Result<Option<Supply>, PublishError> {
        let supply = if let Some(id) = upload {
            let upload = self.payloads.uploads.get(&id).ok_or(PublishError::UploadNotFound)?;
            Supply::new(upload.digests.clone(), upload.len, Source::Upload(id))
        } else if let Some(bytes) = payload.filter(|bytes| bytes.len() > PAYLOAD_INLINE_MAX) {
            if bytes.len() > PAYLOAD_AT_ONCE_MAX {
                return Err(PublishError::MaxRecordSizeExceeded);
            }
            let digests = bytes.chunks(PAYLOAD_LEAF_BYTES).map(leaf_digest).collect();
            Supply::new(digests, bytes.len(), Source::Bytes(bytes.clone()))
        } else {
            return Ok(None);
        };
        if !supply.id.is_valid() {
            return Err(PublishError::UploadNotFound);
        }
        let depot = &self.payloads.depot;
        let charge = depot.charge(self.seat.identity).saturating_add(u64::from(supply.id.size()));
        if charge > own_share(PAYLOAD_BYTES_PER_AUTHOR_MAX) && !depot.is_staged(supply.id) {
            return Err(PublishError::QuotaExceeded);
        }
        Ok(Some(supply))
    }

    /// Puts a payload in its place, unless it is here already. A version that names it follows.
    pub(in crate::group) fn deposit(&mut self, supply: Supply) {
        let Supply { id, digests, from } = supply;
        let (depot, staged) = (&mut self.payloads.depot, &mut self.staged);
        let upload = match &from {
            Source::Upload(upload) => self.payloads.uploads.remove(upload).map(|_| upload.as_u64()),
            Source::Bytes(_) => None,
        };
        if depot.is_staged(id) {
            if let Some(number) = upload {
                depot.free_rows(number, staged);
            }
            return;
        }
        // what has been fetched of it gives way
        depot.free(id, staged);
        let number = upload.unwrap_or_else(|| depot.take_number());
        depot.make_place(id, self.seat.identity, number, true);
        if let Source::Bytes(bytes) = &from {
            let leaves = (0..).map(Part::Leaf).zip(bytes.chunks(PAYLOAD_LEAF_BYTES));
            for (leaf, chunk) in leaves {
                depot.put_part(id, leaf, bytes.slice_ref(chunk), staged);
            }
        }
        for leaf in (0..id.leaves()).map(Part::Leaf) {
            depot.note(id, leaf, staged);
        }
        if digests.len() > 1 {
            depot.put_part(id, Part::Digests, digests.concat().into(), staged);
        }
        depot.put_row(id, staged);
        self.end_fetch(id);
    }
}

impl Supply {
    fn new(digests: Vec<Digest>, len: usize, from: Source) -> Self {
        let len = u32::try_from(len).unwrap_or(u32::MAX);
        Self { id: PayloadId::new(root_over(&digests), len), digests, from }
    }
}
