use core::sync::atomic::{AtomicUsize, Ordering};
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;

use futures_util::future::{join, join_all};
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};
use peergroup_tls::nobody;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ClientConnection, SignatureScheme};

use super::*;
use crate::net::{Smol, Tokio};

#[path = "../../../tests/support/certificates.rs"]
mod certificates;
#[macro_use]
#[path = "../../../tests/support/on_each_runtime.rs"]
mod on_each_runtime;

use certificates::{Shows, certificates};

const LOOPBACK: SocketAddr =
    SocketAddr::new(core::net::IpAddr::V4(core::net::Ipv4Addr::LOCALHOST), 0);

fn on_tokio(body: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(body);
}

fn on_smol(body: impl Future<Output = ()>) {
    smol::block_on(body);
}

fn bound<N: Net>() -> (TcpTransport<N>, Address) {
    let transport = TcpTransport::<N>::bind(LOOPBACK).unwrap();
    let address = transport.local_address().unwrap().clone();
    (transport, address)
}

fn connect(to: &Address) -> TcpStream {
    TcpStream::connect(address::socket(SCHEME, to).unwrap()).unwrap()
}

fn format(listener: &TcpListener) -> Address {
    address::of(SCHEME, listener.local_addr().unwrap()).unwrap()
}

async fn link<A: Net, B: Net>(
    caller: &TcpTransport<A>,
    host: &mut TcpTransport<B>,
) -> (Link<A::Stream>, Link<B::Stream>) {
    let to = host.local_address().unwrap().clone();
    let (dialled, accepted) = join(caller.dial(&to), host.accept()).await;
    (dialled.unwrap(), accepted)
}

async fn carries_bytes_both_ways_and_tells_a_close<A: Net, B: Net>() {
    let (mut host, address) = bound::<B>();
    let caller = TcpTransport::<A>::dial_only().unwrap();
    let (mut near, mut far) = link(&caller, &mut host).await;
    assert_eq!(near.remote, Some(address));
    assert!(far.remote.unwrap().as_str().starts_with("tcp:127.0.0.1:"));

    let sent: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut there = vec![0; sent.len()];
    let mut back = vec![0; sent.len()];
    let writing = async {
        near.stream.write_all(&sent).await.unwrap();
        near.stream.flush().await.unwrap();
    };
    join(writing, async { far.stream.read_exact(&mut there).await.unwrap() }).await;
    let echo = async {
        far.stream.write_all(&there).await.unwrap();
        far.stream.close().await.unwrap();
    };
    join(echo, async { near.stream.read_exact(&mut back).await.unwrap() }).await;
    assert!(back == sent);
    assert_eq!(near.stream.read(&mut [0]).await.unwrap(), 0);
}

async fn binds_every_link_apart<A: Net, B: Net>() {
    let (mut host, _) = bound::<B>();
    let caller = TcpTransport::<A>::dial_only().unwrap();
    let mut bindings = Vec::new();
    for _ in 0..4 {
        let (near, far) = link(&caller, &mut host).await;
        assert_eq!(near.binding, far.binding);
        bindings.push(near.binding);
    }
    bindings.sort_unstable();
    bindings.dedup();
    assert_eq!(bindings.len(), 4);
}

/// Peers that are slow, silent or talk nonsense, while others come and go.
async fn lets_nobody_disturb_others<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = TcpTransport::<N>::dial_only().unwrap();
    let _silent: Vec<_> = (0..8).map(|_| connect(&address)).collect();
    let _garbage: Vec<_> = (0..8)
        .map(|n| {
            let mut stream = connect(&address);
            stream.write_all(&[n; 100]).unwrap();
            stream
        })
        .collect();
    let mut cut_short = connect(&address);
    cut_short.write_all(&[0x16, 0x03, 0x01, 0x40, 0x00, 0x01]).unwrap();
    drop(connect(&address));
    for _ in 0..4 {
        let (near, far) = link(&caller, &mut host).await;
        assert_eq!(near.binding, far.binding);
    }
}

