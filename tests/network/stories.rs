//! What happens to groups whose peers are processes.

use crate::ground::Ground;
use crate::orders::{Kind, Orders};
use crate::process::{Process, until};

/// Where time-outs of minutes are waited for, clocks run so many times as fast.
const SPEED: u32 = 8;
/// What a process says before it is killed.
const SAID: usize = 40;

/// The first founds a group, and the others join it by invitation.
fn gather<const N: usize>(ground: &Ground, orders: [Orders; N]) -> [Process; N] {
    let mut peers = orders.map(|orders| ground.start(orders));
    let (founder, guests) = peers.split_first_mut().unwrap();
    founder.ask("found");
    for guest in guests {
        let name = guest.orders.name.clone();
        guest.ask(&format!("card {name}.card"));
        founder.ask(&format!("invite {name}"));
        guest.ask(&format!("join {name}.invitation"));
    }
    peers
}

fn holds(peer: &mut Process, record: &str) -> bool {
    peer.ask("records").split(' ').any(|id| id == record)
}

/// What one publishes comes to the other.
fn crosses(from: &mut Process, to: &mut Process) {
    let what = format!("publish from {}", from.orders.name);
    let record = from.ask(&what);
    until(&what, || holds(to, &record));
}

fn converge(peers: &mut [Process]) {
    until("all hold the same", || {
        let digests: Vec<String> = peers.iter_mut().map(|peer| peer.ask("digest")).collect();
        digests.windows(2).all(|two| two[0] == two[1])
    });
}

fn end<const N: usize>(peers: [Process; N]) {
    for peer in peers {
        peer.end();
    }
}

fn is_told(peer: &mut Process, of: &str) -> bool {
    peer.ask("told").contains(of)
}

pub(crate) fn three_processes_become_one_group_in_bad_weather(ground: &Ground, kind: Kind) {
    ground.turn_bad();
    let mut peers = gather(ground, ["ada", "ben", "cleo"].map(|name| ground.peer(name, kind)));
    let mut published = Vec::new();
    for number in 0..5 {
        published.extend(peers.iter_mut().map(|peer| peer.ask(&format!("publish {number}"))));
    }
    for peer in &mut peers {
        until("every record is everywhere", || published.iter().all(|record| holds(peer, record)));
    }
    converge(&mut peers);
    assert_eq!(ground.has_dropped_some(), ground.has_hosts(), "it was bad weather");
    end(peers);
}

pub(crate) fn a_process_that_is_killed_while_it_writes_loses_nothing_acknowledged(
    ground: &Ground,
    kind: Kind,
) {
    let [mut ada, mut ben] = gather(ground, ["ada", "ben"].map(|name| ground.peer(name, kind)));
    ben.tell("publish-for-ever");
    let mut said: Vec<String> = (0..SAID).map(|_| ben.answer("publish-for-ever")).collect();
    let (orders, rest) = ben.kill();
    said.extend(rest.iter().map(|line| line.trim_start_matches("done ").to_owned()));
    let mut ben = ground.start(orders);
    ben.ask("open");
    let kept = ben.ask("records");
    assert!(said.iter().all(|record| kept.contains(record)), "it was acknowledged");
    crosses(&mut ben, &mut ada);
    crosses(&mut ada, &mut ben);
    let mut peers = [ada, ben];
    converge(&mut peers);
    let kept = peers[0].ask("records");
    assert!(said.iter().all(|record| kept.contains(record)), "it came to the other too");
    end(peers);
}

pub(crate) fn a_peer_whose_address_changes_is_found_again(ground: &Ground, kind: Kind) {
    let orders = ["ada", "ben"].map(|name| Orders { speed: SPEED, ..ground.peer(name, kind) });
    let [mut ada, mut ben] = gather(ground, orders);
    crosses(&mut ada, &mut ben);
    let mut ben = ground.move_away(ben);
    crosses(&mut ada, &mut ben);
    crosses(&mut ben, &mut ada);
    if ground.has_hosts() {
        // A connection of QUIC is where its ends are; one of TCP, where they were.
        let is_lost = kind == Kind::Tcp;
        for peer in [&mut ada, &mut ben] {
            assert_eq!(is_told(peer, "lost"), is_lost, "{}", peer.ask("told"));
        }
    }
    let mut peers = [ada, ben];
    converge(&mut peers);
    end(peers);
}

pub(crate) fn a_peer_that_nobody_can_dial_is_asked_to_dial_back(ground: &Ground, kind: Kind) {
    let orders = ["ada", "ben"].map(|name| Orders { speed: SPEED, ..ground.peer(name, kind) });
    let [ada, ben] = orders;
    let ben = ground.shielded(ben);
    let [mut ada, mut ben] = gather(ground, [ada, ben]);
    let (adas, bens) = (ada.ask("identity"), ben.ask("identity"));
    ada.ask(&format!("connect {bens}"));
    // Links of QUIC find the connection that Ben has made.
    assert_eq!(ground.has_dropped_some(), ground.has_hosts() && kind == Kind::Tcp, "she tried");
    until("Ben hears it", || is_told(&mut ben, &format!("heard {adas} directly")));
    ben.ask(&format!("connect {adas}"));
    until("Ada hears it", || is_told(&mut ada, &format!("heard {bens} directly")));
    let mut peers = [ada, ben];
    converge(&mut peers);
    end(peers);
}

pub(crate) fn two_that_are_cut_off_from_each_other_meet_in_a_third(ground: &Ground, kind: Kind) {
    let orders = ["ada", "ben", "cleo"];
    let orders = orders.map(|name| Orders { speed: SPEED, ..ground.peer(name, kind) });
    let mut peers = gather(ground, orders);
    for peer in &mut peers {
        until("everybody is everybody's neighbour", || peer.ask("neighbours") == "2");
    }
    let [mut ada, mut ben, cleo] = peers;
    let (adas, bens) = (ada.ask("identity"), ben.ask("identity"));
    ground.cut_off(&mut ada, &mut ben);
    crosses(&mut ada, &mut ben);
    crosses(&mut ben, &mut ada);
    assert_eq!(ground.has_dropped_some(), ground.has_hosts(), "nothing goes through");
    until("Ada is told", || is_told(&mut ada, &format!("lost {bens}")));
    until("Ben is told", || is_told(&mut ben, &format!("lost {adas}")));
    crosses(&mut ada, &mut ben);
    let mut peers = [ada, ben, cleo];
    converge(&mut peers);
    end(peers);
}
