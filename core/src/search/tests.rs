use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;
use core::iter::repeat_n;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::id::{RecordId, TypeId, VersionId};
use crate::key::SecretKey;
use crate::limits::ATTRIBUTE_TEXT_BYTES_MAX;
use crate::record::{Attribute, AttributeName, Value};
use crate::stamp::Stamp;
use crate::time::UnixTime;

const CREATED: UnixTime = UnixTime::from_millis(1000);
const MODIFIED: UnixTime = UnixTime::from_millis(2000);

/// A record of peer 1, modified by peer 2, with these attributes.
fn record(attributes: Vec<Attribute>) -> Record {
    Record {
        id: RecordId::from_bytes([0xab; 16]),
        type_id: TypeId::from_bytes([0xcd; 16]),
        version: VersionId::from_bytes([0; 32]),
        number: 2,
        creator: SecretKey::from_bytes([1; 32]).peer(),
        modifier: SecretKey::from_bytes([2; 32]).peer(),
        created: CREATED,
        modified: Stamp { time: MODIFIED, ..Stamp::default() },
        expires: UnixTime::MAX,
        ceiling: UnixTime::MAX,
        attributes,
        payload: Bytes::new(),
    }
}

fn text(name: &str, text: &str) -> Attribute {
    Attribute::text(name, text).unwrap()
}

fn int(name: &str, number: i64) -> Attribute {
    Attribute::new(name, Value::Int(number)).unwrap()
}

fn date(name: &str, millis: u64) -> Attribute {
    Attribute::new(name, Value::Date(UnixTime::from_millis(millis))).unwrap()
}

fn named(name: &str) -> Subject {
    Subject::attribute(name).unwrap()
}

fn pattern(text: &str) -> Pattern {
    text.parse().unwrap()
}

/// Of which of the values 1, 2 and 3 a comparison with 2 holds.
fn holds_of(comparison: Comparison) -> Vec<i64> {
    let query = named("a").compare(comparison, 2).unwrap();
    (1..=3).filter(|value| query.matches(&record(vec![int("a", *value)]))).collect()
}

#[test]
fn values_are_compared_in_six_ways() {
    assert_eq!(holds_of(Comparison::Equal), [2]);
    assert_eq!(holds_of(Comparison::NotEqual), [1, 3]);
    assert_eq!(holds_of(Comparison::Greater), [3]);
    assert_eq!(holds_of(Comparison::Less), [1]);
    assert_eq!(holds_of(Comparison::GreaterOrEqual), [2, 3]);
    assert_eq!(holds_of(Comparison::LessOrEqual), [1, 2]);
}

#[test]
fn a_value_compares_with_its_own_type_alone() {
    let record = record(vec![text("a", "1"), int("b", 1), date("c", 1)]);
    let one = UnixTime::from_millis(1);
    for (name, holds) in [("a", [true, false, false]), ("b", [false, true, false])] {
        let queries = [
            named(name).equal("1").unwrap(),
            named(name).equal(1).unwrap(),
            named(name).equal(one).unwrap(),
        ];
        assert_eq!(queries.map(|query| query.matches(&record)), holds, "{name}");
    }
    assert!(named("c").equal(one).unwrap().matches(&record));
    assert!(!named("a").not_equal(7).unwrap().matches(&record), "there is no number a");
}

#[test]
fn of_a_missing_attribute_nothing_holds_and_of_a_repeated_one_what_holds_of_any() {
    let bare = record(vec![]);
    assert!(!named("a").equal("x").unwrap().matches(&bare));
    assert!(!named("a").not_equal("x").unwrap().matches(&bare));
    let twice = record(vec![text("a", "x"), text("a", "y")]);
    for query in [
        named("a").equal("x"),
        named("a").equal("y"),
        named("a").not_equal("x"),
        named("a").greater("x"),
    ] {
        assert!(query.unwrap().matches(&twice));
    }
    assert!(!named("a").equal("z").unwrap().matches(&twice));
    assert!(!named("A").equal("x").unwrap().matches(&twice), "case tells names apart");
}

