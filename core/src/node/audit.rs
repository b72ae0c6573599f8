//! A look at a node from outside.

use bytes::Bytes;

use crate::error::GroupError;
use crate::event::Seat;
use crate::genesis::Genesis;
use crate::group::Group;
use crate::id::{LinkId, VersionId};
use crate::limits::SEATS_MAX;
use crate::node::Node;
use crate::simulation::{AuditedVersion, Usage};
use crate::statement::Statement;

impl Node {
    /// The group's first statement: it names the creator.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn genesis(&self, seat: Seat) -> Result<&Genesis, GroupError> {
        self.group(seat).map(Group::genesis)
    }

    /// Every statement in the authority set, alive or not, each after the grant that it is signed
    /// under.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn statements(&self, seat: Seat) -> Result<impl Iterator<Item = &Statement>, GroupError> {
        self.group(seat).map(Group::statements)
    }

    /// Every version held, and what the node makes of it: by record, then those that are parked.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn versions(&self, seat: Seat) -> Result<impl Iterator<Item = AuditedVersion>, GroupError> {
        self.group(seat).map(Group::versions)
    }

    /// A version that is held, as it travels and as forged versions are made from it. None if it is
    /// not held, or parked.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn version_item(
        &self,
        seat: Seat,
        version: VersionId,
    ) -> Result<Option<Bytes>, GroupError> {
        self.group(seat).map(|group| group.version_item(&version))
    }

    /// How much there is of everything that is bounded, beside its bound.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        let open = self.groups.len().saturating_add(self.restoring.len());
        usage.note("open groups", open, SEATS_MAX);
        self.identities.gauge(&mut usage);
        self.shared.outbox.gauge(&mut usage);
        self.shared.timers.gauge(&mut usage);
        self.shared.links.gauge(&mut usage);
        self.shared.connections.gauge(&mut usage);
        for group in self.groups.values() {
            group.gauge(&mut usage);
        }
        usage
    }

    /// Whether the handshake of a link was ended well: then the other end is known, though the
    /// link may be closing by now. None if there is no such link, or no longer.
    pub fn is_authenticated(&self, link: LinkId) -> Option<bool> {
        self.shared.links.get(link).map(crate::link::Link::was_established)
    }
}
