//! What direct connections carry: messages out and in, and the credit for them. Nothing of their
//! group has a part in it, so that a message costs little.

use alloc::borrow::Cow;

use bytes::{Buf as _, Bytes};

use super::{Connection, Part, Reserve, Stage};
use crate::cx::{Cx, Shared};
use crate::error::SendError;
use crate::event::{ConnectionChange, Event};
use crate::fault::Fault;
use crate::id::{ConnectionId, LinkId, TypeId};
use crate::limits::MESSAGE_BYTES_MAX;
use crate::message::Direct;
use crate::outbox::Outbox;
use crate::time::Instant;

/// What a frame on a direct connection means for the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It goes on.
    Something,
    /// The peer closes it.
    Close,
}

/// Queues a message.
pub(crate) fn send(
    cx: &mut Cx<'_>,
    id: ConnectionId,
    type_id: TypeId,
    data: Bytes,
) -> Result<(), SendError> {
    let Shared { connections, outbox, .. } = &mut *cx.shared;
    let connection = connections.get_mut(id).filter(|connection| connection.is_up());
    let connection = connection.ok_or(SendError::NotFound)?;
    if data.len() > MESSAGE_BYTES_MAX {
        return Err(SendError::TooLarge);
    }
    if type_id.is_reserved() {
        return Err(SendError::ReservedType);
    }
    if let (Stage::Up(link), Some(head)) =
        (&connection.stage, connection.outgoing.go_at_once(type_id, data.len()))
    {
        outbox.send_part(*link, head, data);
        return Ok(());
    }
    if !connection.outgoing.queue(type_id, data) {
        return Err(SendError::Full);
    }
    pump(outbox, id, connection);
    Ok(())
}

/// A frame arrived.
pub(crate) fn on_frame(
    cx: &mut Cx<'_>,
    link: LinkId,
    id: ConnectionId,
    body: Cow<'_, [u8]>,
) -> Result<Heard, Fault> {
    let now = cx.now.mono;
    let Shared { connections, outbox, .. } = &mut *cx.shared;
    let Some((connection, reserve)) = connections.lend(id) else { return Ok(Heard::Something) };
    let (message, bytes) = Direct::decode(&body)?;
    match message {
        Direct::Part { start, .. } => {
            let (charge, length) = (body.len(), bytes.len());
            let bytes = end_of(body, length);
            if let Some((type_id, data)) = connection.incoming.on_part(start, bytes, charge)? {
                let event = Event::Data { connection: id, peer: connection.peer, type_id, data };
                connection.incoming.hand_out(outbox.event(connection.seat, event));
            }
            repay(outbox, connection, reserve, now);
        }
        Direct::Credit(bytes) => {
            connection.outgoing.on_credit(bytes)?;
            outbox.check_paid(link, connection.outgoing.unpaid())?;
            pump(outbox, id, connection);
        }
        Direct::Widen(bytes) => {
            connection.outgoing.on_widened(bytes, reserve)?;
            pump(outbox, id, connection);
        }
        Direct::Close => return Ok(Heard::Close),
    }
    Ok(Heard::Something)
}

/// The last so many bytes of a body. Those of one that is the link's own are not copied.
fn end_of(body: Cow<'_, [u8]>, length: usize) -> Bytes {
    let from = body.len().saturating_sub(length);
    match body {
        Cow::Borrowed(body) => Bytes::copy_from_slice(body.get(from..).unwrap_or_default()),
        Cow::Owned(body) => {
            let mut body = Bytes::from(body);
            body.advance(from);
            body
        }
    }
}

/// A registration has taken a message.
pub(crate) fn received(cx: &mut Cx<'_>, id: ConnectionId) {
    let Shared { connections, outbox, .. } = &mut *cx.shared;
    if let Some((connection, reserve)) = connections.lend(id) {
        connection.incoming.take();
        repay(outbox, connection, reserve, cx.now.mono);
    }
}

/// Sends what there is credit for.
fn pump(outbox: &mut Outbox, id: ConnectionId, connection: &mut Connection) {
    let Stage::Up(link) = connection.stage else { return };
    while let Some(Part { head, bytes }) = connection.outgoing.next_part() {
        outbox.send_part(link, head, bytes);
    }
    if connection.outgoing.became_writable() {
        let (peer, change) = (connection.peer, ConnectionChange::Writable);
        let event = Event::ConnectionChanged { connection: id, peer, change };
        outbox.event(connection.seat, event);
    }
}

/// Returns the credit that is due.
#[inline]
fn repay(outbox: &mut Outbox, connection: &mut Connection, reserve: &mut Reserve, now: Instant) {
    if connection.incoming.is_due() {
        pay(outbox, connection, reserve, now);
    }
}

fn pay(outbox: &mut Outbox, connection: &mut Connection, reserve: &mut Reserve, now: Instant) {
    let Stage::Up(link) = connection.stage else { return };
    let Some(bytes) = connection.incoming.repay() else { return };
    outbox.send_frame(link, Direct::Credit(bytes).encode().as_slice());
    if let Some(bytes) = connection.incoming.widen(now, reserve) {
        outbox.send_frame(link, Direct::Widen(bytes).encode().as_slice());
    }
}
