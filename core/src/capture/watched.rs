//! A node whose calls are logged.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use bytes::Bytes;

use super::call::{Moved, number};
use super::code::{Code, write_all, write_bytes};
use super::fold::{Fold, state};
use crate::config::Config;
use crate::database::{DatabaseExport, DatabaseImport, Exported, Progress};
use crate::entropy::Seed;
use crate::error::{DatabaseError, DriverError, GroupError};
use crate::event::Seat;
use crate::id::LinkId;
use crate::input::{Input, LinkInfo};
use crate::node::Node;
use crate::output::{Output, Receipt};
use crate::time::Now;

/// A node; and a log of all its calls, until that is ended.
///
/// Whatever changes a node is a method of its own here, so there is no way past the log; whatever
/// only reads is the node's, to which this dereferences. Without a log it is the node and a test
/// whether there is one.
#[derive(Debug)]
pub struct Watched {
    node: Node,
    log: Option<Box<Log>>,
}

/// What was called, and is yet to be taken.
struct Log {
    bytes: Vec<u8>,
    now: Now,
    /// Outputs that were polled since the last entry.
    polled: u64,
    /// Whether none was left when they were polled.
    is_drained: bool,
    /// Whether the node said anything since its sum was written.
    has_told: bool,
    fold: Fold,
}

impl Watched {
    /// A node without a log.
    pub fn new(config: Config, seed: &Seed, now: Now) -> Self {
        Self { node: Node::new(config, seed, now), log: None }
    }

    /// A node with a log, from its first breath.
    pub fn logged(config: Config, seed: &Seed, now: Now) -> Self {
        let mut bytes = Vec::new();
        bytes.push(number::MAKE);
        config.write(&mut bytes);
        seed.write(&mut bytes);
        now.write(&mut bytes);
        let fold = Fold::default();
        let log = Log { bytes, now, polled: 0, is_drained: false, has_told: false, fold };
        Self { node: Node::new(config, seed, now), log: Some(Box::new(log)) }
    }

    /// Whether it is logged.
    pub fn is_logged(&self) -> bool {
        self.log.is_some()
    }

    /// What was logged since it was last taken, if that is so many bytes. It ends with a whole
    /// entry. What is logged next goes into the buffer that `room` gives: whatever is in that is
    /// lost.
    pub fn take_log(&mut self, least: usize, room: impl FnOnce() -> Vec<u8>) -> Option<Vec<u8>> {
        let log = self.log.as_mut().filter(|log| log.bytes.len() >= least)?;
        let mut room = room();
        room.clear();
        Some(core::mem::replace(&mut log.bytes, room))
    }

    /// Ends the log, and gives what is left of it. It ends with the state in which the node is: a
    /// hash over everything that it holds, which takes its time.
    pub fn end_log(&mut self) -> Option<Vec<u8>> {
        let mut log = self.log.take()?;
        log.entry(None, number::END);
        log.fold.sum().write(&mut log.bytes);
        state(&self.node).write(&mut log.bytes);
        Some(log.bytes)
    }

    /// Gives the log up.
    pub fn drop_log(&mut self) {
        self.log = None;
    }
}

/// The doors.
impl Watched {
    /// [`Node::handle_input`].
    ///
    /// # Errors
    /// As the node's.
    pub fn handle_input(&mut self, now: Now, input: Input<'_>) -> Result<(), DriverError> {
        if let Some(log) = &mut self.log {
            log.input(now, &input);
        }
        let outcome = self.node.handle_input(now, input);
        if outcome.is_err() {
            self.tell(&outcome);
        }
        outcome
    }

    /// [`Node::accept`].
    pub fn accept(&mut self, now: Now, info: LinkInfo<'_>) -> LinkId {
        if let Some(out) = self.begin(Some(now), number::ACCEPT) {
            info.binding.write(out);
            info.remote.cloned().write(out);
        }
        let link = self.node.accept(now, info);
        self.tell(&link);
        link
    }

    /// [`Node::poll_output`].
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.node.poll_output();
        if let Some(log) = &mut self.log {
            log.is_drained = output.is_none();
            if let Some(output) = &output {
                log.polled = log.polled.saturating_add(1);
                log.fold.output(output);
                log.has_told = true;
            }
        }
        output
    }

    /// [`Node::poll_transmit`].
    pub fn poll_transmit(&mut self, link: LinkId, limit: usize, out: &mut Vec<u8>) -> usize {
        if let Some(log) = &mut self.log {
            let entry = log.pull(number::PULL, link);
            limit.write(entry);
        }
        let before = out.len();
        let count = self.node.poll_transmit(link, limit, out);
        self.tell_bytes(out.get(before..));
        count
    }

    /// [`Node::poll_transmit_run`].
    pub fn poll_transmit_run(&mut self, link: LinkId) -> Option<Bytes> {
        if let Some(log) = &mut self.log {
            log.pull(number::PULL_RUN, link);
        }
        let run = self.node.poll_transmit_run(link);
        self.tell_bytes(run.as_deref());
        run
    }
}

