//! Somebody in the middle of links, by a script: what becomes of every flight of a handshake.
//!
//! ```
//! use core::time::Duration;
//! use peergroup_core::Role;
//! use peergroup_mem::{Flight, Middle, Ploy, Stand, World};
//!
//! let mut world = World::from_seed(1);
//! let (hosts, group) = world.group(2, Role::Member);
//! // whoever proves who it is has a bit of its proof flipped
//! let ploy = Ploy::Flip { byte: 40, bit: 3 };
//! let middle = Middle::new(Stand::Within).on(Flight::Proof, ploy);
//! world.put_between(hosts[0], hosts[1], Some(middle));
//! world.crash(hosts[1]);
//! world.restart(hosts[1]);
//! world.run_for(Duration::from_secs(30));
//! let seat = world.seat(hosts[0], group);
//! assert_eq!(world.node(hosts[0]).status(seat).unwrap().neighbours, 0);
//! ```

use core::time::Duration;
use std::sync::Arc;

use peergroup_core::simulation::forge::frames;

use crate::pipe::{Side, far};

/// A frame of a link: the flights of the handshake in their order, then what each end says first
/// once it is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "what the protocol has")]
pub enum Flight {
    /// Whoever dialled shows that it was told of the group.
    Hello,
    /// Whoever accepted proves who it is.
    Greeting,
    /// Whoever dialled proves who it is.
    Proof,
    /// Whoever accepted lets it in, or does not.
    Answer,
    /// The first frame of whoever dialled, after the handshake.
    FirstDialled,
    /// The first frame of whoever accepted, after the handshake.
    FirstAccepted,
}

impl Flight {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Hello,
        Self::Greeting,
        Self::Proof,
        Self::Answer,
        Self::FirstDialled,
        Self::FirstAccepted,
    ];
    /// Those of the handshake.
    pub const HANDSHAKE: [Self; 4] = [Self::Hello, Self::Greeting, Self::Proof, Self::Answer];

    /// Whether whoever dialled says it.
    pub const fn is_dialled(self) -> bool {
        matches!(self, Self::Hello | Self::Proof | Self::FirstDialled)
    }

    /// The flight that an end says as its so many-th frame, the first being 0.
    fn of(side: Side, number: usize) -> Option<Self> {
        Self::ALL.into_iter().filter(|it| it.is_dialled() == (side == 0)).nth(number)
    }
}

/// What becomes of a frame that the one in the middle holds in its hands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "built by scripts")]
pub enum Ploy {
    /// It goes on as it is.
    Pass,
    /// It does not go on.
    Drop,
    /// It, and whatever its end says later, goes on only after a while.
    Delay(Duration),
    /// It goes on twice.
    Double,
    /// A bit of it is flipped, its length prefix included. A byte that it has not is none.
    Flip {
        /// The byte.
        byte: usize,
        /// The bit, from 0 to 7.
        bit: u8,
    },
    /// Only its first bytes go on; what its end says later follows them.
    Cut {
        /// How many of its bytes are kept.
        keep: usize,
    },
    /// It goes back to whoever said it, and not on.
    Reflect,
    /// It changes places with the next frame of the same end.
    Swap,
    /// Other bytes go on in its place: a frame of another link.
    Replace(Vec<u8>),
    /// Other bytes go on before it.
    Precede(Vec<u8>),
}

/// Where the one in the middle stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third place")]
pub enum Stand {
    /// It ends both streams: each end shares a binding with it, and none with the other end.
    Between,
    /// It is within the one stream of both, as if the transport protected nothing.
    Within,
}

/// Somebody in the middle: where it stands and what it does. Frames that no ploy is for go on.
#[derive(Clone, Debug)]
pub struct Middle {
    stand: Stand,
    ploys: Arc<Vec<(Flight, Ploy)>>,
}

impl Middle {
    /// Somebody who passes everything on.
    pub fn new(stand: Stand) -> Self {
        Self { stand, ploys: Arc::default() }
    }

    /// The same one, with a ploy for a flight of every link. The first for a flight counts.
    #[must_use]
    pub fn on(mut self, flight: Flight, ploy: Ploy) -> Self {
        Arc::make_mut(&mut self.ploys).push((flight, ploy));
        self
    }

    pub(crate) fn ends_streams(&self) -> bool {
        self.stand == Stand::Between
    }

