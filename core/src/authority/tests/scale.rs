//! Large sets: no recursion, no quadratic cost.

use alloc::collections::BTreeMap;

use super::*;
use crate::limits::ANCHOR_WORDS_FOR_CREATOR;
use Role::{Admin, Member};

/// Signs `acts` in a row by one author, each after the one before.
fn chain(
    cast: &Cast,
    authority: &mut Authority,
    author: usize,
    cred: Option<StatementId>,
    acts: impl Iterator<Item = (Body, Vec<StatementId>)>,
) -> Vec<StatementId> {
    let mut ids: Vec<StatementId> = Vec::new();
    for ((body, cites), depth) in acts.zip(100..) {
        let prev: Vec<_> = ids.last().copied().into_iter().collect();
        let one = cast.unsigned(author, cred, act(depth, &prev, &cites, body));
        ids.push(one.id());
        assert_eq!(authority.insert(one), Ok(Inserted::New));
    }
    ids
}

fn timed(authority: &mut Authority, what: &str) {
    #[expect(clippy::disallowed_methods, reason = "measures; decides nothing")]
    let start = std::time::Instant::now();
    assert!(authority.evaluate().is_some());
    std::println!("{what}: {} statements in {:?}", authority.len(), start.elapsed());
}

/// Keys of subjects: any canonical key will do.
fn strangers(count: u64) -> Vec<PeerId> {
    let key = |n: u64| {
        let mut bytes = [7; 32];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        SecretKey::from_bytes(bytes).peer()
    };
    (0..count).map(key).collect()
}

fn member(subject: PeerId) -> Body {
    let (role, window) = (Member, Window::INFINITE);
    Body::Grant(Grant { subject, role, window, continues: None })
}

#[test]
fn a_long_chain_of_one_admin_is_evaluated_and_pinned_whole() {
    let cast = Cast::new(3);
    let mut authority = cast.authority();
    let body = Body::Grant(Grant {
        subject: cast.peers[1],
        role: Admin,
        window: Window::INFINITE,
        continues: None,
    });
    let admin = chain(&cast, &mut authority, 0, None, [(body, vec![])].into_iter())[0];
    let invited = (1..=10_000).map(|until| (cast.grant_in(2, Member, until), vec![]));
    let signed = chain(&cast, &mut authority, 1, Some(admin), invited);
    timed(&mut authority, "one long chain");
    let cut = authority.cut(cast.peers[1]);
    assert_eq!((cut.heads.as_slice(), cut.lost.len()), (&signed[9_999..], 0));
    let body = cast.remove(1, &signed[4_999..5_000]);
    chain(&cast, &mut authority, 0, None, [(body, vec![])].into_iter());
    timed(&mut authority, "one long chain, cut in the middle");
    assert!(authority.is_live(&signed[4_999]) && !authority.is_live(&signed[5_000]));
    assert_eq!(authority.role(cast.peers[2], NOW), Some(Member));
}

#[test]
fn many_members_removed_and_readmitted_by_one_admin_cost_little() {
    let cast = Cast::new(3);
    let mut authority = cast.authority();
    let body = Body::Grant(Grant {
        subject: cast.peers[1],
        role: Admin,
        window: Window::INFINITE,
        continues: None,
    });
    let admin = chain(&cast, &mut authority, 0, None, [(body, vec![])].into_iter())[0];
    let peers = strangers(1_400);
    let mut acts: Vec<_> = peers.iter().map(|&peer| (member(peer), vec![])).collect();
    let cut = Vec::new();
    let remove = |&subject| (Body::Remove { subject, cut: cut.clone() }, vec![]);
    acts.extend(peers.iter().map(remove));
    let signed = chain(&cast, &mut authority, 1, Some(admin), acts.into_iter());
    timed(&mut authority, "all removed");
    assert_eq!(authority.members().count(), 2);
    let removals = &signed[peers.len()..];
    let again = peers.iter().zip(removals).map(|(&peer, &removal)| (member(peer), vec![removal]));
    chain(&cast, &mut authority, 0, None, again);
    timed(&mut authority, "all readmitted");
    assert_eq!(authority.members().count(), 2 + peers.len());
}

#[test]
fn many_forks_of_removals_and_grants_of_one_subject_cost_little() {
    let cast = Cast::new(3);
    let mut authority = cast.authority();
    let subject = cast.peers[2];
    let grants = (1..=1_500).map(|until| (cast.grant_in(2, Admin, until), vec![]));
    let grants = chain(&cast, &mut authority, 0, None, grants);
    for (n, grant) in (1..=1_500).zip(&grants) {
        let one = cast.unsigned(2, Some(*grant), act(n, &[], &[], cast.grant_in(1, Member, 1)));
        authority.insert(one).unwrap();
    }
    let removals = (0..1_500).map(|n| {
        let cut = vec![grants[n]];
        (Body::Remove { subject, cut }, vec![])
    });
    chain(&cast, &mut authority, 0, None, removals);
    timed(&mut authority, "one subject, many of each");
    assert_eq!(authority.role(subject, NOW), None);
}

