//! tokio's clock and timer.

use core::future::Future;
use core::time::Duration;

use peergroup_core::{Instant, Now};

use super::{Runtime, unix_now};

/// tokio. The driver must run in the context of a tokio runtime with time enabled.
#[derive(Clone, Copy, Debug)]
pub struct Tokio {
    start: tokio::time::Instant,
}

impl Tokio {
    /// A clock that starts now.
    #[expect(clippy::new_without_default, reason = "it reads a clock")]
    pub fn new() -> Self {
        Self { start: tokio::time::Instant::now() }
    }
}

impl Runtime for Tokio {
    fn now(&self) -> Now {
        Now { mono: Instant::default().after(self.start.elapsed()), wall: unix_now() }
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send {
        let since_start = Duration::from_micros(deadline.as_micros());
        let at = self.start.checked_add(since_start);
        async move {
            match at {
                Some(at) => tokio::time::sleep_until(at).await,
                None => core::future::pending().await,
            }
        }
    }
}
