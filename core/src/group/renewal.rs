//! Renewing memberships, when asked and by itself, and pinning what Admins leave behind whose
//! time is over.
//!
//! Every Admin's node sees the same work. They take turns by key: the first begins at a moment
//! that follows from the set alone, the next one a while later, if it still finds work. So one of
//! them does it as a rule, and another one if that is away.

use alloc::vec::Vec;
use core::time::Duration;

use crate::authority::Acting;
use crate::cx::Cx;
use crate::error::InviteError;
use crate::event::Event;
use crate::group::Group;
use crate::group::acts::WINDOW_SLACK;
use crate::id::Ticket;
use crate::key::PeerId;
use crate::limits::{CHAIN_POLICY, CHORES_PER_STEP};
use crate::statement::{Body, Role, Window};
use crate::time::{UnixTime, Why};
use crate::timers::TimerKey;

/// A membership is renewed in the last such part of its window.
const RENEWED_IN_LAST: u32 = 4;
/// The turns of Admins follow each other by such a part of the window.
const TURN_PART: u32 = 64;
/// Whoever's turn would come later has the last one: all come within an eighth of the window.
const TURNS_MAX: u32 = 8;
/// A renewal adds at least such a part of the window, or it is not worth a statement.
const WORTH_PART: u32 = 8;
/// A member is warned in the last such part of its window: nobody has renewed it by then.
const WARNED_IN_LAST: u32 = 16;
/// So long after an Admin's time its seniors wait to pin what it left, and for each other.
const PIN_TURN: Duration = Duration::from_secs(10 * 60);
/// What could not be done, or not all at once, is tried again so much later; and no look for what
/// is due follows another one sooner.
const AGAIN: Duration = Duration::from_secs(60);

/// Something that falls due by the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Chore {
    /// This identity's own membership ends soon.
    Warn(UnixTime),
    /// A membership is to be renewed until then.
    Renew(PeerId, UnixTime),
    /// An Admin's time is over: what it signed is to be pinned.
    Pin(PeerId),
}

impl Group {
    /// Renews a membership: for as long as it was given, unless said otherwise.
    pub(crate) fn renew(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
        until: Option<UnixTime>,
    ) -> Result<Ticket, InviteError> {
        let acting = self.may_issue_to(cx.now.wall, peer)?;
        let current = self.authority.membership(peer).ok_or(InviteError::NotFound)?;
        let from = renewed_from(cx.now.wall, acting, current.window);
        let until = until.unwrap_or_else(|| end_of(from, current.window));
        if until <= cx.now.wall || until <= from || until > acting.window.until {
            return Err(InviteError::InvalidTimePeriod);
        }
        self.issue_for(cx, acting, peer, current.role, Window { from, until })?;
        Ok(self.commit_act(cx))
    }

    /// Something may fall due otherwise than was found: that is looked for within a minute. A look
    /// goes over all members, so there is one a minute however often anything changes.
    pub(super) fn look_for_chores_soon(&mut self, cx: &mut Cx<'_>) {
        let key = TimerKey::Group(self.seat, Why::Renewal);
        let soon = cx.now.mono.after(AGAIN);
        if cx.shared.timers.due(key).is_none_or(|due| soon < due) {
            cx.arm_at(key, soon);
        }
    }

    /// Looks for what is due: a few of the first are done, the others a minute later.
    pub(super) fn on_chores(&mut self, cx: &mut Cx<'_>) {
        let wall = cx.now.wall;
        let is_due = |&(at, _): &(UnixTime, Chore)| at <= wall;
        let (mut due, later): (Vec<_>, Vec<_>) = self.chores(wall).into_iter().partition(is_due);
        due.sort_unstable();
        for &(_, chore) in due.iter().take(CHORES_PER_STEP) {
            self.do_chore(cx, chore);
        }
        let key = TimerKey::Group(self.seat, Why::Renewal);
        match due.into_iter().chain(later).map(|(at, _)| at).min() {
            Some(next) => cx.arm(key, next.since(wall).max(AGAIN)),
            None => cx.shared.timers.disarm(key),
        }
    }

    /// A member has come whose membership might have been renewed before, had it come before.
    pub(super) fn renew_who_came_late(&mut self, cx: &mut Cx<'_>, peer: PeerId) {
        let window = self.authority.membership(peer).map(|member| member.window);
        let begins = |window: Window| window.until.before(part(window, RENEWED_IN_LAST));
        if window.is_some_and(|window| begins(window) <= cx.now.wall) {
            self.look_for_chores_soon(cx);
        }
    }

    fn do_chore(&mut self, cx: &mut Cx<'_>, chore: Chore) {
        match chore {
            Chore::Warn(until) => {
                self.warned = Some(until);
                self.tell(Event::MembershipEnding { until });
            }
            // alone, it might be this node's own clock that is wrong
            Chore::Renew(..) | Chore::Pin(_) if self.neighbours.is_empty() => {}
            Chore::Renew(peer, until) => {
                self.renew(cx, peer, Some(until)).ok();
            }
            Chore::Pin(peer) => self.pin(cx, peer),
        }
    }

