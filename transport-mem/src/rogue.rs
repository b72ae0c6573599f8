//! Rogues: members and admins that do what no honest node does, in their own name and with their
//! own key; and strangers, who have no key at all.
//!
//! A rogue is a host like any other: its node shakes hands, compares and publishes. Besides, a
//! script says on its links what the node never said, and withholds what the node says.

mod acts;
mod mischief;
mod records;
mod trees;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::simulation::forge::{self, Forge, frames};
use peergroup_core::{Body, GroupId, LinkId, Role, Seat, Statement, StatementId};

pub use mischief::Mischief;

use crate::host::Host;
use crate::mishap::Mishap;
use crate::world::World;

/// How a host meddles with the bytes of its links.
#[derive(Debug, Default)]
pub(crate) struct Meddling {
    /// Kinds of frames that its node sends in vain.
    pub(crate) withheld: BTreeSet<&'static str>,
    /// Kinds of frames that never reach its node.
    pub(crate) ignored: BTreeSet<&'static str>,
    /// Links on which nothing leaves any more.
    pub(crate) cut: BTreeSet<LinkId>,
    pub(crate) tape: Option<Vec<Taped>>,
    /// Somebody in the middle flips a bit of this byte of every stream it sends.
    pub(crate) tampered: Option<usize>,
    /// How much it has sent on each link since.
    pub(crate) sent: BTreeMap<LinkId, usize>,
    /// Tells forged things apart.
    serial: u32,
    /// Items that were seen once, to be said again.
    pocket: BTreeSet<(bool, Vec<u8>)>,
}

/// Bytes that went over a link.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "what there is to say of bytes")]
pub struct Taped {
    /// The link, as the host that was recorded calls it.
    pub link: LinkId,
    /// Whether that host sent them.
    pub sent: bool,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Somebody with an address and no node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stranger(pub(crate) Host);

impl Stranger {
    /// Where it can be dialled.
    pub fn address(self) -> peergroup_core::Address {
        self.0.address()
    }
}

/// A stream between a stranger and somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub(crate) stranger: Stranger,
    pub(crate) link: LinkId,
}

/// The streams of a stranger.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    last: u64,
    /// What was heard on each that is up.
    pub(crate) up: BTreeMap<LinkId, Vec<u8>>,
    pub(crate) echoes: bool,
}

impl Lines {
    /// A name for one more stream.
    pub(crate) fn next_link(&mut self) -> LinkId {
        self.last = self.last.saturating_add(1);
        LinkId::from_u64(self.last)
    }
}

/// A host that has turned rogue, at work in a group.
#[derive(Debug)]
pub struct Rogue<'w> {
    world: &'w mut World,
    host: Host,
    seat: Seat,
    forge: Forge,
}

impl World {
    /// A host turns rogue: nothing is promised to it from now on. Its node must run and have the
    /// group open.
    ///
    /// # Panics
    /// If it does not.
    pub fn rogue(&mut self, host: Host, group: GroupId) -> Rogue<'_> {
        let seat = self.seat(host, group);
        let role = self.node(host).role(seat);
        let key = self.node(host).identity_key(seat.identity).cloned();
        let Some(key) = key else { panic!("{host} has no identity") };
        if !self.is_rogue(host) {
            self.turn_rogue(host);
            let is_admin = matches!(role, Ok(Some(Role::Admin)));
            let mishap = if is_admin { Mishap::RogueAdmin } else { Mishap::RogueMember };
            self.befall(host, mishap);
        }
        Rogue { world: self, host, seat, forge: Forge::new(key, group) }
    }

    /// A host does something that no honest node does. False if it cannot: it is the first host,
    /// which is honest, does not run, or has nobody to do it to.
    pub(crate) fn misbehave(&mut self, host: Host, group: GroupId, pick: u64) -> bool {
        if host.number() == 0 || !self.is_running(host) {
            return false;
        }
        let seat = self.seat(host, group);
        let is_open = self.node(host).status(seat).is_ok();
        is_open && self.rogue(host, group).does(Mischief::draw(pick), pick)
    }
}

