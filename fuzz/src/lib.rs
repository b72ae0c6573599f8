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

mod rig;
mod scene;
mod tape;

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
        $(mod $name; pub use $name::$name;)*

        /// All of them.
        pub const TARGETS: &[Target] = &[
            $(Target { name: stringify!($name), run: $name, seeds: $name::seeds }),*
        ];
    };
}

targets! {
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
}
