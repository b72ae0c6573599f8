//! What an independent oracle needs to see of a node to judge it. Nothing here changes anything.

mod gauges;
mod versions;

pub use gauges::{Gauge, Usage};
pub use versions::{AuditedVersion, Place};

#[cfg(test)]
mod tests;
