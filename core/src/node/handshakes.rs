//! Links from the first byte to the last: handshakes, faults, ends.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use crate::address::Address;
use crate::cx::Cx;
use crate::event::{Closed, ConnectFailure, ConnectionFailure, Notice, Seat};
use crate::fault::Fault;
use crate::group::{Group, Refusal};
use crate::handshake::{
    Answered, AwaitAnswer, AwaitProof, Claim, Counterpart, Denial, Entrance, Established,
    Initiator, LinkEnd, Purpose, Responder, Side,
};
use crate::id::LinkId;
use crate::input::{LinkDown, LinkInfo};
use crate::limits::HANDSHAKE_TIMEOUT;
use crate::link::{Errand, Link, State};
use crate::node::Node;
use crate::time::Why;
use crate::timers::TimerKey;

impl Node {
    /// A dialled link is up: this end says hello.
    pub(super) fn on_link_up(&mut self, link: LinkId, info: LinkInfo<'_>) {
        let state = self.shared.links.get(link).map(|known| &known.state);
        let Some(State::Dialling(errand)) = state else { return };
        let errand = errand.clone();
        let nonce = self.shared.entropy.handshakes.bytes32();
        let Some(group) = self.groups.get(&errand.seat) else { return self.cut_off(link) };
        let secret = group.link_secret();
        let entrance =
            Entrance { genesis: group.genesis(), peer: errand.seat.identity, secret: &secret };
        let end = LinkEnd { binding: info.binding, instance: self.shared.instance, nonce };
        let (machine, hello) = Initiator::new(entrance, end, errand.target);
        self.go_on(link, State::Greeting(Box::new(machine), errand), &hello);
        let mut cx = Cx { now: self.now, shared: &mut self.shared };
        cx.shared.timers.disarm(TimerKey::Link(link, Why::Dial));
        cx.arm(TimerKey::Link(link, Why::Handshake), HANDSHAKE_TIMEOUT);
    }

    /// Moves a link on and sends what belongs to the step.
    pub(super) fn go_on(&mut self, link: LinkId, state: State, frame: &[u8]) {
        if let Some(known) = self.shared.links.get_mut(link) {
            known.go_on(state, self.now.mono);
            self.shared.outbox.send(link, frame);
        }
    }

    pub(super) fn on_handshake_frame(&mut self, link: LinkId, body: &[u8]) -> Result<(), Fault> {
        if let Some(known) = self.shared.links.get_mut(link) {
            known.heard(self.now.mono);
        }
        match self.shared.links.take_state(link) {
            Some(State::Greeting(machine, errand)) => {
                self.on_greeting(link, *machine, errand, body);
            }
            Some(State::Proving(machine, errand)) => self.on_answer(link, *machine, &errand, body),
            Some(State::Accepted(machine)) => self.on_hello(link, *machine, body)?,
            Some(State::Asked(machine, seat)) => self.on_proof(link, *machine, seat, body)?,
            #[cfg(feature = "password")]
            Some(State::Password(exchange)) => self.on_flight(link, *exchange, body)?,
            Some(State::Dialling(_) | State::Neighbour(_) | State::Direct(..) | State::Closing)
            | None => {}
        }
        Ok(())
    }

    /// Somebody who dialled says hello: if it has been told of a group here, this end tells who
    /// it is; if not, it says nothing at all.
    fn on_hello(&mut self, link: LinkId, machine: Responder, body: &[u8]) -> Result<(), Fault> {
        let seats: Vec<_> = self
            .groups
            .iter()
            .filter(|(_, group)| group.is_online() && !group.seeks_admission())
            .flat_map(|(seat, group)| {
                group.link_secrets().into_iter().map(move |secret| (*seat, group, secret))
            })
            .collect();
        let entrances = seats.iter().map(|(seat, group, secret)| {
            (*seat, Entrance { genesis: group.genesis(), peer: seat.identity, secret })
        });
        let Some((seat, proven)) = machine.on_hello(body, entrances)? else {
            self.cut_off(link);
            return Ok(());
        };
        let greeted = self.with_group(seat, |group, cx| {
            group.introduce(cx, |introduction| proven.greet(introduction))
        });
        if let Some((machine, greeting)) = greeted {
            self.go_on(link, State::Asked(Box::new(machine), seat), &greeting);
        }
        Ok(())
    }

