//! Saying what happens, and checking that it did.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use smol::Timer;

/// What must happen soon happens within this.
pub(crate) const SOON: Duration = Duration::from_secs(15);

/// What a step comes to.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

pub(crate) fn heading(title: &str, calls: &str) {
    println!("\n{title}");
    println!("{}", "-".repeat(title.chars().count()));
    println!("    ({calls})");
}

pub(crate) fn say(words: impl fmt::Display) {
    println!("  {words}");
}

/// Goes on only if that is so.
pub(crate) fn check(is_so: bool, what: &str) -> Outcome {
    if is_so { Ok(()) } else { Err(format!("this should be so: {what}").into()) }
}

/// What a verb that must succeed gave, or a failure that names the verb.
pub(crate) async fn done<T, E: fmt::Display>(
    what: &str,
    verb: impl Future<Output = Result<T, E>>,
) -> Outcome<T> {
    let outcome = within(SOON, what, verb).await?;
    outcome.map_err(|error| format!("{what}: {error}").into())
}

/// The words with which a verb that must be refused was refused.
pub(crate) async fn refused<T, E: fmt::Display>(
    what: &str,
    verb: impl Future<Output = Result<T, E>>,
) -> Outcome<String> {
    match within(SOON, what, verb).await? {
        Ok(_) => Err(format!("{what}: this should have been refused").into()),
        Err(refusal) => Ok(refusal.to_string()),
    }
}

/// What must happen in that time.
pub(crate) async fn within<T>(
    limit: Duration,
    what: &str,
    awaited: impl Future<Output = T>,
) -> Outcome<T> {
    // A timer that needs no runtime.
    match select(pin!(awaited), Timer::after(limit)).await {
        Either::Left((outcome, _)) => Ok(outcome),
        Either::Right(_) => Err(format!("{what}: not within {} s", limit.as_secs()).into()),
    }
}

/// Waits until that is so.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> Outcome<bool>) -> Outcome {
    let asked = async {
        while !is_so().await? {
            Timer::after(Duration::from_millis(20)).await;
        }
        Ok(())
    };
    within(SOON, what, asked).await.flatten()
}
