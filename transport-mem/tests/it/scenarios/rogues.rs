//! Members, former admins and strangers that keep no rule.

use core::time::Duration;

use peergroup_core::limits::CHAIN_MAX;
use peergroup_core::simulation::forge::{self, Forge, frames};
use peergroup_core::{
    Body, Event, Fault, GroupId, NeighbourChange, PeerId, Properties, RecordId, Role, SecretKey,
    Statement, Window,
};
use peergroup_mem::{Host, Mischief, NOTE, World};

use super::common::{MINUTE, assert_role, bring_in, minutes, remove, seconds, text, update, world};

/// What faults a host has found in a peer since its events were last taken.
fn faults(world: &mut World, host: Host, of: Host) -> Vec<Fault> {
    let peer = world.peer(of);
    let events = world.take_events(host).into_iter();
    events
        .filter_map(|(_, event)| match event {
            Event::PeerFaulted { peer: who, fault, .. } if who == Some(peer) => Some(fault),
            _ => None,
        })
        .collect()
}

fn is_member(world: &World, at: Host, group: GroupId, peer: PeerId) -> bool {
    world.node(at).member(world.seat(at, group), peer).unwrap().is_some()
}

fn gift(to: PeerId, role: Role) -> Body {
    Body::Grant(forge::grant(to, role, Window::INFINITE, None))
}

#[test]
fn s04_a_chain_of_twenty_four_admins_holds_and_the_twenty_fifth_is_nobody() {
    let mut world = world(104);
    let (hosts, group) = world.group(3, Role::Member);
    let creator = world.peer(hosts[0]);
    let key = world.node(hosts[0]).identity_key(creator).cloned().unwrap();
    let (mut signer, mut cred, mut chain) = (Forge::new(key, group), None, Vec::new());
    for number in 1..=25 {
        let key = SecretKey::mock(number);
        let grant = signer.statement(cred, 100, gift(key.peer(), Role::Admin), &[], &[]);
        cred = Some(grant.id());
        signer = Forge::new(key, group);
        chain.push(grant);
    }
    world.rogue(hosts[2], group).tell(&chain);
    world.run_for(minutes(2));
    let holders = (1..=25).map(|number| SecretKey::mock(number).peer());
    for (length, holder) in (1..).zip(holders) {
        for host in &hosts[..2] {
            let holds = is_member(&world, *host, group, holder);
            assert_eq!(holds, length <= CHAIN_MAX, "{length} at {host}");
        }
    }
    assert!(world.agree(&hosts[..2], group));
}

/// Creator 0, its Admins 1 to 4, a member 5 that turns out to be their friend, and a member 6.
fn court(world: &mut World) -> (Vec<Host>, GroupId) {
    let (mut hosts, group) = world.group(5, Role::Admin);
    for _ in 0..2 {
        hosts.push(bring_in(world, hosts[0], group, Role::Member));
    }
    world.demand_agreement(&hosts, group, minutes(5));
    (hosts, group)
}

/// What somebody who was removed might still sign: grants and removals, as of now and as of long
/// ago.
fn last_words(world: &mut World, host: Host, group: GroupId, victims: &[PeerId]) -> Vec<Statement> {
    let mut rogue = world.rogue(host, group);
    let mut words = Vec::new();
    for _ in 0..20 {
        let accomplice = rogue.accomplice();
        let body = rogue.gift(accomplice, Role::Admin);
        words.extend([rogue.act(body.clone()), rogue.act_backdated(body)]);
    }
    for subject in victims {
        let body = Body::Remove { subject: *subject, cut: Vec::new() };
        words.extend([rogue.act(body.clone()), rogue.act_backdated(body)]);
        let body = rogue.gift(*subject, Role::Admin);
        words.extend([rogue.act(body.clone()), rogue.act_backdated(body)]);
    }
    words
}

