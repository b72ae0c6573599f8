//! Publishing: making versions that every member will accept.

use core::fmt;

use alloc::vec::Vec;
use bytes::Bytes;

use crate::authority::Tenure;
use crate::id::{Instance, RecordId, StatementId};
use crate::key::SecretKey;
use crate::limits::{
    ATTRIBUTES_MAX, CEILING_BEYOND_EXPIRY_MAX, PAYLOAD_BYTES_MAX, PAYLOAD_INLINE_MAX,
    STAMP_AHEAD_MAX,
};
use crate::record::attribute::Attribute;
use crate::record::entry::Entry;
use crate::record::lineage::Lineage;
use crate::record::payload::{self, PayloadId};
use crate::record::quota::{Quota, own_share};
use crate::record::set::Records;
use crate::record::tenure::Tenures;
use crate::record::version::{Checked, IdFields, Origin, Rest, attributes_fit};
use crate::record::view::{RecordDraft, RecordUpdate};
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// Who publishes, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publisher<'a> {
    pub(crate) key: &'a SecretKey,
    /// The first grant of the tenure to sign under; none for the group's creator.
    pub(crate) cred: Option<StatementId>,
    pub(crate) instance: Instance,
    /// Peer time.
    pub(crate) now: UnixTime,
    /// Bytes of a payload, by the group's properties.
    pub(crate) payload_max: u32,
    /// The payload to publish, if it is large: in place of the bytes of a draft or an update.
    pub(crate) large: Option<PayloadId>,
}

impl Publisher<'_> {
    fn body(&self, bytes: Option<Bytes>) -> Option<Body> {
        self.large.map(Body::Large).or_else(|| bytes.map(Body::Inline))
    }
}

/// Why a record was not published. The node is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The group is not open here (`PEER_E_INVALID_GROUP`).
    NotOpen,
    /// This node has never synchronised with the group (`PEER_E_GROUP_NOT_READY`).
    GroupNotReady,
    /// The type is reserved, the membership has ended or not begun, or the record is somebody
    /// else's and the peer is not an Admin (`PEER_E_NOT_AUTHORIZED`).
    NotAuthorized,
    /// No such record can be seen (`PEER_E_RECORD_NOT_FOUND`).
    RecordNotFound,
    /// The expiry is past, earlier than it was, beyond the ceiling or beyond the end of the
    /// membership (`PEER_E_INVALID_RECORD_EXPIRATION`).
    InvalidRecordExpiration,
    /// Too many attributes (`PEER_E_TOO_MANY_ATTRIBUTES`).
    TooManyAttributes,
    /// The payload or the attributes are too large (`PEER_E_MAX_RECORD_SIZE_EXCEEDED`).
    MaxRecordSizeExceeded,
    /// The peer has as many records, deletions of others' records, or bytes of payloads as it may
    /// have.
    QuotaExceeded,
    /// The clock is more than ten minutes behind what has been published already.
    ClockBehind,
    /// There is no such upload, or nothing has been uploaded.
    UploadNotFound,
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOpen => "the group is not open here",
            Self::GroupNotReady => "the group has never been synchronised",
            Self::NotAuthorized => "not authorized to publish this",
            Self::RecordNotFound => "no such record",
            Self::InvalidRecordExpiration => "an expiry that the record cannot have",
            Self::TooManyAttributes => "too many attributes",
            Self::MaxRecordSizeExceeded => "a payload or attributes too large",
            Self::QuotaExceeded => "as many records as a member may have",
            Self::ClockBehind => "a clock behind what has been published already",
            Self::UploadNotFound => "no such upload",
        })
    }
}

impl core::error::Error for PublishError {}

/// The payload of a new version.
#[derive(Clone, Debug)]
enum Body {
    /// It travels inside.
    Inline(Bytes),
    /// It lies in the store by itself.
    Large(PayloadId),
}

impl Default for Body {
    fn default() -> Self {
        Self::Inline(Bytes::new())
    }
}

impl Body {
    /// The payload of a version.
    fn of(version: &Checked) -> Self {
        version.large().map_or_else(|| Self::Inline(version.payload()), Self::Large)
    }

