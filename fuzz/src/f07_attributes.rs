//! Attributes of records as XML.

use peergroup_core::{Attribute, UnixTime, Value};

/// Reads attributes: what is read is written so that it is read the same.
pub fn f07_attributes(data: &[u8]) {
    if let Ok(attributes) = Attribute::list_from_xml(data) {
        let again = Attribute::list_from_xml(&Attribute::list_to_xml(&attributes));
        assert_eq!(again, Ok(attributes));
    }
}

/// Attributes of every kind.
pub(crate) fn attributes() -> Vec<Attribute> {
    let text = |name, text| Attribute::text(name, text).expect("an attribute");
    let of = |name, value| Attribute::new(name, value).expect("an attribute");
    let moment = |millis| Value::Date(UnixTime::from_millis(millis));
    vec![
        text("keyword", "holiday"),
        text("keyword", "sea & <sand>"),
        text("title", ""),
        of("year", Value::Int(2026)),
        of("least", Value::Int(i64::MIN)),
        of("most", Value::Int(i64::MAX)),
        of("day", moment(1_012_435_200_000)),
        of("moment", moment(1_800_000_000_123)),
        of("epoch", moment(0)),
    ]
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let all = attributes();
    let mut texts: Vec<String> =
        [0, 1, 3, all.len()].iter().map(|count| Attribute::list_to_xml(&all[..*count])).collect();
    let one = |kind: &str, text: &str| {
        format!("<attributes><attribute name=\"a\" type=\"{kind}\">{text}</attribute></attributes>")
    };
    for date in [
        "2026",
        "2026-11",
        "2026-11-26",
        "2026-11-26T12:30Z",
        "2026-11-26T12:30:15.123+02:00",
        "2024-02-29T23:59:60-11:30",
        "9999-12-31T23:59:59.999Z",
    ] {
        texts.push(one("date", date));
    }
    texts.extend([one("int", "-007"), one("int", " 5 "), one("string", "a<!-- b -->c")]);
    texts.push(one("int", "99999999999999999999"));
    texts.push(format!(
        "<attributes>{}</attributes>",
        "<attribute name=\"a\" type=\"int\">1</attribute>".repeat(65)
    ));
    texts.into_iter().map(String::into_bytes).collect()
}
