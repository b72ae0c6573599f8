//! The group's password: setting it, holding it, admitting by it, being admitted by it.

use alloc::vec::Vec;

use crate::codec::{decode, encode};
use crate::credential::Chain;
use crate::cx::Cx;
use crate::error::PasswordError;
use crate::event::{ConnectFailure, Event};
use crate::fault::Fault;
use crate::group::{Group, Me, Refusal, Terms};
use crate::handshake::keys::equal;
use crate::handshake::party::pack;
use crate::handshake::{Counterpart, Denial};
use crate::hash::{Label, hash};
use crate::id::{LinkId, StatementId, Ticket};
use crate::key::PeerId;
use crate::layout::{Readiness, SeatRow, Table, table_prefix};
use crate::limits::PASSWORD_CLOCKS_APART_MAX;
use crate::password::{
    Held, PasswordInvitation, PasswordInvitationParts, PasswordSecret, Proven, Source, deny,
};
use crate::property::PasswordTerms;
use crate::statement::{Body, Role, Statement};
use crate::storage::Change;
use crate::time::UnixTime;

/// The first byte of what the hash of the removals covers.
const REMOVALS: &[u8] = &[5];

impl Group {
    /// Sets the group's password, of which only its number and the role it gives are told to the
    /// group, and holds it.
    pub(crate) fn set_password(
        &mut self,
        cx: &mut Cx<'_>,
        secret: PasswordSecret,
        role: Role,
    ) -> Result<Ticket, PasswordError> {
        if self.seat.identity != self.authority.creator() {
            return Err(PasswordError::NotAuthorized);
        }
        if role == Role::Admin {
            return Err(PasswordError::InvalidRole);
        }
        if self.is_held(&secret) {
            return Err(PasswordError::Unchanged);
        }
        let before = self.keep.held.as_ref().map_or(0, |held| held.number);
        let number = self.password_terms().map_or(before, |terms| terms.number.max(before));
        let number = number.checked_add(1).ok_or(PasswordError::Full)?;
        let terms = PasswordTerms { number, role, removals: self.removals() };
        self.tell_terms(Some(terms))?;
        self.keep.held = Some(Held { secret, number });
        self.stage_keep();
        Ok(self.commit_act(cx))
    }

    /// Holds the password that the creator has set: from now on this node admits by it.
    pub(crate) fn hold_password(
        &mut self,
        cx: &mut Cx<'_>,
        secret: PasswordSecret,
    ) -> Result<Ticket, PasswordError> {
        if !self.row.ready.is_ready() {
            return Err(PasswordError::NotReady);
        }
        let acting = self.acting_now(cx.now.wall).ok_or(PasswordError::NotAuthorized)?;
        if acting.role < Role::Inviter {
            return Err(PasswordError::NotAuthorized);
        }
        let terms = self.terms_in_force().ok_or(PasswordError::NoPassword)?;
        let is_current = |held: &Held| held.number == terms.number;
        if self.is_held(&secret) && !self.keep.held.as_ref().is_some_and(is_current) {
            return Err(PasswordError::Unchanged);
        }
        self.keep.held = Some(Held { secret, number: terms.number });
        self.stage_keep();
        Ok(self.commit_act(cx))
    }

    /// Forgets the password. The creator's own node tells the group that it has none any more.
    pub(crate) fn forget_password(&mut self, cx: &mut Cx<'_>) -> Result<Ticket, PasswordError> {
        let is_creator = self.seat.identity == self.authority.creator();
        if self.keep.held.is_none() && !(is_creator && self.password_terms().is_some()) {
            return Err(PasswordError::NoPassword);
        }
        if is_creator {
            self.tell_terms(None)?;
        }
        self.keep.held = None;
        self.stage_keep();
        Ok(self.commit_act(cx))
    }

    /// Tells the group which password it has.
    fn tell_terms(&mut self, password: Option<PasswordTerms>) -> Result<(), PasswordError> {
        let link_secret = self.row.link_secret;
        let properties = crate::property::Properties { link_secret, password, ..self.properties() };
        self.act(Body::Property(properties), Vec::new()).ok_or(PasswordError::Full)?;
        Ok(())
    }

    /// The document by which whoever is told the password finds the group.
    pub(crate) fn password_invitation(
        &self,
        cx: &Cx<'_>,
        until: UnixTime,
    ) -> Result<PasswordInvitation, PasswordError> {
        let terms = self.terms_in_force().ok_or(PasswordError::NoPassword)?;
        if until <= cx.now.wall {
            return Err(PasswordError::InvalidTimePeriod);
        }
        let parts = PasswordInvitationParts {
            role: terms.role,
            until,
            addresses: self.known_addresses(cx),
            link_secret: self.link_secret(),
            group_name: self.row.group_name.clone(),
            issuer_name: self.me.name.clone(),
        };
        Ok(PasswordInvitation::new(self.genesis(), parts))
    }

