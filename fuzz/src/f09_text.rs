//! Texts of every kind: what is read is shown so that it is read the same.

use core::fmt::Display;
use core::str::FromStr;

use peergroup_core::{
    Address, AttributeName, GroupId, Name, Pattern, PeerId, RecordId, StatementId, TypeId,
    VersionId,
};
use peergroup_mem::Script;

use crate::scene::{NOTE, peer, scene};
use crate::{Tape, f18_world};

/// Reads an address, an id, a name, a pattern, or the script of a simulation.
pub fn f09_text(data: &[u8]) {
    let mut tape = Tape::new(data);
    let kind = tape.below(11);
    let Ok(text) = core::str::from_utf8(tape.rest()) else { return };
    match kind {
        0 => {
            let is_read = stays::<Address>(text);
            assert_eq!(is_read, text.parse::<Address>().is_ok_and(|it| it.as_str() == text));
        }
        1 => drop(stays::<PeerId>(text)),
        2 => drop(stays::<GroupId>(text)),
        3 => drop(stays::<StatementId>(text)),
        4 => drop(stays::<VersionId>(text)),
        5 => drop(stays::<RecordId>(text)),
        6 => drop(stays::<TypeId>(text)),
        7 => drop(stays::<Name>(text)),
        8 => drop(stays::<AttributeName>(text)),
        9 => drop(stays::<Pattern>(text)),
        _ => {
            if let Ok(script) = Script::from_text(text) {
                assert_eq!(Script::from_text(&script.to_text()), Ok(script));
            }
        }
    }
}

/// Whether it is read. What is shown of it is read the same.
fn stays<T: FromStr + Display + PartialEq>(text: &str) -> bool {
    let Ok(read) = text.parse::<T>() else { return false };
    let shown = read.to_string();
    assert!(shown.parse::<T>().is_ok_and(|again| again == read), "{text:?} is shown as {shown:?}");
    true
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let scene = scene();
    let upper = scene.seat.group.to_string().to_uppercase();
    let mut texts: Vec<(u8, String)> = vec![
        (0, "tcp:192.0.2.1:3587".to_owned()),
        (0, "quic:[2001:db8::1]:3587".to_owned()),
        (0, format!("mem:{}", "x".repeat(124))),
        (1, peer(3).to_string()),
        (1, peergroup_core::SecretKey::from_bytes([5; 32]).peer().to_string()),
        (2, scene.seat.group.to_string()),
        (2, upper),
        (3, StatementId::from_bytes([3; 32]).to_string()),
        (4, VersionId::from_bytes([0xff; 32]).to_string()),
        (5, scene.records[0].to_string()),
        (6, NOTE.to_string()),
        (6, NOTE.to_string().replace('-', "")),
        (7, "Tom & Ayşe".to_owned()),
        (8, "keyword".to_owned()),
        (8, "peercreatorid".to_owned()),
        (9, "img_????.*".to_owned()),
        (9, r"a\*b\?c\\".to_owned()),
    ];
    texts.extend(f18_world::scripts().iter().map(|script| (10, script.to_text())));
    texts.into_iter().map(|(kind, text)| [&[kind], text.as_bytes()].concat()).collect()
}
