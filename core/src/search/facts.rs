//! What a search may ask of a record.

use crate::id::{RecordId, TypeId};
use crate::key::PeerId;
use crate::record::{Attribute, Checked, Record};
use crate::time::UnixTime;

/// All that a search may ask of one record.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) id: RecordId,
    pub(crate) type_id: TypeId,
    pub(crate) creator: PeerId,
    pub(crate) modifier: PeerId,
    pub(crate) created: UnixTime,
    pub(crate) modified: UnixTime,
    pub(crate) attributes: &'a [Attribute],
}

impl<'a> From<&'a Record> for Facts<'a> {
    fn from(record: &'a Record) -> Self {
        Self {
            id: record.id,
            type_id: record.type_id,
            creator: record.creator,
            modifier: record.modifier,
            created: record.created,
            modified: record.modified.time,
            attributes: &record.attributes,
        }
    }
}

impl<'a> From<&'a Checked> for Facts<'a> {
    fn from(version: &'a Checked) -> Self {
        let (fields, rest) = (&version.version().fields, &version.version().rest);
        Self {
            id: version.record(),
            type_id: fields.type_id,
            creator: fields.creator,
            modifier: rest.modifier,
            created: rest.created,
            modified: rest.stamp.time,
            attributes: &rest.attributes,
        }
    }
}
