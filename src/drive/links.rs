//! The streams of the links: dials, reads and writes under way.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::BTreeMap;
use std::io;

use futures_io::{AsyncRead, AsyncWrite};
use futures_util::future::{AbortHandle, Aborted, FutureExt as _, abortable};
use futures_util::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use peergroup_core::limits::HANGUP_TIMEOUT;
use peergroup_core::{DriverError, Input, Instant, LinkDown, LinkId, LinkInfo};

use super::desk::Desk;
use crate::transport::Opened;

/// Bytes of one read. Every link keeps room for so many.
const READ_BYTES: usize = 32 * 1024;
/// Bytes of one write: whatever waits on a link goes in one as long as it is no more.
const WRITE_BYTES: usize = 128 * 1024;
/// How long a link whose last byte is flushed waits for the other end to close too. To close
/// before that can destroy what is still on its way there.
const LINGER: Duration = Duration::from_secs(2);

type Outcome<T> = Result<T, Aborted>;
type Writing<S> = Pin<Box<dyn Future<Output = (WriteHalf<S>, io::Result<()>)> + Send>>;
type Work<T> = FuturesUnordered<Pin<Box<dyn Future<Output = Outcome<T>> + Send>>>;

/// A read that ended.
pub(super) struct Read<S> {
    link: LinkId,
    half: ReadHalf<S>,
    buffer: Vec<u8>,
    outcome: io::Result<usize>,
}

/// A dial, a write or a close that ended.
pub(super) enum Done<S> {
    /// A stream to the other end is open, or will not be.
    Dialled(LinkId, Result<Opened<S>, LinkDown>),
    /// Bytes are on their way, or the stream is closed in this direction.
    Wrote(LinkId, WriteHalf<S>, io::Result<()>),
}

/// All links that a driver serves.
pub(super) struct Links<S> {
    all: BTreeMap<LinkId, Link<S>>,
    reads: Work<Read<S>>,
    others: Work<Done<S>>,
}

