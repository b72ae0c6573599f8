//! Acts of authority: inviting, granting, removing, demoting, leaving, setting properties.

use alloc::vec::Vec;
use core::time::Duration;

use crate::authority::{Acting, Cut};
use crate::card::IdentityInfo;
use crate::cx::Cx;
use crate::error::{InviteError, PropertyError, RemoveError};
use crate::group::{Group, Leaving};
use crate::id::{StatementId, Ticket};
use crate::invitation::{Invitation, InvitationParts};
use crate::key::PeerId;
use crate::limits::{CHAIN_MAX, CHAIN_POLICY, STATEMENTS_PER_GRANT_MAX};
use crate::name::Name;
use crate::property::Properties;
use crate::stamp::Stamp;
use crate::statement::{Body, Core, Grant, Lists, Role, Statement, Window};
use crate::time::UnixTime;

/// How far before the issuer's clock a window begins, so that a slower clock finds it begun.
const WINDOW_SLACK: Duration = Duration::from_secs(10 * 60);

/// What to give a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// The role.
    pub role: Role,
    /// Until when; none is the group's default lifetime, or as long as the issuer's own
    /// membership if that ends earlier.
    pub until: Option<UnixTime>,
}

impl Terms {
    /// This role for the default time.
    pub const fn role(role: Role) -> Self {
        Self { role, until: None }
    }

    /// The same until then.
    #[must_use]
    pub const fn until(self, until: UnixTime) -> Self {
        Self { until: Some(until), ..self }
    }
}

/// What a removal or demotion does not reach.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Grants that it does not reach, being of a standing that this identity cannot touch.
    pub spared: usize,
    /// Statements of the member that fall because not everything they rest on is held here.
    pub lost: Vec<StatementId>,
}

impl Group {
    /// Signs a statement under the grant this node acts under, and takes it in. None if there is
    /// no room for it.
    pub(super) fn act(&mut self, body: Body, cites: Vec<StatementId>) -> Option<StatementId> {
        let me = self.seat.identity;
        let mut prev = self.authority.heads(me);
        prev.sort_unstable();
        let depth = self.authority.next_depth(me);
        let cred = self.acting.as_ref().and_then(|acting| acting.cred);
        let lists = Lists::Full { prev, cites };
        let core = Core { author: me, cred, depth, height: self.authority.height(), body };
        let statement = Statement::sign_core(&self.me.key, self.seat.group, core, lists);
        let id = statement.id();
        self.take_statement(statement).then_some(id)
    }

    /// Invites a peer: gives it a role, and a document by which it can join.
    pub(crate) fn invite(
        &mut self,
        cx: &mut Cx<'_>,
        card: &IdentityInfo,
        terms: Terms,
    ) -> Result<(Invitation, Ticket), InviteError> {
        let id = self.issue(cx, card.peer, terms)?;
        let invitation = self.invitation(cx, &id, card.name.clone());
        let ticket = self.commit_act(cx);
        invitation.map(|invitation| (invitation, ticket)).ok_or(InviteError::NotAuthorized)
    }

    /// Gives a peer a role, and publishes it in the group.
    pub(crate) fn grant(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
        terms: Terms,
    ) -> Result<Ticket, InviteError> {
        self.issue(cx, peer, terms)?;
        Ok(self.commit_act(cx))
    }

    /// Ends an act: its effects here, and the operation that makes it durable.
    pub(super) fn commit_act(&mut self, cx: &mut Cx<'_>) -> Ticket {
        self.evaluate(cx);
        self.commit(cx)
    }

