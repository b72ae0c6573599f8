//! Passwords on a node: verbs, and links on which one is proved.

use alloc::boxed::Box;

use crate::cx::Cx;
use crate::error::{GroupError, JoinError, PasswordError};
use crate::event::{ConnectFailure, ConnectionFailure, Seat};
use crate::fault::Fault;
use crate::group::{Group, Refusal};
use crate::handshake::{Counterpart, Denial, Established, Side};
use crate::id::LinkId;
use crate::key::PeerId;
use crate::limits::HANDSHAKE_TIMEOUT;
use crate::link::{Errand, State};
use crate::node::Node;
use crate::node::verbs::receipt;
use crate::output::Receipt;
use crate::password::{
    Admitter, Admitting, AwaitVerdict, Exchange, Joining, Newcomer, Parties, PasswordInvitation,
    PasswordSecret, Source, Verdict, deny,
};
use crate::statement::Role;
use crate::time::{Now, UnixTime, Why};
use crate::timers::TimerKey;

impl Node {
    /// Sets the group's password, in place of an earlier one, and the role that whoever knows it
    /// is given; this node admits by it. The creator alone may. Experimental.
    ///
    /// The group is told which password it is, by a number, and the role; of the password nothing.
    /// Tell it to those who are to admit by it, for [`Node::hold_password`]. It lies in this node's
    /// store as plain as the identity's secret key does.
    ///
    /// # Errors
    /// [`PasswordError`]; the node is unchanged.
    pub fn set_password(
        &mut self,
        now: Now,
        seat: Seat,
        secret: PasswordSecret,
        role: Role,
    ) -> Result<Receipt<()>, PasswordError> {
        self.act(now, seat, PasswordError::NotOpen, |group, cx| {
            group.set_password(cx, secret, role)
        })
        .map(receipt)
    }

    /// Holds the password that the creator has set last: this node, of an Admin or Inviter, admits
    /// by it until the creator sets another, a removal suspends it, or it is forgotten.
    /// Experimental.
    ///
    /// # Errors
    /// [`PasswordError`]; the node is unchanged.
    pub fn hold_password(
        &mut self,
        now: Now,
        seat: Seat,
        secret: PasswordSecret,
    ) -> Result<Receipt<()>, PasswordError> {
        self.act(now, seat, PasswordError::NotOpen, |group, cx| group.hold_password(cx, secret))
            .map(receipt)
    }

    /// Forgets the group's password: this node admits nobody by it any more. On the creator's node
    /// it ends admission by password in the whole group. Experimental.
    ///
    /// # Errors
    /// [`PasswordError`]; the node is unchanged.
    pub fn forget_password(&mut self, now: Now, seat: Seat) -> Result<Receipt<()>, PasswordError> {
        self.act(now, seat, PasswordError::NotOpen, Group::forget_password).map(receipt)
    }

    /// Whether this node would admit somebody who knows the password: it holds the one in force,
    /// and may. Experimental.
    ///
    /// # Errors
    /// [`GroupError::NotOpen`].
    pub fn admits_by_password(&self, seat: Seat) -> Result<bool, GroupError> {
        self.group(seat).map(|group| group.admits_by_password(self.now.wall))
    }

    /// How to reach the group, for everybody who is told its password
    /// (`PeerGroupCreatePasswordInvitation`). Any member may make one; the addresses in it, its own
    /// first, should be of nodes that hold the password. Experimental.
    ///
    /// # Errors
    /// [`PasswordError`]; the node is unchanged.
    pub fn password_invitation(
        &mut self,
        now: Now,
        seat: Seat,
        until: UnixTime,
    ) -> Result<PasswordInvitation, PasswordError> {
        self.act(now, seat, PasswordError::NotOpen, |group, cx| {
            group.password_invitation(cx, until)
        })
    }

