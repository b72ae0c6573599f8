//! Fetching what is missing: which payload, which part, from whom.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use crate::cx::Cx;
use crate::event::Event;
use crate::fault::Fault;
use crate::group::Group;
use crate::group::payload::bits::Bits;
use crate::group::payload::names::Turn;
use crate::group::payload::read::Purpose;
use crate::group::payload::side::{Arrived, Piece, Pull, Side};
use crate::group::pump::spend_and_send;
use crate::id::LinkId;
use crate::limits::{FETCHES_MAX, FLIGHTS_MAX, PARTS_HELD_MAX, PULL_PATIENCE, PULLS_MAX};
use crate::message::Message;
use crate::record::{Digest, Part, PayloadId, digest_of, leaf_digest};
use crate::time::Why;
use crate::timers::TimerKey;

/// Payloads that are being fetched: at most [`FETCHES_MAX`].
#[derive(Debug, Default)]
pub(super) struct Fetches {
    all: BTreeMap<PayloadId, Fetch>,
    /// The missing payload that was looked at last.
    last: Option<Turn>,
    /// Every missing payload was looked at, and nothing has changed since.
    rests: bool,
}

#[derive(Debug)]
struct Fetch {
    digests: Digests,
    /// Asked of somebody, and not void.
    asked: Bits,
}

/// The hashes of the leaves.
#[derive(Debug)]
enum Digests {
    Unknown,
    /// They are being read from the store.
    Loading,
    Known(Vec<Digest>),
}

impl Fetches {
    /// Something changed: every missing payload is worth another look.
    pub(super) fn stir(&mut self) {
        self.last = None;
        self.rests = false;
    }

    /// How many payloads are being fetched.
    #[cfg(feature = "simulation")]
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}

/// What became of the search for the next part to ask for.
enum Next {
    /// Ask this neighbour for it.
    Ask(LinkId, Part),
    /// Nothing can be asked for now; something will come.
    Wait,
    /// Nobody has anything that is lacking.
    Nobody,
}

impl Group {
    /// Asks for parts, as many as may be under way.
    pub(super) fn pull_parts(&mut self, cx: &mut Cx<'_>) {
        loop {
            self.begin_fetches();
            let ids: Vec<PayloadId> = self.payloads.fetches.all.keys().copied().collect();
            let mut has_ended = false;
            for id in ids {
                has_ended |= !self.pull_parts_of(cx, id);
            }
            if !has_ended || self.payloads.fetches.rests {
                return;
            }
        }
    }

    /// Asks for parts of one payload. False if nobody has what is lacking of it.
    fn pull_parts_of(&mut self, cx: &mut Cx<'_>, id: PayloadId) -> bool {
        while self.may_pull() {
            self.learn_digests(cx, id);
            match self.next_part(id) {
                Next::Ask(link, part) if self.pull(cx, link, id, part) => {}
                Next::Ask(..) | Next::Wait => return true,
                Next::Nobody => {
                    self.end_fetch(id);
                    return false;
                }
            }
        }
        true
    }

    /// What may be in flight and in memory has a bound, whoever sends it and however large the
    /// payloads are.
    fn may_pull(&self) -> bool {
        let pulls = self.pulls().filter(|pull| !pull.is_void).count();
        let held = pulls.saturating_add(self.payloads.depot.storing());
        pulls < PULLS_MAX && held < PARTS_HELD_MAX && self.flights.len() < FLIGHTS_MAX
    }

    fn pulls(&self) -> impl Iterator<Item = &Pull> {
        self.neighbours.values().flat_map(|neighbour| &neighbour.payloads.pulls)
    }

    /// Takes up missing payloads that somebody may have.
    fn begin_fetches(&mut self) {
        let most = self.properties_payload_max();
        while self.payloads.fetches.all.len() < FETCHES_MAX && !self.payloads.fetches.rests {
            let fetches = &mut self.payloads.fetches;
            let Some(turn) = self.payloads.names.next_missing(fetches.last) else {
                fetches.rests = true;
                return;
            };
            fetches.last = Some(turn);
            let (_, id) = turn;
            if id.size() <= most && !fetches.all.contains_key(&id) && self.somebody_may_hold(id) {
                self.begin_fetch(id);
            }
        }
    }

    fn somebody_may_hold(&self, id: PayloadId) -> bool {
        self.neighbours.values().any(|neighbour| neighbour.payloads.may_hold_any(id))
    }

