//! QUIC as a transport.

use core::future::Future;
use std::io;

use peergroup_core::{Address, LinkDown};
use peergroup_quic::{Link, Net, QuicTransport, Stream};

use super::outward::reachable;
use super::{Opened, Transport};

impl<N: Net> Transport for QuicTransport<N> {
    type Stream = Stream;

    async fn accept(&mut self) -> io::Result<Opened<Self::Stream>> {
        QuicTransport::accept(self).await.map(opened)
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<N>
    {
        let dialled = QuicTransport::dial(self, to);
        async move { dialled.await.map(opened) }
    }

    /// Bound to an unspecified address, it names the address from which this host reaches others.
    fn listening_at(&self) -> Vec<Address> {
        self.local_address().and_then(reachable).into_iter().collect()
    }

    fn close(self) -> impl Future<Output = ()> + Send + 'static + use<N> {
        QuicTransport::close(self)
    }

    fn serves(&self, scheme: &str) -> bool {
        scheme == peergroup_quic::SCHEME
    }
}

fn opened(link: Link) -> Opened<Stream> {
    Opened { stream: link.stream, binding: link.binding, remote: link.remote }
}
