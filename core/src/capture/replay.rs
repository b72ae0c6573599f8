//! Calls, made again.

use alloc::vec::Vec;
use core::fmt;

use super::call::{Call, Given, Moved, Rows};
use super::fold::{Fold, state};
use crate::database::{DatabaseExport, DatabaseImport, Exported};
use crate::id::LinkId;
use crate::input::{Input, LinkInfo};
use crate::node::Node;
use crate::output::Output;
use crate::time::Now;

/// A node of which calls are made that were logged of another.
#[derive(Debug, Default)]
pub struct Replay {
    node: Option<Node>,
    now: Now,
    calls: u64,
    fold: Fold,
    /// Exports and imports under way: the application holds them.
    exports: Vec<DatabaseExport>,
    imports: Vec<DatabaseImport>,
    state: Option<[u8; 32]>,
}

/// What is told of a replay.
#[derive(Debug)]
#[non_exhaustive]
pub enum Said<'a> {
    /// This call is made next.
    Call(&'a Call),
    /// The node wants this done.
    Output(&'a Output),
    /// The node gave so many bytes for a link.
    Bytes(LinkId, &'a [u8]),
}

/// The node said something other than it had said: behind the last call that acted, or before
/// the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Differs {
    /// The number of that call, counted from 1.
    pub call: u64,
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "after call {} the node said something else", self.call)
    }
}

impl core::error::Error for Differs {}

impl Replay {
    /// A replay that waits for the call that makes the node.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many calls have been made that acted: making the node, inputs and verbs.
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// What the clocks showed at the last call.
    pub fn now(&self) -> Now {
        self.now
    }

    /// The node as it is now; none before it is made.
    pub fn node(&self) -> Option<&Node> {
        self.node.as_ref()
    }

    /// A sum of all that the node has said so far.
    pub fn sum(&self) -> u64 {
        self.fold.sum()
    }

    /// A hash over the state in which the node is: over everything that it holds. It takes time in
    /// proportion to that.
    pub fn state(&self) -> Option<[u8; 32]> {
        self.state.or_else(|| self.node.as_ref().map(state))
    }

