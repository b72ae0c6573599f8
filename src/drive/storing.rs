//! Store operations, applied in the order of their tickets.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use peergroup_core::{LoadQuery, StoreFailure, StoreOp, Ticket};

use crate::store::{Entries, Store};

/// Operations that are made durable together, at most.
const GATHERED_MAX: usize = 256;
/// Operations that may wait before the driver stops reading: of at most 64 KiB each, mostly less.
const WAITING_MAX: usize = 1024;

enum Job {
    Apply(Ticket, StoreOp),
    Load(Ticket, LoadQuery),
}

/// What a store answered.
pub(super) enum Answer {
    /// These operations ended, all alike.
    Applied(Vec<Ticket>, Result<(), StoreFailure>),
    /// A question was answered.
    Loaded(Ticket, Result<Entries, StoreFailure>),
}

/// A store and what waits for it.
///
/// What comes while an operation is being applied is gathered and applied as one (group commit).
/// A question is put only after everything that it must see, and before everything that it must
/// not.
pub(super) struct Storing<S> {
    store: S,
    waiting: VecDeque<Job>,
    is_applying: bool,
    answers: FuturesUnordered<Pin<Box<dyn Future<Output = Answer> + Send>>>,
}

impl<S: Store> Storing<S> {
    pub(super) fn new(store: S) -> Self {
        Self {
            store,
            waiting: VecDeque::new(),
            is_applying: false,
            answers: FuturesUnordered::new(),
        }
    }

    pub(super) fn apply(&mut self, ticket: Ticket, op: StoreOp) {
        self.waiting.push_back(Job::Apply(ticket, op));
    }

    pub(super) fn load(&mut self, ticket: Ticket, query: LoadQuery) {
        self.waiting.push_back(Job::Load(ticket, query));
    }

    /// Whether so much waits that nothing more should be taken in.
    pub(super) fn is_congested(&self) -> bool {
        self.waiting.len() >= WAITING_MAX
    }

    /// Whether nothing waits and nothing is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.answers.is_empty()
    }

    /// Hands the store what it can be handed now. False if that is nothing.
    pub(super) fn submit(&mut self) -> bool {
        let before = self.answers.len();
        while let Some(job) = self.waiting.pop_front() {
            match job {
                Job::Load(ticket, query) => {
                    let loaded = self.store.load(query);
                    self.answers
                        .push(Box::pin(async move { Answer::Loaded(ticket, loaded.await) }));
                }
                Job::Apply(..) if self.is_applying => {
                    self.waiting.push_front(job);
                    break;
                }
                Job::Apply(ticket, op) => self.submit_with(ticket, op),
            }
        }
        self.answers.len() > before
    }

    /// Submits an operation, and those that wait right behind it.
    fn submit_with(&mut self, first: Ticket, op: StoreOp) {
        let (mut tickets, mut ops) = (vec![first], vec![op]);
        while tickets.len() < GATHERED_MAX {
            match self.waiting.pop_front() {
                Some(Job::Apply(ticket, op)) => {
                    tickets.push(ticket);
                    ops.push(op);
                }
                Some(job @ Job::Load(..)) => {
                    self.waiting.push_front(job);
                    break;
                }
                None => break,
            }
        }
        let applied = self.store.apply(ops);
        self.is_applying = true;
        self.answers.push(Box::pin(async move { Answer::Applied(tickets, applied.await) }));
    }

    pub(super) fn poll_answer(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        if self.answers.is_empty() {
            return Poll::Pending;
        }
        match self.answers.poll_next_unpin(cx) {
            Poll::Ready(Some(answer)) => {
                if let Answer::Applied(..) = answer {
                    self.is_applying = false;
                }
                Poll::Ready(answer)
            }
            Poll::Ready(None) | Poll::Pending => Poll::Pending,
        }
    }
}

#[cfg(test)]
mod tests;
