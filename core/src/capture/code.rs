//! Values as bytes: each in one way, and read back as it was.

use alloc::vec::Vec;
use core::time::Duration;

use bytes::Bytes;

use crate::address::Address;
use crate::beacon::Beacon;
use crate::card::IdentityInfo;
use crate::codec::{decode_prefix, encode};
use crate::config::Config;
use crate::database::Reading;
use crate::entropy::Seed;
use crate::event::{EventKind, Interest, Seat};
use crate::export::GroupExport;
use crate::genesis::Charter;
use crate::group::{Removal, Terms};
use crate::id::{
    ConnectionId, GroupId, LinkId, RecordId, RegistrationId, Ticket, TypeId, UploadId,
};
use crate::input::LinkDown;
use crate::invitation::Invitation;
use crate::key::{PeerId, SecretKey};
use crate::name::Name;
#[cfg(feature = "password")]
use crate::password::{PasswordInvitation, PasswordSecret};
use crate::property::Properties;
use crate::record::{Attribute, PayloadId, RecordDraft, RecordUpdate};
use crate::statement::Role;
use crate::storage::StoreFailure;
use crate::time::{Instant, Now, UnixTime};

/// A value that can be written down.
pub(super) trait Code: Sized {
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);
    /// Takes it from the front; none if that is not one.
    fn read(from: &mut &[u8]) -> Option<Self>;
}

/// Appends all of these.
pub(super) fn write_all<T: Code>(items: &[T], out: &mut Vec<u8>) {
    items.len().write(out);
    for item in items {
        item.write(out);
    }
}

/// Appends bytes and how many there are.
pub(super) fn write_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    bytes.len().write(out);
    out.extend_from_slice(bytes);
}

/// Takes bytes of which it is said how many there are.
fn read_bytes<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::read(from)?;
    let (bytes, rest) = from.split_at_checked(length)?;
    *from = rest;
    Some(bytes)
}

impl Code for u64 {
    /// Seven bits a byte, the least first.
    fn write(&self, out: &mut Vec<u8>) {
        let mut left = *self;
        while left > 0x7f {
            out.push(0x80 | (left & 0x7f).to_le_bytes()[0]);
            left >>= 7;
        }
        out.push(left.to_le_bytes()[0]);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let mut number: Self = 0;
        for shift in (0..u64::BITS).step_by(7) {
            let (byte, rest) = from.split_first()?;
            *from = rest;
            let bits = Self::from(byte & 0x7f);
            number |= bits.checked_shl(shift).filter(|moved| moved >> shift == bits)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}

impl<const N: usize> Code for [u8; N] {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let (first, rest) = from.split_first_chunk::<N>()?;
        *from = rest;
        Some(*first)
    }
}

/// Values that another value stands for.
macro_rules! as_other {
    ($($type:ty: $other:ty, $to:expr, $of:expr;)+) => {$(
        impl Code for $type {
            fn write(&self, out: &mut Vec<u8>) {
                let to: fn(&Self) -> $other = $to;
                to(self).write(out);
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                let of: fn($other) -> Option<Self> = $of;
                of(<$other>::read(from)?)
            }
        }
    )+};
}

as_other! {
    u8: [u8; 1], |it| [*it], |[it]| Some(it);
    u32: u64, |it| (*it).into(), |it| it.try_into().ok();
    usize: u64, |it| u64::try_from(*it).unwrap_or(u64::MAX), |it| it.try_into().ok();
    bool: u8, |it| (*it).into(), |it| (it < 2).then_some(it == 1);
    Duration: (u64, u32), |it| (it.as_secs(), it.subsec_nanos()),
        |(secs, nanos)| (nanos < 1_000_000_000).then(|| Self::new(secs, nanos));
    Instant: u64, |it| it.as_micros(), |it| Some(Self::from_micros(it));
    Now: (Instant, UnixTime), |it| (it.mono, it.wall), |(mono, wall)| Some(Self { mono, wall });
    LinkId: u64, |it| it.as_u64(), |it| Some(Self::from_u64(it));
    Ticket: u64, |it| it.as_u64(), |it| Some(Self::from_u64(it));
    ConnectionId: u64, |it| it.as_u64(), |it| Some(Self::from_u64(it));
    RegistrationId: u64, |it| it.as_u64(), |it| Some(Self::from_u64(it));
    UploadId: u64, |it| it.as_u64(), |it| Some(Self::from_u64(it));
    Beacon: [u8; 32], |it| *it.as_bytes(), |it| Some(Self::from_bytes(it));
    Seed: [u8; 32], |it| *it.expose(), |it| Some(Self::from_bytes(it));
    SecretKey: [u8; 32], |it| *it.expose(), |it| Some(Self::from_bytes(it));
    Seat: (PeerId, GroupId), |it| (it.identity, it.group),
        |(identity, group)| Some(Self { identity, group });
    Interest: (EventKind, Option<TypeId>), |it| (it.kind, it.type_id),
        |(kind, type_id)| Some(Self { kind, type_id });
    Terms: (Role, Option<UnixTime>), |it| (it.role, it.until),
        |(role, until)| Some(Self { role, until });
}

#[cfg(feature = "password")]
as_other! {
    PasswordSecret: [u8; 32], |it| *it.expose(), |it| Some(Self::from_bytes(it));
}

/// Values that are on the wire or in the store too.
macro_rules! as_there {
    ($($type:ty),+) => {$(
        impl Code for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.extend_from_slice(&encode(self));
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                let (value, rest) = decode_prefix(from).ok()?;
                *from = rest;
                Some(value)
            }
        }
    )+};
}

