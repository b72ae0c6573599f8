//! The node from outside, as one program: built once, run side by side.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::large_stack_arrays,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "tests"
)]

mod checkpoint;
mod contract;
mod database;
mod discovery;
mod events;
mod export;
mod idle;
mod invitations;
mod life;
mod limits;
mod links;
mod many;
#[cfg(feature = "simulation")]
mod memory;
#[cfg(feature = "password")]
mod password;
mod payloads;
mod people;
mod removal;
mod renewal;
mod search;
#[cfg(feature = "simulation")]
mod simulation;
mod world;
