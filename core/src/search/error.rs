//! Why a search was refused.

use core::convert::Infallible;
use core::fmt;

/// Why something is not a search. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SearchError {
    /// Not such a document, or beyond a bound of XML documents (`PEER_E_INVALID_SEARCH`).
    Malformed,
    /// A name that no attribute may have (`PEER_E_INVALID_SEARCH`).
    InvalidName,
    /// A value that is not of its type (`PEER_E_INVALID_SEARCH`).
    InvalidValue,
    /// What a record tells of itself is compared with a value of another type than it has
    /// (`PEER_E_INVALID_SEARCH`).
    WrongType,
    /// An *and* or an *or* of nothing (`PEER_E_INVALID_SEARCH`).
    Empty,
    /// A backslash before anything else than `*`, `?` or a backslash (`E_INVALIDARG`).
    InvalidEscape,
    /// Wildcards where texts are ordered (`E_INVALIDARG`).
    WildcardInOrder,
    /// More wildcards than a pattern may have (`E_INVALIDARG`).
    TooManyWildcards,
    /// A text longer than any attribute's, or a pattern of more characters than one may have
    /// (`E_INVALIDARG`).
    TooLong,
    /// More terms than a search may have (`PEER_E_INVALID_SEARCH`).
    TooManyTerms,
    /// Terms deeper within each other than they may be (`PEER_E_INVALID_SEARCH`).
    TooDeep,
}

impl fmt::Display for SearchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a document of a search",
            Self::InvalidName => "a name that no attribute may have",
            Self::InvalidValue => "a value that is not of its type",
            Self::WrongType => "a comparison with a value of another type",
            Self::Empty => "an and or an or of nothing",
            Self::InvalidEscape => "a backslash before what needs none",
            Self::WildcardInOrder => "wildcards where texts are ordered",
            Self::TooManyWildcards => "more wildcards than a pattern may have",
            Self::TooLong => "a text or pattern longer than one may be",
            Self::TooManyTerms => "more terms than a search may have",
            Self::TooDeep => "terms deeper within each other than they may be",
        })
    }
}

impl core::error::Error for SearchError {}

impl From<Infallible> for SearchError {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}