fn members(world: &World, at: Host, group: GroupId) -> Vec<(PeerId, Role)> {
    let members = world.node(at).members(world.seat(at, group)).unwrap();
    members.map(|member| (member.peer, member.role)).collect()
}

#[test]
fn s11_the_backdated_grants_of_a_removed_admin_are_in_vain_whoever_spreads_them() {
    let mut world = world(11);
    let (hosts, group) = court(&mut world);
    let kept = bring_in(&mut world, hosts[4], group, Role::Member);
    let honest = [hosts[0], hosts[1], hosts[2], hosts[3], hosts[6], kept];
    world.run_for(MINUTE);
    remove(&mut world, hosts[0], group, hosts[4]).unwrap();
    world.run_for(MINUTE);
    let before = members(&world, hosts[0], group);
    let victims = [world.peer(hosts[1]), world.peer(hosts[6])];
    let words = last_words(&mut world, hosts[4], group, &victims);
    assert!(world.rogue(hosts[5], group).tell(&words) > 0);
    world.run_for(minutes(5));
    world.demand_agreement(&honest, group, minutes(10));
    assert_eq!(members(&world, hosts[0], group), before);
    assert_role(&world, &honest, group, kept, Some(Role::Member));
}

#[test]
fn s12_three_removed_admins_that_sign_for_each_other_bring_none_of_them_back() {
    let mut world = world(12);
    let (hosts, group) = court(&mut world);
    let coalition = [hosts[2], hosts[3], hosts[4]];
    let honest = [hosts[0], hosts[1], hosts[6]];
    for gone in coalition {
        remove(&mut world, hosts[0], group, gone).unwrap();
    }
    world.run_for(minutes(2));
    let before = members(&world, hosts[0], group);
    let removals: Vec<_> = world
        .node(hosts[0])
        .statements(world.seat(hosts[0], group))
        .unwrap()
        .filter(|it| matches!(it.body(), Body::Remove { .. }))
        .map(Statement::id)
        .collect();
    let peers = coalition.map(|host| world.peer(host));
    let mut cites = removals.clone();
    cites.sort_unstable();
    let mut words = Vec::new();
    for host in coalition {
        words.extend(last_words(&mut world, host, group, &peers));
        let rogue = world.rogue(host, group);
        for friend in peers {
            // each says that the removals are overcome
            words.push(rogue.act_citing(rogue.gift(friend, Role::Admin), &cites));
        }
    }
    words.retain(|word| word.grant().is_none_or(|grant| grant.subject != word.author()));
    assert!(world.rogue(hosts[5], group).tell(&words) > 0);
    world.run_for(minutes(5));
    world.demand_agreement(&honest, group, minutes(10));
    assert_eq!(members(&world, hosts[0], group), before);
}

#[test]
fn s17_properties_set_by_two_devices_of_the_creator_at_once_are_the_same_everywhere() {
    let mut world = world(17);
    let (hosts, group) = world.group(5, Role::Member);
    world.partition(&[&hosts[..2], &hosts[2..]]);
    world.run_for(MINUTE);
    let named = |name: &str| Properties::named(name.parse().unwrap());
    let (seat, creator) = (world.seat(hosts[0], group), world.peer(hosts[0]));
    world.act(hosts[0], |node, now| node.set_properties(now, seat, named("here"))).unwrap();
    // the other device signs from the same past
    let key = world.node(hosts[0]).identity_key(creator).cloned().unwrap();
    let seat = world.seat(hosts[4], group);
    let last = world.node(hosts[4]).statements(seat).unwrap();
    let last = last.filter(|it| it.author() == creator).max_by_key(|it| it.depth()).cloned();
    let last = last.expect("the creator signed something");
    let body = Body::Property(named("there"));
    let there = Forge::new(key, group).statement(None, last.depth() + 1, body, &[last.id()], &[]);
    assert!(world.rogue(hosts[4], group).tell(&[there]) > 0);
    world.run_for(MINUTE);
    let name = |world: &World, host: Host| {
        let properties = world.node(host).properties(world.seat(host, group)).unwrap();
        properties.name.to_string()
    };
    assert_eq!(name(&world, hosts[1]), "here");
    assert_eq!(name(&world, hosts[2]), "there");
    world.heal();
    world.demand_agreement(&hosts[..4], group, minutes(10));
    let agreed = name(&world, hosts[0]);
    assert!(agreed == "here" || agreed == "there");
}

