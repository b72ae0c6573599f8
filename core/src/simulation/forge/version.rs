//! Versions of any content.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::id::{GroupId, StatementId, TypeId};
use crate::key::{PeerId, SecretKey};
use crate::record::{Attribute, Checked, IdFields, Lineage, Origin, Rest, payload_root};
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// What a version says, true or not. The record's id follows from its type, creator, nonce and
/// ceiling.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ForgedVersion {
    /// The record's type.
    pub type_id: TypeId,
    /// Who is said to have made the record.
    pub creator: PeerId,
    /// Tells records of one type and creator apart.
    pub nonce: [u8; 16],
    /// The latest moment at which the record can matter.
    pub ceiling: UnixTime,
    /// Who is said to have signed the version; none for the forge's own peer.
    pub modifier: Option<PeerId>,
    /// The first grant of the tenure it is signed under; none for the group's creator.
    pub cred: Option<StatementId>,
    /// Orders it among the versions of the record.
    pub stamp: Stamp,
    /// What it was made from.
    lineage: Lineage,
    /// One more than the version it was made from.
    pub number: u32,
    /// When the record was added.
    pub created: UnixTime,
    /// The first moment at which it is no longer to be seen.
    pub expires: UnixTime,
    /// Whether it is a tombstone: then it must expire at the ceiling and be empty.
    pub deleted: bool,
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// The payload.
    pub payload: Bytes,
    /// Proof that the creator signed some version of the record.
    origin: Option<Origin>,
}

impl ForgedVersion {
    /// The first version of a record by `creator`, made at the time of the stamp and gone at
    /// `expires`.
    pub fn first(
        creator: PeerId,
        cred: Option<StatementId>,
        type_id: TypeId,
        stamp: Stamp,
        expires: UnixTime,
    ) -> Self {
        Self {
            type_id,
            creator,
            nonce: [0; 16],
            ceiling: expires,
            modifier: None,
            cred,
            stamp,
            lineage: Lineage::default(),
            number: 1,
            created: stamp.time,
            expires,
            deleted: false,
            attributes: Vec::new(),
            payload: Bytes::new(),
            origin: None,
        }
    }

    /// What follows the version in a true item of the group: the same record with the next number
    /// and a stamp one count later, and with the proof that its creator signed it. None if the item
    /// is not a version of the group that somebody signed.
    pub fn after(group: GroupId, item: &[u8]) -> Option<Self> {
        let checked = Checked::decode(group, item).ok()?;
        let (fields, rest) = (checked.version().fields, &checked.version().rest);
        let count = rest.stamp.count.saturating_add(1);
        Some(Self {
            type_id: fields.type_id,
            creator: fields.creator,
            nonce: fields.nonce,
            ceiling: fields.ceiling,
            modifier: None,
            cred: rest.cred,
            stamp: Stamp { count, ..rest.stamp },
            lineage: Lineage::from_all([&checked].into_iter(), rest.stamp.instance),
            number: rest.number.saturating_add(1),
            created: rest.created,
            expires: rest.expires,
            deleted: rest.deleted,
            attributes: rest.attributes.clone(),
            payload: checked.payload(),
            origin: Some(checked.origin()),
        })
    }

    /// The same without the proof that the creator signed a version of the record.
    #[must_use]
    pub fn without_origin(mut self) -> Self {
        self.origin = None;
        self
    }

    /// The same as a tombstone: empty, and there until the ceiling.
    #[must_use]
    pub fn tombstone(mut self) -> Self {
        self.deleted = true;
        self.expires = self.ceiling;
        self.attributes = Vec::new();
        self.payload = Bytes::new();
        self
    }

    pub(super) fn fields(&self) -> IdFields {
        let Self { type_id, creator, nonce, ceiling, .. } = *self;
        IdFields { type_id, creator, nonce, ceiling }
    }

    pub(super) fn sign(&self, key: &SecretKey, group: GroupId) -> Vec<u8> {
        let rest = Rest {
            modifier: self.modifier.unwrap_or_else(|| key.peer()),
            cred: self.cred,
            stamp: self.stamp,
            lineage: self.lineage.clone(),
            number: self.number,
            created: self.created,
            expires: self.expires,
            deleted: self.deleted,
            attributes: self.attributes.clone(),
            payload_root: payload_root(&self.payload),
            payload_len: u32::try_from(self.payload.len()).unwrap_or(u32::MAX),
        };
        // the creator's own versions carry no proof
        let origin = self.origin.filter(|_| rest.modifier != self.creator);
        let inline = if rest.large().is_some() { &[] } else { &self.payload[..] };
        Checked::sign(key, group, self.fields(), rest, origin, inline).item()
    }
}
