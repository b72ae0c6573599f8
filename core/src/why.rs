//! Why a peer has the role that it has, and why a record is shown as it is: the statements and the
//! rule that decided.
//!
//! An answer is a derivation. Each of its steps finds that one statement lives or is dead and
//! names what that rests on; a step rests on those before it alone. The last word are the grants
//! to the peer: what each is worth, and why no more. [`Checker`] follows a derivation with nothing
//! but the statements at hand, and refuses one that does not hold.
//!
//! `{}` shows an answer for people, one line for each finding, with the beginnings of ids; `{:#}`
//! shows the ids whole.

mod check;
mod read;
mod record;
mod refuted;
mod text;

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

pub use check::Checker;
pub use record::{Fate, HeldVersion, RecordReason, VersionReason, Void, Wait};
pub use refuted::Refuted;

use crate::id::StatementId;
use crate::key::PeerId;
use crate::statement::{Role, Window};
use crate::time::UnixTime;

/// Why a peer has the role that it has, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberReason {
    /// Who was asked about.
    pub peer: PeerId,
    /// The moment of peer time that was asked about.
    pub at: UnixTime,
    /// The role then: the greatest that a grant is worth. The creator's is that of an Admin.
    pub role: Option<Role>,
    /// Every grant to the peer; none for the creator. The one of the greatest worth comes first.
    pub grants: Vec<GrantReason>,
    /// What that rests on, each step on those before it.
    pub steps: Vec<Step>,
    /// Every statement that is named above, in the order of their ids.
    pub involved: Vec<Involved>,
    /// Whether all of it is told. If not, so much speaks for and against the peer that finding it
    /// would take too long: then nothing is told but the role, and nothing is proven.
    pub is_whole: bool,
}

/// What a grant is worth, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GrantReason {
    /// The grant.
    pub grant: StatementId,
    /// The role that it gives at the moment asked about.
    pub worth: Option<Role>,
    /// Whether its window is open at that moment. Outside it the grant gives no role.
    pub is_open: bool,
    /// The rule that decided.
    pub rule: GrantRule,
}

/// What decides the worth of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrantRule {
    /// It is worth nothing: it is dead. A step says why.
    Dead,
    /// It is worth nothing: its holder gave it up.
    GivenUp {
        /// The Resign, which lives; of several the one of the greatest stamp. If none is held any
        /// more, the checkpoint that says so.
        by: StatementId,
    },
    /// It is worth nothing: this removal lives and hits it.
    Removed {
        /// The removal, or the checkpoint that says that there was one.
        by: StatementId,
        /// Every Resign under the grant: none of them counts. In the order of their ids.
        despite: Vec<Objection>,
    },
    /// It is worth the role of a Member: this demotion lives and hits it.
    Demoted {
        /// The demotion, or the checkpoint that says that there was one.
        by: StatementId,
        /// Every removal of the holder and every Resign under the grant: none of them ends it. In
        /// the order of their ids.
        despite: Vec<Objection>,
    },
    /// It is worth the role that it names.
    Holds {
        /// Every removal and demotion of the holder and every Resign under the grant: none of them
        /// counts against it. In the order of their ids.
        despite: Vec<Objection>,
    },
}

/// What speaks against a grant or against what is signed under it, and why in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Objection {
    /// The removal, demotion or Resign.
    pub by: StatementId,
    /// Why it is in vain.
    pub fails: Failure,
}

/// Why a removal, a demotion or a Resign does not end something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// Its author's standing is not senior to that of the grant's holder; or it is signed by an
    /// Inviter, under another grant than this one.
    NotSenior,
    /// It demotes to a role that is no less than the grant's.
    TooMild,
    /// It is dead. A step says why.
    Dead,
    /// The grant overcomes it: it, or an earlier grant of the same issuer to the same peer, cites
    /// the removal or a later statement of the removal's author.
    Cited {
        /// The grant that cites.
        grant: StatementId,
        /// What it cites.
        cite: StatementId,
    },
    /// It pins the statement.
    Pins {
        /// The head of its cut from which the statement is reached.
        head: StatementId,
    },
    /// It is a Resign that comes after the statement.
    ComesAfter,
}

/// One step of a derivation: what was found about a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// The statement.
    pub statement: StatementId,
    /// Whether it lives, and why.
    pub finding: Finding,
}

