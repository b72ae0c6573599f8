//! What happens to a node: the driver's side of the door.

use crate::address::Address;
use crate::beacon::Beacon;
use crate::id::{LinkId, Ticket};
use crate::storage::{Loaded, StoreFailure};

/// What the environment did. Nouns in the past tense; the application's verbs are methods.
#[derive(Clone, Copy, Debug, Hash)]
#[non_exhaustive]
pub enum Input<'a> {
    /// Time has passed.
    Tick,
    /// A dialled link is up.
    LinkUp {
        /// The link that `Output::Dial` named.
        link: LinkId,
        /// What the transport knows of it.
        info: LinkInfo<'a>,
    },
    /// Bytes arrived: at most `RECEIVED_BYTES_MAX`, in any split.
    Received {
        /// The link.
        link: LinkId,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// A link ended, or a dial failed.
    LinkDown {
        /// The link.
        link: LinkId,
        /// Why.
        cause: LinkDown,
    },
    /// A store operation ended.
    Stored {
        /// The ticket of the `Output::Store`.
        ticket: Ticket,
        /// Whether it is durable.
        outcome: Result<(), StoreFailure>,
    },
    /// A load query was answered.
    Loaded {
        /// The ticket of the `Output::Load`.
        ticket: Ticket,
        /// The answer.
        outcome: Result<Loaded<'a>, StoreFailure>,
    },
    /// A beacon was seen on the local network; only a node that was told to
    /// [discover](crate::Node::discover) looks at it.
    Found {
        /// The beacon.
        beacon: Beacon,
        /// Where whoever shows it listens: at most `ADDRESSES_MAX` are looked at.
        addresses: &'a [Address],
    },
}

/// What a transport knows of a link that is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "built by every transport")]
pub struct LinkInfo<'a> {
    /// 32 bytes that both ends know, that no other link shares and that no third party can bring
    /// about: the TLS exporter (RFC 9266's construction) with the stream id as context.
    pub binding: &'a [u8; 32],
    /// Where the other end is, if the transport can tell: for display and remembering, and so that
    /// one caller does not take the places of many.
    pub remote: Option<&'a Address>,
}

/// Why a link ended, or never came up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LinkDown {
    /// Nobody accepts at that address.
    Refused,
    /// The address cannot be reached.
    Unreachable,
    /// It took too long.
    TimedOut,
    /// No transport here serves the address.
    Unsupported,
    /// The other end closed the stream.
    Closed,
    /// The stream broke.
    Broken,
}

impl core::fmt::Display for LinkDown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timed out",
            Self::Unsupported => "no transport for the address",
            Self::Closed => "closed by the other end",
            Self::Broken => "broken",
        })
    }
}
