//! The identities of a node, and where they sit.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::card::IdentityInfo;
use crate::codec::encode;
use crate::error::IdentityError;
use crate::event::Seat;
use crate::id::Ticket;
use crate::journal::Owner;
use crate::key::{PeerId, SecretKey};
use crate::layout::{DEFAULT_IDENTITY, IdentityRow, SeatRow, identity_key};
use crate::limits::IDENTITIES_MAX;
use crate::name::Name;
use crate::node::Node;
use crate::output::Receipt;
use crate::storage::Change;
use crate::time::Now;

/// An identity of this node.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub(super) key: SecretKey,
    pub(super) name: Name,
}

/// All identities and seats of a node, open or not.
#[derive(Debug, Default)]
pub(super) struct Identities {
    known: BTreeMap<PeerId, Identity>,
    default: Option<PeerId>,
    seats: BTreeMap<Seat, SeatRow>,
}

impl Identities {
    pub(super) fn insert(&mut self, identity: Identity) {
        self.known.insert(identity.key.peer(), identity);
    }

    pub(super) fn get(&self, peer: PeerId) -> Option<&Identity> {
        self.known.get(&peer)
    }

    pub(super) fn set_default(&mut self, peer: PeerId) {
        self.default = Some(peer);
    }

    pub(super) fn seat(&mut self, seat: Seat, row: SeatRow) {
        self.seats.insert(seat, row);
    }

    pub(super) fn unseat(&mut self, seat: Seat) -> bool {
        self.seats.remove(&seat).is_some()
    }

    pub(super) fn row(&self, seat: Seat) -> Option<&SeatRow> {
        self.seats.get(&seat)
    }

    /// Counts the identities.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        usage.note("identities", self.known.len(), IDENTITIES_MAX);
    }

    pub(super) fn seats_of(&self, peer: PeerId) -> impl Iterator<Item = (&Seat, &SeatRow)> {
        self.seats.iter().filter(move |(seat, _)| seat.identity == peer)
    }
}

/// A group of an identity as it is listed. Windows: an item of `PeerEnumGroups`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupInfo {
    /// The identity and the group.
    pub seat: Seat,
    /// The group's friendly name as last known.
    pub name: Name,
    /// Whether it is open.
    pub is_open: bool,
}

impl Node {
    /// Makes an identity with a fresh key (`PeerIdentityCreate`). The first one of a node is its
    /// default.
    ///
    /// # Errors
    /// [`IdentityError::NotStarted`], [`IdentityError::TooMany`]; the node is unchanged.
    pub fn create_identity(
        &mut self,
        now: Now,
        name: Name,
    ) -> Result<Receipt<PeerId>, IdentityError> {
        self.enter(now);
        self.check_room()?;
        let key = SecretKey::from_bytes(self.shared.entropy.keys.bytes32());
        #[cfg(feature = "simulation")]
        let key = if self.shared.config.mock_identities { key.into_mock() } else { key };
        Ok(self.add_identity(Identity { key, name }))
    }

    /// Makes an identity of an existing key (`PeerIdentityCreate` with a key container).
    ///
    /// # Errors
    /// [`IdentityError::NotStarted`], [`IdentityError::TooMany`],
    /// [`IdentityError::AlreadyExists`]; the node is unchanged.
    pub fn import_identity(
        &mut self,
        now: Now,
        key: SecretKey,
        name: Name,
    ) -> Result<Receipt<PeerId>, IdentityError> {
        self.enter(now);
        self.check_room()?;
        if self.identities.get(key.peer()).is_some() {
            return Err(IdentityError::AlreadyExists);
        }
        Ok(self.add_identity(Identity { key, name }))
    }

    fn check_room(&self) -> Result<(), IdentityError> {
        if !self.start.is_done() {
            return Err(IdentityError::NotStarted);
        }
        if self.identities.known.len() >= IDENTITIES_MAX {
            return Err(IdentityError::TooMany);
        }
        Ok(())
    }

    fn add_identity(&mut self, identity: Identity) -> Receipt<PeerId> {
        let peer = identity.key.peer();
        let changes = self.take_identity(identity);
        Receipt::new(peer, self.store(changes))
    }

    /// Takes an identity in; it is the default if it is the first. Gives what is to be stored.
    pub(super) fn take_identity(&mut self, identity: Identity) -> Vec<Change> {
        let peer = identity.key.peer();
        let mut changes = vec![put_identity(&identity)];
        self.identities.insert(identity);
        if self.identities.default.is_none() {
            self.identities.default = Some(peer);
            changes.push(put_default(peer));
        }
        changes
    }

