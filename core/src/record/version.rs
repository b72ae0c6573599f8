//! Versions: what one author makes of a record, signed.
//!
//! A version travels as its canonical bytes followed by its payload, unless that is large. Its id
//! is `H(version, group ‖ id fields ‖ H(version-rest, rest))`, so that 96 bytes prove that the
//! record's creator signed some version of it, whoever signed the present one.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::codec::{decode_prefix, encode, encode_within};
use crate::fault::Fault;
use crate::hash::{Label, hash};
use crate::id::{GroupId, RecordId, StatementId, TypeId, VersionId};
use crate::key::{Keyring, PeerId, SecretKey, Signature};
use crate::limits::{ATTRIBUTES_BYTES_MAX, ATTRIBUTES_MAX, PAYLOAD_INLINE_MAX, VERSION_BYTES_MAX};
use crate::record::attribute::Attribute;
use crate::record::lane::LaneKey;
use crate::record::lineage::Lineage;
use crate::record::payload::{self, Digest, PayloadId};
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// Room that is made for a header at once: what has no attributes needs no more.
const HEADER_ROOM: usize = 384;

/// What a record's id commits to, for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdFields {
    pub(crate) type_id: TypeId,
    pub(crate) creator: PeerId,
    pub(crate) nonce: [u8; 16],
    /// The latest moment at which the record can matter.
    pub(crate) ceiling: UnixTime,
}

impl IdFields {
    /// The record's id (attack R07).
    pub(crate) fn record(&self, group: GroupId) -> RecordId {
        record_id(group, &encode(self))
    }
}

/// The id of the record with these fields, encoded.
fn record_id(group: GroupId, fields: &[u8]) -> RecordId {
    let digest = hash(Label::RecordId, &[group.as_bytes(), fields]);
    RecordId::from_bytes(digest.first_chunk().copied().unwrap_or_default())
}

/// The id of the version with these fields, encoded, whose rest has this hash.
fn version_id(group: GroupId, fields: &[u8], rest: &Digest) -> VersionId {
    VersionId::from_bytes(hash(Label::Version, &[group.as_bytes(), fields, rest]))
}

/// The hash of this rest, encoded.
fn rest_digest(rest: &[u8]) -> Digest {
    hash(Label::VersionRest, &[rest])
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rest {
    /// Who signed it.
    pub(crate) modifier: PeerId,
    /// The first grant of the tenure it is signed under; none for the group's creator.
    pub(crate) cred: Option<StatementId>,
    /// Orders it among the versions of the record.
    pub(crate) stamp: Stamp,
    /// What it was made from, as the modifier claims. Orders nothing.
    pub(crate) lineage: Lineage,
    /// One more than the version it was made from, as the modifier claims.
    pub(crate) number: u32,
    /// When the record was added, as the modifier claims.
    pub(crate) created: UnixTime,
    /// The first moment at which it is no longer to be seen; the ceiling, for a tombstone.
    pub(crate) expires: UnixTime,
    /// Whether it is a tombstone: without attributes and payload.
    pub(crate) deleted: bool,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) payload_root: [u8; 32],
    pub(crate) payload_len: u32,
}

impl Rest {
    /// The payload, if it is large.
    pub(crate) fn large(&self) -> Option<PayloadId> {
        let is_large = payload::is_large(self.payload_len);
        is_large.then(|| PayloadId::new(self.payload_root, self.payload_len))
    }

    /// Whether these bytes are what follows the version.
    fn is_followed_by(&self, payload: &[u8]) -> bool {
        match self.large() {
            Some(large) => large.is_valid() && payload.is_empty(),
            None => {
                usize::try_from(self.payload_len) == Ok(payload.len())
                    && self.payload_root == payload::root(payload)
            }
        }
    }
}

/// Proof that the record's creator signed a version of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    /// The hash of that version's rest.
    pub(crate) rest: Digest,
    pub(crate) signature: Signature,
}

/// A version as it travels, before anything is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) fields: IdFields,
    pub(crate) rest: Rest,
    /// There if and only if somebody else than the creator signed it.
    pub(crate) origin: Option<Box<Origin>>,
    pub(crate) signature: Signature,
}

impl Version {
    pub(crate) fn is_by_creator(&self) -> bool {
        self.rest.modifier == self.fields.creator
    }

