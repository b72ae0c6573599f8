//! The items themselves: which are to be sent, which are wanted.

use alloc::vec::Vec;

use super::comparison::{Comparison, SEND_AHEAD};
use super::prefix::Prefix;
use super::short::Tag;
use super::sketch::Sketch;
use super::talk::{Talk, pack};
use crate::fault::Fault;
use crate::limits::{
    ANSWERS_MAX, ARRIVALS_CODED_MAX, DENIED_MAX, ITEMS_PER_FRAME_MAX, LEAF_ITEMS_MAX, WANTED_MAX,
};
use crate::log::Without;
use crate::message::Item;

impl Comparison {
    /// Sends whatever came since the bookmark.
    pub(super) fn send_all_since(&mut self) {
        self.stream = self.since.map(|since| since.here);
    }

    /// Sends an item, unless it came from the other end just now.
    pub(super) fn send(&mut self, position: u64, tag: Tag) {
        if position < self.begun.here {
            self.to_send.insert(position, tag);
        }
    }

    /// Asks for items by their tags.
    pub(super) fn want(&mut self, under: Option<Prefix>, tags: Vec<Tag>) {
        if !tags.is_empty() && !self.hopeless {
            self.to_want.push_back((under, tags));
        }
    }

    /// The other end does not have these. One that denies what it told of again and again is not
    /// asked any more (attack R11).
    pub(super) fn on_lacking(&mut self, tags: impl Iterator<Item = Tag>) {
        for tag in tags {
            if self.wanted.remove(&tag) {
                self.denied = self.denied.saturating_add(1);
            }
        }
        if self.denied > DENIED_MAX {
            self.give_up();
        }
    }

    /// Asks for nothing more in this comparison, and leaves open what it did not find out.
    pub(super) fn give_up(&mut self) {
        self.hopeless = true;
        self.whole = false;
        self.to_want.clear();
        self.wanted.clear();
        self.descent.give_up();
    }

    /// The other end asks for items.
    pub(super) fn on_want(
        &mut self,
        log: &Without<'_>,
        under: Option<Prefix>,
        tags: impl Iterator<Item = Tag>,
    ) -> Result<(), Fault> {
        let named = self.named(log, under);
        for tag in tags {
            let from = named.partition_point(|(of, _)| *of < tag);
            let same = named.get(from..).unwrap_or_default();
            let same = same.iter().take_while(|(of, _)| *of == tag);
            let found = same.map(|(tag, position)| (*position, *tag)).collect::<Vec<_>>();
            if found.is_empty() {
                self.lacking.push(tag);
            }
            self.to_send.extend(found);
        }
        let waiting = self.to_send.len().saturating_add(self.lacking.len());
        let most = ANSWERS_MAX.saturating_add(ARRIVALS_CODED_MAX);
        if waiting > most { Err(Fault::CreditExceeded) } else { Ok(()) }
    }

    /// Positions by the tags of their items, ascending: of what is under a prefix, or of arrivals.
    fn named(&self, log: &Without<'_>, under: Option<Prefix>) -> Vec<(Tag, u64)> {
        let Some(prefix) = under else {
            return self.sketch.as_deref().map(Sketch::named).unwrap_or_default();
        };
        // they were few when they were told of, and may be some more now, in leaves of their own
        let steps = prefix.steps();
        let mut items: Vec<(u64, Item)> = Vec::new();
        while items.len() <= LEAF_ITEMS_MAX.saturating_mul(2) {
            let page = log.page(&steps, items.last().map(|(_, item)| item));
            if page.is_empty() {
                break;
            }
            items.extend(page);
        }
        let mut named: Vec<(Tag, u64)> =
            items.iter().map(|(position, item)| (self.namer.tag(item), *position)).collect();
        named.sort_unstable();
        named
    }

    /// An item came from the other end; true if it was asked for.
    pub(super) fn arrived(&mut self, item: &Item) -> bool {
        !self.wanted.is_empty() && self.wanted.remove(&self.namer.tag(item))
    }

    /// Items that are to be sent next, by their positions: about as many as are worth a look.
    pub(super) fn next_items(&mut self, log: &Without<'_>) -> bool {
        self.fill(log);
        !self.to_send.is_empty()
    }

    /// Takes the next item that is to be sent, in the order of arrival. Those that have gone
    /// meanwhile are said to be lacking.
    pub(super) fn next_item(&mut self, log: &Without<'_>) -> Option<(u64, Item)> {
        while let Some(first) = self.to_send.first_entry() {
            let position = *first.key();
            if let Some(item) = log.at(position) {
                return Some((position, item));
            }
            self.lacking.push(first.remove());
        }
        None
    }

    /// That item was sent, or cannot be.
    pub(super) fn sent(&mut self, position: u64, sent: bool) {
        let Some(tag) = self.to_send.remove(&position) else { return };
        if !sent {
            self.lacking.push(tag);
        } else if self.sent.len() <= ARRIVALS_CODED_MAX {
            self.sent.push(position);
        }
    }

    /// Looks up what is to be sent, ahead of the credit.
    pub(super) fn fill(&mut self, log: &Without<'_>) {
        if let Some(from) = self.stream
            && self.to_send.len() < SEND_AHEAD
        {
            let (until, namer) = (self.begun.here, &self.namer);
            let mut rest = log.since(from).take_while(|(position, _)| *position < until);
            let run = rest.by_ref().take(SEND_AHEAD);
            self.to_send.extend(run.map(|(position, item)| (position, namer.tag(item))));
            self.stream = rest.next().map(|(position, _)| position);
        }
        while self.to_send.len() < SEND_AHEAD
            && self.to_want.len() < SEND_AHEAD
            && self.descent.has_jobs()
        {
            self.do_job(log);
        }
    }

    pub(super) fn next_want(&mut self) -> Option<Talk> {
        let room = WANTED_MAX.saturating_sub(self.wanted.len()).min(ITEMS_PER_FRAME_MAX);
        let (under, tags) = self.to_want.front_mut()?;
        let count = tags.len().min(room);
        if count == 0 {
            return None;
        }
        let named: Vec<Tag> = tags.drain(..count).collect();
        let under = *under;
        if tags.is_empty() {
            self.to_want.pop_front();
        }
        self.wanted.extend(named.iter().copied());
        Some(Talk::Want { under, tags: pack(named) })
    }
}
