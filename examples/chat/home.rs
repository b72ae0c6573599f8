//! A folder with a node in it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use peergroup::store::RedbStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::{
    Charter, Config, DriveError, Group, Handle, IdentityInfo, Invitation, PeerId, Properties, Seat,
    runtime,
};
use tokio::task::JoinHandle;

use crate::Outcome;
use crate::options::Options;

/// A running node that keeps its state in a folder.
pub(crate) struct Home {
    pub(crate) identity: PeerId,
    node: Handle,
    driver: JoinHandle<Result<(), DriveError>>,
}

impl Home {
    /// Starts the node. A new folder gets an identity.
    pub(crate) async fn open(options: &Options) -> Outcome<Self> {
        let folder = &options.folder;
        fs::create_dir_all(folder)?;
        let store = RedbStore::open(folder.join("chat.redb"))
            .map_err(|error| format!("{}: {error}", folder.display()))?;
        let transport = listen(&folder.join("listen.txt"), options.listen)?;
        let (node, driver) =
            peergroup::new(Config::default(), runtime::Tokio::new(), transport, store)?;
        let driver = tokio::spawn(driver.run());
        let identity = match (node.default_identity().await?, &options.name) {
            (Some(identity), None) => identity,
            (Some(identity), Some(name)) => {
                node.rename_identity(identity, name.parse()?).await?;
                identity
            }
            (None, name) => {
                let of_folder = folder.file_name().unwrap_or(folder.as_os_str());
                let of_folder = of_folder.to_string_lossy();
                let name = name.as_deref().unwrap_or(&of_folder);
                node.create_identity(name.parse()?).await?
            }
        };
        Ok(Self { identity, node, driver })
    }

    pub(crate) async fn close(self) -> Outcome {
        self.node.shutdown().await;
        Ok(self.driver.await??)
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

/// Listens where it was told now, or was told before; or at a free port, and keeps to that, for
/// others will look there.
fn listen(kept_in: &Path, told: Option<SocketAddr>) -> Outcome<TcpTransport<Tokio>> {
    let kept = fs::read_to_string(kept_in).ok().and_then(|text| text.trim().parse().ok());
    let wanted = told.or(kept).unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
    let transport = TcpTransport::bind(wanted).map_err(|error| format!("{wanted}: {error}"))?;
    let bound = transport.local_address().ok_or("the system does not say where it listens")?;
    fs::write(kept_in, bound.rest())?;
    Ok(transport)
}