    /// Makes the next call, and tells what the node says to it.
    ///
    /// # Errors
    /// [`Differs`]: it said something else when this was logged. Nothing after that is worth
    /// anything.
    pub fn make(&mut self, call: Call, told: &mut dyn FnMut(Said<'_>)) -> Result<(), Differs> {
        told(Said::Call(&call));
        if call.acts() {
            self.calls = self.calls.saturating_add(1);
        }
        match self.call(call, told) {
            Some(()) => Ok(()),
            None => Err(Differs { call: self.calls }),
        }
    }

    /// None if something is other than it was.
    fn call(&mut self, call: Call, told: &mut dyn FnMut(Said<'_>)) -> Option<()> {
        let Some(node) = &mut self.node else { return self.begin(&call) };
        match call {
            Call::Make { .. } => return None,
            Call::Clock { now } => self.now = now,
            Call::Poll { count, check } => return self.poll(count, check, told),
            Call::Pull { link, limit } => {
                let mut bytes = Vec::new();
                node.poll_transmit(link, limit, &mut bytes);
                told(Said::Bytes(link, &bytes));
                self.fold.output(&Some(bytes.as_slice()));
            }
            Call::PullRun { link } => {
                let run = node.poll_transmit_run(link);
                if let Some(run) = &run {
                    told(Said::Bytes(link, run));
                }
                self.fold.output(&run.as_deref());
            }
            Call::End { sum, state: then } => {
                let now = state(node);
                self.state = Some(now);
                return (sum == self.fold.sum() && then == now).then_some(());
            }
            Call::Verb(verb) => verb.call(node, self.now, &mut self.fold),
            Call::Digest { seat } => self.fold.tell(&node.digest(seat)),
            Call::ExportDatabase { seat } => {
                let export = node.export_database(seat);
                self.fold.tell(&export);
                self.exports.extend(export);
            }
            Call::ExportPiece { moved, reading } => return self.export(moved, reading),
            Call::ImportDatabase { moved, bytes } => return self.import(moved, &bytes),
            Call::Accept { binding, remote } => {
                let info = LinkInfo { binding: &binding, remote: remote.as_ref() };
                self.fold.tell(&node.accept(self.now, info));
            }
            input => {
                let outcome = with_input(&input, |input| node.handle_input(self.now, input))?;
                if outcome.is_err() {
                    self.fold.tell(&outcome);
                }
            }
        }
        Some(())
    }

    fn begin(&mut self, call: &Call) -> Option<()> {
        let Call::Make { config, seed, now } = call else { return None };
        self.now = *now;
        self.node = Some(Node::new(config.clone(), seed, *now));
        Some(())
    }

    fn poll(&mut self, count: u64, check: [u8; 4], told: &mut dyn FnMut(Said<'_>)) -> Option<()> {
        let node = self.node.as_mut()?;
        for _ in 0..count / 2 {
            let output = node.poll_output()?;
            told(Said::Output(&output));
            self.fold.output(&output);
        }
        let is_drained = count.is_multiple_of(2) || node.poll_output().is_none();
        (is_drained && self.fold.check() == check).then_some(())
    }

    fn export(&mut self, moved: Moved, Given(reading): Given) -> Option<()> {
        let node = self.node.as_mut()?;
        let at = self.exports.iter().position(|export| Moved::of_export(export) == moved)?;
        let mut export = self.exports.swap_remove(at);
        export.reading = reading;
        let mut out = Vec::new();
        let outcome = node.export_piece(self.now, &mut export, &mut out);
        self.fold.tell(&outcome);
        self.fold.output(&Some(out.as_slice()));
        if matches!(outcome, Ok(Exported::Piece(_) | Exported::Reading(_))) {
            self.exports.push(export);
        }
        Some(())
    }

    fn import(&mut self, moved: Moved, bytes: &[u8]) -> Option<()> {
        let node = self.node.as_mut()?;
        let at = self.imports.iter().position(|import| Moved::of_import(import) == moved);
        let mut import = match at {
            Some(at) => self.imports.swap_remove(at),
            None => moved.begun()?,
        };
        let outcome = node.import_database(self.now, &mut import, bytes);
        self.fold.tell(&outcome);
        if outcome.is_ok() {
            self.imports.push(import);
        }
        Some(())
    }
}

/// Does something with the input that a call stands for; none if it stands for none.
fn with_input<T>(call: &Call, act: impl FnOnce(Input<'_>) -> T) -> Option<T> {
    Some(match call {
        Call::Tick {} => act(Input::Tick),
        Call::LinkUp { link, binding, remote } => {
            let info = LinkInfo { binding, remote: remote.as_ref() };
            act(Input::LinkUp { link: *link, info })
        }
        Call::Received { link, bytes } => act(Input::Received { link: *link, bytes }),
        Call::LinkDown { link, cause } => act(Input::LinkDown { link: *link, cause: *cause }),
        Call::Stored { ticket, outcome } => {
            act(Input::Stored { ticket: *ticket, outcome: *outcome })
        }
        Call::Loaded { ticket, outcome } => {
            let outcome = outcome.as_ref().map(Rows::as_loaded).map_err(|failure| *failure);
            act(Input::Loaded { ticket: *ticket, outcome })
        }
        Call::Found { beacon, addresses } => act(Input::Found { beacon: *beacon, addresses }),
        _ => return None,
    })
}

impl Moved {
    /// Where an export is.
    pub(super) fn of_export(export: &DatabaseExport) -> Self {
        let (digest, done) = export.mark();
        Self { seat: export.seat(), file: [0; 32], digest, done }
    }

    /// Where an import is.
    pub(super) fn of_import(import: &DatabaseImport) -> Self {
        let (file, digest, done) = import.mark();
        Self { seat: import.seat, file, digest, done }
    }

    /// An import that begins, if it is one.
    fn begun(self) -> Option<DatabaseImport> {
        let import = DatabaseImport::again(self.seat, self.file);
        (Self::of_import(&import) == self).then_some(import)
    }
}