/// An Admin's grant, and what the Admin signs under it in a row: a grant each.
fn admin_and_guests(cast: &Cast, count: u64) -> (Statement, Vec<Statement>) {
    let admin = cast.unsigned(0, None, act(1, &[], &[], admin_grant(cast)));
    let mut signed: Vec<Statement> = Vec::new();
    for (subject, depth) in strangers(count).into_iter().zip(1..) {
        let prev: Vec<_> = signed.last().map(Statement::id).into_iter().collect();
        signed.push(cast.unsigned(1, Some(admin.id()), act(depth, &prev, &[], member(subject))));
    }
    (admin, signed)
}

fn admin_grant(cast: &Cast) -> Body {
    let (subject, window) = (cast.peers[1], Window::INFINITE);
    Body::Grant(Grant { subject, role: Admin, window, continues: None })
}

/// Looks at statements for each that is inserted, evaluating after every one.
fn steps_for_each(authority: &mut Authority, all: &[Statement]) -> u64 {
    let before = authority.set.steps.get();
    for one in all {
        assert_eq!(authority.insert(one.clone()), Ok(Inserted::New));
        authority.evaluate();
    }
    (authority.set.steps.get() - before) / all.len() as u64
}

#[test]
fn a_statement_costs_the_same_however_many_there_are() {
    let cast = Cast::new(3);
    let (admin, signed) = admin_and_guests(&cast, 6_000);
    let mut authority = cast.authority();
    steps_for_each(&mut authority, &[admin]);
    let few = steps_for_each(&mut authority, &signed[..1_000]);
    let many = steps_for_each(&mut authority, &signed[1_000..]);
    assert!(few < 8 && many < 8, "{few} {many}");
}

#[test]
fn links_that_come_in_reverse_or_in_any_order_below_a_cut_cost_little() {
    let cast = Cast::new(3);
    let (admin, signed) = admin_and_guests(&cast, 3_000);
    let removal = cast.remove(1, &[signed[2_998].id()]);
    let removal = cast.unsigned(0, None, act(2, &[admin.id()], &[], removal));
    let mut shuffled = signed.clone();
    let mut rng = random::Rng::new(7);
    for at in (1..shuffled.len()).rev() {
        shuffled.swap(at, rng.below(at + 1));
    }
    let mut reverse = signed.clone();
    reverse.reverse();
    for order in [reverse, shuffled] {
        let mut authority = cast.authority();
        steps_for_each(&mut authority, &[admin.clone(), removal.clone()]);
        let steps = steps_for_each(&mut authority, &order);
        assert!(steps < 64, "{steps}");
        assert_eq!(authority.members().count(), 1 + 2_999);
    }
}

#[test]
fn a_removal_that_comes_last_costs_what_its_subject_signed() {
    let cast = Cast::new(3);
    let (admin, signed) = admin_and_guests(&cast, 3_000);
    let mut authority = cast.authority();
    steps_for_each(&mut authority, &[admin]);
    steps_for_each(&mut authority, &signed);
    let removal = cast.remove(1, &[signed[1_499].id()]);
    let steps =
        steps_for_each(&mut authority, &[cast.unsigned(0, None, act(2, &[], &[], removal))]);
    assert!(steps < 6 * 3_000, "{steps}");
    assert_eq!(authority.members().count(), 1 + 1_500);
}

/// What a hostile Admin's statements cost at worst: looks for one of them, for each that is held.
const LOOKS_FOR_EACH_HELD: u64 = 24;

/// Puts statements in one by one, and holds each to its bound.
fn put_bounded(authority: &mut Authority, all: &[Statement]) {
    for one in all {
        let before = authority.set.steps.get();
        assert_eq!(authority.insert(one.clone()), Ok(Inserted::New));
        authority.evaluate();
        let looks = authority.set.steps.get() - before;
        let bound = LOOKS_FOR_EACH_HELD * (64 + authority.len() as u64);
        assert!(looks <= bound, "{looks} looks with {} held: {one:?}", authority.len());
    }
}

/// A hostile Admin 1 and its sock puppets 2 (an Admin by it) and 3 (an Admin by 2): many removals
/// of 3 by the one, and many grants to 3 by the other that cite the last of them.
struct Plot {
    cast: Cast,
    founding: Vec<Statement>,
    removals: Vec<Statement>,
    grants: Vec<Statement>,
}

