//! What arrives on a link, frame by frame, to whoever it is for.

use alloc::borrow::Cow;

use crate::connection::carry::{self, Heard};
use crate::cx::Cx;
use crate::event::Seat;
use crate::fault::Fault;
use crate::id::{ConnectionId, LinkId};
use crate::link::State;
use crate::node::Node;

impl Node {
    /// Bytes arrived: every whole frame is handled, each in a turn of its own.
    pub(super) fn on_received(&mut self, link: LinkId, mut bytes: &[u8]) {
        while !bytes.is_empty()
            && let Some(known) = self.shared.links.get_mut(link)
        {
            if matches!(known.state, State::Closing | State::Dialling(_)) {
                return;
            }
            let outcome = match known.next_frame(&mut bytes) {
                Ok(None) => return,
                Ok(Some(body)) => match known.state {
                    State::Direct(_, id) => self.on_direct_frame(link, id, body),
                    State::Neighbour(seat) => self.on_group_frame(link, seat, &body),
                    _ => self.on_handshake_frame(link, &body),
                },
                Err(fault) => Err(fault),
            };
            if let Err(fault) = outcome {
                return self.on_fault(link, fault);
            }
        }
    }

    fn on_group_frame(&mut self, link: LinkId, seat: Seat, body: &[u8]) -> Result<(), Fault> {
        self.with_group(seat, |group, cx| group.on_frame(cx, link, body)).unwrap_or(Ok(()))
    }

    fn on_direct_frame(
        &mut self,
        link: LinkId,
        id: ConnectionId,
        body: Cow<'_, [u8]>,
    ) -> Result<(), Fault> {
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        if carry::on_frame(&mut cx, link, id, body)? == Heard::Close
            && let Some(seat) = self.seat_of_connection(id)
        {
            self.with_group(seat, |group, cx| group.on_connection_closed(cx, link, id));
        }
        Ok(())
    }
}
