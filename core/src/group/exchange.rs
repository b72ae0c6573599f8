//! What arrives from neighbours: messages, and the items in them.

use crate::broadcast::Stem;
use crate::cx::Cx;
use crate::event::Closed;
use crate::fault::Fault;
use crate::group::Group;
use crate::group::payload::Piece;
use crate::group::pump::{rearm_answer, spend_and_send};
use crate::group::settle::View;
use crate::id::{LinkId, StatementId};
use crate::message::{Blob, Item, Message, Set};
use crate::record::{Outcome, Unchecked};
use crate::statement::Statement;
use crate::time::Why;

impl Group {
    /// A frame arrived from a neighbour.
    pub(crate) fn on_frame(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        body: &[u8],
    ) -> Result<(), Fault> {
        let message = Message::decode(body)?;
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        neighbour.heard = cx.now.mono;
        if let Some(class) = message.class() {
            neighbour.charge(class, body.len())?;
        }
        self.on_message(cx, link, message)?;
        self.rearm_answer(cx, link);
        Ok(())
    }

    // dispatch: one arm per message
    fn on_message(&mut self, cx: &mut Cx<'_>, link: LinkId, message: Message) -> Result<(), Fault> {
        match message {
            Message::Compare { set, ready, hello } => {
                self.on_compare(cx, link, set, ready, &hello);
            }
            Message::Compared { set, ready, answer } => {
                self.on_compared(cx, link, set, ready, answer)?;
            }
            Message::Talk { set, talk } => self.on_talk(cx, link, set, talk)?,
            Message::Declined { set, items } => self.on_declined(link, set, &items),
            Message::Reconsidered { set, items } => self.on_reconsidered(link, set, &items),
            Message::Items { set, items } => self.on_items(cx, link, set, None, &items)?,
            Message::Push { stem, items } => {
                self.on_items(cx, link, Set::Records, Some(stem), &items)?;
            }
            Message::Have { stem, items } => self.on_have(cx, link, stem, &items),
            Message::Fetch { items } => self.on_fetch(link, &items),
            Message::Graft { tree } => self.broadcast.on_graft(link, tree),
            Message::Prune { tree } => self.broadcast.on_prune(link, tree),
            Message::Presence(announcements) => self.on_presence(cx, link, announcements)?,
            Message::Online { root } => self.on_online(cx, link, root)?,
            Message::Credit { class, bytes } => {
                let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
                neighbour.on_credit(class, bytes)?;
                cx.check_paid(link, neighbour.unpaid())?;
            }
            Message::DialBack { nonce } => self.on_dial_back(cx, link, nonce),
            Message::Clock { call, time } => self.on_clock(cx, link, call, time),
            Message::Pull { payload, part, voucher } => {
                self.on_pull(link, payload, part, voucher)?;
            }
            Message::Piece { payload, part, offset, bytes, voucher } => {
                let piece = Piece { payload, part, offset, bytes: &bytes.0, voucher };
                self.on_piece(link, &piece)?;
            }
            Message::Holding { payload, part, held, voucher } => {
                self.on_holding(link, payload, part, &held.0, voucher)?;
            }
            Message::Whole { payload } => self.on_whole(link, payload),
            Message::Goodbye(reason) => self.on_goodbye(cx, link, reason),
        }
        Ok(())
    }

    fn on_items(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        stem: Option<Stem>,
        blobs: &[Blob],
    ) -> Result<(), Fault> {
        let taken = blobs.iter().try_for_each(|blob| self.on_item(cx, link, set, stem, blob));
        if set == Set::Records {
            self.arm_records(cx);
        }
        taken?;
        self.evaluate(cx);
        Ok(())
    }

    /// An item arrived.
    fn on_item(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        set: Set,
        stem: Option<Stem>,
        blob: &Blob,
    ) -> Result<(), Fault> {
        let kept = match set {
            Set::Authority => self.on_statement(link, blob)?,
            Set::Records => self.keep_version(cx, &blob.0)?,
        };
        self.note_came(cx, link, stem, &kept.item, kept.is_new);
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        if !kept.is_here {
            neighbour.exchange(set).decline(kept.item);
        }
        // only what was asked for or is worth something moves the deadline on (attack R11)
        let was_wanted = neighbour.exchange(set).session.arrived(&kept.item);
        neighbour.progressed |= was_wanted || kept.is_new;
        Ok(())
    }