as_there!(Name, PeerId, GroupId, RecordId, TypeId, PayloadId, UnixTime, Role);
as_there!(Address, Attribute, IdentityInfo, Charter, Properties);

/// Documents, which are checked as they are read.
macro_rules! as_document {
    ($($type:ty),+) => {$(
        impl Code for $type {
            fn write(&self, out: &mut Vec<u8>) {
                write_bytes(&self.encode(), out);
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                Self::decode(read_bytes(from)?).ok()
            }
        }
    )+};
}

as_document!(Invitation, GroupExport);
#[cfg(feature = "password")]
as_document!(PasswordInvitation);

/// One of a few, by its number.
macro_rules! by_number {
    ($($type:ident { $($variant:ident = $number:literal),+ })+) => {$(
        impl Code for $type {
            fn write(&self, out: &mut Vec<u8>) {
                out.push(match self { $(Self::$variant => $number),+ });
            }

            fn read(from: &mut &[u8]) -> Option<Self> {
                Some(match u8::read(from)? { $($number => Self::$variant,)+ _ => return None })
            }
        }
    )+};
}

by_number! {
    LinkDown {
        Refused = 0, Unreachable = 1, TimedOut = 2, Unsupported = 3, Closed = 4, Broken = 5
    }
    StoreFailure { Full = 0, Corrupt = 1, Failed = 2 }
    Removal { Keep = 0, KeepRecords = 1, Cascade = 2 }
    EventKind {
        Status = 0, Property = 1, Record = 2, Connection = 3, OwnConnection = 4, Data = 5,
        Neighbour = 6, Member = 7, ConnectFailed = 8, Credentials = 9, Fault = 10
    }
}

impl Code for () {
    fn write(&self, _: &mut Vec<u8>) {}

    fn read(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl<A: Code, B: Code> Code for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some((A::read(from)?, B::read(from)?))
    }
}

impl<T: Code> Code for Option<T> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_some().write(out);
        if let Some(item) = self {
            item.write(out);
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::read(from)? { Some(T::read(from)?) } else { None })
    }
}

impl<T: Code, E: Code> Code for Result<T, E> {
    fn write(&self, out: &mut Vec<u8>) {
        self.is_ok().write(out);
        match self {
            Ok(value) => value.write(out),
            Err(error) => error.write(out),
        }
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(if bool::read(from)? { Ok(T::read(from)?) } else { Err(E::read(from)?) })
    }
}

impl<T: Code> Code for Vec<T> {
    fn write(&self, out: &mut Vec<u8>) {
        write_all(self, out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        (0..usize::read(from)?).map(|_| T::read(from)).collect()
    }
}

impl Code for Bytes {
    fn write(&self, out: &mut Vec<u8>) {
        write_bytes(self, out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        read_bytes(from).map(Self::copy_from_slice)
    }
}

impl Code for Reading {
    fn write(&self, out: &mut Vec<u8>) {
        let (asked, came) = match self {
            Self::Due => (None, None),
            Self::Asked(ticket) => (Some(*ticket), None),
            Self::Came(bytes) => (None, Some(bytes.clone())),
        };
        (asked, came).write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(match <(Option<Ticket>, Option<Bytes>)>::read(from)? {
            (None, None) => Self::Due,
            (Some(ticket), None) => Self::Asked(ticket),
            (None, Some(bytes)) => Self::Came(bytes),
            (Some(_), Some(_)) => return None,
        })
    }
}

impl Code for RecordDraft {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { type_id, expires, ceiling, attributes, payload, upload } = self;
        type_id.write(out);
        expires.write(out);
        ceiling.write(out);
        attributes.write(out);
        payload.write(out);
        upload.write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            type_id: Code::read(from)?,
            expires: Code::read(from)?,
            ceiling: Code::read(from)?,
            attributes: Code::read(from)?,
            payload: Code::read(from)?,
            upload: Code::read(from)?,
        })
    }
}

impl Code for RecordUpdate {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { expires, attributes, payload, upload } = self;
        expires.write(out);
        attributes.write(out);
        payload.write(out);
        upload.write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Some(Self {
            expires: Code::read(from)?,
            attributes: Code::read(from)?,
            payload: Code::read(from)?,
            upload: Code::read(from)?,
        })
    }
}

impl Code for Config {
    fn write(&self, out: &mut Vec<u8>) {
        self.reconnect.write(out);
        self.neighbours.write(out);
        self.maintain_interval.write(out);
        self.compare_interval.write(out);
        self.has_mocks().write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let (reconnect, neighbours) = Code::read(from)?;
        let (maintain_interval, compare_interval) = Code::read(from)?;
        let config =
            Self { reconnect, neighbours, maintain_interval, compare_interval, ..Self::default() };
        config.with_mocks(Code::read(from)?)
    }
}

impl Config {
    #[cfg(feature = "simulation")]
    fn has_mocks(&self) -> bool {
        self.mock_identities
    }

    #[cfg(not(feature = "simulation"))]
    #[expect(clippy::unused_self, reason = "the other build looks")]
    fn has_mocks(&self) -> bool {
        false
    }

    #[cfg(feature = "simulation")]
    #[expect(clippy::unnecessary_wraps, reason = "the other build refuses")]
    fn with_mocks(self, mock_identities: bool) -> Option<Self> {
        Some(Self { mock_identities, ..self })
    }

    #[cfg(not(feature = "simulation"))]
    fn with_mocks(self, mock_identities: bool) -> Option<Self> {
        (!mock_identities).then_some(self)
    }
}
