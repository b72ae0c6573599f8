//! What a runtime gives to the transport: what QUIC itself runs on, and a timer.

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use quinn::Runtime;

#[cfg(any(test, feature = "smol"))]
mod smol;
#[cfg(any(test, feature = "tokio"))]
mod tokio;

#[cfg(any(test, feature = "smol"))]
pub use self::smol::Smol;
#[cfg(any(test, feature = "tokio"))]
pub use self::tokio::Tokio;

/// A runtime. Implement it to use another than tokio and smol.
pub trait Net: Send + Sync + 'static {
    /// The runtime as QUIC sees it: sockets, timers, and tasks, for a connection has to answer
    /// whether anybody reads its links or not.
    fn runtime() -> Arc<dyn Runtime>;

    /// Waits.
    fn sleep(time: Duration) -> impl Future<Output = ()> + Send + 'static + use<Self>;
}
