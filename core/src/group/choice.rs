//! Whom a node dials, and who has a place among its neighbours.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use crate::address::{Address, Network};
use crate::cx::Cx;
use crate::group::Group;
use crate::group::dials::Word;
use crate::group::neighbour::Neighbour;
use crate::handshake::{Purpose, Side};
use crate::id::Instance;
use crate::key::PeerId;
use crate::limits::{
    NEIGHBOURS_ACCEPTED_MAX, NEIGHBOURS_MAX, NEIGHBOURS_PER_NETWORK_MAX, NEIGHBOURS_PER_PEER_MAX,
    NEIGHBOURS_PER_SUBTREE_MAX,
};
use crate::link::Errand;
use crate::presence::Presence;

/// Of so many who are online one is picked to be dialled: to look at all would cost too much.
const CANDIDATES_MAX: usize = 64;

/// Where somebody of the group may be found, if anybody in particular, and who says so.
struct Candidate<'a> {
    address: Cow<'a, Address>,
    target: Option<PeerId>,
    word: Word,
}

impl Group {
    /// Chooses whom to dial, at most so many, and on whose word.
    pub(super) fn choose(&self, cx: &mut Cx<'_>, count: usize) -> Vec<(Errand, Word)> {
        let from = match self.presences.len() {
            few if few <= CANDIDATES_MAX => 0,
            many => cx.shared.entropy.mesh.index(many).unwrap_or_default(),
        };
        let mut candidates = self.candidates(from);
        let announced = self.announced(&candidates);
        let under_way = self.dialling(cx);
        let purpose = if self.seeks_admission() { Purpose::Password } else { Purpose::Group };
        let mut errands: Vec<(Errand, Word)> = Vec::new();
        while errands.len() < count
            && let Some(pick) = self.pick(cx, &candidates)
        {
            let Candidate { address, target, word } = candidates.swap_remove(pick);
            let is_under_way = under_way.iter().any(|(of, _)| of == &*address)
                || errands.iter().any(|(errand, _)| errand.address == *address);
            let word = self.book.word(&address, word);
            if is_under_way
                || (target.is_none() && announced.contains(&*address))
                || !self.may_dial(cx, &address, target)
                || !self.dials.may(cx.now.mono, &address, word)
            {
                continue;
            }
            let (seat, address) = (self.seat, address.into_owned());
            errands.push((Errand { seat, address, target, purpose, connection: None }, word));
        }
        errands
    }

