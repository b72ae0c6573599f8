//! Private, serverless peer groups.

pub use peergroup_core::*;
#[cfg(feature = "tcp")]
pub use peergroup_tcp as tcp;

mod drive;
mod error;
mod events;
mod handle;
pub mod runtime;
pub mod store;
pub mod transport;

pub use drive::{DriveError, Driver, new};
pub use error::{Error, NotConnected, NotOpened, Stopped};
pub use events::Events;
pub use handle::{Connection, Group, Handle};
pub use runtime::unix_now;

/// The README's example compiles.
#[cfg(all(doctest, feature = "tcp", feature = "tokio"))]
#[doc = include_str!("../README.md")]
struct Readme;
