//! Mischief with records and presence.

use core::time::Duration;

use peergroup_core::simulation::forge::{self, ForgedPresence, ForgedVersion, frames};
use peergroup_core::simulation::{AuditedVersion, Place};
use peergroup_core::{Address, PeerId, StatementId, UnixTime};

use crate::rng::Rng;
use crate::rogue::Rogue;
use crate::world::NOTE;

/// How many records or announcements make a flood: they come through on the credit of one link.
const FLOOD: usize = 300;
/// Items of either kind that are kept to be said again.
const POCKET_MAX: usize = 256;
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Rogue<'_> {
    fn now(&self) -> UnixTime {
        self.world.now(self.host).wall
    }

    /// The first version of a record of its own, made at this time and gone a day after it.
    pub fn version(&mut self, at: UnixTime, payload: &str) -> ForgedVersion {
        let (creator, tenure) = (self.seat.identity, self.tenure());
        self.version_under(creator, tenure, at, payload)
    }

    fn version_under(
        &mut self,
        creator: PeerId,
        tenure: Option<StatementId>,
        at: UnixTime,
        payload: &str,
    ) -> ForgedVersion {
        let serial = self.serial();
        let stamp = forge::stamp(at, 0, u64::from(serial));
        let mut version = ForgedVersion::first(creator, tenure, NOTE, stamp, at.after(DAY));
        version.nonce = u128::from(serial).to_le_bytes();
        version.payload = payload.to_owned().into();
        version
    }

    fn shown(&mut self, versions: &[ForgedVersion]) -> bool {
        let items: Vec<Vec<u8>> = versions.iter().map(|it| self.forge.version(it)).collect();
        !items.is_empty() && self.show(&items) > 0
    }

    pub(super) fn equivocate(&mut self) -> bool {
        let now = self.now();
        let one = self.version(now, "one");
        let mut other = one.clone();
        other.payload = "other".into();
        self.shown(&[one, other])
    }

    pub(super) fn postdate(&mut self) -> bool {
        let now = self.now();
        let soon = self.version(now.after(DAY), "tomorrow");
        let late = self.version(now.after(YEAR.saturating_mul(50)), "in fifty years");
        let mut endless = self.version(now, "for ever");
        endless.expires = UnixTime::MAX;
        endless.ceiling = UnixTime::MAX;
        let mut never = self.version(now, "the end of time");
        never.stamp = forge::stamp(UnixTime::MAX, u32::MAX, u64::MAX);
        never.expires = UnixTime::MAX;
        never.ceiling = UnixTime::MAX;
        self.shown(&[soon, late, endless, never])
    }

    pub(super) fn predate(&mut self) -> bool {
        let now = self.now();
        let mut old = self.version(now.before(YEAR), "long ago");
        old.expires = now.after(DAY);
        old.ceiling = now.after(DAY);
        let mut first = self.version(UnixTime::from_millis(0), "since 1970");
        first.expires = now.after(DAY);
        first.ceiling = now.after(DAY);
        let gone = self.version(now.before(YEAR), "gone before it came");
        self.shown(&[old, first, gone])
    }

    /// Records of others that its node shows, as they travel.
    pub(super) fn others_versions(&self) -> Vec<(AuditedVersion, Vec<u8>)> {
        let node = self.world.node(self.host);
        let held = node.versions(self.seat).into_iter().flatten();
        let is_others = |version: &AuditedVersion| {
            version.creator != self.seat.identity && version.place == Place::Visible
        };
        let bytes = |version: AuditedVersion| {
            let item = node.version_item(self.seat, version.id).ok().flatten()?;
            Some((version, item.to_vec()))
        };
        held.filter(is_others).filter_map(bytes).collect()
    }

    pub(super) fn steal(&mut self, pick: u64, destroys: bool) -> bool {
        let versions = self.others_versions();
        let Some((_, item)) = Rng::new(pick).pick(&versions) else { return false };
        let Some(mut next) = ForgedVersion::after(self.forge.group, item) else { return false };
        next.payload = "stolen".into();
        next.cred = self.tenure();
        next.stamp = forge::stamp(self.now(), 0, 0);
        let next = if destroys { next.tombstone() } else { next };
        self.shown(&[next])
    }

    pub(super) fn impersonate(&mut self, pick: u64) -> bool {
        let Some(victim) = Rng::new(pick).pick(&self.others()).copied() else { return false };
        let now = self.now();
        // the victim's own grant is there for all to see
        let statements = self.statements();
        let theirs = statements
            .iter()
            .find(|it| it.grant().is_some_and(|grant| grant.subject == victim))
            .map(peergroup_core::Statement::id);
        let mut version = self.version_under(victim, theirs, now, "in another's name");
        version.modifier = Some(victim);
        self.shown(&[version])
    }

    pub(super) fn flood_records(&mut self) -> bool {
        let now = self.now();
        let flood: Vec<_> = (0..FLOOD).map(|_| self.version(now, "flood")).collect();
        self.shown(&flood)
    }

    pub(super) fn flood_parked(&mut self) -> bool {
        let (now, me) = (self.now(), self.seat.identity);
        let unknown = Some(StatementId::from_bytes([9; 32]));
        let mut flood: Vec<_> =
            (0..FLOOD).map(|_| self.version_under(me, unknown, now, "parked")).collect();
        let soon = now.after(Duration::from_secs(3600));
        flood.extend((0..FLOOD).map(|_| self.version(soon, "not yet")));
        self.shown(&flood)
    }

    /// Puts away a copy of whatever its node holds.
    pub(super) fn fill_pocket(&mut self) {
        let statements = self.statements();
        let acts = statements.iter().map(|it| (true, forge::statement_bytes(it)));
        let acts: Vec<_> = acts.take(POCKET_MAX).collect();
        let node = self.world.node(self.host);
        let held = node.versions(self.seat).into_iter().flatten();
        let items = held.filter_map(|it| node.version_item(self.seat, it.id).ok().flatten());
        let items: Vec<_> = items.take(POCKET_MAX).map(|item| (false, item.to_vec())).collect();
        let pocket = &mut self.world.meddling(self.host).pocket;
        pocket.extend(acts.into_iter().chain(items));
        while pocket.len() > POCKET_MAX {
            pocket.pop_last();
        }
    }

    pub(super) fn replay(&mut self) -> bool {
        let pocket = self.world.meddling(self.host).pocket.clone();
        let of = |wanted: bool| -> Vec<Vec<u8>> {
            let wanted = pocket.iter().filter(|(is_act, _)| *is_act == wanted);
            wanted.map(|(_, item)| item.clone()).collect()
        };
        let acts = self.say_items(frames::ForgedSet::Authority, &of(true));
        let records = self.say_items(frames::ForgedSet::Records, &of(false));
        acts.max(records) > 0
    }

    /// What another instance of its own would say.
    fn announcement(&mut self, addresses: Vec<Address>) -> ForgedPresence {
        let serial = self.serial();
        let (instance, at) = (u64::from(serial), self.now());
        ForgedPresence { instance, serial, at, addresses, ..ForgedPresence::default() }
    }

    pub(super) fn fake_presence(&mut self, pick: u64) -> bool {
        let Some(victim) = Rng::new(pick).pick(&self.others()).copied() else { return false };
        let mut draft = self.announcement(vec![self.host.address()]);
        draft.serial = u32::MAX;
        let claimed = self.forge.presence(draft).claimed_by(victim);
        self.say(&frames::presence(&[claimed])) > 0
    }

    pub(super) fn flood_presence(&mut self) -> bool {
        let mut said = 0;
        for _ in 0..FLOOD {
            let draft = self.announcement(Vec::new());
            let signed = self.forge.presence(draft);
            said = self.say(&frames::presence(&[signed]));
        }
        said > 0
    }

    /// Announces instances of its own at these addresses, eight to an instance.
    pub fn announce_at(&mut self, addresses: &[Address]) -> bool {
        let mut said = 0;
        for some in addresses.chunks(8) {
            let draft = self.announcement(some.to_vec());
            let signed = self.forge.presence(draft);
            said = self.say(&frames::presence(&[signed]));
        }
        said > 0
    }

    pub(super) fn lure(&mut self) -> bool {
        let hosts = self.world.hosts();
        let addresses: Vec<Address> =
            hosts.filter(|host| *host != self.host).map(crate::host::Host::address).collect();
        self.announce_at(&addresses)
    }
}
