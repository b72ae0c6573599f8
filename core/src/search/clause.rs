//! Comparisons: one value against what a record has.

use alloc::string::ToString;
use core::cmp::Ordering;

use super::Query;
use super::error::SearchError;
use super::facts::Facts;
use super::pattern::Pattern;
use crate::id::{RecordId, TypeId};
use crate::key::PeerId;
use crate::record::{AttributeName, AttributeText, Value};
use crate::time::UnixTime;

/// What of a record is compared: its attributes of a name, or what it tells of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject {
    /// The attributes of this name, of the type of what they are compared with.
    Attribute(AttributeName),
    /// Who added the record (`peercreatorid`), as text.
    Creator,
    /// Who modified it last (`peerlastmodifiedby`), as text.
    Modifier,
    /// When it was added (`peercreationtime`), a date.
    Created,
    /// When it was modified last (`peerlastmodificationtime`), a date.
    Modified,
    /// Its id (`peerrecordid`), as text.
    RecordId,
    /// Its type (`peerrecordtype`), as text.
    RecordType,
}

impl Subject {
    /// What records tell of themselves, by the names that no attribute may have.
    const RESERVED: [(&'static str, Self); 6] = [
        ("peercreatorid", Self::Creator),
        ("peerlastmodifiedby", Self::Modifier),
        ("peercreationtime", Self::Created),
        ("peerlastmodificationtime", Self::Modified),
        ("peerrecordid", Self::RecordId),
        ("peerrecordtype", Self::RecordType),
    ];

    /// The attributes of this name.
    ///
    /// # Errors
    /// [`SearchError::InvalidName`].
    pub fn attribute(name: &str) -> Result<Self, SearchError> {
        name.parse().map(Self::Attribute).map_err(|_| SearchError::InvalidName)
    }

    /// The name by which documents call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Attribute(name) => name,
            reserved => {
                let known = Self::RESERVED.iter().find(|(_, subject)| subject == reserved);
                known.map_or("", |(name, _)| name)
            }
        }
    }

    /// What records tell of themselves under this name, in whatever case it is written.
    pub(crate) fn reserved(name: &str) -> Option<Self> {
        let known = Self::RESERVED.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
        known.map(|(_, subject)| subject)
    }

    /// It is this value, or matches this pattern.
    ///
    /// # Errors
    /// [`SearchError::WrongType`], [`SearchError::InvalidValue`], [`SearchError::TooLong`].
    pub fn equal(
        self,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        self.compare(Comparison::Equal, operand)
    }

    /// There is one, and it is not this value, or does not match this pattern.
    ///
    /// # Errors
    /// [`SearchError::WrongType`], [`SearchError::InvalidValue`], [`SearchError::TooLong`].
    pub fn not_equal(
        self,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        self.compare(Comparison::NotEqual, operand)
    }

    /// It is greater than this value: a later date, a text that comes after it.
    ///
    /// # Errors
    /// As [`Clause::new`].
    pub fn greater(
        self,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        self.compare(Comparison::Greater, operand)
    }

    /// It is less than this value.
    ///
    /// # Errors
    /// As [`Clause::new`].
    pub fn less(
        self,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        self.compare(Comparison::Less, operand)
    }

    /// It is this value or greater.
    ///
    /// # Errors
    /// As [`Clause::new`].
    pub fn greater_or_equal(
        self,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        self.compare(Comparison::GreaterOrEqual, operand)
    }

    /// It is this value or less.
    ///
    /// # Errors
    /// As [`Clause::new`].
    pub fn less_or_equal(
        self,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        self.compare(Comparison::LessOrEqual, operand)
    }

    /// It compares like this with this value.
    ///
    /// # Errors
    /// As [`Clause::new`].
    pub fn compare(
        self,
        comparison: Comparison,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Query, SearchError> {
        Clause::new(self, comparison, operand).map(Query::from)
    }

    fn takes(&self, operand: &Operand) -> bool {
        match self {
            Self::Attribute(_) => true,
            Self::Created | Self::Modified => matches!(operand, Operand::Date(_)),
            Self::Creator | Self::Modifier | Self::RecordId | Self::RecordType => {
                matches!(operand, Operand::Text(_))
            }
        }
    }
}

