//! Where everything lies in the store: keys and rows.
//!
//! | key | value |
//! |---|---|
//! | `d` | the default identity |
//! | `i` peer | [`IdentityRow`] |
//! | `g` peer group | [`SeatRow`] |
//! | `a` peer group | addresses remembered of the group |
//! | `n` peer group member | nothing: the member has shown itself here |
//! | `s` peer group position | a statement; positions ascend in the order of arrival |
//! | `r` peer group version | a version, its payload unless that is large, and a sum over both |
//! | `l` peer group number | [`PayloadRow`]: a large payload, and which of its parts are here |
//! | `m` peer group number place | a part of that payload |
//! | `p` peer group | what is kept of passwords, by the feature `password` |

use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize as _;

use crate::event::Seat;
use crate::genesis::UncheckedGenesis;
use crate::hash::{Label, hash};
use crate::id::{GroupId, StatementId, VersionId};
use crate::key::PeerId;
use crate::message::Blob;
use crate::name::Name;
use crate::record::PayloadId;

/// The row of an identity.
#[derive(Serialize, Deserialize)]
pub(crate) struct IdentityRow {
    pub(crate) secret: [u8; 32],
    pub(crate) name: Name,
}

impl Drop for IdentityRow {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

/// Whether a seat may act in its group. The first two are encoded as no and yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Readiness {
    /// It may not: it has never synchronised.
    Never,
    /// It may: it founded the group, or has synchronised.
    Ready,
    /// It may, being the creator's: but it was restored from an export, and has not synchronised
    /// since with anybody who knew the group before.
    Restored {
        /// The first that was signed here since. All else that was follows it.
        first: Option<StatementId>,
    },
}

impl Readiness {
    /// Whether it may act.
    pub(crate) fn is_ready(self) -> bool {
        self != Self::Never
    }

    /// Whether it may know less of its own acts than others do.
    pub(crate) fn is_restored(self) -> bool {
        matches!(self, Self::Restored { .. })
    }
}

/// The row of a seat.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct SeatRow {
    pub(crate) genesis: UncheckedGenesis,
    /// What the invitation gave, until the properties are known.
    pub(crate) link_secret: [u8; 32],
    /// Whether the group has ever synchronised.
    pub(crate) ready: Readiness,
    /// The group's friendly name as last known.
    pub(crate) group_name: Name,
}

impl fmt::Debug for SeatRow {
    /// Everything but the link secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeatRow")
            .field("genesis", &self.genesis)
            .field("ready", &self.ready)
            .field("group_name", &self.group_name)
            .finish_non_exhaustive()
    }
}

/// The row of a large payload.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PayloadRow {
    /// None while it is uploaded.
    pub(crate) id: Option<PayloadId>,
    /// To whom its bytes count.
    pub(crate) author: PeerId,
    /// One bit for each part that is here.
    pub(crate) parts: Blob,
}

/// The kinds of rows that belong to a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Table {
    Addresses,
    Statements,
    Seen,
    Versions,
    Payloads,
    Password,
    Parts,
}

impl Table {
    /// What is read when a group is opened, in this order.
    pub(crate) const READ: [Self; 6] = [
        Self::Addresses,
        Self::Statements,
        Self::Seen,
        Self::Versions,
        Self::Payloads,
        Self::Password,
    ];

    /// Every table.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        Self::READ.into_iter().chain([Self::Parts])
    }

    const fn letter(self) -> u8 {
        match self {
            Self::Addresses => b'a',
            Self::Statements => b's',
            Self::Seen => b'n',
            Self::Versions => b'r',
            Self::Payloads => b'l',
            Self::Password => b'p',
            Self::Parts => b'm',
        }
    }
}

pub(crate) const DEFAULT_IDENTITY: &[u8] = b"d";
pub(crate) const IDENTITIES: &[u8] = b"i";
pub(crate) const SEATS: &[u8] = b"g";

/// The key of an identity's row.
pub(crate) fn identity_key(peer: PeerId) -> Bytes {
    [IDENTITIES, peer.as_bytes()].concat().into()
}

/// The key of a seat's row.
pub(crate) fn seat_key(seat: Seat) -> Bytes {
    [SEATS, seat.identity.as_bytes(), seat.group.as_bytes()].concat().into()
}

/// The seat in a key of a seat's row.
pub(crate) fn seat_of(key: &[u8]) -> Option<Seat> {
    let (peer, group) = key.strip_prefix(SEATS)?.split_at_checked(32)?;
    let identity = PeerId::from_bytes(peer.try_into().ok()?).ok()?;
    Some(Seat { identity, group: GroupId::from_bytes(group.try_into().ok()?) })
}

/// What the keys of a seat's rows in a table begin with.
pub(crate) fn table_prefix(table: Table, seat: Seat) -> Bytes {
    let letter = [table.letter()];
    let parts: [&[u8]; 3] = [&letter, seat.identity.as_bytes(), seat.group.as_bytes()];
    parts.concat().into()
}

