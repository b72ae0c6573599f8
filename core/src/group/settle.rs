//! The end of every step: what a changed authority set means for members, links and records.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;

use crate::authority::Tenure;
use crate::cx::Cx;
use crate::event::{Closed, Event, MemberChange};
use crate::group::{Group, Leaving};
use crate::id::{StatementId, VersionId};
use crate::key::PeerId;
use crate::layout::{version_key, version_row};
use crate::message::{Goodbye, Item, Set};
use crate::record::{Conflict, Delta, RecordChange, Tenures};
use crate::statement::Window;
use crate::storage::Change;
use crate::time::{UnixTime, Why};
use crate::timers::TimerKey;

/// Tenures as the authority set has them.
pub(super) struct View<'a>(pub(super) &'a crate::authority::Authority);

impl Tenures for View<'_> {
    fn tenure(&self, cred: Option<StatementId>) -> Option<Tenure> {
        let Some(first) = cred else {
            return Some(Tenure {
                holder: self.0.creator(),
                live: true,
                admin: true,
                window: Window::INFINITE,
                resigned: None,
                counts: true,
            });
        };
        self.0.tenure(&first)
    }

    fn was_member(&self, peer: PeerId) -> bool {
        peer == self.0.creator() || self.0.grants_to(peer).next().is_some()
    }
}

impl Group {
    /// Ends a step: evaluates what changed, hands it to the store, sends what may be sent.
    pub(crate) fn settle(&mut self, cx: &mut Cx<'_>) {
        if self.failed.is_some() {
            return;
        }
        self.evaluate(cx);
        self.flush(cx);
        self.tell_progress();
        self.pump_all(cx);
    }

    /// Evaluates authority if its set changed, and applies what follows.
    pub(super) fn evaluate(&mut self, cx: &mut Cx<'_>) {
        if let Some(changes) = self.authority.evaluate() {
            self.on_roles_changed(cx, changes.peers);
        }
    }

    /// Applies the roles as they are now, after the set changed in what concerns these peers, or as
    /// a window begins or ends.
    pub(super) fn on_roles_changed(&mut self, cx: &mut Cx<'_>, mut peers: BTreeSet<PeerId>) {
        self.note_windows(cx.now.wall, &peers);
        peers.extend(self.windows_passed(cx.now.wall));
        self.tell_of_members(cx.now.wall, &peers);
        self.tell_of_properties();
        self.ask_again();
        let delta =
            self.records.reevaluate(&View(&self.authority), &peers, self.clock.time(cx.now));
        self.apply(delta);
        self.judge_links(cx);
        self.judge_self(cx);
        self.show_early(cx);
        self.arm_window(cx);
        self.look_for_chores_soon(cx);
        self.arm_records(cx);
    }

    /// The calendar was set: windows and records are judged by what it says now, and their
    /// deadlines set anew.
    pub(crate) fn on_calendar_changed(&mut self, cx: &mut Cx<'_>) {
        self.clock.on_calendar_set(cx.now);
        self.tell_if_off();
        for neighbour in self.neighbours.values_mut() {
            neighbour.authority.reconsider_all(|_| false);
        }
        self.judge_all_windows(cx);
        self.on_expiry(cx);
    }

    /// Finds the roles of these peers anew, and tells of those that are otherwise than before.
    fn tell_of_members(&mut self, wall: UnixTime, peers: &BTreeSet<PeerId>) {
        let mut changes = alloc::vec::Vec::new();
        let mut gone = alloc::vec::Vec::new();
        for &peer in peers {
            let role = self.authority.role(peer, wall);
            let before = match role {
                Some(role) => self.roles.insert(peer, role),
                None => self.roles.remove(&peer),
            };
            match (before, role) {
                (None, Some(_)) => changes.push((peer, MemberChange::Joined)),
                (Some(_), None) => gone.push((peer, MemberChange::Left)),
                (Some(old), Some(new)) if old != new => {
                    changes.push((peer, MemberChange::RoleChanged));
                }
                (Some(_), Some(_)) | (None, None) => {}
            }
        }
        changes.append(&mut gone);
        for (peer, change) in changes {
            if change == MemberChange::Left {
                self.presences.remove(peer);
                self.forget_seen(peer);
            }
            self.tell(Event::MemberChanged { peer, change });
        }
    }

