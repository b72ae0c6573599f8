//! Rows, and which of them answer a comparison.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::RangeInclusive;

use crate::id::{RecordId, TypeId};
use crate::key::PeerId;
use crate::record::attribute::{Attribute, Value};
use crate::search::{Clause, Comparison, Facts, Operand, Pattern, Subject};
use crate::time::UnixTime;

/// Bytes of a value in a row.
const KEY_BYTES: usize = 16;
/// Of a longer text, so many bytes lead; the others tell it from those that begin alike.
const LEAD_BYTES: usize = 8;

/// A value that a record has. 36 bytes; in the tree, which is two thirds full, some 60. A record
/// has four rows at most beside those of its attributes, of which there are no more than
/// [`ATTRIBUTES_MAX`](crate::limits::ATTRIBUTES_MAX), and one for every two of these that share a
/// name: 6 KiB in all. One with three attributes has five rows: 300 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    column: Column,
    key: Key,
    pub(super) record: RecordId,
}

impl Row {
    /// All rows of a column with keys in this range.
    fn range(column: Column, from: Key, to: Key) -> RangeInclusive<Self> {
        let first = Self { column, key: from, record: RecordId::from_bytes([0; 16]) };
        first..=Self { column, key: to, record: RecordId::from_bytes([0xff; 16]) }
    }

    /// The text that the row is of, if it is a short one.
    pub(super) fn text(&self) -> &str {
        let text = self.key.0.split(|byte| *byte == 0).next().unwrap_or_default();
        core::str::from_utf8(text).unwrap_or_default()
    }
}

/// What is compared with what: a hash, for few bytes. Where two have the same one, some rows are
/// looked at in vain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Column(u32);

/// Values of one of these never compare with another's, or have keys of another form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int = 0,
    Date = 1,
    /// Texts that fit into a key.
    Short = 2,
    /// Those that do not.
    Long = 3,
    /// Peers and types.
    Id = 4,
    /// Not values, but that there are several numbers, dates or texts.
    Ints = 5,
    Dates = 6,
    Texts = 7,
}

impl Column {
    fn of(subject: &Subject, kind: Kind) -> Self {
        Self::named(subject.name(), kind)
    }

    fn named(name: &str, kind: Kind) -> Self {
        let hash = spread(name.bytes().chain([kind as u8]));
        let [.., a, b, c, d] = hash.to_be_bytes();
        Self(u32::from_be_bytes([a, b, c, d]))
    }
}

/// A value, shortened: in the order of values, but for texts that begin with the same bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key([u8; KEY_BYTES]);

impl Key {
    const LEAST: Self = Self([0; KEY_BYTES]);
    const GREATEST: Self = Self([0xff; KEY_BYTES]);

    /// These bytes, as many as fit, and then `fill`.
    fn of(bytes: impl IntoIterator<Item = u8>, fill: u8) -> Self {
        let mut key = [fill; KEY_BYTES];
        for (to, from) in key.iter_mut().zip(bytes) {
            *to = from;
        }
        Self(key)
    }

    fn of_value(value: &Value) -> Self {
        match value {
            Value::Int(number) => Self::int(*number),
            Value::Date(moment) => Self::date(*moment),
            Value::Text(text) => Self::text(text),
        }
    }

    /// Numbers below zero come before the others.
    fn int(number: i64) -> Self {
        Self::of((number ^ i64::MIN).to_be_bytes(), 0)
    }

    fn date(moment: UnixTime) -> Self {
        Self::of(moment.as_millis().to_be_bytes(), 0)
    }

    fn id(bytes: &[u8]) -> Self {
        Self::of(bytes.iter().copied(), 0)
    }

    /// No text holds a zero byte, so the padding tells texts apart.
    fn text(text: &str) -> Self {
        match Kind::of_text(text) {
            Kind::Long => {
                let rest = spread(text.bytes()).to_be_bytes();
                Self::of(text.bytes().take(LEAD_BYTES).chain(rest), 0)
            }
            _ => Self::of(text.bytes(), 0),
        }
    }
}

