//! What lives through everything a simulated network can do, as one program.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod application;
mod attacks;
mod board;
mod crowd;
mod faults;
mod floods;
mod mesh;
mod middle;
mod mutants;
mod oracles;
#[cfg(feature = "password")]
mod password;
mod random;
mod regressions;
mod rogues;
mod scenarios;
mod shrink;
mod starts;
mod traces;
