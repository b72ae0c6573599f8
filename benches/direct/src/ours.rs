//! Members of a group, each on a runtime of its own.

use std::time::Duration;

use bytes::Bytes;
use peergroup::runtime::Tokio;
use peergroup::store::MemoryStore;
use peergroup::{
    Charter, Config, Connection, ConnectionChange, Event, EventKind, Events, Group, Handle,
    Interest, PeerId, Properties, Role, Terms, TypeId,
};
use tokio::runtime::Runtime;

use crate::Failure;
use crate::bare::Carrier;

/// The type of all messages here.
pub(crate) const TYPE: TypeId = TypeId::from_u128(0x6d65_6173_7572_6564);
/// Long enough for anything here.
const SOON: Duration = Duration::from_secs(30);

/// A node that runs, with an identity.
async fn node<C: Carrier>(name: &str) -> Result<(Handle, PeerId), Failure> {
    let (transport, store) = (C::transport()?, MemoryStore::new());
    let (handle, driver) = peergroup::new(Config::default(), Tokio::new(), transport, store)?;
    tokio::spawn(driver.run());
    let peer = handle.create_identity(name.parse()?).await?;
    Ok((handle, peer))
}

/// Founds a group.
pub(crate) async fn found<C: Carrier>() -> Result<Group, Failure> {
    let (handle, peer) = node::<C>("member 0").await?;
    let properties = Properties::named("measured".parse()?);
    let group = handle.create_group(peer, Charter::default(), properties).await?;
    group.connect(SOON).await?;
    Ok(group)
}

/// Joins the group that another founded.
pub(crate) async fn join<C: Carrier>(founded: Group, number: usize) -> Result<Group, Failure> {
    let (handle, peer) = node::<C>(&format!("member {number}")).await?;
    let card = handle.identity_info(peer).await?.ok_or("no such identity")?;
    let invitation = founded.invite(card, Terms::role(Role::Member)).await?;
    let group = handle.join(invitation).await?;
    group.connect(SOON).await?;
    Ok(group)
}

/// Opens a connection, once this member knows where to reach the other.
pub(crate) async fn open(group: &Group, peer: PeerId) -> Result<Connection, Failure> {
    for _ in 0..1_000 {
        match group.open_connection(peer).await {
            Ok(connection) => return Ok(connection),
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
    Err("no way to the other member".into())
}

/// Registers for the connections of others and for messages.
pub(crate) async fn listen(group: &Group) -> Result<Events, Failure> {
    let kinds = [EventKind::Connection, EventKind::Data].map(Interest::from);
    Ok(group.register(&kinds).await?)
}

/// The next connection that comes up.
pub(crate) async fn connected(group: &Group, events: &mut Events) -> Result<Connection, Failure> {
    while let Some(event) = events.next().await {
        if let Event::ConnectionChanged {
            connection, change: ConnectionChange::Connected, ..
        } = event
        {
            return Ok(group.connection(connection));
        }
    }
    Err("the group is closed".into())
}

/// The next message.
pub(crate) async fn message(events: &mut Events) -> Result<Bytes, Failure> {
    while let Some(event) = events.next().await {
        if let Event::Data { data, .. } = event {
            return Ok(data);
        }
    }
    Err("the group is closed".into())
}

/// One end of a connection of ours, and what comes there.
pub(crate) type End = (Connection, Events);

/// The two peers side by side, each between the same two runtimes.
pub(crate) struct Both<S> {
    pub(crate) ours: [End; 2],
    pub(crate) bare: [S; 2],
}

impl<S> Both<S> {
    /// A group of two and a connection, and a stream of the bare peer.
    pub(crate) fn open<C>(here: &Runtime, there: &Runtime) -> Result<Self, Failure>
    where
        C: Carrier<Stream = S>,
        S: Send + 'static,
    {
        let adas = here.block_on(here.spawn(found::<C>()))??;
        let bens = there.block_on(there.spawn(join::<C>(adas.clone(), 1)))??;
        let mut at_ben = there.block_on(listen(&bens))?;
        let at_ada = here.block_on(adas.register(&[EventKind::Data.into()]))?;
        let hers = here.block_on(open(&adas, bens.identity()))?;
        let his = there.block_on(connected(&bens, &mut at_ben))?;

        let listener = there.block_on(async { C::listen() })?;
        let address = listener.address()?;
        let accepted =
            there.spawn(async move { Ok::<_, Failure>((listener.accept().await?, listener)) });
        let dialled = here.spawn(async move {
            let dialler = C::listen()?;
            Ok::<_, Failure>((dialler.dial(address).await?, dialler))
        });
        let (near, dialler) = here.block_on(dialled)??;
        let (far, listener) = there.block_on(accepted)??;
        // Streams may end with what made them.
        std::mem::forget((dialler, listener));
        Ok(Self { ours: [(hers, at_ada), (his, at_ben)], bare: [near, far] })
    }
}