    fn root(&self) -> [u8; 32] {
        match self {
            Self::Inline(bytes) => payload::root(bytes),
            Self::Large(large) => *large.root(),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Inline(bytes) => bytes.len(),
            Self::Large(large) => usize::try_from(large.size()).unwrap_or(usize::MAX),
        }
    }

    fn inline(&self) -> &[u8] {
        match self {
            Self::Inline(bytes) => bytes,
            Self::Large(_) => &[],
        }
    }
}

/// What a new version is to hold.
struct Content {
    number: u32,
    created: Option<UnixTime>,
    expires: UnixTime,
    deleted: bool,
    attributes: Vec<Attribute>,
    payload: Body,
}

impl Records {
    /// Makes the first version of a record. The caller inserts it.
    pub(crate) fn compose_add(
        &mut self,
        publisher: &Publisher<'_>,
        tenures: &impl Tenures,
        draft: RecordDraft,
        nonce: [u8; 16],
    ) -> Result<Checked, PublishError> {
        let tenure = self.publishing_tenure(publisher, tenures)?;
        if draft.type_id.is_reserved() {
            return Err(PublishError::NotAuthorized);
        }
        let ceiling = draft.ceiling.unwrap_or(default_ceiling(draft.expires, publisher.now));
        check_expiry(draft.expires, ceiling, &tenure, publisher.now)?;
        let creator = publisher.key.peer();
        let used = self.creators.get(&creator).map_or(0, Quota::len);
        check_room(used, self.bounds.records)?;
        let fields = IdFields { type_id: draft.type_id, creator, nonce, ceiling };
        let content = Content {
            number: 1,
            created: None,
            expires: draft.expires,
            deleted: false,
            attributes: draft.attributes,
            payload: publisher.body(Some(draft.payload)).unwrap_or_default(),
        };
        self.compose(publisher, &tenure, fields, None, content)
    }

    /// Makes the next version of a record. The caller inserts it.
    pub(crate) fn compose_update(
        &mut self,
        publisher: &Publisher<'_>,
        tenures: &impl Tenures,
        record: RecordId,
        update: RecordUpdate,
    ) -> Result<Checked, PublishError> {
        let tenure = self.publishing_tenure(publisher, tenures)?;
        let current = self.visible(record).ok_or(PublishError::RecordNotFound)?;
        check_right(publisher, &tenure, current)?;
        let (fields, rest) = (current.version().fields, &current.version().rest);
        let expires = update.expires.unwrap_or(rest.expires);
        if expires < rest.expires {
            return Err(PublishError::InvalidRecordExpiration);
        }
        check_expiry(expires, fields.ceiling, &tenure, publisher.now)?;
        let content = Content {
            number: rest.number.saturating_add(1),
            created: Some(rest.created),
            expires,
            deleted: false,
            attributes: update.attributes.unwrap_or_else(|| rest.attributes.clone()),
            payload: publisher.body(update.payload).unwrap_or_else(|| Body::of(current)),
        };
        let origin = current.origin();
        self.compose(publisher, &tenure, fields, Some(origin), content)
    }

    /// Makes the tombstone of a record. The caller inserts it.
    pub(crate) fn compose_delete(
        &mut self,
        publisher: &Publisher<'_>,
        tenures: &impl Tenures,
        record: RecordId,
    ) -> Result<Checked, PublishError> {
        let tenure = self.publishing_tenure(publisher, tenures)?;
        let current = self.visible(record).ok_or(PublishError::RecordNotFound)?;
        check_right(publisher, &tenure, current)?;
        let (fields, rest) = (current.version().fields, &current.version().rest);
        let signer = publisher.key.peer();
        if signer != fields.creator {
            let used = self.deletions.get(&signer).map_or(0, Quota::len);
            check_room(used, self.bounds.deletions)?;
        }
        let content = Content {
            number: rest.number.saturating_add(1),
            created: Some(rest.created),
            expires: fields.ceiling,
            deleted: true,
            attributes: Vec::new(),
            payload: Body::default(),
        };
        let origin = current.origin();
        self.compose(publisher, &tenure, fields, Some(origin), content)
    }