    /// Prepares to be admitted by a password (`PeerGroupPasswordJoin`). The group is open and
    /// offline. Connecting tries the password at one member after the other, until one admits this
    /// identity or says that it is wrong; only then is it known whether it is right. Experimental.
    ///
    /// # Errors
    /// [`JoinError`]; the node is unchanged.
    pub fn join_with_password(
        &mut self,
        now: Now,
        identity: PeerId,
        invitation: &PasswordInvitation,
        secret: PasswordSecret,
    ) -> Result<Receipt<Seat>, JoinError> {
        self.enter(now);
        if !self.start.is_done() {
            return Err(JoinError::NotStarted);
        }
        let me = self.me(identity).ok_or(JoinError::NotForYou)?;
        let seat = Seat { identity, group: invitation.group() };
        if self.identities.row(seat).is_some() {
            return Err(JoinError::AlreadyJoined);
        }
        if invitation.until() <= self.now.wall {
            return Err(JoinError::InvalidTimePeriod);
        }
        if !self.has_seat_left() {
            return Err(JoinError::TooMany);
        }
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        let (group, ticket) = Group::join_with_password(&mut cx, me, invitation, secret);
        Ok(Receipt::new(self.sit(group), ticket))
    }

    /// Another password to be admitted by, after [`ConnectFailure::WrongPassword`]
    /// (`PeerGroupResumePasswordAuthentication`): connect again then. Experimental.
    ///
    /// # Errors
    /// [`PasswordError`]; the node is unchanged.
    pub fn retry_password(
        &mut self,
        now: Now,
        seat: Seat,
        secret: PasswordSecret,
    ) -> Result<Receipt<()>, PasswordError> {
        self.act(now, seat, PasswordError::NotOpen, |group, cx| group.retry_password(cx, secret))
            .map(receipt)
    }

    /// Whether somebody of whom only the key is known may try the password here.
    pub(super) fn judge_newcomer(
        &mut self,
        link: LinkId,
        seat: Seat,
        who: &Counterpart,
    ) -> Option<Result<(), Refusal>> {
        let source = self.source(link, who.peer);
        self.with_group(seat, |group, cx| group.judge_newcomer(cx, who.peer, source))
    }

    /// Why not to try the password at a member that has shown who it is, if there is a reason.
    pub(super) fn judge_admitter(
        &mut self,
        who: &Counterpart,
        verdict: Option<&(Result<Role, Refusal>, bool)>,
    ) -> Option<ConnectFailure> {
        let cx = Cx { now: self.now, shared: &mut self.shared };
        match verdict? {
            (Ok(role), _) => Group::judge_admitter(&cx, who, *role).err(),
            (Err(refusal), _) => Some(Group::explain_refusal(&cx, refusal.reason, who)),
        }
    }

    /// The handshake of a link for this purpose is over: the exchange begins.
    pub(super) fn begin_exchange(
        &mut self,
        link: LinkId,
        seat: Seat,
        established: &Established,
        errand: Option<&Errand>,
    ) {
        let Established { counterpart, side, binding, .. } = established;
        let (me, them) = (seat.identity, counterpart.peer);
        let (newcomer, admitter) = match side {
            Side::Initiator => (me, them),
            Side::Responder => (them, me),
        };
        let parties = Parties { binding: *binding, group: seat.group, newcomer, admitter };
        if let Some(known) = self.shared.links.get_mut(link) {
            known.renew_budget();
        }
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        cx.arm(TimerKey::Link(link, Why::Handshake), HANDSHAKE_TIMEOUT);
        if let Some(errand) = errand {
            return self.offer(link, errand, counterpart, parties);
        }
        let source = self.source(link, them);
        let stage = Admitting::Welcomed(Admitter::new(parties));
        self.keep_state(link, Exchange::Admitting(stage, seat, them, source));
    }

    /// Whence a peer on a link comes.
    pub(super) fn source(&self, link: LinkId, peer: PeerId) -> Source {
        let remote = self.shared.links.get(link).and_then(|known| known.remote.as_ref());
        Source::of(remote, peer)
    }

    fn keep_state(&mut self, link: LinkId, exchange: Exchange) {
        if let Some(known) = self.shared.links.get_mut(link) {
            known.state = State::Password(exchange.into());
        }
    }

    /// A newcomer's first flight.
    fn offer(&mut self, link: LinkId, errand: &Errand, who: &Counterpart, parties: Parties) {
        let random = self.shared.entropy.passwords.bytes64();
        let begun = self.with_group(errand.seat, |group, _| {
            Some(Newcomer::begin(parties, group.joining_password()?, random))
        });
        match begun.flatten() {
            Some(Ok((machine, flight))) => {
                let stage = Joining::Offered(machine);
                let exchange = Exchange::Joining(stage, errand.clone(), who.clone().into());
                self.go_on(link, State::Password(exchange.into()), &flight);
            }
            Some(Err(fault)) => self.fail_handshake(link, errand, fault),
            None => self.cut_off(link),
        }
    }