/// How values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the grammar has these six")]
pub enum Comparison {
    /// They are the same; or the text matches the pattern.
    Equal,
    /// They are not the same; or the text does not match the pattern.
    NotEqual,
    /// The record's is greater.
    Greater,
    /// The record's is less.
    Less,
    /// The record's is greater or the same.
    GreaterOrEqual,
    /// The record's is less or the same.
    LessOrEqual,
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Greater => order.is_gt(),
            Self::Less => order.is_lt(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::LessOrEqual => order.is_le(),
        }
    }

    fn is_order(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// What something is compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "one for each kind of value")]
pub enum Operand {
    /// A text, or a pattern of texts.
    Text(Pattern),
    /// A number.
    Int(i64),
    /// A moment.
    Date(UnixTime),
}

impl TryFrom<&str> for Operand {
    type Error = SearchError;

    /// The text as it is, without wildcards.
    fn try_from(text: &str) -> Result<Self, SearchError> {
        Pattern::literal(text).map(Self::Text)
    }
}

/// What an operand is made from.
macro_rules! operands {
    ($($from:ty: |$value:ident| $operand:expr,)+) => {$(
        impl From<$from> for Operand {
            fn from($value: $from) -> Self {
                $operand
            }
        }
    )+};
}
operands! {
    Pattern: |pattern| Self::Text(pattern),
    AttributeText: |text| Self::Text(text.into()),
    i32: |number| Self::Int(number.into()),
    u32: |number| Self::Int(number.into()),
    i64: |number| Self::Int(number),
    UnixTime: |moment| Self::Date(moment),
    PeerId: |peer| Self::shown(&peer),
    RecordId: |record| Self::shown(&record),
    TypeId: |type_id| Self::shown(&type_id),
}

impl Operand {
    fn shown(id: &impl ToString) -> Self {
        // an id's text is short and plain
        Self::Text(Pattern::from(id.to_string().parse::<AttributeText>().unwrap_or_default()))
    }
}

/// One comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    subject: Subject,
    comparison: Comparison,
    operand: Operand,
}

impl Clause {
    /// Compares what a record has with a value.
    ///
    /// # Errors
    /// [`SearchError::WrongType`] if what records tell of themselves is of another type than the
    /// value, [`SearchError::WildcardInOrder`] if texts are to be ordered by a pattern, and what
    /// the value is refused for.
    pub fn new(
        subject: Subject,
        comparison: Comparison,
        operand: impl TryInto<Operand, Error: Into<SearchError>>,
    ) -> Result<Self, SearchError> {
        let operand = operand.try_into().map_err(Into::into)?;
        if !subject.takes(&operand) {
            return Err(SearchError::WrongType);
        }
        let is_wild = matches!(&operand, Operand::Text(pattern) if pattern.as_literal().is_none());
        if is_wild && comparison.is_order() {
            return Err(SearchError::WildcardInOrder);
        }
        Ok(Self { subject, comparison, operand })
    }

    /// What is compared.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// How it is compared.
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// What it is compared with.
    pub fn operand(&self) -> &Operand {
        &self.operand
    }

    pub(super) fn holds_of(&self, facts: &Facts<'_>) -> bool {
        match &self.subject {
            Subject::Attribute(name) => {
                let mut named = facts.attributes.iter().filter(|attribute| attribute.name == *name);
                named.any(|attribute| self.holds_of_value(&attribute.value))
            }
            Subject::Creator => self.holds_of_text(&facts.creator.to_string()),
            Subject::Modifier => self.holds_of_text(&facts.modifier.to_string()),
            Subject::Created => self.holds_of_value(&Value::Date(facts.created)),
            Subject::Modified => self.holds_of_value(&Value::Date(facts.modified)),
            Subject::RecordId => self.holds_of_text(&facts.id.to_string()),
            Subject::RecordType => self.holds_of_text(&facts.type_id.to_string()),
        }
    }

    /// Never of a value of another type.
    fn holds_of_value(&self, value: &Value) -> bool {
        match (value, &self.operand) {
            (Value::Int(value), Operand::Int(number)) => self.comparison.holds(value.cmp(number)),
            (Value::Date(value), Operand::Date(moment)) => self.comparison.holds(value.cmp(moment)),
            (Value::Text(text), Operand::Text(_)) => self.holds_of_text(text),
            (Value::Int(_) | Value::Date(_) | Value::Text(_), _) => false,
        }
    }

    pub(crate) fn holds_of_text(&self, text: &str) -> bool {
        let Operand::Text(pattern) = &self.operand else { return false };
        match (self.comparison, pattern.as_literal()) {
            (Comparison::Equal, _) => pattern.matches(text),
            (Comparison::NotEqual, _) => !pattern.matches(text),
            (order, literal) => literal.is_some_and(|literal| order.holds(text.cmp(literal))),
        }
    }
}
