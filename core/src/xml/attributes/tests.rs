use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::record::AttributeName;
use crate::time::UnixTime;

fn read_items(items: &str) -> Result<Vec<Attribute>, AttributesError> {
    Attribute::list_from_xml(&format!("<attributes>{items}</attributes>"))
}

fn one(name: &str, kind: &str, value: &str) -> Result<Vec<Attribute>, AttributesError> {
    read_items(&format!("<attribute name=\"{name}\" type=\"{kind}\">{value}</attribute>"))
}

#[test]
fn a_document_of_a_windows_application_is_read() {
    let document = r#"<?xml version="1.0" encoding="utf-8"?>
        <attributes>
          <attribute name="age" type="int">42</attribute>
          <attribute type="string" name="keyword">peer &amp; group</attribute>
          <attribute name="keyword" type="string"> spaced </attribute>
          <attribute name="born" type="date">2002-01-31</attribute>
        </attributes>"#;
    let born = Value::Date(UnixTime::from_millis(1_012_435_200_000));
    let expected = vec![
        Attribute::new("age", Value::Int(42)).unwrap(),
        Attribute::text("keyword", "peer & group").unwrap(),
        Attribute::text("keyword", " spaced ").unwrap(),
        Attribute::new("born", born).unwrap(),
    ];
    assert_eq!(Attribute::list_from_xml(document), Ok(expected));
    assert_eq!(Attribute::list_from_xml("<attributes/>"), Ok(vec![]));
}

#[test]
fn each_kind_of_value_that_is_none_is_refused() {
    for (kind, value) in [
        ("int", ""),
        ("int", "+1"),
        ("int", "1.0"),
        ("int", " 1"),
        ("int", "9223372036854775808"),
        ("date", "31.1.2002"),
        ("date", "1969-12-31"),
        ("string", "a\tb"),
    ] {
        assert_eq!(one("a", kind, value), Err(AttributesError::InvalidValue), "{kind} {value:?}");
    }
    let long = "x".repeat(crate::limits::ATTRIBUTE_TEXT_BYTES_MAX + 1);
    assert_eq!(one("a", "string", &long), Err(AttributesError::InvalidValue));
    assert_eq!(one("a", "int", "-9223372036854775808").unwrap()[0].value, Value::Int(i64::MIN));
}

#[test]
fn names_that_are_reserved_or_unfit_are_refused() {
    let long = "x".repeat(41);
    for name in ["", "a-b", "a_b", "ä", "peercreatorid", "PeerRecordType", &long] {
        assert_eq!(one(name, "int", "1"), Err(AttributesError::InvalidName), "{name:?}");
    }
}

#[test]
fn what_is_no_such_document_is_refused() {
    let item = "<attribute name=\"a\" type=\"int\">1</attribute>";
    for document in [
        String::new(),
        String::from(item),
        format!("<attributes x=\"1\">{item}</attributes>"),
        String::from("<attributes>text</attributes>"),
        String::from("<attributes><attribute name=\"a\">1</attribute></attributes>"),
        String::from("<attributes><attribute type=\"int\">1</attribute></attributes>"),
        format!("<attributes><other>{item}</other></attributes>"),
        String::from("<attributes><other name=\"a\" type=\"int\">1</other></attributes>"),
        String::from("<attributes><attribute name=\"a\" type=\"real\">1</attribute></attributes>"),
        String::from(
            "<attributes><attribute name=\"a\" type=\"int\" x=\"\">1</attribute></attributes>",
        ),
    ] {
        let read = Attribute::list_from_xml(&document);
        assert_eq!(read, Err(AttributesError::Malformed), "{document}");
    }
}

#[test]
fn more_or_larger_attributes_than_a_record_may_have_are_refused() {
    let item = "<attribute name=\"a\" type=\"int\">1</attribute>";
    assert_eq!(read_items(&item.repeat(ATTRIBUTES_MAX)).map(|all| all.len()), Ok(ATTRIBUTES_MAX));
    let many = read_items(&item.repeat(ATTRIBUTES_MAX + 1));
    assert_eq!(many, Err(AttributesError::TooMany));
    let text = "x".repeat(3000);
    let large = format!("<attribute name=\"a\" type=\"string\">{text}</attribute>").repeat(3);
    assert_eq!(read_items(&large), Err(AttributesError::TooLarge));
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    let name =
        "[0-9a-zA-Z]{1,40}".prop_filter_map("reserved", |name| name.parse::<AttributeName>().ok());
    let value = prop_oneof![
        any::<i64>().prop_map(Value::Int),
        "[^\\p{C}]{0,60}".prop_filter_map("unfit", |text| text.parse().ok().map(Value::Text)),
        any::<u64>().prop_map(|millis| Value::Date(UnixTime::from_millis(millis))),
    ];
    prop::collection::vec((name, value).prop_map(|(name, value)| Attribute { name, value }), 0..20)
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(attributes in attributes()) {
        let document = Attribute::list_to_xml(&attributes);
        prop_assert_eq!(Attribute::list_from_xml(&document), Ok(attributes));
    }

    #[test]
    fn no_document_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        Attribute::list_from_xml(&bytes).ok();
    }
}
