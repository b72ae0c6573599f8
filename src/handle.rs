//! What the application holds: handles to a running node.

use core::fmt;
use core::future::poll_fn;

use futures_channel::{mpsc, oneshot};
use peergroup_core::{
    Address, Charter, CreateError, DeleteError, GroupInfo, IdentityError, IdentityInfo, Invitation,
    JoinError, Name, Now, OpenError, PeerId, Properties, Receipt, Seat, SecretKey,
};

use crate::counters::Counters;
use crate::drive::{Command, Desk, Node};
use crate::error::{Error, Stopped};
use crate::events::Note;

mod begun;
mod connection;
mod database;
mod group;
#[cfg(feature = "password")]
mod password;
mod payload;
#[cfg(feature = "vault")]
mod vault;

pub use connection::Connection;
pub use database::NotMoved;
pub use group::Group;
pub use payload::PayloadReader;

/// A handle to a node that a driver runs: identities, and ways into groups.
///
/// It is cheap to clone. A verb that changed something answers once the change is durable. When
/// the last handle, [`Group`] and [`Connection`] is dropped the driver ends, as it does after
/// [`shutdown`](Self::shutdown); nobody leaves a group by that.
///
/// What a verb refuses ([`Error::Refused`]) has changed nothing, here and elsewhere.
///
/// Dropping the future of a verb does not undo the verb. It gives up what nobody could use then: a
/// direct connection that is not up yet, and what was uploaded so far.
#[derive(Clone)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    notes: mpsc::UnboundedSender<Note>,
}

/// Identities.
impl Handle {
    /// Makes an identity with a fresh key (`PeerIdentityCreate`). The first one of a node is its
    /// default.
    ///
    /// # Errors
    /// [`IdentityError::TooMany`].
    pub async fn create_identity(&self, name: Name) -> Result<PeerId, Error<IdentityError>> {
        self.change(move |node, now| node.create_identity(now, name)).await
    }

    /// Makes an identity of an existing key.
    ///
    /// # Errors
    /// [`IdentityError::TooMany`], [`IdentityError::AlreadyExists`].
    pub async fn import_identity(
        &self,
        key: SecretKey,
        name: Name,
    ) -> Result<PeerId, Error<IdentityError>> {
        self.change(move |node, now| node.import_identity(now, key, name)).await
    }

    /// The cards of all identities, in the order of their keys (`PeerEnumIdentities`).
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn identities(&self) -> Result<Vec<IdentityInfo>, Stopped> {
        self.ask(|desk| desk.node.identities().collect()).await
    }

    /// The card of one identity, if it is here: what to give to whoever is to invite it
    /// (`PeerIdentityGetXML`).
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn identity_info(&self, peer: PeerId) -> Result<Option<IdentityInfo>, Stopped> {
        self.ask(move |desk| desk.node.identity_info(peer)).await
    }

    /// The secret key of an identity, if it is here: to back it up, or for uses of its own
    /// (`PeerIdentityGetCryptKey`).
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn identity_key(&self, peer: PeerId) -> Result<Option<SecretKey>, Stopped> {
        self.ask(move |desk| desk.node.identity_key(peer).cloned()).await
    }

    /// The identity to use when none is named (`PeerIdentityGetDefault`).
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn default_identity(&self) -> Result<Option<PeerId>, Stopped> {
        self.ask(|desk| desk.node.default_identity()).await
    }

    /// Chooses the default identity.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn set_default_identity(&self, peer: PeerId) -> Result<(), Error<IdentityError>> {
        self.change(move |node, now| node.set_default_identity(now, peer)).await
    }

    /// Changes an identity's friendly name (`PeerIdentitySetFriendlyName`). Its groups announce
    /// it.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`].
    pub async fn rename_identity(
        &self,
        peer: PeerId,
        name: Name,
    ) -> Result<(), Error<IdentityError>> {
        self.change(move |node, now| node.rename_identity(now, peer, &name)).await
    }

    /// Deletes an identity and its key for good (`PeerIdentityDelete`).
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], or [`IdentityError::GroupsExist`] while it is in any group
    /// here.
    pub async fn delete_identity(&self, peer: PeerId) -> Result<(), Error<IdentityError>> {
        self.change(move |node, now| node.delete_identity(now, peer)).await
    }
}

/// Groups.
impl Handle {
    /// Founds a group (`PeerGroupCreate`): `identity` is its creator for ever. It is open and
    /// offline.
    ///
    /// # Errors
    /// [`CreateError`].
    pub async fn create_group(
        &self,
        identity: PeerId,
        charter: Charter,
        properties: Properties,
    ) -> Result<Group, Error<CreateError>> {
        let found =
            move |node: &mut Node, now| node.create_group(now, identity, charter, properties);
        self.opened(self.change(found).await?).await
    }

    /// Joins a group by an invitation (`PeerGroupJoin`). It is open and offline, and ready once it
    /// has connected.
    ///
    /// # Errors
    /// [`JoinError`].
    pub async fn join(&self, invitation: Invitation) -> Result<Group, Error<JoinError>> {
        let join = move |node: &mut Node, now| node.join(now, &invitation);
        self.opened(self.change(join).await?).await
    }