    /// Signs the grant, or as many as it takes to cite every removal of the peer.
    pub(super) fn issue(
        &mut self,
        cx: &mut Cx<'_>,
        subject: PeerId,
        terms: Terms,
    ) -> Result<StatementId, InviteError> {
        let acting = self.acting_now(cx).ok_or(InviteError::NotAuthorized)?;
        if !self.row.ready {
            return Err(InviteError::NotReady);
        }
        if subject == self.authority.creator() || subject == self.seat.identity {
            return Err(InviteError::CircularChain);
        }
        let window = self.window_for(cx, acting, terms)?;
        let own = Grant {
            subject: self.seat.identity,
            role: acting.role,
            window: acting.window,
            continues: None,
        };
        let continues = self.tenure_to_continue(subject);
        let grant = Grant { subject, role: terms.role, window, continues };
        if !own.may_issue(&grant) {
            return Err(InviteError::NotAuthorized);
        }
        let above = self.authority.chain(acting.cred.as_ref()).len();
        let longest = if terms.role == Role::Member { CHAIN_MAX } else { CHAIN_POLICY };
        if above >= longest {
            return Err(InviteError::ChainTooLong);
        }
        if self.signed_under(acting.cred) >= STATEMENTS_PER_GRANT_MAX {
            return Err(InviteError::Full);
        }
        let mut cites = self.authority.removals_to_cite(subject, self.seat.identity);
        // each cites at most sixteen; the last covers what all before it cite
        loop {
            let was_full = cites.len() >= crate::limits::CITES_MAX;
            cites = self.authority.standing_alone(subject, cites);
            let id = self.act(Body::Grant(grant), cites).ok_or(InviteError::Full)?;
            if !was_full {
                return Ok(id);
            }
            self.evaluate(cx);
            cites = self.authority.removals_to_cite(subject, self.seat.identity);
            if cites.is_empty() {
                return Ok(id);
            }
        }
    }

    /// What this node signs under, if that is still worth what it was when the group connected.
    pub(super) fn acting_now(&self, cx: &Cx<'_>) -> Option<Acting> {
        let acting =
            self.acting.or_else(|| self.authority.acting_grant(self.seat.identity, cx.now.wall))?;
        let role = self.authority.role_under(acting.cred, self.seat.identity, cx.now.wall)?;
        Some(Acting { role, ..acting })
    }

    fn signed_under(&self, cred: Option<StatementId>) -> usize {
        if cred.is_none() {
            return 0;
        }
        self.authority.statements().filter(|statement| statement.cred() == cred).count()
    }

    fn window_for(&self, cx: &Cx<'_>, acting: Acting, terms: Terms) -> Result<Window, InviteError> {
        let now = cx.now.wall;
        let from = now.before(WINDOW_SLACK).max(acting.window.from);
        let lifetime = self.genesis().charter().member_lifetime();
        let until = terms.until.unwrap_or(now.after(lifetime).min(acting.window.until));
        if until <= now || until > acting.window.until {
            return Err(InviteError::InvalidTimePeriod);
        }
        Ok(Window { from, until })
    }

    /// The tenure that a further grant to a member continues, so that its records stay.
    fn tenure_to_continue(&self, subject: PeerId) -> Option<StatementId> {
        let grant = self.authority.membership(subject)?.grant?;
        Some(self.authority.tenure_of(&grant))
    }

    /// The document for the holder of a grant.
    fn invitation(
        &self,
        cx: &Cx<'_>,
        grant: &StatementId,
        subject_name: Name,
    ) -> Option<Invitation> {
        let grants: Vec<Statement> =
            self.authority.chain(Some(grant)).into_iter().cloned().collect();
        let parts = InvitationParts {
            addresses: self.known_addresses(cx),
            link_secret: self.link_secret(),
            group_name: self.row.group_name.clone(),
            issuer_name: self.me.name.clone(),
            subject_name,
        };
        Invitation::new(self.genesis(), &grants, parts)
    }

    /// Removes a member. With `cascade` every statement it ever signed falls; else those that are
    /// held here stay.
    pub(crate) fn remove(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
        cascade: bool,
    ) -> Result<(Removed, Ticket), RemoveError> {
        let spared = self.check_removal(cx, peer, None)?;
        let cut = if cascade { Cut::default() } else { self.authority.cut(peer) };
        let body = Body::Remove { subject: peer, cut: cut.heads };
        self.act(body, Vec::new()).ok_or(RemoveError::Full)?;
        let ticket = self.commit_act(cx);
        Ok((Removed { spared, lost: cut.lost }, ticket))
    }