    /// The dialled end tells who it is: this end reveals itself only to a member.
    fn on_greeting(&mut self, link: LinkId, machine: Initiator, errand: Errand, body: &[u8]) {
        let greeting = match machine.on_greeting(body) {
            Ok(greeting) => greeting,
            Err(fault) => return self.fail_handshake(link, &errand, fault),
        };
        let who = greeting.counterpart().clone();
        let verdict = self.with_group(errand.seat, |group, cx| {
            let role = group.admit(cx, &who);
            let is_duplicate = role.is_ok()
                && errand.purpose == Purpose::Group
                && group.is_duplicate(&who, Side::Initiator);
            if is_duplicate {
                group.reached(&errand.address, &who);
            }
            (role, is_duplicate)
        });
        #[cfg(feature = "password")]
        if errand.purpose == Purpose::Password
            && let Some(failure) = self.judge_admitter(&who, verdict.as_ref())
        {
            self.fail_dial(&errand, failure, ConnectionFailure::Denied(Denial::NoPassword));
            return self.cut_off(link);
        }
        match verdict {
            Some((Ok(_), false)) => {
                let proof = self.with_group(errand.seat, |group, cx| {
                    group.introduce(cx, |introduction| {
                        greeting.proceed(introduction, errand.purpose)
                    })
                });
                if let Some((machine, proof)) = proof {
                    self.go_on(link, State::Proving(Box::new(machine), errand), &proof);
                }
            }
            Some((Err(refusal), _)) => {
                let failure = ConnectFailure::NoMemberConnections;
                self.fail_dial(&errand, failure, ConnectionFailure::Denied(refusal.reason));
                self.cut_off(link);
            }
            Some((Ok(_), true)) | None => self.cut_off(link),
        }
    }

    /// The dialled end answers: the link is up, or this identity is told why not.
    fn on_answer(&mut self, link: LinkId, machine: AwaitAnswer, errand: &Errand, body: &[u8]) {
        match machine.on_answer(body) {
            Ok(Answered::Welcome(established)) => {
                self.establish(link, errand.seat, &established, Some(errand));
            }
            Ok(Answered::Denied { counterpart, reason, evidence, referrals }) => {
                let cx = Cx { now: self.now, shared: &mut self.shared };
                let failure = Group::explain(&cx, reason, &counterpart);
                self.fail_dial(errand, failure, ConnectionFailure::Denied(reason));
                self.with_group(errand.seat, |group, _| {
                    group.learn(&evidence);
                    group.follow(counterpart.peer, &referrals);
                });
                self.cut_off(link);
            }
            Err(fault) => self.fail_handshake(link, errand, fault),
        }
    }

    /// Whoever dialled proves who it is: this end lets it in, or says why not.
    fn on_proof(
        &mut self,
        link: LinkId,
        machine: AwaitProof,
        seat: Seat,
        body: &[u8],
    ) -> Result<(), Fault> {
        let claim = machine.on_proof(body)?;
        let (who, purpose) = (claim.counterpart().clone(), claim.purpose());
        let verdict = match purpose {
            #[cfg(feature = "password")]
            Purpose::Password => self.judge_newcomer(link, seat, &who),
            #[cfg(not(feature = "password"))]
            Purpose::Password => Some(Err(Refusal::plain(Denial::NoPassword))),
            Purpose::Group | Purpose::Connection { .. } => self.with_group(seat, |group, cx| {
                group.admit(cx, &who)?;
                judge_purpose(group, cx, (link, &who), purpose).map_err(Refusal::plain)
            }),
        };
        match verdict {
            Some(Ok(())) => self.welcome(link, seat, claim),
            Some(Err(Refusal { reason, evidence })) => {
                let referrals = self.referrals(seat, reason);
                let answer = claim.deny(reason, evidence, referrals);
                self.shared.outbox.send(link, &answer);
                self.hang_up(link);
            }
            None => self.cut_off(link),
        }
        Ok(())
    }

