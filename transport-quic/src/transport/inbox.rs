//! Accepting: connections, and links on all connections.

use core::future::{Future, poll_fn};
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Weak};

use futures_channel::mpsc;
use futures_util::future::{AbortHandle, abortable};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use quinn::{Endpoint, Incoming, RecvStream, SendStream};

use super::dial::Pool;
use super::within;
use crate::link::Link;
use crate::net::Net;
use crate::trunk::Trunk;

/// Accepted connections that have no link yet. Each holds at most 2 MiB.
///
/// One more and the oldest is dropped: who is slow gives way, so that slow or silent clients
/// never keep others out for longer than it takes to drop them.
pub const HALF_OPEN_MAX: usize = 64;
/// An accepted connection must be through its TLS handshake and have its first link within this; a
/// later link must be greeted within this.
pub const TLS_TIMEOUT: Duration = Duration::from_secs(10);

/// When so many are half open, a client must show first that it is where it says it is.
const HALF_OPEN_TRUSTED: usize = HALF_OPEN_MAX / 2;
/// What is taken in within one poll, so that a flood leaves others their turn.
const STEPS_PER_POLL: usize = 32;

type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What was waited for.
enum Done {
    /// Somebody begins a connection. None if the socket has failed.
    Incoming(Option<Box<Incoming>>),
    /// A connection came about, with its first link; or it did not.
    Admitted(u64, Option<(Arc<Trunk>, Link)>),
    /// The other end opened another stream. None if the connection has ended.
    Opened(Weak<Trunk>, Option<(SendStream, RecvStream)>),
    /// The stream is a link, or is none.
    Greeted(Option<Link>),
}

/// Everything from which a link may come.
pub(super) struct Inbox<N> {
    endpoint: Endpoint,
    pool: Arc<Pool>,
    made: mpsc::UnboundedReceiver<Weak<Trunk>>,
    work: FuturesUnordered<Work>,
    /// The connections that have no link yet, oldest first.
    half_open: BTreeMap<u64, AbortHandle>,
    next: u64,
    net: PhantomData<fn() -> N>,
}

impl<N: Net> Inbox<N> {
    pub(super) fn new(
        endpoint: Endpoint,
        made: mpsc::UnboundedReceiver<Weak<Trunk>>,
        pool: Arc<Pool>,
    ) -> Self {
        let inbox = Self {
            endpoint,
            pool,
            made,
            work: FuturesUnordered::new(),
            half_open: BTreeMap::new(),
            next: 0,
            net: PhantomData,
        };
        inbox.await_connection();
        inbox
    }

    pub(super) async fn next(&mut self) -> io::Result<Link> {
        poll_fn(|cx| self.poll_link(cx)).await
    }

    fn poll_link(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Link>> {
        for _ in 0..STEPS_PER_POLL {
            while let Poll::Ready(Some(trunk)) = self.made.poll_next_unpin(cx) {
                trunk.upgrade().iter().for_each(|trunk| self.await_stream(trunk));
            }
            let Poll::Ready(Some(done)) = self.work.poll_next_unpin(cx) else {
                return Poll::Pending;
            };
            if let Some(outcome) = self.on_done(done) {
                return Poll::Ready(outcome);
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn on_done(&mut self, done: Done) -> Option<io::Result<Link>> {
        match done {
            Done::Incoming(None) => Some(Err(io::Error::other("the socket has failed"))),
            Done::Incoming(Some(incoming)) => {
                self.await_connection();
                self.begin(*incoming);
                None
            }
            Done::Admitted(number, admitted) => {
                self.half_open.remove(&number);
                let (trunk, link) = admitted?;
                self.pool.add(&trunk);
                self.await_stream(&trunk);
                Some(Ok(link))
            }
            Done::Opened(trunk, streams) => {
                let (trunk, (send, recv)) = (trunk.upgrade()?, streams?);
                self.await_stream(&trunk);
                self.work.push(Box::pin(async {
                    let link = within::<N, _>(TLS_TIMEOUT, Link::accept(trunk, send, recv)).await;
                    Done::Greeted(link.flatten())
                }));
                None
            }
            Done::Greeted(link) => link.map(Ok),
        }
    }

    fn await_connection(&self) {
        let endpoint = self.endpoint.clone();
        self.work
            .push(Box::pin(async move { Done::Incoming(endpoint.accept().await.map(Box::new)) }));
    }

    fn await_stream(&self, trunk: &Arc<Trunk>) {
        let connection = trunk.connection().clone();
        let trunk = Arc::downgrade(trunk);
        self.work
            .push(Box::pin(async move { Done::Opened(trunk, connection.accept_bi().await.ok()) }));
    }

    /// Begins the handshake of a connection. The oldest gives way if there are too many.
    fn begin(&mut self, incoming: Incoming) {
        if self.half_open.len() >= HALF_OPEN_TRUSTED && !incoming.remote_address_validated() {
            // Whoever has not shown where it is may be asked to, so that does not fail.
            incoming.retry().ok();
            return;
        }
        if self.half_open.len() >= HALF_OPEN_MAX
            && let Some((_, oldest)) = self.half_open.pop_first()
        {
            oldest.abort();
        }
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        let (admission, abort) = abortable(within::<N, _>(TLS_TIMEOUT, admit::<N>(incoming)));
        self.half_open.insert(number, abort);
        self.work.push(Box::pin(async move {
            Done::Admitted(number, admission.await.ok().flatten().flatten())
        }));
    }
}

impl<N> Inbox<N> {
    pub(super) fn half_open(&self) -> usize {
        self.half_open.len()
    }
}

/// Takes a connection through its handshake, and its first link.
async fn admit<N: Net>(incoming: Incoming) -> Option<(Arc<Trunk>, Link)> {
    let connection = incoming.accept().ok()?.await.ok()?;
    let trunk = Trunk::new::<N>(connection);
    let (send, recv) = trunk.connection().accept_bi().await.ok()?;
    let link = Link::accept(Arc::clone(&trunk), send, recv).await?;
    Some((trunk, link))
}
