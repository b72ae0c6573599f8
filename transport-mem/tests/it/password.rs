//! Joining by a password in a simulated network, under the eyes of every oracle.

use core::time::Duration;

use peergroup_core::{ConnectFailure, Event, GroupId, PasswordSecret, Role, Seat};
use peergroup_mem::{Host, World};

fn secret(bytes: [u8; 32]) -> PasswordSecret {
    PasswordSecret::from_bytes(bytes)
}

/// A new host that joins by this password and tries to connect; and why that failed, if it did.
fn join(
    world: &mut World,
    first: Host,
    group: GroupId,
    password: [u8; 32],
) -> (Host, Seat, Option<ConnectFailure>) {
    let (newcomer, inside) = (world.add("newcomer"), world.seat(first, group));
    let until = world.wall_after(first, Duration::from_secs(3600));
    let by = world.act(first, |node, now| node.password_invitation(now, inside, until)).unwrap();
    let seat = world.join_with_password(newcomer, &by, secret(password));
    world.connect(newcomer, group);
    world.run_for(Duration::from_secs(20));
    let failure = world.take_events(newcomer).into_iter().find_map(|(_, event)| match event {
        Event::ConnectFailed(failure) => Some(failure),
        _ => None,
    });
    (newcomer, seat, failure)
}

#[test]
fn s38_newcomers_with_the_password_are_admitted_and_guessers_are_not() {
    for seed in 0..8 {
        let mut world = World::from_seed(seed);
        let (hosts, group) = world.group(3, Role::Admin);
        let seat = world.seat(hosts[0], group);
        world
            .act(hosts[0], |node, now| node.set_password(now, seat, secret([1; 32]), Role::Member))
            .unwrap();
        world.run_for(Duration::from_secs(5));
        let (_, wrong, failure) = join(&mut world, hosts[0], group, [2; 32]);
        assert_eq!(failure, Some(ConnectFailure::WrongPassword), "seed {seed}");
        assert!(world.node(hosts[0]).member(seat, wrong.identity).unwrap().is_none());
        let (right, inside, failure) = join(&mut world, hosts[0], group, [1; 32]);
        assert_eq!(failure, None, "seed {seed}");
        assert!(world.node(right).status(inside).unwrap().ready, "seed {seed}");
        world.run_for(Duration::from_secs(60));
        for host in hosts {
            let seat = world.seat(host, group);
            let member = world.node(host).member(seat, inside.identity).unwrap();
            assert_eq!(member.expect("it is listed").role, Role::Member, "seed {seed}");
        }
    }
}
