//! smol.

use core::time::Duration;
use std::sync::Arc;

use async_io::Timer;
use quinn::{Runtime, SmolRuntime};

use super::Net;

/// smol. Its reactor and its global executor have threads of their own: QUIC runs on these,
/// whatever executor runs the rest.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Smol;

impl Net for Smol {
    fn runtime() -> Arc<dyn Runtime> {
        Arc::new(SmolRuntime)
    }

    async fn sleep(time: Duration) {
        Timer::after(time).await;
    }
}
