//! Checkpoints, true and not, and the heights at which others sign.

use peergroup_core::simulation::Ledger;
use peergroup_core::simulation::forge::{Forge, statement_bytes};
use peergroup_core::simulation::reading;
use peergroup_core::{Body, Statement, Survivor, UnixTime, Worth};

use super::{Shown, Signed, stepwise};
use crate::Tape;
use crate::scene::{key, peer};

const WORTHS: [Worth; 5] =
    [Worth::Full, Worth::Demoted, Worth::Removed, Worth::GivenUp, Worth::Dead];

/// The height that somebody signs at: the greatest of a checkpoint that was signed; or one less,
/// by whoever has not seen that; or one more, though there is none.
pub(super) fn height(form: u8, signed: &[Signed]) -> u32 {
    let known = greatest(signed);
    match form >> 4 & 3 {
        1 => known.saturating_sub(1),
        2 if known > 0 => known.saturating_add(1),
        _ => known,
    }
}

fn greatest(signed: &[Signed]) -> u32 {
    let own = signed.iter().map(|it| &it.statement);
    own.filter(|it| is_checkpoint(it)).map(Statement::height).max().unwrap_or(0)
}

fn is_checkpoint(statement: &Statement) -> bool {
    matches!(statement.body(), Body::Checkpoint { .. })
}

/// A checkpoint of all that has been shown, and its parts. The creator may be wrong about what
/// survives it, make two of one height, and withhold a part.
pub(super) fn sign(tape: &mut Tape<'_>, signed: &[Signed]) -> Vec<Signed> {
    let at = UnixTime::from_millis([5, 15, 5, 1_000_000][tape.below(4)]);
    let (odd, which) = (tape.byte(), tape.byte());
    let known = greatest(signed);
    let height = match odd >> 3 & 3 {
        1 if known > 0 => known,
        2 => known.saturating_add(2),
        _ => known.saturating_add(1),
    };
    let mut survivors = stepwise(signed).0.survivors(at);
    distort(&mut survivors, odd & 7, which, signed);
    let forge = Forge::new(key(1), Ledger::found(&key(1)).group());
    let sign = |body| {
        let statement = forge.statement_at(height, None, 1, body, &[], &[]);
        reading::statement(forge.group, peer(1), &statement_bytes(&statement)).ok()
    };
    let middle = if odd & 0x80 == 0 { survivors.len() } else { survivors.len() / 2 };
    let (first, second) = survivors.split_at(middle);
    let parts = [first, second].into_iter().filter(|part| !part.is_empty());
    let parts: Vec<Statement> =
        parts.filter_map(|part| sign(Body::Survivors(part.to_vec()))).collect();
    let names = parts.iter().map(Statement::id).collect();
    let Some(checkpoint) = sign(Body::Checkpoint { at, parts: names }) else { return Vec::new() };
    let shown = if odd & 0x40 == 0 { Shown::Whole } else { Shown::Withheld };
    let mut all: Vec<Signed> =
        parts.into_iter().map(|statement| Signed { statement, shown }).collect();
    let place = if odd & 0x20 == 0 { all.len() } else { 0 };
    all.insert(place, Signed { statement: checkpoint, shown: Shown::Whole });
    all
}

/// Makes something of a manifest that a node would not: one is left out, or is worth something
/// else, or begins a tenure or does not; or one more is named.
fn distort(survivors: &mut Vec<Survivor>, how: u8, which: u8, signed: &[Signed]) {
    let worth = WORTHS[usize::from(which >> 5) % WORTHS.len()];
    let at = usize::from(which & 31).checked_rem(survivors.len());
    match (how, at) {
        (4, Some(at)) => {
            survivors.remove(at);
        }
        (5, Some(at)) => survivors[at].worth = worth,
        (6, _) => {
            let more = usize::from(which & 31).checked_rem(signed.len());
            let ids = more.map(|more| signed[more].statement.id()).into_iter();
            survivors.extend(ids.map(|id| Survivor { id, worth, begins: false }));
            survivors.sort_by_key(|survivor| survivor.id);
            survivors.dedup_by_key(|survivor| survivor.id);
        }
        (7, Some(at)) => survivors[at].begins ^= true,
        _ => {}
    }
}
