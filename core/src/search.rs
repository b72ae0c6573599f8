//! Search: which records are asked for, as a tree of comparisons.
//!
//! The grammar is that of Windows Peer Grouping (`PeerGroupSearchRecords`). What its documents
//! leave open is decided here:
//!
//! - **Case.** Text is compared as it is, scalar value by scalar value of Unicode: `a` is not `A`,
//!   and comes after it.
//! - **Time zone.** Dates are moments; one that is written without a zone is in UTC, and one
//!   without a time is the beginning of that day.
//! - **Missing, repeated.** A comparison holds of a record if it holds of *any* attribute of that
//!   name and type. So it never holds where there is none, and that goes for *not equal* too; and
//!   of a record with two keywords both *equal* and *not equal* may hold at once.
//! - **Order.** Results come in the order of record ids.
//! - **Wildcards** are for *equal* and *not equal* alone; a text that others compare with has none.
//! - **Records' own values.** Peers, ids and types are compared as the text by which they are
//!   shown, in lower case, and are texts; the times of creation and modification are dates.

mod clause;
mod error;
mod facts;
mod pattern;

use alloc::vec::Vec;

pub use clause::{Clause, Comparison, Operand, Subject};
pub use error::SearchError;
pub use pattern::Pattern;

pub(crate) use facts::Facts;

use crate::limits::{QUERY_DEPTH_MAX, QUERY_TERMS_MAX};
use crate::record::Record;

/// Which records are asked for: comparisons, joined by *and* and *or*.
///
/// ```
/// use peergroup_core::{Pattern, Query, Subject, UnixTime};
///
/// # fn main() -> Result<(), peergroup_core::SearchError> {
/// let holidays = Query::and([
///     Subject::attribute("keyword")?.equal("holiday*".parse::<Pattern>()?)?,
///     Query::or([
///         Subject::attribute("year")?.greater_or_equal(2020)?,
///         Subject::Created.greater(UnixTime::from_millis(1_577_836_800_000))?,
///     ])?,
/// ])?;
/// # #[cfg(feature = "xml")]
/// assert_eq!(Query::from_xml(&holidays.to_xml())?, holidays);
/// # Ok(())
/// # }
/// ```
///
/// Text that is given as `&str` is meant as it is, and a [`Pattern`] may have wildcards. How
/// comparisons are meant where Windows' documents leave it open:
///
/// - Text is compared by the scalar values of Unicode: case tells. Dates are in UTC unless they
///   say otherwise.
/// - A comparison holds of a record if it holds of *any* attribute of that name and type. It never
///   holds where there is none, *not equal* neither.
/// - Peers, record ids and types are compared as texts, as they are shown: in lower case.
///
/// A query is bounded when it is made: at most [`QUERY_TERMS_MAX`] terms, [`QUERY_DEPTH_MAX`] deep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    term: Term,
    /// How many terms there are in it, itself among them.
    size: usize,
    /// How deep they lie; 1 for a comparison.
    depth: usize,
}

/// What a query is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these three")]
pub enum Term {
    /// All of them hold; there is one at least.
    And(Vec<Query>),
    /// Any of them holds; there is one at least.
    Or(Vec<Query>),
    /// One comparison.
    Clause(Clause),
}

impl Query {
    /// All of these hold.
    ///
    /// # Errors
    /// [`SearchError::Empty`], [`SearchError::TooManyTerms`], [`SearchError::TooDeep`].
    pub fn and(terms: impl IntoIterator<Item = Self>) -> Result<Self, SearchError> {
        Self::join(terms, Term::And)
    }

    /// Any of these holds.
    ///
    /// # Errors
    /// [`SearchError::Empty`], [`SearchError::TooManyTerms`], [`SearchError::TooDeep`].
    pub fn or(terms: impl IntoIterator<Item = Self>) -> Result<Self, SearchError> {
        Self::join(terms, Term::Or)
    }

    /// What it is made of.
    pub fn term(&self) -> &Term {
        &self.term
    }

    /// Whether it holds of a record: to look at one that is at hand already.
    pub fn matches(&self, record: &Record) -> bool {
        self.holds_of(&Facts::from(record))
    }

    pub(crate) fn holds_of(&self, facts: &Facts<'_>) -> bool {
        match &self.term {
            Term::And(terms) => terms.iter().all(|term| term.holds_of(facts)),
            Term::Or(terms) => terms.iter().any(|term| term.holds_of(facts)),
            Term::Clause(clause) => clause.holds_of(facts),
        }
    }

    fn join(
        terms: impl IntoIterator<Item = Self>,
        join: impl FnOnce(Vec<Self>) -> Term,
    ) -> Result<Self, SearchError> {
        // as many as are already too many with the term that joins them
        let terms: Vec<Self> = terms.into_iter().take(QUERY_TERMS_MAX).collect();
        let size = terms.iter().fold(1_usize, |sum, term| sum.saturating_add(term.size));
        let depth = terms.iter().map(|term| term.depth).max().ok_or(SearchError::Empty)?;
        let depth = depth.saturating_add(1);
        if size > QUERY_TERMS_MAX {
            return Err(SearchError::TooManyTerms);
        }
        if depth > QUERY_DEPTH_MAX {
            return Err(SearchError::TooDeep);
        }
        Ok(Self { term: join(terms), size, depth })
    }
}

impl From<Clause> for Query {
    fn from(clause: Clause) -> Self {
        Self { term: Term::Clause(clause), size: 1, depth: 1 }
    }
}

#[cfg(test)]
pub(crate) mod tests;