/// Handshakes go on although every call of `accept` is dropped at its first wait.
async fn loses_nothing_when_accept_is_dropped<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = TcpTransport::<N>::dial_only().unwrap();
    let dials = join_all((0..4).map(|_| caller.dial(&address)));
    let accept = async {
        let mut accepted = Vec::new();
        while accepted.len() < 4 {
            let accept = pin!(host.accept());
            if let Either::Left((link, _)) =
                select(accept, pin!(N::sleep(Duration::from_micros(200)))).await
            {
                accepted.push(link.binding);
            }
        }
        accepted
    };
    let (dialled, mut accepted) = join(dials, accept).await;
    let mut dialled: Vec<_> = dialled.into_iter().map(|link| link.unwrap().binding).collect();
    dialled.sort_unstable();
    accepted.sort_unstable();
    assert_eq!(dialled, accepted);
}

async fn makes_the_oldest_give_way<N: Net>() {
    let (mut host, address) = bound::<N>();
    let mut silent: Vec<_> = (0..HALF_OPEN_MAX).map(|_| connect(&address)).collect();
    let caller = TcpTransport::<N>::dial_only().unwrap();
    link(&caller, &mut host).await;
    assert_eq!(host.half_open.len(), HALF_OPEN_MAX - 1);
    // The oldest was told; the second oldest was not.
    assert_eq!(silent[0].read(&mut [0]).unwrap(), 0);
    silent[1].set_nonblocking(true).unwrap();
    assert_eq!(silent[1].read(&mut [0]).unwrap_err().kind(), io::ErrorKind::WouldBlock);
}

async fn names_what_a_dial_failed_of<N: Net>() {
    let caller = TcpTransport::<N>::dial_only().unwrap();
    // A port that was just given back.
    let nobody = format(&TcpListener::bind(LOOPBACK).unwrap());
    assert_eq!(caller.dial(&nobody).await.err(), Some(LinkDown::Refused));
    for other in ["quic:127.0.0.1:1", "tcp:localhost:1", "tcp:127.0.0.1:0"] {
        let other = other.parse().unwrap();
        assert_eq!(caller.dial(&other).await.err(), Some(LinkDown::Unsupported));
    }
    let listener = TcpListener::bind(LOOPBACK).unwrap();
    let address = format(&listener);
    let rude = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 64]).unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_nonblocking(false).unwrap();
        let mut hello = [0; 5];
        stream.read_exact(&mut hello).unwrap();
        let mut rest = vec![0; usize::from(u16::from_be_bytes([hello[3], hello[4]]))];
        stream.read_exact(&mut rest).unwrap();
    });
    assert_eq!(caller.dial(&address).await.err(), Some(LinkDown::Broken));
    assert_eq!(caller.dial(&address).await.err(), Some(LinkDown::Closed));
    rude.join().unwrap();
}

on_each_runtime! {
    carries_bytes_both_ways_and_tells_a_close: pairs;
    binds_every_link_apart: pairs;
    lets_nobody_disturb_others: tokio smol;
    loses_nothing_when_accept_is_dropped: tokio smol;
    makes_the_oldest_give_way: tokio smol;
    names_what_a_dial_failed_of: tokio smol;
}

/// A runtime whose every wait is over at once.
struct Hasty;

impl Net for Hasty {
    type Stream = <Smol as Net>::Stream;
    type Listener = <Smol as Net>::Listener;

    fn listen(listener: TcpListener) -> io::Result<Self::Listener> {
        Smol::listen(listener)
    }

    fn poll_accept(
        listener: &mut Self::Listener,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, SocketAddr)>> {
        Smol::poll_accept(listener, cx)
    }

    async fn connect(to: SocketAddr) -> io::Result<Self::Stream> {
        Smol::connect(to).await
    }

    async fn sleep(_time: Duration) {}
}

#[test]
fn who_is_silent_for_too_long_is_dropped() {
    let (mut host, address) = bound::<Hasty>();
    thread::spawn(move || smol::block_on(host.accept()));
    assert_eq!(connect(&address).read(&mut [0]).unwrap(), 0);
}

#[test]
fn a_dial_that_takes_too_long_is_given_up() {
    let listener = TcpListener::bind(LOOPBACK).unwrap();
    let silent = format(&listener);
    let caller = TcpTransport::<Hasty>::dial_only().unwrap();
    assert_eq!(smol::block_on(caller.dial(&silent)).err(), Some(LinkDown::TimedOut));
}

/// Runs a TLS client to the end of its handshake, or of the connection. Says how it failed.
fn client_fails(address: &Address, client: ClientConfig) -> Option<String> {
    let mut connection = ClientConnection::new(Arc::new(client), nobody()).unwrap();
    let mut stream = connect(address);
    let mut tls = rustls::Stream::new(&mut connection, &mut stream);
    // What the server makes of the client's key shows only with the first bytes from it.
    tls.read(&mut [0]).err().map(|error| error.to_string())
}

