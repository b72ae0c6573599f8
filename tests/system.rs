//! Whole systems: three peers over TLS and TCP, on every runtime.
#![cfg(all(
    feature = "tcp",
    feature = "tokio",
    feature = "smol",
    feature = "redb",
    feature = "xml"
))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    reason = "what goes wrong here fails a test"
)]

#[path = "system/lab.rs"]
mod lab;
#[path = "system/life.rs"]
mod life;
#[path = "system/payload.rs"]
mod payload;

use lab::Lab;
use peergroup::{runtime, tcp};

#[test]
fn a_group_lives_on_tokio_with_one_thread() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let lab = Lab::<_, tcp::Tokio>::new(runtime::Tokio::new(), |driver| {
            tokio::spawn(driver);
        });
        life::live(&lab).await;
    });
}

#[test]
fn a_group_lives_on_tokio_with_threads() {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let lab = Lab::<_, tcp::Tokio>::new(runtime::Tokio::new(), |driver| {
            tokio::spawn(driver);
        });
        life::live(&lab).await;
    });
}

#[test]
fn a_group_lives_on_smol() {
    smol::block_on(async {
        let lab = Lab::<_, tcp::Smol>::new(runtime::Smol::new(), |driver| {
            smol::spawn(driver).detach();
        });
        life::live(&lab).await;
    });
}

#[test]
fn large_payloads_go_from_disk_to_disk() {
    let tokio = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let lab = Lab::<_, tcp::Tokio>::new(runtime::Tokio::new(), |driver| {
            tokio::spawn(driver);
        });
        payload::share(&lab, 8).await;
    });
}

#[test]
#[ignore = "takes a while where nothing is optimised"]
fn the_largest_payload_goes_from_disk_to_disk() {
    smol::block_on(async {
        let lab = Lab::<_, tcp::Smol>::new(runtime::Smol::new(), |driver| {
            smol::spawn(driver).detach();
        });
        payload::share(&lab, 60).await;
    });
}
