//! What happens, in a few words.

use peergroup_core::{
    ChangeKind, ConnectionChange, Event, LinkId, MemberChange, NeighbourChange, PeerId, Role,
};

use crate::host::Host;
use crate::oracle::Deed;
use crate::world::World;

/// Who is at a host: its number and the name of its identity.
pub(super) fn name(world: &World, host: Host) -> Option<String> {
    let machine = world.machine(host);
    let info = machine.node.as_ref()?.identity_info(machine.peer?)?;
    Some(format!("{} {}", host.number(), info.name))
}

/// A link that a host dialled is up.
pub(super) fn link_up(world: &World, host: Host, link: LinkId) -> String {
    match world.far_end(host, link) {
        Some(far) => format!("link to {}", far.number()),
        None => "link up".to_owned(),
    }
}

/// Who is meant.
pub(super) struct Names<'a>(pub(super) &'a World);

impl Names<'_> {
    /// The number of the host whose identity it is, or the beginning of its key.
    fn peer(&self, peer: PeerId) -> String {
        let is_it = |host: &Host| self.0.machine(*host).peer == Some(peer);
        match self.0.hosts().find(is_it) {
            Some(host) => host.number().to_string(),
            None => peer.to_string().chars().take(6).collect(),
        }
    }

    /// What an application did.
    pub(super) fn deed(&self, deed: &Deed) -> String {
        match deed {
            Deed::Founded => "founds the group".to_owned(),
            Deed::Joined => "joins".to_owned(),
            Deed::Granted(peer, role) => format!("makes {} {}", self.peer(*peer), title(*role)),
            Deed::Removed(peer) => format!("removes {}", self.peer(*peer)),
            Deed::Demoted(peer, role) => format!("lowers {} to {}", self.peer(*peer), title(*role)),
            Deed::Left => "leaves".to_owned(),
            Deed::SetProperties => "sets properties".to_owned(),
            Deed::Checkpointed => "makes a checkpoint".to_owned(),
            Deed::Published(record) => format!("publishes {}", short(record)),
            Deed::Updated(record) => format!("updates {}", short(record)),
            Deed::Deleted(record) => format!("deletes {}", short(record)),
        }
    }

    /// What an application is told; none if that is not worth a mark.
    pub(super) fn event(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::MemberChanged { peer, change } => {
                let what = match change {
                    MemberChange::Joined => "is a member",
                    MemberChange::Left => "is no member",
                    MemberChange::RoleChanged => "has another role",
                    MemberChange::Online => "is online",
                    MemberChange::Offline => "is offline",
                    _ => return None,
                };
                format!("{} {what}", self.peer(*peer))
            }
            Event::NeighbourChanged { peer, change: NeighbourChange::Connected, .. } => {
                format!("neighbour {}", self.peer(*peer))
            }
            Event::NeighbourChanged {
                peer, change: NeighbourChange::Disconnected(why), ..
            } => {
                format!("neighbour {} gone: {}", self.peer(*peer), words(why))
            }
            Event::RecordChanged { kind, record, .. } => {
                let what = match kind {
                    ChangeKind::Added => "record",
                    ChangeKind::Updated => "changed",
                    ChangeKind::Deleted => "deleted",
                    _ => "expired",
                };
                format!("{what} {}", short(record))
            }
            Event::RecordConflicted { record, .. } => format!("conflict {}", short(record)),
            Event::CredentialsChanged { role: Some(role) } => format!("is {} now", title(*role)),
            Event::CredentialsChanged { role: None } => "is no member now".to_owned(),
            Event::PeerFaulted { peer, fault, .. } => match peer {
                Some(peer) => format!("{}: {fault}", self.peer(*peer)),
                None => fault.to_string(),
            },
            Event::ConnectFailed(failure) => format!("finds nobody: {failure}"),
            Event::ConnectionChanged { change: ConnectionChange::Writable, .. }
            | Event::StatusChanged(_) => return None,
            other => words(other),
        })
    }
}

fn title(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Inviter => "Inviter",
        Role::Admin => "Admin",
    }
}

/// The beginning of an id: enough to tell two apart.
fn short(id: &impl core::fmt::Display) -> String {
    id.to_string().chars().take(4).collect()
}

/// The first words of what there are no others for.
fn words(value: &impl core::fmt::Debug) -> String {
    format!("{value:?}").chars().take(60).collect()
}
