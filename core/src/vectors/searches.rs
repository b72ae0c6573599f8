//! Attributes and searches as the XML of Windows applications; of what a search holds.
#![expect(clippy::arithmetic_side_effects, reason = "texts are joined")]

use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::{Json, Read, Sheet, map};
use crate::codec::encode;
use crate::fixture::key;
use crate::id::{RecordId, TypeId};
use crate::record::{Attribute, Value};
use crate::search::{Clause, Facts, Operand, Query, SearchError, Term};
use crate::time::UnixTime;
use crate::xml::AttributesError;

#[test]
fn the_vectors_of_searches_are_as_made() {
    let mut sheet = Sheet::new("searches.json", map(vec![]));
    attributes(&mut sheet);
    bad_attributes(&mut sheet);
    searches(&mut sheet);
    bad_searches(&mut sheet);
    results(&mut sheet);
    sheet.close();
}

// ---- attributes ----

fn shown(attribute: &Attribute) -> Json {
    let value = match &attribute.value {
        Value::Int(number) => ("Int", Json::Number((*number).into())),
        Value::Text(text) => ("Text", text.as_str().into()),
        Value::Date(moment) => ("Date", moment.as_millis().into()),
    };
    map(vec![("name", (&*attribute.name).into()), ("value", map(vec![value]))])
}

fn read_attributes(bytes: &[u8]) -> Result<Read, AttributesError> {
    let attributes = Attribute::list_from_xml(bytes)?;
    let fields = Json::List(attributes.iter().map(shown).collect());
    let encoded = super::hex(&encode(&attributes));
    let derived = vec![("encoded", encoded)];
    Ok(Read { derived, ..Read::new(fields, Attribute::list_to_xml(&attributes).into_bytes()) })
}

fn list(items: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<attributes>\n{items}</attributes>\n")
}

fn item(name: &str, kind: &str, value: &str) -> String {
    format!("  <attribute name=\"{name}\" type=\"{kind}\">{value}</attribute>\n")
}

fn attributes(sheet: &mut Sheet) {
    let mut good = |name, items: &[String]| {
        let text = list(&items.concat());
        sheet.valid("attributes", name, text.as_bytes(), read_attributes);
    };
    let never = item("held", "date", "never");
    let date = item("held", "date", "2026-11-26T12:00:00.000Z");
    let title = item("title", "string", "Tea &amp; cake &lt;3");
    good("none", &[]);
    good("of each type", &[item("year", "int", "2026"), title.clone(), date, never]);
    good("a name twice", &[title.clone(), title]);
    let bounds = ["-9223372036854775808", "9223372036854775807"];
    good("the least number and the greatest", &bounds.map(|it| item("n", "int", it)));
    good("an empty text, and one of spaces", &["", "  "].map(|it| item("a", "string", it)));
    let mut taken = |name, items: &str| {
        sheet.taken("attributes", name, list(items).as_bytes(), read_attributes);
    };
    let dates = [
        "1970",
        "2026-02",
        "2026-11-26",
        "2026-11-26T12:00",
        "2026-11-26T12:00:59",
        "2026-11-26T12:00:00.1234567",
        "2026-11-26T00:00:00+01:30",
        "2026-11-26T00:00-11:00",
        "2024-02-29",
        "12026-01-01",
    ];
    let dates: Vec<String> = dates.map(|it| item("d", "date", it)).into();
    taken("dates in every form", &dates.concat());
    taken("a number with zeros before it", &item("n", "int", "-007"));
    taken("indented otherwise", "<attribute\n type='int' name='n'>1</attribute>");
}

