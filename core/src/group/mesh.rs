//! Neighbours: finding them, keeping enough of them, letting go of too many.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::cx::Cx;
use crate::event::{Closed, ConnectFailure, Event, NeighbourChange};
use crate::group::Group;
use crate::group::book::Success;
use crate::group::dials::Word;
use crate::group::neighbour::Neighbour;
use crate::handshake::{Counterpart, Denial, Established, Side};
use crate::id::LinkId;
use crate::input::LinkDown;
use crate::key::PeerId;
use crate::limits::{ADDRESSES_MAX, NEIGHBOURS_DIALLED_MIN, NEIGHBOURS_MAX};
use crate::link::{Errand, State};
use crate::message::{Goodbye, Message, Set};
use crate::statement::Role;
use crate::time::Why;
use crate::timers::TimerKey;

/// How often to look for neighbours while there are none, and how soon a newcomer does after a new
/// one.
const LONELY_INTERVAL: Duration = Duration::from_secs(2);
/// One out of so many times a node that has neighbours enough dials a stranger all the same.
const STRANGER_ONE_IN: u64 = 3;
/// A neighbour is kept at least this long before it makes room for another.
const TENURE_MIN: Duration = Duration::from_secs(60);
/// Clocks that differ by more than this explain why a credential is found invalid.
const CLOCK_SUSPECT: Duration = Duration::from_secs(24 * 3600);

impl Group {
    /// Looks after the neighbours: now, and again after a while.
    pub(crate) fn maintain(&mut self, cx: &mut Cx<'_>) {
        if !self.is_online() {
            return;
        }
        let interval = if self.neighbours.is_empty() {
            LONELY_INTERVAL
        } else {
            cx.shared.config.maintain_interval
        };
        let wait = cx.jittered(interval);
        cx.arm(TimerKey::Group(self.seat, Why::Maintain), wait);
        // a newcomer asks one at a time: each guesses at its password once
        let most = if self.seeks_admission() { 1 } else { NEIGHBOURS_MAX };
        let wanted = cx.shared.config.neighbours.clamp(1, most);
        let under_way = self.dialling(cx).len();
        let have = self.neighbours.len().saturating_add(under_way);
        let dialled = self.dialled().saturating_add(under_way);
        let lacking = wanted.saturating_sub(have).max(own_links(wanted).saturating_sub(dialled));
        if lacking > 0 {
            self.dial_some(cx, lacking);
        } else if under_way == 0 && cx.shared.entropy.mesh.below(STRANGER_ONE_IN) == 0 {
            // two halves that are each content find each other
            self.dial_some(cx, 1);
        }
        // up to 12 of the 8 that are wanted
        if self.neighbours.len() > wanted.saturating_add(wanted.div_ceil(2)) {
            self.prune(cx, wanted);
        }
    }

    /// Looks after the neighbours as soon as this step is over.
    pub(super) fn maintain_soon(&mut self, cx: &mut Cx<'_>) {
        cx.arm(TimerKey::Group(self.seat, Why::Maintain), Duration::ZERO);
    }

    /// A newcomer looks after its neighbours before long: the new one may tell of others, who share
    /// what it is to be sent.
    fn look_further(&self, cx: &mut Cx<'_>) {
        let key = TimerKey::Group(self.seat, Why::Maintain);
        let at = cx.now.mono.after(LONELY_INTERVAL);
        let is_due = cx.shared.timers.due(key).is_some_and(|due| due <= at);
        let is_new = !self.row.ready.is_ready();
        if is_new && self.neighbours.len() < cx.shared.config.neighbours && !is_due {
            cx.arm_at(key, at);
        }
    }

    /// Group links of this seat that are not up yet.
    pub(super) fn dialling(&self, cx: &Cx<'_>) -> Vec<(Address, Option<PeerId>)> {
        let links = &cx.shared.links;
        links
            .of_seat(self.seat)
            .into_iter()
            .filter_map(|link| match &links.get(link)?.state {
                State::Dialling(errand)
                | State::Greeting(_, errand)
                | State::Proving(_, errand) => Some(errand),
                #[cfg(feature = "password")]
                State::Password(exchange) => exchange.errand(),
                State::Accepted(_)
                | State::Asked(..)
                | State::Neighbour(_)
                | State::Direct(..)
                | State::Closing => None,
            })
            .filter(|errand| errand.connection.is_none())
            .map(|errand| (errand.address.clone(), errand.target))
            .collect()
    }

