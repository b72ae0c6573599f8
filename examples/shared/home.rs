//! A folder with a node in it.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::time::Duration;

use futures_channel::oneshot;
use peergroup::runtime::Runtime;
use peergroup::store::RedbStore;
use peergroup::tcp::{Net, TcpTransport};
use peergroup::{
    Charter, Config, DriveError, Group, Handle, IdentityInfo, Invitation, PeerId, Properties, Role,
    Seat, Terms,
};

use super::options::Place;

pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

/// What has to be run beside the application.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// How long one attempt to find somebody takes.
const ATTEMPT: Duration = Duration::from_secs(10);

/// A running node that keeps its state in a folder.
pub(crate) struct Home {
    pub(crate) identity: PeerId,
    node: Handle,
    ended: oneshot::Receiver<Result<(), DriveError>>,
}

impl Home {
    /// Starts the node on a runtime. A new folder gets an identity.
    pub(crate) async fn open<N: Net>(
        place: &Place,
        runtime: impl Runtime,
        spawn: impl FnOnce(Task),
    ) -> Outcome<Self> {
        let folder = &place.folder;
        fs::create_dir_all(folder)?;
        let store = RedbStore::open(folder.join("group.redb"))
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let transport: TcpTransport<N> = listen(&folder.join("listen.txt"), place.listen)?;
        let (node, driver) = peergroup::new(Config::default(), runtime, transport, store)?;
        let (end, ended) = oneshot::channel();
        spawn(Box::pin(async {
            // nobody waits for it any more if this fails
            end.send(driver.run().await).ok();
        }));
        let identity = identity(&node, place).await?;
        Ok(Self { identity, node, ended })
    }

    pub(crate) async fn close(self) -> Outcome {
        self.node.shutdown().await;
        Ok(self.ended.await??)
    }

    pub(crate) async fn card(&self) -> Outcome<IdentityInfo> {
        Ok(self.node.identity_info(self.identity).await?.ok_or("the identity is gone")?)
    }

    /// Founds a group, unless there is one already.
    pub(crate) async fn create(&self, name: &str) -> Outcome<Group> {
        self.has_no_group().await?;
        let properties = Properties::named(name.parse()?);
        Ok(self.node.create_group(self.identity, Charter::default(), properties).await?)
    }

    /// Invites whoever's card that is.
    pub(crate) async fn invite(&self, card: &[u8], role: Role) -> Outcome<Invitation> {
        let card = IdentityInfo::from_xml(card)?;
        Ok(self.group().await?.invite(card, Terms::role(role)).await?)
    }

    /// Joins a group, unless there is one already.
    pub(crate) async fn join(&self, invitation: Invitation) -> Outcome<Group> {
        self.has_no_group().await?;
        Ok(self.node.join(invitation).await?)
    }

    /// Opens the group of this folder.
    pub(crate) async fn group(&self) -> Outcome<Group> {
        let seat = self.seat().await?.ok_or("there is no group yet: create one, or join one")?;
        let is_open = self.node.groups(self.identity).await?.iter().any(|group| group.is_open);
        if is_open { Ok(self.node.group(seat)) } else { Ok(self.node.open(seat).await?) }
    }

    /// The name that a member gives itself, or the beginning of its key.
    pub(crate) async fn name_of(&self, group: &Group, peer: PeerId) -> Outcome<String> {
        if peer == self.identity {
            return Ok(self.card().await?.name.to_string());
        }
        let member = group.member(peer).await?;
        let name = member.and_then(|member| member.name).filter(|name| !name.is_empty());
        Ok(name.map_or_else(|| peer.to_string().chars().take(8).collect(), |name| name.to_string()))
    }

    async fn seat(&self) -> Outcome<Option<Seat>> {
        Ok(self.node.groups(self.identity).await?.first().map(|group| group.seat))
    }

    async fn has_no_group(&self) -> Outcome {
        match self.seat().await? {
            None => Ok(()),
            Some(_) => Err("this folder has a group already: take another folder".into()),
        }
    }
}

/// Goes online, however long it takes to find somebody. Says why an attempt failed.
pub(crate) async fn connect<N: Net>(group: &Group, mut say: impl FnMut(String)) {
    while let Err(error) = group.connect(ATTEMPT).await {
        say(format!("{error}; trying again"));
        N::sleep(Duration::from_secs(1)).await;
    }
}

/// The identity of this folder, made if there is none, and named as it is wanted.
async fn identity(node: &Handle, place: &Place) -> Outcome<PeerId> {
    Ok(match (node.default_identity().await?, &place.name) {
        (Some(identity), None) => identity,
        (Some(identity), Some(name)) => {
            node.rename_identity(identity, name.parse()?).await?;
            identity
        }
        (None, name) => {
            let of_folder = place.folder.file_name().unwrap_or(place.folder.as_os_str());
            let of_folder = of_folder.to_string_lossy();
            node.create_identity(name.as_deref().unwrap_or(&of_folder).parse()?).await?
        }
    })
}

/// Listens where it was told now, or was told before; or at a free port, and keeps to that, for
/// others will look there.
fn listen<N: Net>(kept_in: &Path, told: Option<SocketAddr>) -> Outcome<TcpTransport<N>> {
    let kept = fs::read_to_string(kept_in).ok().and_then(|text| text.trim().parse().ok());
    let wanted = told.or(kept).unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let transport = TcpTransport::bind(wanted).map_err(|error| format!("{wanted}: {error}"))?;
    let bound = transport.local_address().ok_or("the system does not say where it listens")?;
    fs::write(kept_in, bound.rest())?;
    Ok(transport)
}
