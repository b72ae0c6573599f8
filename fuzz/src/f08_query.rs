//! Queries: read as XML, written so that they are read the same, and found by an index what a scan
//! finds.

use std::cell::RefCell;

use peergroup_core::simulation::Archive;
use peergroup_core::simulation::forge::{Forge, ForgedVersion, stamp};
use peergroup_core::{Query, Record, UnixTime};

use crate::f07_attributes::attributes;
use crate::rig::dawn;
use crate::scene::{NOTE, key, scene};

/// Reads a query and asks it of a few records.
pub fn f08_query(data: &[u8]) {
    thread_local! {
        static ARCHIVE: RefCell<Archive> = RefCell::new(archive());
    }
    let Ok(query) = Query::from_xml(data) else { return };
    assert_eq!(Query::from_xml(&query.to_xml()).as_ref(), Ok(&query));
    ARCHIVE.with_borrow(|archive| {
        let found: Vec<Record> = archive.search(&query).collect();
        let scanned: Vec<Record> =
            archive.records(None).filter(|record| query.matches(record)).collect();
        assert_eq!(found, scanned, "the index finds other records than a scan");
    });
}

/// Records with attributes that meet and differ.
fn archive() -> Archive {
    let (group, all) = (scene().seat.group, attributes());
    let mut archive = Archive::new(group, dawn().wall);
    let expires = UnixTime::from_millis(dawn().wall.as_millis() + 1_000_000_000);
    for number in 0..40_u8 {
        let forge = Forge::new(key(1 + number % 3), group);
        let tenure = archive.admit(forge.peer());
        let at = UnixTime::from_millis(dawn().wall.as_millis() - u64::from(number % 8) * 1000);
        let mut version =
            ForgedVersion::first(forge.peer(), Some(tenure), NOTE, stamp(at, 0, 1), expires);
        version.nonce = [number; 16];
        version.attributes = all
            .iter()
            .enumerate()
            .filter(|(at, _)| number >> (at % 6) & 1 == 1)
            .map(|it| it.1.clone())
            .collect();
        assert_eq!(archive.insert(&forge.version(&version)), Ok(true));
    }
    archive
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let clause = |name: &str, kind: &str, compare: &str, value: &str| {
        format!("<clause attrib=\"{name}\" type=\"{kind}\" compare=\"{compare}\">{value}</clause>")
    };
    let compares = ["equal", "notequal", "greater", "less", "greaterorequal", "lessorequal"];
    let mut terms = Vec::new();
    for compare in compares {
        terms.push(clause("year", "int", compare, "2026"));
        terms.push(clause("keyword", "string", compare, "holiday"));
        terms.push(clause("day", "date", compare, "2002-01-31"));
        terms.push(clause("peercreationtime", "date", compare, "2027-01-15T08:00:00Z"));
    }
    for (name, value) in [("keyword", "*a*"), ("keyword", "h?lid\\*"), ("peercreatorid", "*")] {
        terms.push(clause(name, "string", "equal", value));
    }
    let joined = |join: &str, some: &[String]| format!("<{join}>{}</{join}>", some.concat());
    let both = joined("and", &[joined("or", &terms[..6]), joined("or", &terms[6..9])]);
    let deep = (0..15).fold(terms[0].clone(), |term, _| joined("and", &[term]));
    terms.extend([both, deep, joined("or", &terms[..20])]);
    let whole = |term: &String| format!("<?xml version=\"1.0\"?>\n<peersearch>{term}</peersearch>");
    terms.iter().map(whole).map(String::into_bytes).collect()
}