/// Whether a statement lives, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// It lives: the creator signed it.
    ByCreator,
    /// It lives: so does the grant that it is signed under, and nothing ends it.
    Lives {
        /// Every removal and demotion of its author and, unless it is a Resign itself, every Resign
        /// under the same grant: none of them ends it. In the order of their ids.
        despite: Vec<Objection>,
    },
    /// It is dead: so is the grant that it is signed under.
    GrantDead,
    /// It is dead: this removal or demotion lives, hits the grant that it is signed under and does
    /// not pin it.
    NotPinned {
        /// The removal or demotion.
        by: StatementId,
    },
    /// It is dead: its author gave up the grant that it is signed under, and it does not come
    /// before that.
    AfterResign {
        /// The Resign.
        by: StatementId,
    },
    /// It is dead: as many statements as count under one grant come before it.
    BeyondBound {
        /// Those that count, the first first.
        before: Vec<StatementId>,
    },
    /// It is dead: this checkpoint says so, or it was signed since then under a grant that had
    /// ended by then.
    NotKept {
        /// The checkpoint that counts.
        by: StatementId,
    },
    /// It has only just come in and was not weighed yet. An answer with such a step proves nothing.
    Pending,
}

/// A statement that an answer names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Involved {
    /// Its id.
    pub id: StatementId,
    /// Who signed it.
    pub author: PeerId,
    /// The grant that it is signed under; none for the creator.
    pub under: Option<StatementId>,
    /// The standing that it is signed with: 0 is the creator's, then Admins by rank; none for
    /// whoever is no Admin.
    pub standing: Option<u8>,
    /// What it does.
    pub act: Act,
}

/// What a statement does, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Act {
    /// Gives a role.
    Grant {
        /// To whom.
        subject: PeerId,
        /// The role.
        role: Role,
        /// When it holds.
        window: Window,
    },
    /// Ends the grants of a peer.
    Remove {
        /// Who is removed.
        subject: PeerId,
    },
    /// Lowers the grants of a peer.
    Demote {
        /// Who is demoted.
        subject: PeerId,
        /// The role that they exceed.
        to: Role,
    },
    /// Gives up the grant that it is signed under.
    Resign,
    /// Sets the group's properties.
    SetProperties,
    /// Ends what was signed before and is not among the survivors.
    Checkpoint {
        /// The height of the checkpoint.
        height: u32,
    },
    /// Names statements that survive a checkpoint.
    NameSurvivors {
        /// The height of the checkpoint.
        height: u32,
    },
}

impl MemberReason {
    /// Every statement that the answer names.
    pub(crate) fn named(&self) -> BTreeSet<StatementId> {
        let mut named = BTreeSet::new();
        for reason in &self.grants {
            named.insert(reason.grant);
            match &reason.rule {
                GrantRule::GivenUp { by } => {
                    named.insert(*by);
                }
                GrantRule::Removed { by, despite } | GrantRule::Demoted { by, despite } => {
                    named.insert(*by);
                    named.extend(despite.iter().flat_map(Objection::named));
                }
                GrantRule::Holds { despite } => {
                    named.extend(despite.iter().flat_map(Objection::named));
                }
                GrantRule::Dead => {}
            }
        }
        for step in &self.steps {
            named.insert(step.statement);
            match &step.finding {
                Finding::Lives { despite } => {
                    named.extend(despite.iter().flat_map(Objection::named));
                }
                Finding::NotPinned { by }
                | Finding::AfterResign { by }
                | Finding::NotKept { by } => {
                    named.insert(*by);
                }
                Finding::BeyondBound { before } => named.extend(before),
                Finding::ByCreator | Finding::GrantDead | Finding::Pending => {}
            }
        }
        named
    }
}

impl Objection {
    fn named(&self) -> impl Iterator<Item = StatementId> + use<> {
        let (one, other) = match self.fails {
            Failure::Cited { grant, cite } => (Some(grant), Some(cite)),
            Failure::Pins { head } => (Some(head), None),
            Failure::NotSenior | Failure::TooMild | Failure::Dead | Failure::ComesAfter => {
                (None, None)
            }
        };
        [Some(self.by), one, other].into_iter().flatten()
    }
}