    /// A flight arrived.
    pub(super) fn on_flight(
        &mut self,
        link: LinkId,
        exchange: Exchange,
        body: &[u8],
    ) -> Result<(), Fault> {
        match exchange {
            Exchange::Joining(stage, errand, who) => {
                self.on_flight_to_newcomer(link, stage, errand, who, body);
                Ok(())
            }
            Exchange::Admitting(Admitting::Welcomed(machine), seat, newcomer, source) => {
                let random = self.shared.entropy.passwords.bytes64();
                let answered = self.with_group(seat, |group, _| {
                    Some(machine.on_share(body, group.password()?, random))
                });
                let Some(answered) = answered.flatten() else {
                    self.refuse(link, Denial::NoPassword);
                    return Ok(());
                };
                let (machine, flight) = answered?;
                let stage = Admitting::Answered(machine);
                let exchange = Exchange::Admitting(stage, seat, newcomer, source);
                self.go_on(link, State::Password(exchange.into()), &flight);
                Ok(())
            }
            Exchange::Admitting(Admitting::Answered(machine), seat, newcomer, source) => {
                // others may have used up the guesses, or the password have changed, meanwhile
                let judged =
                    self.with_group(seat, |group, cx| group.judge_newcomer(cx, newcomer, source));
                if let Some(Err(Refusal { reason, .. })) = judged {
                    self.refuse(link, reason);
                    return Ok(());
                }
                let proven = machine.on_confirmation(body)?;
                let exchange = Exchange::Admitting(Admitting::Decided, seat, newcomer, source);
                self.keep_state(link, exchange);
                self.with_group(seat, |group, cx| {
                    group.decide(cx, link, (newcomer, source), proven.as_ref());
                });
                Ok(())
            }
            Exchange::Admitting(Admitting::Decided, ..) => Err(Fault::Unexpected),
        }
    }

    /// Tells a newcomer why not, where nothing has to be durable first.
    fn refuse(&mut self, link: LinkId, reason: Denial) {
        self.shared.outbox.send(link, &deny(reason));
        self.hang_up(link);
    }

    fn on_flight_to_newcomer(
        &mut self,
        link: LinkId,
        stage: Joining,
        errand: Errand,
        who: Box<Counterpart>,
        body: &[u8],
    ) {
        match stage {
            Joining::Offered(machine) => match machine.on_share(body) {
                Ok((machine, flight)) => {
                    let exchange = Exchange::Joining(Joining::Confirmed(machine), errand, who);
                    self.go_on(link, State::Password(exchange.into()), &flight);
                }
                Err(fault) => self.fail_handshake(link, &errand, fault),
            },
            Joining::Confirmed(machine) => self.on_verdict(link, machine, &errand, &who, body),
        }
    }

    /// The admitting member has decided.
    fn on_verdict(
        &mut self,
        link: LinkId,
        machine: AwaitVerdict,
        errand: &Errand,
        who: &Counterpart,
        body: &[u8],
    ) {
        let verdict = match machine.on_verdict(body) {
            Ok(verdict) => verdict,
            Err(fault) => return self.fail_handshake(link, errand, fault),
        };
        match verdict {
            Verdict::Admitted(chain) => {
                let admitted = self.with_group(errand.seat, |group, cx| {
                    group.reached(&errand.address, who);
                    group.on_admitted(cx, &chain)
                });
                match admitted {
                    Some(Err(fault)) => self.fail_handshake(link, errand, fault),
                    Some(Ok(())) | None => self.cut_off(link),
                }
            }
            Verdict::Denied(reason) => {
                let cx = Cx { now: self.now, shared: &mut self.shared };
                let failure = Group::explain(&cx, reason, who);
                self.fail_dial(errand, failure, ConnectionFailure::Denied(reason));
                self.cut_off(link);
                if failure == ConnectFailure::WrongPassword {
                    self.with_group(errand.seat, Group::on_wrong_password);
                }
            }
        }
    }
}