    fn tell_of_properties(&mut self) {
        let Some(properties) = self.authority.properties() else { return };
        if self.properties.as_ref() == Some(properties) {
            return;
        }
        self.properties = Some(properties.clone());
        self.row.group_name = properties.name.clone();
        self.row.link_secret = properties.link_secret;
        self.stage_row();
        self.look_for_payloads();
        self.tell(Event::PropertyChanged);
    }

    /// Closes the links of those who are members no longer, and the group links of those whose
    /// role changed: in the same step as the change (attack L10).
    fn judge_links(&mut self, cx: &mut Cx<'_>) {
        let judged: alloc::vec::Vec<_> = self
            .neighbours
            .iter()
            .map(|(link, neighbour)| {
                (*link, neighbour.role, self.authority.role(neighbour.peer, cx.now.wall))
            })
            .collect();
        for (link, before, after) in judged {
            if after.is_none() {
                self.part(cx, link, Goodbye::NotAMember, Closed::MembershipLost);
            } else if after != Some(before) {
                self.part(cx, link, Goodbye::CredentialsChanged, Closed::CredentialsChanged);
            }
        }
        self.judge_connections(cx);
    }

    /// This identity's own role: lost membership closes everything; another role takes effect once
    /// the group connects again. What it gave up itself is lost once that is durable, and closes
    /// everything once a neighbour knows.
    pub(super) fn judge_self(&mut self, cx: &mut Cx<'_>) {
        if matches!(self.leaving, Some(Leaving::Storing(_))) {
            return;
        }
        let me = self.seat.identity;
        let role = self.authority.role(me, cx.now.wall);
        if role.is_some() || !self.online {
            self.leaving = None;
        }
        let still_acts = self.acting.as_ref().is_some_and(|acting| {
            self.authority.role_under(acting.cred, me, cx.now.wall) == Some(acting.role)
        });
        if !still_acts {
            self.acting = self.authority.acting_grant(me, cx.now.wall);
        }
        if self.role == role {
            return;
        }
        self.role = role;
        self.tell(Event::CredentialsChanged { role });
        let ending = if role.is_none() { self.authority.ending(me) } else { None };
        if let Some(ending) = ending {
            self.tell(Event::MembershipEnded(ending));
        }
        if self.leaving.is_some() {
            return;
        }
        if role.is_none() {
            self.fail_attempt();
            self.part_all(cx, Goodbye::Leaving, Closed::MembershipLost);
            self.go_offline(cx);
        } else if self.online {
            self.part_all(cx, Goodbye::CredentialsChanged, Closed::CredentialsChanged);
            if cx.shared.config.reconnect {
                self.acting = self.authority.acting_grant(me, cx.now.wall);
                self.maintain_soon(cx);
            } else {
                self.go_offline(cx);
            }
        }
    }

    /// Everybody's windows are judged by what the calendar says now.
    fn judge_all_windows(&mut self, cx: &mut Cx<'_>) {
        self.judged_at = UnixTime::MAX;
        self.on_roles_changed(cx, BTreeSet::new());
    }

    /// Finds when these peers' windows begin and end.
    fn note_windows(&mut self, wall: UnixTime, peers: &BTreeSet<PeerId>) {
        for &peer in peers {
            let moments = self.authority.windows_of(peer);
            let moments = moments.flat_map(|window| [window.from, window.until]);
            let to_come = moments.filter(|&at| at > wall && at < UnixTime::MAX);
            self.windows.set(peer, to_come.collect());
        }
    }

