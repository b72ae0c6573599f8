//! Statements: the signed acts from which all authority in a group follows.
//!
//! A statement's id is `H(statement, group ‖ core ‖ H(lists))`, so that a credential chain can
//! carry 32 bytes in place of the lists `prev` and `cites` ([`Lists::Digest`]). It covers content,
//! never the signature (attack C06).

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::checkpoint::{Survivor, is_part};
use crate::codec::{decode, encode};
use crate::fault::Fault;
use crate::hash::{Label, hash};
use crate::id::{GroupId, StatementId};
use crate::key::{PeerId, SecretKey, Signature};
use crate::limits::{
    CHECKPOINT_PARTS_MAX, CITES_MAX, CUT_MAX, PREV_MAX, STATEMENT_BYTES_MAX, SURVIVORS_BYTES_MAX,
};
use crate::property::Properties;
use crate::stamp::Stamp;
use crate::time::UnixTime;

/// What a member may do. The creator is the root, not a role one can be given; it is listed as
/// an `Admin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "the rule of authority is closed over these three")]
pub enum Role {
    /// Reads, publishes, changes its own records, opens connections.
    Member,
    /// A member that may invite members and inviters, and withdraw what it gave.
    Inviter,
    /// May invite anyone, change any record, remove and demote whoever is of lower standing.
    Admin,
}

/// From when until when a grant gives its role: `from ≤ t < until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a window has two ends")]
pub struct Window {
    /// The first moment inside.
    pub from: UnixTime,
    /// The first moment outside; [`UnixTime::MAX`] is never.
    pub until: UnixTime,
}

impl Window {
    /// Always.
    pub const INFINITE: Self = Self { from: UnixTime::from_millis(0), until: UnixTime::MAX };

    /// Whether `time` lies inside.
    pub fn contains(self, time: UnixTime) -> bool {
        self.from <= time && time < self.until
    }

    /// Whether all of this window lies inside `outer`.
    pub fn is_within(self, outer: Self) -> bool {
        outer.from <= self.from && self.until <= outer.until
    }
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Body {
    /// Gives a role.
    Grant(Grant),
    /// Ends all grants of the subject of lower standing than the author's.
    Remove {
        /// Who is removed.
        subject: PeerId,
        /// Heads of the subject's statements that stay; strictly ascending.
        cut: Vec<StatementId>,
    },
    /// Lowers all grants of the subject, of lower standing than the author's, whose role exceeds
    /// `to`.
    Demote {
        /// Who is demoted.
        subject: PeerId,
        /// `Member` or `Inviter`.
        to: Role,
        /// Heads of the subject's statements that stay; strictly ascending.
        cut: Vec<StatementId>,
    },
    /// Gives up the grant it is signed under.
    Resign {
        /// The author's own records count if stamped no later.
        at: Stamp,
    },
    /// Sets the group's properties, all of them.
    Property(Properties),
    /// Ends everything that was signed before and is not among the survivors.
    Checkpoint {
        /// The moment at which windows were looked at.
        at: UnixTime,
        /// The statements that name the survivors, in the order of what they name.
        parts: Vec<StatementId>,
    },
    /// A part of what a checkpoint lets survive.
    Survivors(Vec<Survivor>),
}

/// The content of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Grant {
    /// Who is given the role: never the creator, never the author.
    pub subject: PeerId,
    /// The role.
    pub role: Role,
    /// When it holds.
    pub window: Window,
    /// The first grant of the tenure that this one continues; none begins a tenure.
    pub continues: Option<StatementId>,
}

impl Grant {
    /// Whether the holder of this grant may issue `other`: a role it may give, no wider a window.
    pub fn may_issue(&self, other: &Self) -> bool {
        let role_is_given = match self.role {
            Role::Admin => true,
            Role::Inviter => other.role <= Role::Inviter,
            Role::Member => false,
        };
        role_is_given && other.window.is_within(self.window)
    }
}

/// A statement's content but for its lists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Core {
    pub(crate) author: PeerId,
    pub(crate) cred: Option<StatementId>,
    pub(crate) depth: u32,
    /// The height of the checkpoint that it was signed under; 0 before the first. A checkpoint and
    /// its parts bear their own.
    pub(crate) height: u32,
    pub(crate) body: Body,
}

/// The lists of a statement, whole or as their hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Lists {
    /// The lists themselves.
    Full {
        /// The author's own latest statements; strictly ascending.
        prev: Vec<StatementId>,
        /// Removals and demotions of the subject that a grant overcomes; strictly ascending.
        cites: Vec<StatementId>,
    },
    /// Their hash: they are there, but not known here. Reaches and overcomes nothing.
    Digest([u8; 32]),
}

