//! Two replicas of a set and what it costs to bring them together, without any node: for what
//! measures, and for tests of the protocol itself.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::codec::encode;
use crate::fault::Fault;
use crate::frame::PREFIX_BYTES;
use crate::handshake::LinkKey;
use crate::limits::{CLASS_WINDOW, FRAME_BYTES_MAX};
use crate::log::Log;
use crate::message::{Class, Item, Set};
use crate::reconcile::talk::{Answer, Bookmark, Hello, Talk};
use crate::reconcile::{Mark, Over, Session};

/// Bytes of lists that one end may say ahead of what the other has paid for.
const WINDOW: usize = CLASS_WINDOW as usize;

/// A replica of a set of items, which are hashes.
#[derive(Debug)]
#[doc(hidden)]
pub struct Replica {
    log: Log,
    /// What came from others, if that is kept apart.
    apart: Option<Vec<Item>>,
}

impl Default for Replica {
    fn default() -> Self {
        Self { log: Log::new(), apart: None }
    }
}

impl Replica {
    /// Adds an item; false if it is there already.
    pub fn insert(&mut self, item: Item) -> bool {
        self.log.insert(item)
    }

    /// From now on, what comes from others is kept apart until it is taken in: as in a node, where
    /// it comes to the set once it is stored.
    pub fn keep_apart(&mut self) {
        self.apart.get_or_insert_default();
    }

    /// Takes in what was kept apart, and gives how many items of that were there already.
    pub fn take_in(&mut self) -> usize {
        let apart = self.apart.take().unwrap_or_default();
        apart.into_iter().filter(|item| !self.insert(*item)).count()
    }

    /// An item came from another; false if it is known to be there already.
    fn arrived(&mut self, item: Item) -> bool {
        match &mut self.apart {
            Some(apart) => apart.push(item),
            None => return self.insert(item),
        }
        true
    }

    /// Takes an item out.
    pub fn remove(&mut self, item: &Item) {
        self.log.remove(item);
    }

    /// The root over all items.
    pub fn root(&mut self) -> Item {
        self.log.root()
    }

    /// How many items came so far.
    pub fn position(&self) -> u64 {
        self.log.next()
    }

    /// How many items there are.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What it cost two replicas to find out what they differ in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
#[doc(hidden)]
pub struct Met {
    /// Bytes both ways until all that differs was named or sent, frames' headers included, but for
    /// the items themselves.
    pub bytes: usize,
    /// Messages one way, each all that one end has to say before it hears from the other, until
    /// all that differs was named or sent.
    pub flights: usize,
    /// Items that were sent.
    pub items: usize,
    /// Of those, items that the receiver had.
    pub known: usize,
    /// Whether the roots were equal from the start.
    pub equal: bool,
}

/// Lets the first of two replicas open a comparison, and brings them together as far as that does.
/// `since`: positions in both logs, before which nothing differs.
#[doc(hidden)]
pub fn meet(replicas: [&mut Replica; 2], link: [u8; 32], since: Option<(u64, u64)>) -> Met {
    let [one, two] = replicas;
    let mut meeting = Meeting::new([one, two], link);
    if let Some((here, there)) = since {
        meeting.met_at(here, there);
    }
    meeting.compare()
}

/// What travels between two ends.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Hello(Hello),
    Answer(Answer),
    Talk(Talk),
    Item(Item),
}

/// Two replicas that meet.
pub(super) struct Meeting<'a> {
    pub(super) replicas: [&'a mut Replica; 2],
    pub(super) ends: [End; 2],
    pub(super) met: Met,
    /// The first fault that an end found in the other.
    pub(super) fault: Option<Fault>,
    flight: usize,
}

/// One end of the link between two replicas.
pub(super) struct End {
    pub(super) session: Session,
    pub(super) inbox: VecDeque<Said>,
    /// Bytes of lists that it may say, and that it heard and has not paid for.
    lists: usize,
    owed: usize,
}

