//! What the checker says of an answer that does not hold.

use core::fmt;

use crate::id::{StatementId, VersionId};

/// Why an answer was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refuted {
    /// It answers another question.
    Question,
    /// It does not say of the statements that it names what they are, or names some that are not
    /// in the set, or that it has no need of.
    Involved,
    /// The step about this statement does not follow.
    Step(StatementId),
    /// What it says of the worth of this grant does not follow.
    Grant(StatementId),
    /// It does not tell of every grant to the peer or every version of the record, or not of all
    /// that speaks for and against them.
    Incomplete,
    /// The role is not the greatest that a grant is worth.
    Role,
    /// What it says of this version does not follow.
    Version(VersionId),
    /// Another version is shown, or none, or one.
    Shown,
}

impl fmt::Display for Refuted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Question => f.write_str("the answer is to another question"),
            Self::Involved => f.write_str("the statements are not what the answer says"),
            Self::Step(id) => write!(f, "what is said of the statement {id} does not follow"),
            Self::Grant(id) => write!(f, "what is said of the grant {id} does not follow"),
            Self::Incomplete => f.write_str("the answer does not tell of everything"),
            Self::Version(id) => write!(f, "what is said of the version {id} does not follow"),
            Self::Shown => f.write_str("what is shown does not follow from the versions"),
            Self::Role => f.write_str("the role does not follow from the grants"),
        }
    }
}

impl core::error::Error for Refuted {}
