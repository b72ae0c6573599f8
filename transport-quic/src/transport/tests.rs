use std::collections::BTreeSet;
use std::net::UdpSocket;

use futures_util::future::{join, join_all};
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};
use quinn::Connection;
use rustls::SignatureScheme;

use super::*;
use crate::net::{Smol, Tokio};
use crate::trunk::Trunk;
use crate::{GREETING, LINK_WINDOW, Stream};

#[path = "../../../tests/support/certificates.rs"]
mod certificates;
#[macro_use]
#[path = "../../../tests/support/on_each_runtime.rs"]
mod on_each_runtime;

use certificates::{Shows, certificates};

const LOOPBACK: SocketAddr = SocketAddr::new(core::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// What hangs fails.
async fn soon(body: impl Future<Output = ()>) {
    let patience = Smol::sleep(Duration::from_secs(40));
    assert!(matches!(select(pin!(body), pin!(patience)).await, Either::Left(_)), "it never ends");
}

/// A link's window.
const WINDOW: usize = LINK_WINDOW as usize;

fn on_tokio(body: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(soon(body));
}

fn on_smol(body: impl Future<Output = ()>) {
    smol::block_on(soon(body));
}

fn bound<N: Net>() -> (QuicTransport<N>, Address) {
    let transport = QuicTransport::<N>::bind(LOOPBACK).unwrap();
    let address = transport.local_address().unwrap().clone();
    (transport, address)
}

fn socket_of(address: &Address) -> SocketAddr {
    address::socket(SCHEME, address).unwrap()
}

async fn link<A: Net, B: Net>(
    caller: &QuicTransport<A>,
    host: &mut QuicTransport<B>,
) -> (Link, Link) {
    let to = host.local_address().unwrap().clone();
    let (dialled, accepted) = join(caller.dial(&to), host.accept()).await;
    (dialled.unwrap(), accepted.unwrap())
}

/// A byte goes there.
async fn crosses(from: &mut Stream, to: &mut Stream) {
    from.write_all(&[7]).await.unwrap();
    let mut byte = [0];
    to.read_exact(&mut byte).await.unwrap();
    assert_eq!(byte, [7]);
}

async fn carries_bytes_both_ways_and_tells_a_close<A: Net, B: Net>() {
    let (mut host, address) = bound::<B>();
    let caller = QuicTransport::<A>::dial_only().unwrap();
    let (mut near, mut far) = link(&caller, &mut host).await;
    assert_eq!(near.remote, Some(address));
    assert!(far.remote.unwrap().as_str().starts_with("quic:127.0.0.1:"));

    let sent: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut there = vec![0; sent.len()];
    let mut back = vec![0; sent.len()];
    let writing = async { near.stream.write_all(&sent).await.unwrap() };
    join(writing, async { far.stream.read_exact(&mut there).await.unwrap() }).await;
    let echo = async {
        far.stream.write_all(&there).await.unwrap();
        far.stream.close().await.unwrap();
        far.stream.close().await.unwrap();
    };
    join(echo, async { near.stream.read_exact(&mut back).await.unwrap() }).await;
    assert!(back == sent);
    assert_eq!(near.stream.read(&mut [0]).await.unwrap(), 0);
}

async fn delivers_what_was_written_before_a_close_although_all_is_dropped<A: Net, B: Net>() {
    let (mut host, _) = bound::<B>();
    let caller = QuicTransport::<A>::dial_only().unwrap();
    let (mut near, mut far) = link(&caller, &mut host).await;
    let sent = vec![3; WINDOW / 2];
    near.stream.write_all(&sent).await.unwrap();
    near.stream.close().await.unwrap();
    drop((near, caller));
    let mut arrived = Vec::new();
    far.stream.read_to_end(&mut arrived).await.unwrap();
    assert!(arrived == sent);
}

async fn tells_a_stream_that_was_cut_off_from_one_that_was_closed<A: Net, B: Net>() {
    let (mut host, _) = bound::<B>();
    let caller = QuicTransport::<A>::dial_only().unwrap();
    let mut beside = Some(link(&caller, &mut host).await);
    for is_last in [false, true] {
        let (mut near, mut far) = link(&caller, &mut host).await;
        near.stream.write_all(b"some").await.unwrap();
        if is_last {
            drop(beside.take());
        }
        drop(near);
        let mut arrived = Vec::new();
        far.stream.read_to_end(&mut arrived).await.unwrap_err();
        assert!(b"some".starts_with(&arrived[..]));
    }
}

async fn shares_one_connection_and_binds_every_link_apart<A: Net, B: Net>() {
    let (mut host, _) = bound::<A>();
    let (mut peer, _) = bound::<B>();
    let mut links = Vec::new();
    for _ in 0..3 {
        links.push(link(&host, &mut peer).await);
        links.push(link(&peer, &mut host).await);
    }
    for transport in [host.dialler.endpoints(), peer.dialler.endpoints()] {
        assert_eq!(transport[0].open_connections(), 1);
    }
    let mut bindings = BTreeSet::new();
    for (near, far) in &links {
        assert_eq!(near.binding, far.binding);
        bindings.insert(near.binding);
    }
    assert_eq!(bindings.len(), links.len());
    // and each is where it was opened
    for (near, far) in &mut links {
        crosses(&mut near.stream, &mut far.stream).await;
        crosses(&mut far.stream, &mut near.stream).await;
    }
}

async fn ends_a_connection_with_its_last_link<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = QuicTransport::<N>::dial_only().unwrap();
    let first = link(&caller, &mut host).await;
    let second = link(&caller, &mut host).await;
    let connection = caller.dialler.pool().to(socket_of(&address)).unwrap();
    let connection: Connection = connection.connection().clone();
    drop(first);
    assert!(connection.close_reason().is_none());
    drop(second);
    connection.closed().await;
    // The next dial makes another.
    let (mut near, mut far) = link(&caller, &mut host).await;
    crosses(&mut near.stream, &mut far.stream).await;
}

