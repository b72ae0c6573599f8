//! Whole systems: three peers over every transport, on every runtime.

mod lab;
mod life;
mod mixed;
mod own;
mod payload;
mod threads;

use std::future::Future;

use lab::{Bind, Lab};
use peergroup::transport::Transport;
use peergroup::{quic, runtime, tcp};

use own::runtime::Frames;
use threads::Threads;

fn on_one_thread_of_tokio(body: impl Future<Output = ()>) {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tokio.unwrap().block_on(body);
}

fn on_threads_of_tokio(body: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(body);
}

fn for_tokio<T: Transport>(bind: Bind<T>) -> Lab<runtime::Tokio, T> {
    let spawn = |driver| drop(tokio::spawn(driver));
    Lab::new(runtime::Tokio::new(), spawn, bind)
}

fn for_smol<T: Transport>(bind: Bind<T>) -> Lab<runtime::Smol, T> {
    Lab::new(runtime::Smol::new(), |driver| smol::spawn(driver).detach(), bind)
}

/// smol's reactor has a thread of its own, and does not mind whose executor polls what it wakes.
fn for_smol_under_tokio<T: Transport>(bind: Bind<T>) -> Lab<runtime::Smol, T> {
    Lab::new(runtime::Smol::new(), |driver| drop(tokio::spawn(driver)), bind)
}

fn for_threads<T: Transport>(bind: Bind<T>) -> Lab<Threads, T> {
    Lab::new(Threads::new(), Threads::spawn, bind)
}

fn for_frames<T: Transport>(bind: Bind<T>) -> Lab<Frames, T> {
    Lab::new(Frames::new(), own::runtime::spawn, bind)
}

#[test]
fn a_group_lives_over_tcp_on_tokio_with_one_thread() {
    on_one_thread_of_tokio(async {
        life::live(&for_tokio(tcp::TcpTransport::<tcp::Tokio>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_tcp_on_tokio_with_threads() {
    on_threads_of_tokio(async {
        life::live(&for_tokio(tcp::TcpTransport::<tcp::Tokio>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_tcp_on_smol() {
    smol::block_on(life::live(&for_smol(tcp::TcpTransport::<tcp::Smol>::bind)));
}

#[test]
fn a_group_lives_over_tcp_on_the_reactor_of_smol_under_one_thread_of_tokio() {
    on_one_thread_of_tokio(async {
        life::live(&for_smol_under_tokio(tcp::TcpTransport::<tcp::Smol>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_tcp_on_the_reactor_of_smol_under_threads_of_tokio() {
    on_threads_of_tokio(async {
        life::live(&for_smol_under_tokio(tcp::TcpTransport::<tcp::Smol>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_tcp_on_threads_that_block() {
    threads::block_on(life::live(&for_threads(tcp::TcpTransport::<Threads>::bind)));
}

#[test]
fn a_group_lives_over_tcp_in_the_loop_of_the_example() {
    own::runtime::run(async {
        life::live(&for_frames(tcp::TcpTransport::<Frames>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_quic_on_tokio_with_one_thread() {
    on_one_thread_of_tokio(async {
        life::live(&for_tokio(quic::QuicTransport::<quic::Tokio>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_quic_on_tokio_with_threads() {
    on_threads_of_tokio(async {
        life::live(&for_tokio(quic::QuicTransport::<quic::Tokio>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_quic_on_smol() {
    smol::block_on(life::live(&for_smol(quic::QuicTransport::<quic::Smol>::bind)));
}

#[test]
fn a_group_lives_over_quic_on_the_reactor_of_smol_under_one_thread_of_tokio() {
    on_one_thread_of_tokio(async {
        life::live(&for_smol_under_tokio(quic::QuicTransport::<quic::Smol>::bind)).await;
    });
}

#[test]
fn a_group_lives_over_quic_on_the_reactor_of_smol_under_threads_of_tokio() {
    on_threads_of_tokio(async {
        life::live(&for_smol_under_tokio(quic::QuicTransport::<quic::Smol>::bind)).await;
    });
}

/// QUIC itself has to have an executor: smol's. Peers and timers have threads.
#[test]
fn a_group_lives_over_quic_on_threads_that_block() {
    threads::block_on(life::live(&for_threads(quic::QuicTransport::<quic::Smol>::bind)));
}

#[test]
fn members_of_different_transports_are_one_group() {
    on_threads_of_tokio(async {
        mixed::settle(&for_tokio(tcp::TcpTransport::<tcp::Tokio>::bind)).await;
    });
}

#[test]
fn large_payloads_go_from_disk_to_disk() {
    on_threads_of_tokio(async {
        payload::share(&for_tokio(tcp::TcpTransport::<tcp::Tokio>::bind), 8).await;
    });
}

#[test]
fn large_payloads_go_from_disk_to_disk_over_quic() {
    on_threads_of_tokio(async {
        payload::share(&for_tokio(quic::QuicTransport::<quic::Tokio>::bind), 8).await;
    });
}

#[test]
#[ignore = "takes a while where nothing is optimised"]
fn the_largest_payload_goes_from_disk_to_disk() {
    smol::block_on(payload::share(&for_smol(tcp::TcpTransport::<tcp::Smol>::bind), 60));
}
