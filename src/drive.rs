//! The driver: one future that runs a node on a runtime, a transport and a store.

use core::fmt;
use core::future::{Future, pending, poll_fn};
use core::pin::pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;

use futures_channel::mpsc;
use futures_util::StreamExt as _;
use peergroup_core::{
    Address, Beacon, Config, DriverError, Input, Instant, Node, Output, Seed, StoreFailure,
};

use crate::discovery::Discovery;
use crate::events::Note;
use crate::handle::Handle;
use crate::runtime::Runtime;
use crate::store::{Entries, Store};
use crate::transport::{Opened, Transport};

mod desk;
mod links;
mod storing;

pub(crate) use desk::{Command, Desk};

use links::{Done, Links, Read};
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
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    Ok(Driver::new(config, &Seed::from_bytes(seed), runtime, transport, store))
}

/// A node and all that it runs on.
pub struct Driver<R, T: Transport, S> {
    desk: Desk,
    runtime: R,
    transport: Transporting<T>,
    links: Links<T::Stream>,
    storing: Storing<S>,
    discovery: Option<Box<dyn Discovery>>,
    commands: mpsc::Receiver<Command>,
    notes: mpsc::UnboundedReceiver<Note>,
    /// Which source of happenings is asked first: each in turn, so that none starves another.
    first: usize,
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
    Tick,
    Accepted(io::Result<Opened<S>>),
    Read(Read<S>),
    Done(Done<S>),
    Answered(Answer),
    /// None: nobody is left who could command.
    Commanded(Option<Command>),
    Noted(Note),
    Found(Beacon, Vec<Address>),
}

impl<R: Runtime, T: Transport, S: Store> Driver<R, T, S> {
    /// A driver with a seed of the caller's: a secret, fresh at each start.
    pub fn new(config: Config, seed: &Seed, runtime: R, transport: T, store: S) -> (Handle, Self) {
        let now = runtime.now();
        let mut node = Node::new(config, seed, now);
        node.listening_at(now, &transport.listening_at());
        let (to_commands, commands) = mpsc::channel(COMMANDS_MAX);
        let (to_notes, notes) = mpsc::unbounded();
        let driver = Self {
            desk: Desk::new(node, now),
            runtime,
            transport: Transporting { transport, accepts: true },
            links: Links::new(),
            storing: Storing::new(store),
            discovery: None,
            commands,
            notes,
            first: 0,
            end: None,
        };
        (Handle::new(to_commands, to_notes), driver)
    }

    /// Lets every group that is connected find its members by this, and be found.
    #[must_use]
    pub fn discover(mut self, by: impl Discovery) -> Self {
        self.desk.node.discover(self.desk.now);
        self.discovery = Some(Box::new(by));
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
    pub async fn run(mut self) -> Result<(), DriveError> {
        loop {
            self.perform()?;
            if self.has_ended() {
                self.finish().await;
                return Ok(());
            }
            let happening = self.wait().await;
            self.desk.now = self.runtime.now();
            self.turn(happening)?;
        }
    }

    /// Begins everything that the node wants done, and waits for none of it.
    fn perform(&mut self) -> Result<(), DriveError> {
        while let Some(output) = self.desk.node.poll_output() {
            match output {
                Output::Dial { link, to } => {
                    self.links.dial(link, self.transport.transport.dial(&to));
                }
                Output::Transmit { link } => self.links.on_transmit(&mut self.desk, link),
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
        self.storing.submit();
        self.desk.on_drained();
        match self.desk.started {
            Some(Err(failure)) => Err(DriveError::Store(failure)),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn has_ended(&self) -> bool {
        let is_late = self.end.is_some_and(|end| end <= self.desk.now.mono);
        self.end.is_some() && self.storing.is_idle() && (self.links.is_empty() || is_late)
    }

    /// Waits until something happens.
    async fn wait(&mut self) -> Happening<T::Stream> {
        let deadline = self.deadline();
        let takes_in = self.end.is_none() && !self.storing.is_congested();
        let takes_commands = takes_in && self.desk.started.is_some();
        self.first = self.first.wrapping_add(1);
        let Self { runtime, transport, links, storing, commands, notes, first, discovery, .. } =
            self;
        let mut timer = pin!(async {
            match deadline {
                Some(at) => runtime.sleep_until(at).await,
                None => pending().await,
            }
        });
        let mut accepted = pin!(transport.accept());
        let is_congested = storing.is_congested();
        let mut ask = |source: usize, cx: &mut Context<'_>| match source {
            0 => storing.poll_answer(cx).map(Happening::Answered),
            1 => links.poll_done(cx).map(Happening::Done),
            2 if !is_congested => links.poll_read(cx).map(Happening::Read),
            3 if takes_commands => commands.poll_next_unpin(cx).map(Happening::Commanded),
            4 => poll_some(notes, cx).map(Happening::Noted),
            5 if takes_in => accepted.as_mut().poll(cx).map(Happening::Accepted),
            6 => timer.as_mut().poll(cx).map(|()| Happening::Tick),
            7 if takes_in => poll_found(discovery, cx),
            _ => Poll::Pending,
        };
        poll_fn(|cx| {
            for source in (0..SOURCES).map(|offset| first.wrapping_add(offset) % SOURCES) {
                if let Poll::Ready(happening) = ask(source, cx) {
                    return Poll::Ready(happening);
                }
            }
            Poll::Pending
        })
        .await
    }

    fn deadline(&self) -> Option<Instant> {
        let node = self.desk.node.poll_timeout().map(|deadline| deadline.at);
        let end = self.end.filter(|end| *end > self.desk.now.mono);
        [node, self.links.next_deadline(), end].into_iter().flatten().min()
    }

    /// Tells the node what happened.
    fn turn(&mut self, happening: Happening<T::Stream>) -> Result<(), DriveError> {
        let desk = &mut self.desk;
        match happening {
            Happening::Tick => {
                desk.node.handle_input(desk.now, Input::Tick)?;
                self.links.on_time(desk)?;
            }
            Happening::Accepted(Ok(opened)) => self.links.accept(desk, opened),
            Happening::Accepted(Err(_)) => {
                self.transport.accepts = false;
                desk.node.listening_at(desk.now, &[]);
            }
            Happening::Read(read) => self.links.on_read(desk, read)?,
            Happening::Done(done) => self.links.on_done(desk, done)?,
            Happening::Answered(answer) => answered(desk, answer)?,
            Happening::Commanded(Some(command)) => command(desk),
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
        let Self { desk, transport, links, storing, discovery, .. } = self;
        drop((links, storing, discovery));
        transport.transport.close().await;
        drop(desk);
    }
}

/// How many sources of happenings there are.
const SOURCES: usize = 8;

impl<T: Transport> Transporting<T> {
    async fn accept(&mut self) -> io::Result<Opened<T::Stream>> {
        if self.accepts { self.transport.accept().await } else { pending().await }
    }
}

fn answered(desk: &mut Desk, answer: Answer) -> Result<(), DriverError> {
    match answer {
        Answer::Applied(tickets, outcome) => tickets.into_iter().try_for_each(|ticket| {
            desk.node.handle_input(desk.now, Input::Stored { ticket, outcome })?;
            desk.on_stored(ticket, outcome);
            Ok(())
        }),
        Answer::Loaded(ticket, outcome) => {
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