fn bad_attributes(sheet: &mut Sheet) {
    let mut bad = |name, why, text: &str| {
        sheet.refused("attributes", name, why, text.as_bytes(), read_attributes);
    };
    bad("of another root", "Malformed", "<attribute></attribute>");
    bad("with text between them", "Malformed", &list("x"));
    let one = item("n", "int", "1");
    bad("with an attribute too many", "Malformed", &list(&one.replace(" name", " a=\"b\" name")));
    bad("without a type", "Malformed", &list(&one.replace(" type=\"int\"", "")));
    bad("of another type", "Malformed", &list(&item("n", "real", "1")));
    bad("within each other", "Malformed", &list(&item("n", "string", &one)));
    bad("of a reserved name", "InvalidName", &list(&item("PeerCreatorId", "string", "x")));
    bad("of a name with a space", "InvalidName", &list(&item("a b", "int", "1")));
    bad("of an empty name", "InvalidName", &list(&item("", "int", "1")));
    bad("a number with a plus", "InvalidValue", &list(&item("n", "int", "+1")));
    bad("a number beyond its bounds", "InvalidValue", &list(&item("n", "int", "1e3")));
    let over = item("n", "int", "9223372036854775808");
    bad("a number that is too large", "InvalidValue", &list(&over));
    for date in ["1969-12-31", "2026-13", "2023-02-29", "2026-11-26T24:00", "2026-1-1", "26"] {
        bad("a date that there is not", "InvalidValue", &list(&item("d", "date", date)));
    }
    bad("a text with a tab", "InvalidValue", &list(&item("t", "string", "a\tb")));
    let over = item("t", "string", &"x".repeat(4033));
    bad("a text beyond 4,032 bytes", "InvalidValue", &list(&over));
    bad("65", "TooMany", &list(&one.repeat(65)));
    let long = item("t", "string", &"x".repeat(4032));
    bad("beyond 8,192 bytes", "TooLarge", &list(&long.repeat(3)));
}

// ---- searches ----

fn clause(clause: &Clause) -> Json {
    let (kind, value) = match clause.operand() {
        Operand::Text(pattern) => ("string", format!("{pattern}").as_str().into()),
        Operand::Int(number) => ("int", Json::Number((*number).into())),
        Operand::Date(moment) => ("date", moment.as_millis().into()),
    };
    map(vec![
        ("attrib", clause.subject().name().into()),
        ("type", kind.into()),
        ("compare", format!("{:?}", clause.comparison()).as_str().into()),
        ("value", value),
    ])
}

fn term(query: &Query) -> Json {
    let join =
        |name, terms: &[Query]| map(vec![(name, Json::List(terms.iter().map(term).collect()))]);
    match query.term() {
        Term::And(terms) => join("and", terms),
        Term::Or(terms) => join("or", terms),
        Term::Clause(one) => map(vec![("clause", clause(one))]),
    }
}

fn read_search(bytes: &[u8]) -> Result<Read, SearchError> {
    let query = Query::from_xml(bytes)?;
    Ok(Read::new(term(&query), query.to_xml().into_bytes()))
}

fn search(terms: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<peersearch>\n{terms}</peersearch>\n")
}

fn asks(name: &str, kind: &str, compare: &str, value: &str) -> String {
    format!("  <clause attrib=\"{name}\" type=\"{kind}\" compare=\"{compare}\">{value}</clause>\n")
}

/// So deep within `and`s.
fn nested(depth: usize, innermost: &str) -> String {
    let indent = |depth: usize| "  ".repeat(depth);
    let open = (1..depth).map(|at| indent(at) + "<and>\n");
    let close = (1..depth).rev().map(|at| indent(at) + "</and>\n");
    let innermost = indent(depth.saturating_sub(1)) + innermost;
    open.chain([innermost]).chain(close).collect()
}

fn searches(sheet: &mut Sheet) {
    let mut good = |name, terms: &str| {
        sheet.valid("search", name, search(terms).as_bytes(), read_search);
    };
    for compare in ["equal", "notequal", "greater", "less", "greaterorequal", "lessorequal"] {
        good("of one clause", &asks("year", "int", compare, "2020"));
    }
    good("by a pattern", &asks("title", "string", "equal", r"t?a*\*\\"));
    let time = "2020-01-01T00:00:00.000Z";
    good("by a time of records themselves", &asks("peercreationtime", "date", "greater", time));
    good("by an editor", &asks("peerlastmodifiedby", "string", "notequal", "qe4x"));
    good("sixteen deep", &nested(16, &asks("a", "int", "equal", "1")));
    let many = asks("a", "int", "equal", "1").replace("  <", "    <").repeat(63);
    good("of 64 terms", &format!("  <or>\n{many}  </or>\n"));
    let mut taken = |name, terms: &str| {
        sheet.taken("search", name, search(terms).as_bytes(), read_search);
    };
    taken("that does not say how", "<clause attrib='a' type='int'>1</clause>");
    taken("by a reserved name in capitals", &asks("PeerRecordId", "string", "equal", "ab"));
    taken("with a date in short", &asks("held", "date", "less", "2026"));
}

