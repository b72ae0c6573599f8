//! A person with a node.

use std::fs;
use std::path::{Path, PathBuf};

use peergroup::store::RedbStore;
use peergroup::{Config, Handle, IdentityInfo, Invitation, PeerId};

use crate::ground::{Driving, Ground};
use crate::stage::{Outcome, say};

/// A person, the node that runs for it, and the folder that is its disk.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) node: Handle,
    /// None until it has been made.
    pub(crate) identity: Option<PeerId>,
    pub(crate) driver: Driving,
    folder: PathBuf,
}

impl Peer {
    /// Starts a node: a store on disk, a listening socket, a driver.
    pub(crate) fn start(ground: Ground, name: &'static str, folder: &Path) -> Outcome<Self> {
        let folder = folder.join(name.to_lowercase());
        fs::create_dir_all(&folder)?;
        let store = RedbStore::open(folder.join("peergroup.redb"))?;
        let mut config = Config::default();
        // A node would connect again by itself when its role has changed. The tour shows the step.
        config.reconnect = false;
        let (node, driver) = ground.start(config, store)?;
        Ok(Self { name, node, identity: None, driver, folder })
    }

    /// The identity, once there is one.
    pub(crate) fn identity(&self) -> Outcome<PeerId> {
        self.identity.ok_or_else(|| format!("{} has no identity yet", self.name).into())
    }

    /// Where a file of this name lies in the peer's folder.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes the identity card into the peer's folder, to be handed to whoever invites.
    pub(crate) async fn write_card(&self) -> Outcome<PathBuf> {
        let card = self.node.identity_info(self.identity()?).await?;
        let card = card.ok_or("the card of an identity that is here")?;
        let file = self.file("card.xml");
        fs::write(&file, card.to_xml())?;
        say(format_args!("{}'s identity card is {}", self.name, file.display()));
        Ok(file)
    }

    /// Reads the card that was handed over.
    pub(crate) fn read_card(file: &Path) -> Outcome<IdentityInfo> {
        Ok(IdentityInfo::from_xml(&fs::read(file)?)?)
    }

    /// Puts an invitation into the peer's folder, as an e-mail would.
    pub(crate) fn send_invitation(&self, invitation: &Invitation) -> Outcome<PathBuf> {
        let file = self.file("invitation.xml");
        fs::write(&file, invitation.to_xml())?;
        Ok(file)
    }

    /// Reads the invitation that came, and checks every signature in it.
    pub(crate) fn read_invitation(file: &Path) -> Outcome<Invitation> {
        Ok(Invitation::from_xml(&fs::read(file)?)?)
    }
}