impl Lists {
    /// The hash that goes into the statement's id.
    fn digest(&self) -> [u8; 32] {
        match self {
            Self::Full { prev, cites } => hash(Label::StatementLists, &[&encode(&(prev, cites))]),
            Self::Digest(digest) => *digest,
        }
    }

    /// The same lists as their hash.
    pub(crate) fn as_digest(&self) -> Self {
        Self::Digest(self.digest())
    }

    /// The author's own latest statements, as far as known.
    pub fn prev(&self) -> &[StatementId] {
        match self {
            Self::Full { prev, .. } => prev,
            Self::Digest(_) => &[],
        }
    }

    /// The removals and demotions cited, as far as known.
    pub fn cites(&self) -> &[StatementId] {
        match self {
            Self::Full { cites, .. } => cites,
            Self::Digest(_) => &[],
        }
    }

    /// Whether the lists themselves are known.
    pub fn are_full(&self) -> bool {
        matches!(self, Self::Full { .. })
    }
}

/// A statement as it travels, before its signature is checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UncheckedStatement {
    pub(crate) core: Core,
    pub(crate) lists: Lists,
    pub(crate) signature: Signature,
}

/// A statement whose form and signature have been checked for its group. Its rights have not: they
/// depend on the set it is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    core: Core,
    lists: Lists,
    signature: Signature,
    id: StatementId,
}

impl Statement {
    /// Signs a statement of a group that has no checkpoint.
    #[cfg(test)]
    pub(crate) fn sign(
        key: &SecretKey,
        group: GroupId,
        cred: Option<StatementId>,
        depth: u32,
        body: Body,
        lists: Lists,
    ) -> Self {
        Self::sign_core(
            key,
            group,
            Core { author: key.peer(), cred, depth, height: 0, body },
            lists,
        )
    }

    /// Signs a statement whose author is the holder of the key.
    pub(crate) fn sign_core(key: &SecretKey, group: GroupId, core: Core, lists: Lists) -> Self {
        let id = core.id(group, &lists);
        let signature = key.sign(Label::Statement, group.as_bytes(), id.as_bytes());
        Self { core, lists, signature, id }
    }

    /// A statement that is not signed: signing thousands takes too long.
    #[cfg(test)]
    pub(crate) fn unsigned(group: GroupId, core: Core, lists: Lists, signature: Signature) -> Self {
        let id = core.id(group, &lists);
        Self { core, lists, signature, id }
    }

    /// The same statement with its lists as their hash.
    #[cfg(any(test, feature = "simulation"))]
    pub(crate) fn without_lists(&self) -> Self {
        Self { lists: self.lists.as_digest(), ..self.clone() }
    }

    /// Reads a statement of `group`, whose creator is `creator`, and checks form and signature.
    pub(crate) fn decode(group: GroupId, creator: PeerId, bytes: &[u8]) -> Result<Self, Fault> {
        UncheckedStatement::decode(bytes)?.check(group, creator)
    }

    /// The canonical bytes.
    pub(crate) fn encode(&self) -> Vec<u8> {
        encode(&(&self.core, &self.lists, &self.signature))
    }

    /// The canonical bytes of the form that an item names; none if that form is not held. Of one
    /// that is held with its lists, the other form follows.
    pub(crate) fn encode_form(&self, form: &[u8; 32]) -> Option<Vec<u8>> {
        let [digest, full] = self.items();
        if *form == digest {
            Some(encode(&(&self.core, &self.lists.as_digest(), &self.signature)))
        } else if *form == full && self.lists.are_full() {
            Some(self.encode())
        } else {
            None
        }
    }

    /// The statement's id: the hash of its content.
    pub fn id(&self) -> StatementId {
        self.id
    }

    /// Who signed it.
    pub fn author(&self) -> PeerId {
        self.core.author
    }

    /// The grant it is signed under; none for the creator.
    pub fn cred(&self) -> Option<StatementId> {
        self.core.cred
    }

    /// One more than the greatest depth among `prev`, as the author claims.
    pub fn depth(&self) -> u32 {
        self.core.depth
    }

    /// The height of the checkpoint that it was signed under, as the author claims; 0 before the
    /// first.
    pub fn height(&self) -> u32 {
        self.core.height
    }

    /// What it does.
    pub fn body(&self) -> &Body {
        &self.core.body
    }