fn bad_searches(sheet: &mut Sheet) {
    let mut bad = |name, why, terms: &str| {
        sheet.refused("search", name, why, search(terms).as_bytes(), read_search);
    };
    let one = asks("a", "int", "equal", "1");
    bad("for nothing", "Malformed", "");
    bad("of two terms", "Malformed", &one.repeat(2));
    bad("of an empty and", "Empty", "<and></and>");
    bad("of another element", "Malformed", "<not></not>");
    bad("of another comparison", "Malformed", &asks("a", "int", "like", "1"));
    bad("of another type", "Malformed", &asks("a", "real", "equal", "1"));
    bad("with an attribute too many", "Malformed", &one.replace(" type", " b=\"c\" type"));
    bad("with a name that none has", "InvalidName", &asks("a b", "int", "equal", "1"));
    bad("with a number that is none", "InvalidValue", &asks("a", "int", "equal", "one"));
    bad("for a number as a time", "WrongType", &asks("peercreationtime", "int", "equal", "1"));
    bad("for a date as a peer", "WrongType", &asks("peercreatorid", "date", "equal", "2020"));
    bad("with a stray backslash", "InvalidEscape", &asks("a", "string", "equal", r"a\b"));
    bad("ordered by a pattern", "WildcardInOrder", &asks("a", "string", "less", "a*"));
    let wild = "*".repeat(17);
    bad("with 17 wildcards", "TooManyWildcards", &asks("a", "string", "equal", &wild));
    let long = format!("{}*", "x".repeat(128));
    bad("with a pattern of 128", "TooLong", &asks("a", "string", "equal", &long));
    let long = "x".repeat(4033);
    bad("with a text too long", "TooLong", &asks("a", "string", "equal", &long));
    bad("seventeen deep", "TooDeep", &nested(17, &one));
    bad("of 65 terms", "TooManyTerms", &format!("<or>{}</or>", one.repeat(64)));
}

/// A record with these attributes.
fn of_attributes(attributes: &[Attribute]) -> Facts<'_> {
    let peer = key(1).peer();
    let (id, type_id) = (RecordId::from_bytes([1; 16]), TypeId::from_bytes([2; 16]));
    let at = UnixTime::from_millis(1);
    Facts { id, type_id, creator: peer, modifier: peer, created: at, modified: at, attributes }
}

/// What a search holds of, one attribute of a record at a time.
fn results(sheet: &mut Sheet) {
    let text = |text: &str| Attribute::text("a", text).unwrap();
    let int = |number| Attribute::new("a", Value::Int(number)).unwrap();
    let records: [&[Attribute]; 9] = [
        &[],
        &[text("tea")],
        &[text("Tea")],
        &[text("te*a")],
        &[text("\u{e4}")],
        &[text("\u{10000}")],
        &[int(1)],
        &[int(3), text("tea")],
        &[Attribute::new("a", Value::Date(UnixTime::from_millis(1))).unwrap()],
    ];
    let of = |query: &Query| {
        let holds = |attributes: &&[Attribute]| query.holds_of(&of_attributes(attributes));
        Json::List(records.iter().map(|it| holds(it).into()).collect())
    };
    let shown_records = || {
        Json::List(records.iter().map(|it| Json::List(it.iter().map(shown).collect())).collect())
    };
    let mut asked = |name, terms: &str| {
        let text = search(terms);
        let query = Query::from_xml(&text).unwrap();
        let values = vec![
            ("search", text.as_str().into()),
            ("records", shown_records()),
            ("holds", of(&query)),
        ];
        sheet.computed("results", name, values);
    };
    asked("a text as it is", &asks("a", "string", "equal", "tea"));
    asked("any text but one", &asks("a", "string", "notequal", "tea"));
    asked("a pattern", &asks("a", "string", "equal", "?e*"));
    asked("a star itself", &asks("a", "string", "equal", r"te\*a"));
    asked("texts behind another", &asks("a", "string", "greater", "z"));
    asked("texts by scalar values", &asks("a", "string", "greater", "\u{ffe0}"));
    asked("numbers", &asks("a", "int", "greaterorequal", "2"));
    asked("dates", &asks("a", "date", "lessorequal", "1970"));
    let both = [asks("a", "int", "greater", "2"), asks("a", "string", "equal", "tea")].concat();
    asked("both of two", &format!("<and>{both}</and>"));
    asked("either of two", &format!("<or>{both}</or>"));
}
