//! Links: streams from the moment they are dialled or accepted to the moment they are gone.
//!
//! ```text
//! Dialling ─LinkUp→ Greeting ─M2→ Proving ─M4→ Neighbour / Direct ─→ Closing ─LinkDown→ (gone)
//! accept → Accepted ─M1→ Asked ─M3→ Neighbour / Direct
//! ```

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::event::Seat;
use crate::fault::Fault;
use crate::frame::Deframer;
use crate::handshake::{AwaitAnswer, AwaitProof, Initiator, Purpose, Responder};
use crate::id::{ConnectionId, LinkId};
use crate::key::PeerId;
use crate::limits::{
    DIRECT_FRAME_BYTES_MAX, FRAME_BYTES_MAX, HALF_OPEN_MAX, HANDSHAKE_BYTES_MAX,
    HANDSHAKE_FRAME_BYTES_MAX, LINKS_MAX,
};
use crate::time::Instant;

/// What a link was dialled for.
#[derive(Clone, Debug)]
pub(crate) struct Errand {
    pub(crate) seat: Seat,
    pub(crate) address: Address,
    /// Whom to find there, if anybody in particular.
    pub(crate) target: Option<PeerId>,
    pub(crate) purpose: Purpose,
    /// The direct connection it is for, if it is for one.
    pub(crate) connection: Option<ConnectionId>,
}

/// Where a link stands. Machines of the handshake are on the heap: most links are done with theirs.
#[derive(Debug)]
pub(crate) enum State {
    /// Dialled, not up.
    Dialling(Errand),
    /// Up; said hello.
    Greeting(Box<Initiator>, Errand),
    /// Proved who this end is; awaits the answer.
    Proving(Box<AwaitAnswer>, Errand),
    /// Accepted; awaits the hello.
    Accepted(Box<Responder>),
    /// Greeted; awaits the proof.
    Asked(Box<AwaitProof>, Seat),
    /// The handshake is over; a password is proved.
    #[cfg(feature = "password")]
    Password(Box<crate::password::Exchange>),
    /// A neighbour of a group.
    Neighbour(Seat),
    /// A direct connection.
    Direct(Seat, ConnectionId),
    /// Told to close, or between two states; nothing more is read.
    Closing,
}

/// A link.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) state: State,
    pub(crate) remote: Option<Address>,
    frames: Deframer,
    /// The driver has been told to close it.
    is_hung_up: bool,
    /// Bytes that may still come before the other end is authenticated.
    unproven_budget: usize,
    /// When this end spoke last in the handshake.
    spoke: Option<Instant>,
    /// How long the other end took to answer, at best.
    round_trip: Option<Duration>,
}

impl Link {
    fn new(state: State, remote: Option<Address>) -> Self {
        let frames = Deframer::new(HANDSHAKE_FRAME_BYTES_MAX);
        Self {
            state,
            remote,
            frames,
            is_hung_up: false,
            unproven_budget: HANDSHAKE_BYTES_MAX,
            spoke: None,
            round_trip: None,
        }
    }

    /// This end said something in the handshake and awaits the answer.
    pub(crate) fn go_on(&mut self, state: State, now: Instant) {
        self.state = state;
        self.spoke = Some(now);
    }

    /// The other end answered.
    pub(crate) fn heard(&mut self, now: Instant) {
        if let Some(spoke) = self.spoke.take() {
            let took = now.since(spoke);
            self.round_trip = Some(self.round_trip.map_or(took, |best| best.min(took)));
        }
    }

    /// How long it takes from this end to the other and back, as the handshake told.
    pub(crate) fn round_trip(&self) -> Duration {
        self.round_trip.unwrap_or_default()
    }

    /// Whether the handshake is over.
    fn is_established(&self) -> bool {
        matches!(self.state, State::Neighbour(_) | State::Direct(..))
    }

