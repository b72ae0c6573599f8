//! Proof that one key signed two versions of one record with one stamp.

use core::fmt;

use bytes::Bytes;

use crate::id::{GroupId, RecordId, VersionId};
use crate::key::PeerId;
use crate::record::version::Checked;
use crate::stamp::Stamp;

/// Two versions of one record by one author with one stamp, as they were signed, without their
/// payloads. Whoever knows the group's id can verify it and needs nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Equivocation {
    /// The canonical bytes of both.
    pub headers: [Bytes; 2],
}

/// What a verified [`Equivocation`] proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Equivocated {
    /// The record.
    pub record: RecordId,
    /// Who signed both.
    pub author: PeerId,
    /// The stamp that both bear.
    pub stamp: Stamp,
    /// The two versions.
    pub versions: [VersionId; 2],
}

/// Two headers that prove nothing: one is no signed version of the group, or they do not
/// contradict each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotProven;

impl fmt::Display for NotProven {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these headers prove no equivocation")
    }
}

impl core::error::Error for NotProven {}

impl Equivocation {
    /// The claim that these headers contradict each other, as it was passed on.
    pub fn claimed(headers: [Bytes; 2]) -> Self {
        Self { headers }
    }

    pub(crate) fn of(one: &Checked, other: &Checked) -> Self {
        Self { headers: [one.header().into(), other.header().into()] }
    }

    /// What it proves of a group, by the signatures in it alone.
    ///
    /// # Errors
    /// [`NotProven`].
    pub fn verify(&self, group: GroupId) -> Result<Equivocated, NotProven> {
        let [one, other] = &self.headers;
        let read = |header| Checked::decode_header(group, header).map_err(|_| NotProven);
        let (one, other) = (read(one)?, read(other)?);
        let (stamp, _) = one.order();
        if one.record() != other.record()
            || one.author() != other.author()
            || stamp != other.order().0
            || one.id() == other.id()
        {
            return Err(NotProven);
        }
        let versions = [one.id(), other.id()];
        Ok(Equivocated { record: one.record(), author: one.author(), stamp, versions })
    }
}
