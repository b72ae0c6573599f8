//! What a peer that keeps no rule needs to say: anything, well formed or not, in its own name.
//!
//! A [`Forge`] signs with one key for one group and checks nothing: statements under grants that do
//! not allow them, versions of others' records, stamps of any time. [`frames`] puts what was
//! forged, or anything else, into frames; inject them between two whole frames of an established
//! link.

mod caller;
pub mod frames;
mod version;

pub use caller::Caller;
pub use version::ForgedVersion;

use alloc::vec::Vec;

use crate::address::Address;
use crate::genesis::Charter;
use crate::id::{GroupId, Instance, RecordId, StatementId, VersionId};
use crate::key::{PeerId, SecretKey};
use crate::name::Name;
use crate::presence::{Announcement, Draft};
use crate::property::Properties;
use crate::record::Checked;
use crate::stamp::Stamp;
use crate::statement::{Body, Core, Grant, Lists, Role, Statement, Window};
use crate::time::UnixTime;

/// Signs anything with one key for one group.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Forge {
    /// Whose name it signs in.
    pub key: SecretKey,
    /// The group that it signs for.
    pub group: GroupId,
}

impl Forge {
    /// A forge of this key for this group.
    pub const fn new(key: SecretKey, group: GroupId) -> Self {
        Self { key, group }
    }

    /// Who signs.
    pub fn peer(&self) -> PeerId {
        self.key.peer()
    }

    /// A statement of any content, signed. The lists go as they are, ascending or not.
    pub fn statement(
        &self,
        cred: Option<StatementId>,
        depth: u32,
        body: Body,
        prev: &[StatementId],
        cites: &[StatementId],
    ) -> Statement {
        self.statement_at(0, cred, depth, body, prev, cites)
    }

    /// The same, as signed under the checkpoint of this height.
    pub fn statement_at(
        &self,
        height: u32,
        cred: Option<StatementId>,
        depth: u32,
        body: Body,
        prev: &[StatementId],
        cites: &[StatementId],
    ) -> Statement {
        let lists = Lists::Full { prev: prev.to_vec(), cites: cites.to_vec() };
        let core = Core { author: self.peer(), cred, depth, height, body };
        Statement::sign_core(&self.key, self.group, core, lists)
    }

    /// The item of a version of any content, signed.
    pub fn version(&self, version: &ForgedVersion) -> Vec<u8> {
        version.sign(&self.key, self.group)
    }

    /// The record that a forged version is of.
    pub fn record(&self, version: &ForgedVersion) -> RecordId {
        version.fields().record(self.group)
    }

    /// The id of the version in an item of this group; none if the item is no version.
    pub fn version_id(&self, item: &[u8]) -> Option<VersionId> {
        Checked::peek(self.group, item).ok()
    }

    /// An announcement of an instance of this peer, signed.
    pub fn presence(&self, draft: ForgedPresence) -> SignedPresence {
        let ForgedPresence { instance, serial, at, lifetime_s, leaving, name, addresses } = draft;
        let instance = Instance::from_u64(instance);
        let draft = Draft { instance, serial, at, lifetime_s, leaving, name, addresses };
        SignedPresence(Announcement::sign(&self.key, self.group, draft))
    }
}

/// What an instance says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "built by scripts")]
pub struct ForgedPresence {
    /// The instance, drawn by itself.
    pub instance: u64,
    /// Grows with every announcement of the instance.
    pub serial: u32,
    /// When it was signed, by the peer's clock.
    pub at: UnixTime,
    /// How long it holds, in seconds.
    pub lifetime_s: u32,
    /// Whether it is the last one.
    pub leaving: bool,
    /// The peer's friendly name.
    pub name: Name,
    /// Where the instance listens.
    pub addresses: Vec<Address>,
}

impl Default for ForgedPresence {
    /// The first of instance 0, of no name and nowhere, with the lifetime of few members.
    fn default() -> Self {
        Self {
            instance: 0,
            serial: 0,
            at: UnixTime::default(),
            lifetime_s: Charter::PRESENCE_LIFETIME_S_MIN,
            leaving: false,
            name: Name::default(),
            addresses: Vec::new(),
        }
    }
}

/// An announcement as it travels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPresence(pub(crate) Announcement);

impl SignedPresence {
    /// The same announcement in another's name: its signature fits no longer.
    #[must_use]
    pub fn claimed_by(mut self, peer: PeerId) -> Self {
        self.0.peer = peer;
        self
    }
}

/// The content of a grant.
pub const fn grant(
    subject: PeerId,
    role: Role,
    window: Window,
    continues: Option<StatementId>,
) -> Grant {
    Grant { subject, role, window, continues }
}

/// A stamp.
pub const fn stamp(time: UnixTime, count: u32, instance: u64) -> Stamp {
    Stamp { time, count, instance }
}

/// These properties with this link secret, which nobody else can choose.
#[must_use]
pub fn with_secret(mut properties: Properties, link_secret: [u8; 32]) -> Properties {
    properties.link_secret = link_secret;
    properties
}

/// The bytes of a statement as they travel and are stored.
pub fn statement_bytes(statement: &Statement) -> Vec<u8> {
    statement.encode()
}

/// Names a statement, together with how much of it is held, in lists and wishes.
pub fn statement_item(statement: &Statement) -> [u8; 32] {
    statement.item()
}

/// The root over the items of a set: what replicas compare.
pub fn root(items: &[[u8; 32]]) -> [u8; 32] {
    let mut log = crate::log::Log::new();
    for item in items {
        log.insert(*item);
    }
    log.root()
}

#[cfg(test)]
mod tests;
