//! What a member can do by the records it publishes, and a neighbour by what it says.

use bytes::Bytes;

use super::*;
use crate::limits::{ARRIVALS_CODED_MAX, LEAF_ITEMS_MAX};
use crate::message::Blob;
use crate::reconcile::prefix::Prefix;
use crate::reconcile::talk::{How, Probe};

fn sum(items: &[Item], add: impl Fn(u64, u64) -> u64) -> Vec<u64> {
    items.iter().fold(alloc::vec![0; 4], |all, item| {
        let words = item.as_chunks::<8>().0.iter().map(|it| u64::from_le_bytes(*it));
        all.into_iter().zip(words).map(|(one, other)| add(one, other)).collect()
    })
}

/// Replicas that share a thousand items; the one has these besides, the other those.
fn apart(mine: &[Item], theirs: &[Item]) -> [Replica; 2] {
    let (mut pair, _) = parted(1000, 0, 0, 0);
    for (replica, items) in pair.iter_mut().zip([mine, theirs]) {
        for item in items {
            assert!(replica.insert(*item));
        }
    }
    pair
}

#[test]
fn r10_items_that_cancel_each_other_out_in_an_xor_are_found_to_be_lacking() {
    // whoever publishes 257 records finds some of which the hashes do so; here they are made up
    let mut forged: Vec<Item> = (0..63).map(item).collect();
    let rest = sum(&forged, |one, other| one ^ other);
    let mut last = [0; 32];
    for (to, of) in last.as_chunks_mut::<8>().0.iter_mut().zip(rest) {
        *to = of.to_le_bytes();
    }
    forged.push(last);
    assert_eq!(sum(&forged, |one, other| one ^ other), [0; 4]);
    let forged: Vec<Item> = forged.iter().map(|it| it.map(|byte| byte ^ 0x5a)).collect();
    let mut pair = apart(&forged, &[]);
    assert_ne!(pair[0].root(), pair[1].root());
    assert_eq!(converge(&mut pair, None)[0].items, 64);
}

#[test]
fn r10_halves_with_one_count_and_one_sum_are_found_to_differ() {
    // 2,048 records on either side would do so modulo 2^256; here they are made up
    let number = |low: u64| {
        let mut made = [0; 32];
        made[..8].copy_from_slice(&low.to_le_bytes());
        made
    };
    let [mine, theirs] = [[1000, 17], [1009, 8]].map(|pair| pair.map(number));
    assert_eq!(sum(&mine, u64::wrapping_add), sum(&theirs, u64::wrapping_add));
    let mut pair = apart(&mine, &theirs);
    assert_ne!(pair[0].root(), pair[1].root());
    assert_eq!(converge(&mut pair, None)[0].items, 4);
}

/// A first end that is asked to compare, alone: what it says is answered by hand.
struct Alone<'a> {
    meeting: Meeting<'a>,
}

impl Alone<'_> {
    /// Hands the first end what it is told, and gives what it says to that.
    fn tell(&mut self, said: Said) -> Vec<Said> {
        self.meeting.ends[0].inbox.push_back(said);
        self.meeting.step();
        self.meeting.ends[1].inbox.drain(..).collect()
    }
}

#[test]
fn r10_cells_that_never_decode_end_at_their_bound_and_the_trie_goes_on() {
    let (mut pair, (here, there)) = parted(1000, 50, 0, 0);
    let [one, two] = &mut pair;
    let mut meeting = Meeting::new([one, two], [7; 32]);
    meeting.met_at(here, there);
    meeting.open();
    let noise = |from: u32, count: u32| {
        let bytes: Vec<u8> = (from..from + count).flat_map(|at| item(at)[..7].to_vec()).collect();
        Blob(Bytes::from(bytes))
    };
    let mut liar = Alone { meeting };
    liar.meeting.ends[1].inbox.clear();
    let how = How::Coded { arrivals: 50, cells: noise(0, 22) };
    let mut said = liar.tell(Said::Answer(Answer { next: 9, how }));
    let mut given = 22;
    let most = 4 * (50 + 50) + 64;
    while let Some(Said::Talk(Talk::More { .. })) = said.first() {
        let more = (most - given).min(given);
        said = liar.tell(Said::Talk(Talk::Cells { cells: noise(1000 + given, more), last: true }));
        given += more;
        assert!(given <= most);
    }
    let [Said::Talk(Talk::Probes { probes, .. })] = &said[..] else { panic!("{said:?}") };
    assert_eq!((given, probes.len(), liar.meeting.fault), (most, 1, None));
    let beyond = liar.tell(Said::Talk(Talk::Cells { cells: noise(0, 1), last: true }));
    assert_eq!((beyond.len(), liar.meeting.fault), (0, Some(Fault::Unexpected)));
}

