//! What a peer can do wrong.

use core::fmt;

/// A peer broke the protocol: its link is closed, an event says so, nothing else notices.
///
/// The number is stable and crosses the wire when a link is closed because of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Fault {
    /// Bytes that are not the canonical encoding of what is expected.
    Malformed = 1,
    /// A frame, statement, version or list beyond its bound.
    TooLarge = 2,
    /// A message that is not expected in this state.
    Unexpected = 3,
    /// A signature that does not verify.
    InvalidSignature = 4,
    /// A statement whose form no author may choose.
    InvalidStatement = 5,
    /// A version whose form no author may choose.
    InvalidVersion = 6,
    /// A credential chain that does not lead from the genesis to the peer.
    InvalidCredential = 7,
    /// A tag or confirmation that proves the wrong key, link or transcript.
    InvalidProof = 8,
    /// More than the credit granted.
    CreditExceeded = 9,
    /// A question not answered in time.
    Silent = 10,
    /// A presence whose form no author may choose.
    InvalidPresence = 11,
    /// No version of the protocol in common.
    UnsupportedVersion = 12,
    /// The node itself at the other end of its link.
    Itself = 13,
    /// A part of a payload that is not what the payload's root says.
    InvalidPayload = 14,
}

impl Fault {
    /// The number that crosses the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "malformed bytes",
            Self::TooLarge => "something beyond its bound",
            Self::Unexpected => "a message out of turn",
            Self::InvalidSignature => "an invalid signature",
            Self::InvalidStatement => "an invalid statement",
            Self::InvalidVersion => "an invalid version of a record",
            Self::InvalidCredential => "an invalid credential",
            Self::InvalidProof => "an invalid proof",
            Self::CreditExceeded => "more than the credit granted",
            Self::Silent => "no answer in time",
            Self::InvalidPresence => "an invalid presence",
            Self::UnsupportedVersion => "no version in common",
            Self::Itself => "the node itself",
            Self::InvalidPayload => "an invalid part of a payload",
        })
    }
}

impl core::error::Error for Fault {}