    /// Takes up a payload, if there is a place for it.
    fn begin_fetch(&mut self, id: PayloadId) {
        if !self.has_place(id, |named| named.is_wanted) {
            return;
        }
        let digests = id.only_digest().map_or(Digests::Unknown, Digests::Known);
        let fetch = Fetch { digests, asked: Bits::default() };
        self.payloads.fetches.all.insert(id, fetch);
    }

    /// Ends the fetching of a payload: what comes of it still is dropped.
    pub(super) fn end_fetch(&mut self, id: PayloadId) {
        if self.payloads.fetches.all.remove(&id).is_none() {
            return;
        }
        for neighbour in self.neighbours.values_mut() {
            let pulls = neighbour.payloads.pulls.iter_mut();
            pulls.filter(|pull| pull.payload == id).for_each(Pull::drop_it);
        }
    }

    /// Reads the hashes that came before a restart.
    fn learn_digests(&mut self, cx: &mut Cx<'_>, id: PayloadId) {
        let Some(fetch) = self.payloads.fetches.all.get(&id) else { return };
        if matches!(fetch.digests, Digests::Unknown)
            && (self.is_reading_digests(id)
                || self.load_part(cx, id, Part::Digests, Purpose::Fetch).is_some())
            && let Some(fetch) = self.payloads.fetches.all.get_mut(&id)
        {
            fetch.digests = Digests::Loading;
        }
    }

    /// The hashes were read; none if they were freed meanwhile.
    pub(super) fn on_digests_loaded(&mut self, id: PayloadId, bytes: Option<&[u8]>) {
        let Some(fetch) = self.payloads.fetches.all.get_mut(&id) else { return };
        let digests = bytes.and_then(|bytes| id.digests(bytes));
        fetch.digests = digests.map_or(Digests::Unknown, Digests::Known);
    }

    /// The next part of a payload to ask for.
    fn next_part(&self, id: PayloadId) -> Next {
        let payloads = &self.payloads;
        let (Some(fetch), Some(deposit)) = (payloads.fetches.all.get(&id), payloads.depot.get(id))
        else {
            return Next::Nobody;
        };
        let parts = match fetch.digests {
            Digests::Loading => return Next::Wait,
            Digests::Unknown => 0..1,
            Digests::Known(_) => 1..id.parts(),
        };
        let mut is_coming = false;
        for part in parts.map(Part::at).filter(|part| !deposit.has(*part)) {
            if fetch.asked.contains(part.place()) {
                is_coming = true;
                continue;
            }
            let mut holders =
                self.neighbours.iter().filter(|(_, of)| of.payloads.may_hold(id, part));
            let ready = holders.clone().filter(|(_, of)| {
                of.payloads.voucher().is_some() && !of.payloads.has_asked(id, part)
            });
            if let Some((link, _)) = ready.min_by_key(|(_, of)| of.payloads.pulls.len()) {
                return Next::Ask(*link, part);
            }
            is_coming |= holders.next().is_some();
        }
        let is_storing = !deposit.is_settled();
        if is_coming || is_storing { Next::Wait } else { Next::Nobody }
    }