    /// Whether this node would admit somebody who knows the password.
    pub(crate) fn admits_by_password(&self, wall: UnixTime) -> bool {
        let may_admit = self.acting_role(wall).is_some_and(|role| role >= Role::Inviter);
        may_admit && self.held_in_force().is_some()
    }

    fn password_terms(&self) -> Option<PasswordTerms> {
        self.authority.properties()?.password
    }

    /// The terms that the creator has set, unless a removal that it did not know suspends them.
    fn terms_in_force(&self) -> Option<PasswordTerms> {
        self.password_terms().filter(|terms| terms.removals == self.removals())
    }

    /// What this node admits by, if it is the password in force.
    fn held_in_force(&self) -> Option<(&Held, PasswordTerms)> {
        let held = self.keep.held.as_ref()?;
        let terms = self.terms_in_force()?;
        (held.number == terms.number).then_some((held, terms))
    }

    fn is_held(&self, secret: &PasswordSecret) -> bool {
        self.keep.held.as_ref().is_some_and(|held| equal(held.secret.expose(), secret.expose()))
    }

    /// The removals by Admins that live, as one hash. Dead ones do not count, or a removed Admin
    /// could suspend the password for ever.
    fn removals(&self) -> [u8; 32] {
        let mut ids: Vec<StatementId> = self.live_removals().map(Statement::id).collect();
        ids.sort_unstable();
        let ids: Vec<&[u8]> = ids.iter().map(|id| id.as_bytes().as_slice()).collect();
        hash(Label::Password, &[REMOVALS, &ids.concat()])
    }

    fn live_removals(&self) -> impl Iterator<Item = &Statement> {
        self.authority.statements().filter(|one| self.authority.is_removal_by_admin(one))
    }

    fn was_removed(&self, peer: PeerId) -> bool {
        !self.authority.is_member_ever(peer) && self.authority.is_removed(peer)
    }

    /// Whether a newcomer, of whom only the key is known, may try the password here.
    pub(crate) fn judge_newcomer(
        &mut self,
        cx: &mut Cx<'_>,
        who: PeerId,
        source: Source,
    ) -> Result<(), Refusal> {
        self.evaluate(cx);
        if self.was_removed(who) {
            let evidence = self.authority.evidence(who);
            let evidence = evidence.iter().map(Statement::encode).collect();
            return Err(Refusal { reason: Denial::Removed, evidence });
        }
        let needs_none = who == self.authority.creator() || who == self.seat.identity;
        if needs_none || !self.admits_by_password(cx.now.wall) {
            return Err(Refusal::plain(Denial::NoPassword));
        }
        if !self.keep.attempts.allow(cx.now.wall, source) {
            return Err(Refusal::plain(Denial::TooManyAttempts));
        }
        Ok(())
    }

    /// The password by which to answer a newcomer, if it is still in force.
    pub(crate) fn password(&self) -> Option<&PasswordSecret> {
        self.held_in_force().map(|(held, _)| &held.secret)
    }

    /// A newcomer proved the password, or failed to. The verdict leaves on its link once what
    /// follows from it is durable: the grant, or one more failure.
    pub(crate) fn decide(
        &mut self,
        cx: &mut Cx<'_>,
        link: LinkId,
        (newcomer, source): (PeerId, Source),
        proven: Option<&Proven>,
    ) {
        let verdict = if let Some(proven) = proven {
            let chain = self.admit_newcomer(cx, newcomer);
            chain.map_or_else(|| deny(Denial::NoPassword), |chain| proven.admit(chain))
        } else {
            self.keep.attempts.note(cx.now.wall, source);
            self.stage_keep();
            deny(Denial::WrongPassword)
        };
        self.staged.flight.verdicts.push((link, verdict));
    }

    /// Grants the password's role to a newcomer. Gives its chain.
    fn admit_newcomer(&mut self, cx: &mut Cx<'_>, newcomer: PeerId) -> Option<Vec<u8>> {
        let (_, terms) = self.held_in_force()?;
        let grant = self.issue(cx, newcomer, Terms::role(terms.role)).ok()?;
        self.evaluate(cx);
        let grants: Vec<Statement> =
            self.authority.chain(Some(&grant)).into_iter().cloned().collect();
        Some(pack(&grants))
    }

