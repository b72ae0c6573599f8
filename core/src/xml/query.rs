//! Searches as XML, as Windows applications wrote them.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use quick_xml::escape::partial_escape;

use super::calendar::{iso_8601, parse_iso_8601};
use super::number;
use super::reader::{Element, read_within};
use crate::limits::QUERY_TERMS_MAX;
use crate::search::{Clause, Comparison, Operand, Query, SearchError, Subject, Term};

const ROOT: &str = "peersearch";
const AND: &str = "and";
const OR: &str = "or";
const CLAUSE: &str = "clause";

const COMPARISONS: [(&str, Comparison); 6] = [
    ("equal", Comparison::Equal),
    ("notequal", Comparison::NotEqual),
    ("greater", Comparison::Greater),
    ("less", Comparison::Less),
    ("greaterorequal", Comparison::GreaterOrEqual),
    ("lessorequal", Comparison::LessOrEqual),
];

impl Query {
    /// The search as an XML document (Windows: `pwzCriteria` of `PeerGroupSearchRecords`): an
    /// element `peersearch` that holds one `and`, `or` or `clause`. A clause has what is compared
    /// (`attrib`), a type (`int`, `string` or `date`), how it is compared (`compare`: `equal`,
    /// `notequal`, `greater`, `less`, `greaterorequal` or `lessorequal`), and the value as text.
    pub fn to_xml(&self) -> String {
        let shown = Shown { query: self, depth: 1 };
        let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
        [head, "<", ROOT, ">\n", &shown.to_string(), "</", ROOT, ">\n"].concat()
    }

    /// Reads a search from such a document. A clause that does not say how it compares asks for
    /// *equal*. Texts are patterns, see [`Pattern`](crate::Pattern); numbers may be negative; dates
    /// have the forms of ISO 8601 that the W3C note on dates and times lists, and are in UTC unless
    /// they say otherwise.
    ///
    /// # Errors
    /// [`SearchError`]; nothing changed.
    pub fn from_xml(document: &(impl AsRef<[u8]> + ?Sized)) -> Result<Self, SearchError> {
        // what is deeper than there may be terms is too much of anything
        let depth = QUERY_TERMS_MAX.saturating_add(1);
        let elements = read_within(document.as_ref(), depth);
        let elements = elements.map_err(|_| SearchError::Malformed)?;
        let (root, terms) = elements.split_first().ok_or(SearchError::Malformed)?;
        if root.name != ROOT || !root.attributes.is_empty() || !is_blank(root) {
            return Err(SearchError::Malformed);
        }
        if terms.len() > QUERY_TERMS_MAX {
            return Err(SearchError::TooManyTerms);
        }
        // from the last to the first, so that what a term holds is there before it
        let mut open: Vec<(usize, Self)> = Vec::new();
        for element in terms.iter().rev() {
            let inner = |(depth, _): &mut (usize, Self)| *depth > element.depth;
            let held = core::iter::from_fn(|| open.pop_if(inner)).map(|(_, query)| query);
            let query = term(element, held.collect())?;
            open.push((element.depth, query));
        }
        let only = open.pop().filter(|_| open.is_empty());
        only.map(|(_, query)| query).ok_or(SearchError::Malformed)
    }
}

fn is_blank(element: &Element) -> bool {
    element.text.trim().is_empty()
}

/// The term of an element that holds these.
fn term(element: &Element, held: Vec<Query>) -> Result<Query, SearchError> {
    let is_plain = element.attributes.is_empty() && is_blank(element);
    match element.name.as_str() {
        AND if is_plain => Query::and(held),
        OR if is_plain => Query::or(held),
        CLAUSE if held.is_empty() => clause(element).map(Query::from),
        _ => Err(SearchError::Malformed),
    }
}

fn clause(element: &Element) -> Result<Clause, SearchError> {
    let of = |name| {
        let known = element.attributes.iter().find(|(known, _)| known == name);
        known.map(|(_, value)| value.as_str())
    };
    let (Some(name), Some(kind)) = (of("attrib"), of("type")) else {
        return Err(SearchError::Malformed);
    };
    let comparison = of("compare");
    let expected = if comparison.is_some() { 3 } else { 2 };
    if element.attributes.len() != expected {
        return Err(SearchError::Malformed);
    }
    let comparison = comparison.unwrap_or("equal");
    let known = COMPARISONS.into_iter().find(|(name, _)| *name == comparison);
    let (_, comparison) = known.ok_or(SearchError::Malformed)?;
    let subject = Subject::reserved(name).map_or_else(|| Subject::attribute(name), Ok)?;
    let text = element.text.as_str();
    let operand = match kind {
        "string" => Operand::Text(text.parse()?),
        "int" => number(text).map(Operand::Int).ok_or(SearchError::InvalidValue)?,
        "date" => parse_iso_8601(text).map(Operand::Date).ok_or(SearchError::InvalidValue)?,
        _ => return Err(SearchError::Malformed),
    };
    Clause::new(subject, comparison, operand)
}

/// A term as it is written, so deep in the document.
struct Shown<'a> {
    query: &'a Query,
    depth: usize,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, terms) = match self.query.term() {
            Term::And(terms) => (AND, terms),
            Term::Or(terms) => (OR, terms),
            Term::Clause(clause) => return self.show_clause(clause, f),
        };
        self.indent(f)?;
        writeln!(f, "<{name}>")?;
        for query in terms {
            write!(f, "{}", Shown { query, depth: self.depth.saturating_add(1) })?;
        }
        self.indent(f)?;
        writeln!(f, "</{name}>")
    }
}

impl Shown<'_> {
    fn indent(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..self.depth).try_for_each(|_| f.write_str("  "))
    }

    fn show_clause(&self, clause: &Clause, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, value) = match clause.operand() {
            Operand::Text(pattern) => ("string", pattern.to_string()),
            Operand::Int(number) => ("int", number.to_string()),
            Operand::Date(moment) => ("date", iso_8601(*moment)),
        };
        let is_it = |(_, known): &&(&str, Comparison)| *known == clause.comparison();
        let compare = COMPARISONS.iter().find(is_it).map_or("", |(name, _)| name);
        let (name, value) = (clause.subject().name(), partial_escape(value.as_str()));
        self.indent(f)?;
        write!(f, "<{CLAUSE} attrib=\"{name}\" type=\"{kind}\" compare=\"{compare}\">")?;
        writeln!(f, "{value}</{CLAUSE}>")
    }
}

#[cfg(test)]
mod tests;
