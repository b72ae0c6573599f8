use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::limits::{QUERY_DEPTH_MAX, WILDCARDS_MAX};
use crate::search::tests::query;
use crate::time::UnixTime;

fn read(term: &str) -> Result<Query, SearchError> {
    Query::from_xml(&format!("<peersearch>{term}</peersearch>"))
}

fn clause(kind: &str, compare: &str, value: &str) -> String {
    format!("<clause attrib=\"a\" type=\"{kind}\" compare=\"{compare}\">{value}</clause>")
}

fn named(name: &str) -> Subject {
    Subject::attribute(name).unwrap()
}

#[test]
fn a_document_of_a_windows_application_is_read() {
    let document = r#"<?xml version="1.0" encoding="utf-8"?>
        <peersearch>
          <and>
            <clause attrib="keyword" type="string">peer &amp; *</clause>
            <or>
              <clause type="int" compare="greaterorequal" attrib="age">42</clause>
              <clause attrib="PeerCreationTime" type="date" compare="less">2002-01-31</clause>
            </or>
            <clause attrib="peercreatorid" type="string" compare="notequal">x</clause>
          </and>
        </peersearch>"#;
    let pattern: crate::search::Pattern = "peer & *".parse().unwrap();
    let day = UnixTime::from_millis(1_012_435_200_000);
    let expected = Query::and([
        named("keyword").equal(pattern).unwrap(),
        Query::or([
            named("age").greater_or_equal(42).unwrap(),
            Subject::Created.less(day).unwrap(),
        ])
        .unwrap(),
        Subject::Creator.not_equal("x").unwrap(),
    ]);
    assert_eq!(Query::from_xml(document), expected);
}

#[test]
fn each_comparison_and_each_subject_has_its_name() {
    for (name, comparison) in COMPARISONS {
        let expected = named("a").compare(comparison, -7);
        assert_eq!(read(&clause("int", name, "-7")), expected, "{name}");
    }
    for (name, query) in [
        ("peercreatorid", Subject::Creator.equal("x")),
        ("peerlastmodifiedby", Subject::Modifier.equal("x")),
        ("peerrecordid", Subject::RecordId.equal("x")),
        ("peerrecordtype", Subject::RecordType.equal("x")),
    ] {
        let document = format!("<clause attrib=\"{name}\" type=\"string\">x</clause>");
        assert_eq!(read(&document), query, "{name}");
    }
    let modified = "<clause attrib=\"peerlastmodificationtime\" type=\"date\">1970</clause>";
    assert_eq!(read(modified), Subject::Modified.equal(UnixTime::default()));
}

#[test]
fn every_form_of_a_date_is_read_and_is_in_utc_unless_it_says_otherwise() {
    let half_past_one = named("a").less(UnixTime::from_millis(5_400_000));
    for text in ["1970-01-01T01:30", "1970-01-01T01:30:00.0Z", "1970-01-01T03:30+02:00"] {
        assert_eq!(read(&clause("date", "less", text)), half_past_one, "{text}");
    }
}

#[test]
fn p08_what_is_no_such_document_is_refused() {
    let one = clause("int", "equal", "1");
    let malformed = |term: String| format!("<peersearch>{term}</peersearch>");
    for document in [
        String::new(),
        String::from("<peersearch/>"),
        String::from("<peersearch>text</peersearch>"),
        one.clone(),
        format!("<search>{one}</search>"),
        format!("<peersearch a=\"1\">{one}</peersearch>"),
        format!("<!DOCTYPE a><peersearch>{one}</peersearch>"),
        malformed(one.repeat(2)),
        malformed(format!("<and>{one}text</and>")),
        malformed(format!("<and a=\"1\">{one}</and>")),
        malformed(format!("<not>{one}</not>")),
        malformed(format!("<peersearch>{one}</peersearch>")),
        malformed(String::from("<and>text</and>")),
        malformed(clause("int", "equal", &one)),
        malformed(clause("real", "equal", "1")),
        malformed(clause("int", "like", "1")),
        malformed(clause("int", "", "1")),
        malformed(clause("INT", "equal", "1")),
        malformed(String::from("<clause attrib=\"a\">1</clause>")),
        malformed(String::from("<clause type=\"int\">1</clause>")),
        malformed(String::from("<clause attrib=\"a\" type=\"int\" x=\"\">1</clause>")),
        malformed(String::from("<clause attrib=\"a\" attrib=\"a\" type=\"int\">1</clause>")),
    ] {
        assert_eq!(Query::from_xml(&document), Err(SearchError::Malformed), "{document}");
    }
    assert_eq!(Query::from_xml(b"\xff"), Err(SearchError::Malformed));
}

