//! A node's calls as bytes, so that they can be made again.
//!
//! A node is a pure function of its seed, its inputs, its verbs and of how its outputs were polled
//! (C8). [`Watched`] is a node that writes all of these down. [`Replay`] makes the same calls of
//! another node, and finds the first place where that says anything else.
//!
//! What is written down holds the seed, and so every key that the node draws; and all that it was
//! told, in the clear. The driver seals it before it is written anywhere, as the package
//! `peergroup` does with its feature `recorder`.
//!
//! ```
//! use peergroup_core::capture::{Call, Replay, Watched};
//! use peergroup_core::{Config, Input, Now, Seed};
//!
//! let now = Now::default();
//! let mut node = Watched::logged(Config::default(), &Seed::from_bytes([7; 32]), now);
//! while node.poll_output().is_some() {}
//! node.handle_input(now, Input::Tick).expect("nothing is wrong with a tick");
//! let log = node.end_log().expect("it was logged");
//!
//! let mut replay = Replay::new();
//! let mut rest = log.as_slice();
//! while !rest.is_empty() {
//!     let call = Call::read(&mut rest).expect("it was written here");
//!     replay.make(call, &mut |_| {}).expect("the same node says the same");
//! }
//! assert_eq!(replay.calls(), 2, "it was made, and it ticked");
//! ```

mod call;
mod code;
mod fold;
mod replay;
mod verb;
mod watched;

pub use call::{Call, Given, Moved, Rows};
pub use replay::{Differs, Replay, Said};
pub use verb::Verb;
pub use watched::Watched;

#[cfg(test)]
mod tests;
