//! The scenarios: what a group must live through, one short story each, by its number.
//!
//! What is told today in place of a feature that is to come, or arrives with it:
//!
//! | number | today | arrives with |
//! |---|---|---|
//! | s16 creator offline for ever, quorum | the group lives on under its Admins | a quorum |
//! | s34 adversary of range-based comparison | roots that are lies | that comparison |
//! | s35 adversary of coded symbols | lists and wishes without end | those symbols |
//! | s39 mixed versions | – | a second version of the protocol |
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test"
)]

#[path = "scenarios/authority.rs"]
mod authority;
#[path = "scenarios/clocks.rs"]
mod clocks;
#[path = "scenarios/common.rs"]
mod common;
#[path = "scenarios/disks.rs"]
mod disks;
#[path = "scenarios/joining.rs"]
mod joining;
#[path = "scenarios/links.rs"]
mod links;
#[path = "scenarios/long.rs"]
mod long;
#[path = "scenarios/partitions.rs"]
mod partitions;
#[path = "scenarios/payloads.rs"]
mod payloads;
#[path = "scenarios/records.rs"]
mod records;
#[path = "scenarios/rogues.rs"]
mod rogues;