    fn dial_some(&mut self, cx: &mut Cx<'_>, count: usize) {
        let errands = self.choose(cx, count);
        for (errand, word) in errands {
            let address = errand.address.clone();
            // one of the others may have taken the last that was left
            if !self.dials.may(cx.now.mono, &address, word) {
                continue;
            }
            if cx.dial(errand).is_none() {
                break;
            }
            self.book.dialled(&address, word);
            self.dials.take(cx.now.mono, &address, word);
        }
    }

    /// Lets go of one neighbour out of too many: a random one that has been here for a while, and
    /// none of those that this node has chosen, unless they are more than it needs.
    fn prune(&mut self, cx: &mut Cx<'_>, wanted: usize) {
        let has_spare = self.dialled() > own_links(wanted);
        let may_go = |of: &Neighbour| {
            cx.now.mono.since(of.since) >= TENURE_MIN && (of.side == Side::Responder || has_spare)
        };
        let old: Vec<LinkId> =
            self.neighbours.iter().filter(|(_, of)| may_go(of)).map(|(link, _)| *link).collect();
        let pick = cx.shared.entropy.mesh.index(old.len());
        if let Some(link) = pick.and_then(|pick| old.get(pick)) {
            self.part(cx, *link, Goodbye::Pruned, Closed::Pruned);
        }
    }

    /// Whether a link to this counterpart would be one too many: of two that were dialled from
    /// both ends, the one that the lesser peer dialled stays. Both ends judge alike.
    pub(crate) fn is_duplicate(&self, who: &Counterpart, side: Side) -> bool {
        let me = (self.seat, self.me.instance);
        self.neighbours
            .values()
            .filter(|of| of.peer == who.peer && of.instance == who.instance)
            .any(|of| of.side != side && of.was_dialled_by_lesser(me))
    }

    /// Lets go of other links to the instance at the end of a new one.
    fn replace_others(&mut self, cx: &mut Cx<'_>, who: &Counterpart) {
        let others: Vec<LinkId> = self
            .neighbours
            .iter()
            .filter(|(_, of)| of.peer == who.peer && of.instance == who.instance)
            .map(|(link, _)| *link)
            .collect();
        for link in others {
            self.part(cx, link, Goodbye::Duplicate, Closed::Duplicate);
        }
    }

    /// A group link is up. False if one that crossed it stays instead, or if all places were taken
    /// while this end dialled: then it is closed again.
    pub(crate) fn on_neighbour_up(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        established: &Established,
        role: Role,
    ) -> bool {
        let Counterpart { peer, instance, .. } = &established.counterpart;
        let remote = cx.shared.links.get(link).and_then(|link| link.remote.clone());
        let unwanted = if self.is_duplicate(&established.counterpart, established.side) {
            Some(Goodbye::Duplicate)
        } else if !self.is_neighbour(*peer, *instance)
            && !self.has_place_for(*peer, established.side, remote.as_ref())
        {
            Some(Goodbye::Pruned)
        } else {
            None
        };
        if let Some(goodbye) = unwanted {
            cx.send(link, &Message::Goodbye(goodbye));
            cx.hang_up(link);
            return false;
        }
        self.replace_others(cx, &established.counterpart);
        let (side, key) = (established.side, established.key.clone());
        let mut neighbour = Neighbour::new(*peer, *instance, role, side, key, cx.now.mono);
        neighbour.network = remote.as_ref().and_then(Address::network);
        let [authority, records] = self.marks.take((*peer, *instance));
        neighbour.authority.session.set_mark(authority);
        neighbour.records.session.set_mark(records);
        self.neighbours.insert(link, Box::new(neighbour));
        self.broadcast.on_up(link);
        self.look_for_payloads();
        self.note_seen(cx, *peer);
        let change = NeighbourChange::Connected;
        self.tell(Event::NeighbourChanged { link, peer: *peer, change });
        self.tell_status();
        if established.side == Side::Initiator {
            if let Some(address) = &remote {
                self.reached(address, &established.counterpart);
            }
            self.compare(cx, link, Set::Authority);
            self.ask_for_clock(cx, link);
        }
        self.note_home(*peer, *instance);
        self.tell_who_is_online(cx, link);
        self.arm_idle(cx, link);
        self.look_further(cx);
        true
    }