    /// Removes an Admin whose time is over and keeps what is known of its acts, and deletes again
    /// what it had deleted.
    fn pin(&mut self, cx: &mut Cx<'_>, peer: PeerId) {
        let deleted = self.records.deletions_by(peer);
        let cut = self.authority.cut(peer);
        if self.act(Body::Remove { subject: peer, cut: cut.heads }, Vec::new()).is_some() {
            self.end_tenure(cx, &deleted);
        }
    }

    /// What falls due, and when.
    fn chores(&self, wall: UnixTime) -> Vec<(UnixTime, Chore)> {
        let mut chores: Vec<(UnixTime, Chore)> = self.warning(wall).into_iter().collect();
        let acting = self.acting_now(wall).filter(|acting| acting.role == Role::Admin);
        if let Some(acting) = acting.filter(|_| self.is_online() && self.row.ready.is_ready()) {
            let turns = Turns::new(self, wall);
            if self.properties().renew_members {
                chores.extend(self.renewals(wall, acting, &turns));
            }
            chores.extend(self.pins(acting, &turns));
        }
        chores
    }

    fn warning(&self, wall: UnixTime) -> Option<(UnixTime, Chore)> {
        let window = self.authority.membership(self.seat.identity)?.window;
        let is_to_come = window.until < UnixTime::MAX && wall < window.until;
        let due = window.until.before(part(window, WARNED_IN_LAST));
        (is_to_come && self.warned != Some(window.until))
            .then_some((due, Chore::Warn(window.until)))
    }

    fn renewals(
        &self,
        wall: UnixTime,
        acting: Acting,
        turns: &Turns,
    ) -> impl Iterator<Item = (UnixTime, Chore)> {
        let me = self.seat.identity;
        let above = self.authority.chain(acting.cred.as_ref()).len();
        let others = self
            .authority
            .members()
            .filter(move |member| member.peer != me && member.window.contains(wall))
            // who never came has an invitation, and that ends when it says
            .filter(|member| self.has_joined(member.peer));
        others.filter_map(move |member| {
            let window = member.window;
            // an Admin is not renewed to a lower standing than it has
            let has = self.authority.chain(member.grant.as_ref()).len();
            let is_fit = member.role != Role::Admin || above < has.min(CHAIN_POLICY);
            let turn = part(window, TURN_PART).saturating_mul(turns.of(member.peer));
            let due = window.until.before(part(window, RENEWED_IN_LAST)).after(turn);
            let from = renewed_from(due.max(wall), acting, window);
            let until = end_of(from, window).min(acting.window.until);
            let is_worth_it = until > window.until.after(part(window, WORTH_PART));
            (window.until < UnixTime::MAX && is_fit && is_worth_it)
                .then_some((due, Chore::Renew(member.peer, until)))
        })
    }

    fn pins(&self, acting: Acting, turns: &Turns) -> impl Iterator<Item = (UnixTime, Chore)> {
        let standing = self.authority.standing_under(acting.cred.as_ref());
        let me = self.seat.identity;
        let lapsed = self.authority.lapsed_admins().into_iter();
        let junior = lapsed.filter(move |lapsed| standing < lapsed.standing && lapsed.peer != me);
        junior.map(|lapsed| {
            let turn = PIN_TURN.saturating_mul(turns.of(lapsed.peer).saturating_add(1));
            (lapsed.since.after(turn), Chore::Pin(lapsed.peer))
        })
    }
}

/// Whose turn it is among the Admins: another one's first for every peer.
struct Turns {
    /// This node's place among them.
    place: usize,
    count: usize,
}

impl Turns {
    fn new(group: &Group, wall: UnixTime) -> Self {
        let all = group.authority.members();
        let admins =
            all.filter(|member| member.role == Role::Admin && member.window.contains(wall));
        let (mut place, mut count) = (0_usize, 0_usize);
        for admin in admins {
            if admin.peer == group.seat.identity {
                place = count;
            }
            count = count.saturating_add(1);
        }
        Self { place, count: count.max(1) }
    }

    /// How many turns come before this node's, for this peer.
    fn of(&self, peer: PeerId) -> u32 {
        let first = peer.as_bytes().first().copied().map_or(0, usize::from);
        let before = self.place.saturating_add(first).checked_rem(self.count).unwrap_or_default();
        u32::try_from(before).unwrap_or(TURNS_MAX).min(TURNS_MAX)
    }
}

/// When a renewal made at `wall` begins: later than what it renews.
fn renewed_from(wall: UnixTime, acting: Acting, current: Window) -> UnixTime {
    let later = current.from.after(Duration::from_millis(1));
    wall.before(WINDOW_SLACK).max(acting.window.from).max(later)
}

/// The end of a window that begins then and is as long as `current`.
fn end_of(from: UnixTime, current: Window) -> UnixTime {
    if current.until == UnixTime::MAX {
        return UnixTime::MAX;
    }
    from.after(current.until.since(current.from))
}

fn part(window: Window, of: u32) -> Duration {
    window.until.since(window.from).checked_div(of).unwrap_or_default()
}
