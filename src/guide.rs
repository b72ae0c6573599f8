//! Pages that are checked along with the code, for whoever reads its documentation.

#[allow(unused_imports, reason = "what the pages link to")]
use crate::*;

/// From Windows Peer Grouping: every capability of it, and where it is here.
#[doc = include_str!("../docs/from-windows.md")]
pub mod from_windows {}

/// Faults, refusals, failures: what each means and what to do.
#[doc = include_str!("../docs/faults.md")]
pub mod faults {}
