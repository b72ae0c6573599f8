//! Searches by the index against a look at every record, whatever has happened before.

use alloc::string::String;
use alloc::vec;

use proptest::collection::vec;
use proptest::prelude::*;

use super::model::{BOUNDS, Replica, any_state, spec, steps};
use super::*;
use crate::search::tests::{attributes, query};
use crate::search::{Facts, Pattern, Query, Subject};

/// A version with attributes.
fn version(spec: &Spec, attributes: &[Attribute]) -> Checked {
    let attributes = if spec.deleted { Vec::new() } else { attributes.to_vec() };
    let payload: &[u8] = if spec.deleted { &[] } else { &[spec.payload] };
    let rest = Rest { attributes, ..spec.rest() };
    let origin = (spec.author != spec.creator).then(|| spec.origin());
    Checked::sign(&key(spec.author), GROUP, spec.fields(), rest, origin, payload)
}

fn ids(records: impl Iterator<Item = Record>) -> Vec<RecordId> {
    records.map(|record| record.id).collect()
}

/// What a look at every record finds.
fn plainly(records: &Records, query: &Query) -> Vec<RecordId> {
    ids(records.records(None).filter(|record| query.matches(record)))
}

/// What a look at those finds that the index names, however many these are.
fn by_index(records: &Records, query: &Query) -> Option<Vec<RecordId>> {
    let candidates = records.candidates_among(query, 100_000)?;
    let seen = candidates.into_iter().filter_map(|id| records.visible(id));
    let found = seen.filter(|version| query.holds_of(&Facts::from(*version)));
    Some(found.map(Checked::record).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_index_finds_what_a_look_at_every_record_finds(
        specs in vec((spec(), attributes()), 1..24),
        steps in steps(any_state()),
        queries in vec(query(), 1..8),
    ) {
        let versions: Vec<Checked> =
            specs.iter().map(|(spec, attributes)| version(spec, attributes)).collect();
        let bounds = Bounds { dormant: 3, parked: 4, parked_per_peer: 2, ..BOUNDS };
        let mut replica = Replica::new(bounds);
        for step in &steps {
            replica.step(step, &versions);
            let records = &replica.records;
            for query in &queries {
                let expected = plainly(records, query);
                prop_assert_eq!(ids(records.search(query)), expected.clone(), "{:?}", query);
                if let Some(found) = by_index(records, query) {
                    prop_assert_eq!(found, expected, "{:?}", query);
                }
            }
            let mut index = index::Index::default();
            let seen = records.entries.values().filter_map(Entry::seen);
            seen.for_each(|version| index.insert(version));
            prop_assert_eq!(&records.index, &index, "rows of what is seen and no others");
        }
    }
}

/// A thousand records of the creator: each has a number, one of four colours and a path.
fn thousand() -> Records {
    let mut records = Records::new(GROUP);
    let colours = ["red", "green", "blue", "grey"].into_iter().cycle();
    for (number, colour) in (0..1000_u16).zip(colours) {
        let spec = Spec::new(CREATOR, 0);
        let attributes = [
            Attribute::new("number", Value::Int(number.into())).unwrap(),
            Attribute::text("colour", colour).unwrap(),
            Attribute::text("path", &alloc::format!("/a/long/way/to/{number:04}.jpg")).unwrap(),
        ];
        let nonce = u128::from(number).to_be_bytes();
        let fields = IdFields { nonce, ..spec.fields() };
        let rest = Rest { attributes: attributes.to_vec(), ..spec.rest() };
        let version = Checked::sign(&key(CREATOR), GROUP, fields, rest, None, &[0]);
        let outcome = records.insert(version, &Authority::usual(), NOW);
        assert!(matches!(outcome, Outcome::Kept(_)));
    }
    records
}

#[test]
fn a_search_looks_at_no_more_records_than_the_best_of_its_comparisons_leaves() {
    let records = thousand();
    let named = |name| Subject::attribute(name).unwrap();
    let looked_at = |query: &Query| records.candidates(query).map(|found| found.len());

    let one = named("number").equal(7).unwrap();
    assert_eq!(looked_at(&one), Some(1));
    let range = Query::and([
        named("colour").equal("red").unwrap(),
        named("number").greater_or_equal(900).unwrap(),
    ]);
    assert_eq!(looked_at(range.as_ref().unwrap()), Some(100));
    assert_eq!(records.search(&range.unwrap()).count(), 25);
    let either = Query::or([one.clone(), named("number").less(9).unwrap()]).unwrap();
    assert_eq!(looked_at(&either), Some(10));
    let both_ends =
        [named("number").greater_or_equal(500).unwrap(), named("number").less(510).unwrap()];
    assert_eq!(looked_at(&Query::and(both_ends).unwrap()), Some(11), "both ends of a range");
    let path = named("path").equal("/a/long/way/to/0815.jpg").unwrap();
    assert_eq!(looked_at(&path), Some(1), "long texts that begin alike are told apart");
    let grey = named("colour").equal("*y".parse::<Pattern>().unwrap()).unwrap();
    assert_eq!(looked_at(&grey), Some(250), "the index tells of short texts whether they match");
    let prefix: Pattern = "bl*".parse().unwrap();
    assert_eq!(looked_at(&named("colour").equal(prefix).unwrap()), Some(250));
    assert_eq!(looked_at(&Subject::RecordType.equal(TYPE).unwrap()), None, "that is every record");
    assert_eq!(looked_at(&Subject::RecordType.equal("nothing").unwrap()), Some(0));
    let first = records.search(&one).next().unwrap();
    assert_eq!(looked_at(&Subject::RecordId.equal(first.id).unwrap()), Some(1));
    let stranger = Subject::Creator.equal(key(2).peer()).unwrap();
    assert_eq!(looked_at(&stranger), Some(0));
    let hidden = Query::or([one, Subject::RecordId.not_equal("x").unwrap()]).unwrap();
    assert_eq!(looked_at(&hidden), None, "there is no index for one of the two");
    assert_eq!(records.search(&hidden).count(), 1000);
}

#[test]
fn both_ends_of_a_range_may_hold_of_two_values_of_one_record() {
    let mut records = Records::new(GROUP);
    let attributes = [4, 6].map(|number| Attribute::new("a", Value::Int(number)).unwrap());
    let spec = Spec::new(CREATOR, 0);
    records.insert(version(&spec, &attributes), &Authority::usual(), NOW);
    let named = || Subject::attribute("a").unwrap();
    let query = Query::and([named().greater(5).unwrap(), named().less(5).unwrap()]).unwrap();
    assert_eq!(by_index(&records, &query), Some(vec![spec.record()]));
}

#[test]
fn results_come_in_the_order_of_ids_each_once() {
    let records = thousand();
    let named = |name| Subject::attribute(name).unwrap();
    let query = Query::or([
        named("number").less(20).unwrap(),
        named("number").less(10).unwrap(),
        named("number").not_equal(5).unwrap(),
    ]);
    let found = ids(records.search(query.as_ref().unwrap()));
    assert_eq!(found.len(), 1000);
    assert!(found.is_sorted_by(|a, b| a < b));
}

#[test]
fn dates_and_modifiers_are_looked_up() {
    let (mut records, authority) = (thousand(), Authority::usual());
    let edited = Spec::new(2, 0).by(3).stamped(910);
    kept(&mut records, edited, &authority);
    let looked_at = |query: &Query| records.candidates(query).map(|found| found.len());
    assert_eq!(looked_at(&Subject::Modified.greater(at_hour(905)).unwrap()), Some(1));
    assert_eq!(looked_at(&Subject::Created.greater(at_hour(905)).unwrap()), Some(1));
    let moment = Subject::attribute("moment").unwrap();
    assert_eq!(looked_at(&moment.equal(at_hour(905)).unwrap()), Some(0));
    for (modifier, found) in [(2, vec![]), (3, vec![edited.record()])] {
        let query = Subject::Modifier.equal(key(modifier).peer()).unwrap();
        assert_eq!(ids(records.search(&query)), found);
        assert_eq!(by_index(&records, &query), Some(found));
    }
}

#[test]
fn a_text_of_any_length_is_found_by_the_index() {
    let mut records = Records::new(GROUP);
    let texts: Vec<String> = (1..64).map(|length| "x".repeat(length)).collect();
    for (nonce, text) in (0..).zip(&texts) {
        let spec = Spec::new(CREATOR, nonce);
        let attributes = [Attribute::text("a", text).unwrap()];
        records.insert(version(&spec, &attributes), &Authority::usual(), NOW);
    }
    for text in &texts {
        let query = Subject::attribute("a").unwrap().equal(text.as_str()).unwrap();
        assert_eq!(by_index(&records, &query).map(|found| found.len()), Some(1));
    }
}
