//! The driver: one future that runs a node on a runtime, a transport and a store.

use core::fmt;
use core::future::{Future as _, pending, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use std::io;

use futures_channel::mpsc;
use futures_util::StreamExt as _;
use peergroup_core::{
    Address, Beacon, Config, DriverError, Input, Instant, Now, Output, Seed, StoreFailure,
};

use crate::counters::count;
use crate::discovery::Discovery;
use crate::events::Note;
use crate::handle::Handle;
#[cfg(feature = "recorder")]
use crate::recorder::Recorder;
use crate::runtime::Runtime;
use crate::store::{Entries, Store};
use crate::transport::{Opened, Transport};

mod bells;
mod desk;
mod links;
mod recording;
mod storing;
mod stream;
mod watch;

pub(crate) use desk::{Command, Desk, Node};

use links::{Dialled, Links, Readable};
use recording::Recording;
use storing::{Answer, Storing};

/// Commands that may wait, beside one for each caller that waits for its answer.
const COMMANDS_MAX: usize = 64;
/// How long the end of a driver waits until its links are flushed and closed.
const FAREWELL: Duration = Duration::from_secs(5);

/// Makes a node with a seed from the operating system: a handle to use it, and the driver to run.
///
/// Nothing happens until the driver runs: see [`Driver::run`].
///
/// # Errors
/// The operating system gives no random bytes.
pub fn new<R: Runtime, T: Transport, S: Store>(
    config: Config,
    runtime: R,
    transport: T,
    store: S,
) -> io::Result<(Handle, Driver<R, T, S>)> {
    Ok(Driver::new(config, &fresh_seed()?, runtime, transport, store))
}

/// A seed from the operating system.
pub(crate) fn fresh_seed() -> io::Result<Seed> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    Ok(Seed::from_bytes(seed))
}

/// A node and all that it runs on.
pub struct Driver<R, T: Transport, S> {
    runtime: R,
    engine: Engine<T, S>,
}

/// What a driver drives.
struct Engine<T: Transport, S> {
    desk: Desk,
    transport: Transporting<T>,
    links: Links<T::Stream>,
    storing: Storing<S>,
    discovery: Option<Box<dyn Discovery>>,
    recording: Recording,
    commands: mpsc::Receiver<Command>,
    notes: mpsc::UnboundedReceiver<Note>,
    /// Whether a dial has begun in this turn.
    has_dialled: bool,
    /// When a driver that is to end ends at the latest.
    end: Option<Instant>,
}

/// A transport, until it accepts no more.
struct Transporting<T> {
    transport: T,
    accepts: bool,
}

/// What a driver waits for.
enum Happening<S> {
    Accepted(io::Result<Opened<S>>),
    Dialled(Dialled<S>),
    Readable(Readable),
    Answered(Answer),
    /// None: nobody is left who could command.
    Commanded(Option<Command>),
    Noted(Note),
    Found(Beacon, Vec<Address>),
}

/// What came of a turn.
enum Turn {
    /// More may have happened.
    Busy,
    /// Whatever happens next wakes the driver.
    Idle,
    /// The driver has ended.
    Ended,
}

impl<R: Runtime, T: Transport, S: Store> Driver<R, T, S> {
    /// A driver with a seed of the caller's: a secret, fresh at each start.
    pub fn new(config: Config, seed: &Seed, runtime: R, transport: T, store: S) -> (Handle, Self) {
        let now = runtime.now();
        let node = Node::new(config, seed, now);
        Self::of(node, Recording::default(), now, runtime, transport, store)
    }

    /// The same, and everything that happens to the node is recorded.
    #[cfg(feature = "recorder")]
    pub fn recorded(
        recorder: Recorder,
        config: Config,
        seed: &Seed,
        runtime: R,
        transport: T,
        store: S,
    ) -> (Handle, Self) {
        let now = runtime.now();
        let node = Node::logged(config, seed, now);
        Self::of(node, Recording::by(recorder), now, runtime, transport, store)
    }

    fn of(
        mut node: Node,
        recording: Recording,
        now: Now,
        runtime: R,
        transport: T,
        store: S,
    ) -> (Handle, Self) {
        node.listening_at(now, &transport.listening_at());
        let (to_commands, commands) = mpsc::channel(COMMANDS_MAX);
        let (to_notes, notes) = mpsc::unbounded();
        let engine = Engine {
            desk: Desk::new(node, now),
            transport: Transporting { transport, accepts: true },
            links: Links::new(),
            storing: Storing::new(store),
            discovery: None,
            recording,
            commands,
            notes,
            has_dialled: false,
            end: None,
        };
        (Handle::new(to_commands, to_notes), Self { runtime, engine })
    }

    /// Lets every group that is connected find its members by this, and be found.
    #[must_use]
    pub fn discover(mut self, by: impl Discovery) -> Self {
        let engine = &mut self.engine;
        engine.desk.node.discover(engine.desk.now);
        engine.discovery = Some(Box::new(by));
        self
    }

