//! A connection that links share: what it may hold, and when it ends.

use core::fmt;
use core::net::SocketAddr;
use core::pin::{Pin, pin};
use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use futures_channel::mpsc;
use futures_util::future::select;
use futures_util::stream::StreamExt as _;
use peergroup_core::LinkDown;
use peergroup_tls::{BINDING_LABEL, address, binding_context};
use quinn::{Connection, ConnectionError, StreamId, TransportErrorCode, VarInt};

use crate::config;
use crate::net::Net;

/// What a link that was closed has not delivered yet has so long to arrive.
pub const DELIVERY_TIMEOUT: Duration = Duration::from_secs(10);

/// So long a connection without links is kept, for the other end may just be opening one.
pub const REST_TIMEOUT: Duration = Duration::from_secs(2);

/// The code with which everything here is closed: there is nothing to tell.
pub(crate) const CODE: VarInt = VarInt::from_u32(0);

/// Is ready when what a link wrote is at the other end.
pub(crate) type Delivery = Pin<Box<dyn Future<Output = ()> + Send>>;
/// A link that has ended: what it has still to deliver, and where.
type Ended = (Delivery, Arc<Trunk>);

/// A connection that links share, and that is closed when it has none any more.
pub(crate) struct Trunk {
    connection: Connection,
    /// Takes links that have ended. When nobody is left to send any, the connection is closed.
    ended: mpsc::UnboundedSender<Ended>,
    links: Mutex<u32>,
}

impl Trunk {
    /// Takes charge of a connection that is up.
    pub(crate) fn new<N: Net>(connection: Connection) -> Arc<Self> {
        let (ended, links) = mpsc::unbounded();
        N::runtime().spawn(Box::pin(close_after::<N>(connection.clone(), links)));
        Arc::new(Self { connection, ended, links: Mutex::new(0) })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Where the other end is now.
    pub(crate) fn remote(&self) -> SocketAddr {
        address::plain(self.connection.remote_address())
    }

    /// Why nothing more will happen on it, in the core's words; none if it is up.
    pub(crate) fn down(&self) -> Option<LinkDown> {
        self.connection.close_reason().as_ref().map(cause)
    }

    /// The binding of the link on a stream.
    pub(crate) fn binding(&self, stream: StreamId) -> io::Result<[u8; 32]> {
        let mut binding = [0; 32];
        let context = binding_context(VarInt::from(stream).into_inner());
        self.connection
            .export_keying_material(&mut binding, BINDING_LABEL, &context)
            .map_err(|_| io::Error::other("nothing to bind to"))?;
        Ok(binding)
    }

    /// A link begins on it.
    pub(crate) fn link_begins(&self) {
        self.count(|links| links.saturating_add(1));
    }

    /// A link ends, with what it has still to deliver.
    pub(crate) fn link_ends(self: &Arc<Self>, delivery: Delivery) {
        // It fails only if the runtime is gone.
        self.ended.unbounded_send((delivery, Arc::clone(self))).ok();
        self.count(|links| links.saturating_sub(1));
    }

    /// Every link has its window, so that none can use up another's.
    fn count(&self, change: impl FnOnce(u32) -> u32) {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        *links = change(*links);
        let window = config::window(*links);
        self.connection.set_max_concurrent_bi_streams(config::links_max(*links).into());
        self.connection.set_receive_window(window.into());
        self.connection.set_send_window(window.into());
    }
}

impl fmt::Debug for Trunk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trunk").field("remote", &self.remote()).finish_non_exhaustive()
    }
}

/// Closes a connection once its last link has ended, all is delivered, and it has rested.
async fn close_after<N: Net>(connection: Connection, links: mpsc::UnboundedReceiver<Ended>) {
    let rest = async |(delivery, trunk): Ended| {
        select(delivery, pin!(N::sleep(DELIVERY_TIMEOUT))).await;
        select(pin!(trunk.connection.closed()), pin!(N::sleep(REST_TIMEOUT))).await;
    };
    links.for_each_concurrent(None, rest).await;
    connection.close(CODE, &[]);
}

/// Why a connection ended, or did not come about, in the core's words.
pub(crate) fn cause(error: &ConnectionError) -> LinkDown {
    match error {
        ConnectionError::TimedOut => LinkDown::TimedOut,
        ConnectionError::ConnectionClosed(close)
            if close.error_code == TransportErrorCode::CONNECTION_REFUSED =>
        {
            LinkDown::Refused
        }
        ConnectionError::ApplicationClosed(_) | ConnectionError::LocallyClosed => LinkDown::Closed,
        _ => LinkDown::Broken,
    }
}