    /// Somebody of the group answered at an address: it is worth remembering.
    pub(crate) fn reached(&mut self, address: &Address, who: &Counterpart) {
        let Success { is_new, hint } = self.book.succeeded(address, (who.peer, who.instance));
        if let Some(word) = hint {
            self.dials.give_back(address, word);
        }
        if is_new {
            self.stage_book();
        }
    }

    /// Where the group may be found, as an invitation says: here first, then where others were.
    pub(super) fn known_addresses(&self, cx: &Cx<'_>) -> Vec<Address> {
        let own = cx.shared.links.own_addresses();
        let others = self.book.known().filter(|address| !own.contains(address));
        own.iter().chain(others).cloned().collect()
    }

    /// A few addresses at which others of the group are online, for a member that finds no room
    /// here.
    pub(crate) fn refer(&self, cx: &mut Cx<'_>) -> Vec<Address> {
        let own = cx.shared.links.own_addresses();
        let mut addresses: Vec<Address> = self
            .presences
            .online()
            .filter_map(|presence| presence.addresses().into_iter().next())
            .filter(|address| !own.contains(address))
            .collect();
        let mut referrals = Vec::new();
        while referrals.len() < ADDRESSES_MAX
            && let Some(pick) = cx.shared.entropy.mesh.index(addresses.len())
        {
            referrals.push(addresses.swap_remove(pick));
        }
        referrals
    }

    /// Takes a member's hints at where others may be found: they displace nothing but other hints.
    pub(crate) fn follow(&mut self, by: PeerId, referrals: &[Address]) {
        for address in referrals {
            self.book.hint(address, Word::Member(by));
        }
    }

    /// This node itself answered at an address.
    pub(crate) fn reached_itself(&mut self, address: &Address) {
        self.book.hint(address, Word::Anybody);
        self.book.is_own(address);
    }

    pub(super) fn stage_book(&mut self) {
        let key = crate::layout::table_prefix(crate::layout::Table::Addresses, self.seat);
        let value = self.book.encode().into();
        self.staged.changes.push(crate::storage::Change::Put { key, value });
    }

    /// A link of this group that was not up yet came to nothing.
    pub(crate) fn on_dial_failed(
        &mut self,
        cx: &mut Cx<'_>,
        errand: &Errand,
        failure: ConnectFailure,
    ) {
        // an announced address rests after a failure as a remembered one does
        let word = errand.target.map_or(Word::Anybody, Word::Member);
        self.book.hint(&errand.address, word);
        let jitter = &mut cx.shared.entropy.mesh;
        self.book.failed(&errand.address, cx.now.mono, jitter);
        if let Some(attempt) = &mut self.attempt
            && weight(failure) >= weight(attempt.failure)
        {
            attempt.failure = failure;
        }
        if matches!(failure, ConnectFailure::NotAuthorized(Denial::NotAMember | Denial::Removed)) {
            self.note_known();
        }
        self.end_leaving(cx);
    }

    /// Why a denial happened, as far as the clocks tell.
    pub(crate) fn explain(cx: &Cx<'_>, reason: Denial, who: &Counterpart) -> ConnectFailure {
        let wall = cx.now.wall;
        let apart = wall.since(who.time).max(who.time.since(wall));
        match reason {
            Denial::OutsideWindow if apart > CLOCK_SUSPECT => ConnectFailure::WrongClock,
            Denial::NotAMember | Denial::Removed | Denial::OutsideWindow => {
                ConnectFailure::NotAuthorized(reason)
            }
            Denial::Other | Denial::NotWanted | Denial::Busy | Denial::Duplicate => {
                ConnectFailure::NoMemberConnections
            }
            Denial::NoPassword => ConnectFailure::NobodyAdmits,
            Denial::TooManyAttempts => ConnectFailure::TooManyAttempts,
            Denial::WrongPassword => ConnectFailure::WrongPassword,
        }
    }

    /// A group link went down by itself.
    pub(crate) fn on_neighbour_down(&mut self, cx: &mut Cx<'_>, link: LinkId, cause: LinkDown) {
        self.drop_neighbour(cx, link, Closed::Lost(cause));
    }

