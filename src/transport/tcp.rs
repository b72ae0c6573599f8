//! TLS over TCP as a transport.

use core::future::Future;
use std::io;

use peergroup_core::{Address, LinkDown};
use peergroup_tcp::{Link, Net, Stream, TcpTransport};

use super::outward::reachable;
use super::{Opened, Transport};

impl<N: Net> Transport for TcpTransport<N> {
    type Stream = Stream<N::Stream>;

    async fn accept(&mut self) -> io::Result<Opened<Self::Stream>> {
        Ok(opened(TcpTransport::accept(self).await))
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<N>
    {
        let dialled = TcpTransport::dial(self, to);
        async move { dialled.await.map(opened) }
    }

    /// Bound to an unspecified address, it names the address from which this host reaches others.
    fn listening_at(&self) -> Vec<Address> {
        self.local_address().and_then(reachable).into_iter().collect()
    }

    fn serves(&self, scheme: &str) -> bool {
        scheme == peergroup_tcp::SCHEME
    }
}

fn opened<S>(link: Link<S>) -> Opened<Stream<S>> {
    Opened { stream: link.stream, binding: link.binding, remote: link.remote }
}
