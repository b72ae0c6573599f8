//! What is fuzzed: for each target a function of bytes, which panics if something that must always
//! be so is not.
//!
//! The functions are ordinary code. A test runs them on the corpus and on every input that once
//! failed; `engine/` links them to libFuzzer. Targets that decide things read their bytes with a
//! [`Tape`], so that any bytes at all decide something; peers sign with mocks, so that a fuzzer
//! gets past signatures.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    reason = "what goes wrong here must be heard"
)]

mod f01_frame;
mod f02_message;
mod f03_statement;
mod f04_chain;
mod f05_invitation;
mod f06_card;
mod f07_attributes;
mod f08_query;
mod f09_text;
mod f10_vault;
mod f11_store;
mod f12_database;
mod f13_compare;
mod f14_liar;
mod f15_password;
mod f16_handshake;
mod f17_node;
mod f18_world;
mod f19_authority;
mod f20_records;
mod f21_crash;
mod f22_time;
mod rig;
mod scene;
mod tape;

pub use f01_frame::f01_frame;
pub use f02_message::f02_message;
pub use f03_statement::f03_statement;
pub use f04_chain::f04_chain;
pub use f05_invitation::f05_invitation;
pub use f06_card::f06_card;
pub use f07_attributes::f07_attributes;
pub use f08_query::f08_query;
pub use f09_text::f09_text;
pub use f10_vault::f10_vault;
pub use f11_store::f11_store;
pub use f12_database::f12_database;
pub use f13_compare::f13_compare;
pub use f14_liar::f14_liar;
pub use f15_password::f15_password;
pub use f16_handshake::f16_handshake;
pub use f17_node::f17_node;
pub use f18_world::f18_world;
pub use f19_authority::f19_authority;
pub use f20_records::f20_records;
pub use f21_crash::f21_crash;
pub use f22_time::f22_time;
pub use tape::Tape;

/// Something that is fuzzed.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a row of a table")]
pub struct Target {
    /// Its name, which its corpus has too.
    pub name: &'static str,
    /// Panics if something is not as it must be, whatever the bytes.
    pub run: fn(&[u8]),
    /// Inputs to begin with, made of real structures: the same ones every time.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

macro_rules! targets {
    ($($name:ident),* $(,)?) => {
        &[$(Target { name: stringify!($name), run: $name, seeds: $name::seeds }),*]
    };
}

/// All of them.
pub const TARGETS: &[Target] = targets! {
    f01_frame,
    f02_message,
    f03_statement,
    f04_chain,
    f05_invitation,
    f06_card,
    f07_attributes,
    f08_query,
    f09_text,
    f10_vault,
    f11_store,
    f12_database,
    f13_compare,
    f14_liar,
    f15_password,
    f16_handshake,
    f17_node,
    f18_world,
    f19_authority,
    f20_records,
    f21_crash,
    f22_time,
};
