//! Acts of authority: inviting, granting, leaving, setting properties.

use alloc::vec::Vec;
use core::time::Duration;

use crate::authority::Acting;
use crate::card::IdentityInfo;
use crate::cx::Cx;
use crate::error::{InviteError, PropertyError, RemoveError};
use crate::event::Event;
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
pub(super) const WINDOW_SLACK: Duration = Duration::from_secs(10 * 60);

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

impl Group {
    /// Signs a statement under the grant this node acts under, and takes it in. None if there is
    /// no room for it.
    pub(super) fn act(&mut self, body: Body, cites: Vec<StatementId>) -> Option<StatementId> {
        let statement = self.sign(body, cites);
        let id = statement.id();
        self.take_own(statement).then_some(id)
    }

    /// Signs a statement under the grant this node acts under.
    pub(super) fn sign(&self, body: Body, cites: Vec<StatementId>) -> Statement {
        let cred = self.acting.as_ref().and_then(|acting| acting.cred);
        self.sign_after(None, cred, body, cites)
    }

    /// Signs a statement under a grant of its own (none: as the creator). It comes after one that
    /// was signed here and not taken in yet, or after all that was.
    pub(super) fn sign_after(
        &self,
        last: Option<&Statement>,
        cred: Option<StatementId>,
        body: Body,
        cites: Vec<StatementId>,
    ) -> Statement {
        let me = self.seat.identity;
        let (prev, depth) = match last {
            Some(last) => (Vec::from([last.id()]), last.depth().saturating_add(1)),
            None => (self.authority.heads(me), self.authority.next_depth(me)),
        };
        let lists = Lists::Full { prev, cites };
        let core = Core { author: me, cred, depth, height: self.authority.height(), body };
        Statement::sign_core(&self.me.key, self.seat.group, core, lists)
    }

    /// Invites a peer: gives it a role, and a document by which it can join.
    pub(crate) fn invite(
        &mut self,
        cx: &mut Cx<'_>,
        card: &IdentityInfo,
        terms: Terms,
    ) -> Result<(Invitation, Ticket), InviteError> {
        let id = self.issue(cx, card.peer, terms)?;
        self.acquaintances.suggest(card.peer, &card.name);
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
        self.warn_of_bound();
        self.commit(cx)
    }

    /// Tells, once for each grant, when three quarters of what may be signed under it are.
    pub(super) fn warn_of_bound(&mut self) {
        let Some(cred) = self.acting.and_then(|acting| acting.cred) else { return };
        let left = STATEMENTS_PER_GRANT_MAX.saturating_sub(self.authority.signed_under(&cred));
        if left <= STATEMENTS_PER_GRANT_MAX / 4 && self.filling != Some(cred) {
            self.filling = Some(cred);
            self.tell(Event::GrantFilling { left });
        }
    }

    /// Signs the grant that these terms describe.
    pub(super) fn issue(
        &mut self,
        cx: &mut Cx<'_>,
        subject: PeerId,
        terms: Terms,
    ) -> Result<StatementId, InviteError> {
        let acting = self.may_issue_to(cx.now.wall, subject)?;
        let window = self.window_for(cx, acting, terms)?;
        self.issue_for(cx, acting, subject, terms.role, window)
    }

    /// What this node would sign a grant to that peer under.
    pub(super) fn may_issue_to(
        &self,
        wall: UnixTime,
        subject: PeerId,
    ) -> Result<Acting, InviteError> {
        let acting = self.acting_now(wall).ok_or(InviteError::NotAuthorized)?;
        if !self.row.ready.is_ready() {
            return Err(InviteError::NotReady);
        }
        if subject == self.authority.creator() || subject == self.seat.identity {
            return Err(InviteError::CircularChain);
        }
        Ok(acting)
    }

    /// Signs the grant, or as many as it takes to cite every removal of the peer.
    pub(super) fn issue_for(
        &mut self,
        cx: &mut Cx<'_>,
        acting: Acting,
        subject: PeerId,
        role: Role,
        window: Window,
    ) -> Result<StatementId, InviteError> {
        let own = Grant {
            subject: self.seat.identity,
            role: acting.role,
            window: acting.window,
            continues: None,
        };
        let continues = self.tenure_to_continue(subject);
        let grant = Grant { subject, role, window, continues };
        if !own.may_issue(&grant) {
            return Err(InviteError::NotAuthorized);
        }
        let above = self.authority.chain(acting.cred.as_ref()).len();
        let longest = if role == Role::Member { CHAIN_MAX } else { CHAIN_POLICY };
        if above >= longest {
            return Err(InviteError::ChainTooLong);
        }
        let signed = acting.cred.map_or(0, |cred| self.authority.signed_under(&cred));
        if signed >= STATEMENTS_PER_GRANT_MAX {
            return Err(InviteError::Full);
        }
        self.sign_grants(cx, grant)
    }

    fn sign_grants(&mut self, cx: &mut Cx<'_>, grant: Grant) -> Result<StatementId, InviteError> {
        let subject = grant.subject;
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
    pub(super) fn acting_now(&self, wall: UnixTime) -> Option<Acting> {
        let me = self.seat.identity;
        let acting = self.acting.or_else(|| self.authority.acting_grant(me, wall))?;
        let role = self.authority.role_under(acting.cred, me, wall)?;
        Some(Acting { role, ..acting })
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
    pub(super) fn tenure_to_continue(&self, subject: PeerId) -> Option<StatementId> {
        let grant = self.authority.membership(subject)?.grant?;
        Some(self.authority.tenure_of(&grant))
    }

    /// The document for the holder of a grant.
    pub(super) fn invitation(
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
        let at =
            Stamp::following(self.records.last_stamp, self.clock.time(cx.now), self.me.instance);
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