#[test]
fn s19_two_versions_with_one_stamp_become_one_and_are_told_of() {
    let mut world = world(19);
    let (hosts, group) = world.group(5, Role::Member);
    let honest = &hosts[..4];
    world.partition(&[&[hosts[0], hosts[1], hosts[4]], &[hosts[2], hosts[3]]]);
    world.run_for(minutes(2));
    let now = world.now(hosts[4]).wall;
    let mut rogue = world.rogue(hosts[4], group);
    let one = rogue.version(now, "to the left");
    let mut other = one.clone();
    other.payload = "to the right".into();
    let (record, items) =
        (rogue.forge().record(&one), [&one, &other].map(|it| rogue.forge().version(it)));
    assert!(rogue.show(&items[..1]) > 0);
    world.run_for(MINUTE);
    world.partition(&[&[hosts[0], hosts[1]], &[hosts[2], hosts[3], hosts[4]]]);
    world.rogue(hosts[4], group).withhold(&["items", "probes", "cells"]);
    world.run_for(minutes(2));
    assert!(world.rogue(hosts[4], group).show(&items[1..]) > 0);
    world.run_for(MINUTE);
    assert_eq!(text(&world, hosts[0], group, record).unwrap(), "to the left");
    assert_eq!(text(&world, hosts[2], group, record).unwrap(), "to the right");
    world.heal();
    world.demand_agreement(honest, group, minutes(10));
    let is_told = |(_, event): &(_, Event)| match event {
        Event::RecordEquivocated { record: of, .. } => *of == record,
        _ => false,
    };
    let told = honest.iter().filter(|host| world.take_events(**host).iter().any(is_told)).count();
    assert!(told > 0);
}

#[test]
fn s26_addresses_of_nobody_and_of_strangers_keep_no_honest_hosts_apart() {
    let mut world = world(26);
    let (hosts, group) = world.group(6, Role::Member);
    let strangers: Vec<_> = (0..8).map(|_| world.stranger().address()).collect();
    let nowhere = (0..64).map(|number| format!("mem:{}", 10_000 + number).parse().unwrap());
    let lures: Vec<_> = strangers.into_iter().chain(nowhere).collect();
    world.rogue(hosts[5], group).announce_at(&lures);
    world.run_for(MINUTE);
    for host in &hosts[1..4] {
        world.crash(*host);
    }
    world.run_for(MINUTE);
    world.rogue(hosts[5], group).announce_at(&lures);
    for host in &hosts[1..4] {
        world.restart(*host);
    }
    world.rogue(hosts[5], group).announce_at(&lures);
    world.run_for(MINUTE);
    let (note, _) = world.publish(hosts[1], group, "found each other");
    world.demand_agreement(&hosts[..5], group, minutes(5));
    assert!(text(&world, hosts[4], group, note).is_some());
    let usage = world.node(hosts[0]).usage();
    assert_eq!(usage.exceeded().count(), 0);
}

