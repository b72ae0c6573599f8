//! Whether hosts hold the same.

use core::time::Duration;

use peergroup_core::{GroupId, Node, PeerId, Record, Role, Seat};

use crate::host::Host;
use crate::world::World;

impl World {
    /// Whether all these hosts hold the same of a group: both replicated sets, every large payload
    /// that one of them holds whole, and what they show of members, records and properties. False
    /// if one of them is not running or has not opened it.
    pub fn agree(&mut self, hosts: &[Host], group: GroupId) -> bool {
        self.differences(hosts, group).is_empty()
    }

    /// What keeps these hosts from agreeing, in words: for whoever has to find out why.
    pub fn differences(&mut self, hosts: &[Host], group: GroupId) -> Vec<String> {
        let views: Vec<(Host, Result<View, String>)> =
            hosts.iter().map(|host| (*host, self.view(*host, group))).collect();
        let mut differences = Vec::new();
        let mut first: Option<(Host, &View)> = None;
        for (host, view) in &views {
            match (view, first) {
                (Err(reason), _) => differences.push(format!("{host}: {reason}")),
                (Ok(view), None) => first = Some((*host, view)),
                (Ok(view), Some((other, known))) => {
                    let parts = known.parts_unlike(view);
                    if !parts.is_empty() {
                        let parts = parts.join(", ");
                        differences.push(format!("{host} is not as {other}: {parts}"));
                    }
                }
            }
        }
        differences
    }

    /// Lets time pass until these hosts agree.
    ///
    /// # Panics
    /// If they do not within `limit`: with the differences.
    pub fn demand_agreement(&mut self, hosts: &[Host], group: GroupId, limit: Duration) {
        let deadline = self.elapsed().saturating_add(limit);
        while !self.agree(hosts, group) {
            if self.elapsed() >= deadline {
                let differences = self.differences(hosts, group).join("\n");
                self.fail("agreement", None, differences);
            }
            self.run_for(Duration::from_secs(1));
        }
    }

    /// The digest of what a host holds of a group, and how many records it sees.
    pub fn holds(&mut self, host: Host, group: GroupId) -> ([u8; 32], usize) {
        match self.view(host, group) {
            Ok(view) => (view.digest, view.records.len()),
            Err(reason) => panic!("{host}: {reason}"),
        }
    }

    fn view(&mut self, host: Host, group: GroupId) -> Result<View, String> {
        let seat = self.seat(host, group);
        let Some(node) = self.machine_mut(host).node.as_mut() else {
            return Err("is not running".to_owned());
        };
        View::of(node, seat).map_err(|error| error.to_string())
    }
}

/// A record whose payload is here whole, or not at all: a part of it may be all that is left.
fn whole(mut record: Record) -> Record {
    if let Some(large) = record.large.as_mut().filter(|large| !large.is_here()) {
        large.arrived = 0;
    }
    record
}

/// What a node holds of a group.
struct View {
    digest: [u8; 32],
    members: Vec<(PeerId, Role, PeerId)>,
    records: Vec<Record>,
    properties: String,
}

impl View {
    fn of(node: &mut Node, seat: Seat) -> Result<Self, peergroup_core::GroupError> {
        Ok(Self {
            digest: node.digest(seat)?,
            members: node
                .members(seat)?
                .map(|member| (member.peer, member.role, member.issuer))
                .collect(),
            records: node.records(seat, None)?.map(whole).collect(),
            properties: format!("{:?}", node.properties(seat)?),
        })
    }

    fn parts_unlike(&self, other: &Self) -> Vec<String> {
        let mut parts = Vec::new();
        if self.digest != other.digest {
            parts.push("digest".to_owned());
        }
        if self.members != other.members {
            parts.push(format!("members ({}, {})", self.members.len(), other.members.len()));
        }
        if self.records != other.records {
            parts.push(format!("records ({}, {})", self.records.len(), other.records.len()));
        }
        if self.properties != other.properties {
            parts.push("properties".to_owned());
        }
        parts
    }
}
