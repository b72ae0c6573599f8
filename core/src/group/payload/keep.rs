//! What is kept of a payload: a place, and the parts in it as they are verified.

use bytes::Bytes;

use crate::database::FilePart;
use crate::group::Group;
use crate::group::payload::Payloads;
use crate::key::PeerId;
use crate::limits::PAYLOAD_BYTES_PER_AUTHOR_MAX;
use crate::record::{Named, Part, PayloadId};

impl Group {
    /// Whether there is a place for a payload, made now if need be: none if every author of a
    /// version that names it and that will do has as much here as it may have.
    pub(super) fn has_place(&mut self, id: PayloadId, will_do: impl Fn(&Named) -> bool) -> bool {
        let Payloads { depot, names, .. } = &mut self.payloads;
        if depot.get(id).is_some() {
            return true;
        }
        let has_room = |author: &PeerId| {
            let charge = depot.charge(*author).saturating_add(u64::from(id.size()));
            charge <= PAYLOAD_BYTES_PER_AUTHOR_MAX
        };
        let authors = names.of(id).filter(|(_, named)| will_do(named));
        let mut authors = authors.map(|(_, named)| named.author);
        let Some(author) = authors.find(has_room) else { return false };
        let number = depot.take_number();
        depot.make_place(id, author, number, false);
        true
    }

    /// Stages a part that was verified.
    pub(super) fn keep_part(&mut self, id: PayloadId, part: Part, bytes: Bytes) {
        let (depot, staged) = (&mut self.payloads.depot, &mut self.staged);
        depot.put_part(id, part, bytes, staged);
        depot.put_row(id, staged);
    }

    /// A part was read from a file, and verified: it is kept if it is missing here and anything
    /// that is held names its payload.
    pub(in crate::group) fn import_part(&mut self, part: FilePart) {
        let FilePart { payload, part, bytes } = part;
        if !self.has_place(payload, |_| true) {
            return;
        }
        let is_lacking = self.payloads.depot.get(payload).is_some_and(|deposit| {
            // leaves lie behind their hashes
            !deposit.has(part) && (part == Part::Digests || deposit.has(Part::Digests))
        });
        if is_lacking {
            self.keep_part(payload, part, bytes);
        }
    }
}