    /// What can be told of a version without knowing anything else.
    fn has_good_form(&self) -> bool {
        let Self { fields, rest, .. } = self;
        let kind_is_good = if rest.deleted {
            rest.expires == fields.ceiling && rest.attributes.is_empty() && rest.payload_len == 0
        } else {
            rest.expires <= fields.ceiling
        };
        !fields.type_id.is_reserved()
            && self.is_by_creator() == self.origin.is_none()
            && rest.number >= 1
            && rest.created <= rest.stamp.time
            && rest.lineage.fits(rest.stamp)
            && attributes_fit(&rest.attributes)
            && kind_is_good
    }
}

/// Whether so many attributes of this size may be in one record.
pub(crate) fn attributes_fit(attributes: &[Attribute]) -> bool {
    attributes.len() <= ATTRIBUTES_MAX && encode(attributes).len() <= ATTRIBUTES_BYTES_MAX
}

/// A version as it arrived: to see whether it is here already before it costs anything more.
#[derive(Debug)]
pub(crate) struct Unchecked<'a> {
    version: Version,
    id: VersionId,
    /// The fields as they came.
    fields: &'a [u8],
    payload: &'a [u8],
}

impl<'a> Unchecked<'a> {
    /// Reads a version of `group`. Nothing but its encoding and its size is checked.
    pub(crate) fn read(group: GroupId, bytes: &'a [u8]) -> Result<Self, Fault> {
        if bytes.len() > VERSION_BYTES_MAX.saturating_add(PAYLOAD_INLINE_MAX) {
            return Err(Fault::TooLarge);
        }
        let mut reader = Reader(bytes);
        let (fields, encoded_fields) = reader.read()?;
        let (rest, encoded_rest) = reader.read()?;
        let ((origin, signature), _) = reader.read()?;
        let payload = reader.0;
        if bytes.len().saturating_sub(payload.len()) > VERSION_BYTES_MAX
            || payload.len() > PAYLOAD_INLINE_MAX
        {
            return Err(Fault::TooLarge);
        }
        let id = version_id(group, encoded_fields, &rest_digest(encoded_rest));
        let version = Version { fields, rest, origin, signature };
        Ok(Self { version, id, fields: encoded_fields, payload })
    }

    /// The version's id, if the rest is as it should be.
    pub(crate) const fn id(&self) -> VersionId {
        self.id
    }

    /// Checks all that does not depend on authority; what is cheap comes first.
    pub(crate) fn check(self, group: GroupId, keys: &Keyring) -> Result<Checked, Fault> {
        if !self.version.rest.is_followed_by(self.payload) {
            return Err(Fault::InvalidVersion);
        }
        self.check_signed(group, keys)
    }

    /// The same of a version that came without its payload.
    fn check_header(self, group: GroupId) -> Result<Checked, Fault> {
        if !self.payload.is_empty() {
            return Err(Fault::InvalidVersion);
        }
        self.check_signed(group, &Keyring::default())
    }

    fn check_signed(self, group: GroupId, keys: &Keyring) -> Result<Checked, Fault> {
        if !self.version.has_good_form() {
            Err(Fault::InvalidVersion)
        } else if !self.is_signed(group, keys) {
            Err(Fault::InvalidSignature)
        } else {
            Ok(self.trusted(group))
        }
    }

    fn is_signed(&self, group: GroupId, keys: &Keyring) -> bool {
        let Version { fields, rest, origin, signature } = &self.version;
        let signed = |by: PeerId, id: VersionId, signature: &Signature| {
            keys.signed(by, Label::Version, group.as_bytes(), id.as_bytes(), signature)
        };
        let origin_is_good = origin.as_ref().is_none_or(|origin| {
            signed(fields.creator, version_id(group, self.fields, &origin.rest), &origin.signature)
        });
        origin_is_good && signed(rest.modifier, self.id, signature)
    }

    /// What was checked, now or before it was stored.
    fn trusted(self, group: GroupId) -> Checked {
        Checked {
            record: record_id(group, self.fields),
            id: self.id,
            payload: Bytes::copy_from_slice(self.payload),
            version: self.version,
        }
    }
}

/// Reads one value after another, and gives each with its encoding.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn read<T: Serialize + DeserializeOwned>(&mut self) -> Result<(T, &'a [u8]), Fault> {
        let (value, rest) = decode_prefix(self.0).map_err(|_| Fault::Malformed)?;
        let (encoded, rest) = self.0.split_at(self.0.len().saturating_sub(rest.len()));
        self.0 = rest;
        Ok((value, encoded))
    }
}

/// A version whose form, signatures and payload have been checked for its group, with its
/// payload if that is not large. Its rights have not: they depend on authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Checked {
    version: Version,
    record: RecordId,
    id: VersionId,
    /// Empty if it is large.
    payload: Bytes,
}

