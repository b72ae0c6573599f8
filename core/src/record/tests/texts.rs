//! What errors and names read like.

use alloc::format;
use alloc::string::{String, ToString};

use super::*;

fn all_differ(texts: &[String]) {
    let different: BTreeSet<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
    assert_eq!(different.len(), texts.len(), "{texts:?}");
}

#[test]
fn every_error_reads_otherwise() {
    use InvalidAttribute::{Name, ReservedName, Text};
    use PublishError::{
        ClockBehind, GroupNotReady, InvalidRecordExpiration, MaxRecordSizeExceeded, NotAuthorized,
        NotOpen, QuotaExceeded, RecordNotFound, TooManyAttributes, UploadNotFound,
    };
    all_differ(&[Name, ReservedName, Text].map(|it| it.to_string()));
    let size = [TooManyAttributes, MaxRecordSizeExceeded, QuotaExceeded, InvalidRecordExpiration];
    let state =
        [NotOpen, GroupNotReady, NotAuthorized, RecordNotFound, ClockBehind, UploadNotFound];
    let texts: Vec<String> = size.iter().chain(&state).map(ToString::to_string).collect();
    all_differ(&texts);
    all_differ(&[NotProven.to_string()]);
}

#[test]
fn names_and_payloads_are_told_apart_in_a_log() {
    let name: AttributeName = "year".parse().unwrap();
    assert_eq!(format!("{name:?}"), "\"year\"");
    let shown = |payload: &[u8]| format!("{:?}", PayloadId::new(payload::root(payload), 1));
    assert_ne!(shown(&[1]), shown(&[2]));
    assert!(shown(&[1]).ends_with("1 bytes)"));
}
