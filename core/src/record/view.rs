//! Records as applications see and make them.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::id::{RecordId, TypeId, UploadId, VersionId};
use crate::key::PeerId;
use crate::record::attribute::Attribute;
use crate::record::payload::LargePayload;
use crate::record::version::Checked;
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// A record as it stands (Windows: `PEER_RECORD`).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Record {
    /// Its id, which commits to creator, type and ceiling.
    pub id: RecordId,
    /// What kind of record it is.
    pub type_id: TypeId,
    /// The version that stands.
    pub version: VersionId,
    /// Counts the changes, from 1, as whoever modified it last claims. Orders nothing.
    pub number: u32,
    /// Who added it.
    pub creator: PeerId,
    /// Who modified it last; the creator, if nobody has.
    pub modifier: PeerId,
    /// When it was added, as whoever modified it last claims.
    pub created: UnixTime,
    /// When it was modified last.
    pub modified: Stamp,
    /// When it is no longer to be seen.
    pub expires: UnixTime,
    /// The latest moment to which its expiry can be moved.
    pub ceiling: UnixTime,
    /// Named values by which it can be found.
    pub attributes: Vec<Attribute>,
    /// What it is about; opaque here. Empty if it is large.
    pub payload: Bytes,
    /// What it is about, if that is larger than [`PAYLOAD_INLINE_MAX`]: then it lies in the store,
    /// or is on its way.
    ///
    /// [`PAYLOAD_INLINE_MAX`]: crate::limits::PAYLOAD_INLINE_MAX
    pub large: Option<LargePayload>,
}

impl Record {
    /// The record of which `version` stands. Of a large payload it says nothing that is here.
    pub(crate) fn of(version: &Checked) -> Self {
        let (fields, rest) = (&version.version().fields, &version.version().rest);
        Self {
            id: version.record(),
            type_id: fields.type_id,
            version: version.id(),
            number: rest.number,
            creator: fields.creator,
            modifier: rest.modifier,
            created: rest.created,
            modified: rest.stamp,
            expires: rest.expires,
            ceiling: fields.ceiling,
            attributes: rest.attributes.clone(),
            payload: version.payload(),
            large: version.large().map(|id| LargePayload::new(id, 0)),
        }
    }
}

/// A record to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordDraft {
    /// What kind of record it is: not a reserved type.
    pub type_id: TypeId,
    /// When it is no longer to be seen, in peer time.
    pub expires: UnixTime,
    /// The latest moment to which its expiry can ever be moved, and until which its deletion is
    /// remembered. If none is given: as long after `expires` as that is from now, at most 28 days.
    pub ceiling: Option<UnixTime>,
    /// Named values by which it can be found.
    pub attributes: Vec<Attribute>,
    /// What it is about: at most [`PAYLOAD_AT_ONCE_MAX`](crate::limits::PAYLOAD_AT_ONCE_MAX) bytes.
    pub payload: Bytes,
    /// What it is about instead, if that was uploaded.
    pub upload: Option<UploadId>,
}

impl RecordDraft {
    /// A record of this type until `expires`, without attributes and payload.
    pub fn new(type_id: TypeId, expires: UnixTime) -> Self {
        Self {
            type_id,
            expires,
            ceiling: None,
            attributes: Vec::new(),
            payload: Bytes::new(),
            upload: None,
        }
    }

    /// The same with this payload.
    #[must_use]
    pub fn payload(self, payload: impl Into<Bytes>) -> Self {
        Self { payload: payload.into(), ..self }
    }

    /// The same with a payload that was uploaded.
    #[must_use]
    pub fn upload(self, upload: UploadId) -> Self {
        Self { upload: Some(upload), ..self }
    }

    /// The same with one more attribute.
    #[must_use]
    pub fn attribute(mut self, attribute: Attribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The same with this ceiling.
    #[must_use]
    pub fn ceiling(self, ceiling: UnixTime) -> Self {
        Self { ceiling: Some(ceiling), ..self }
    }
}

/// What to change of a record. What is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordUpdate {
    /// A later expiry.
    pub expires: Option<UnixTime>,
    /// Other attributes.
    pub attributes: Option<Vec<Attribute>>,
    /// Another payload: at most [`PAYLOAD_AT_ONCE_MAX`](crate::limits::PAYLOAD_AT_ONCE_MAX) bytes.
    pub payload: Option<Bytes>,
    /// Another payload, that was uploaded.
    pub upload: Option<UploadId>,
}

impl RecordUpdate {
    /// Changes nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with a later expiry.
    #[must_use]
    pub fn expires(self, expires: UnixTime) -> Self {
        Self { expires: Some(expires), ..self }
    }

    /// The same with other attributes.
    #[must_use]
    pub fn attributes(self, attributes: Vec<Attribute>) -> Self {
        Self { attributes: Some(attributes), ..self }
    }

    /// The same with another payload.
    #[must_use]
    pub fn payload(self, payload: impl Into<Bytes>) -> Self {
        Self { payload: Some(payload.into()), ..self }
    }

    /// The same with another payload, that was uploaded.
    #[must_use]
    pub fn upload(self, upload: UploadId) -> Self {
        Self { upload: Some(upload), ..self }
    }
}
