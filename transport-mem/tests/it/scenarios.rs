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

mod authority;
mod clocks;
mod common;
mod disks;
mod joining;
mod links;
mod long;
mod partitions;
mod payloads;
mod records;
mod rogues;