    /// The cards of all identities, in the order of their keys (`PeerEnumIdentities`).
    pub fn identities(&self) -> impl Iterator<Item = IdentityInfo> {
        self.identities
            .known
            .iter()
            .map(|(peer, identity)| IdentityInfo::new(*peer, identity.name.clone()))
    }

    /// The card of one identity: what to give to whoever is to invite it (`PeerIdentityGetXML`).
    pub fn identity_info(&self, peer: PeerId) -> Option<IdentityInfo> {
        let identity = self.identities.get(peer)?;
        Some(IdentityInfo::new(peer, identity.name.clone()))
    }

    /// The secret key of an identity, for uses of its own (`PeerIdentityGetCryptKey`).
    pub fn identity_key(&self, peer: PeerId) -> Option<&SecretKey> {
        self.identities.get(peer).map(|identity| &identity.key)
    }

    /// The identity to use when none is named (`PeerIdentityGetDefault`).
    pub fn default_identity(&self) -> Option<PeerId> {
        self.identities.default
    }

    /// Chooses the default identity.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; the node is unchanged.
    pub fn set_default_identity(
        &mut self,
        now: Now,
        peer: PeerId,
    ) -> Result<Receipt<()>, IdentityError> {
        self.enter(now);
        self.identities.get(peer).ok_or(IdentityError::NotFound)?;
        self.identities.default = Some(peer);
        Ok(Receipt::new((), self.store(vec![put_default(peer)])))
    }

    /// Changes an identity's friendly name (`PeerIdentitySetFriendlyName`). Its groups announce
    /// it.
    ///
    /// # Errors
    /// [`IdentityError::NotFound`]; the node is unchanged.
    pub fn rename_identity(
        &mut self,
        now: Now,
        peer: PeerId,
        name: &Name,
    ) -> Result<Receipt<()>, IdentityError> {
        self.enter(now);
        let identity = self.identities.known.get_mut(&peer).ok_or(IdentityError::NotFound)?;
        identity.name = name.clone();
        let change = put_identity(identity);
        let ticket = self.store(vec![change]);
        let seats: Vec<Seat> =
            self.groups.keys().filter(|seat| seat.identity == peer).copied().collect();
        for seat in seats {
            self.with_group(seat, |group, cx| group.rename(cx, name.clone()));
        }
        Ok(Receipt::new((), ticket))
    }

    /// Deletes an identity and its key for good (`PeerIdentityDelete`).
    ///
    /// # Errors
    /// [`IdentityError::NotFound`], or [`IdentityError::GroupsExist`] while it is in any group
    /// here; the node is unchanged.
    pub fn delete_identity(
        &mut self,
        now: Now,
        peer: PeerId,
    ) -> Result<Receipt<()>, IdentityError> {
        self.enter(now);
        self.identities.get(peer).ok_or(IdentityError::NotFound)?;
        if self.sits_anywhere(peer) {
            return Err(IdentityError::GroupsExist);
        }
        self.identities.known.remove(&peer);
        let mut changes = vec![Change::Delete { key: identity_key(peer) }];
        if self.identities.default == Some(peer) {
            self.identities.default = self.identities.known.keys().next().copied();
            changes.push(match self.identities.default {
                Some(next) => put_default(next),
                None => Change::Delete { key: Bytes::from_static(DEFAULT_IDENTITY) },
            });
        }
        Ok(Receipt::new((), self.store(changes)))
    }

    /// The groups of an identity on this node, open or not (`PeerEnumGroups`).
    pub fn groups(&self, identity: PeerId) -> impl Iterator<Item = GroupInfo> {
        self.identities.seats_of(identity).map(|(seat, row)| {
            let open = self.groups.get(seat);
            GroupInfo {
                seat: *seat,
                name: open.map_or(&row.group_name, |group| &group.row().group_name).clone(),
                is_open: open.is_some(),
            }
        })
    }

    /// Hands changes of the node's own rows to the store.
    pub(super) fn store(&mut self, changes: Vec<Change>) -> Ticket {
        self.shared.journal.store(&mut self.shared.outbox, Owner::Node, changes)
    }
}

fn put_identity(identity: &Identity) -> Change {
    let row = IdentityRow { secret: *identity.key.expose(), name: identity.name.clone() };
    Change::Put { key: identity_key(identity.key.peer()), value: encode(&row).into() }
}

fn put_default(peer: PeerId) -> Change {
    let value = Bytes::copy_from_slice(peer.as_bytes());
    Change::Put { key: Bytes::from_static(DEFAULT_IDENTITY), value }
}