    /// Where a member that finds no room here may find others.
    fn referrals(&mut self, seat: Seat, reason: Denial) -> Vec<Address> {
        if reason != Denial::Busy {
            return Vec::new();
        }
        self.with_group(seat, |group, cx| group.refer(cx)).unwrap_or_default()
    }

    fn welcome(&mut self, link: LinkId, seat: Seat, claim: Claim) {
        let (established, answer) = claim.welcome();
        self.shared.outbox.send(link, &answer);
        self.establish(link, seat, &established, None);
    }

    /// The handshake is over: the group takes the link.
    fn establish(
        &mut self,
        link: LinkId,
        seat: Seat,
        established: &Established,
        errand: Option<&Errand>,
    ) {
        self.shared.timers.disarm(TimerKey::Link(link, Why::Handshake));
        #[cfg(feature = "password")]
        if established.purpose == Purpose::Password {
            return self.begin_exchange(link, seat, established, errand);
        }
        let wall = self.now.wall;
        let peer = established.counterpart.peer;
        let way = (link, self.shared.links.get(link).map_or(Duration::ZERO, Link::round_trip));
        let state = self.with_group(seat, |group, cx| {
            let role = group.role_of(peer, wall)?;
            Some(match established.purpose {
                Purpose::Group if group.on_neighbour_up(cx, link, established, role) => {
                    State::Neighbour(seat)
                }
                Purpose::Group | Purpose::Password => State::Closing,
                Purpose::Connection { nonce } => {
                    let dialled = errand.and_then(|errand| errand.connection);
                    let id = group.on_connection_up(cx, way, peer, nonce, dialled)?;
                    State::Direct(seat, id)
                }
            })
        });
        match (state.flatten(), self.shared.links.get_mut(link)) {
            (Some(state), Some(known)) => known.establish(state),
            (_, _) => self.cut_off(link),
        }
    }

    /// A link ended, or never came up.
    pub(super) fn on_link_down(&mut self, link: LinkId, cause: LinkDown) {
        for why in [Why::Dial, Why::Handshake, Why::Hangup] {
            self.shared.timers.disarm(TimerKey::Link(link, why));
        }
        self.shared.outbox.forget(link);
        let Some(known) = self.shared.links.remove(link) else { return };
        match known.state {
            State::Dialling(errand) => {
                let failure = ConnectFailure::NoMembersFound(cause);
                self.fail_dial(&errand, failure, ConnectionFailure::Unreachable(cause));
            }
            State::Greeting(_, errand) | State::Proving(_, errand) => {
                let failure = ConnectFailure::NoMemberConnections;
                self.fail_dial(&errand, failure, ConnectionFailure::Unreachable(cause));
            }
            #[cfg(feature = "password")]
            State::Password(exchange) => {
                if let Some(errand) = exchange.errand() {
                    let failure = ConnectFailure::NoMemberConnections;
                    self.fail_dial(errand, failure, ConnectionFailure::Unreachable(cause));
                }
            }
            State::Neighbour(seat) => {
                self.with_group(seat, |group, cx| group.on_neighbour_down(cx, link, cause));
            }
            State::Direct(seat, id) => {
                self.with_group(seat, |group, cx| {
                    group.end_connection(cx, id, Closed::Lost(cause));
                });
            }
            State::Accepted(_) | State::Asked(..) | State::Closing => {}
        }
    }

    /// What a link waited for did not come.
    pub(super) fn on_link_timer(&mut self, link: LinkId, why: Why) {
        if why == Why::Hangup {
            // the driver was told to close it and has not said that it did
            self.shared.outbox.forget(link);
            self.shared.links.remove(link);
            return;
        }
        let errand = match self.shared.links.take_state(link) {
            Some(
                State::Dialling(errand) | State::Greeting(_, errand) | State::Proving(_, errand),
            ) => Some(errand),
            #[cfg(feature = "password")]
            Some(State::Password(exchange)) => exchange.errand().cloned(),
            Some(
                State::Accepted(_)
                | State::Asked(..)
                | State::Neighbour(_)
                | State::Direct(..)
                | State::Closing,
            )
            | None => None,
        };
        if let Some(errand) = errand {
            let failure = if why == Why::Dial {
                ConnectFailure::NoMembersFound(LinkDown::TimedOut)
            } else {
                ConnectFailure::NoMemberConnections
            };
            let cause = ConnectionFailure::Unreachable(LinkDown::TimedOut);
            self.fail_dial(&errand, failure, cause);
        }
        self.cut_off(link);
    }

