//! The whole library over real transports, runtimes and stores, as one program.
//!
//! What starts processes of its own, and what needs no network, are programs beside it.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::std_instead_of_core,
    clippy::unwrap_used,
    reason = "tests"
)]

#[cfg(all(feature = "redb", feature = "tokio"))]
mod cancel;
#[cfg(all(feature = "vault", feature = "tcp", feature = "tokio", feature = "redb"))]
mod database;
#[cfg(all(feature = "mdns", feature = "tcp", feature = "tokio"))]
mod discovery;
#[cfg(all(feature = "tcp", feature = "tokio"))]
mod driver;
#[cfg(all(feature = "password", feature = "tcp", feature = "tokio", feature = "xml"))]
mod password;
#[cfg(all(feature = "recorder", feature = "redb", feature = "tcp", feature = "tokio"))]
mod recorder;
#[cfg(all(feature = "quic", feature = "tokio"))]
mod splice;
#[cfg(feature = "conformance")]
mod store;
#[cfg(all(feature = "tcp", feature = "quic", feature = "tokio"))]
mod strangers;
#[cfg(all(
    feature = "tcp",
    feature = "quic",
    feature = "tokio",
    feature = "smol",
    feature = "redb",
    feature = "xml"
))]
mod system;
#[cfg(all(
    feature = "conformance",
    feature = "quic",
    feature = "smol",
    feature = "tcp",
    feature = "tokio"
))]
mod transport;
#[cfg(all(feature = "vault", feature = "tcp", feature = "tokio", feature = "xml"))]
mod vault;
#[cfg(feature = "tokio")]
mod watch;