#[test]
fn s27_three_of_ten_that_keep_everything_back_do_not_eclipse_one_that_restarts() {
    let mut world = world(27);
    let (hosts, group) = world.group(10, Role::Member);
    world.crash(hosts[1]);
    for sybil in &hosts[7..] {
        let mut sybil = world.rogue(*sybil, group);
        sybil.does(Mischief::WithholdItems, 0);
        sybil.does(Mischief::WithholdLists, 0);
        sybil.does(Mischief::Lure, 0);
        sybil.does(Mischief::FloodPresence, 0);
    }
    let (note, _) = world.publish(hosts[2], group, "what the victim must hear");
    remove(&mut world, hosts[0], group, hosts[6]).unwrap();
    world.run_for(MINUTE);
    world.restart(hosts[1]);
    world.run_for(minutes(3));
    assert!(text(&world, hosts[1], group, note).is_some());
    world.demand_agreement(&hosts[..6], group, minutes(5));
    assert_role(&world, &hosts[..6], group, hosts[6], None);
}

#[test]
fn s28_ten_thousand_callers_that_never_finish_a_handshake_take_bounded_room_and_go() {
    let mut world = world(28);
    let (hosts, group) = world.group(3, Role::Member);
    let (stranger, target) = (world.stranger(), hosts[0]);
    let mut most = 0;
    for number in 0..10_000 {
        let line = world.stranger_dials(stranger, target);
        if number % 50 == 49 {
            world.run_for(Duration::from_millis(100));
            for line in world.stranger_lines(stranger) {
                world.stranger_sends(line, &[0]);
            }
            let usage = world.node(target).usage();
            assert_eq!(usage.exceeded().count(), 0);
            most = most.max(usage.get("half-open links").unwrap().now);
        }
        assert!(world.stranger_heard(line).is_none_or(<[u8]>::is_empty));
    }
    assert!(most > 32, "{most}: the flood was none");
    // neighbours go on meanwhile, and callers are let in again once it is over
    let (note, _) = world.publish(hosts[1], group, "meanwhile");
    world.run_for(seconds(5));
    assert!(text(&world, target, group, note).is_some());
    world.run_for(seconds(30));
    assert_eq!(world.node(target).usage().get("half-open links").unwrap().now, 0);
    let newcomer = bring_in(&mut world, target, group, Role::Member);
    world.demand_agreement(&[hosts[0], hosts[1], hosts[2], newcomer], group, minutes(5));
}

/// What a host said first on a link that it dialled after this.
fn recorded_dial(world: &mut World, host: Host, group: GroupId) -> Vec<Vec<u8>> {
    world.crash(host);
    world.tape(host);
    world.restart(host);
    world.run_for(minutes(1));
    let tape = world.take_tape(host);
    let first = tape.first().expect("it says something").link;
    assert!(world.node(host).status(world.seat(host, group)).unwrap().neighbours > 0);
    tape.into_iter().filter(|it| it.link == first && it.sent).map(|it| it.bytes).collect()
}

#[test]
fn s29_a_handshake_that_is_replayed_or_reflected_lets_nobody_in() {
    let mut world = world(29);
    let (hosts, group) = world.group(3, Role::Member);
    let flights = recorded_dial(&mut world, hosts[1], group);
    assert!(flights.len() >= 2);
    let stranger = world.stranger();
    for target in [hosts[0], hosts[2], hosts[1]] {
        let seat = world.seat(target, group);
        let before = world.node(target).status(seat).unwrap().neighbours;
        let line = world.stranger_dials(stranger, target);
        world.run_for(seconds(1));
        for flight in &flights {
            world.stranger_sends(line, flight);
            world.run_for(seconds(1));
        }
        world.run_for(seconds(15));
        assert_eq!(world.stranger_heard(line), None, "{target} hangs up");
        assert_eq!(world.node(target).status(seat).unwrap().neighbours, before);
    }
    // whoever dials an echo meets nobody
    let echo = world.stranger();
    world.stranger_echoes(echo);
    world.crash(hosts[1]);
    world.restart(hosts[1]);
    world.run_for(MINUTE);
    let seat = world.seat(hosts[1], group);
    world.act(hosts[1], |node, now| node.close(now, seat)).unwrap();
    world.act(hosts[1], |node, now| node.open(now, seat)).unwrap();
    world.run_for(seconds(1));
    world.take_events(hosts[1]);
    reach(&mut world, hosts[1], group, &[echo.address()]);
    world.run_for(seconds(20));
    let events = world.take_events(hosts[1]);
    let met = events.iter().filter(|(_, event)| {
        let change = NeighbourChange::Connected;
        matches!(event, Event::NeighbourChanged { change: is, peer, .. }
            if *is == change && *peer == seat.identity)
    });
    assert_eq!(met.count(), 0);
    world.demand_agreement(&hosts, group, minutes(5));
    assert_eq!(world.tally().faults, 0);
}

