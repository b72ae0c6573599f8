//! The database of a group as a file: any split is read alike, and what is found good is taken in.

use peergroup_core::limits::RECEIVED_BYTES_MAX;
use peergroup_core::simulation::forge::statement_bytes;
use peergroup_core::simulation::reading;
use peergroup_core::{CheckedDatabase, DatabaseError, Exported, Progress};

use crate::Tape;
use crate::rig::Rig;
use crate::scene::scene;
use crate::tape::run;

/// Reads a file of any bytes, or of any frames under a hash that fits.
pub fn f12_database(data: &[u8]) {
    let mut tape = Tape::new(data);
    let cuts = tape.run();
    let bytes = if tape.flag() { made(&mut tape) } else { tape.rest().to_vec() };
    let mut rig = scene().creator(2);
    let checked = check(&rig, &bytes, &[]);
    let pieces = check(&rig, &bytes, cuts);
    let outcome = |checked: &Result<CheckedDatabase, DatabaseError>| {
        checked.as_ref().map(CheckedDatabase::items).map_err(|error| *error)
    };
    assert_eq!(outcome(&checked), outcome(&pieces), "a split changes it");
    if let Ok(checked) = checked {
        import(&mut rig, &checked, &bytes);
        rig.check_bounds();
    }
}

fn check(rig: &Rig, bytes: &[u8], cuts: &[u8]) -> Result<CheckedDatabase, DatabaseError> {
    let mut check = rig.node.check_database(scene().seat).expect("it is open and offline");
    let mut rest = bytes;
    for cut in cuts {
        let (piece, behind) = rest.split_at(usize::from(*cut).min(rest.len()));
        check.read(piece)?;
        rest = behind;
    }
    check.read(rest)?;
    check.finish()
}

fn import(rig: &mut Rig, checked: &CheckedDatabase, bytes: &[u8]) {
    let creator = scene().seat.identity;
    let mut import = checked.import();
    let mut last = Progress::default();
    for piece in bytes.chunks(RECEIVED_BYTES_MAX) {
        let taken = rig.act(|node, now| node.import_database(now, &mut import, piece));
        last = taken.expect("it was checked").value;
    }
    assert_eq!((last.done, last.of), (checked.items(), checked.items()));
    assert_eq!(import.finish(), Ok(last));
    let role = rig.node.member(scene().seat, creator).expect("it is open").map(|it| it.role);
    assert_eq!(role, Some(peergroup_core::Role::Admin), "I3: the creator is what it was");
}

/// Frames of what the group holds, and of other bytes.
fn made(tape: &mut Tape<'_>) -> Vec<u8> {
    let held = held();
    let mut frames = Vec::new();
    let mut counts = [0_u64; 3];
    let lies = tape.byte();
    while !tape.is_over() {
        let kind = 1 + tape.byte() % 3;
        let content = match tape.byte() {
            0 => tape.run().to_vec(),
            number => {
                let of_kind: Vec<&(u8, Vec<u8>)> = held.iter().filter(|it| it.0 == kind).collect();
                let chosen = of_kind.get(usize::from(number - 1) % of_kind.len().max(1));
                chosen.map(|it| it.1.clone()).unwrap_or_default()
            }
        };
        counts[usize::from(kind) - 1] += 1;
        frames.push((kind, content));
    }
    if lies > 0 {
        counts[usize::from(lies) % 3] += u64::from(lies);
    }
    reading::database(scene().seat, counts, &frames)
}

/// The contents of the frames of a real file, with their kinds.
fn held() -> &'static [(u8, Vec<u8>)] {
    static HELD: std::sync::OnceLock<Vec<(u8, Vec<u8>)>> = std::sync::OnceLock::new();
    HELD.get_or_init(|| {
        let file = export();
        let mut rest = &file[10..];
        let mut frames = Vec::new();
        while let Some((length, behind)) = rest.split_first_chunk() {
            let (frame, behind) = behind.split_at(u32::from_be_bytes(*length) as usize);
            frames.push((frame[0], frame[1..].to_vec()));
            rest = behind;
        }
        let rig = scene().creator(2);
        let statements = rig.node.statements(scene().seat).expect("it is open");
        assert!(statements.map(statement_bytes).all(|it| frames.contains(&(1, it))));
        frames
    })
}

/// The file of the scene.
fn export() -> Vec<u8> {
    let (mut rig, seat) = (scene().creator(2), scene().seat);
    let mut export = rig.node.export_database(seat).expect("it is open and offline");
    let mut file = Vec::new();
    loop {
        let exported = rig.act(|node, now| node.export_piece(now, &mut export, &mut file));
        match exported.expect("nothing changes") {
            Exported::Piece(_) => {}
            Exported::Reading(asked) => {
                let answered = rig.notices.drain(..).find_map(|notice| match notice {
                    peergroup_core::Notice::PayloadRead { ticket, outcome } if ticket == asked => {
                        Some(outcome)
                    }
                    _ => None,
                });
                export.read(answered.expect("an answer to every read"));
            }
            Exported::Whole => return file,
        }
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let file = export();
    let raw = |cuts: &[u8], bytes: &[u8]| [&run(cuts)[..], &[0], bytes].concat();
    let made = |lies: u8, frames: &[u8]| [&run(&[1, 9, 100])[..], &[1, lies], frames].concat();
    let in_order: Vec<u8> = held()
        .iter()
        .filter(|(kind, _)| (1..=3).contains(kind))
        .scan([0; 4], |seen, (kind, _)| {
            seen[usize::from(*kind)] += 1;
            Some([*kind - 1, seen[usize::from(*kind)]])
        })
        .flatten()
        .collect();
    let mut turned = in_order.clone();
    turned.swap(1, 3);
    vec![
        raw(&[], &file),
        raw(&[10, 1, 1, 1, 1, 67], &file),
        raw(&[3], &file[..file.len() - 40]),
        made(0, &in_order),
        made(1, &in_order),
        made(0, &turned),
        made(0, &in_order[..4]),
        made(0, &[0, 1, 0, 1]),
        made(0, &[0, 0, 3, 0, 1, 2, 3]),
        made(0, &[1, 1, 2, 1]),
    ]
}

#[cfg(test)]
mod tests;