async fn dials_at_once_share_an_attempt<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = QuicTransport::<N>::dial_only().unwrap();
    let accepting = async {
        let mut links = Vec::new();
        while links.len() < 100 {
            links.push(host.accept().await.unwrap());
        }
        links
    };
    let given_up = caller.dial(&address);
    let (dialled, accepted) =
        join(join_all((0..100).map(|_| caller.dial(&address))), accepting).await;
    drop(given_up);
    let near: BTreeSet<_> = dialled.iter().map(|link| link.as_ref().unwrap().binding).collect();
    let far: BTreeSet<_> = accepted.iter().map(|link| link.binding).collect();
    assert_eq!(near, far);
    assert_eq!(near.len(), 100);
    assert_eq!(host.dialler.endpoints()[0].open_connections(), 1);
}

/// One end reads nothing of a link, nor of a second; the other links of the connection go on.
async fn lets_no_link_delay_another<N: Net>() {
    let (mut host, _) = bound::<N>();
    let caller = QuicTransport::<N>::dial_only().unwrap();
    let mut full = Vec::new();
    for _ in 0..6 {
        let (mut near, far) = link(&caller, &mut host).await;
        let flood = async {
            // It never ends: the window is full, and then nothing happens any more.
            near.stream.write_all(&vec![0; WINDOW.saturating_mul(2)]).await.unwrap();
            panic!("more than a window is taken");
        };
        let (mut other, mut there) = link(&caller, &mut host).await;
        let beside = async {
            let sent = vec![1; WINDOW.saturating_mul(2)];
            let mut arrived = vec![0; sent.len()];
            let reading = there.stream.read_exact(&mut arrived);
            let (written, read) = join(other.stream.write_all(&sent), reading).await;
            written.and(read).unwrap();
        };
        select(pin!(flood), pin!(beside)).await;
        full.push((near, far));
    }
}

/// What is no QUIC, and what is but begins nothing, while others come and go.
async fn lets_nobody_disturb_others<N: Net>() {
    let (mut host, address) = bound::<N>();
    let stranger = UdpSocket::bind(LOOPBACK).unwrap();
    for length in [0, 1, 20, 1200, 1472, 8000] {
        for first in [0x00, 0x40, 0xc0, 0xff] {
            let mut datagram = vec![first; length];
            if let Some(version) = datagram.get_mut(1..5) {
                version.copy_from_slice(&[0, 0, 0, 1]);
            }
            stranger.send_to(&datagram, socket_of(&address)).unwrap();
        }
    }
    let caller = QuicTransport::<N>::dial_only().unwrap();
    for _ in 0..4 {
        let (near, far) = link(&caller, &mut host).await;
        assert_eq!(near.binding, far.binding);
    }
}

