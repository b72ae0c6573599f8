//! The links: dials under way, and streams that are read and written as far as they go.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use futures_io::{AsyncBufRead, AsyncWrite};
use futures_util::future::{AbortHandle, Aborted, abortable};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use peergroup_core::limits::{HANGUP_TIMEOUT, RECEIVED_BYTES_MAX};
use peergroup_core::{DriverError, Input, Instant, LinkDown, LinkId, LinkInfo};

use super::bells::{Bell, Bells};
use super::desk::Desk;
use super::stream::Stream;
use crate::transport::Opened;

/// How long a link whose last byte is flushed waits for the other end to close too. To close
/// before that can destroy what is still on its way there.
const LINGER: Duration = Duration::from_secs(2);

/// A dial that ended: a stream to the other end is open, or will not be.
pub(super) type Dialled<S> = (LinkId, Result<Opened<S>, LinkDown>);
type Dials<S> = FuturesUnordered<Pin<Box<dyn Future<Output = Result<Dialled<S>, Aborted>> + Send>>>;

/// A link that can be read: so many bytes are there, or it has ended.
pub(super) struct Readable {
    link: LinkId,
    outcome: io::Result<usize>,
}

/// All links that a driver serves.
pub(super) struct Links<S> {
    all: BTreeMap<LinkId, Link<S>>,
    dials: Dials<S>,
    bells: Bells,
    /// Links that may have something to read, in the order in which they are asked.
    to_read: VecDeque<LinkId>,
    /// Links on which something may wait to be written.
    to_write: Vec<LinkId>,
    /// When links are dropped, whatever is still to be done. Some are gone by then.
    ends: BTreeSet<(Instant, LinkId)>,
}

/// One link. Dropping it drops its stream, or the dial.
struct Link<S> {
    bell: Arc<Bell>,
    /// None while it is dialled.
    stream: Option<Stream<S>>,
    dial: Option<AbortHandle>,
    ending: Ending,
    /// When it is dropped, whatever is still to be done.
    until: Option<Instant>,
}

/// How far a link has come towards its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Not at all.
    Open,
    /// It is closed once its bytes are flushed.
    Flushing,
    /// Nothing more is written; the other end is given time to close too.
    Lingering,
}

impl<S> Drop for Link<S> {
    fn drop(&mut self) {
        if let Some(dial) = &self.dial {
            dial.abort();
        }
    }
}