/// The key of the statement that arrived at `position`.
pub(crate) fn statement_key(seat: Seat, position: u64) -> Bytes {
    suffixed(Table::Statements, seat, &position.to_be_bytes())
}

/// The position in a statement's key.
pub(crate) fn position_of(key: &[u8]) -> Option<u64> {
    let (_, position) = key.split_last_chunk::<8>()?;
    Some(u64::from_be_bytes(*position))
}

/// The key that says that a member has shown itself.
pub(crate) fn seen_key(seat: Seat, member: PeerId) -> Bytes {
    suffixed(Table::Seen, seat, member.as_bytes())
}

/// The member in such a key.
pub(crate) fn seen_of(key: &[u8]) -> Option<PeerId> {
    let (_, member) = key.split_last_chunk::<32>()?;
    PeerId::from_bytes(*member).ok()
}

/// The key of a version.
pub(crate) fn version_key(seat: Seat, version: &VersionId) -> Bytes {
    suffixed(Table::Versions, seat, version.as_bytes())
}

/// The row of a version: its item and a sum over it. By the sum it is known for what was stored, at
/// a twentieth of what checking its signatures again would cost. Whoever can make up a row and its
/// sum can read the secret keys beside it.
pub(crate) fn version_row(item: &[u8]) -> Bytes {
    [item, &sum(item)].concat().into()
}

/// The item in the row of a version; none if it is not what was stored.
pub(crate) fn item_of(row: &[u8]) -> Option<&[u8]> {
    let (item, found) = row.split_last_chunk()?;
    (*found == sum(item)).then_some(item)
}

fn sum(item: &[u8]) -> [u8; 8] {
    hash(Label::StoredItem, &[item]).first_chunk().copied().unwrap_or_default()
}

/// The key of the row of the large payload with this number.
pub(crate) fn payload_key(seat: Seat, number: u64) -> Bytes {
    suffixed(Table::Payloads, seat, &number.to_be_bytes())
}

/// The number in such a key.
pub(crate) fn number_of(key: &[u8]) -> Option<u64> {
    position_of(key)
}

/// What the keys of the parts of that payload begin with.
pub(crate) fn parts_prefix(seat: Seat, number: u64) -> Bytes {
    suffixed(Table::Parts, seat, &number.to_be_bytes())
}

/// The key of one of its parts.
pub(crate) fn part_key(seat: Seat, number: u64, place: u32) -> Bytes {
    let (number, place) = (number.to_be_bytes(), place.to_be_bytes());
    let suffix = [number.as_slice(), &place].concat();
    suffixed(Table::Parts, seat, &suffix)
}

fn suffixed(table: Table, seat: Seat, suffix: &[u8]) -> Bytes {
    let mut key: Vec<u8> = table_prefix(table, seat).into();
    key.extend_from_slice(suffix);
    key.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::SecretKey;

    #[test]
    fn a_key_gives_back_what_it_was_made_of() {
        let seat = Seat {
            identity: SecretKey::from_bytes([1; 32]).peer(),
            group: GroupId::from_bytes([2; 32]),
        };
        assert_eq!(seat_of(&seat_key(seat)), Some(seat));
        assert_eq!(seat_of(b"gx"), None);
        assert_eq!(position_of(&statement_key(seat, 7)), Some(7));
        assert_eq!(seen_of(&seen_key(seat, seat.identity)), Some(seat.identity));
    }

    #[test]
    fn readiness_is_encoded_as_no_and_yes_but_for_a_seat_that_was_restored() {
        use crate::codec::{decode, encode};
        for (ready, plain) in [(Readiness::Never, false), (Readiness::Ready, true)] {
            assert_eq!(encode(&ready), encode(&plain));
        }
        let first = Some(StatementId::from_bytes([7; 32]));
        for ready in [Readiness::Restored { first: None }, Readiness::Restored { first }] {
            assert!(ready.is_ready() && ready.is_restored());
            assert_eq!(decode::<Readiness>(&encode(&ready)), Ok(ready));
        }
    }

    #[test]
    fn the_row_of_a_version_gives_its_item_back_or_nothing() {
        let row = version_row(b"an item");
        assert_eq!(item_of(&row), Some(&b"an item"[..]));
        for at in 0..row.len() {
            let mut damaged = row.to_vec();
            damaged[at] ^= 1;
            assert_eq!(item_of(&damaged), None, "byte {at}");
        }
        assert_eq!(item_of(b"short"), None);
    }

    #[test]
    fn statements_lie_in_the_order_of_their_positions() {
        let seat = Seat {
            identity: SecretKey::from_bytes([1; 32]).peer(),
            group: GroupId::from_bytes([2; 32]),
        };
        assert!(statement_key(seat, 255) < statement_key(seat, 256));
    }
}
