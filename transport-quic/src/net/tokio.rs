//! tokio.

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use quinn::{Runtime, TokioRuntime};

use super::Net;

/// tokio. Everything must happen in the context of a tokio runtime with IO and time enabled.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Tokio;

impl Net for Tokio {
    fn runtime() -> Arc<dyn Runtime> {
        Arc::new(TokioRuntime)
    }

    fn sleep(time: Duration) -> impl Future<Output = ()> + Send + 'static + use<> {
        tokio::time::sleep(time)
    }
}