/// Handshakes go on although every call of `accept` is dropped at its first wait.
async fn loses_nothing_when_accept_is_dropped<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = QuicTransport::<N>::dial_only().unwrap();
    let dials = join_all((0..4).map(|_| caller.dial(&address)));
    let accept = async {
        let mut accepted = Vec::new();
        while accepted.len() < 4 {
            let accept = pin!(host.accept());
            if let Either::Left((link, _)) =
                select(accept, pin!(N::sleep(Duration::from_micros(200)))).await
            {
                accepted.push(link.unwrap());
            }
        }
        accepted
    };
    let (dialled, accepted) = join(dials, accept).await;
    let near: BTreeSet<_> = dialled.iter().map(|link| link.as_ref().unwrap().binding).collect();
    let far: BTreeSet<_> = accepted.iter().map(|link| link.binding).collect();
    assert_eq!(near, far);
}

/// A client by itself: what it does with a connection is up to the test.
async fn connected<N: Net>(client: &QuicTransport<N>, to: &Address) -> Connection {
    let endpoint = &client.dialler.endpoints()[0];
    let config = config::client(&Tls::new().unwrap()).unwrap();
    endpoint.connect_with(config, socket_of(to), "0.0.0.0").unwrap().await.unwrap()
}

async fn makes_the_oldest_give_way<N: Net>() {
    let (mut host, address) = bound::<N>();
    let client = QuicTransport::<N>::dial_only().unwrap();
    let silent = async {
        let mut silent = Vec::new();
        for _ in 0..=HALF_OPEN_MAX {
            silent.push(connected(&client, &address).await);
        }
        silent
    };
    let Either::Left((silent, _)) = select(pin!(silent), pin!(host.accept())).await else {
        panic!("nobody opened a link");
    };
    assert_eq!(host.inbox.half_open(), HALF_OPEN_MAX);
    silent[0].closed().await;
    assert!(silent[1].close_reason().is_none());
    let caller = QuicTransport::<N>::dial_only().unwrap();
    link(&caller, &mut host).await;
    silent[1].closed().await;
    assert!(silent[3].close_reason().is_none());
}

async fn survives_a_change_of_the_dialling_ends_address<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = QuicTransport::<N>::bind(LOOPBACK).unwrap();
    let (mut near, mut far) = link(&caller, &mut host).await;
    crosses(&mut near.stream, &mut far.stream).await;
    let before = far.remote.clone().unwrap();
    let endpoint = &caller.dialler.endpoints()[0];
    endpoint.rebind(UdpSocket::bind(LOOPBACK).unwrap()).unwrap();
    for _ in 0..3 {
        crosses(&mut near.stream, &mut far.stream).await;
        crosses(&mut far.stream, &mut near.stream).await;
    }
    // Links are still dialled on the same connection, from either end.
    let (again, there) = link(&caller, &mut host).await;
    let after = there.remote.clone().unwrap();
    assert_ne!(before, after);
    assert_eq!(endpoint.open_connections(), 1);
    assert_eq!(again.remote, Some(address));
    let pool = host.dialler.pool();
    assert!(pool.to(socket_of(&after)).is_some() && pool.to(socket_of(&before)).is_none());
}

async fn names_what_a_dial_failed_of<N: Net>() {
    let caller = QuicTransport::<N>::dial_only().unwrap();
    for other in ["tcp:127.0.0.1:1", "quic:localhost:1", "quic:127.0.0.1:0"] {
        let other = other.parse().unwrap();
        assert_eq!(caller.dial(&other).await.err(), Some(LinkDown::Unsupported));
    }
    // Somebody who takes connections and no links.
    let tls = Tls::new().unwrap();
    let server = config::server(&tls).unwrap();
    let (rude, _) = endpoint::<N>(socket_at(LOOPBACK).unwrap(), Some(server)).unwrap();
    let address = address::of(SCHEME, rude.local_addr().unwrap()).unwrap();
    let refusing = async { rude.accept().await.unwrap().refuse() };
    let (dialled, ()) = join(caller.dial(&address), refusing).await;
    assert_eq!(dialled.err(), Some(LinkDown::Refused));
    let closing = async {
        let connection = rude.accept().await.unwrap().await.unwrap();
        connection.accept_bi().await.unwrap();
        connection.close(CODE, &[]);
    };
    let (dialled, ()) = join(caller.dial(&address), closing).await;
    assert_eq!(dialled.err(), Some(LinkDown::Closed));
    let resetting = async {
        let connection = rude.accept().await.unwrap().await.unwrap();
        let (mut send, _recv) = connection.accept_bi().await.unwrap();
        send.reset(CODE).unwrap();
        connection.closed().await;
    };
    let (dialled, ()) = join(caller.dial(&address), resetting).await;
    assert_eq!(dialled.err(), Some(LinkDown::Refused));
    let talking = async {
        let connection = rude.accept().await.unwrap().await.unwrap();
        let (mut send, _recv) = connection.accept_bi().await.unwrap();
        send.write_all(b"HTTP/3").await.unwrap();
        connection.closed().await;
    };
    let (dialled, ()) = join(caller.dial(&address), talking).await;
    assert_eq!(dialled.err(), Some(LinkDown::Refused));
}

