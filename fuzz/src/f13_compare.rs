//! Two honest replicas come together, whatever they differ in and whatever comes meanwhile.

use std::collections::{BTreeSet, VecDeque};

use peergroup_core::simulation::Listener;
use sha2::{Digest as _, Sha256};

use crate::Tape;

/// Comparisons after which two replicas must have the same: each is begun when the one before has
/// ended, the first while items still come.
const ROUNDS_MAX: usize = 8;
/// Frames of one comparison, at most.
const FRAMES_MAX: usize = 100_000;

/// Two replicas that compare.
struct Pair {
    ends: [Listener; 2],
    inbox: [VecDeque<Vec<u8>>; 2],
    /// All items that either has.
    all: BTreeSet<[u8; 32]>,
}

/// Compares two replicas until they have the same.
pub fn f13_compare(data: &[u8]) {
    let mut tape = Tape::new(data);
    let mut pair = Pair::take(&mut tape);
    let mut rounds = 0;
    while pair.ends[0].root() != pair.ends[1].root() {
        assert!(rounds < ROUNDS_MAX, "they do not come together");
        rounds += 1;
        let hello = pair.ends[0].open().expect("the last comparison has ended");
        pair.inbox[1].push_back(hello);
        pair.talk(&mut tape);
    }
    let mut whole = Listener::new(&pair.all.iter().copied().collect::<Vec<_>>(), [0; 32], None);
    assert_eq!(pair.ends[0].root(), whole.root(), "something was lost or made up");
}

/// An item: some begin alike, so that the trie is deep.
pub(crate) fn item(number: u32) -> [u8; 32] {
    let mut item: [u8; 32] = Sha256::digest(number.to_le_bytes()).into();
    if number % 8 == 3 {
        item[..3].fill(0x77);
    }
    item
}

fn items(from: u32, count: u32) -> impl Iterator<Item = [u8; 32]> + Clone {
    (from..from + count).map(item)
}

impl Pair {
    fn take(tape: &mut Tape<'_>) -> Self {
        let count = |tape: &mut Tape<'_>| {
            let few = u32::from(tape.byte());
            if few > 240 { (few - 240) * 100 } else { few }
        };
        let link = [tape.byte(); 32];
        let [shared, mine, theirs] = [0; 3].map(|_| count(tape));
        let has_bookmark = tape.flag();
        let of_end = |from: u32, own: u32, is_turned: bool| {
            let mut all: Vec<[u8; 32]> = items(0, shared).collect();
            if is_turned {
                all.reverse();
            }
            all.extend(items(from, own));
            all
        };
        let ends = [of_end(1 << 20, mine, false), of_end(1 << 21, theirs, true)];
        let all = ends.iter().flatten().copied().collect();
        let since = has_bookmark.then_some((u64::from(shared), u64::from(shared)));
        let ends = ends.map(|items| Listener::new(&items, link, since));
        Self { ends, inbox: [VecDeque::new(), VecDeque::new()], all }
    }

    /// Lets both say what they have to, in any order, while items come to either.
    fn talk(&mut self, tape: &mut Tape<'_>) {
        for _ in 0..FRAMES_MAX {
            let choice = tape.byte();
            if choice >= 250 {
                let new = item((1 << 22) + u32::from(tape.byte()));
                if self.all.insert(new) {
                    self.ends[usize::from(choice & 1)].change(new);
                }
            }
            let first = usize::from(choice & 1);
            let end = if self.inbox[first].is_empty() { 1 - first } else { first };
            let Some(body) = self.inbox[end].pop_front() else { return };
            let said = self.ends[end].hear(&body).expect("both are honest");
            self.inbox[1 - end].extend(said);
            let usage = self.ends[end].usage();
            assert!(usage.exceeded().next().is_none(), "{usage:?}");
        }
        panic!("a comparison does not end");
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let seed = |counts: [u8; 3], has_bookmark: u8| [&[9], &counts[..], &[has_bookmark]].concat();
    let mut seeds = Vec::new();
    for bookmark in [0, 1] {
        for counts in [
            [0, 0, 0],
            [100, 0, 0],
            [100, 5, 0],
            [100, 0, 5],
            [100, 5, 5],
            [200, 60, 60],
            [0, 200, 3],
            [250, 30, 30],
            [245, 245, 1],
        ] {
            seeds.push(seed(counts, bookmark));
        }
        // items come meanwhile
        let meanwhile = [&seed([100, 20, 20], bookmark)[..], &[250, 1, 251, 2, 0, 250, 3]].concat();
        seeds.push(meanwhile);
    }
    seeds
}
