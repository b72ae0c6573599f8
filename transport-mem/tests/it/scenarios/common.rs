//! What scenarios share: worlds with mock identities, spans, and verbs in one call each.

use core::time::Duration;

use peergroup_core::{
    ConnectError, GroupId, InviteError, RecordDraft, RecordId, RecordUpdate, Removal, RemoveError,
    Role, Terms,
};
use peergroup_mem::{Deed, Host, NOTE, World};

pub(crate) const MINUTE: Duration = Duration::from_secs(60);
pub(crate) const HOUR: Duration = Duration::from_secs(3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// A world whose identities are mocks: signatures cost next to nothing.
pub(crate) fn world(seed: u64) -> World {
    let mut world = World::from_seed(seed);
    world.config().mock_identities = true;
    world
}

/// A new host joins by an invitation of `by`, and has synchronised.
pub(crate) fn bring_in(world: &mut World, by: Host, group: GroupId, role: Role) -> Host {
    let host = world.add("newcomer");
    let invitation = world.invite(by, group, host, role);
    let seat = world.join(host, &invitation);
    let is_ready =
        |world: &mut World| world.node(host).status(seat).is_ok_and(|status| status.ready);
    assert!(world.run_until(is_ready, minutes(10)), "{host} finds nobody");
    host
}

pub(crate) fn grant(
    world: &mut World,
    by: Host,
    group: GroupId,
    whom: Host,
    role: Role,
) -> Result<(), InviteError> {
    let (seat, peer) = (world.seat(by, group), world.peer(whom));
    let receipt = world.act(by, |node, now| node.grant(now, seat, peer, Terms::role(role)))?;
    world.did(by, seat, Deed::Granted(peer, role), receipt.ticket);
    Ok(())
}

pub(crate) fn remove(
    world: &mut World,
    by: Host,
    group: GroupId,
    whom: Host,
) -> Result<(), RemoveError> {
    remove_with(world, by, group, whom, Removal::Keep)
}

/// Removes; keeps or not what the removed one signed.
pub(crate) fn remove_with(
    world: &mut World,
    by: Host,
    group: GroupId,
    whom: Host,
    mode: Removal,
) -> Result<(), RemoveError> {
    let (seat, peer) = (world.seat(by, group), world.peer(whom));
    let receipt = world.act(by, |node, now| node.remove(now, seat, peer, mode))?;
    world.did(by, seat, Deed::Removed(peer), receipt.ticket);
    Ok(())
}

pub(crate) fn demote(
    world: &mut World,
    by: Host,
    group: GroupId,
    whom: Host,
    to: Role,
) -> Result<(), RemoveError> {
    let (seat, peer) = (world.seat(by, group), world.peer(whom));
    let receipt = world.act(by, |node, now| node.demote(now, seat, peer, to))?;
    world.did(by, seat, Deed::Demoted(peer, to), receipt.ticket);
    Ok(())
}

pub(crate) fn leave(world: &mut World, host: Host, group: GroupId) -> Result<(), RemoveError> {
    let seat = world.seat(host, group);
    let receipt = world.act(host, |node, now| node.leave(now, seat))?;
    world.did(host, seat, Deed::Left, receipt.ticket);
    Ok(())
}

/// Publishes a note that lives for so long, and whose ceiling is its expiry.
pub(crate) fn publish_for(
    world: &mut World,
    host: Host,
    group: GroupId,
    span: Duration,
    text: &str,
) -> RecordId {
    let (seat, expires) = (world.seat(host, group), world.wall_after(host, span));
    let draft = RecordDraft::new(NOTE, expires).ceiling(expires).payload(text.to_owned());
    let receipt = world.act(host, |node, now| node.publish(now, seat, draft)).unwrap();
    world.did(host, seat, Deed::Published(receipt.value), receipt.ticket);
    receipt.value
}

pub(crate) fn update(world: &mut World, host: Host, group: GroupId, record: RecordId, text: &str) {
    let (seat, update) = (world.seat(host, group), RecordUpdate::new().payload(text.to_owned()));
    let receipt = world.act(host, |node, now| node.update(now, seat, record, update)).unwrap();
    world.did(host, seat, Deed::Updated(record), receipt.ticket);
}

pub(crate) fn delete(world: &mut World, host: Host, group: GroupId, record: RecordId) {
    let seat = world.seat(host, group);
    let receipt = world.act(host, |node, now| node.delete_record(now, seat, record)).unwrap();
    world.did(host, seat, Deed::Deleted(record), receipt.ticket);
}

/// The role of `whom` as `at` sees it.
pub(crate) fn role_of(world: &World, at: Host, group: GroupId, whom: Host) -> Option<Role> {
    let member = world.node(at).member(world.seat(at, group), world.peer(whom));
    member.unwrap().map(|member| member.role)
}

/// That all of these see this role of `whom`.
pub(crate) fn assert_role(
    world: &World,
    hosts: &[Host],
    group: GroupId,
    whom: Host,
    role: Option<Role>,
) {
    for host in hosts {
        assert_eq!(role_of(world, *host, group, whom), role, "{whom} as {host} sees it");
    }
}

/// How many records a host sees.
pub(crate) fn count(world: &World, host: Host, group: GroupId) -> usize {
    world.node(host).records(world.seat(host, group), None).unwrap().count()
}

/// What is in a record, as text.
pub(crate) fn text(world: &World, host: Host, group: GroupId, record: RecordId) -> Option<String> {
    let payload = world.read(host, group, record)?;
    Some(String::from_utf8(payload.to_vec()).unwrap())
}

/// Connects a group that may be connected already.
pub(crate) fn reconnect(world: &mut World, host: Host, group: GroupId) {
    let seat = world.seat(host, group);
    let outcome = world.act(host, |node, now| node.connect(now, seat, MINUTE));
    assert!(matches!(outcome, Ok(()) | Err(ConnectError::AlreadyConnected)), "{outcome:?}");
}
