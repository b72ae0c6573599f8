//! Parts of payloads for neighbours: read from the store one at a time, sent in pieces.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::cx::Cx;
use crate::fault::Fault;
use crate::group::Group;
use crate::group::payload::read::Purpose;
use crate::group::pump::spend_and_send;
use crate::id::LinkId;
use crate::limits::{PAYLOAD_LOADS_MAX, PIECE_BYTES_MAX};
use crate::message::{Blob, Message};
use crate::record::{Part, PayloadId};

impl Group {
    /// A neighbour asks for a part.
    pub(in crate::group) fn on_pull(
        &mut self,
        link: LinkId,
        payload: PayloadId,
        part: Part,
        voucher: u64,
    ) -> Result<(), Fault> {
        match self.neighbours.get_mut(&link) {
            Some(neighbour) => neighbour.payloads.on_pull(payload, part, voucher),
            None => Ok(()),
        }
    }

    /// Reads what neighbours ask for, as many parts at a time as may be; each neighbour in turn.
    pub(super) fn answer_pulls(&mut self, cx: &mut Cx<'_>) {
        let after = self.payloads.served;
        let asks = |link: &LinkId| {
            self.neighbours.get(link).is_some_and(|it| !it.payloads.asked.is_empty())
        };
        let mut links: Vec<LinkId> = self.neighbours.keys().copied().filter(asks).collect();
        if links.is_empty() {
            return;
        }
        let first = links.partition_point(|link| Some(*link) <= after);
        links.rotate_left(first);
        for link in links.into_iter().cycle() {
            if self.loads_for_neighbours() >= PAYLOAD_LOADS_MAX || !self.answer_pull(cx, link) {
                return;
            }
            self.payloads.served = Some(link);
        }
    }

    /// Looks at the next part that a neighbour asks for. False if it asks for none.
    fn answer_pull(&mut self, cx: &mut Cx<'_>, link: LinkId) -> bool {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return false };
        let Some((payload, part)) = neighbour.payloads.asked.pop_front() else { return false };
        self.read_for(cx, link, payload, part);
        true
    }

    /// Reads a part for a neighbour. What the hash of a leaf is to be is read first, unless it is
    /// known: what is rotten here is not to be blamed on whoever passes it on.
    fn read_for(&mut self, cx: &mut Cx<'_>, link: LinkId, payload: PayloadId, part: Part) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        let digest = neighbour.payloads.digest(payload, part);
        let (next, purpose) = match part {
            Part::Leaf(_) if digest.is_none() => (Part::Digests, Purpose::Proof(link, part)),
            Part::Leaf(_) | Part::Digests => (part, Purpose::Neighbour(link, digest)),
        };
        if self.load_part(cx, payload, next, purpose).is_none() {
            self.tell_lack(cx, link, payload, part);
        }
    }

    /// The hashes were read of a payload of which a neighbour asks for a leaf; none if they were
    /// freed meanwhile.
    pub(super) fn on_proof_loaded(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        (payload, part): (PayloadId, Part),
        bytes: Option<&[u8]>,
    ) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        match bytes.and_then(|bytes| payload.digests(bytes)) {
            Some(digests) => {
                neighbour.payloads.proof = Some((payload, digests));
                self.read_for(cx, link, payload, part);
            }
            None => neighbour.payloads.asked.push_front((payload, part)),
        }
    }

    fn tell_lack(&mut self, cx: &mut Cx<'_>, link: LinkId, payload: PayloadId, part: Part) {
        let deposit = self.payloads.depot.get(payload);
        let held = deposit.map_or(&[][..], |deposit| deposit.durable().bytes());
        let held = Blob(Bytes::copy_from_slice(held));
        if let Some(neighbour) = self.neighbours.get_mut(&link) {
            let voucher = cx.shared.entropy.payloads.number();
            neighbour.payloads.give(voucher);
            neighbour.payloads.tell_lack(payload);
            let message = Message::Holding { payload, part, held, voucher };
            spend_and_send(cx, link, neighbour, &message);
        }
    }

    /// A part was read for a neighbour; none if it was freed meanwhile.
    pub(super) fn serve_part(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        payload: PayloadId,
        part: Part,
        bytes: Option<Bytes>,
    ) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        let Some(bytes) = bytes else {
            neighbour.payloads.asked.push_front((payload, part));
            return;
        };
        let last = cx.shared.entropy.payloads.number();
        neighbour.payloads.give(last);
        let (mut rest, mut offset) = (bytes, 0_u32);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE_BYTES_MAX));
            let len = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            let voucher = rest.is_empty().then_some(last);
            let bytes = Blob(piece);
            cx.send(link, &Message::Piece { payload, part, offset, bytes, voucher });
            offset = offset.saturating_add(len);
        }
    }

    /// Tells neighbours that were told otherwise of what is whole here now.
    pub(super) fn tell_whole(&mut self, cx: &mut Cx<'_>) {
        for (link, neighbour) in &mut self.neighbours {
            while let Some(payload) = neighbour.payloads.whole.first().copied() {
                if !spend_and_send(cx, *link, neighbour, &Message::Whole { payload }) {
                    break;
                }
                neighbour.payloads.whole.remove(&payload);
            }
        }
    }
}