impl<'a> Meeting<'a> {
    pub(super) fn new(replicas: [&'a mut Replica; 2], link: [u8; 32]) -> Self {
        Self {
            replicas,
            ends: [End::new(link), End::new(link)],
            met: Met::default(),
            fault: None,
            flight: 0,
        }
    }

    /// The two had the same when their logs stood there.
    pub(super) fn met_at(&mut self, here: u64, there: u64) {
        let [one, two] = &mut self.ends;
        one.session.set_mark(Mark::equal(Bookmark { here, there }));
        two.session.set_mark(Mark::equal(Bookmark { here: there, there: here }));
    }

    /// The first end compares, and both go on as far as that brings them.
    pub(super) fn compare(&mut self) -> Met {
        self.open();
        while self.step() {}
        self.met
    }

    /// The first end opens a comparison.
    pub(super) fn open(&mut self) {
        let [one, two] = &mut self.ends;
        let hello = one.open(self.replicas[0]);
        self.flight = 1;
        self.met = Met { bytes: hello.bytes(), flights: 1, ..Met::default() };
        two.inbox.push_back(hello);
    }

    /// Each end hears what the other said and says what it has to; false if there was nothing.
    pub(super) fn step(&mut self) -> bool {
        let mut is_moving = false;
        for hearer in [1, 0] {
            let mut said = Vec::new();
            let ([one, two], [first, second]) = (&mut self.ends, &mut self.replicas);
            let (end, other, replica) =
                if hearer == 0 { (one, two, first) } else { (two, one, second) };
            let ended = end.hear(replica, &mut self.met, &mut said);
            let over = ended.unwrap_or_else(|fault| {
                self.fault = self.fault.or(Some(fault));
                None
            });
            let over = over.or_else(|| end.say(replica, 0, &mut said));
            other.lists = other.lists.saturating_add(end.pay());
            self.met.equal |= over == Some(Over::Equal);
            if !said.is_empty() {
                self.flight = self.flight.saturating_add(1);
                is_moving = true;
            }
            for said in said {
                self.met.count(&said, self.flight);
                other.inbox.push_back(said);
            }
        }
        is_moving && self.fault.is_none()
    }
}

impl End {
    pub(super) fn new(link: [u8; 32]) -> Self {
        Self::of(link, Set::Records)
    }

    pub(super) fn of(link: [u8; 32], set: Set) -> Self {
        let session = Session::new(LinkKey::from_bytes(link), set);
        Self { session, inbox: VecDeque::new(), lists: WINDOW, owed: 0 }
    }

    /// Opens a comparison.
    pub(super) fn open(&mut self, replica: &mut Replica) -> Said {
        replica.root();
        Said::Hello(self.session.open(&replica.log.without(&[]), replica.log.next()))
    }

    pub(super) fn hear(
        &mut self,
        replica: &mut Replica,
        met: &mut Met,
        said: &mut Vec<Said>,
    ) -> Result<Option<Over>, Fault> {
        let mut ended = None;
        while let Some(heard) = self.inbox.pop_front() {
            let next = replica.log.next();
            if matches!(heard, Said::Hello(_) | Said::Answer(_)) {
                replica.root();
            }
            let log = replica.log.without(&[]);
            if heard.is_list() {
                self.owed = self.owed.saturating_add(heard.bytes());
            }
            let over = match heard {
                Said::Hello(hello) => {
                    let (answer, over) = self.session.on_hello(&log, next, &hello, 0);
                    said.push(Said::Answer(answer));
                    over
                }
                Said::Answer(answer) => self.session.on_answer(&log, answer)?,
                Said::Talk(talk) => self.session.on_talk(&log, talk)?,
                Said::Item(item) => {
                    self.session.arrived(&item);
                    if !replica.arrived(item) {
                        met.known = met.known.saturating_add(1);
                    }
                    None
                }
            };
            ended = ended.or(over);
        }
        Ok(ended)
    }

    /// Pays for the lists that it heard, as a neighbour does.
    pub(super) fn pay(&mut self) -> usize {
        let is_due = self.owed >= WINDOW / 2 && self.session.keeps_up();
        if is_due { core::mem::take(&mut self.owed) } else { 0 }
    }

    pub(super) fn say(
        &mut self,
        replica: &Replica,
        taken: u16,
        said: &mut Vec<Said>,
    ) -> Option<Over> {
        let log = replica.log.without(&[]);
        loop {
            while self.session.next_items(&log)
                && let Some((position, item)) = self.session.next_item(&log)
            {
                self.session.sent(position, true);
                said.push(Said::Item(item));
            }
            let may_list = self.lists >= FRAME_BYTES_MAX;
            let Some(talk) = self.session.next_talk(&log, may_list, taken) else { break };
            let talk = Said::Talk(talk);
            if talk.is_list() {
                self.lists = self.lists.saturating_sub(talk.bytes());
            }
            said.push(talk);
        }
        let (talk, over) = self.session.next_end()?;
        said.push(Said::Talk(talk));
        over
    }
}

impl Met {
    fn count(&mut self, said: &Said, flight: usize) {
        match said {
            Said::Item(_) => self.items = self.items.saturating_add(1),
            // what differs was named before
            Said::Talk(Talk::Done { .. }) => {}
            Said::Hello(_) | Said::Answer(_) | Said::Talk(_) => {
                self.bytes = self.bytes.saturating_add(said.bytes());
                self.flights = flight;
            }
        }
    }
}

impl Said {
    fn is_list(&self) -> bool {
        matches!(self, Self::Talk(talk) if talk.class() == Class::Lists)
    }

    /// Bytes on the wire. An item would bring a record, which is no part of the cost.
    fn bytes(&self) -> usize {
        let body = match self {
            Self::Hello(hello) => encode(hello).len(),
            Self::Answer(answer) => encode(answer).len(),
            Self::Talk(talk) => encode(talk).len(),
            Self::Item(_) => return 0,
        };
        // which message it is, of which set, and whether the sender is ready
        body.saturating_add(3).saturating_add(PREFIX_BYTES)
    }
}

#[cfg(test)]
mod tests;