    /// A peer broke the protocol: its link is closed, and whoever it concerns is told.
    pub(super) fn on_fault(&mut self, link: LinkId, fault: Fault) {
        let state = self.shared.links.get(link).map(|known| &known.state);
        match state {
            Some(State::Neighbour(seat)) => {
                let seat = *seat;
                self.with_group(seat, |group, cx| group.fault_neighbour(cx, link, fault));
            }
            Some(State::Direct(seat, id)) => {
                let (seat, id) = (*seat, *id);
                self.with_group(seat, |group, cx| group.fault_connection(cx, link, id, fault));
            }
            Some(State::Greeting(_, errand) | State::Proving(_, errand)) => {
                let errand = errand.clone();
                self.fail_handshake(link, &errand, fault);
            }
            #[cfg(feature = "password")]
            Some(State::Password(exchange)) => match exchange.errand().cloned() {
                Some(errand) => self.fail_handshake(link, &errand, fault),
                None => self.fault_stranger(link, fault),
            },
            Some(State::Accepted(_) | State::Asked(..) | State::Dialling(_) | State::Closing)
            | None => self.fault_stranger(link, fault),
        }
    }

    /// Somebody who is not known to be a member broke the protocol.
    fn fault_stranger(&mut self, link: LinkId, fault: Fault) {
        if fault != Fault::Itself {
            self.shared.outbox.notice(Notice::StrangerFaulted { link, fault });
        }
        self.cut_off(link);
    }

    /// The dialled end broke the handshake, or turned out to be this very node.
    pub(super) fn fail_handshake(&mut self, link: LinkId, errand: &Errand, fault: Fault) {
        if fault == Fault::Itself {
            self.with_group(errand.seat, |group, _| group.reached_itself(&errand.address));
        } else {
            let failure = ConnectFailure::NoMemberConnections;
            self.fail_dial(errand, failure, ConnectionFailure::Faulted(fault));
            self.shared.outbox.notice(Notice::StrangerFaulted { link, fault });
        }
        self.cut_off(link);
    }

    /// What a link was dialled for comes to nothing.
    pub(super) fn fail_dial(
        &mut self,
        errand: &Errand,
        failure: ConnectFailure,
        direct: ConnectionFailure,
    ) {
        self.with_group(errand.seat, |group, cx| match errand.connection {
            Some(id) => group.on_connection_dial_failed(cx, id, direct),
            None => group.on_dial_failed(cx, errand, failure),
        });
    }

    pub(super) fn hang_up(&mut self, link: LinkId) {
        Cx { now: self.now, shared: &mut self.shared }.hang_up(link);
    }

    /// Closes a link at once, whatever state was taken from it.
    pub(super) fn cut_off(&mut self, link: LinkId) {
        Cx { now: self.now, shared: &mut self.shared }.cut_off(link);
    }
}

/// Whether a member that dialled may have what it came for.
fn judge_purpose(
    group: &mut Group,
    cx: &mut Cx<'_>,
    (link, who): (LinkId, &Counterpart),
    purpose: Purpose,
) -> Result<(), Denial> {
    match purpose {
        Purpose::Group if group.is_duplicate(who, Side::Responder) => {
            return Err(Denial::Duplicate);
        }
        Purpose::Connection { nonce } if !group.wants_connection(cx, who.peer, nonce) => {
            return Err(Denial::NotWanted);
        }
        Purpose::Group | Purpose::Connection { .. } | Purpose::Password => {}
    }
    let remote = cx.shared.links.get(link).and_then(|link| link.remote.as_ref());
    group.has_room_for(cx, who.peer, purpose, remote)
}
