//! Sockets, limits and time-outs around TLS.

use core::fmt;
use core::future::{Future, poll_fn};
use core::net::SocketAddr;
use core::pin::{Pin, pin};
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;

use futures_util::future::{AbortHandle, Either, abortable, select};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use peergroup_core::limits::DIAL_TIMEOUT;
use peergroup_core::{Address, LinkDown};
use peergroup_tls::{Tls, address};

use crate::net::Net;
use crate::tls::Link;

/// The scheme of this transport's addresses.
pub const SCHEME: &str = "tcp";
/// Accepted connections that are still at their TLS handshake. Each takes at most 128 KiB (a TLS
/// handshake message of at most 64 KiB, buffered once or twice), so all together 8 MiB.
///
/// One more and the oldest is dropped: who is slow gives way, so that slow or silent clients
/// never keep others out for longer than it takes to drop them.
pub const HALF_OPEN_MAX: usize = 64;
/// An accepted connection must be through its TLS handshake within this.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// How long accepting pauses when the system has no sockets to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// Connections taken from the system in one poll, so that a flood leaves others their turn.
const ACCEPTS_PER_POLL: usize = 16;

type Handshake<S> = Pin<Box<dyn Future<Output = (u64, Option<Link<S>>)> + Send>>;
type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Links over TCP: dials, and accepts if it is bound to a local address.
pub struct TcpTransport<N: Net> {
    tls: Tls,
    listener: Option<N::Listener>,
    local_address: Option<Address>,
    handshakes: FuturesUnordered<Handshake<N::Stream>>,
    /// The handshakes under way, oldest first.
    half_open: BTreeMap<u64, AbortHandle>,
    next: u64,
    pause: Option<Pause>,
}

impl<N: Net> TcpTransport<N> {
    /// A transport that accepts on a local address; port 0 lets the system choose one.
    ///
    /// It must be called where the runtime `N` can be reached.
    ///
    /// # Errors
    /// The address is in use or not this host's, or the system has no socket or no randomness to
    /// give.
    pub fn bind(local: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(local)?;
        listener.set_nonblocking(true)?;
        let local_address = address::of(SCHEME, listener.local_addr()?);
        let listener = Some(N::listen(listener)?);
        Ok(Self { listener, local_address, ..Self::dial_only()? })
    }

    /// A transport that only dials.
    ///
    /// # Errors
    /// The system has no randomness to give.
    pub fn dial_only() -> io::Result<Self> {
        Ok(Self {
            tls: Tls::new()?,
            listener: None,
            local_address: None,
            handshakes: FuturesUnordered::new(),
            half_open: BTreeMap::new(),
            next: 0,
            pause: None,
        })
    }

    /// Where it accepts. If it was bound to an unspecified address (`0.0.0.0`, `[::]`), so is
    /// this, and it is of no use to others.
    pub fn local_address(&self) -> Option<&Address> {
        self.local_address.as_ref()
    }

    /// Waits for the next link that another peer dialled, with TLS done. Never, if it only dials.
    ///
    /// Dropping the future loses nothing: handshakes go on with the next call. Peers that fail
    /// at TLS are dropped in silence. When the system has no sockets left, it waits for some.
    pub async fn accept(&mut self) -> Link<N::Stream> {
        poll_fn(|cx| self.poll_link(cx)).await
    }

    /// Dials an address, and waits no longer than [`DIAL_TIMEOUT`].
    pub fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Link<N::Stream>, LinkDown>> + Send + 'static + use<N> {
        let tls = self.tls.clone();
        let to = to.clone();
        async move {
            let socket = address::socket(SCHEME, &to).ok_or(LinkDown::Unsupported)?;
            let dialling = async { Link::dial(&tls, N::connect(socket).await?).await };
            let link = within::<N, _>(DIAL_TIMEOUT, dialling).await;
            link.map(|link| Link { remote: Some(to), ..link }).map_err(|error| cause(&error))
        }
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<Link<N::Stream>> {
        for _ in 0..ACCEPTS_PER_POLL {
            while !self.handshakes.is_empty()
                && let Poll::Ready(Some((number, link))) = self.handshakes.poll_next_unpin(cx)
            {
                self.half_open.remove(&number);
                if let Some(link) = link {
                    return Poll::Ready(link);
                }
            }
            let (stream, from) = ready!(self.poll_socket(cx));
            self.begin(stream, from);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn poll_socket(&mut self, cx: &mut Context<'_>) -> Poll<(N::Stream, SocketAddr)> {
        let Some(listener) = &mut self.listener else { return Poll::Pending };
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match ready!(N::poll_accept(listener, cx)) {
                Ok(accepted) => return Poll::Ready(accepted),
                Err(error) if of_one_connection(&error) => {}
                Err(_) => self.pause = Some(Box::pin(N::sleep(ACCEPT_PAUSE))),
            }
        }
    }

    /// Begins the handshake of an accepted connection. The oldest gives way if there are too many.
    fn begin(&mut self, stream: N::Stream, from: SocketAddr) {
        if self.half_open.len() >= HALF_OPEN_MAX
            && let Some((_, oldest)) = self.half_open.pop_first()
        {
            oldest.abort();
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let tls = self.tls.clone();
        let (handshake, abort) = abortable(async move {
            let link = within::<N, _>(TLS_TIMEOUT, Link::accept(&tls, stream)).await.ok()?;
            Some(Link { remote: address::of(SCHEME, from), ..link })
        });
        self.half_open.insert(number, abort);
        self.handshakes.push(Box::pin(async move { (number, handshake.await.ok().flatten()) }));
    }
}

impl<N: Net> fmt::Debug for TcpTransport<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TcpTransport")
            .field("local_address", &self.local_address)
            .field("half_open", &self.half_open.len())
            .finish_non_exhaustive()
    }
}

async fn within<N: Net, T>(
    time: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    match select(pin!(work), pin!(N::sleep(time))).await {
        Either::Left((outcome, _)) => outcome,
        Either::Right(((), _)) => Err(io::ErrorKind::TimedOut.into()),
    }
}

/// Whether only the connection that was about to be accepted failed, not the accepting.
fn of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
    )
}

/// Why a dial failed, in the core's words.
fn cause(error: &io::Error) -> LinkDown {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => LinkDown::Refused,
        io::ErrorKind::TimedOut => LinkDown::TimedOut,
        // The connection came about, but not the link.
        io::ErrorKind::UnexpectedEof => LinkDown::Closed,
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::InvalidData => LinkDown::Broken,
        // No route, no such network, forbidden by a firewall, no address of that family.
        _ => LinkDown::Unreachable,
    }
}

#[cfg(test)]
mod tests;
