//! The first statement of a group: it names the creator, and its hash names the group.

use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::codec::encode;
use crate::hash::{Label, hash};
use crate::id::GroupId;
use crate::key::{PeerId, SecretKey, Signature};
use crate::limits::CLASSIFIER_BYTES_MAX;
use crate::name::Text;
use crate::time::UnixTime;

/// A classifier: a text that tells groups apart, fixed for ever.
pub type Classifier = Text<CLASSIFIER_BYTES_MAX>;

/// What is fixed for a group's whole life. Windows: the immutable part of
/// `PEER_GROUP_PROPERTIES`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Charter {
    /// Tells groups apart; free text.
    pub classifier: Classifier,
    /// How long a presence lives unless renewed, in seconds: 300 or more.
    pub presence_lifetime_s: u32,
    /// How long a membership lasts unless said otherwise, in seconds.
    pub member_lifetime_s: u32,
}

impl Default for Charter {
    /// No classifier, presence for 300 s, membership for a year.
    fn default() -> Self {
        Self {
            classifier: Classifier::default(),
            presence_lifetime_s: 300,
            member_lifetime_s: 365 * 24 * 3600,
        }
    }
}

impl Charter {
    /// The least presence lifetime, in seconds.
    pub const PRESENCE_LIFETIME_S_MIN: u32 = 300;
    /// The least membership lifetime, in seconds: eight hours.
    pub const MEMBER_LIFETIME_S_MIN: u32 = 8 * 3600;

    /// Whether both lifetimes are long enough.
    pub fn is_valid(&self) -> bool {
        self.presence_lifetime_s >= Self::PRESENCE_LIFETIME_S_MIN
            && self.member_lifetime_s >= Self::MEMBER_LIFETIME_S_MIN
    }

    /// How long a presence lives unless renewed.
    pub fn presence_lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.presence_lifetime_s))
    }

    /// How long a membership lasts unless said otherwise.
    pub fn member_lifetime(&self) -> Duration {
        Duration::from_secs(u64::from(self.member_lifetime_s))
    }
}

/// The content of a genesis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    version: u8,
    creator: PeerId,
    nonce: [u8; 32],
    created: UnixTime,
    charter: Charter,
}

/// A genesis whose signature has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    content: Content,
    signature: Signature,
    id: GroupId,
}

/// A genesis as it travels, before its signature is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UncheckedGenesis {
    content: Content,
    signature: Signature,
}

impl UncheckedGenesis {
    /// The genesis, if it is of this version, valid and signed by the creator it names.
    pub(crate) fn check(self) -> Option<Genesis> {
        let id = self.content.id();
        let signed = self.content.creator.signed(
            Label::Genesis,
            id.as_bytes(),
            id.as_bytes(),
            &self.signature,
        );
        let valid = self.content.version == 1
            && self.content.charter.is_valid()
            && self.content.creator.is_sound();
        (valid && signed).then_some(Genesis {
            content: self.content,
            signature: self.signature,
            id,
        })
    }
}

impl Content {
    fn id(&self) -> GroupId {
        GroupId::from_bytes(hash(Label::Genesis, &[&encode(self)]))
    }
}

impl Genesis {
    /// Founds a group: the holder of `key` is its creator.
    pub(crate) fn found(
        key: &SecretKey,
        nonce: [u8; 32],
        created: UnixTime,
        charter: Charter,
    ) -> Self {
        let content = Content { version: 1, creator: key.peer(), nonce, created, charter };
        let id = content.id();
        let signature = key.sign(Label::Genesis, id.as_bytes(), id.as_bytes());
        Self { content, signature, id }
    }

    /// The group.
    pub fn id(&self) -> GroupId {
        self.id
    }

    /// Who founded it.
    pub fn creator(&self) -> PeerId {
        self.content.creator
    }

    /// When, by the creator's clock.
    pub fn created(&self) -> UnixTime {
        self.content.created
    }

    /// What is fixed for the group's whole life.
    pub fn charter(&self) -> &Charter {
        &self.content.charter
    }

    /// As it travels.
    pub(crate) fn unchecked(&self) -> UncheckedGenesis {
        UncheckedGenesis { content: self.content.clone(), signature: self.signature }
    }
}

#[cfg(test)]
mod tests;