    /// Sends the verdicts that are durable, and closes their links.
    pub(super) fn send_verdicts(&self, cx: &mut Cx<'_>, verdicts: Vec<(LinkId, Vec<u8>)>) {
        for (link, verdict) in verdicts {
            let serves = |of: &crate::link::Link| of.seat() == Some(self.seat);
            if cx.shared.links.get(link).is_some_and(serves) {
                cx.shared.outbox.send(link, &verdict);
                cx.hang_up(link);
            }
        }
    }

    /// Prepares to be admitted by a password. The password is kept until that has happened.
    pub(crate) fn join_with_password(
        cx: &mut Cx<'_>,
        me: Me,
        invitation: &PasswordInvitation,
        secret: PasswordSecret,
    ) -> (Self, Ticket) {
        let row = SeatRow {
            genesis: invitation.genesis().unchecked(),
            link_secret: invitation.link_secret(),
            ready: Readiness::Never,
            group_name: invitation.group_name().clone(),
        };
        let mut group = Self::newcomer(invitation.genesis(), me, row, invitation.addresses());
        group.stage_book();
        group.keep.joining = Some(secret);
        group.stage_keep();
        let ticket = group.commit_act(cx);
        (group, ticket)
    }

    /// Another password to be admitted by, after the first was wrong.
    pub(crate) fn retry_password(
        &mut self,
        cx: &mut Cx<'_>,
        secret: PasswordSecret,
    ) -> Result<Ticket, PasswordError> {
        if !self.seeks_admission() {
            return Err(PasswordError::NotJoining);
        }
        self.keep.joining = Some(secret);
        self.stage_keep();
        Ok(self.commit_act(cx))
    }

    /// Whether this identity is no member yet and has a password to be admitted by.
    pub(crate) fn seeks_admission(&self) -> bool {
        self.keep.joining.is_some() && !self.authority.knows_grant_to(self.seat.identity)
    }

    /// The password to be admitted by.
    pub(crate) fn joining_password(&self) -> Option<&PasswordSecret> {
        self.keep.joining.as_ref()
    }

    /// Whether to try the password at a member that has shown who it is: it costs a guess.
    pub(crate) fn judge_admitter(
        cx: &Cx<'_>,
        who: &Counterpart,
        role: Role,
    ) -> Result<(), ConnectFailure> {
        if are_apart(cx, who) {
            return Err(ConnectFailure::WrongClock);
        }
        if role < Role::Inviter { Err(ConnectFailure::NobodyAdmits) } else { Ok(()) }
    }

    /// Why a member's own credential is refused here.
    pub(crate) fn explain_refusal(
        cx: &Cx<'_>,
        reason: Denial,
        who: &Counterpart,
    ) -> ConnectFailure {
        if reason == Denial::OutsideWindow && are_apart(cx, who) {
            return ConnectFailure::WrongClock;
        }
        ConnectFailure::NoMemberConnections
    }

    /// A member that knows the password admitted this identity: it goes on as any other member.
    pub(crate) fn on_admitted(&mut self, cx: &mut Cx<'_>, chain: &[u8]) -> Result<(), Fault> {
        let chain: Chain = decode(chain).map_err(|_| Fault::Malformed)?;
        let (grants, holder) = chain.check(self.genesis())?;
        if grants.is_empty() || holder != self.seat.identity {
            return Err(Fault::InvalidCredential);
        }
        self.trust_chain(&grants);
        for grant in grants {
            self.take_statement(grant);
        }
        self.keep.joining = None;
        self.stage_keep();
        let changes = self.authority.evaluate().unwrap_or_default();
        // connecting goes on: its first role is no change of one
        self.role = self.authority.role(self.seat.identity, cx.now.wall);
        self.acting = self.authority.acting_grant(self.seat.identity, cx.now.wall);
        self.tell(Event::CredentialsChanged { role: self.role });
        self.on_roles_changed(cx, changes.peers);
        self.maintain_soon(cx);
        Ok(())
    }

    /// The password is wrong: connecting ends, so that it is not tried over and over.
    pub(crate) fn on_wrong_password(&mut self, cx: &mut Cx<'_>) {
        if self.attempt.take().is_some() {
            self.tell(Event::ConnectFailed(ConnectFailure::WrongPassword));
        }
        self.go_offline(cx);
    }

    fn stage_keep(&mut self) {
        let key = table_prefix(Table::Password, self.seat);
        let value = encode(&self.keep).into();
        self.staged.changes.push(Change::Put { key, value });
    }
}

/// Whether a member's clock and this one disagree so much that a grant would not be in force.
fn are_apart(cx: &Cx<'_>, who: &Counterpart) -> bool {
    let wall = cx.now.wall;
    wall.since(who.time).max(who.time.since(wall)) > PASSWORD_CLOCKS_APART_MAX
}