fn reach(world: &mut World, host: Host, group: GroupId, at: &[peergroup_core::Address]) {
    let seat = world.seat(host, group);
    let outcome = world.act(host, |node, now| node.connect_at(now, seat, at, MINUTE));
    assert!(outcome.is_ok() || world.node(host).status(seat).unwrap().online);
}

#[test]
fn s30_whoever_changes_a_byte_of_a_handshake_on_its_way_has_brought_no_link_about() {
    let mut world = world(30);
    let (hosts, group) = world.group(2, Role::Member);
    let seat = world.seat(hosts[0], group);
    // versions lie at the beginning of the first flight; the second ends before the 2048th byte
    let places: Vec<usize> = (0..80).chain((80..1000).step_by(67)).collect();
    for place in places {
        world.crash(hosts[1]);
        world.tamper(hosts[1], Some(place));
        world.restart(hosts[1]);
        world.run_for(seconds(40));
        world.take_events(hosts[0]);
        world.run_for(seconds(20));
        let events = world.take_events(hosts[0]);
        let connected = |(_, event): &(_, Event)| {
            let up = NeighbourChange::Connected;
            matches!(event, Event::NeighbourChanged { change, .. } if *change == up)
        };
        assert!(!events.iter().any(connected), "byte {place}: {events:?}");
        assert_eq!(world.node(hosts[0]).status(seat).unwrap().neighbours, 0, "byte {place}");
    }
    world.tamper(hosts[1], None);
    world.run_for(minutes(5));
    assert_eq!(world.node(hosts[0]).status(seat).unwrap().neighbours, 1);
    assert_eq!(world.tally().faults, 0);
    assert!(world.tally().faults_tampered > 0);
}

#[test]
fn l06_a_first_flight_from_another_link_is_answered_with_silence_whatever_is_changed_of_it() {
    let mut world = world(30);
    let (hosts, group) = world.group(2, Role::Member);
    let flights = recorded_dial(&mut world, hosts[1], group);
    let first = flights.first().unwrap();
    let stranger = world.stranger();
    // the version list lies at the beginning, its padding at the end
    let places = (0..first.len()).filter(|at| *at < 96 || at % 37 == 0);
    for at in places {
        let mut changed = first.clone();
        changed[at] ^= 1;
        let line = world.stranger_dials(stranger, hosts[0]);
        world.run_for(Duration::from_millis(300));
        world.stranger_sends(line, &changed);
        world.run_for(Duration::from_millis(700));
        let heard = world.stranger_heard(line).unwrap_or_default();
        assert!(heard.is_empty(), "byte {at}: {} bytes of answer", heard.len());
    }
    world.run_for(seconds(20));
    assert!(world.agree(&hosts, group));
}

/// Publishes at hosts 0 and 1 while the last host keeps doing this.
fn publish_under(world: &mut World, hosts: &[Host], group: GroupId, kinds: &[Mischief]) {
    let rogue = hosts[hosts.len() - 1];
    let mut notes: Vec<RecordId> = Vec::new();
    for round in 0..10 {
        for kind in kinds {
            world.rogue(rogue, group).does(*kind, round);
        }
        for host in &hosts[..2] {
            notes.push(world.publish(*host, group, format!("round {round}")).0);
        }
        update(world, hosts[0], group, notes[0], &format!("round {round}"));
        world.run_for(seconds(30));
    }
    let honest = &hosts[..hosts.len() - 1];
    world.demand_agreement(honest, group, minutes(2));
    for host in honest {
        assert!(notes.iter().all(|note| text(world, *host, group, *note).is_some()), "{host}");
        assert_eq!(world.node(*host).usage().exceeded().count(), 0, "{host}");
    }
}

