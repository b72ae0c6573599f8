//! The manual: pages that are checked along with the code.
//!
//! | page | for whom |
//! |---|---|
//! | [`embedding`] | whoever has another runtime, or none |
//! | [`transport`], [`store`] | whoever writes one |
//! | [`simulator`] | whoever tests what is built on groups |
//! | [`operating`] | whoever keeps a group going |
//! | [`security`] | whoever has to trust it |
//! | [`from_windows`] | whoever knows `p2p.dll` |
//! | [`faults`] | whoever sees an error |

#[allow(unused_imports, reason = "what the pages link to")]
use crate::*;

#[doc = include_str!("guide/embedding.md")]
pub mod embedding {}

#[doc = include_str!("guide/transport.md")]
pub mod transport {}

#[doc = include_str!("guide/store.md")]
pub mod store {}

#[doc = include_str!("guide/simulator.md")]
pub mod simulator {}

#[doc = include_str!("guide/operating.md")]
pub mod operating {}

#[doc = include_str!("guide/security.md")]
pub mod security {}

/// From Windows Peer Grouping: every capability of it, and where it is here.
#[doc = include_str!("../docs/from-windows.md")]
pub mod from_windows {}

/// Faults, refusals, failures: what each means and what to do.
#[doc = include_str!("../docs/faults.md")]
pub mod faults {}