impl Kind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Int(_) => Self::Int,
            Value::Date(_) => Self::Date,
            Value::Text(text) => Self::of_text(text),
        }
    }

    fn of_text(text: &str) -> Self {
        if text.len() > KEY_BYTES { Self::Long } else { Self::Short }
    }

    /// Several of this kind.
    fn several(self) -> Self {
        match self {
            Self::Int | Self::Ints => Self::Ints,
            Self::Date | Self::Dates => Self::Dates,
            Self::Short | Self::Long | Self::Texts | Self::Id => Self::Texts,
        }
    }
}

/// Spreads bytes over 64 bits (FNV-1a). Who finds two that meet makes searches look at more rows in
/// vain, and no more than that.
fn spread(bytes: impl IntoIterator<Item = u8>) -> u64 {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.into_iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The rows of a record. What it tells of itself has none where another way leads to it: its
/// creator and its id never, its modifier and its creation where they differ from its creator and
/// its modification. Where several attributes have one name, a row says that.
pub(super) fn rows(facts: &Facts<'_>) -> impl Iterator<Item = Row> {
    let record = facts.id;
    let own =
        move |subject: &Subject, kind, key| Row { column: Column::of(subject, kind), key, record };
    let always = [
        own(&Subject::RecordType, Kind::Id, Key::id(facts.type_id.as_bytes())),
        own(&Subject::Modified, Kind::Date, Key::date(facts.modified)),
    ];
    let modifier = (facts.modifier != facts.creator)
        .then(|| own(&Subject::Modifier, Kind::Id, Key::id(facts.modifier.as_bytes())));
    let created = (facts.created != facts.modified)
        .then(|| own(&Subject::Created, Kind::Date, Key::date(facts.created)));
    let attributes = facts.attributes;
    let of_attributes = attributes.iter().enumerate().flat_map(move |(at, attribute)| {
        let kind = Kind::of(&attribute.value);
        let several = Column::named(&attribute.name, kind.several());
        let is_alike = |other: &Attribute| {
            let other_kind = Kind::of(&other.value).several();
            other_kind == kind.several() && other.name == attribute.name
        };
        let is_repeated = attributes.iter().take(at).any(is_alike);
        let repeated = is_repeated.then_some(Row { column: several, key: Key::LEAST, record });
        let key = Key::of_value(&attribute.value);
        [Row { column: Column::named(&attribute.name, kind), key, record }]
            .into_iter()
            .chain(repeated)
    });
    always.into_iter().chain(modifier).chain(created).chain(of_attributes)
}

/// Where records are listed that may have what a comparison asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// These rows.
    Rows(RangeInclusive<Row>),
    /// Those of these rows whose text, which is a short one, is asked for.
    Texts(RangeInclusive<Row>),
    /// The records of this creator.
    Creator(PeerId),
    /// This record.
    Record(RecordId),
}

/// All the places to look at for a comparison; none if nothing but a look at every record tells.
pub(super) fn sources(clause: &Clause) -> Option<Vec<Source>> {
    let subject = clause.subject();
    match (subject, clause.operand()) {
        (Subject::Attribute(_), Operand::Text(pattern)) => {
            Some(texts(subject, clause.comparison(), pattern))
        }
        (Subject::Attribute(_), Operand::Int(number)) => {
            let (from, to) = bounds(clause.comparison(), Key::int(*number));
            Some(vec![Source::Rows(Row::range(Column::of(subject, Kind::Int), from, to))])
        }
        (Subject::Attribute(_) | Subject::Modified, Operand::Date(moment)) => {
            Some(vec![dates(subject, clause.comparison(), *moment)])
        }
        (Subject::Created, Operand::Date(moment)) => {
            // of records that are as they were made, their modification tells
            let subjects = [Subject::Created, Subject::Modified];
            Some(subjects.map(|it| dates(&it, clause.comparison(), *moment)).into())
        }
        (_, Operand::Text(pattern)) if clause.comparison() == Comparison::Equal => {
            Some(ids(subject, pattern.as_literal()?))
        }
        _ => None,
    }
}

/// Whether two comparisons are of the same values of a record.
pub(super) fn are_alike(one: &Clause, other: &Clause) -> bool {
    let kind = |clause: &Clause| core::mem::discriminant(clause.operand());
    one.subject() == other.subject() && kind(one) == kind(other)
}

