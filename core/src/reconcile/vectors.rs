//! Names, cells, tallies and trees as vectors.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::vec;
use alloc::vec::Vec;

use super::coded::{Decoder, Tally, cells, to_bytes};
use super::short::{Namer, Short, tag_of};
use crate::handshake::LinkKey;
use crate::hash::{Label, hash};
use crate::log::{Log, Shape};
use crate::message::{Item, Set};
use crate::vectors::{Json, Sheet, hex, map};

#[test]
fn the_vectors_of_reconciliation_are_as_made() {
    let given = map(vec![("link key", hex(&[9; 32]))]);
    let mut sheet = Sheet::new("reconciliation.json", given);
    names(&mut sheet);
    differences(&mut sheet);
    trees(&mut sheet);
    sheet.close();
}

/// The item with this number.
fn item(number: usize) -> Item {
    hash(Label::SetLeaf, &[&u32::try_from(number).unwrap().to_le_bytes()])
}

fn namer(set: Set, round: u32) -> Namer {
    Namer::new(&LinkKey::from_bytes([9; 32]), set, round)
}

fn number(of: impl Into<u64>) -> Json {
    of.into().into()
}

fn names(sheet: &mut Sheet) {
    let rounds = [(Set::Authority, 1), (Set::Authority, 2), (Set::Records, 1), (Set::Records, 300)];
    for (set, round) in rounds {
        let namer = namer(set, round);
        let short = namer.short(&item(1));
        let places = cells([short].into_iter(), 0, 200);
        let places = places.iter().enumerate().filter(|(_, cell)| **cell != 0);
        let values = vec![
            ("set", alloc::format!("{set:?}").into()),
            ("round", number(round)),
            ("item", hex(&item(1))),
            ("short", number(short)),
            ("tag", number(tag_of(short))),
            ("cells up to 200", Json::List(places.map(|(at, _)| at.into()).collect())),
            ("cell", hex(&to_bytes(&cells([short].into_iter(), 0, 1)))),
            ("tally", hex(&Tally::of([short].into_iter()).to_bytes())),
        ];
        sheet.computed("name", "of an item in a round", values);
    }
}

/// Two sets: `both` items in both, so many more in one alone.
fn differences(sheet: &mut Sheet) {
    let namer = namer(Set::Records, 1);
    for (both, mine, theirs) in [(0, 1, 0), (5, 0, 2), (40, 6, 6), (100, 30, 1)] {
        let short = |number: usize| namer.short(&item(number));
        let leader: Vec<Short> = (0..both + mine).map(short).collect();
        let follower: Vec<Short> = (0..both).chain(1000..1000 + theirs).map(short).collect();
        let mut decoder = Decoder::new(leader.clone());
        let mut count = 22;
        decoder.extend(&cells(follower.iter().copied(), 0, count));
        while decoder.difference().is_none() {
            decoder.extend(&cells(follower.iter().copied(), count, 2 * count));
            count *= 2;
        }
        let found = decoder.difference().unwrap();
        assert_eq!((found.mine.len(), found.theirs.len()), (mine, theirs));
        let all = cells(follower.iter().copied(), 0, count);
        let sorted = |names: &[Short]| {
            let mut all = names.to_vec();
            all.sort_unstable();
            Json::List(all.into_iter().map(number).collect())
        };
        let tally = |names: &[Short]| Tally::of(names.iter().copied());
        let values = vec![
            ("leader", sorted(&leader)),
            ("follower", sorted(&follower)),
            ("cells", hex(&to_bytes(&all))),
            ("the leader's alone", sorted(&found.mine)),
            ("the follower's alone", sorted(&found.theirs)),
            ("estimate", tally(&leader).apart(&tally(&follower)).into()),
        ];
        sheet.computed("difference", "of two sets", values);
    }
}

fn trees(sheet: &mut Sheet) {
    for count in [0, 1, 2, 64, 65, 300, 1500] {
        let mut log = Log::new();
        for number in 0..count {
            assert!(log.insert(item(number)));
        }
        let branch = match log.without(&[]).shape(&[]) {
            Shape::Few(_) => Json::Null,
            Shape::Many(children) => {
                let hash =
                    |child: &Option<[u8; 32]>| child.as_ref().map_or(Json::Null, |it| hex(it));
                Json::List(children.iter().map(hash).collect())
            }
        };
        let values =
            vec![("items", count.into()), ("root", hex(&log.root())), ("children", branch)];
        sheet.computed("tree", "item n is H(set-leaf; n as 4 bytes little-endian)", values);
    }
}

/// Of this item on a link with key 32 × 09, authority, round 1: its short name, its tag as it
/// travels, its first cells, a cell with it alone, its place in a tally.
pub(crate) fn worked(item: &Item) -> [alloc::string::String; 5] {
    let short = namer(Set::Authority, 1).short(item);
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let cells_of = cells([short].into_iter(), 0, 145);
    let places = cells_of.iter().enumerate().filter(|(_, cell)| **cell != 0);
    let places: Vec<_> = places.map(|(at, _)| alloc::format!("{at}")).collect();
    let tally = Tally::of([short].into_iter()).to_bytes();
    let (at, step) = tally.iter().enumerate().find(|(_, step)| **step != 0).unwrap();
    [
        alloc::format!("{short:09x}"),
        hex(&tag_of(short).to_le_bytes()),
        places.join(", "),
        hex(&to_bytes(&cells([short].into_iter(), 0, 1))),
        alloc::format!("{:+} at {at}", step.cast_signed()),
    ]
}
