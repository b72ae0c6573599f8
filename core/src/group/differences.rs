//! What one set of this node and of one neighbour differ in, as far as that is known.

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use crate::id::Instance;
use crate::key::PeerId;
use crate::limits::{BOOKMARKS_MAX, DECLINED_MAX, ITEMS_PER_FRAME_MAX};
use crate::message::{Item, Message, Set};
use crate::reconcile::{Mark, Session};

/// How far one set has come with one neighbour.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) session: Session,
    /// What answers the neighbour's comparison, until there is the credit for it.
    pub(super) answer: Option<Box<Message>>,
    /// Once everything the neighbour has was had.
    pub(super) settled: bool,
    /// How long to wait before the next comparison, if this one shows a difference.
    pub(super) wait: Duration,
    /// Sent by the neighbour and not kept here: the neighbour leaves it out of what it compares.
    declined: BTreeSet<Item>,
    /// Those that the neighbour has not been told of.
    to_decline: BTreeSet<Item>,
    /// Those that may be kept now, and the neighbour has not been told so.
    to_reconsider: BTreeSet<Item>,
    /// Of this node's items those that the neighbour does not keep, ascending.
    refused: Vec<Item>,
}

/// The marks of neighbours whose links are down, of both sets. They hold as long as both ends run:
/// a node that starts anew is another instance, and counts its positions anew.
#[derive(Debug, Default)]
pub(super) struct Marks(VecDeque<((PeerId, Instance), [Mark; 2])>);

impl Marks {
    /// Keeps the marks of a neighbour; those kept for longest make room.
    pub(super) fn keep(&mut self, of: (PeerId, Instance), marks: [Mark; 2]) {
        if self.0.len() >= BOOKMARKS_MAX {
            self.0.pop_front();
        }
        self.0.push_back((of, marks));
    }

    /// Takes the marks of a neighbour.
    pub(super) fn take(&mut self, of: (PeerId, Instance)) -> [Mark; 2] {
        let at = self.0.iter().position(|(it, _)| *it == of);
        at.and_then(|at| self.0.remove(at)).map(|(_, marks)| marks).unwrap_or_default()
    }
}

impl Exchange {
    pub(super) const fn new(session: Session) -> Self {
        Self {
            session,
            answer: None,
            settled: false,
            wait: Duration::ZERO,
            declined: BTreeSet::new(),
            to_decline: BTreeSet::new(),
            to_reconsider: BTreeSet::new(),
            refused: Vec::new(),
        }
    }

    /// Of this node's items those that the neighbour does not keep, ascending.
    pub(super) fn refused(&self) -> &[Item] {
        &self.refused
    }

    /// The neighbour does not keep an item of this node's. Beyond the bound it is found to differ
    /// every time.
    pub(super) fn refuse(&mut self, item: Item) {
        if self.refused.len() < DECLINED_MAX
            && let Err(at) = self.refused.binary_search(&item)
        {
            self.refused.insert(at, item);
        }
    }

    /// The neighbour may keep an item now, or this node has it no longer.
    pub(super) fn refuse_no_more(&mut self, item: &Item) {
        if let Ok(at) = self.refused.binary_search(item) {
            self.refused.remove(at);
        }
    }

    /// Remembers that an item was not kept here.
    pub(super) fn decline(&mut self, item: Item) {
        let is_new = self.declined.len() < DECLINED_MAX && self.declined.insert(item);
        if is_new && !self.to_reconsider.remove(&item) {
            self.to_decline.insert(item);
        }
    }

    /// Whether the neighbour sent an item that was not kept here, and may not be now.
    pub(super) fn has_declined(&self, item: &Item) -> bool {
        self.declined.contains(item)
    }

    /// An item may be kept now, or is.
    pub(super) fn reconsider(&mut self, item: &Item) {
        if self.declined.remove(item) && !self.to_decline.remove(item) {
            self.to_reconsider.insert(*item);
        }
    }

    /// What was not kept here may be kept now, but for what waits here anyway.
    pub(super) fn reconsider_all(&mut self, waits: impl Fn(&Item) -> bool) {
        let all: Vec<Item> = self.declined.iter().filter(|item| !waits(item)).copied().collect();
        for item in &all {
            self.reconsider(item);
        }
    }

    /// The next message about what is not kept here, or may be.
    pub(super) fn next_verdict(&mut self, set: Set) -> Option<Message> {
        let take = |from: &mut BTreeSet<Item>| {
            core::iter::from_fn(|| from.pop_first()).take(ITEMS_PER_FRAME_MAX).collect()
        };
        if !self.to_decline.is_empty() {
            Some(Message::Declined { set, items: take(&mut self.to_decline) })
        } else if !self.to_reconsider.is_empty() {
            Some(Message::Reconsidered { set, items: take(&mut self.to_reconsider) })
        } else {
            None
        }
    }

    /// Whether there is anything to say or to send, were there the credit.
    pub(super) fn has_work(&self) -> bool {
        self.answer.is_some()
            || !self.to_decline.is_empty()
            || !self.to_reconsider.is_empty()
            || self.session.has_work()
    }

    /// Counts what waits and what is remembered.
    #[cfg(feature = "simulation")]
    pub(super) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        use crate::limits::{HELD_MAX, TO_SEND_MAX, TO_WANT_MAX, WANTED_MAX};
        let told = self.declined.len().max(self.to_decline.len()).max(self.refused.len());
        usage.note("items declined of one neighbour", told, DECLINED_MAX);
        let [to_send, to_want, wanted, held] = self.session.gauges();
        usage.note("items to ask one neighbour for", to_want, TO_WANT_MAX);
        usage.note("items wanted from one neighbour", wanted, WANTED_MAX);
        usage.note("items to send to one neighbour", to_send, TO_SEND_MAX);
        usage.note("places of a set heard from one neighbour", held, HELD_MAX);
    }
}
