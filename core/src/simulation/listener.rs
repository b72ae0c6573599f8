//! One end of the comparisons of a set, told whatever one likes.

use alloc::vec::Vec;

use bytes::Bytes;

use crate::fault::Fault;
use crate::handshake::LinkKey;
use crate::limits::{CLASS_WINDOW, HELD_MAX, TO_SEND_MAX, TO_WANT_MAX, WANTED_MAX};
use crate::log::Log;
use crate::message::{Blob, Class, Item, Message, Set};
use crate::reconcile::talk::Bookmark;
use crate::reconcile::{Mark, Session};
use crate::simulation::Usage;

/// Things said in answer to one thing heard, at most: more than every item of a test.
const SAID_MAX: usize = 1 << 16;

/// A replica of the set of records at one end of a link, without a node around it: what it hears
/// comes as bodies of frames, and so does what it says. Its items stand for versions.
#[derive(Debug)]
pub struct Listener {
    log: Log,
    session: Session,
    /// Bytes of lists that it heard and has not paid for.
    owed: usize,
}

impl Listener {
    /// A replica of these items on a link with this key. `since`: positions in its log and in the
    /// other's, before which nothing differs.
    pub fn new(items: &[[u8; 32]], link: [u8; 32], since: Option<(u64, u64)>) -> Self {
        let mut log = Log::new();
        for item in items {
            log.insert(*item);
        }
        log.root();
        let mut session = Session::new(LinkKey::from_bytes(link), Set::Records);
        if let Some((here, there)) = since {
            session.set_mark(Mark::equal(Bookmark { here, there }));
        }
        Self { log, session, owed: 0 }
    }

    /// An item comes from elsewhere, or goes.
    pub fn change(&mut self, item: [u8; 32]) {
        if !self.log.insert(item) {
            self.log.remove(&item);
        }
        self.log.root();
    }

    /// The root over what it has.
    pub fn root(&mut self) -> [u8; 32] {
        self.log.root()
    }

    /// Opens a comparison, unless one is under way: what it says to that.
    pub fn open(&mut self) -> Option<Vec<u8>> {
        if self.session.is_under_way() {
            return None;
        }
        let hello = self.session.open(&self.log.without(&[]), self.log.next());
        Some(Message::Compare { set: Set::Records, ready: true, hello }.encode())
    }

    /// Hears the body of a frame; what it says to that. Messages that are no part of a comparison
    /// are passed over.
    ///
    /// # Errors
    /// What is wrong with what it heard.
    pub fn hear(&mut self, body: &[u8]) -> Result<Vec<Vec<u8>>, Fault> {
        let heard = Message::decode(body)?;
        if heard.class() == Some(Class::Lists) {
            self.owed = self.owed.saturating_add(body.len());
            if self.owed > CLASS_WINDOW as usize {
                return Err(Fault::CreditExceeded);
            }
        }
        let mut said = Vec::new();
        let set = Set::Records;
        let log = self.log.without(&[]);
        match heard {
            Message::Compare { hello, .. } if !self.session.is_under_way() => {
                let (answer, _) = self.session.on_hello(&log, self.log.next(), &hello, 0);
                said.push(Message::Compared { set, ready: true, answer }.encode());
            }
            Message::Compared { answer, .. } => drop(self.session.on_answer(&log, answer)?),
            Message::Talk { talk, .. } => drop(self.session.on_talk(&log, talk)?),
            Message::Items { items, .. } => self.take_in(&items),
            _ => {}
        }
        self.say(&mut said);
        if self.session.keeps_up() {
            self.owed = 0;
        }
        Ok(said)
    }

    fn take_in(&mut self, items: &[Blob]) {
        for item in items.iter().filter_map(|item| Item::try_from(&item.0[..]).ok()) {
            self.session.arrived(&item);
            self.log.insert(item);
        }
        self.log.root();
    }

    fn say(&mut self, said: &mut Vec<Vec<u8>>) {
        let log = self.log.without(&[]);
        let set = Set::Records;
        while said.len() < SAID_MAX {
            while self.session.next_items(&log)
                && let Some((position, item)) = self.session.next_item(&log)
            {
                self.session.sent(position, true);
                let items = alloc::vec![Blob(Bytes::copy_from_slice(&item))];
                said.push(Message::Items { set, items }.encode());
            }
            let Some(talk) = self.session.next_talk(&log, true, 0) else { break };
            said.push(Message::Talk { set, talk }.encode());
        }
        if let Some((talk, _)) = self.session.next_end() {
            said.push(Message::Talk { set, talk }.encode());
        }
    }

    /// Whether it has more to say than it may at once.
    pub fn babbles(&self) -> bool {
        self.session.has_work()
    }

    /// How much there is of everything that is bounded, beside its bound.
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        let [to_send, to_want, wanted, held] = self.session.gauges();
        usage.note("items to ask for", to_want, TO_WANT_MAX);
        usage.note("items wanted", wanted, WANTED_MAX);
        usage.note("items to send", to_send, TO_SEND_MAX);
        usage.note("places heard of", held, HELD_MAX);
        usage
    }
}