#[test]
fn texts_are_compared_by_scalar_values() {
    let query = |value: &str| named("a").greater(value).unwrap();
    let record = |value: &str| record(vec![text("a", value)]);
    assert!(query("Z").matches(&record("a")));
    assert!(query("z").matches(&record("ä")));
    assert!(query("\u{ffe0}").matches(&record("\u{10000}")), "not by units of UTF-16");
    assert!(!named("a").equal("X").unwrap().matches(&record("x")));
    assert!(named("a").less_or_equal(r"a*\").unwrap().matches(&record(r"a*\")), "as it is");
    assert!(named("a").equal(pattern("?*x")).unwrap().matches(&record("yx")));
    assert!(named("a").not_equal(pattern("y*")).unwrap().matches(&record("x")));
    assert!(named("a").greater(pattern(r"a\*")).unwrap().matches(&record("a+")));
}

#[test]
fn what_a_record_tells_of_itself_is_searched_as_it_is_shown() {
    let record = record(vec![]);
    for query in [
        Subject::Creator.equal(record.creator),
        Subject::Creator.equal(record.creator.to_string().as_str()),
        Subject::Modifier.equal(record.modifier),
        Subject::Modifier.not_equal(record.creator),
        Subject::RecordId.equal(record.id),
        Subject::RecordId.equal(pattern("abab*")),
        Subject::RecordType.equal(record.type_id),
        Subject::RecordType.equal(pattern("cdcdcdcd-*")),
        Subject::RecordType.greater("cd"),
        Subject::Created.equal(CREATED),
        Subject::Modified.greater(CREATED),
    ] {
        assert!(query.clone().unwrap().matches(&record), "{query:?}");
    }
    assert!(!Subject::Creator.equal(record.modifier).unwrap().matches(&record));
    assert!(!Subject::RecordId.equal("ABABABABABABABABABABABABABABABAB").unwrap().matches(&record));
    assert!(!Subject::Modified.less_or_equal(CREATED).unwrap().matches(&record));
}

#[test]
fn terms_are_joined_by_and_and_or() {
    let [yes, no] = [1, 2].map(|number| named("a").equal(number).unwrap());
    let record = record(vec![int("a", 1)]);
    let and = |terms: [&Query; 2]| Query::and(terms.map(Clone::clone)).unwrap();
    let or = |terms: [&Query; 2]| Query::or(terms.map(Clone::clone)).unwrap();
    assert!(and([&yes, &yes]).matches(&record) && !and([&yes, &no]).matches(&record));
    assert!(or([&no, &yes]).matches(&record) && !or([&no, &no]).matches(&record));
    assert!(or([&and([&no, &yes]), &and([&yes, &or([&no, &yes])])]).matches(&record));
}

#[test]
fn what_is_no_comparison_is_refused() {
    let long = "x".repeat(ATTRIBUTE_TEXT_BYTES_MAX + 1);
    for (query, error) in [
        (Subject::Created.equal("2002"), SearchError::WrongType),
        (Subject::Modified.less(7), SearchError::WrongType),
        (Subject::Creator.equal(7), SearchError::WrongType),
        (Subject::RecordId.equal(CREATED), SearchError::WrongType),
        (named("a").greater(pattern("a*")), SearchError::WildcardInOrder),
        (named("a").less_or_equal(pattern("?")), SearchError::WildcardInOrder),
        (named("a").equal(long.as_str()), SearchError::TooLong),
        (named("a").equal("a\tb"), SearchError::InvalidValue),
        (Query::and([]), SearchError::Empty),
        (Query::or([]), SearchError::Empty),
    ] {
        assert_eq!(query, Err(error));
    }
    for name in ["", "a-b", "ä", "peercreatorid", "PeerRecordType", "x".repeat(41).as_str()] {
        assert_eq!(Subject::attribute(name), Err(SearchError::InvalidName), "{name:?}");
    }
}

#[test]
fn p08_queries_are_bounded_in_terms_and_in_depth() {
    let one = named("a").equal(1).unwrap();
    let many = |count| Query::or(repeat_n(one.clone(), count));
    assert!(many(QUERY_TERMS_MAX - 1).is_ok());
    assert_eq!(many(QUERY_TERMS_MAX), Err(SearchError::TooManyTerms));
    assert_eq!(Query::and(core::iter::repeat(one.clone())), Err(SearchError::TooManyTerms));
    let half = many(QUERY_TERMS_MAX / 2 - 1).unwrap();
    assert_eq!(Query::and([half.clone(), half]), Err(SearchError::TooManyTerms));

    let deeper = |query| Query::and([query]);
    let deep = (1..QUERY_DEPTH_MAX).try_fold(one, |query, _| deeper(query));
    assert!(deep.as_ref().unwrap().matches(&record(vec![int("a", 1)])));
    assert_eq!(deep.and_then(deeper), Err(SearchError::TooDeep));
}

/// Attributes of few names and values, so that they meet; some share all that a row holds of them.
pub(crate) fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let attribute = (name(), value()).prop_map(|(name, value)| Attribute { name, value });
    prop::collection::vec(attribute, 0..6)
}

fn name() -> impl Strategy<Value = AttributeName> {
    prop::sample::select(vec!["a", "A", "keyword"]).prop_map(|name| name.parse().unwrap())
}

fn words() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "",
        "a",
        "ab",
        "b*?\\",
        "sixteen bytes...",
        "sixteen bytes...!",
        "sixteen bytes...?",
        "sixteen byt",
        "sixteen",
        "ä",
        "\u{10000}",
    ])
}