    /// Takes in what this identity was given in a group that it is in already, and that is open:
    /// it acts by it once the group connects again.
    ///
    /// # Errors
    /// [`JoinError`].
    pub async fn take_credentials(&self, invitation: Invitation) -> Result<(), Error<JoinError>> {
        self.change(move |node, now| node.take_credentials(now, &invitation)).await
    }

    /// Opens a group that was created or joined here before (`PeerGroupOpen`). It is offline.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(&self, seat: Seat) -> Result<Group, Error<OpenError>> {
        let (answer, answered) = oneshot::channel();
        let begin = move |desk: &mut Desk| match desk.node.open(desk.now, seat) {
            Ok(()) => {
                desk.await_opened(seat, answer);
                Ok(())
            }
            Err(refusal) => Err(refusal),
        };
        self.ask(begin).await?.map_err(Error::Refused)?;
        match answered.await {
            Ok(outcome) => outcome.map_err(Error::Refused)?,
            Err(oneshot::Canceled) => return Err(Error::Stopped),
        }
        self.opened(seat).await
    }

    /// The groups of an identity on this node, open or not (`PeerEnumGroups`).
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn groups(&self, identity: PeerId) -> Result<Vec<GroupInfo>, Stopped> {
        self.ask(move |desk| desk.node.groups(identity).collect()).await
    }

    /// A handle to a group by its seat. Its verbs are refused while the group is not open.
    pub fn group(&self, seat: Seat) -> Group {
        Group::new(self.clone(), seat)
    }

    /// Deletes what this node holds of a group (`PeerGroupDelete`); others keep theirs.
    ///
    /// # Errors
    /// [`DeleteError`].
    pub async fn delete_group(&self, seat: Seat) -> Result<(), Error<DeleteError>> {
        self.change(move |node, now| node.delete_group(now, seat)).await
    }

    /// Says where others reach this node, should it know better than its transport: that goes
    /// into invitations and is announced.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn listening_at(&self, addresses: Vec<Address>) -> Result<(), Stopped> {
        self.ask(move |desk| desk.node.listening_at(desk.now, &addresses)).await
    }

    /// What the driver has counted until now: links, bytes, faults, the store.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn counters(&self) -> Result<Counters, Stopped> {
        self.ask(|desk| desk.watch.counters.clone()).await
    }

    /// Ends the driver (`PeerGroupShutdown`): closes every group, says goodbye, makes everything
    /// durable. On return the store is closed.
    pub async fn shutdown(&self) {
        let (end, ended) = oneshot::channel();
        if self.command(Box::new(move |desk| desk.shut_down(end))).await.is_ok() {
            // It is told by being dropped.
            ended.await.ok();
        }
    }
}

impl Handle {
    pub(crate) fn new(commands: mpsc::Sender<Command>, notes: mpsc::UnboundedSender<Note>) -> Self {
        Self { commands, notes }
    }

    /// A group that is open now: it is watched from here on.
    async fn opened<E>(&self, seat: Seat) -> Result<Group, Error<E>> {
        self.ask(move |desk| desk.on_opened(seat)).await?;
        Ok(self.group(seat))
    }

    /// Waits until the driver takes the command.
    async fn command(&self, command: Command) -> Result<(), Stopped> {
        let mut commands = self.commands.clone();
        poll_fn(|cx| commands.poll_ready(cx)).await.map_err(|_| Stopped)?;
        commands.start_send(command).map_err(|_| Stopped)
    }

    /// Has something done, and waits for the answer.
    async fn ask<A: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Desk) -> A + Send + 'static,
    ) -> Result<A, Stopped> {
        let (answer, answered) = oneshot::channel();
        let command = move |desk: &mut Desk| {
            // Who dropped the future does not want to know.
            answer.send(question(desk)).ok();
        };
        self.command(Box::new(command)).await?;
        answered.await.map_err(|_| Stopped)
    }

    /// Asks for what the node may refuse.
    async fn try_ask<A: Send + 'static, E: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Desk) -> Result<A, E> + Send + 'static,
    ) -> Result<A, Error<E>> {
        self.ask(question).await?.map_err(Error::Refused)
    }

    /// Has something changed, and waits until the change is durable.
    async fn change<A: Send + 'static, E: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Node, Now) -> Result<Receipt<A>, E> + Send + 'static,
    ) -> Result<A, Error<E>> {
        let (answer, answered) = oneshot::channel();
        let command = move |desk: &mut Desk| match change(&mut desk.node, desk.now) {
            Ok(Receipt { value, ticket, .. }) => desk.hold_back(
                ticket,
                Box::new(move |outcome| {
                    answer.send(outcome.map(|()| value).map_err(Error::Store)).ok();
                }),
            ),
            Err(refusal) => {
                answer.send(Err(Error::Refused(refusal))).ok();
            }
        };
        self.command(Box::new(command)).await?;
        answered.await.unwrap_or(Err(Error::Stopped))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