impl Plot {
    fn new(count: u32) -> Self {
        let cast = Cast::new(5);
        let admin = cast.unsigned(0, None, act(1, &[], &[], cast.grant(1, Admin)));
        let puppet = cast.unsigned(1, Some(admin.id()), act(1, &[], &[], cast.grant(2, Admin)));
        let victim = cast.unsigned(2, Some(puppet.id()), act(1, &[], &[], cast.grant(3, Admin)));
        let mut plot =
            Self { cast, founding: vec![admin, puppet, victim], removals: vec![], grants: vec![] };
        for depth in 2..2 + count {
            let prev: Vec<_> = plot.removals.last().map(Statement::id).into_iter().collect();
            let body = plot.cast.remove(3, &[]);
            let removal = act(depth, &prev, &[], body);
            plot.removals.push(plot.cast.unsigned(1, Some(plot.founding[0].id()), removal));
        }
        for depth in 2..2 + count {
            let prev: Vec<_> = plot.grants.last().map(Statement::id).into_iter().collect();
            let cites: Vec<_> = plot.removals.iter().rev().take(16).map(Statement::id).collect();
            let body = plot.cast.grant_in(3, Admin, 2 + u64::from(depth % 8));
            let grant = act(depth, &prev, &cites, body);
            plot.grants.push(plot.cast.unsigned(2, Some(plot.founding[1].id()), grant));
        }
        plot
    }
}

#[test]
fn a_hostile_admins_citations_whose_links_come_late_cost_what_is_held() {
    let plot = Plot::new(400);
    let mut authority = plot.cast.authority();
    put_bounded(&mut authority, &plot.founding);
    put_bounded(&mut authority, &plot.grants);
    // the last, which all grants cite, comes first, and each then links to one more
    let backwards: Vec<_> = plot.removals.iter().rev().cloned().collect();
    put_bounded(&mut authority, &backwards);
    let covers_all = |entry: &Entry| (0..400).all(|number| entry.cover.contains(number));
    let covered = authority.set.entries().filter(|(_, entry)| covers_all(entry));
    assert_eq!(covered.count(), 400);
}

#[test]
fn a_hostile_admin_that_ends_and_revives_all_removals_of_a_peer_at_once_costs_what_is_held() {
    let plot = Plot::new(400);
    let (mut authority, [admin, puppet, _]) = (plot.cast.authority(), &plot.founding[..]) else {
        panic!("three found the plot");
    };
    put_bounded(&mut authority, &plot.founding);
    let signs = |author, cred: &Statement, depth, body| {
        plot.cast.unsigned(author, Some(cred.id()), act(depth, &[], &[], body))
    };
    let deputy = signs(1, admin, 7, plot.cast.grant(4, Admin));
    put_bounded(&mut authority, core::slice::from_ref(&deputy));
    for depth in 2..402 {
        let removal = signs(2, puppet, depth, plot.cast.remove(3, &[]));
        let grant = signs(4, &deputy, depth, plot.cast.grant(3, Admin));
        put_bounded(&mut authority, &[removal, grant]);
    }
    let victim = plot.cast.peers[3];
    assert_eq!(authority.role(victim, NOW), None);
    put_bounded(&mut authority, &[signs(1, admin, 8, plot.cast.remove(2, &[]))]);
    assert_eq!(authority.role(victim, NOW), Some(Admin), "400 removals have ended");
}

#[test]
fn a_hostile_admin_that_pins_all_with_many_removals_or_forks_costs_what_is_held() {
    let plot = Plot::new(400);
    let mut authority = plot.cast.authority();
    put_bounded(&mut authority, &plot.founding);
    let (puppet, deep) = (&plot.founding[1], plot.grants.last().unwrap().id());
    put_bounded(&mut authority, &plot.grants);
    for depth in 3..403 {
        let admin = Some(plot.founding[0].id());
        let removal = act(depth, &[], &[], plot.cast.remove(2, &[deep]));
        put_bounded(&mut authority, &[plot.cast.unsigned(1, admin, removal)]);
    }
    // forks of the puppet: each a chain of its own
    for (n, grant) in (3..).zip(&plot.grants) {
        let fork = act(n, &[grant.id()], &[], plot.cast.grant_in(4, Member, 3));
        put_bounded(&mut authority, &[plot.cast.unsigned(2, Some(puppet.id()), fork)]);
    }
    assert!(authority.is_live(&deep));
}

/// The words that anchors take.
fn anchor_words(authority: &Authority) -> usize {
    let entries = authority.set.entries();
    let of_entries: usize =
        entries.map(|(_, entry)| entry.anchors.weight() + entry.cover.weight()).sum();
    of_entries + authority.verdicts.anchor_words()
}

