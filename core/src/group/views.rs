//! What the application can ask of a group.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::authority::Membership;
use crate::cx::Shared;
use crate::event::{ConnectionInfo, Member, MemberInstance, Status};
use crate::group::Group;
use crate::group::settle::View;
use crate::id::RecordId;
use crate::key::PeerId;
use crate::property::Properties;
use crate::record::Checked;
use crate::statement::Role;
use crate::time::UnixTime;
use crate::why::{MemberReason, RecordReason};

impl Group {
    /// Where the group stands.
    pub(crate) fn status(&self) -> Status {
        Status {
            online: self.online,
            ready: self.row.ready.is_ready(),
            listening: self.online,
            neighbours: self.neighbours.len(),
        }
    }

    /// The group's properties; the defaults with the invitation's name until they are known.
    pub(crate) fn properties(&self) -> Properties {
        let known = self.authority.properties().cloned();
        known.unwrap_or_else(|| Properties::named(self.row.group_name.clone()))
    }

    /// This identity's role, as this node acts: a newer one takes effect when it connects again.
    pub(crate) fn acting_role(&self, at: UnixTime) -> Option<Role> {
        let acting = self.acting.as_ref()?;
        self.authority.role_under(acting.cred, self.seat.identity, at)
    }

    /// All members whose membership holds now, in the order of their keys; this one included.
    pub(crate) fn members(&self, at: UnixTime) -> impl Iterator<Item = Member> {
        self.authority.members().filter_map(move |membership| self.listed(&membership, at))
    }

    /// One member.
    pub(crate) fn member(&self, peer: PeerId, at: UnixTime) -> Option<Member> {
        self.listed(&self.authority.membership(peer)?, at)
    }

    /// Why a peer has its role, or none.
    pub(crate) fn why_member(&self, peer: PeerId, at: UnixTime) -> MemberReason {
        self.authority.why_member(peer, at)
    }

    /// Why a record is shown as it is, or not.
    pub(crate) fn why_record(&self, record: RecordId) -> RecordReason {
        let versions = self.records.why(record, &View(&self.authority));
        let at = self.records.horizon;
        let peers: BTreeSet<PeerId> = versions
            .iter()
            .flat_map(|reason| [reason.version.creator, reason.version.author])
            .collect();
        let authors = self.authority.why_members(&peers, at);
        let shown = self.records.visible(record).map(Checked::id);
        RecordReason { record, at, shown, versions, authors }
    }

    fn listed(&self, membership: &Membership, at: UnixTime) -> Option<Member> {
        let peer = membership.peer;
        let role = self.authority.role(peer, at)?;
        let instances = self
            .presences
            .instances(peer)
            .map(|presence| MemberInstance {
                instance: presence.instance,
                addresses: presence.addresses(),
            })
            .collect();
        Some(Member {
            peer,
            name: self.acquaintances.name(peer).cloned(),
            role,
            is_creator: peer == self.authority.creator(),
            issuer: membership.issuer,
            window: membership.window,
            has_joined: self.has_joined(peer),
            instances,
        })
    }

    /// Neighbours and direct connections.
    pub(crate) fn connections(&self, shared: &Shared) -> Vec<ConnectionInfo> {
        let neighbours = self.neighbours.iter().map(|(link, neighbour)| ConnectionInfo {
            connection: None,
            link: Some(*link),
            peer: neighbour.peer,
            is_up: true,
        });
        let direct = shared.connections.of_seat(self.seat).map(|(id, connection)| ConnectionInfo {
            connection: Some(id),
            link: connection.link(),
            peer: connection.peer,
            is_up: connection.is_up(),
        });
        neighbours.chain(direct).collect()
    }

    /// A hash of both replicated sets as they are durable here: equal on two replicas that have
    /// the same. For tests and for people who compare.
    pub(crate) fn digest(&mut self) -> [u8; 32] {
        let parts: [&[u8]; 2] = [&self.statements.root(), &self.versions.root()];
        crate::hash::hash(crate::hash::Label::SetRoot, &parts)
    }
}