    /// The seat that the link is known to serve.
    pub(crate) fn seat(&self) -> Option<Seat> {
        match &self.state {
            State::Dialling(errand) | State::Greeting(_, errand) | State::Proving(_, errand) => {
                Some(errand.seat)
            }
            #[cfg(feature = "password")]
            State::Password(exchange) => Some(exchange.seat()),
            State::Asked(_, seat) | State::Neighbour(seat) | State::Direct(seat, _) => Some(*seat),
            State::Accepted(_) | State::Closing => None,
        }
    }

    /// Who is at the other end, as far as an address tells before anybody has proved anything.
    fn caller(&self) -> Option<&str> {
        self.remote.as_ref().map(Address::host)
    }

    /// The next whole frame, taken from the front of what arrived; charged to the budget while the
    /// other end is not authenticated. None once more has to arrive.
    pub(crate) fn next_frame<'a>(
        &mut self,
        bytes: &mut &'a [u8],
    ) -> Result<Option<Cow<'a, [u8]>>, Fault> {
        let Some(body) = self.frames.next(bytes)? else { return Ok(None) };
        if !self.is_established() {
            let left = self.unproven_budget.checked_sub(body.len());
            self.unproven_budget = left.ok_or(Fault::TooLarge)?;
        }
        Ok(Some(body))
    }

    /// The handshake is over, and an exchange as long as it follows.
    #[cfg(feature = "password")]
    pub(crate) fn renew_budget(&mut self) {
        self.unproven_budget = HANDSHAKE_BYTES_MAX;
    }

    /// Whether the handshake was ended well, though the link may be closing now.
    #[cfg(feature = "simulation")]
    pub(crate) fn was_established(&self) -> bool {
        self.frames.body_max() > HANDSHAKE_FRAME_BYTES_MAX
    }

    /// The handshake is over: the link serves this now.
    pub(crate) fn establish(&mut self, state: State) {
        let is_direct = matches!(state, State::Direct(..));
        self.state = state;
        self.frames.set_body_max(if is_direct { DIRECT_FRAME_BYTES_MAX } else { FRAME_BYTES_MAX });
    }
}

/// All links of a node: at most [`LINKS_MAX`], of which at most [`HALF_OPEN_MAX`] accepted and not
/// yet authenticated.
#[derive(Debug, Default)]
pub(crate) struct Links {
    /// On the heap, each by itself: a map makes room for several at once.
    all: BTreeMap<LinkId, Box<Link>>,
    issued: u64,
    /// Where this node listens, as the driver says.
    own_addresses: Vec<Address>,
}

impl Links {
    /// Where this node listens.
    pub(crate) fn own_addresses(&self) -> &[Address] {
        &self.own_addresses
    }

    /// The driver listens there now.
    pub(crate) fn listen(&mut self, addresses: Vec<Address>) {
        self.own_addresses = addresses;
    }

    fn issue(&mut self) -> LinkId {
        self.issued = self.issued.saturating_add(1);
        LinkId::from_u64(self.issued)
    }

    /// Whether this id was ever handed out.
    pub(crate) fn has_issued(&self, link: LinkId) -> bool {
        (1..=self.issued).contains(&link.as_u64())
    }

    /// A link that is being dialled. None if there are too many links.
    pub(crate) fn dial(&mut self, errand: Errand) -> Option<LinkId> {
        if self.all.len() >= LINKS_MAX {
            return None;
        }
        let id = self.issue();
        let remote = Some(errand.address.clone());
        self.all.insert(id, Box::new(Link::new(State::Dialling(errand), remote)));
        Some(id)
    }

    /// Takes in a link that was accepted. Gives its id and, where there is no room for all, the
    /// link that has to go: another one, or this very one if the table is full.
    pub(crate) fn accept(
        &mut self,
        machine: Responder,
        remote: Option<Address>,
    ) -> (LinkId, Option<LinkId>) {
        let id = self.issue();
        if self.all.len() >= LINKS_MAX {
            return (id, Some(id));
        }
        let displaced = self.displaced();
        self.all.insert(id, Box::new(Link::new(State::Accepted(Box::new(machine)), remote)));
        (id, displaced)
    }