impl<S: AsyncBufRead + AsyncWrite + Unpin + Send + 'static> Links<S> {
    pub(super) fn new() -> Self {
        Self {
            all: BTreeMap::new(),
            dials: FuturesUnordered::new(),
            bells: Bells::default(),
            to_read: VecDeque::new(),
            to_write: Vec::new(),
            ends: BTreeSet::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// When a link is dropped next, should nothing happen before.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// Drops the links whose time is over.
    pub(super) fn on_time(&mut self, desk: &mut Desk) -> Result<(), DriverError> {
        let now = desk.now.mono;
        while let Some((at, id)) = self.ends.pop_first() {
            if at > now {
                self.ends.insert((at, id));
                break;
            }
            if self.all.get(&id).is_some_and(|link| link.until == Some(at)) {
                self.drop_link(desk, id, LinkDown::TimedOut)?;
            }
        }
        Ok(())
    }

    /// Waits for a dial that was begun.
    pub(super) fn dial(
        &mut self,
        id: LinkId,
        dialled: impl Future<Output = Result<Opened<S>, LinkDown>> + Send + 'static,
    ) {
        let (dialled, abort) = abortable(async move { (id, dialled.await) });
        self.dials.push(Box::pin(dialled));
        self.all.insert(id, Link::new(self.bells.bell(id), Some(abort)));
    }

    /// Takes in a stream that another peer opened.
    pub(super) fn accept(&mut self, desk: &mut Desk, opened: Opened<S>) {
        let info = LinkInfo { binding: &opened.binding, remote: opened.remote.as_ref() };
        let id = desk.node.accept(desk.now, info);
        desk.watch.accepted(id, opened.remote.as_ref());
        self.all.insert(id, Link::new(self.bells.bell(id), None));
        self.begin(id, opened.stream);
    }

    /// The node has bytes for a link.
    pub(super) fn on_transmit(&mut self, id: LinkId) {
        self.to_write.push(id);
    }

    /// The node gives a link up: it is closed once its bytes are flushed.
    pub(super) fn on_hangup(&mut self, desk: &mut Desk, id: LinkId) -> Result<(), DriverError> {
        let Some(link) = self.all.get_mut(&id) else { return Ok(()) };
        if link.stream.is_none() {
            return self.drop_link(desk, id, LinkDown::Closed);
        }
        if link.ending == Ending::Open {
            link.ending = Ending::Flushing;
            self.end_at(id, desk.now.mono.after(HANGUP_TIMEOUT));
            self.to_write.push(id);
        }
        Ok(())
    }

    pub(super) fn on_dialled(
        &mut self,
        desk: &mut Desk,
        (id, outcome): Dialled<S>,
    ) -> Result<(), DriverError> {
        let opened = match outcome {
            Ok(opened) => opened,
            Err(cause) => return self.drop_link(desk, id, cause),
        };
        if !self.all.contains_key(&id) {
            return Ok(());
        }
        let Opened { stream, binding, remote } = opened;
        self.begin(id, stream);
        desk.watch.up(id);
        let info = LinkInfo { binding: &binding, remote: remote.as_ref() };
        desk.node.handle_input(desk.now, Input::LinkUp { link: id, info })
    }

    pub(super) fn on_readable(
        &mut self,
        desk: &mut Desk,
        readable: &Readable,
    ) -> Result<(), DriverError> {
        let link = readable.link;
        match readable.outcome {
            Ok(0) => self.drop_link(desk, link, LinkDown::Closed),
            Ok(_) => self.all.get_mut(&link).map_or(Ok(()), |known| known.read(link, desk)),
            Err(_) => self.drop_link(desk, link, LinkDown::Broken),
        }
    }

    /// A stream is open.
    fn begin(&mut self, id: LinkId, stream: S) {
        let Some(link) = self.all.get_mut(&id) else { return };
        link.stream = Some(Stream::new(stream));
        link.dial = None;
        self.to_read.push_back(id);
    }

    fn end_at(&mut self, id: LinkId, at: Instant) {
        if let Some(link) = self.all.get_mut(&id) {
            link.until = Some(at);
            self.ends.insert((at, id));
        }
    }

    /// Writes what waits on all links, as far as their streams take it at once. What comes while a
    /// stream takes no more goes with its next write.
    pub(super) fn flush(&mut self, desk: &mut Desk) {
        let mut ids = core::mem::take(&mut self.to_write);
        for id in ids.drain(..) {
            self.write(desk, id);
        }
        self.to_write = ids;
    }

    /// A failed write is no reason to drop the link: what the other end said last may still have
    /// to be read.
    fn write(&mut self, desk: &mut Desk, id: LinkId) {
        let Some(link) = self.all.get_mut(&id) else { return };
        let Poll::Ready(outcome) = link.poll_write(id, desk) else {
            return;
        };
        if outcome.is_err() || link.ending == Ending::Flushing {
            link.ending = Ending::Lingering;
            self.end_at(id, desk.now.mono.after(LINGER));
        }
    }

    fn drop_link(
        &mut self,
        desk: &mut Desk,
        link: LinkId,
        cause: LinkDown,
    ) -> Result<(), DriverError> {
        if self.all.remove(&link).is_none() {
            return Ok(());
        }
        desk.watch.down(link, cause);
        desk.node.handle_input(desk.now, Input::LinkDown { link, cause })
    }

    /// Hears which links have something to do now.
    pub(super) fn listen(&mut self, cx: &Context<'_>) {
        for id in self.bells.take(cx) {
            self.to_read.push_back(id);
            if self.all.get(&id).is_some_and(Link::is_behind) {
                self.to_write.push(id);
            }
        }
    }

    /// The next link that has something to read.
    pub(super) fn poll_readable(&mut self) -> Poll<Readable> {
        while let Some(id) = self.to_read.pop_front() {
            let Some(link) = self.all.get_mut(&id) else { continue };
            if let Poll::Ready(arrived) = link.poll_arrived() {
                let outcome = arrived.map(<[u8]>::len);
                // there may be more
                self.to_read.push_back(id);
                return Poll::Ready(Readable { link: id, outcome });
            }
        }
        Poll::Pending
    }

    pub(super) fn poll_dialled(&mut self, cx: &mut Context<'_>) -> Poll<Dialled<S>> {
        while !self.dials.is_empty() {
            if let Some(Ok(dialled)) = ready!(self.dials.poll_next_unpin(cx)) {
                return Poll::Ready(dialled);
            }
        }
        Poll::Pending
    }
}

impl<S> Link<S> {
    fn new(bell: Arc<Bell>, dial: Option<AbortHandle>) -> Self {
        Self { bell, stream: None, dial, ending: Ending::Open, until: None }
    }
}

impl<S: AsyncBufRead + AsyncWrite + Unpin> Link<S> {
    fn poll_arrived(&mut self) -> Poll<io::Result<&[u8]>> {
        let Some(stream) = &mut self.stream else { return Poll::Pending };
        let waker = self.bell.still();
        stream.poll_arrived(&mut Context::from_waker(&waker))
    }

    /// Hands over what is there, where it is.
    fn read(&mut self, link: LinkId, desk: &mut Desk) -> Result<(), DriverError> {
        let Poll::Ready(Ok(arrived)) = self.poll_arrived() else { return Ok(()) };
        let bytes = arrived.get(..RECEIVED_BYTES_MAX).unwrap_or(arrived);
        let count = bytes.len();
        desk.watch.received(count);
        let outcome = desk.node.handle_input(desk.now, Input::Received { link, bytes });
        if let Some(stream) = &mut self.stream {
            stream.consume(count);
        }
        outcome
    }

    /// Whether it has begun to write something, or to close, and has not ended that.
    fn is_behind(&self) -> bool {
        self.ending == Ending::Flushing || self.stream.as_ref().is_some_and(Stream::is_behind)
    }

    /// Ready once nothing waits to be written any more, and the stream is closed if that is to
    /// follow.
    fn poll_write(&mut self, id: LinkId, desk: &mut Desk) -> Poll<io::Result<()>> {
        let (Some(stream), Ending::Open | Ending::Flushing) = (&mut self.stream, self.ending)
        else {
            return Poll::Pending;
        };
        let waker = self.bell.still();
        let cx = &mut Context::from_waker(&waker);
        let pull = || {
            let run = desk.node.poll_transmit_run(id);
            desk.watch.sent(run.as_ref().map_or(0, Bytes::len));
            run
        };
        ready!(stream.poll_write(cx, pull))?;
        match self.ending {
            Ending::Flushing => stream.poll_close(cx),
            Ending::Open | Ending::Lingering => Poll::Ready(Ok(())),
        }
    }
}
