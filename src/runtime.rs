//! What a driver needs of an async runtime: a clock and a timer.
//!
//! There is no default and no guess: the caller names the runtime it has.

use core::future::Future;
use std::time::SystemTime;

use peergroup_core::{Instant, Now, UnixTime};

#[cfg(feature = "smol")]
mod smol;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "smol")]
pub use self::smol::Smol;
#[cfg(feature = "tokio")]
pub use self::tokio::Tokio;

/// A clock and a timer. Streams come from the transport, and nothing is ever spawned.
pub trait Runtime: Send + Sync + 'static {
    /// Reads both clocks. `mono` never goes back.
    fn now(&self) -> Now;

    /// Waits until `mono` has come to `deadline`.
    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send;
}

/// The system's calendar clock.
#[expect(clippy::disallowed_methods, reason = "every runtime here is on this clock")]
pub fn unix_now() -> UnixTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixTime::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