    /// Whose windows began or ended since the roles were judged last: anybody's, if the calendar
    /// was set back.
    fn windows_passed(&mut self, wall: UnixTime) -> BTreeSet<PeerId> {
        let is_back = wall < self.judged_at;
        self.judged_at = wall;
        if !is_back {
            return self.windows.take_past(wall);
        }
        let mut all: BTreeSet<PeerId> = self.roles.keys().copied().collect();
        all.extend(self.authority.members().map(|member| member.peer));
        self.note_windows(wall, &all);
        all
    }

    /// The next moment at which somebody's window begins or ends; until then only what is inserted
    /// changes a role.
    fn arm_window(&mut self, cx: &mut Cx<'_>) {
        let key = TimerKey::Group(self.seat, Why::Window);
        match self.windows.next() {
            Some(time) => cx.arm(key, time.since(cx.now.wall)),
            None => cx.shared.timers.disarm(key),
        }
    }

    /// The next moment at which a record expires, leaves, or can be judged again.
    pub(super) fn arm_records(&mut self, cx: &mut Cx<'_>) {
        let key = TimerKey::Group(self.seat, Why::Expiry);
        match self.records.next_due() {
            Some(time) if time < UnixTime::MAX => cx.arm(key, time.since(self.clock.time(cx.now))),
            Some(_) | None => cx.shared.timers.disarm(key),
        }
    }

    /// Records are due.
    pub(crate) fn on_expiry(&mut self, cx: &mut Cx<'_>) {
        let deferred =
            !self.online && self.properties.as_ref().is_some_and(|known| known.defer_expiration);
        let delta = self.records.tick(&View(&self.authority), self.clock.time(cx.now), deferred);
        // what waited for its time left room for others, whose time has come as well
        if !delta.put.is_empty() {
            self.ask_again();
        }
        self.apply(delta);
        self.arm_records(cx);
    }

    /// The roles as they are when the group opens: nobody is told.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>) {
        self.judge_all_windows(cx);
        self.staged.flight.events.clear();
    }

    /// Versions that were declined may stand now: they are compared again, but for those that are
    /// held.
    fn ask_again(&mut self) {
        for neighbour in self.neighbours.values_mut() {
            let is_held = |item: &Item| self.records.holds(&VersionId::from_bytes(*item));
            neighbour.records.reconsider_all(is_held);
        }
    }

    /// Stages the deletion of versions that are not kept.
    pub(super) fn drop_from_store(&mut self, delta: &Delta) {
        for (_, version) in &delta.delete {
            self.staged.changes.push(Change::Delete { key: version_key(self.seat, version) });
        }
    }

    /// Stages what a change of the record set means for the store, the log and the application.
    pub(super) fn apply(&mut self, delta: Delta) {
        self.apply_arrival(delta, None);
    }

    /// The same. A version that came just now is stored as it came.
    pub(super) fn apply_arrival(&mut self, delta: Delta, came: Option<(VersionId, &[u8])>) {
        if !delta.left.is_empty() {
            self.ask_again();
        }
        self.name_payloads(&delta.records);
        for version in &delta.left {
            self.unlist(Set::Records, version.as_bytes());
        }
        for (_, version) in &delta.put {
            let row = match came {
                Some((id, item)) if id == *version => Some(version_row(item)),
                _ => self.records.item_bytes(version).map(|item| version_row(&item)),
            };
            let key = version_key(self.seat, version);
            self.staged.changes.extend(row.map(|value| Change::Put { key, value }));
        }
        self.drop_from_store(&delta);
        self.staged.flight.versions.extend(delta.entered);
        for change in delta.changes {
            let RecordChange { kind, record, type_id } = change;
            self.tell(Event::RecordChanged { kind, record, type_id });
        }
        for found in delta.equivocations {
            let (record, author, proof) = (found.record, found.author, Box::new(found.proof));
            self.tell(Event::RecordEquivocated { record, author, proof });
        }
        for Conflict { record, type_id, kept, lost } in delta.conflicts {
            self.tell(Event::RecordConflicted { record, type_id, kept, lost });
        }
    }
}
