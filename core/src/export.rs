//! What an identity needs to take its place in a group on another machine.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::address::Address;
use crate::codec::{DecodeError, decode, encode_within};
use crate::credential::Chain;
use crate::event::Seat;
use crate::genesis::{Genesis, UncheckedGenesis};
use crate::key::SecretKey;
use crate::limits::{EXPORT_BYTES_MAX, REMEMBERED_ADDRESSES_MAX};
use crate::name::Name;
use crate::statement::{Body, Statement};

/// One identity's place in one group: its secret key, its credential, and what it knows of the
/// group's properties and addresses (Windows: the content of `PeerGroupExportConfig`). Records are
/// not in it, nor is what it knows of other members: both come with synchronisation.
///
/// It is as secret as the key. Wiped on drop; shown by no `Debug`; seal it under a passphrase
/// before it is written anywhere, as the package `peergroup` does. Neither copied nor serialised:
///
/// ```compile_fail,E0277
/// fn is_copied<T: Clone>() {}
/// is_copied::<peergroup_core::GroupExport>();
/// ```
///
/// ```compile_fail,E0277
/// fn is_serialised<T: serde::Serialize>() {}
/// is_serialised::<peergroup_core::GroupExport>();
/// ```
pub struct GroupExport {
    pub(crate) key: SecretKey,
    pub(crate) genesis: Genesis,
    /// From the creator's down to this identity's own; none if it is the creator.
    pub(crate) grants: Vec<Statement>,
    /// The newest properties, if any are known.
    pub(crate) properties: Option<Statement>,
    pub(crate) link_secret: Zeroizing<[u8; 32]>,
    pub(crate) name: Name,
    pub(crate) group_name: Name,
    pub(crate) addresses: Vec<Address>,
}

/// As it is encoded.
#[derive(Serialize, Deserialize)]
struct Content {
    key: [u8; 32],
    link_secret: [u8; 32],
    genesis: UncheckedGenesis,
    chain: Chain,
    properties: Option<Vec<u8>>,
    name: Name,
    group_name: Name,
    addresses: Vec<Address>,
}

impl Drop for Content {
    fn drop(&mut self) {
        self.key.zeroize();
        self.link_secret.zeroize();
        self.properties.zeroize();
    }
}

impl GroupExport {
    /// The identity and the group.
    pub fn seat(&self) -> Seat {
        Seat { identity: self.key.peer(), group: self.genesis.id() }
    }

    /// The identity's friendly name.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// The group's friendly name as last known.
    pub fn group_name(&self) -> &Name {
        &self.group_name
    }

    /// Whether the identity is the group's creator.
    pub fn is_creator(&self) -> bool {
        self.genesis.creator() == self.key.peer()
    }

    /// The canonical bytes, in the clear: [`EXPORT_BYTES_MAX`] at most. Wiped on drop.
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let content = Content {
            key: *self.key.expose(),
            link_secret: *self.link_secret,
            genesis: self.genesis.unchecked(),
            chain: Chain::new(&self.grants, 1),
            properties: self.properties.as_ref().map(Statement::encode),
            name: self.name.clone(),
            group_name: self.group_name.clone(),
            addresses: self.addresses.clone(),
        };
        Zeroizing::new(encode_within(EXPORT_BYTES_MAX, &content))
    }

    /// Reads the canonical bytes and checks every signature in them.
    ///
    /// # Errors
    /// [`DecodeError`]: not the canonical form, beyond a bound, or a credential that does not lead
    /// from the group's creator to this key.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > EXPORT_BYTES_MAX {
            return Err(DecodeError);
        }
        decode::<Content>(bytes)?.check().ok_or(DecodeError)
    }
}

impl Content {
    fn check(&self) -> Option<GroupExport> {
        let key = SecretKey::from_bytes(self.key);
        let genesis = self.genesis.clone().check()?;
        let (grants, holder) = self.chain.clone().check(&genesis).ok()?;
        if holder != key.peer() || self.addresses.len() > REMEMBERED_ADDRESSES_MAX {
            return None;
        }
        let properties = match &self.properties {
            Some(bytes) => {
                let statement = Statement::decode(genesis.id(), genesis.creator(), bytes).ok()?;
                matches!(statement.body(), Body::Property(_)).then_some(statement)?.into()
            }
            None => None,
        };
        Some(GroupExport {
            key,
            genesis,
            grants,
            properties,
            link_secret: Zeroizing::new(self.link_secret),
            name: self.name.clone(),
            group_name: self.group_name.clone(),
            addresses: self.addresses.clone(),
        })
    }
}

impl fmt::Debug for GroupExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupExport").field("seat", &self.seat()).finish_non_exhaustive()
    }
}
