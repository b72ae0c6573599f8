use core::future::{pending, ready};
use core::pin::pin;

use futures_util::FutureExt as _;
use futures_util::future::Either;
use futures_util::io::Cursor;

use super::*;

/// A transport of one scheme whose streams are there already.
struct Scripted {
    scheme: &'static str,
    incoming: Vec<io::Result<u8>>,
}

fn opened(mark: u8) -> Opened<Cursor<Vec<u8>>> {
    Opened { stream: Cursor::new(vec![]), binding: [mark; 32], remote: None }
}

impl Transport for Scripted {
    type Stream = Cursor<Vec<u8>>;

    async fn accept(&mut self) -> io::Result<Opened<Self::Stream>> {
        match self.incoming.pop() {
            Some(next) => next.map(opened),
            None => pending().await,
        }
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<> {
        let served = self.serves(to.scheme());
        ready(if served {
            Ok(opened(self.scheme.as_bytes()[0]))
        } else {
            Err(LinkDown::Unsupported)
        })
    }

    fn serves(&self, scheme: &str) -> bool {
        scheme == self.scheme
    }
}

fn scripted(scheme: &'static str, incoming: impl IntoIterator<Item = u8>) -> Scripted {
    Scripted { scheme, incoming: incoming.into_iter().map(Ok).collect() }
}

#[test]
fn both_dial_by_scheme() {
    let both = Both::new(scripted("a", []), scripted("b", []));
    let dial = |to: &str| smol::block_on(both.dial(&to.parse().unwrap()));
    assert!(matches!(dial("a:1"), Ok(Opened { stream: Either::Left(_), .. })));
    assert!(matches!(dial("b:1"), Ok(Opened { stream: Either::Right(_), .. })));
    assert_eq!(dial("c:1").err(), Some(LinkDown::Unsupported));
    assert!(both.serves("a") && both.serves("b") && !both.serves("c"));
}

#[test]
fn both_accept_in_turns() {
    let mut both = Both::new(scripted("a", [1; 3]), scripted("b", [2; 3]));
    let mut accept = || smol::block_on(both.accept()).unwrap().binding[0];
    let accepted: Vec<_> = core::iter::repeat_with(&mut accept).take(6).collect();
    assert_eq!(accepted, [1, 2, 1, 2, 1, 2]);
}

#[test]
fn both_go_on_with_one_when_the_other_has_ended() {
    let mut first = scripted("a", []);
    first.incoming = vec![Ok(9), Err(io::ErrorKind::BrokenPipe.into())];
    let mut second = scripted("b", []);
    second.incoming = vec![Err(io::ErrorKind::NotConnected.into()), Ok(2), Ok(2)];
    let mut both = Both::new(first, second);
    for _ in 0..2 {
        assert_eq!(smol::block_on(both.accept()).unwrap().binding[0], 2);
    }
    // The one that ended is asked no more, although it would answer.
    assert_eq!(smol::block_on(both.accept()).unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert!(pin!(both.accept()).now_or_never().is_none());
}

#[cfg(all(feature = "tcp", feature = "smol"))]
#[test]
fn tcp_is_a_transport() {
    let loopback = "127.0.0.1:0".parse().unwrap();
    let mut host = peergroup_tcp::TcpTransport::<peergroup_tcp::Smol>::bind(loopback).unwrap();
    let to = host.local_address().unwrap().clone();
    let caller = peergroup_tcp::TcpTransport::<peergroup_tcp::Smol>::dial_only().unwrap();
    let dialled = Transport::dial(&caller, &to);
    let accepted = Transport::accept(&mut host);
    let (near, far) = smol::block_on(futures_util::future::join(dialled, accepted));
    let (near, far) = (near.unwrap(), far.unwrap());
    assert_eq!(near.binding, far.binding);
    assert_eq!(near.remote, Some(to));
    assert!(caller.serves("tcp") && !caller.serves("quic"));
}