/// Streams on which something else is said than a greeting, beside a link.
async fn takes_no_stream_without_a_greeting<N: Net>() {
    let (mut host, address) = bound::<N>();
    let client = QuicTransport::<N>::dial_only().unwrap();
    let open = async {
        let connection = connected(&client, &address).await;
        let open = async |first: u8| {
            let (mut send, recv) = connection.open_bi().await.unwrap();
            send.write_all(&[first]).await.unwrap();
            (send, recv)
        };
        let streams = [open(GREETING).await, open(b'G').await, open(GREETING).await];
        (connection, streams)
    };
    let accept = async { [host.accept().await.unwrap(), host.accept().await.unwrap()] };
    let ((_connection, streams), links) = join(open, accept).await;
    let [mut first, mut second, mut third] = streams;
    assert!(second.1.read_exact(&mut [0]).await.is_err());
    for ((send, recv), mut link) in [&mut first, &mut third].into_iter().zip(links) {
        let mut answer = [0];
        recv.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, [GREETING]);
        send.write_all(&[9]).await.unwrap();
        link.stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(answer, [9]);
    }
}

async fn closing_frees_the_address_and_tells_the_other_end<N: Net>() {
    let (mut host, address) = bound::<N>();
    let caller = QuicTransport::<N>::dial_only().unwrap();
    let (near, mut far) = link(&caller, &mut host).await;
    assert!(QuicTransport::<N>::bind(socket_of(&address)).is_err());
    drop(far.stream.close().await);
    drop(far);
    host.close().await;
    let mut near = near;
    assert!(near.stream.read_exact(&mut [0]).await.is_err());
    assert!(near.stream.write(&[0]).await.is_err());
    let mut again = QuicTransport::<N>::bind(socket_of(&address)).unwrap();
    let (near, far) = link(&caller, &mut again).await;
    assert_eq!(near.binding, far.binding);
}

async fn reaches_both_families_from_any_socket<N: Net>() {
    let Ok(mut v6) = QuicTransport::<N>::bind((Ipv6Addr::LOCALHOST, 0).into()) else { return };
    let (mut v4, _) = bound::<N>();
    let caller = QuicTransport::<N>::dial_only().unwrap();
    link(&caller, &mut v4).await;
    link(&caller, &mut v6).await;
    link(&v4, &mut v6).await;
    link(&v6, &mut v4).await;
    let mut both = QuicTransport::<N>::bind((Ipv6Addr::UNSPECIFIED, 0).into()).unwrap();
    let port = both.local_address().unwrap().rest().rsplit_once(':').unwrap().1.to_owned();
    for host in ["127.0.0.1", "[::1]"] {
        let to: Address = format!("quic:{host}:{port}").parse().unwrap();
        let (near, far) = join(caller.dial(&to), both.accept()).await;
        assert_eq!(near.unwrap().binding, far.unwrap().binding);
    }
}

on_each_runtime! {
    carries_bytes_both_ways_and_tells_a_close: pairs;
    delivers_what_was_written_before_a_close_although_all_is_dropped: pairs;
    tells_a_stream_that_was_cut_off_from_one_that_was_closed: pairs;
    shares_one_connection_and_binds_every_link_apart: pairs;
    ends_a_connection_with_its_last_link: tokio smol;
    dials_at_once_share_an_attempt: tokio smol;
    lets_no_link_delay_another: tokio smol;
    lets_nobody_disturb_others: tokio smol;
    loses_nothing_when_accept_is_dropped: tokio smol;
    makes_the_oldest_give_way: tokio smol;
    survives_a_change_of_the_dialling_ends_address: tokio smol;
    names_what_a_dial_failed_of: tokio smol;
    takes_no_stream_without_a_greeting: tokio smol;
    closing_frees_the_address_and_tells_the_other_end: tokio smol;
    reaches_both_families_from_any_socket: tokio smol;
}

/// Where a moment is enough for what one end grants the other, no time passes.
struct Hasty;

impl Net for Hasty {
    fn runtime() -> Arc<dyn quinn::Runtime> {
        Smol::runtime()
    }

