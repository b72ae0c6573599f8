//! Whoever asks why is told the truth, with good reasons.
//!
//! Promised, by the core's checker, which evaluates nothing: in the end every honest host can say
//! - of each peer that a statement names, why it has its role or none, and that is what it lists;
//! - of each record of which it holds a version, why it is shown as it is, and so it is shown.
//!
//! Excused: nodes of rogues, and records that have no place among too many of one peer, since that
//! cannot be told from the versions of one record.

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::{
    Body, Checker, Fate, GroupId, HeldVersion, MemberReason, PeerId, RecordId, RecordReason, Role,
    Seat, Statement, VersionId,
};

use crate::host::Host;
use crate::oracle::Oracle;
use crate::world::World;

/// Asks why.
#[derive(Debug)]
pub(crate) struct Why;

impl Oracle for Why {
    fn name(&self) -> &'static str {
        "why"
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        for host in members.iter().filter(|host| !world.is_rogue(**host)) {
            let seats = world.open_seats(*host).into_iter();
            for seat in seats.filter(|seat| seat.group == group) {
                ask(world, *host, seat).map_err(|text| format!("{host}: {text}"))?;
            }
        }
        Ok(())
    }
}

fn ask(world: &World, host: Host, seat: Seat) -> Result<(), String> {
    let node = world.node(host);
    let (Ok(genesis), Ok(statements)) = (node.genesis(seat), node.statements(seat)) else {
        return Ok(());
    };
    let statements: Vec<&Statement> = statements.collect();
    let checker = Checker::new(genesis.creator(), statements.iter().copied());
    roles(world, host, seat, &checker, &named(&statements))?;
    records(world, host, seat, &checker)
}

/// Every peer that a statement names.
fn named(statements: &[&Statement]) -> BTreeSet<PeerId> {
    let subjects = statements.iter().filter_map(|one| match one.body() {
        Body::Grant(grant) => Some(grant.subject),
        Body::Remove { subject, .. } | Body::Demote { subject, .. } => Some(*subject),
        _ => None,
    });
    statements.iter().map(|one| one.author()).chain(subjects).collect()
}

fn roles(
    world: &World,
    host: Host,
    seat: Seat,
    checker: &Checker<'_>,
    peers: &BTreeSet<PeerId>,
) -> Result<(), String> {
    for peer in peers {
        let answer = world.node(host).why_member(seat, *peer).map_err(|it| it.to_string())?;
        let listed = world.node(host).member(seat, *peer).map_err(|it| it.to_string())?;
        judge_role(checker, *peer, listed.map(|member| member.role), &answer)?;
    }
    Ok(())
}

fn judge_role(
    checker: &Checker<'_>,
    peer: PeerId,
    listed: Option<Role>,
    answer: &MemberReason,
) -> Result<(), String> {
    let verdict = checker.confirm(peer, answer.at, answer);
    verdict.map_err(|refuted| format!("why {peer:?}: {refuted}: {answer}"))?;
    if answer.role == listed {
        return Ok(());
    }
    Err(format!("lists {peer:?} as {listed:?}, and says why: {answer}"))
}

fn records(world: &World, host: Host, seat: Seat, checker: &Checker<'_>) -> Result<(), String> {
    let node = world.node(host);
    for (record, held) in held(world, host, seat) {
        let answer = node.why_record(seat, record).map_err(|it| it.to_string())?;
        let shown = node.record(seat, record).map_err(|it| it.to_string())?;
        judge_record(checker, record, &held, shown.map(|shown| shown.version), &answer)?;
    }
    Ok(())
}

/// The versions of each record that a host holds.
fn held(world: &World, host: Host, seat: Seat) -> BTreeMap<RecordId, Vec<HeldVersion>> {
    let mut held = BTreeMap::<RecordId, Vec<HeldVersion>>::new();
    for version in world.node(host).versions(seat).into_iter().flatten() {
        held.entry(version.record).or_default().push(version.held());
    }
    held
}

fn judge_record(
    checker: &Checker<'_>,
    record: RecordId,
    held: &[HeldVersion],
    shown: Option<VersionId>,
    answer: &RecordReason,
) -> Result<(), String> {
    if answer.shown != shown {
        return Err(format!("shows {shown:?}, and says why: {answer}"));
    }
    if answer.versions.iter().any(|reason| reason.fate == Fate::Crowded) {
        return Ok(());
    }
    let verdict = checker.confirm_record(record, answer.at, held, answer);
    verdict.map_err(|refuted| format!("why {record:?}: {refuted}: {answer}"))
}

#[cfg(test)]
mod tests;