fn moment() -> impl Strategy<Value = UnixTime> {
    // hours around the times at which tests of records take place, and both ends of time
    let hour = |hour: u64| UnixTime::from_millis(hour.saturating_mul(3_600_000));
    let hour = (995..1004_u64).prop_map(hour);
    prop_oneof![4 => hour, 1 => Just(UnixTime::default()), 1 => Just(UnixTime::MAX)]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        (-2..3_i64).prop_map(Value::Int),
        Just(Value::Int(i64::MIN)),
        Just(Value::Int(i64::MAX)),
        words().prop_map(|text| Value::Text(text.parse().unwrap())),
        moment().prop_map(Value::Date),
    ]
}

fn patterns() -> impl Strategy<Value = Pattern> {
    let cut = (words(), 0..20_usize).prop_map(|(word, at)| {
        let literal = Pattern::literal(&word.chars().take(at).collect::<String>());
        [literal.unwrap().to_string().as_str(), "*"].concat().parse().unwrap()
    });
    let wild = "[ab*?]{0,4}".prop_map(|text| text.parse().unwrap());
    prop_oneof![words().prop_map(|it| Pattern::literal(it).unwrap()), cut, wild]
}

/// Comparisons that hold of some records, with attributes like those above, by the peers that have
/// the keys 1 to 3.
fn clause() -> impl Strategy<Value = Query> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Greater,
        Comparison::Less,
        Comparison::GreaterOrEqual,
        Comparison::LessOrEqual,
    ]);
    let operand = prop_oneof![
        value().prop_map(|value| match value {
            Value::Int(number) => Operand::Int(number),
            Value::Text(text) => text.into(),
            Value::Date(moment) => moment.into(),
        }),
        patterns().prop_map(Operand::Text),
    ];
    let named = (name(), operand).prop_map(|(name, operand)| (Subject::Attribute(name), operand));
    let peer = (1..4_u8).prop_map(|peer| SecretKey::from_bytes([peer; 32]).peer().into());
    let peers = (prop::sample::select(vec![Subject::Creator, Subject::Modifier]), peer);
    let dates = prop::sample::select(vec![Subject::Created, Subject::Modified]);
    let dates = (dates, moment().prop_map(Operand::from));
    let types = [TypeId::from_bytes([9; 16]), TypeId::from_bytes([8; 16])];
    let types = prop::sample::select(types.to_vec());
    let types = types.prop_map(|type_id| (Subject::RecordType, Operand::from(type_id)));
    let ids = (prop::sample::select(vec![Subject::RecordId, Subject::Creator]), patterns())
        .prop_map(|(subject, pattern)| (subject, Operand::Text(pattern)));
    let compared = prop_oneof![4 => named, 1 => peers, 2 => dates, 1 => types, 1 => ids];
    (compared, comparison).prop_filter_map("no clause", |((subject, operand), comparison)| {
        subject.compare(comparison, operand).ok()
    })
}

/// Any query.
pub(crate) fn query() -> impl Strategy<Value = Query> {
    clause().prop_recursive(4, 24, 4, |inner| {
        let terms = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            terms().prop_map(|terms| Query::and(terms).unwrap()),
            terms().prop_map(|terms| Query::or(terms).unwrap()),
        ]
    })
}
