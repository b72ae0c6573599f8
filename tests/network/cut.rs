//! A transport that can be cut off from an address, without a word to anybody: what a firewall
//! does, where there is none.

use std::collections::BTreeSet;
use std::future::{Future, pending};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use futures_util::io::BufReader;
use peergroup::transport::{Opened, Transport};
use peergroup::{Address, LinkDown};

/// Addresses that are reached no more.
#[derive(Clone, Default)]
pub(crate) struct CutOff(Arc<Mutex<BTreeSet<Address>>>);

impl CutOff {
    pub(crate) fn insert(&self, address: Address) {
        self.0.lock().unwrap().insert(address);
    }

    fn has(&self, address: Option<&Address>) -> bool {
        address.is_some_and(|address| self.0.lock().unwrap().contains(address))
    }
}

pub(crate) struct Cuttable<T> {
    transport: T,
    cut_off: CutOff,
}

impl<T> Cuttable<T> {
    pub(crate) fn new(transport: T, cut_off: CutOff) -> Self {
        Self { transport, cut_off }
    }
}

impl<T: Transport> Transport for Cuttable<T> {
    type Stream = BufReader<Mutable<T::Stream>>;

    async fn accept(&mut self) -> io::Result<Opened<Self::Stream>> {
        let cut_off = self.cut_off.clone();
        let opened = self.transport.accept().await?;
        let mute = |stream| BufReader::new(Mutable { stream, dialled: None, cut_off });
        Ok(opened.map(mute))
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<T>
    {
        let (dialled, cut_off) = (Some(to.clone()), self.cut_off.clone());
        let dialling = self.transport.dial(to);
        async move {
            if cut_off.has(dialled.as_ref()) {
                pending::<()>().await;
            }
            let mute = |stream| BufReader::new(Mutable { stream, dialled, cut_off });
            Ok(dialling.await?.map(mute))
        }
    }

    fn listening_at(&self) -> Vec<Address> {
        self.transport.listening_at()
    }

    fn serves(&self, scheme: &str) -> bool {
        self.transport.serves(scheme)
    }

    fn close(self) -> impl Future<Output = ()> + Send + 'static + use<T> {
        self.transport.close()
    }
}

/// A stream that falls silent when it was dialled to where nothing is reached any more.
pub(crate) struct Mutable<S> {
    stream: S,
    dialled: Option<Address>,
    cut_off: CutOff,
}

impl<S> Mutable<S> {
    fn is_mute(&self) -> bool {
        self.cut_off.has(self.dialled.as_ref())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Mutable<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        to: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.stream).poll_read(cx, to) {
            Poll::Ready(_) if self.is_mute() => Poll::Pending,
            read => read,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Mutable<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.is_mute() {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Whom nothing reaches does not hear of this either.
    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_mute() {
            return Poll::Pending;
        }
        Pin::new(&mut self.stream).poll_close(cx)
    }
}