#[test]
fn r10_ranges_that_never_end_are_asked_about_no_further() {
    let (mut pair, _) = parted(1000, 50, 0, 0);
    let [one, two] = &mut pair;
    let mut meeting = Meeting::new([one, two], [7; 32]);
    meeting.open();
    let mut liar = Alone { meeting };
    liar.meeting.ends[1].inbox.clear();
    let branch = |prefix, salt: u32| {
        let bytes: Vec<u8> = (0..2).flat_map(|at| item(salt * 2 + at)).collect();
        Probe::Branch { prefix, children: u16::MAX, tags: Blob(Bytes::from(bytes)) }
    };
    let how = How::Descent { count: 1 << 40, root: branch(Prefix::ROOT, 0) };
    let mut said = liar.tell(Said::Answer(Answer { next: 9, how }));
    let mut asked = 0;
    for salt in 1.. {
        let probes = said.iter().find_map(|said| match said {
            Said::Talk(Talk::Probes { probes, .. }) => Some(probes.clone()),
            _ => None,
        });
        let Some(probes) = probes else { break };
        asked += probes.len();
        let answered = probes.len() as u64;
        let probes = probes.iter().map(|probe| branch(probe.prefix(), salt)).collect();
        said = liar.tell(Said::Talk(Talk::Probes { answered, probes }));
        assert!(asked < 4000, "it goes on and on");
    }
    assert_eq!(liar.meeting.fault, None);
    assert!(
        said.iter().any(|it| matches!(it, Said::Talk(Talk::Done { whole: false }))),
        "{said:?}"
    );
}

#[test]
fn r11_an_end_that_denies_whatever_it_told_of_is_asked_no_more() {
    let mut pair = [Replica::default(), Replica::default()];
    let [one, two] = &mut pair;
    let mut meeting = Meeting::new([one, two], [7; 32]);
    meeting.open();
    let mut liar = Alone { meeting };
    liar.meeting.ends[1].inbox.clear();
    let leaf = |salt: u32| {
        let tags = (0..8).flat_map(|at| item(salt * 8 + at)).collect::<Vec<u8>>();
        Probe::Leaf { prefix: Prefix::ROOT, tags: Blob(Bytes::from(tags)) }
    };
    let how = How::Descent { count: 64, root: leaf(0) };
    let mut said = liar.tell(Said::Answer(Answer { next: 9, how }));
    let mut denied = 0;
    for salt in 1_u32.. {
        let is_done = said.iter().any(|it| matches!(it, Said::Talk(Talk::Done { whole: false })));
        let wanted = said.iter().find_map(|said| match said {
            Said::Talk(Talk::Want { tags, .. }) if !is_done => Some(tags.clone()),
            _ => None,
        });
        let Some(tags) = wanted else { break };
        denied += tags.0.len() / 4;
        assert!(denied <= 3 * ARRIVALS_CODED_MAX, "it goes on and on");
        let probes = alloc::vec![leaf(salt)];
        said = liar.tell(Said::Talk(Talk::Probes { answered: 0, probes }));
        said.extend(liar.tell(Said::Talk(Talk::Lacking { tags })));
    }
    assert!(denied > LEAF_ITEMS_MAX && liar.meeting.fault.is_none(), "{denied}");
}

#[test]
fn r10_items_whose_names_collide_on_a_link_are_delivered_all_the_same() {
    // whoever takes part in the link knows its key and can look for them
    use crate::reconcile::names_for_tests;
    let name = names_for_tests([7; 32], 1);
    let mut by_name = alloc::collections::BTreeMap::new();
    let (one, two) = (0_u32..)
        .find_map(|number| {
            let other = by_name.insert(name(&item(number)), number)?;
            Some((item(other), item(number)))
        })
        .unwrap();
    for (mine, theirs) in [(&[one, two][..], &[][..]), (&[one], &[two]), (&[], &[one, two])] {
        let mut pair = apart(mine, theirs);
        let since = Some((1000, 1000));
        let rounds = converge(&mut pair, since);
        assert!(rounds.len() <= 4, "{rounds:?}");
    }
}