#[test]
fn s34_r10_a_comparison_that_never_ends_costs_its_liar_a_link_and_others_nothing() {
    let mut world = world(34);
    let (hosts, group) = world.group(4, Role::Member);
    world.take_events(hosts[0]);
    let before = world.tally().bytes;
    world.run_for(minutes(5));
    let quiet = world.tally().bytes - before;
    let kinds = [Mischief::LieAboutRoots, Mischief::DenyEverything];
    publish_under(&mut world, &hosts, group, &kinds);
    let spent = world.tally().bytes - before - quiet;
    assert!(spent < quiet + 8_000_000, "{spent} bytes");
    assert_eq!(faults(&mut world, hosts[0], hosts[3]), [], "a wrong root may be an old one");
}

#[test]
fn s35_r11_lists_of_what_does_not_exist_and_endless_wishes_cost_their_author_its_links() {
    let mut world = world(35);
    let (hosts, group) = world.group(4, Role::Member);
    world.take_events(hosts[0]);
    let kinds = [Mischief::ListWithoutEnd, Mischief::WantEverything];
    publish_under(&mut world, &hosts, group, &kinds);
    let faults = faults(&mut world, hosts[0], hosts[3]);
    let is_due = |fault: &Fault| matches!(fault, Fault::Silent | Fault::CreditExceeded);
    assert!(!faults.is_empty() && faults.iter().all(is_due), "{faults:?}");
}

#[test]
fn s36_whoever_withholds_a_removal_is_found_silent_and_the_removal_comes_another_way() {
    let mut world = world(36);
    let (hosts, group) = world.group(5, Role::Member);
    // hosts 1 and 3 hear from host 0 through host 2 alone
    for far in [hosts[1], hosts[3]] {
        for near in [hosts[0], hosts[4]] {
            world.block(far, near);
            world.block(near, far);
            world.break_links(far, near);
        }
    }
    world.run_for(minutes(1));
    world.rogue(hosts[2], group).does(Mischief::WithholdItems, 0);
    world.take_events(hosts[1]);
    let gone = world.peer(hosts[3]);
    remove(&mut world, hosts[0], group, hosts[3]).unwrap();
    world.run_for(minutes(5));
    assert!(faults(&mut world, hosts[1], hosts[2]).contains(&Fault::Silent));
    assert_role(&world, &hosts[..1], group, hosts[3], None);
    assert_role(&world, &hosts[1..2], group, hosts[3], Some(Role::Member));
    world.heal();
    world.run_for(minutes(2));
    assert_role(&world, &hosts[1..2], group, hosts[3], None);
    let linked = world.node(hosts[1]).connections(world.seat(hosts[1], group)).unwrap();
    assert!(linked.iter().all(|info| info.peer != gone));
    world.demand_agreement(&[hosts[0], hosts[1], hosts[4]], group, minutes(5));
}

#[test]
fn frames_of_no_known_kind_are_never_passed_on() {
    let mut world = world(130);
    let (hosts, group) = world.group(4, Role::Member);
    for number in 0..=255_u8 {
        world.rogue(hosts[3], group).say(&frames::raw(&[number; 40]));
        world.run_for(seconds(4));
    }
    let (note, _) = world.publish(hosts[1], group, "still here");
    world.demand_agreement(&hosts[..3], group, minutes(2));
    assert!(text(&world, hosts[2], group, note).is_some());
    assert_eq!(world.tally().faults, 0);
    assert_eq!(
        NOTE,
        world.node(hosts[0]).record(world.seat(hosts[0], group), note).unwrap().unwrap().type_id
    );
}