    /// The half-open link that makes room for another one, if there are as many as may be: one of
    /// the caller that holds the most; of those the oldest that has said nothing yet, or that is
    /// to prove who it is, whichever are more. So whoever holds links open displaces its own kind,
    /// and not a caller that goes on (attack L08).
    fn displaced(&self) -> Option<LinkId> {
        if self.half_open().count() < HALF_OPEN_MAX {
            return None;
        }
        let mut held = BTreeMap::<_, usize>::new();
        for (_, link) in self.half_open() {
            let count = held.entry(link.caller()).or_default();
            *count = count.saturating_add(1);
        }
        let most = held.values().max().copied();
        let is_greedy = |link: &Link| held.get(&link.caller()).copied() == most;
        let greedy = || self.half_open().filter(|(_, link)| is_greedy(link));
        let (silent, asked): (Vec<_>, Vec<_>) =
            greedy().partition(|(_, link)| matches!(link.state, State::Accepted(_)));
        let class = if silent.len() < asked.len() { asked } else { silent };
        class.first().map(|(id, _)| *id)
    }

    pub(crate) fn get(&self, link: LinkId) -> Option<&Link> {
        self.all.get(&link).map(Box::as_ref)
    }

    pub(crate) fn get_mut(&mut self, link: LinkId) -> Option<&mut Link> {
        self.all.get_mut(&link).map(Box::as_mut)
    }

    /// Moves a link on from a state; it is `Closing` until it is given its next one.
    pub(crate) fn take_state(&mut self, link: LinkId) -> Option<State> {
        let link = self.all.get_mut(&link)?;
        Some(core::mem::replace(&mut link.state, State::Closing))
    }

    /// Marks a link as closing; false if the driver has been told so before, or it is gone.
    pub(crate) fn close(&mut self, link: LinkId) -> bool {
        let Some(link) = self.all.get_mut(&link) else { return false };
        link.state = State::Closing;
        !core::mem::replace(&mut link.is_hung_up, true)
    }

    /// Forgets a link.
    pub(crate) fn remove(&mut self, link: LinkId) -> Option<Box<Link>> {
        self.all.remove(&link)
    }

    /// The links that serve a seat.
    pub(crate) fn of_seat(&self, seat: Seat) -> Vec<LinkId> {
        let serves = |link: &Link| link.seat() == Some(seat);
        self.all.iter().filter(|(_, link)| serves(link)).map(|(id, _)| *id).collect()
    }

    /// Counts the links and what waits in them.
    #[cfg(feature = "simulation")]
    pub(crate) fn gauge(&self, usage: &mut crate::simulation::Usage) {
        use crate::limits::{ADDRESSES_MAX, LINK_RECEIVED_MAX};
        usage.note("links", self.all.len(), LINKS_MAX);
        usage.note("half-open links", self.half_open().count(), HALF_OPEN_MAX);
        usage.note("own addresses", self.own_addresses.len(), ADDRESSES_MAX);
        let waiting = || self.all.values().map(|link| link.frames.waiting());
        let most = waiting().max().unwrap_or_default();
        usage.note("bytes received on one link", most, LINK_RECEIVED_MAX);
        usage.note("bytes received", waiting().sum(), LINKS_MAX * LINK_RECEIVED_MAX);
    }

    /// Links accepted and not yet authenticated, the oldest first.
    fn half_open(&self) -> impl Iterator<Item = (LinkId, &Link)> {
        let is_half_open = |link: &Link| match &link.state {
            State::Accepted(_) | State::Asked(..) => true,
            #[cfg(feature = "password")]
            State::Password(exchange) => exchange.errand().is_none(),
            State::Dialling(_)
            | State::Greeting(..)
            | State::Proving(..)
            | State::Neighbour(_)
            | State::Direct(..)
            | State::Closing => false,
        };
        let all = self.all.iter().map(|(id, link)| (*id, &**link));
        all.filter(move |(_, link)| is_half_open(link))
    }

    /// Every link that is not closing.
    pub(crate) fn open(&self) -> Vec<LinkId> {
        let is_open = |link: &Link| !link.is_hung_up;
        self.all.iter().filter(|(_, link)| is_open(link)).map(|(id, _)| *id).collect()
    }
}
