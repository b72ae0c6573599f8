//! How members find each other on a local network, and show nobody else that they do.

use alloc::string::String;
use core::fmt;
use core::str::FromStr;
use core::time::Duration;

use data_encoding::BASE32_NOPAD;
use subtle::ConstantTimeEq as _;

use crate::hash::{Label, mac};
use crate::id::{GroupId, ParseIdError, parse_base32};
use crate::time::UnixTime;

/// How long a beacon made in it is good at least. It is good in the next period as well, and for
/// those whose calendars are a period behind.
pub(crate) const PERIOD: Duration = Duration::from_secs(3600);

/// What an instance shows of a group on the local network: 16 random bytes, and 16 bytes that only
/// those who may knock at the group's door can make of them.
///
/// These know it for one of their group's. To everybody else it is random: the beacons of two
/// members have nothing in common, nor have those of one member in two groups or at two times. It
/// proves nothing about who shows it: it may be a copy.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Beacon([u8; 32]);

impl Beacon {
    /// The beacon with these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A fresh one.
    pub(crate) fn new(secret: &[u8; 32], group: GroupId, at: UnixTime, nonce: [u8; 16]) -> Self {
        Self::of_period(secret, group, period(at), nonce)
    }

    /// Whether it was made for a group in this period, or in the one before or after it.
    pub(crate) fn is_of(&self, secret: &[u8; 32], group: GroupId, at: UnixTime) -> bool {
        let (nonce, _) = self.halves();
        let now = period(at);
        [now, now.saturating_sub(1), now.saturating_add(1)].into_iter().any(|period| {
            let made = Self::of_period(secret, group, period, nonce);
            bool::from(made.0.ct_eq(&self.0))
        })
    }

    fn of_period(secret: &[u8; 32], group: GroupId, period: u64, nonce: [u8; 16]) -> Self {
        let made = mac(secret, Label::Beacon, &[group.as_bytes(), &period.to_le_bytes(), &nonce]);
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().zip(nonce.into_iter().chain(made)) {
            *to = from;
        }
        Self(bytes)
    }

    fn halves(&self) -> ([u8; 16], [u8; 16]) {
        match self.0.as_chunks::<16>().0 {
            [nonce, made] => (*nonce, *made),
            _ => ([0; 16], [0; 16]), // 32 bytes are two halves
        }
    }
}

fn period(at: UnixTime) -> u64 {
    at.as_millis() / 3_600_000
}

impl fmt::Display for Beacon {
    /// Lower-case base32 without padding: 52 characters, which fit a label of the DNS.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text: String = BASE32_NOPAD.encode(&self.0);
        f.write_str(&text.to_ascii_lowercase())
    }
}

impl fmt::Debug for Beacon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Beacon({self})")
    }
}

impl FromStr for Beacon {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        parse_base32(text).map(Self)
    }
}

#[cfg(test)]
mod tests;
