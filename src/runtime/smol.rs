//! smol's timer.

use core::future::Future;
use core::time::Duration;

use async_io::Timer;
use peergroup_core::{Instant, Now};

use super::{Runtime, unix_now};

/// smol, by way of `async-io`, whose reactor has a thread of its own: any executor will do.
#[derive(Clone, Copy, Debug)]
pub struct Smol {
    start: std::time::Instant,
}

impl Smol {
    /// A clock that starts now.
    #[expect(clippy::new_without_default, reason = "it reads a clock")]
    #[expect(clippy::disallowed_methods, reason = "this is the runtime under the driver")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Runtime for Smol {
    fn now(&self) -> Now {
        Now { mono: Instant::default().after(self.start.elapsed()), wall: unix_now() }
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send {
        let since_start = Duration::from_micros(deadline.as_micros());
        let timer = self.start.checked_add(since_start).map_or_else(Timer::never, Timer::at);
        async {
            timer.await;
        }
    }
}
