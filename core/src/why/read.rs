//! What statements say, as answers tell it.

use crate::id::StatementId;
use crate::key::PeerId;
use crate::stamp::Stamp;
use crate::statement::{Body, Role, Statement};
use crate::why::{Act, Involved};

impl Involved {
    /// The statement, which is signed with this standing.
    pub(crate) fn of(one: &Statement, standing: Option<u8>) -> Self {
        let (id, author, under) = (one.id(), one.author(), one.cred());
        Self { id, author, under, standing, act: Act::of(one) }
    }
}

impl Act {
    fn of(one: &Statement) -> Self {
        match one.body() {
            Body::Grant(grant) => {
                Self::Grant { subject: grant.subject, role: grant.role, window: grant.window }
            }
            Body::Remove { subject, .. } => Self::Remove { subject: *subject },
            Body::Demote { subject, to, .. } => Self::Demote { subject: *subject, to: *to },
            Body::Resign { .. } => Self::Resign,
            Body::Property(_) => Self::SetProperties,
            Body::Checkpoint { .. } => Self::Checkpoint { height: one.height() },
            Body::Survivors(_) => Self::NameSurvivors { height: one.height() },
        }
    }
}

/// Whom a statement grants a role, removes or demotes.
pub(super) fn subject_of(one: &Statement) -> Option<PeerId> {
    match one.body() {
        Body::Grant(grant) => Some(grant.subject),
        Body::Remove { subject, .. } | Body::Demote { subject, .. } => Some(*subject),
        _ => None,
    }
}

/// The heads that a removal or demotion pins; nothing for any other statement.
pub(super) fn cut_of(one: &Statement) -> &[StatementId] {
    match one.body() {
        Body::Remove { cut, .. } | Body::Demote { cut, .. } => cut,
        _ => &[],
    }
}

pub(super) fn is_resign(one: &Statement) -> bool {
    matches!(one.body(), Body::Resign { .. })
}

pub(super) fn is_demotion(one: &Statement) -> bool {
    matches!(one.body(), Body::Demote { .. })
}

/// The latest stamp that counts after a Resign; none of any other statement.
pub(super) fn stamp_of(one: &Statement) -> Option<Stamp> {
    match one.body() {
        Body::Resign { at } => Some(*at),
        _ => None,
    }
}

/// Whether a removal or demotion is about so great a role.
pub(super) fn exceeds(role: Role, removal: &Body) -> bool {
    match removal {
        Body::Remove { .. } => true,
        Body::Demote { to, .. } => role > *to,
        _ => false,
    }
}
