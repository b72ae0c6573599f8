use core::time::Duration;
use std::rc::Rc;

use peergroup_core::Statement;
use peergroup_core::simulation::forge::Forge;
use peergroup_core::{Body, SecretKey};

use super::*;
use crate::oracle::law::Law;

/// A group of three, and what the statements that its first host holds amount to.
fn scene() -> (World, Vec<Host>, Ruling, Vec<Statement>) {
    let mut world = World::unwatched(8);
    let (hosts, group) = world.group(3, Role::Inviter);
    world.run_for(Duration::from_secs(1));
    let ruling = Court::default().ruling(&world, hosts[0], group).unwrap();
    let statements = world.node(hosts[0]).statements(ruling.seat).unwrap().cloned().collect();
    (world, hosts, ruling, statements)
}

/// The same host, judged by other statements.
fn judged(world: &World, host: Host, ruling: &Ruling, set: &[Statement]) -> Result<(), String> {
    let law = Rc::new(Law::of(ruling.law.creator(), set));
    let ruling = Ruling { law, docket: (ruling.docket.0, 0), ..ruling.clone() };
    Authority::new(&Court::default()).check(world, host, &ruling)
}

#[test]
fn a_node_that_says_what_its_statements_say_is_found_good() {
    let (world, hosts, ruling, statements) = scene();
    assert_eq!(judged(&world, hosts[0], &ruling, &statements), Ok(()));
}

#[test]
fn a_member_without_a_grant_and_a_grant_without_a_member_are_told_of() {
    let (world, hosts, ruling, statements) = scene();
    let fewer: Vec<_> = statements
        .iter()
        .filter(|it| it.grant().is_none_or(|grant| grant.subject != world.peer(hosts[1])))
        .cloned()
        .collect();
    let found = judged(&world, hosts[0], &ruling, &fewer).unwrap_err();
    assert!(found.contains("I2") && found.contains("should be None"), "{found}");

    let stranger = SecretKey::mock(1);
    let grant = statements.iter().find_map(Statement::grant).unwrap();
    let body = Body::Grant(peergroup_core::simulation::forge::grant(
        stranger.peer(),
        grant.role,
        grant.window,
        None,
    ));
    // nobody checks signatures here: what counts is who is said to have signed
    let creator = Forge::new(stranger, ruling.seat.group);
    let forged = creator.statement(None, 9, body, &[], &[]);
    let found = judged(&world, hosts[0], &ruling, &[statements, vec![forged]].concat());
    assert!(found.unwrap_err().contains("had no right to sign"));
}

#[test]
fn somebody_missing_is_told_of() {
    let pair = || {
        let mut world = World::unwatched(8);
        let (hosts, group) = world.group(2, Role::Member);
        (world, hosts, group)
    };
    let (mut world, hosts, group) = pair();
    let third = world.add("third");
    world.invite(hosts[0], group, third, Role::Member);
    let ruling = Court::default().ruling(&world, hosts[0], group).unwrap();
    let statements: Vec<_> = world.node(hosts[0]).statements(ruling.seat).unwrap().collect();
    let set: Vec<Statement> = statements.into_iter().cloned().collect();
    assert_eq!(judged(&world, hosts[0], &ruling, &set), Ok(()));
    // the same host, had it missed the last grant
    let (before, ..) = pair();
    let found = judged(&before, hosts[0], &ruling, &set).unwrap_err();
    assert!(found.contains("is not listed"), "{found}");
}

#[test]
fn properties_that_the_creator_did_not_set_are_told_of() {
    let (world, hosts, ruling, statements) = scene();
    let body = statements.iter().find_map(|it| match it.body() {
        Body::Property(properties) => Some(properties.clone()),
        _ => None,
    });
    let mut changed = body.unwrap();
    changed.defer_expiration = true;
    assert_ne!(ruling.law.properties(), Some(&changed));
    properties(&world, hosts[0], &ruling).unwrap();
    // a creator with another key is judged: its statement is the last of all
    let mock = Forge::new(SecretKey::mock(2), ruling.seat.group);
    let set = mock.statement(None, 1, Body::Property(changed), &[], &[]);
    let law = Rc::new(Law::of(mock.peer(), &[set]));
    let found = properties(&world, hosts[0], &Ruling { law, ..ruling }).unwrap_err();
    assert!(found.contains("I4"), "{found}");
}
