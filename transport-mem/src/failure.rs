//! How a world says that something is not as it must be.

use core::any::Any;
use core::fmt;
use core::panic::AssertUnwindSafe;
use core::time::Duration;
use std::panic::catch_unwind;

use crate::host::Host;
use crate::world::World;

/// A check that failed: which, where, when and how. A world panics with it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The name of the check: an oracle's, or one of the world's own.
    pub check: &'static str,
    /// The host at which it failed, if it is about one.
    pub host: Option<Host>,
    /// How long the world had existed.
    pub at: Duration,
    /// What was found.
    pub text: String,
}

impl Failure {
    /// Lets something be done in a world, and gives its failure: what it panicked with, if a check
    /// has failed, or else that something in it panicked.
    pub(crate) fn catch<T>(
        world: &mut World,
        course: impl FnOnce(&mut World) -> T,
    ) -> Result<T, Self> {
        // nothing is done with the world afterwards but to ask why
        let outcome = catch_unwind(AssertUnwindSafe(|| course(world)));
        outcome.map_err(|payload| Self::of_panic(world, payload.as_ref()))
    }

    fn of_panic(world: &World, payload: &(dyn Any + Send)) -> Self {
        if let Some(failure) = world.failure() {
            return failure.clone();
        }
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
        Self {
            check: "panic",
            host: world.busy(),
            at: world.elapsed(),
            text: text.unwrap_or("something that is no text").to_owned(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { check, host, at, text } = self;
        write!(f, "[{check}] after {at:?}")?;
        if let Some(host) = host {
            write!(f, ", {host}")?;
        }
        write!(f, ": {text}")
    }
}

impl core::error::Error for Failure {}