/// One link. Dropping it drops its stream, and what is under way on it.
struct Link<S> {
    /// None while it is dialled, while a write is in flight, and when nothing more can be written.
    writer: Option<WriteHalf<S>>,
    is_up: bool,
    ending: Ending,
    /// When it is dropped, whatever is still to be done.
    until: Option<Instant>,
    read: Option<AbortHandle>,
    other: Option<AbortHandle>,
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
        for abort in [&self.read, &self.other].into_iter().flatten() {
            abort.abort();
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Links<S> {
    pub(super) fn new() -> Self {
        Self {
            all: BTreeMap::new(),
            reads: FuturesUnordered::new(),
            others: FuturesUnordered::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// When a link is dropped next, should nothing happen before.
    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.all.values().filter_map(|link| link.until).min()
    }

    /// Drops the links whose time is over.
    pub(super) fn on_time(&mut self, desk: &mut Desk) -> Result<(), DriverError> {
        let now = desk.now.mono;
        let is_over = |link: &Link<S>| link.until.is_some_and(|until| until <= now);
        let over: Vec<LinkId> =
            self.all.iter().filter(|(_, link)| is_over(link)).map(|(id, _)| *id).collect();
        over.into_iter().try_for_each(|id| self.drop_link(desk, id, LinkDown::TimedOut))
    }

    /// Waits for a dial that was begun.
    pub(super) fn dial(
        &mut self,
        id: LinkId,
        dialled: impl Future<Output = Result<Opened<S>, LinkDown>> + Send + 'static,
    ) {
        let (dialled, abort) = abortable(async move { Done::Dialled(id, dialled.await) });
        self.others.push(Box::pin(dialled));
        let mut link = Link::new(None);
        link.is_up = false;
        link.other = Some(abort);
        self.all.insert(id, link);
    }

    /// Takes in a stream that another peer opened.
    pub(super) fn accept(&mut self, desk: &mut Desk, opened: Opened<S>) {
        let info = LinkInfo { binding: &opened.binding, remote: opened.remote.as_ref() };
        let id = desk.node.accept(desk.now, info);
        let (reader, writer) = opened.stream.split();
        self.all.insert(id, Link::new(Some(writer)));
        self.read(id, reader, vec![0; READ_BYTES]);
    }

    /// The node has bytes for a link.
    pub(super) fn on_transmit(&mut self, desk: &mut Desk, id: LinkId) {
        self.write(desk, id);
    }

    /// The node gives a link up: it is closed once its bytes are flushed.
    pub(super) fn on_hangup(&mut self, desk: &mut Desk, id: LinkId) -> Result<(), DriverError> {
        let Some(link) = self.all.get_mut(&id) else { return Ok(()) };
        if !link.is_up {
            return self.drop_link(desk, id, LinkDown::Closed);
        }
        if link.ending == Ending::Open {
            link.ending = Ending::Flushing;
            link.until = Some(desk.now.mono.after(HANGUP_TIMEOUT));
            self.write(desk, id);
        }
        Ok(())
    }

    pub(super) fn on_read(&mut self, desk: &mut Desk, read: Read<S>) -> Result<(), DriverError> {
        let Read { link, half, buffer, outcome } = read;
        if !self.all.contains_key(&link) {
            return Ok(());
        }
        match outcome.map(|count| buffer.get(..count).unwrap_or_default()) {
            Ok([]) => self.drop_link(desk, link, LinkDown::Closed),
            Ok(bytes) => {
                desk.node.handle_input(desk.now, Input::Received { link, bytes })?;
                self.read(link, half, buffer);
                Ok(())
            }
            Err(_) => self.drop_link(desk, link, LinkDown::Broken),
        }
    }

    pub(super) fn on_done(&mut self, desk: &mut Desk, done: Done<S>) -> Result<(), DriverError> {
        match done {
            Done::Dialled(id, Ok(opened)) => self.on_up(desk, id, opened),
            Done::Dialled(id, Err(cause)) => self.drop_link(desk, id, cause),
            Done::Wrote(id, half, outcome) => {
                self.on_written(desk, id, half, outcome.is_ok());
                self.write(desk, id);
                Ok(())
            }
        }
    }

    fn on_up(&mut self, desk: &mut Desk, id: LinkId, opened: Opened<S>) -> Result<(), DriverError> {
        let Some(link) = self.all.get_mut(&id) else { return Ok(()) };
        let Opened { stream, binding, remote } = opened;
        let (reader, writer) = stream.split();
        link.writer = Some(writer);
        link.is_up = true;
        self.read(id, reader, vec![0; READ_BYTES]);
        let info = LinkInfo { binding: &binding, remote: remote.as_ref() };
        desk.node.handle_input(desk.now, Input::LinkUp { link: id, info })
    }

    /// A failed write is no reason to drop the link: what the other end said last may still have
    /// to be read.
    fn on_written(&mut self, desk: &Desk, id: LinkId, half: WriteHalf<S>, is_ok: bool) {
        let Some(link) = self.all.get_mut(&id) else { return };
        if is_ok && link.ending != Ending::Lingering {
            link.writer = Some(half);
        } else {
            link.ending = Ending::Lingering;
            link.until = Some(desk.now.mono.after(LINGER));
        }
    }

    /// Writes what waits, unless a write is in flight. One that the stream does not take at once is
    /// waited for; what comes meanwhile goes with the next.
    fn write(&mut self, desk: &mut Desk, id: LinkId) {
        while let Some(mut writing) = self.begin_write(desk, id) {
            if let Some((half, outcome)) = writing.as_mut().now_or_never() {
                self.on_written(desk, id, half, outcome.is_ok());
                continue;
            }
            let Some(link) = self.all.get_mut(&id) else { return };
            let (written, abort) = abortable(async move {
                let (half, outcome) = writing.await;
                Done::Wrote(id, half, outcome)
            });
            link.other = Some(abort);
            self.others.push(Box::pin(written));
        }
    }

    /// The next write, or the closing of the stream if it was to be closed after the last; none if
    /// nothing waits.
    fn begin_write(&mut self, desk: &mut Desk, id: LinkId) -> Option<Writing<S>> {
        let link = self.all.get_mut(&id)?;
        let mut half = link.writer.take()?;
        let mut bytes = Vec::new();
        let is_flushed = desk.node.poll_transmit(id, WRITE_BYTES, &mut bytes) == 0;
        if is_flushed && link.ending == Ending::Open {
            link.writer = Some(half);
            return None;
        }
        if is_flushed {
            link.ending = Ending::Lingering;
        }
        Some(Box::pin(async move {
            let outcome = if is_flushed {
                half.close().await
            } else {
                write_and_flush(&mut half, &bytes).await
            };
            (half, outcome)
        }))
    }

    /// Begins the next read.
    fn read(&mut self, id: LinkId, mut half: ReadHalf<S>, mut buffer: Vec<u8>) {
        let Some(link) = self.all.get_mut(&id) else { return };
        let (read, abort) = abortable(async move {
            let outcome = half.read(&mut buffer).await;
            Read { link: id, half, buffer, outcome }
        });
        link.read = Some(abort);
        self.reads.push(Box::pin(read));
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
        desk.node.handle_input(desk.now, Input::LinkDown { link, cause })
    }

    pub(super) fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Read<S>> {
        poll_work(&mut self.reads, cx)
    }

    pub(super) fn poll_done(&mut self, cx: &mut Context<'_>) -> Poll<Done<S>> {
        poll_work(&mut self.others, cx)
    }
}

impl<S> Link<S> {
    fn new(writer: Option<WriteHalf<S>>) -> Self {
        Self { writer, is_up: true, ending: Ending::Open, until: None, read: None, other: None }
    }
}

/// The next that was not aborted.
fn poll_work<T>(work: &mut Work<T>, cx: &mut Context<'_>) -> Poll<T> {
    loop {
        match work.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(done))) => return Poll::Ready(done),
            Poll::Ready(Some(Err(Aborted))) => {}
            Poll::Ready(None) | Poll::Pending => return Poll::Pending,
        }
    }
}

async fn write_and_flush<W: AsyncWrite + Unpin>(to: &mut W, bytes: &[u8]) -> io::Result<()> {
    to.write_all(bytes).await?;
    to.flush().await
}