/// All the places to look at for what two or more comparisons hold of at once that are alike, such
/// as both ends of a range. Of a record with several such values each may hold of another one, so
/// that these records are among them too.
pub(super) fn common_sources(clauses: &[&Clause]) -> Option<Vec<Source>> {
    let (first, others) = clauses.split_first().filter(|(_, others)| !others.is_empty())?;
    let mut common = rows_of(first)?;
    for other in others {
        let rows = rows_of(other)?;
        let meeting = |one: &RangeInclusive<Row>| rows.iter().find_map(|row| meet(one, row));
        common = common.iter().filter_map(meeting).collect();
    }
    if let Subject::Attribute(name) = first.subject() {
        let kind = match first.operand() {
            Operand::Int(_) => Kind::Ints,
            Operand::Date(_) => Kind::Dates,
            Operand::Text(_) => Kind::Texts,
        };
        common.push(Row::range(Column::named(name, kind), Key::LEAST, Key::GREATEST));
    }
    Some(common.into_iter().map(Source::Rows).collect())
}

/// The places to look at for a comparison, if all of them are rows.
fn rows_of(clause: &Clause) -> Option<Vec<RangeInclusive<Row>>> {
    let rows = |source| match source {
        Source::Rows(range) | Source::Texts(range) => Some(range),
        Source::Creator(_) | Source::Record(_) => None,
    };
    sources(clause)?.into_iter().map(rows).collect()
}

/// The rows of one column that are in both ranges.
fn meet(one: &RangeInclusive<Row>, other: &RangeInclusive<Row>) -> Option<RangeInclusive<Row>> {
    let (from, to) = (one.start().max(other.start()), one.end().min(other.end()));
    (one.start().column == other.start().column && from <= to).then_some(*from..=*to)
}

fn dates(subject: &Subject, comparison: Comparison, moment: UnixTime) -> Source {
    let (from, to) = bounds(comparison, Key::date(moment));
    Source::Rows(Row::range(Column::of(subject, Kind::Date), from, to))
}

/// The keys of values that compare like this with the one of this key, and that one's.
fn bounds(comparison: Comparison, key: Key) -> (Key, Key) {
    match comparison {
        Comparison::Equal => (key, key),
        Comparison::NotEqual => (Key::LEAST, Key::GREATEST),
        Comparison::Greater | Comparison::GreaterOrEqual => (key, Key::GREATEST),
        Comparison::Less | Comparison::LessOrEqual => (Key::LEAST, key),
    }
}

fn texts(subject: &Subject, comparison: Comparison, pattern: &Pattern) -> Vec<Source> {
    if let (Comparison::Equal, Some(text)) = (comparison, pattern.as_literal()) {
        let (column, key) = (Column::of(subject, Kind::of_text(text)), Key::text(text));
        return vec![Source::Rows(Row::range(column, key, key))];
    }
    let range = |kind, bytes| {
        let lead = || pattern.prefix().bytes().take(bytes);
        let (least, greatest) = (Key::of(lead(), 0), Key::of(lead(), 0xff));
        let (from, to) = match comparison {
            Comparison::Equal => (least, greatest),
            Comparison::Greater | Comparison::GreaterOrEqual => (least, Key::GREATEST),
            Comparison::Less | Comparison::LessOrEqual => (Key::LEAST, greatest),
            Comparison::NotEqual => (Key::LEAST, Key::GREATEST),
        };
        Row::range(Column::of(subject, kind), from, to)
    };
    let short = Source::Texts(range(Kind::Short, KEY_BYTES));
    vec![short, Source::Rows(range(Kind::Long, LEAD_BYTES))]
}

/// The places of what has this id. A text that is no id is no record's, and in no place.
fn ids(subject: &Subject, text: &str) -> Vec<Source> {
    let rows = |key| Source::Rows(Row::range(Column::of(subject, Kind::Id), key, key));
    let of_peer = |peer: PeerId| match subject {
        // a record that nobody else has modified is its creator's
        Subject::Modifier => vec![Source::Creator(peer), rows(Key::id(peer.as_bytes()))],
        _ => vec![Source::Creator(peer)],
    };
    match subject {
        Subject::Creator | Subject::Modifier => text.parse().map(of_peer).unwrap_or_default(),
        Subject::RecordId => text.parse().map(|id| vec![Source::Record(id)]).unwrap_or_default(),
        _ => {
            let type_id = text.parse::<TypeId>();
            type_id.map(|it| vec![rows(Key::id(it.as_bytes()))]).unwrap_or_default()
        }
    }
}