    /// Asks a neighbour for a part; false if there is no credit to do so.
    fn pull(&mut self, cx: &mut Cx<'_>, link: LinkId, payload: PayloadId, part: Part) -> bool {
        let is_first = self.pulls().next().is_none();
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return false };
        let Some(voucher) = neighbour.payloads.voucher() else { return false };
        if !spend_and_send(cx, link, neighbour, &Message::Pull { payload, part, voucher }) {
            return false;
        }
        neighbour.payloads.on_asked(Pull::new(payload, part, cx.now.mono));
        if let Some(fetch) = self.payloads.fetches.all.get_mut(&payload) {
            fetch.asked.insert(part.place());
        }
        if is_first {
            cx.arm(TimerKey::Group(self.seat, Why::Pull), PULL_PATIENCE);
        }
        true
    }

    /// A piece arrived from a neighbour.
    pub(in crate::group) fn on_piece(
        &mut self,
        link: LinkId,
        piece: &Piece<'_>,
    ) -> Result<(), Fault> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        let arrived = neighbour.payloads.on_piece(piece)?;
        neighbour.progressed = true;
        match arrived {
            Some(Arrived { bytes, is_void: false }) => {
                self.on_part(piece.payload, piece.part, bytes)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// A part arrived whole: it is stored if it is what the payload's root says.
    fn on_part(&mut self, id: PayloadId, part: Part, bytes: Vec<u8>) -> Result<(), Fault> {
        let Some(fetch) = self.payloads.fetches.all.get_mut(&id) else { return Ok(()) };
        fetch.asked.remove(part.place());
        match (part, &fetch.digests) {
            (Part::Digests, _) => {
                let digests = id.digests(&bytes).ok_or(Fault::InvalidPayload)?;
                fetch.digests = Digests::Known(digests);
            }
            (Part::Leaf(_), Digests::Known(digests)) => {
                if digest_of(digests, part) != Some(leaf_digest(&bytes)) {
                    return Err(Fault::InvalidPayload);
                }
            }
            (Part::Leaf(_), Digests::Unknown | Digests::Loading) => return Ok(()),
        }
        self.keep_part(id, part, bytes.into());
        Ok(())
    }

    /// A neighbour lacks a part that it was asked for, and says what it holds.
    pub(in crate::group) fn on_holding(
        &mut self,
        link: LinkId,
        payload: PayloadId,
        part: Part,
        held: &[u8],
        voucher: u64,
    ) -> Result<(), Fault> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return Ok(()) };
        if neighbour.payloads.on_lacking(payload, part, held, voucher)? {
            neighbour.progressed = true;
            self.pull_again(payload, part);
        }
        Ok(())
    }

    /// A neighbour has come to hold all of a payload.
    pub(in crate::group) fn on_whole(&mut self, link: LinkId, payload: PayloadId) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else { return };
        if neighbour.payloads.forget_lack(payload) {
            self.payloads.fetches.stir();
        }
    }

    fn pull_again(&mut self, payload: PayloadId, part: Part) {
        if let Some(fetch) = self.payloads.fetches.all.get_mut(&payload) {
            fetch.asked.remove(part.place());
        }
    }

    /// A neighbour is gone: what it was asked for is asked of others.
    pub(in crate::group) fn on_pulls_lost(&mut self, pulls: &Side) {
        for pull in pulls.pulls.iter().filter(|pull| !pull.is_void) {
            self.pull_again(pull.payload, pull.part);
        }
        self.payloads.fetches.stir();
    }

    /// What has not come for too long is asked of another neighbour, if one is at leisure. So one
    /// that sends slowly holds up nothing but its own link (attack R11).
    pub(in crate::group) fn on_impatient(&mut self, cx: &mut Cx<'_>) {
        let late: Vec<(LinkId, PayloadId, Part)> = self
            .neighbours
            .iter()
            .flat_map(|(link, of)| of.payloads.pulls.iter().map(|pull| (*link, pull)))
            .filter(|(_, pull)| !pull.is_void)
            .filter(|(_, pull)| cx.now.mono.since(pull.asked_at) >= PULL_PATIENCE)
            .map(|(link, pull)| (link, pull.payload, pull.part))
            .collect();
        for (link, payload, part) in late {
            let mut idle = self.neighbours.values().filter(|of| !of.payloads.owes());
            if !idle.any(|other| other.payloads.may_hold(payload, part)) {
                continue;
            }
            if let Some(neighbour) = self.neighbours.get_mut(&link) {
                let mut pulls = neighbour.payloads.pulls.iter_mut();
                let pull = pulls.find(|pull| pull.payload == payload && pull.part == part);
                pull.into_iter().for_each(Pull::drop_it);
            }
            self.pull_again(payload, part);
        }
        if self.pulls().next().is_some() {
            cx.arm(TimerKey::Group(self.seat, Why::Pull), PULL_PATIENCE);
        }
    }

    /// All of a payload is durable: it is told to the application and to who asked for it.
    pub(super) fn on_payload_whole(&mut self, cx: &mut Cx<'_>, id: PayloadId) {
        self.payloads.names.judge(id, true);
        self.end_fetch(id);
        for neighbour in self.neighbours.values_mut() {
            neighbour.payloads.forget_lack(id);
            if neighbour.payloads.told.remove(&id) {
                neighbour.payloads.whole.insert(id);
            }
        }
        if self.payloads.depot.is_own(id) {
            return;
        }
        let shown = self.payloads.names.of(id).filter(|(record, named)| {
            let visible = self.records.visible(*record);
            visible.is_some_and(|version| version.id() == named.version)
        });
        for (record, named) in shown {
            cx.event(self.seat, Event::PayloadArrived { record, type_id: named.type_id });
        }
    }

    /// Bytes of a payload, by the group's properties.
    fn properties_payload_max(&self) -> u32 {
        let known = self.authority.properties().map(|known| known.payload_bytes_max);
        known.unwrap_or_else(|| self.properties().payload_bytes_max)
    }
}
