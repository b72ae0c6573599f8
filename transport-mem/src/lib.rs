//! A deterministic simulated network for peergroup, in virtual time.
//!
//! A [`World`] drives real nodes of the core through everything that can go wrong, with no sockets,
//! threads or futures, and as fast as the machine goes. Everything in it follows from one seed:
//! the same seed and script give the same bytes, and the same [`World::trace_hash`].
//!
//! ```
//! use core::time::Duration;
//! use peergroup_core::Role;
//! use peergroup_mem::World;
//!
//! let mut world = World::from_seed(7);
//! let (hosts, group) = world.group(3, Role::Member);
//! world.partition(&[&hosts[..2], &hosts[2..]]);
//! let (note, _) = world.publish(hosts[2], group, "written alone");
//! world.run_for(Duration::from_secs(300));
//! assert_eq!(world.read(hosts[0], group, note), None);
//! world.heal();
//! world.demand_agreement(&hosts, group, Duration::from_secs(600));
//! assert_eq!(world.read(hosts[0], group, note).unwrap(), "written alone");
//! ```
//!
//! Something of yours under a thousand seeds is a test of ten lines: see [`check`]. What is to
//! happen can be written down as a [`Script`], run again and made short; many seeds at once are a
//! [`Campaign`]. What goes wrong by itself is a setting of the [`Weather`], what goes wrong at a
//! moment is a verb of the [`World`] or an [`Op`], and [`Mishap`] names the kinds. A [`Picture`] of
//! all that happened is a page to look at.
//!
//! What holds in every world and is checked all the time: no node refuses an input, none is busy
//! for ever at one moment, none wants to be woken before time has passed, store operations come in
//! the order of their tickets, and outputs are bounded. Besides, every world is watched by oracles
//! for authority, records, durability, deletion, admission, bounds, progress, amplification and the
//! order of durability; [`World::watch`] adds one of yours.
#![allow(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a world is for tests: what goes wrong in it must be heard"
)]

mod campaign;
mod check;
mod clock;
mod disk;
mod failure;
mod host;
mod middle;
mod mishap;
mod op;
mod oracle;
mod picture;
mod pipe;
mod plant;
mod pool;
mod pulse;
mod queue;
mod rng;
mod rogue;
mod routes;
mod script;
mod trace;
mod weather;
mod words;
mod world;

pub use campaign::{Campaign, FULL_CAMPAIGN, Found, Report, Table, per_second};
pub use check::{SEED_VARIABLE, check};
pub use failure::Failure;
pub use host::Host;
pub use middle::{Flight, Middle, Overheard, Ploy, Stand};
pub use mishap::Mishap;
pub use op::Op;
pub use oracle::{Coverage, Deed, Law, Oracle, Seen, standard};
pub use picture::{Drawn, Flow, Hue, Picture};
#[doc(hidden)]
pub use plant::Plant;
pub use rng::Rng;
pub use rogue::{Line, Mischief, Rogue, Stranger, Taped};
pub use script::{
    Course, SCRIPT_BYTES_MAX, SCRIPT_SIZE_MAX, SCRIPT_STEPS_MAX, Script, ScriptError,
    ScriptErrorKind, Shrunk, Signatures, Size, Step,
};
pub use weather::Weather;
pub use world::{EPOCH_MS, NOTE, Tally, World};
