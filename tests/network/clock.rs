//! A clock that runs faster than the world's: what takes minutes is seen within seconds.

use std::time::Duration;

use peergroup::runtime::Runtime;
use peergroup::{Instant, Now, UnixTime, unix_now};

/// So many times as fast, since that moment: the same calendar in all processes.
#[derive(Clone, Copy)]
pub(crate) struct Fast {
    speed: u32,
    since: UnixTime,
    start: tokio::time::Instant,
}

impl Fast {
    pub(crate) fn new(speed: u32, since: UnixTime) -> Self {
        Self { speed, since, start: tokio::time::Instant::now() }
    }

    pub(crate) fn calendar(&self) -> UnixTime {
        let passed = unix_now().as_millis().saturating_sub(self.since.as_millis());
        self.since.after(Duration::from_millis(passed) * self.speed)
    }
}

impl Runtime for Fast {
    fn now(&self) -> Now {
        let mono = Instant::default().after(self.start.elapsed() * self.speed);
        Now { mono, wall: self.calendar() }
    }

    async fn sleep_until(&self, deadline: Instant) {
        let since_start = Duration::from_micros(deadline.as_micros());
        tokio::time::sleep_until(self.start + since_start / self.speed).await;
    }
}
