//! A call of a node, as it is written down.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use bytes::Bytes;

use super::code::Code;
use super::verb::Verb;
use crate::address::Address;
use crate::beacon::Beacon;
use crate::config::Config;
use crate::database::Reading;
use crate::entropy::Seed;
use crate::event::Seat;
use crate::id::{LinkId, Ticket};
use crate::input::LinkDown;
use crate::storage::{Loaded, StoreFailure};
use crate::time::Now;

/// Under what number each call is written down. Verbs have numbers of their own, from 32 on.
pub(super) mod number {
    pub(crate) const MAKE: u8 = 0;
    pub(crate) const CLOCK: u8 = 1;
    pub(crate) const POLL: u8 = 2;
    pub(crate) const PULL: u8 = 3;
    pub(crate) const PULL_RUN: u8 = 4;
    pub(crate) const END: u8 = 5;
    pub(crate) const TICK: u8 = 8;
    pub(crate) const LINK_UP: u8 = 9;
    pub(crate) const RECEIVED: u8 = 10;
    pub(crate) const LINK_DOWN: u8 = 11;
    pub(crate) const STORED: u8 = 12;
    pub(crate) const LOADED: u8 = 13;
    pub(crate) const FOUND: u8 = 14;
    pub(crate) const ACCEPT: u8 = 15;
    pub(crate) const DIGEST: u8 = 20;
    pub(crate) const EXPORT_DATABASE: u8 = 21;
    pub(crate) const EXPORT_PIECE: u8 = 22;
    pub(crate) const IMPORT_DATABASE: u8 = 23;
}

/// What a store answered. Values hold secret keys: `Debug` shows their length and a hash.
pub struct Rows {
    entries: Vec<(Bytes, Bytes)>,
    more: bool,
}

impl Rows {
    pub(super) fn as_loaded(&self) -> Loaded<'_> {
        Loaded { entries: &self.entries, more: self.more }
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_loaded().fmt(f)
    }
}

impl Code for Rows {
    fn write(&self, out: &mut Vec<u8>) {
        self.entries.write(out);
        self.more.write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let (entries, more) = Code::read(from)?;
        Some(Self { entries, more })
    }
}

/// Declares calls: what each takes, in the order in which it is written.
macro_rules! calls {
    ($($(#[$doc:meta])* $variant:ident = $number:ident { $($field:ident: $type:ty),* };)+) => {
        /// One call of a node, or what it is to be compared with.
        #[derive(Debug)]
        #[non_exhaustive]
        pub enum Call {
            $($(#[$doc])* $variant { $(#[doc = "As the call takes it."] $field: $type),* },)+
            /// A verb.
            Verb(Box<Verb>),
        }

        impl Call {
            /// Takes a call from the front of what was logged; none if that is not one.
            pub fn read(from: &mut &[u8]) -> Option<Self> {
                Some(match u8::read(from)? {
                    $(number::$number => Self::$variant { $($field: Code::read(from)?),* },)+
                    verb => Self::Verb(Verb::read(verb, from)?.into()),
                })
            }
        }
    };
}

calls! {
    /// The node is made: [`Node::new`](crate::Node::new).
    Make = MAKE { config: Config, seed: Seed, now: Now };
    /// What time it is for the calls that follow.
    Clock = CLOCK { now: Now };
    /// So many outputs were polled, twice that and one more if none was left. `check` is half of
    /// the sum of all that the node has said until then.
    Poll = POLL { count: u64, check: [u8; 4] };
    /// Bytes of a link were pulled.
    Pull = PULL { link: LinkId, limit: usize };
    /// A run of bytes of a link was pulled.
    PullRun = PULL_RUN { link: LinkId };
    /// The log ends with the node in this state, after it has said what comes to this sum.
    End = END { sum: u64, state: [u8; 32] };

    /// [`Input::Tick`](crate::Input::Tick).
    Tick = TICK {};
    /// [`Input::LinkUp`](crate::Input::LinkUp).
    LinkUp = LINK_UP { link: LinkId, binding: [u8; 32], remote: Option<Address> };
    /// [`Input::Received`](crate::Input::Received).
    Received = RECEIVED { link: LinkId, bytes: Bytes };
    /// [`Input::LinkDown`](crate::Input::LinkDown).
    LinkDown = LINK_DOWN { link: LinkId, cause: LinkDown };
    /// [`Input::Stored`](crate::Input::Stored).
    Stored = STORED { ticket: Ticket, outcome: Result<(), StoreFailure> };
    /// [`Input::Loaded`](crate::Input::Loaded).
    Loaded = LOADED { ticket: Ticket, outcome: Result<Rows, StoreFailure> };
    /// [`Input::Found`](crate::Input::Found).
    Found = FOUND { beacon: Beacon, addresses: Vec<Address> };
    /// [`Node::accept`](crate::Node::accept).
    Accept = ACCEPT { binding: [u8; 32], remote: Option<Address> };

    /// [`Node::digest`](crate::Node::digest).
    Digest = DIGEST { seat: Seat };
    /// [`Node::export_database`](crate::Node::export_database).
    ExportDatabase = EXPORT_DATABASE { seat: Seat };
    /// [`Node::export_piece`](crate::Node::export_piece).
    ExportPiece = EXPORT_PIECE { moved: Moved, reading: Given };
    /// [`Node::import_database`](crate::Node::import_database).
    ImportDatabase = IMPORT_DATABASE { moved: Moved, bytes: Bytes };
}

impl Call {
    /// Whether something is done to the node by it: an input or a verb.
    pub fn acts(&self) -> bool {
        !matches!(
            self,
            Self::Clock { .. }
                | Self::Poll { .. }
                | Self::Pull { .. }
                | Self::PullRun { .. }
                | Self::End { .. }
        )
    }
}

/// Which export or import of a database it is that goes on, and from where: they are the
/// application's, and two that have come equally far are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub(super) seat: Seat,
    /// Of the file that is read; zeros if one is written.
    pub(super) file: [u8; 32],
    /// Over what has been read or written.
    pub(super) digest: [u8; 32],
    pub(super) done: u64,
}

/// What was read of the store for an export.
#[derive(Debug)]
pub struct Given(pub(super) Reading);

impl Code for Moved {
    fn write(&self, out: &mut Vec<u8>) {
        let Self { seat, file, digest, done } = self;
        seat.write(out);
        file.write(out);
        digest.write(out);
        done.write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        let (seat, file) = Code::read(from)?;
        let (digest, done) = Code::read(from)?;
        Some(Self { seat, file, digest, done })
    }
}

impl Code for Given {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }

    fn read(from: &mut &[u8]) -> Option<Self> {
        Reading::read(from).map(Self)
    }
}