/// What takes no `Now`, or is in the hands of the application meanwhile.
impl Watched {
    /// [`Node::digest`].
    ///
    /// # Errors
    /// As the node's.
    pub fn digest(&mut self, seat: Seat) -> Result<[u8; 32], GroupError> {
        if let Some(out) = self.begin(None, number::DIGEST) {
            seat.write(out);
        }
        let digest = self.node.digest(seat);
        self.tell(&digest);
        digest
    }

    /// [`Node::export_database`].
    ///
    /// # Errors
    /// As the node's.
    pub fn export_database(&mut self, seat: Seat) -> Result<DatabaseExport, DatabaseError> {
        if let Some(out) = self.begin(None, number::EXPORT_DATABASE) {
            seat.write(out);
        }
        let export = self.node.export_database(seat);
        self.tell(&export);
        export
    }

    /// [`Node::export_piece`].
    ///
    /// # Errors
    /// As the node's.
    pub fn export_piece(
        &mut self,
        now: Now,
        export: &mut DatabaseExport,
        out: &mut Vec<u8>,
    ) -> Result<Exported, DatabaseError> {
        if let Some(entry) = self.begin(Some(now), number::EXPORT_PIECE) {
            Moved::of_export(export).write(entry);
            export.reading.write(entry);
        }
        let before = out.len();
        let outcome = self.node.export_piece(now, export, out);
        self.tell(&outcome);
        self.tell_bytes(out.get(before..));
        outcome
    }

    /// [`Node::import_database`].
    ///
    /// # Errors
    /// As the node's.
    pub fn import_database(
        &mut self,
        now: Now,
        import: &mut DatabaseImport,
        bytes: &[u8],
    ) -> Result<Receipt<Progress>, DatabaseError> {
        if let Some(out) = self.begin(Some(now), number::IMPORT_DATABASE) {
            Moved::of_import(import).write(out);
            write_bytes(bytes, out);
        }
        let outcome = self.node.import_database(now, import, bytes);
        self.tell(&outcome);
        outcome
    }
}

impl Watched {
    /// Begins an entry, if there is a log.
    pub(super) fn begin(&mut self, now: Option<Now>, number: u8) -> Option<&mut Vec<u8>> {
        self.log.as_mut().map(|log| log.entry(now, number))
    }

    /// The node, for a call that is in the log.
    pub(super) fn node_mut(&mut self) -> &mut Node {
        &mut self.node
    }

    /// The node said this.
    pub(super) fn tell(&mut self, value: &impl fmt::Debug) {
        if let Some(log) = &mut self.log {
            log.fold.tell(value);
            log.has_told = true;
        }
    }

    fn tell_bytes(&mut self, bytes: Option<&[u8]>) {
        if let Some(log) = &mut self.log {
            log.fold.output(&bytes);
            log.has_told = true;
        }
    }
}

impl Deref for Watched {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}

impl Log {
    /// Begins an entry of a call that acts, at this time.
    fn entry(&mut self, now: Option<Now>, number: u8) -> &mut Vec<u8> {
        self.check();
        if let Some(now) = now.filter(|now| *now != self.now) {
            self.now = now;
            self.bytes.push(number::CLOCK);
            now.write(&mut self.bytes);
        }
        self.bytes.push(number);
        &mut self.bytes
    }

    /// Begins an entry of a pull.
    fn pull(&mut self, number: u8, link: LinkId) -> &mut Vec<u8> {
        if self.polled > 0 {
            self.check();
        }
        self.bytes.push(number);
        link.write(&mut self.bytes);
        &mut self.bytes
    }

    /// Writes down what was polled, and what all that the node said comes to.
    fn check(&mut self) {
        let polled = core::mem::take(&mut self.polled);
        let is_drained = core::mem::take(&mut self.is_drained);
        if core::mem::take(&mut self.has_told) {
            self.bytes.push(number::POLL);
            (polled.saturating_mul(2) | u64::from(is_drained)).write(&mut self.bytes);
            self.fold.check().write(&mut self.bytes);
        }
    }

    fn input(&mut self, now: Now, input: &Input<'_>) {
        let begun = match input {
            Input::Tick => number::TICK,
            Input::LinkUp { .. } => number::LINK_UP,
            Input::Received { .. } => number::RECEIVED,
            Input::LinkDown { .. } => number::LINK_DOWN,
            Input::Stored { .. } => number::STORED,
            Input::Loaded { .. } => number::LOADED,
            Input::Found { .. } => number::FOUND,
        };
        let out = self.entry(Some(now), begun);
        match input {
            Input::Tick => {}
            Input::LinkUp { link, info } => {
                link.write(out);
                info.binding.write(out);
                info.remote.cloned().write(out);
            }
            Input::Received { link, bytes } => {
                link.write(out);
                write_bytes(bytes, out);
            }
            Input::LinkDown { link, cause } => (*link, *cause).write(out),
            Input::Stored { ticket, outcome } => (*ticket, *outcome).write(out),
            Input::Loaded { ticket, outcome } => {
                ticket.write(out);
                let owned = outcome.map(|loaded| (loaded.entries.to_vec(), loaded.more));
                owned.write(out);
            }
            Input::Found { beacon, addresses } => {
                beacon.write(out);
                write_all(addresses, out);
            }
        }
    }
}

impl fmt::Debug for Log {
    /// Shows no content: the seed is in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}