    /// The neighbour closed the link.
    pub(super) fn on_goodbye(&mut self, cx: &mut Cx<'_>, link: LinkId, reason: Goodbye) {
        let closed = match reason {
            Goodbye::Leaving => Closed::There,
            Goodbye::Pruned => Closed::Pruned,
            Goodbye::Duplicate => Closed::Duplicate,
            Goodbye::CredentialsChanged => Closed::CredentialsChanged,
            Goodbye::NotAMember => Closed::MembershipLost,
        };
        if reason == Goodbye::NotAMember {
            self.note_known();
        }
        self.drop_neighbour(cx, link, closed);
        cx.hang_up(link);
    }

    /// Closes the link to a neighbour and says why. What changed in this step is sent before.
    pub(super) fn part(&mut self, cx: &mut Cx<'_>, link: LinkId, goodbye: Goodbye, closed: Closed) {
        if self.neighbours.contains_key(&link) {
            cx.send(link, &Message::Goodbye(goodbye));
            self.drop_neighbour(cx, link, closed);
            cx.hang_up(link);
        }
    }

    /// Closes the links to all neighbours.
    pub(super) fn part_all(&mut self, cx: &mut Cx<'_>, goodbye: Goodbye, closed: Closed) {
        let links: Vec<LinkId> = self.neighbours.keys().copied().collect();
        for link in links {
            self.part(cx, link, goodbye, closed);
        }
    }

    /// Forgets a neighbour and tells of it.
    pub(super) fn drop_neighbour(&mut self, cx: &mut Cx<'_>, link: LinkId, closed: Closed) {
        let Some(neighbour) = self.neighbours.remove(&link) else { return };
        self.clock.forget(link);
        self.broadcast.on_down(link, cx.now.mono);
        let marks = [&neighbour.authority, &neighbour.records].map(|of| of.session.mark().clone());
        self.marks.keep((neighbour.peer, neighbour.instance), marks);
        self.on_pulls_lost(&neighbour.payloads);
        let seat = self.seat;
        for why in [Why::Answer, Why::Compare, Why::Idle] {
            cx.shared.timers.disarm(TimerKey::Neighbour(seat, link, why));
        }
        let change = NeighbourChange::Disconnected(closed);
        self.tell(Event::NeighbourChanged { link, peer: neighbour.peer, change });
        self.tell_status();
        if self.is_online() && self.neighbours.is_empty() {
            let wait = cx.jittered(LONELY_INTERVAL);
            cx.arm(TimerKey::Group(seat, Why::Maintain), wait);
        }
        self.end_leaving(cx);
    }

    /// How long a neighbour may say nothing: both ends hear from each other at every comparison.
    fn idle_span(cx: &Cx<'_>) -> Duration {
        cx.shared.config.compare_interval.saturating_mul(3)
    }

    fn arm_idle(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let span = Self::idle_span(cx);
        cx.arm(TimerKey::Neighbour(self.seat, link, Why::Idle), span);
    }

    /// A neighbour that has said nothing for too long is lost.
    pub(super) fn check_idle(&mut self, cx: &mut Cx<'_>, link: LinkId) {
        let Some(neighbour) = self.neighbours.get(&link) else { return };
        let until = neighbour.heard.after(Self::idle_span(cx));
        if until > cx.now.mono {
            cx.arm_at(TimerKey::Neighbour(self.seat, link, Why::Idle), until);
        } else {
            self.drop_neighbour(cx, link, Closed::Lost(LinkDown::TimedOut));
            cx.cut_off(link);
        }
    }
}

/// Which of two explanations tells more.
fn weight(failure: ConnectFailure) -> u8 {
    match failure {
        ConnectFailure::NoAddresses => 0,
        ConnectFailure::NoMembersFound(_) => 1,
        ConnectFailure::NoMemberConnections => 2,
        ConnectFailure::NotSynchronised => 3,
        ConnectFailure::NobodyAdmits => 4,
        ConnectFailure::NotAuthorized(_) => 5,
        ConnectFailure::TooManyAttempts => 6,
        ConnectFailure::WrongClock => 7,
        ConnectFailure::WrongPassword => 8,
    }
}

/// Links that a node dials itself, of so many that it looks for.
fn own_links(wanted: usize) -> usize {
    wanted.div_ceil(2).min(NEIGHBOURS_DIALLED_MIN)
}