    fn ploy(&self, flight: Option<Flight>) -> &Ploy {
        let mut ploys = self.ploys.iter();
        let found = ploys.find(|(of, _)| Some(*of) == flight);
        found.map_or(&Ploy::Pass, |(_, ploy)| ploy)
    }
}

/// A frame that the one in the middle has seen, before it did anything to it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what there is to say of a frame")]
pub struct Overheard {
    /// The link, by the order in which links through somebody in the middle were dialled.
    pub passage: usize,
    /// Whether whoever dialled said it.
    pub is_dialled: bool,
    /// Which it is, unless it is a later one.
    pub flight: Option<Flight>,
    /// Its bytes, length prefix included.
    pub bytes: Vec<u8>,
}

/// A link that leads through somebody in the middle.
#[derive(Debug)]
pub(crate) struct Passage {
    middle: Middle,
    number: usize,
    /// Of each end: what it has said of a frame that is not whole, how many whole ones, and one
    /// that waits for the next.
    rest: [Vec<u8>; 2],
    counts: [usize; 2],
    held: [Vec<u8>; 2],
}

/// What the one in the middle sends on, and to whom.
#[derive(Debug)]
pub(crate) struct Parting {
    pub(crate) to: Side,
    pub(crate) bytes: Vec<u8>,
    pub(crate) delay: Duration,
}

impl Passage {
    pub(crate) fn new(middle: Middle, number: usize) -> Self {
        let (rest, held) = Default::default();
        Self { middle, number, rest, counts: [0; 2], held }
    }

    /// An end says these bytes. Gives the whole frames that came together, and what is sent on.
    pub(crate) fn pass(&mut self, side: Side, bytes: &[u8]) -> (Vec<Overheard>, Vec<Parting>) {
        let (mut overheard, mut partings) = (Vec::new(), Vec::new());
        let Some(rest) = self.rest.get_mut(side) else { return (overheard, partings) };
        rest.extend(bytes);
        let mut rest = core::mem::take(rest);
        while let Some(body) = frames::deframe(&mut rest) {
            let bytes = frames::raw(&body);
            let flight = self.count(side);
            let is_dialled = side == 0;
            partings.extend(self.play(side, flight, bytes.clone()));
            overheard.push(Overheard { passage: self.number, is_dialled, flight, bytes });
        }
        if let Some(kept) = self.rest.get_mut(side) {
            *kept = rest;
        }
        (overheard, partings)
    }

    /// Which frame the next one of an end is.
    fn count(&mut self, side: Side) -> Option<Flight> {
        let count = self.counts.get_mut(side)?;
        let flight = Flight::of(side, *count);
        *count = count.saturating_add(1);
        flight
    }

    // dispatch: one arm per ploy
    fn play(&mut self, side: Side, flight: Option<Flight>, mut bytes: Vec<u8>) -> Vec<Parting> {
        let on = |bytes| Parting { to: far(side), bytes, delay: Duration::ZERO };
        let mut partings = match self.middle.ploy(flight) {
            Ploy::Pass => vec![on(bytes)],
            Ploy::Drop => Vec::new(),
            Ploy::Delay(delay) => vec![Parting { delay: *delay, ..on(bytes) }],
            Ploy::Double => vec![on(bytes.clone()), on(bytes)],
            Ploy::Flip { byte, bit } => {
                if let Some(byte) = bytes.get_mut(*byte) {
                    *byte ^= 1_u8.rotate_left(u32::from(*bit));
                }
                vec![on(bytes)]
            }
            Ploy::Cut { keep } => {
                bytes.truncate(*keep);
                vec![on(bytes)]
            }
            Ploy::Reflect => vec![Parting { to: side, ..on(bytes) }],
            Ploy::Swap => {
                if let Some(held) = self.held.get_mut(side) {
                    *held = bytes;
                }
                return Vec::new();
            }
            Ploy::Replace(other) => vec![on(other.clone())],
            Ploy::Precede(other) => vec![on(other.clone()), on(bytes)],
        };
        let held = self.held.get_mut(side).map(core::mem::take).unwrap_or_default();
        partings.extend(Some(on(held)).filter(|it| !it.bytes.is_empty()));
        partings
    }
}

#[cfg(test)]
mod tests;