/// A client with a key of its own, of some protocol.
fn stranger(alpn: &[&[u8]]) -> ClientConfig {
    let mut config = ClientConfig::clone(Tls::new().unwrap().client_config());
    config.alpn_protocols = alpn.iter().map(|protocol| protocol.to_vec()).collect();
    config
}

/// The key that a client shows.
fn key_of(client: &ClientConfig) -> Arc<CertifiedKey> {
    client.client_auth_cert_resolver.resolve(&[], &[SignatureScheme::ED25519]).unwrap()
}

#[test]
fn a_client_of_another_protocol_or_without_a_key_is_refused() {
    let links = Arc::new(AtomicUsize::new(0));
    let (mut host, address) = bound::<Smol>();
    let counted = Arc::clone(&links);
    thread::spawn(move || {
        smol::block_on(async {
            loop {
                let mut link = host.accept().await;
                counted.fetch_add(1, Ordering::SeqCst);
                link.stream.close().await.ok();
            }
        });
    });
    // As a control: the same client, with everything right, is let in and told of the close.
    assert_eq!(client_fails(&address, stranger(&[b"pg/1"])), None);
    assert_eq!(links.load(Ordering::SeqCst), 1);
    let mut keyless = stranger(&[b"pg/1"]);
    keyless.client_auth_cert_resolver = Arc::new(Shows { what: None, as_key: true });
    for bad in [stranger(&[b"h2"]), stranger(&[]), keyless] {
        assert!(client_fails(&address, bad).is_some());
    }
    assert_eq!(links.load(Ordering::SeqCst), 1);
}

#[test]
fn a_client_of_tls_1_2_is_told_that_its_version_is_refused() {
    let (mut host, address) = bound::<Smol>();
    thread::spawn(move || smol::block_on(host.accept()));
    // A minimal ClientHello of TLS 1.2: groups and signature algorithms, no supported versions.
    let mut hello = vec![0x16, 3, 1, 0, 63, 1, 0, 0, 59, 3, 3];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2f, 1, 0, 0, 16]);
    hello.extend([0, 10, 0, 4, 0, 2, 0, 29]);
    hello.extend([0, 13, 0, 4, 0, 2, 8, 7]);
    let mut stream = connect(&address);
    stream.write_all(&hello).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok();
    // A fatal alert: protocol_version.
    assert_eq!((answer[0], &answer[5..]), (0x15, &[2, 70][..]));
}

#[test]
fn a_signature_by_another_key_than_the_one_shown_is_refused() {
    let mut client = stranger(&[b"pg/1"]);
    let (shown, other) = (key_of(&client), key_of(&stranger(&[])));
    let mixed = CertifiedKey::new(shown.cert.clone(), Arc::clone(&other.key));
    let (mut host, address) = bound::<Smol>();
    thread::spawn(move || smol::block_on(host.accept()));
    client.client_auth_cert_resolver =
        Arc::new(Shows { what: Some(Arc::new(mixed)), as_key: true });
    assert!(client_fails(&address, client).is_some_and(|error| error.contains("DecryptError")));
}

/// A key stands for nobody: who has another, or the same as somebody else, is let in as well. A
/// certificate is not even looked at: the best is refused like the worst. Who is at the other end
/// is found out by the handshake of the core, from the binding on.
#[test]
fn what_a_client_shows_of_itself_is_a_key_of_no_meaning() {
    let (mut host, address) = bound::<Smol>();
    thread::spawn(move || {
        smol::block_on(async {
            loop {
                host.accept().await.stream.close().await.ok();
            }
        });
    });
    let (one, other) = (stranger(&[b"pg/1"]), stranger(&[b"pg/1"]));
    for client in [&one, &one, &other] {
        assert_eq!(client_fails(&address, client.clone()), None);
    }
    let refused = certificates(&key_of(&one)).into_iter().map(|certificate| {
        let mut client = one.clone();
        let shown = Shows { what: Some(certificate), as_key: false };
        client.client_auth_cert_resolver = Arc::new(shown);
        client_fails(&address, client).unwrap()
    });
    let refused: BTreeSet<String> = refused.collect();
    assert_eq!(refused.len(), 1, "{refused:?}");
}