#[test]
fn anchors_take_no_more_memory_than_there_is_room_for_and_the_creator_has_room_left() {
    const ROOM: usize = 4_000;
    let plot = Plot::new(700);
    let mut authority = plot.cast.authority();
    authority.set.anchor_capacity = ANCHOR_WORDS_FOR_CREATOR + ROOM;
    put_bounded(&mut authority, &plot.founding);
    let (mut refused, mut most) = (0, 0);
    let mut put = |authority: &mut Authority, one: &Statement| {
        let inserted = authority.insert(one.clone());
        authority.evaluate();
        refused += u64::from(inserted == Ok(Inserted::Full));
        let taken = anchor_words(authority);
        most = most.max(taken);
        assert!(taken <= authority.set.anchor_words, "{taken} {}", authority.set.anchor_words);
        assert!(authority.set.anchor_words <= ROOM, "{}", authority.set.anchor_words);
    };
    // what the victim signs lies open, so that no removal reaches all of it
    let victim = |depth: u32, prev: &[StatementId]| {
        let body = plot.cast.grant_in(4, Member, 2 + u64::from(depth % 8));
        plot.cast.unsigned(3, Some(plot.founding[2].id()), act(depth, prev, &[], body))
    };
    let mut last: Vec<StatementId> = Vec::new();
    for depth in 1..200 {
        let one = victim(depth, &last);
        last = vec![one.id()];
        put(&mut authority, &one);
    }
    put(&mut authority, &victim(777, &[]));
    for (depth, removal) in (2..).zip(&plot.removals) {
        put(&mut authority, removal);
        let pinning = act(depth, &[], &[], plot.cast.remove(3, &last));
        put(&mut authority, &plot.cast.unsigned(1, Some(plot.founding[0].id()), pinning));
    }
    for grant in &plot.grants {
        put(&mut authority, grant);
    }
    assert!(refused > 500 && most > ROOM / 4, "{refused} {most}");
    let last_word = plot.cast.unsigned(0, None, act(9, &[], &[], plot.cast.remove(1, &[])));
    assert_eq!(authority.insert(last_word), Ok(Inserted::New));
    authority.evaluate();
    assert_eq!(authority.role(plot.cast.peers[1], NOW), None);
}

/// Rounds over some Inviters: an Admin grants to each, each invites one, and the Admin removes each
/// and pins that.
fn comings_and_goings(cast: &Cast, members: u8, rounds: u64) -> Vec<Vec<Statement>> {
    let admin = cast.unsigned(0, None, act(1, &[], &[], admin_grant(cast)));
    let mut last: BTreeMap<usize, (StatementId, u32)> = BTreeMap::new();
    let mut removals: BTreeMap<usize, StatementId> = BTreeMap::new();
    let mut all = vec![vec![admin.clone()]];
    let mut strangers = strangers(u64::from(members) * rounds).into_iter();
    for _ in 0..rounds {
        let mut round = Vec::new();
        let mut say = |author: usize, cred: StatementId, cites: &[StatementId], body: Body| {
            let (prev, depth) = match last.get(&author) {
                Some(&(id, depth)) => (vec![id], depth + 1),
                None => (vec![], 1),
            };
            let one = cast.unsigned(author, Some(cred), act(depth, &prev, cites, body));
            let id = one.id();
            last.insert(author, (id, depth));
            round.push(one);
            id
        };
        for inviter in (4..4 + members).map(usize::from) {
            let cites: Vec<_> = removals.get(&inviter).copied().into_iter().collect();
            let (subject, window) = (cast.peers[inviter], Window::INFINITE);
            let grant = Grant { subject, role: Role::Inviter, window, continues: None };
            let cred = say(1, admin.id(), &cites, Body::Grant(grant));
            let invited = say(inviter, cred, &[], member(strangers.next().unwrap()));
            let removal = say(1, admin.id(), &[], cast.remove(inviter, &[invited]));
            removals.insert(inviter, removal);
        }
        all.push(round);
    }
    all
}

#[test]
fn a_member_that_comes_back_costs_the_same_however_often_it_was_there() {
    let cast = Cast::new(24);
    let rounds = comings_and_goings(&cast, 20, 60);
    let mut authority = cast.authority();
    let looks: Vec<u64> = rounds.iter().map(|it| steps_for_each(&mut authority, it)).collect();
    let most = |some: &[u64]| some.iter().copied().max().unwrap();
    let (early, late) = (most(&looks[2..12]), most(&looks[50..60]));
    assert!(early < 16 && late <= early + 1, "{looks:?}");
    assert_eq!(authority.members().count(), 2 + 20 * 60);
}
