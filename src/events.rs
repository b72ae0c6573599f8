//! Events on their way from the driver to the application.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_channel::mpsc::UnboundedSender;
use futures_util::Stream;
use peergroup_core::limits::EVENTS_MAX;
use peergroup_core::{ConnectionId, Event, RegistrationId, Seat, UploadId};

/// What the application tells the driver without waiting for an answer. There are never more of
/// these than registrations, messages that were handed out, and verbs that were under way.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Note {
    /// A message of this connection was taken.
    Taken(ConnectionId),
    /// Nobody pulls these events any more.
    Unregister(RegistrationId),
    /// Nobody will use this upload.
    Abandon(Seat, UploadId),
    /// Nobody waits for this connection any more.
    Close(ConnectionId),
}

/// A registration for events of a group: pull them with [`next`](Self::next), or as a `Stream`.
///
/// At most [`EVENTS_MAX`] wait; what comes while so many wait is dropped, and one
/// [`Event::Lagged`] says how many. Messages of direct connections are never dropped: their sender
/// may send on only when they are pulled.
///
/// Dropping this ends the registration. It keeps no driver alive.
pub struct Events {
    registration: RegistrationId,
    inbox: Arc<Inbox>,
    notes: UnboundedSender<Note>,
}

impl Events {
    pub(crate) fn new(registration: RegistrationId, notes: UnboundedSender<Note>) -> Self {
        Self { registration, inbox: Arc::default(), notes }
    }

    /// Where the driver is to put the events.
    pub(crate) fn inbox(&self) -> Arc<Inbox> {
        Arc::clone(&self.inbox)
    }

    /// Waits for the next event. None if there will be no more: the group is closed, or the driver
    /// gone. Dropping the future loses nothing.
    pub async fn next(&mut self) -> Option<Event> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    /// The next event, if one waits.
    pub fn try_next(&mut self) -> Option<Event> {
        let event = self.inbox.state().pop()?;
        self.take(&event);
        Some(event)
    }

    fn poll_event(&mut self, cx: &Context<'_>) -> Poll<Option<Event>> {
        let mut state = self.inbox.state();
        match state.pop() {
            Some(event) => {
                drop(state);
                self.take(&event);
                Poll::Ready(Some(event))
            }
            None if state.ended => Poll::Ready(None),
            None => {
                state.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn take(&self, event: &Event) {
        if let Event::Data { connection, .. } = event {
            // Without a driver there is nobody to be told.
            self.notes.unbounded_send(Note::Taken(*connection)).ok();
        }
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.poll_event(cx)
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.inbox.state().ended = true;
        while self.try_next().is_some() {}
        self.notes.unbounded_send(Note::Unregister(self.registration)).ok();
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("registration", &self.registration).finish_non_exhaustive()
    }
}

/// The events of one registration that wait to be pulled.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<Event>,
    missed: u64,
    /// Nothing more is put in: the driver has ended it, or the application dropped it.
    ended: bool,
    waker: Option<Waker>,
}

impl Inbox {
    /// Puts an event in. False if it has ended.
    pub(crate) fn push(&self, event: Event) -> bool {
        let mut state = self.state();
        if state.ended {
            return false;
        }
        state.push(event);
        state.wake();
        true
    }

    /// What is in can still be pulled, then nothing more.
    pub(crate) fn end(&self) {
        let mut state = self.state();
        state.ended = true;
        state.wake();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that could panic runs under the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, event: Event) {
        let may_drop = event.kind() != Some(peergroup_core::EventKind::Data);
        if may_drop && (self.events.len() >= EVENTS_MAX || self.missed > 0) {
            let dropped = if let Event::Lagged { missed } = event { missed } else { 1 };
            self.missed = self.missed.saturating_add(dropped);
        } else {
            self.events.push_back(event);
        }
    }

    fn pop(&mut self) -> Option<Event> {
        self.events.pop_front().or_else(|| {
            let missed = core::mem::take(&mut self.missed);
            (missed > 0).then_some(Event::Lagged { missed })
        })
    }

    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
mod tests;