    /// The tenure to sign under, if it allows to publish anything now.
    fn publishing_tenure(
        &self,
        publisher: &Publisher<'_>,
        tenures: &impl Tenures,
    ) -> Result<Tenure, PublishError> {
        self.tenure(publisher.cred, tenures)
            .filter(|tenure| tenure.holder == publisher.key.peer() && tenure.live && tenure.counts)
            .filter(|tenure| tenure.window.contains(publisher.now))
            .ok_or(PublishError::NotAuthorized)
    }

    fn compose(
        &mut self,
        publisher: &Publisher<'_>,
        tenure: &Tenure,
        fields: IdFields,
        origin: Option<Origin>,
        content: Content,
    ) -> Result<Checked, PublishError> {
        check_size(&content, publisher)?;
        let record = fields.record(self.group);
        let entry = self.entries.get(&record);
        let last = entry.map(Entry::last_stamp).unwrap_or_default().max(self.last_stamp);
        let stamp = Stamp::following(last, publisher.now, publisher.instance);
        if stamp.time > publisher.now.after(STAMP_AHEAD_MAX) {
            return Err(PublishError::ClockBehind);
        }
        if content.deleted && stamp.time > tenure.window.until {
            return Err(PublishError::NotAuthorized);
        }
        let rest = Rest {
            modifier: publisher.key.peer(),
            cred: publisher.cred,
            stamp,
            lineage: Lineage::from_all(entry.into_iter().flat_map(Entry::standing), stamp.instance),
            number: content.number,
            created: content.created.unwrap_or(stamp.time),
            expires: content.expires,
            deleted: content.deleted,
            attributes: content.attributes,
            payload_root: content.payload.root(),
            payload_len: u32::try_from(content.payload.len()).unwrap_or(u32::MAX),
        };
        let origin = origin.filter(|_| rest.modifier != fields.creator);
        self.last_stamp = stamp;
        Ok(Checked::sign(publisher.key, self.group, fields, rest, origin, content.payload.inline()))
    }
}

/// As long after the expiry as that is from now, at most 28 days.
fn default_ceiling(expires: UnixTime, now: UnixTime) -> UnixTime {
    expires.after(expires.since(now).min(CEILING_BEYOND_EXPIRY_MAX))
}

fn check_expiry(
    expires: UnixTime,
    ceiling: UnixTime,
    tenure: &Tenure,
    now: UnixTime,
) -> Result<(), PublishError> {
    if now < expires && expires <= ceiling && expires <= tenure.window.until {
        Ok(())
    } else {
        Err(PublishError::InvalidRecordExpiration)
    }
}

/// The creator of a record and the Admins change it.
fn check_right(
    publisher: &Publisher<'_>,
    tenure: &Tenure,
    current: &Checked,
) -> Result<(), PublishError> {
    let own = publisher.key.peer() == current.version().fields.creator;
    if own || tenure.admin { Ok(()) } else { Err(PublishError::NotAuthorized) }
}

fn check_room(used: usize, max: usize) -> Result<(), PublishError> {
    let [used, max] = [used, max].map(|count| u64::try_from(count).unwrap_or(u64::MAX));
    if used < own_share(max) { Ok(()) } else { Err(PublishError::QuotaExceeded) }
}

fn check_size(content: &Content, publisher: &Publisher<'_>) -> Result<(), PublishError> {
    if content.attributes.len() > ATTRIBUTES_MAX {
        return Err(PublishError::TooManyAttributes);
    }
    let bound = match &content.payload {
        Body::Inline(_) => PAYLOAD_INLINE_MAX,
        Body::Large(_) => PAYLOAD_BYTES_MAX,
    };
    let max = usize::try_from(publisher.payload_max).unwrap_or(usize::MAX).min(bound);
    if content.payload.len() > max || !attributes_fit(&content.attributes) {
        return Err(PublishError::MaxRecordSizeExceeded);
    }
    Ok(())
}
