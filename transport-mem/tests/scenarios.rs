//! The scenarios: what a group must live through, one short story each, by its number.
//!
//! | number | arrives with |
//! |---|---|
//! | s38 password guessing | joining by password |
//! | s39 mixed versions | a second version of the protocol |
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, reason = "a test")]

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
#[path = "scenarios/records.rs"]
mod records;
#[path = "scenarios/rogues.rs"]
mod rogues;