    /// The grant, if it is one.
    pub fn grant(&self) -> Option<&Grant> {
        match &self.core.body {
            Body::Grant(grant) => Some(grant),
            _ => None,
        }
    }

    /// `prev` and `cites`, as far as known.
    pub fn lists(&self) -> &Lists {
        &self.lists
    }

    /// The signature.
    pub fn signature(&self) -> &Signature {
        &self.signature
    }

    /// The id and the item in these bytes, unchecked: to see whether they are here already.
    pub(crate) fn peek(group: GroupId, bytes: &[u8]) -> Result<(StatementId, [u8; 32]), Fault> {
        let unchecked = UncheckedStatement::decode(bytes)?;
        let id = unchecked.core.id(group, &unchecked.lists);
        Ok((id, item(id, unchecked.lists.are_full())))
    }

    /// Names the statement together with how much of it is held: what replicas compare.
    pub(crate) fn item(&self) -> [u8; 32] {
        item(self.id, self.lists.are_full())
    }

    /// The item of the statement with its lists as their hash, and with its lists in full.
    pub(crate) fn items(&self) -> [[u8; 32]; 2] {
        [item(self.id, false), item(self.id, true)]
    }
}

fn item(id: StatementId, is_full: bool) -> [u8; 32] {
    hash(Label::StatementItem, &[id.as_bytes(), &[u8::from(is_full)]])
}

impl Core {
    fn id(&self, group: GroupId, lists: &Lists) -> StatementId {
        let parts: [&[u8]; 3] = [group.as_bytes(), &encode(self), &lists.digest()];
        StatementId::from_bytes(hash(Label::Statement, &parts))
    }
}

impl UncheckedStatement {
    /// Reads a statement: only a part of a checkpoint may be larger than others.
    fn decode(bytes: &[u8]) -> Result<Self, Fault> {
        if bytes.len() > SURVIVORS_BYTES_MAX {
            return Err(Fault::TooLarge);
        }
        let unchecked: Self = decode(bytes).map_err(|_| Fault::Malformed)?;
        let is_part = matches!(unchecked.core.body, Body::Survivors(_));
        if bytes.len() > STATEMENT_BYTES_MAX && !is_part {
            return Err(Fault::TooLarge);
        }
        Ok(unchecked)
    }

    /// The statement, if its form is good and its author signed it for this group.
    pub(crate) fn check(self, group: GroupId, creator: PeerId) -> Result<Statement, Fault> {
        if !self.has_good_form(creator) {
            return Err(Fault::InvalidStatement);
        }
        let id = self.core.id(group, &self.lists);
        let author = self.core.author;
        if !author.signed(Label::Statement, group.as_bytes(), id.as_bytes(), &self.signature) {
            return Err(Fault::InvalidSignature);
        }
        Ok(Statement { core: self.core, lists: self.lists, signature: self.signature, id })
    }

    /// What can be told of a statement without knowing any other.
    fn has_good_form(&self, creator: PeerId) -> bool {
        let Self { core, lists, .. } = self;
        let by_creator = core.author == creator;
        let body_is_good = match &core.body {
            Body::Grant(grant) => {
                grant.subject != creator
                    && grant.subject != core.author
                    && grant.window.from < grant.window.until
                    && grant.subject.is_sound()
            }
            Body::Remove { subject, cut } => *subject != creator && is_list(cut, CUT_MAX),
            Body::Demote { subject, to, cut } => {
                *subject != creator && *to != Role::Admin && is_list(cut, CUT_MAX)
            }
            Body::Resign { .. } => !by_creator,
            Body::Property(properties) => by_creator && properties.is_valid(),
            Body::Checkpoint { parts, .. } => {
                by_creator && core.height > 0 && parts.len() <= CHECKPOINT_PARTS_MAX
            }
            Body::Survivors(survivors) => by_creator && core.height > 0 && is_part(survivors),
        };
        let lists_are_good = is_list(lists.prev(), PREV_MAX)
            && is_list(lists.cites(), CITES_MAX)
            && (lists.cites().is_empty() || matches!(core.body, Body::Grant(_)));
        by_creator == core.cred.is_none() && core.depth >= 1 && body_is_good && lists_are_good
    }
}

/// Whether `ids` is strictly ascending and no longer than `max`: one encoding for one set.
fn is_list(ids: &[StatementId], max: usize) -> bool {
    ids.len() <= max && ids.iter().zip(ids.iter().skip(1)).all(|(one, next)| one < next)
}

#[cfg(test)]
mod tests;