    /// Lowers a member's role. What it signed until now stays.
    pub(crate) fn demote(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
        to: Role,
    ) -> Result<(Removed, Ticket), RemoveError> {
        let role = self.authority.role(peer, cx.now.wall).ok_or(RemoveError::NotFound)?;
        if to >= role {
            return Err(RemoveError::NotLower);
        }
        let spared = self.check_removal(cx, peer, Some(to))?;
        let cut = self.authority.cut(peer);
        let body = Body::Demote { subject: peer, to, cut: cut.heads };
        self.act(body, Vec::new()).ok_or(RemoveError::Full)?;
        if to == Role::Inviter {
            // a demoted grant counts as a Member's: the lower role is given anew
            self.grant_again(cx, peer, to);
        }
        let ticket = self.commit_act(cx);
        Ok((Removed { spared, lost: cut.lost }, ticket))
    }

    fn grant_again(&mut self, cx: &mut Cx<'_>, peer: PeerId, role: Role) {
        let continues = self.tenure_to_continue(peer);
        let window = self.authority.membership(peer).map(|membership| membership.window);
        self.evaluate(cx);
        let cites = self.authority.removals_to_cite(peer, self.seat.identity);
        let cites = self.authority.standing_alone(peer, cites);
        let (Some(acting), Some(window)) = (self.acting_now(cx), window) else { return };
        let until = window.until.min(acting.window.until);
        let from = window.from.max(acting.window.from);
        if from < until {
            let window = Window { from, until };
            self.act(Body::Grant(Grant { subject: peer, role, window, continues }), cites);
        }
    }

    /// Whether this identity may remove or demote the peer. Gives how many grants would be spared.
    fn check_removal(
        &self,
        cx: &Cx<'_>,
        peer: PeerId,
        to: Option<Role>,
    ) -> Result<usize, RemoveError> {
        if !self.row.ready {
            return Err(RemoveError::NotReady);
        }
        let acting = self.acting_now(cx).ok_or(RemoveError::NotAuthorized)?;
        if acting.role != Role::Admin || peer == self.authority.creator() {
            return Err(RemoveError::NotAuthorized);
        }
        if !self.authority.is_member_ever(peer) {
            return Err(RemoveError::NotFound);
        }
        let effect = self.authority.removal_effect(peer, to, acting.cred.as_ref());
        if effect.spares_admin || effect.hits == 0 {
            return Err(RemoveError::Senior);
        }
        Ok(effect.spares)
    }

    /// Gives up membership: resigns every live grant, and stays online until a neighbour knows.
    pub(crate) fn leave(&mut self, cx: &mut Cx<'_>) -> Result<Ticket, RemoveError> {
        let me = self.seat.identity;
        if me == self.authority.creator() {
            return Err(RemoveError::NotAuthorized);
        }
        let grants: Vec<StatementId> = self.authority.grants_to(me).map(Statement::id).collect();
        if grants.is_empty() || self.leaving.is_some() {
            return Err(RemoveError::NotFound);
        }
        let at = Stamp::following(self.records.last_stamp, cx.now.wall, self.me.instance);
        let acting = self.acting;
        let mut resigned = 0_usize;
        for grant in grants {
            let window = Window::INFINITE;
            self.acting = Some(Acting { cred: Some(grant), role: Role::Member, window });
            let act = self.act(Body::Resign { at }, Vec::new());
            resigned = resigned.saturating_add(usize::from(act.is_some()));
        }
        self.acting = acting;
        if resigned == 0 {
            return Err(RemoveError::Full);
        }
        let ticket = self.commit(cx);
        self.leaving = Some(Leaving::Storing(ticket));
        Ok(ticket)
    }

    /// Sets the group's properties: the creator alone may.
    pub(crate) fn set_properties(
        &mut self,
        cx: &mut Cx<'_>,
        mut properties: Properties,
    ) -> Result<Ticket, PropertyError> {
        if self.seat.identity != self.authority.creator() {
            return Err(PropertyError::NotAuthorized);
        }
        if !properties.is_valid() {
            return Err(PropertyError::InvalidProperties);
        }
        properties.link_secret = self.row.link_secret;
        properties.password = self.authority.properties().and_then(|known| known.password);
        self.act(Body::Property(properties), Vec::new()).ok_or(PropertyError::Full)?;
        Ok(self.commit_act(cx))
    }
}