    /// Picks one of two candidates that are drawn: the one of whose like fewer are neighbours, so
    /// that whoever brings in many does not surround anybody (attack N02).
    fn pick(&self, cx: &mut Cx<'_>, candidates: &[Candidate<'_>]) -> Option<usize> {
        let one = cx.shared.entropy.mesh.index(candidates.len())?;
        let other = cx.shared.entropy.mesh.index(candidates.len())?;
        let likes = |at: usize| candidates.get(at).map_or(0, |candidate| self.likes_of(candidate));
        Some(if likes(other) < likes(one) { other } else { one })
    }

    /// How many neighbours were brought into the group by whoever brought in a candidate, and how
    /// many are in its network.
    fn likes_of(&self, candidate: &Candidate<'_>) -> usize {
        let akin = candidate.target.map_or(0, |peer| self.akin_to(peer).count());
        let near = candidate.address.network().map_or(0, |network| self.within(network).count());
        akin.saturating_add(near)
    }

    /// Neighbours brought into the group by whoever brought in this peer, as the votes on peer time
    /// are counted.
    fn akin_to(&self, peer: PeerId) -> impl Iterator<Item = &Neighbour> {
        let subtree = self.vote_of(peer);
        self.all_neighbours().filter(move |of| self.vote_of(of.peer) == subtree)
    }

    /// Neighbours within a network.
    fn within(&self, network: Network) -> impl Iterator<Item = &Neighbour> {
        self.all_neighbours().filter(move |of| of.network == Some(network))
    }

    fn all_neighbours(&self) -> impl Iterator<Item = &Neighbour> {
        self.neighbours.values().map(Box::as_ref)
    }

    /// Links to neighbours that this node dialled.
    pub(super) fn dialled(&self) -> usize {
        self.neighbours.values().filter(|of| of.side == Side::Initiator).count()
    }

    /// Whether there is a place for one more neighbour. Of those that dial in, neither one peer nor
    /// all that somebody brought in nor those in one network can take all of them (attacks N01,
    /// N02).
    pub(super) fn has_place_for(&self, peer: PeerId, side: Side, remote: Option<&Address>) -> bool {
        let own = self.neighbours.values().filter(|of| of.peer == peer).count();
        let is_accepted = |of: &&Neighbour| of.side == Side::Responder;
        let has_room = self.neighbours.len() < NEIGHBOURS_MAX && own < NEIGHBOURS_PER_PEER_MAX;
        let near = || remote.and_then(Address::network).map(|network| self.within(network));
        let is_welcome = || {
            self.all_neighbours().filter(is_accepted).count() < NEIGHBOURS_ACCEPTED_MAX
                && self.akin_to(peer).filter(is_accepted).count() < NEIGHBOURS_PER_SUBTREE_MAX
                && near().is_none_or(|near| {
                    near.filter(is_accepted).count() < NEIGHBOURS_PER_NETWORK_MAX
                })
        };
        has_room && (side == Side::Initiator || is_welcome())
    }

    /// Where a neighbour may be found: at addresses of members that are online and no neighbours
    /// yet, where beacons say, and at remembered ones. Of many who are online a run is taken, from
    /// one of them on. What is picked is looked at more closely.
    fn candidates(&self, from: usize) -> Vec<Candidate<'_>> {
        let is_candidate = |presence: &Presence<'_>| {
            presence.instance != self.me.instance
                && !self.is_neighbour(presence.peer, presence.instance)
        };
        let run = self.presences.all().skip(from).chain(self.presences.all().take(from));
        let online = run.take(CANDIDATES_MAX).filter(|presence| !presence.leaving());
        let announced = online.filter(is_candidate).flat_map(|presence| {
            let (target, word) = (Some(presence.peer), Word::Member(presence.peer));
            let addresses = presence.addresses().into_iter().map(Cow::Owned);
            addresses.map(move |address| Candidate { address, target, word })
        });
        let near = self.near.addresses().map(|address| (address, Word::Anybody));
        let hinted = near.chain(self.book.addresses());
        let hinted = hinted.map(|(address, word)| {
            let address = Cow::Borrowed(address);
            Candidate { address, target: None, word }
        });
        announced.chain(hinted).collect()
    }

    /// Of addresses where somebody may be found, nobody knows whom, those that somebody who is
    /// online announces.
    fn announced(&self, candidates: &[Candidate<'_>]) -> BTreeSet<Address> {
        let hinted = candidates.iter().filter(|candidate| candidate.target.is_none());
        let hinted: BTreeSet<&Address> = hinted.map(|candidate| &*candidate.address).collect();
        if hinted.is_empty() {
            return BTreeSet::new();
        }
        let announced = self.presences.online().flat_map(|online| online.addresses());
        announced.filter(|address| hinted.contains(address)).collect()
    }

    /// Whether to dial a candidate now. Where a neighbour answered last there is nobody else of its
    /// peer, though an earlier life of it may still be announced there.
    fn may_dial(&self, cx: &Cx<'_>, address: &Address, target: Option<PeerId>) -> bool {
        let owner = self.book.owner(address).filter(|(of, _)| target.is_none_or(|it| it == *of));
        let is_linked = owner.is_some_and(|(peer, of)| self.is_neighbour(peer, of));
        self.book.may_try(address, cx.now.mono)
            && !is_linked
            && (target.is_some() || !cx.shared.links.own_addresses().contains(address))
    }

    pub(super) fn is_neighbour(&self, peer: PeerId, instance: Instance) -> bool {
        self.neighbours.values().any(|of| of.instance == instance && of.peer == peer)
    }
}