    /// A statement arrived.
    fn on_statement(&mut self, link: LinkId, blob: &Blob) -> Result<Kept, Fault> {
        let (id, kept) = self.keep_statement(&blob.0)?;
        // an upgraded form answers the question for the lesser one
        if kept.is_here
            && let Some(neighbour) = self.neighbours.get_mut(&link)
            && let Some(statement) = self.authority.statement(&id)
        {
            for form in statement.items() {
                neighbour.progressed |= neighbour.authority.session.arrived(&form);
            }
        }
        Ok(kept)
    }

    /// Takes in a statement of which nothing is known, if it has a place. One that is here already
    /// costs one hash and no signature check.
    pub(super) fn keep_statement(&mut self, bytes: &[u8]) -> Result<(StatementId, Kept), Fault> {
        let (group, creator) = (self.seat.group, self.authority.creator());
        let (id, item) = Statement::peek(group, bytes)?;
        let is_known = self.authority.statement(&id).is_some_and(|known| known.item() == item);
        let mut is_new = false;
        if !is_known {
            let statement = Statement::decode(group, creator, bytes)?;
            if self.authority.is_void(&statement) {
                return Ok((id, Kept { item, is_here: false, is_new }));
            }
            is_new = self.take_statement(statement);
        }
        // one that had no place yet is found to be lacking again
        Ok((id, Kept { item, is_here: true, is_new }))
    }

    /// Takes in a version, with its payload, of which nothing is known. The caller sets the
    /// deadline of records anew.
    pub(super) fn keep_version(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) -> Result<Kept, Fault> {
        let arrived = Unchecked::read(self.seat.group, bytes)?;
        let id = arrived.id();
        let item = *id.as_bytes();
        if self.records.holds(&id) {
            return Ok(Kept { item, is_here: self.records.contains(&id), is_new: false });
        }
        let version = arrived.check(self.seat.group, &self.keys)?;
        let author = version.author();
        let outcome = self.records.insert(version, &View(&self.authority), self.clock.time(cx.now));
        let is_new = matches!(outcome, Outcome::Kept(_));
        match outcome {
            Outcome::Kept(delta) => {
                self.keys.keep(author);
                self.apply_arrival(delta, Some((id, bytes)));
            }
            Outcome::Superseded(delta) => self.apply(delta),
            Outcome::Known | Outcome::Parked | Outcome::Refused(_) => {}
        }
        Ok(Kept { item, is_here: self.records.contains(&id), is_new })
    }

    /// Sends a message if its class has the credit; false if not. What is dropped is said again
    /// later: presence before it lapses, a comparison after a while.
    pub(super) fn send_to(&mut self, cx: &mut Cx<'_>, link: LinkId, message: &Message) -> bool {
        self.neighbours
            .get_mut(&link)
            .is_some_and(|neighbour| spend_and_send(cx, link, neighbour, message))
    }

    pub(super) fn rearm_answer(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        if let Some(neighbour) = self.neighbours.get_mut(&link) {
            rearm_answer(cx, self.seat, link, neighbour);
        }
    }

    /// A neighbour's deadline passed.
    pub(crate) fn on_neighbour_timer(&mut self, cx: &mut Cx<'_>, link: LinkId, why: Why) {
        if why == Why::Compare {
            self.ask_for_clock(cx, link);
            self.compare(cx, link, Set::Authority);
        } else if why == Why::Answer {
            self.fault_neighbour(cx, link, Fault::Silent);
        } else if why == Why::Idle {
            self.check_idle(cx, link);
        }
    }

    /// A neighbour broke the protocol.
    pub(crate) fn fault_neighbour(&mut self, cx: &mut Cx<'_>, link: LinkId, fault: Fault) {
        let peer = self.neighbours.get(&link).map(|neighbour| neighbour.peer);
        self.drop_neighbour(cx, link, Closed::Faulted(fault));
        cx.cut_off(link);
        self.tell(crate::event::Event::PeerFaulted { link, peer, fault });
    }
}

/// What became of an item that arrived.
pub(super) struct Kept {
    item: Item,
    /// It is among what is compared, or will be once it is durable.
    is_here: bool,
    is_new: bool,
}
