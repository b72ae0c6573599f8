//! Two transports as one.

use core::future::{Future, pending, poll_fn};
use core::pin::pin;
use core::task::Poll;
use std::io;

use futures_util::future::{Either, FutureExt as _, join};
use peergroup_core::{Address, LinkDown};

use super::{Opened, Transport};

/// Two transports as one: dials go by the address' scheme, to the first that serves it; streams
/// are accepted from either. Nest it for more than two.
#[derive(Debug)]
pub struct Both<A, B> {
    first: A,
    second: B,
    first_ended: bool,
    second_ended: bool,
    second_is_next: bool,
}

impl<A: Transport, B: Transport> Both<A, B> {
    /// Joins two transports.
    pub fn new(first: A, second: B) -> Self {
        Self { first, second, first_ended: false, second_ended: false, second_is_next: false }
    }

    /// Waits for either, asking them in turns first, so that neither starves the other.
    async fn accept_either(&mut self) -> io::Result<Opened<Either<A::Stream, B::Stream>>> {
        let mut first = pin!(accept_unless_ended(&mut self.first, &mut self.first_ended));
        let mut second = pin!(accept_unless_ended(&mut self.second, &mut self.second_ended));
        poll_fn(|cx| {
            if !self.second_is_next
                && let Poll::Ready(outcome) = first.as_mut().poll(cx)
            {
                return Poll::Ready(outcome.map(|opened| opened.map(Either::Left)));
            }
            if let Poll::Ready(outcome) = second.as_mut().poll(cx) {
                return Poll::Ready(outcome.map(|opened| opened.map(Either::Right)));
            }
            if self.second_is_next {
                let outcome = first.as_mut().poll(cx);
                return outcome.map_ok(|opened| opened.map(Either::Left));
            }
            Poll::Pending
        })
        .await
    }
}

impl<A: Transport, B: Transport> Transport for Both<A, B> {
    type Stream = Either<A::Stream, B::Stream>;

    /// Fails when both have failed, with the error of the later.
    async fn accept(&mut self) -> io::Result<Opened<Self::Stream>> {
        loop {
            let outcome = self.accept_either().await;
            self.second_is_next = !self.second_is_next;
            if outcome.is_ok() || (self.first_ended && self.second_ended) {
                return outcome;
            }
        }
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<A, B>
    {
        let dialled = if self.first.serves(to.scheme()) {
            Either::Left(self.first.dial(to))
        } else {
            Either::Right(self.second.dial(to))
        };
        async move {
            match dialled {
                Either::Left(dialled) => dialled.await.map(|opened| opened.map(Either::Left)),
                Either::Right(dialled) => dialled.await.map(|opened| opened.map(Either::Right)),
            }
        }
    }

    fn listening_at(&self) -> Vec<Address> {
        let mut addresses = self.first.listening_at();
        addresses.extend(self.second.listening_at());
        addresses
    }

    fn close(self) -> impl Future<Output = ()> + Send + 'static + use<A, B> {
        join(self.first.close(), self.second.close()).map(drop)
    }

    fn serves(&self, scheme: &str) -> bool {
        self.first.serves(scheme) || self.second.serves(scheme)
    }
}

async fn accept_unless_ended<T: Transport>(
    transport: &mut T,
    ended: &mut bool,
) -> io::Result<Opened<T::Stream>> {
    if *ended {
        return pending().await;
    }
    let outcome = transport.accept().await;
    *ended = outcome.is_err();
    outcome
}
