//! Direct connections as the application holds them.

use bytes::Bytes;
use peergroup_core::{
    ConnectionChange, ConnectionError, ConnectionId, Event, EventKind, Interest, PeerId,
    RegisterError, SendError, TypeId,
};

use super::Group;
use super::begun::Begun;
use crate::drive::Desk;
use crate::error::{Error, NotOpened, Stopped};
use crate::events::Note;

/// A direct connection to a member.
///
/// What arrives on it comes as [`Event::Data`] to whoever is registered for [`EventKind::Data`].
/// It is cheap to clone, and dropping it does not close it.
#[derive(Clone, Debug)]
pub struct Connection {
    group: Group,
    id: ConnectionId,
}

impl Group {
    /// Opens a direct connection to a member (`PeerGroupOpenDirectConnection`), and waits until it
    /// is up. The other side must be registered for [`EventKind::Connection`]. Dropping the future
    /// gives the attempt up.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub async fn open_connection(&self, peer: PeerId) -> Result<Connection, Error<NotOpened>> {
        let seat = self.seat;
        let interest = Interest::from(EventKind::OwnConnection);
        let mut events = self.register(&[interest]).await.map_err(|error| {
            error.map(|refusal| match refusal {
                RegisterError::NotOpen => NotOpened::Refused(ConnectionError::NotOpen),
                _ => NotOpened::TooManyRegistrations,
            })
        })?;
        let notes = self.handle.notes.clone();
        let open = move |desk: &mut Desk| {
            let id = desk.node.open_connection(desk.now, seat, peer)?;
            Ok(Begun::new(id, Note::Close(id), notes))
        };
        let outcome = self.handle.try_ask(open).await;
        let begun = outcome.map_err(|error| error.map(NotOpened::Refused))?;
        let id = begun.what();
        loop {
            match events.next().await {
                Some(Event::ConnectionChanged { connection, change, .. }) if connection == id => {
                    return match change {
                        ConnectionChange::Failed(failure) => {
                            Err(Error::Refused(NotOpened::Failed(failure)))
                        }
                        // Should it be down again already, `send` tells.
                        _ => Ok(self.connection(begun.keep())),
                    };
                }
                Some(_) => {}
                None => return Err(Error::Refused(NotOpened::Refused(ConnectionError::NotOpen))),
            }
        }
    }

    /// A handle to a direct connection by its id, as events name it.
    pub fn connection(&self, id: ConnectionId) -> Connection {
        Connection { group: self.clone(), id }
    }
}

impl Connection {
    /// The connection's id.
    pub fn id(&self) -> ConnectionId {
        self.id
    }

    /// The group in which it was opened.
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Sends a typed message (`PeerGroupSendData`), and waits while too much is queued.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(
        &self,
        type_id: TypeId,
        data: impl Into<Bytes>,
    ) -> Result<(), Error<SendError>> {
        let data = data.into();
        match self.try_send(type_id, data.clone()).await {
            Err(Error::Refused(SendError::Full)) => {}
            outcome => return outcome,
        }
        let interest = Interest::from(EventKind::OwnConnection);
        let registered = self.group.register(&[interest]).await;
        let mut events = registered.map_err(|error| {
            error.map(|refusal| match refusal {
                RegisterError::NotOpen => SendError::NotFound,
                _ => SendError::Full,
            })
        })?;
        loop {
            match self.try_send(type_id, data.clone()).await {
                Err(Error::Refused(SendError::Full)) => {}
                outcome => return outcome,
            }
            // Whatever happened to whichever connection, it is tried again.
            events.next().await.ok_or(Error::Refused(SendError::NotFound))?;
        }
    }

    /// Sends a typed message unless too much is queued.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn try_send(
        &self,
        type_id: TypeId,
        data: impl Into<Bytes>,
    ) -> Result<(), Error<SendError>> {
        let (id, data) = (self.id, data.into());
        self.group.handle.try_ask(move |desk| desk.node.send(desk.now, id, type_id, data)).await
    }

    /// Closes it (`PeerGroupCloseDirectConnection`); false if there is none such.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn close(&self) -> Result<bool, Stopped> {
        let id = self.id;
        self.group.handle.ask(move |desk| desk.node.close_connection(desk.now, id)).await
    }
}