impl Checked {
    /// The id of the version in these bytes, unchecked.
    #[cfg(feature = "simulation")]
    pub(crate) fn peek(group: GroupId, bytes: &[u8]) -> Result<VersionId, Fault> {
        Unchecked::read(group, bytes).map(|unchecked| unchecked.id)
    }

    /// Reads a version of `group` with its payload and checks all that does not depend on
    /// authority.
    pub(crate) fn decode(group: GroupId, bytes: &[u8]) -> Result<Self, Fault> {
        Unchecked::read(group, bytes)?.check(group, &Keyring::default())
    }

    /// Reads a version of `group` that was checked before it was stored.
    pub(crate) fn stored(group: GroupId, item: &[u8]) -> Result<Self, Fault> {
        Ok(Unchecked::read(group, item)?.trusted(group))
    }

    /// Reads a version of `group` without its payload and checks form and signatures.
    pub(crate) fn decode_header(group: GroupId, header: &[u8]) -> Result<Self, Fault> {
        Unchecked::read(group, header)?.check_header(group)
    }

    /// Signs a version whose form is known to be good. Its payload is what `rest` commits to, or
    /// empty if that is large.
    pub(crate) fn sign(
        key: &SecretKey,
        group: GroupId,
        fields: IdFields,
        rest: Rest,
        origin: Option<Origin>,
        payload: &[u8],
    ) -> Self {
        let encoded = encode(&fields);
        let id = version_id(group, &encoded, &rest_digest(&encode(&rest)));
        let signature = key.sign(Label::Version, group.as_bytes(), id.as_bytes());
        let version = Version { fields, rest, origin: origin.map(Box::new), signature };
        let payload = Bytes::copy_from_slice(payload);
        Self { record: record_id(group, &encoded), id, payload, version }
    }

    pub(crate) fn version(&self) -> &Version {
        &self.version
    }

    pub(crate) fn record(&self) -> RecordId {
        self.record
    }

    pub(crate) fn id(&self) -> VersionId {
        self.id
    }

    /// The bytes that travel and are stored: the header and after it the payload, unless that is
    /// large.
    pub(crate) fn item(&self) -> Vec<u8> {
        let room = HEADER_ROOM.saturating_add(self.payload.len());
        let mut item = encode_within(room, &self.version);
        item.extend_from_slice(&self.payload);
        item
    }

    /// The canonical bytes without the payload.
    pub(crate) fn header(&self) -> Vec<u8> {
        encode_within(HEADER_ROOM, &self.version)
    }

    /// The payload, not copied; empty if it is large.
    pub(crate) fn payload(&self) -> Bytes {
        self.payload.clone()
    }

    /// The payload, if it is large.
    pub(crate) fn large(&self) -> Option<PayloadId> {
        self.version.rest.large()
    }

    /// Who signed it.
    pub(crate) fn author(&self) -> PeerId {
        self.version.rest.modifier
    }

    pub(crate) fn cred(&self) -> Option<StatementId> {
        self.version.rest.cred
    }

    /// The lane of its record that it is in.
    pub(crate) fn lane(&self) -> LaneKey {
        (self.author(), self.cred())
    }

    pub(crate) fn is_tombstone(&self) -> bool {
        self.version.rest.deleted
    }

    /// Whether it is of somebody else's record.
    pub(crate) fn is_foreign(&self) -> bool {
        !self.version.is_by_creator()
    }

    /// Whether it deletes somebody else's record: then it counts to its signer.
    pub(crate) fn is_foreign_tombstone(&self) -> bool {
        self.is_tombstone() && self.is_foreign()
    }

    /// The first moment at which it is no longer to be seen.
    pub(crate) fn expires(&self) -> UnixTime {
        self.version.rest.expires
    }

    /// What orders it among the versions of its record.
    pub(crate) fn order(&self) -> (Stamp, VersionId) {
        (self.version.rest.stamp, self.id)
    }

    /// Whether it was made from `other`, directly or not, as far as its author tells.
    pub(crate) fn knows(&self, other: &Self) -> bool {
        let (rest, stamp) = (&self.version.rest, other.version.rest.stamp);
        let is_its_own = stamp.instance == rest.stamp.instance && stamp <= rest.stamp;
        is_its_own || rest.lineage.covers(stamp)
    }

    /// Proof that the record's creator signed a version of it.
    pub(crate) fn origin(&self) -> Origin {
        let Version { rest, origin, signature, .. } = &self.version;
        match origin {
            Some(origin) => **origin,
            None => Origin { rest: rest_digest(&encode(rest)), signature: *signature },
        }
    }
}