    async fn sleep(time: Duration) {
        if time != TLS_TIMEOUT && time != REUSE_TIMEOUT {
            Smol::sleep(time).await;
        }
    }
}

#[test]
fn who_opens_no_link_for_too_long_is_dropped() {
    on_smol(async {
        let (mut host, address) = bound::<Hasty>();
        let client = QuicTransport::<Smol>::dial_only().unwrap();
        let silent = async {
            let endpoint = &client.dialler.endpoints()[0];
            let config = config::client(&Tls::new().unwrap()).unwrap();
            let connecting = endpoint.connect_with(config, socket_of(&address), "0.0.0.0");
            match connecting.unwrap().await {
                Ok(connection) => connection.closed().await,
                Err(error) => error,
            }
        };
        select(pin!(silent), pin!(host.accept())).await;
    });
}

/// The greeting of a link is answered, and the connection kept.
async fn taken(endpoint: &Endpoint) -> (Connection, quinn::SendStream, quinn::RecvStream) {
    let connection = endpoint.accept().await.unwrap().await.unwrap();
    let (mut send, mut recv) = connection.accept_bi().await.unwrap();
    recv.read_exact(&mut [0]).await.unwrap();
    send.write_all(&[GREETING]).await.unwrap();
    (connection, send, recv)
}

#[test]
fn a_connection_that_is_up_and_takes_no_link_is_replaced() {
    on_smol(async {
        let server = config::server(&Tls::new().unwrap()).unwrap();
        let (deaf, _) = endpoint::<Smol>(socket_at(LOOPBACK).unwrap(), Some(server)).unwrap();
        let address = address::of(SCHEME, deaf.local_addr().unwrap()).unwrap();
        let caller = QuicTransport::<Hasty>::dial_only().unwrap();
        let (first, _held) = join(caller.dial(&address), taken(&deaf)).await;
        // Nobody looks at the first connection any more.
        let (second, _held) = join(caller.dial(&address), taken(&deaf)).await;
        assert_ne!(first.unwrap().binding, second.unwrap().binding);
        assert_eq!(deaf.open_connections(), 2);
    });
}

/// Whether a client that is so configured gets a link.
async fn is_let_in(endpoint: &Endpoint, to: &Address, client: rustls::ClientConfig) -> bool {
    let crypto = quinn::crypto::rustls::QuicClientConfig::try_from(client).unwrap();
    let config = quinn::ClientConfig::new(Arc::new(crypto));
    match endpoint.connect_with(config, socket_of(to), "0.0.0.0").unwrap().await {
        Ok(connection) => Link::open(Trunk::new::<Smol>(connection)).await.is_ok(),
        Err(_) => false,
    }
}

/// Any key is let in, for none stands for anybody; a certificate is not, be it as good as it may,
/// nor who shows nothing or speaks another protocol. (Whether a client was let in it learns last:
/// by the answer to its greeting.)
#[test]
fn what_a_client_shows_of_itself_is_a_key_of_no_meaning() {
    on_smol(async {
        let (mut host, address) = bound::<Smol>();
        let caller = QuicTransport::<Smol>::dial_only().unwrap();
        let endpoint = &caller.dialler.endpoints()[0];
        let stranger = || rustls::ClientConfig::clone(Tls::new().unwrap().client_config());
        let one = stranger();
        let key = one.client_auth_cert_resolver.resolve(&[], &[SignatureScheme::ED25519]).unwrap();
        let showing = |what, as_key| {
            let mut client = one.clone();
            client.client_auth_cert_resolver = Arc::new(Shows { what, as_key });
            client
        };
        let speaking = |protocols: &[&str]| {
            let mut client = one.clone();
            client.alpn_protocols = protocols.iter().map(|it| it.as_bytes().to_vec()).collect();
            client
        };
        let mut bad = vec![
            speaking(&["h3"]),
            speaking(&[]),
            showing(None, true),
            showing(Some(Arc::clone(&key)), false),
        ];
        bad.extend(certificates(&key).into_iter().map(|it| showing(Some(it), false)));
        let tries = async {
            for good in [one.clone(), one.clone(), stranger()] {
                assert!(is_let_in(endpoint, &address, good).await);
            }
            for bad in bad {
                assert!(!is_let_in(endpoint, &address, bad).await);
            }
        };
        let accepting = async {
            let mut links = Vec::new();
            loop {
                links.push(host.accept().await.unwrap());
                assert!(links.len() <= 3);
            }
        };
        select(pin!(tries), pin!(accepting)).await;
    });
}
