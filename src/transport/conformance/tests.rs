//! What is wrong with a transport is found.

use core::future::{Future, ready};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use futures_util::future::{Either, FutureExt as _};
use futures_util::io::BufReader;
use futures_util::{AsyncRead, AsyncWrite};
use peergroup_core::{Instant, LinkDown, Now};

use super::*;
use crate::transport::{MemoryNetwork, MemoryStream, MemoryTransport, Opened};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    SharesABinding,
    DiffersInBindings,
    SaysNothingOfItsAddress,
    ServesEverything,
    LetsTwoListenAtOnce,
    KeepsItsAddress,
    DialsForEver,
    ClosesWhatIsDropped,
    CutsOffWhatIsClosed,
    ChangesAByte,
    TakesAnything,
}

struct Faulty {
    transport: MemoryTransport,
    fault: Fault,
}

struct FaultyStream {
    stream: Option<MemoryStream>,
    fault: Fault,
    count: usize,
}

impl Faulty {
    fn opened(
        fault: Fault,
        opened: Opened<MemoryStream>,
        dialled: bool,
    ) -> Opened<BufReader<FaultyStream>> {
        let mut opened = opened
            .map(|stream| BufReader::new(FaultyStream { stream: Some(stream), fault, count: 0 }));
        match fault {
            Fault::SharesABinding => opened.binding = [7; 32],
            Fault::DiffersInBindings if dialled => opened.binding[0] ^= 1,
            Fault::SaysNothingOfItsAddress => opened.remote = None,
            _ => {}
        }
        opened
    }
}

impl Transport for Faulty {
    type Stream = BufReader<FaultyStream>;

    async fn accept(&mut self) -> io::Result<Opened<BufReader<FaultyStream>>> {
        Ok(Self::opened(self.fault, self.transport.accept().await?, false))
    }

    fn dial(
        &self,
        to: &Address,
    ) -> impl Future<Output = Result<Opened<Self::Stream>, LinkDown>> + Send + 'static + use<> {
        let fault = self.fault;
        let dialled = self.transport.dial(to).map(move |dialled| match dialled {
            Err(LinkDown::Refused) if fault == Fault::DialsForEver => None,
            dialled => Some(dialled.map(|opened| Self::opened(fault, opened, true))),
        });
        dialled.then(|dialled| match dialled {
            Some(dialled) => Either::Left(ready(dialled)),
            None => Either::Right(core::future::pending()),
        })
    }

    fn listening_at(&self) -> Vec<Address> {
        self.transport.listening_at()
    }

    fn serves(&self, scheme: &str) -> bool {
        self.fault == Fault::ServesEverything || self.transport.serves(scheme)
    }

    fn close(self) -> impl Future<Output = ()> + Send + 'static + use<> {
        if self.fault == Fault::KeepsItsAddress {
            Box::leak(Box::new(self));
        }
        ready(())
    }
}

impl Drop for FaultyStream {
    fn drop(&mut self) {
        if let Some(stream) = &mut self.stream
            && self.fault == Fault::ClosesWhatIsDropped
        {
            let mut cx = Context::from_waker(core::task::Waker::noop());
            assert!(Pin::new(stream).poll_close(&mut cx).is_ready());
        }
    }
}

impl AsyncRead for FaultyStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        let outcome = core::task::ready!(Pin::new(stream).poll_read(cx, buf));
        if let Ok(count) = outcome {
            let at = 5000_usize.wrapping_sub(self.count);
            if self.fault == Fault::ChangesAByte && at < count {
                buf[at] ^= 1;
            }
            self.count = self.count.saturating_add(count);
        }
        Poll::Ready(outcome)
    }
}

impl AsyncWrite for FaultyStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Some(stream) = &mut self.stream else {
            return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
        };
        match Pin::new(stream).poll_write(cx, buf) {
            // it is said to be on its way, and never arrives
            Poll::Pending if self.fault == Fault::TakesAnything => Poll::Ready(Ok(buf.len())),
            outcome => outcome,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fault == Fault::CutsOffWhatIsClosed {
            self.stream = None;
        }
        match &mut self.stream {
            Some(stream) => Pin::new(stream).poll_close(cx),
            None => Poll::Ready(Ok(())),
        }
    }
}

/// Patience is a thirtieth of what it says: in memory all comes at once, or never.
struct Hasty;

impl Runtime for Hasty {
    fn now(&self) -> Now {
        Now { mono: Instant::default(), wall: crate::unix_now() }
    }

    fn sleep_until(&self, deadline: Instant) -> impl Future<Output = ()> + Send {
        let time = Duration::from_micros(deadline.as_micros() / 30);
        smol::Timer::after(time).map(drop)
    }
}

/// The checks that a transport with this fault fails.
fn failed(fault: Fault) -> Vec<&'static str> {
    let network = MemoryNetwork::new();
    let bind = |at: Option<&Address>| {
        let transport = match at {
            Some(address) if fault != Fault::LetsTwoListenAtOnce => network.bind_at(address)?,
            _ => network.bind(),
        };
        Ok(Faulty { transport, fault })
    };
    let breaches = smol::block_on(breaches(&Hasty, bind));
    breaches.into_iter().map(|breach| breach.check).collect()
}

#[test]
fn every_fault_is_found() {
    let faults: [(Fault, &[&str]); 11] = [
        (Fault::SharesABinding, &["both_ends_of_a_link_know_its_binding_and_no_other_link_has_it"]),
        (Fault::DiffersInBindings, &["what_is_written_arrives_in_order_in_both_directions"]),
        (Fault::SaysNothingOfItsAddress, &["both_ends_know_where_the_other_is_reached"]),
        (Fault::ServesEverything, &["an_address_of_another_scheme_is_unsupported"]),
        (Fault::LetsTwoListenAtOnce, &["an_address_in_use_is_an_error"]),
        (Fault::KeepsItsAddress, &["a_transport_that_is_closed_frees_its_address"]),
        (Fault::DialsForEver, &["a_dial_to_where_nobody_listens_fails_in_time"]),
        (
            Fault::ClosesWhatIsDropped,
            &[
                "a_stream_that_is_cut_off_at_any_byte_gives_what_arrived_and_an_error",
                "the_streams_of_a_transport_that_is_closed_end",
            ],
        ),
        (
            Fault::CutsOffWhatIsClosed,
            &["a_stream_is_closed_in_one_direction_and_goes_on_in_the_other"],
        ),
        (
            Fault::ChangesAByte,
            &["a_stream_that_is_cut_off_at_any_byte_gives_what_arrived_and_an_error"],
        ),
        (
            Fault::TakesAnything,
            &["a_reader_that_stands_still_holds_its_writer_back_and_loses_nothing"],
        ),
    ];
    for (fault, expected) in faults {
        let failed = failed(fault);
        assert!(expected.iter().all(|check| failed.contains(check)), "{fault:?}: {failed:?}");
    }
}