impl Rogue<'_> {
    /// What signs in its name.
    pub fn forge(&self) -> &Forge {
        &self.forge
    }

    /// The greatest grant it was ever given, in force or not; none if it is the creator.
    pub fn cred(&self) -> Option<StatementId> {
        self.own_grant().map(|grant| grant.id())
    }

    /// The tenure its versions are signed under.
    pub fn tenure(&self) -> Option<StatementId> {
        let grant = self.own_grant()?;
        Some(grant.grant().and_then(|grant| grant.continues).unwrap_or(grant.id()))
    }

    fn own_grant(&self) -> Option<Statement> {
        let me = self.seat.identity;
        let own = self
            .statements()
            .into_iter()
            .filter(|statement| statement.grant().is_some_and(|grant| grant.subject == me));
        own.max_by_key(|statement| {
            statement.grant().map(|grant| (grant.role, grant.window.until, statement.id()))
        })
    }

    /// Every statement that its node holds.
    pub fn statements(&self) -> Vec<Statement> {
        let node = self.world.node(self.host);
        node.statements(self.seat).into_iter().flatten().cloned().collect()
    }

    /// A statement that follows what it signed before, whether it has a right to it or not.
    pub fn act(&self, body: Body) -> Statement {
        self.act_citing(body, &[])
    }

    /// The same, citing these.
    pub fn act_citing(&self, body: Body, cites: &[StatementId]) -> Statement {
        let me = self.seat.identity;
        let own = self.statements().into_iter().filter(|statement| statement.author() == me);
        let last = own.max_by_key(|statement| (statement.depth(), statement.id()));
        let depth = last.as_ref().map_or(0, Statement::depth).saturating_add(1);
        let prev: Vec<StatementId> = last.iter().map(Statement::id).collect();
        self.forge.statement(self.cred(), depth, body, &prev, cites)
    }

    /// A statement that pretends to be the first it ever signed.
    pub fn act_backdated(&self, body: Body) -> Statement {
        self.forge.statement(self.cred(), 1, body, &[], &[])
    }

    /// Its links to neighbours.
    pub fn links(&self) -> Vec<LinkId> {
        let listed = self.world.node(self.host).connections(self.seat).unwrap_or_default();
        let neighbours = listed.iter().filter(|info| info.is_up && info.connection.is_none());
        neighbours.filter_map(|info| info.link).collect()
    }

    /// Says a frame to all neighbours. Gives how many there are.
    pub fn say(&mut self, frame: &[u8]) -> usize {
        let links = self.links();
        for link in &links {
            self.world.inject(self.host, *link, frame);
        }
        links.len()
    }

    /// Tells all neighbours of statements, its own or others'.
    pub fn tell(&mut self, statements: &[Statement]) -> usize {
        let items: Vec<Vec<u8>> = statements.iter().map(forge::statement_bytes).collect();
        self.say_items(frames::ForgedSet::Authority, &items)
    }

    /// Tells all neighbours of versions of records.
    pub fn show(&mut self, versions: &[Vec<u8>]) -> usize {
        self.say_items(frames::ForgedSet::Records, versions)
    }

    fn say_items(&mut self, set: frames::ForgedSet, items: &[Vec<u8>]) -> usize {
        let mut told = 0;
        // the greatest eight fit in a frame
        for some in items.chunks(8) {
            told = self.say(&frames::items(set, some));
        }
        told
    }

    /// Keeps frames of these kinds from leaving, from now on.
    pub fn withhold(&mut self, kinds: &[&'static str]) {
        self.world.meddling(self.host).withheld.extend(kinds);
    }

    /// Keeps frames of these kinds from reaching its node, from now on.
    pub fn ignore(&mut self, kinds: &[&'static str]) {
        self.world.meddling(self.host).ignored.extend(kinds);
    }

    /// Lets everything leave and arrive again.
    pub fn relent(&mut self) {
        let meddling = self.world.meddling(self.host);
        meddling.withheld.clear();
        meddling.ignored.clear();
    }

    /// Lets nothing more leave on the links that it has.
    fn fall_silent(&mut self) {
        let links = self.links();
        self.world.meddling(self.host).cut.extend(links);
    }

    /// A number that it has not used yet.
    fn serial(&mut self) -> u32 {
        let serial = &mut self.world.meddling(self.host).serial;
        *serial = serial.saturating_add(1);
        *serial
    }
}
