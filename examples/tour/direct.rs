//! One-to-one connections.

use peergroup::{ConnectionChange, ConnectionId, Event, EventKind, Events, Group, TypeId};

use crate::stage::{Outcome, SOON, check, done, heading, refused, say, within};

/// The tour's own type of message.
const WHISPER: TypeId = TypeId::from_u128(0xd0c5_0f0a_6a5b_4e0e_9c1f_0c2f_8f0e_7a02);

pub(crate) async fn connecting_directly(adas: &Group, cleos: &Group) -> Outcome {
    heading(
        "Connecting directly to a peer",
        "PeerGroupOpenDirectConnection, PeerGroupSendData, PeerGroupEnumConnections, \
         PeerGroupCloseDirectConnection",
    );
    let why = refused("open unasked", adas.open_connection(cleos.identity())).await?;
    say(format_args!("Cleo has not registered for direct connections yet: {why}"));

    let wanted = [EventKind::Connection.into(), EventKind::Data.into()];
    let mut at_cleo = done("register", cleos.register(&wanted)).await?;
    let mut at_ada = done("register", adas.register(&[EventKind::Data.into()])).await?;
    say("Cleo registers for direct connections and data; Ada for data");
    let hers = done("open", adas.open_connection(cleos.identity())).await?;
    say(format_args!("Ada opens a connection: on her side it is number {}", hers.id().as_u64()));
    let theirs = cleos.connection(connected(&mut at_cleo, adas).await?);
    say(format_args!("Cleo is told: on her side it is number {}", theirs.id().as_u64()));

    done("send", hers.send(WHISPER, "only for you")).await?;
    check(message(&mut at_cleo).await? == "only for you", "Cleo reads what Ada sent")?;
    say("Ada sends \"only for you\", and Cleo reads it");
    done("answer", theirs.send(WHISPER, "thank you")).await?;
    check(message(&mut at_ada).await? == "thank you", "Ada reads what Cleo sent")?;
    say("Cleo answers \"thank you\", and Ada reads it");

    let listed = done("list connections", adas.connections()).await?;
    let is_listed = listed.iter().any(|known| known.connection == Some(hers.id()) && known.is_up);
    check(is_listed, "the connection is listed")?;
    let direct = listed.iter().filter(|known| known.connection.is_some()).count();
    say(format_args!(
        "Ada lists {direct} direct connection and {} neighbours",
        listed.len().saturating_sub(direct)
    ));

    check(done("close", hers.close()).await?, "there was a connection to close")?;
    disconnected(&mut at_cleo, theirs.id()).await?;
    say("Ada closes it, and Cleo is told");
    Ok(())
}

async fn connected(events: &mut Events, by: &Group) -> Outcome<ConnectionId> {
    match within(SOON, "the other side is told", events.next()).await? {
        Some(Event::ConnectionChanged {
            connection,
            peer,
            change: ConnectionChange::Connected,
        }) if peer == by.identity() => Ok(connection),
        other => Err(format!("a connection comes up, not {other:?}").into()),
    }
}

async fn message(events: &mut Events) -> Outcome<String> {
    match within(SOON, "a message", events.next()).await? {
        Some(Event::Data { data, type_id: WHISPER, .. }) => Ok(String::from_utf8(data.to_vec())?),
        other => Err(format!("a message comes, not {other:?}").into()),
    }
}

async fn disconnected(events: &mut Events, id: ConnectionId) -> Outcome {
    let event = within(SOON, "the other side is told", events.next()).await?;
    let is_down = matches!(
        event,
        Some(Event::ConnectionChanged { connection, change: ConnectionChange::Disconnected(_), .. })
            if connection == id
    );
    check(is_down, "the connection goes down")
}