    /// Runs the node until [`Handle::shutdown`] is called, or until every handle is dropped.
    ///
    /// This one future is all there is to run: spawn it, or block on it beside your own code. It
    /// spawns nothing and never waits for a peer. Dropping it ends the node like a crash: what was
    /// acknowledged is in the store.
    ///
    /// # Errors
    /// [`DriveError`]: the node could not start, or cannot go on.
    pub async fn run(self) -> Result<(), DriveError> {
        let Self { runtime, mut engine } = self;
        // set anew only if it would ring too late
        let mut alarm = pin!(None);
        let mut rings_at = Instant::MAX;
        let ended = poll_fn(|cx| {
            engine.desk.now = runtime.now();
            match engine.turn(cx)? {
                Turn::Ended => return Poll::Ready(Ok::<(), DriveError>(())),
                // whoever else is on this thread has its turn first
                Turn::Busy => cx.waker().wake_by_ref(),
                Turn::Idle => {}
            }
            let Some(due) = engine.deadline() else { return Poll::Pending };
            if due < rings_at {
                alarm.set(Some(runtime.sleep_until(due)));
                rings_at = due;
            }
            if let Some(sleep) = alarm.as_mut().as_pin_mut() {
                ready!(sleep.poll(cx));
            }
            alarm.set(None);
            rings_at = Instant::MAX;
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        ended.await?;
        engine.finish().await;
        Ok(())
    }
}

impl<T: Transport, S: Store> Engine<T, S> {
    /// Deals with what is due and with what has happened, a share of each kind, so that none
    /// starves another; and then writes, so that what belongs together goes together.
    fn turn(&mut self, cx: &mut Context<'_>) -> Result<Turn, DriveError> {
        if self.deadline().is_some_and(|due| due <= self.desk.now.mono) {
            self.desk.node.handle_input(self.desk.now, Input::Tick)?;
            self.links.on_time(&mut self.desk)?;
        }
        self.perform()?;
        self.links.listen(cx);
        let mut is_busy = false;
        for source in 0..SOURCES {
            let mut share = 0..SHARE;
            while let Poll::Ready(happening) = self.poll_source(source, cx) {
                self.on_happening(happening)?;
                self.perform()?;
                if share.next().is_none() {
                    is_busy = true;
                    break;
                }
            }
        }
        self.links.flush(&mut self.desk);
        // what was begun after its kind was asked is asked soon
        is_busy |= self.storing.submit() | core::mem::take(&mut self.has_dialled);
        Ok(match is_busy {
            _ if self.has_ended() => Turn::Ended,
            true => Turn::Busy,
            false => Turn::Idle,
        })
    }

    fn poll_source(&mut self, source: usize, cx: &mut Context<'_>) -> Poll<Happening<T::Stream>> {
        let is_congested = self.storing.is_congested();
        let takes_in = self.end.is_none() && !is_congested;
        let takes_commands = takes_in && self.desk.started.is_some();
        match source {
            0 => self.storing.poll_answer(cx).map(Happening::Answered),
            1 => self.links.poll_dialled(cx).map(Happening::Dialled),
            2 if takes_in => pin!(self.transport.accept()).poll(cx).map(Happening::Accepted),
            3 if !is_congested => self.links.poll_readable().map(Happening::Readable),
            4 if takes_commands => self.commands.poll_next_unpin(cx).map(Happening::Commanded),
            5 => poll_some(&mut self.notes, cx).map(Happening::Noted),
            6 if takes_in => poll_found(&mut self.discovery, cx),
            _ => Poll::Pending,
        }
    }

    /// Begins everything that the node wants done, and waits for none of it.
    fn perform(&mut self) -> Result<(), DriveError> {
        while let Some(output) = self.desk.node.poll_output() {
            match output {
                Output::Dial { link, to } => {
                    self.desk.watch.dial(link, &to);
                    self.links.dial(link, self.transport.transport.dial(&to));
                    self.has_dialled = true;
                }
                Output::Transmit { link } => self.links.on_transmit(link),
                Output::Hangup { link } => self.links.on_hangup(&mut self.desk, link)?,
                Output::Store { ticket, op } => self.storing.apply(ticket, op),
                Output::Load { ticket, query } => self.storing.load(ticket, query),
                Output::Event { to, event } => self.desk.on_event(to, event),
                Output::Advertise { seat, beacon, addresses } => {
                    if let Some(discovery) = &mut self.discovery {
                        discovery.advertise(seat, beacon, &addresses);
                    }
                }
                Output::Conceal { seat } => {
                    if let Some(discovery) = &mut self.discovery {
                        discovery.conceal(seat);
                    }
                }
                Output::Notice(notice) => self.desk.on_notice(&notice),
                _ => return Err(DriveError::Unknown),
            }
        }
        self.desk.on_drained();
        self.recording.look(&mut self.desk);
        match self.desk.started {
            Some(Err(failure)) => Err(DriveError::Store(failure)),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn has_ended(&self) -> bool {
        let is_late = self.end.is_some_and(|end| end <= self.desk.now.mono);
        self.end.is_some() && self.storing.is_idle() && (self.links.is_empty() || is_late)
    }

    /// When something is to be done next, whatever happens before.
    fn deadline(&self) -> Option<Instant> {
        let node = self.desk.node.poll_timeout().map(|deadline| deadline.at);
        let end = self.end.filter(|end| *end > self.desk.now.mono);
        [node, self.links.next_deadline(), end].into_iter().flatten().min()
    }

    /// Tells the node what happened.
    fn on_happening(&mut self, happening: Happening<T::Stream>) -> Result<(), DriveError> {
        let desk = &mut self.desk;
        match happening {
            Happening::Accepted(Ok(opened)) => self.links.accept(desk, opened),
            Happening::Accepted(Err(_)) => {
                self.transport.accepts = false;
                desk.node.listening_at(desk.now, &[]);
            }
            Happening::Readable(readable) => self.links.on_readable(desk, &readable)?,
            Happening::Dialled(dialled) => self.links.on_dialled(desk, dialled)?,
            Happening::Answered(answer) => answered(desk, answer)?,
            Happening::Commanded(Some(command)) => {
                count(&mut desk.watch.counters.commands);
                command(desk);
            }
            Happening::Commanded(None) => self.begin_to_end(),
            Happening::Noted(note) => desk.on_note(note),
            Happening::Found(beacon, addresses) => {
                let found = Input::Found { beacon, addresses: &addresses };
                desk.node.handle_input(desk.now, found)?;
            }
        }
        if self.end.is_none() && self.desk.is_told_to_end() {
            self.begin_to_end();
        }
        Ok(())
    }

    fn begin_to_end(&mut self) {
        self.commands.close();
        self.desk.node.shutdown(self.desk.now);
        self.end = Some(self.desk.now.mono.after(FAREWELL));
    }

    /// Whoever waits for the end finds the store closed and the address free.
    async fn finish(self) {
        let Self { mut desk, transport, links, storing, discovery, recording, .. } = self;
        drop((links, storing, discovery));
        transport.transport.close().await;
        recording.finish(&mut desk).await;
        drop(desk);
    }
}

/// How many sources of happenings there are.
const SOURCES: usize = 7;
/// What happens of one kind in a turn, at most.
const SHARE: usize = 16;

impl<T: Transport> Transporting<T> {
    async fn accept(&mut self) -> io::Result<Opened<T::Stream>> {
        if self.accepts { self.transport.accept().await } else { pending().await }
    }
}

fn answered(desk: &mut Desk, answer: Answer) -> Result<(), DriverError> {
    match answer {
        Answer::Applied(tickets, outcome) => {
            desk.watch.stored(tickets.len(), outcome);
            tickets.into_iter().try_for_each(|ticket| {
                desk.node.handle_input(desk.now, Input::Stored { ticket, outcome })?;
                desk.on_stored(ticket, outcome);
                Ok(())
            })
        }
        Answer::Loaded(ticket, outcome) => {
            desk.watch.loaded(outcome.as_ref().map(drop).map_err(|failure| *failure));
            let outcome = outcome.as_ref().map(Entries::as_loaded).map_err(|failure| *failure);
            desk.node.handle_input(desk.now, Input::Loaded { ticket, outcome })
        }
    }
}

fn poll_found<S>(
    discovery: &mut Option<Box<dyn Discovery>>,
    cx: &mut Context<'_>,
) -> Poll<Happening<S>> {
    match discovery {
        Some(discovery) => {
            discovery.poll_found(cx).map(|(beacon, at)| Happening::Found(beacon, at))
        }
        None => Poll::Pending,
    }
}

fn poll_some<T>(from: &mut mpsc::UnboundedReceiver<T>, cx: &mut Context<'_>) -> Poll<T> {
    match from.poll_next_unpin(cx) {
        Poll::Ready(Some(item)) => Poll::Ready(item),
        Poll::Ready(None) | Poll::Pending => Poll::Pending,
    }
}

impl<R, T: Transport, S> fmt::Debug for Driver<R, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

/// Why a driver ended although nobody told it to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DriveError {
    /// The store could not be read at the start.
    Store(StoreFailure),
    /// The driver broke its contract with the node: a mistake in the driver.
    Driver(DriverError),
    /// The node wants something of which this driver does not know.
    Unknown,
}

impl From<DriverError> for DriveError {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl fmt::Display for DriveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(failure) => failure.fmt(f),
            Self::Driver(error) => error.fmt(f),
            Self::Unknown => f.write_str("the node wants something unknown"),
        }
    }
}

impl core::error::Error for DriveError {}