#[test]
fn p08_each_clause_that_is_none_is_refused_for_its_own_reason() {
    let own = |name, kind| format!("<clause attrib=\"{name}\" type=\"{kind}\">1970</clause>");
    for (term, error) in [
        (String::from("<and/>"), SearchError::Empty),
        (String::from("<or> </or>"), SearchError::Empty),
        (clause("int", "equal", "<and/>"), SearchError::Empty),
        (format!("<and><or/>{}</and>", clause("int", "equal", "1")), SearchError::Empty),
        (own("a-b", "int"), SearchError::InvalidName),
        (own("", "int"), SearchError::InvalidName),
        (own("peerfoo bar", "int"), SearchError::InvalidName),
        (own("peercreatorid", "int"), SearchError::WrongType),
        (own("peercreationtime", "string"), SearchError::WrongType),
        (clause("int", "equal", ""), SearchError::InvalidValue),
        (clause("int", "equal", "+1"), SearchError::InvalidValue),
        (clause("int", "equal", "1.0"), SearchError::InvalidValue),
        (clause("int", "equal", "9223372036854775808"), SearchError::InvalidValue),
        (clause("date", "equal", "31.1.2002"), SearchError::InvalidValue),
        (clause("date", "equal", "1969-12-31"), SearchError::InvalidValue),
        (clause("string", "equal", "a\tb"), SearchError::InvalidValue),
        (clause("string", "equal", r"a\b"), SearchError::InvalidEscape),
        (clause("string", "less", r"a\"), SearchError::InvalidEscape),
        (clause("string", "greater", "a*"), SearchError::WildcardInOrder),
        (clause("string", "lessorequal", "?"), SearchError::WildcardInOrder),
        (clause("string", "equal", &"*a".repeat(WILDCARDS_MAX + 1)), SearchError::TooManyWildcards),
        (clause("string", "equal", &"a".repeat(4033)), SearchError::TooLong),
        (clause("string", "equal", &("a".repeat(200) + "*")), SearchError::TooLong),
    ] {
        assert_eq!(read(&term), Err(error), "{term}");
    }
}

#[test]
fn p08_documents_are_bounded_in_terms_in_depth_and_in_bytes() {
    let one = clause("int", "equal", "1");
    let many = |count| read(&format!("<or>{}</or>", one.repeat(count)));
    assert!(many(QUERY_TERMS_MAX - 1).is_ok());
    assert_eq!(many(QUERY_TERMS_MAX), Err(SearchError::TooManyTerms));
    assert_eq!(many(700), Err(SearchError::TooManyTerms));
    assert_eq!(many(2000), Err(SearchError::Malformed), "more than 64 KiB");

    let deep = |count| read(&format!("{}{one}{}", "<and>".repeat(count), "</and>".repeat(count)));
    assert!(deep(QUERY_DEPTH_MAX - 1).is_ok());
    assert_eq!(deep(QUERY_DEPTH_MAX), Err(SearchError::TooDeep));
    assert_eq!(deep(QUERY_TERMS_MAX - 1), Err(SearchError::TooDeep));
    assert_eq!(deep(5000), Err(SearchError::Malformed));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(query in query()) {
        prop_assert_eq!(Query::from_xml(&query.to_xml()), Ok(query));
    }

    #[test]
    fn no_document_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        Query::from_xml(&bytes).ok();
    }

    #[test]
    fn no_heap_of_elements_panics(parts in prop::collection::vec(
        prop::sample::select(vec![
            "<peersearch>", "</peersearch>", "<and>", "</and>", "<or>", "</or>", "<or/>", "x",
            "<clause attrib=\"a\" type=\"string\">", "<clause attrib=\"a\" type=\"int\">",
            "</clause>",
        ]),
        0..20,
    )) {
        let document: Vec<u8> = parts.concat().into_bytes();
        if let Ok(query) = Query::from_xml(&document) {
            prop_assert_eq!(Query::from_xml(&query.to_xml()), Ok(query));
        }
    }
}
