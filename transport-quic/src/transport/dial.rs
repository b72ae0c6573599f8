//! Dialling: on a connection that is there, or on a new one.

use core::net::SocketAddr;
use core::pin::Pin;
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use futures_channel::mpsc;
use futures_util::future::{FutureExt as _, Shared, WeakShared};
use peergroup_core::limits::DIAL_TIMEOUT;
use peergroup_core::{Address, LinkDown};
use peergroup_tls::{address, nobody};
use quinn::{ClientConfig, ConnectError, Endpoint};

use super::{SCHEME, endpoint, socket_anywhere, within};
use crate::link::Link;
use crate::net::Net;
use crate::trunk::{Trunk, cause};

/// A connection that is there may have died without anybody's notice. If the other end does not
/// take a link on it within this, a new one is tried.
pub const REUSE_TIMEOUT: Duration = Duration::from_secs(3);

/// A connection that is being made. All who want one to that address wait for the same.
type Attempt = Pin<Box<dyn Future<Output = Result<Arc<Trunk>, LinkDown>> + Send>>;

/// All connections that are up. They are there as long as they have links.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Weak<Trunk>>>);

impl Pool {
    pub(super) fn add(&self, trunk: &Arc<Trunk>) {
        let mut trunks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trunks.retain(|trunk| trunk.strong_count() > 0);
        trunks.push(Arc::downgrade(trunk));
    }

    /// The newest connection whose other end is there now.
    pub(super) fn to(&self, remote: SocketAddr) -> Option<Arc<Trunk>> {
        let trunks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut up = trunks.iter().rev().filter_map(Weak::upgrade);
        up.find(|trunk| trunk.down().is_none() && trunk.remote() == remote)
    }
}

/// What dials.
pub(super) struct Dialler<N> {
    client: ClientConfig,
    endpoint: Endpoint,
    local: SocketAddr,
    /// For what cannot be reached from the endpoint's address. None if there is no such socket.
    elsewhere: OnceLock<Option<Endpoint>>,
    pool: Arc<Pool>,
    attempts: Mutex<BTreeMap<SocketAddr, WeakShared<Attempt>>>,
    /// Takes connections on which the other end may open links from now on.
    made: mpsc::UnboundedSender<Weak<Trunk>>,
    net: core::marker::PhantomData<fn() -> N>,
}

impl<N: Net> Dialler<N> {
    /// With it comes a queue of the connections that it makes.
    pub(super) fn new(
        endpoint: Endpoint,
        client: ClientConfig,
    ) -> io::Result<(Self, mpsc::UnboundedReceiver<Weak<Trunk>>)> {
        let (made, queue) = mpsc::unbounded();
        let local = endpoint.local_addr()?;
        let dialler = Self {
            client,
            endpoint,
            local,
            elsewhere: OnceLock::new(),
            pool: Arc::default(),
            attempts: Mutex::default(),
            made,
            net: core::marker::PhantomData,
        };
        Ok((dialler, queue))
    }

    pub(super) fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let elsewhere = self.elsewhere.get().cloned().flatten();
        [Some(self.endpoint.clone()), elsewhere].into_iter().flatten().collect()
    }

    /// The attempt to connect to an address that is under way, or a new one.
    fn attempt(self: &Arc<Self>, to: SocketAddr) -> Shared<Attempt> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        attempts.retain(|_, attempt| attempt.upgrade().is_some());
        if let Some(attempt) = attempts.get(&to).and_then(WeakShared::upgrade) {
            return attempt;
        }
        let attempt = Arc::clone(self).connect(to).boxed().shared();
        attempts.extend(attempt.downgrade().map(|attempt| (to, attempt)));
        attempt
    }

    async fn connect(self: Arc<Self>, to: SocketAddr) -> Result<Arc<Trunk>, LinkDown> {
        let endpoint = self.endpoint_for(to).ok_or(LinkDown::Unreachable)?;
        let connecting = endpoint
            .connect_with(self.client.clone(), to, &nobody().to_str())
            .map_err(|error| not_begun(&error))?;
        let connection = connecting.await.map_err(|error| cause(&error))?;
        let trunk = Trunk::new::<N>(connection);
        self.pool.add(&trunk);
        // It fails only if nobody will accept anything any more.
        self.made.unbounded_send(Arc::downgrade(&trunk)).ok();
        Ok(trunk)
    }

    fn endpoint_for(&self, to: SocketAddr) -> Option<&Endpoint> {
        if reaches(self.local, to) {
            return Some(&self.endpoint);
        }
        let open = || Some(endpoint::<N>(socket_anywhere().ok()?, None).ok()?.0);
        self.elsewhere.get_or_init(open).as_ref()
    }
}

/// Whether a socket that is bound there can send to that address.
fn reaches(local: SocketAddr, to: SocketAddr) -> bool {
    if local.ip().is_unspecified() {
        local.is_ipv6() || to.is_ipv4()
    } else {
        local.is_ipv6() == to.is_ipv6() && local.ip().is_loopback() == to.ip().is_loopback()
    }
}

pub(super) async fn dial<N: Net>(dialler: Arc<Dialler<N>>, to: Address) -> Result<Link, LinkDown> {
    let socket = address::socket(SCHEME, &to).ok_or(LinkDown::Unsupported)?;
    let dialling = async {
        if let Some(trunk) = dialler.pool.to(socket)
            && let Some(Ok(link)) = within::<N, _>(REUSE_TIMEOUT, Link::open(trunk)).await
        {
            return Ok(link);
        }
        Link::open(dialler.attempt(socket).await?).await
    };
    let link = within::<N, _>(DIAL_TIMEOUT, dialling).await.unwrap_or(Err(LinkDown::TimedOut));
    link.map(|link| Link { remote: Some(to), ..link })
}

/// Why not even an attempt was made, in the core's words.
fn not_begun(error: &ConnectError) -> LinkDown {
    match error {
        ConnectError::EndpointStopping => LinkDown::Closed,
        _ => LinkDown::Unreachable,
    }
}
