//! The checks.

use core::time::Duration;

use super::Subject;

mod opening;
mod streams;

pub(super) use opening::*;
pub(super) use streams::*;

/// What does not happen by now does not happen by itself.
const PAUSE: Duration = Duration::from_millis(300);

type Of<'a, 'b, T> = &'a mut Subject<'b, T>;
