//! Who is let in: judged on every link, before it carries anything.

use alloc::vec::Vec;

use crate::address::Address;
use crate::cx::Cx;
use crate::group::Group;
use crate::handshake::{Counterpart, Denial, Introduction, Purpose, Side};
use crate::id::StatementId;
use crate::key::PeerId;
use crate::limits::CONNECTIONS_PER_PEER_MAX;
use crate::statement::{Role, Statement};
use crate::time::UnixTime;

/// Why a peer is not let in, and statements that show it, encoded.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: Denial,
    pub(crate) evidence: Vec<Vec<u8>>,
}

impl Refusal {
    pub(crate) fn plain(reason: Denial) -> Self {
        Self { reason, evidence: Vec::new() }
    }
}

impl Group {
    /// The role of a peer whose chain holds by itself, if the set agrees. Grants that the set does
    /// not know yet are taken in, but only below grants that live: a removed peer cannot make the
    /// set grow.
    pub(crate) fn admit(&mut self, cx: &mut Cx<'_>, who: &Counterpart) -> Result<Role, Refusal> {
        let known = who
            .grants
            .iter()
            .take_while(|grant| self.authority.statement(&grant.id()).is_some())
            .count();
        let above = known.checked_sub(1).and_then(|last| who.grants.get(last));
        let is_rooted = above.is_none_or(|grant| self.gives_a_role(cx, grant));
        if is_rooted {
            for grant in &who.grants {
                self.take_statement(grant.clone());
            }
            self.evaluate(cx);
        }
        self.authority.role(who.peer, cx.now.wall).ok_or_else(|| self.refuse(who.peer))
    }

    fn gives_a_role(&self, cx: &Cx<'_>, grant: &Statement) -> bool {
        let id = Some(grant.id());
        grant.grant().is_some_and(|content| {
            self.authority.role_under(id, content.subject, cx.now.wall).is_some()
        })
    }

    fn refuse(&self, peer: PeerId) -> Refusal {
        if self.authority.is_member_ever(peer) {
            return Refusal::plain(Denial::OutsideWindow);
        }
        let evidence: Vec<Vec<u8>> =
            self.authority.evidence(peer).iter().map(Statement::encode).collect();
        let reason = if evidence.is_empty() { Denial::NotAMember } else { Denial::Removed };
        Refusal { reason, evidence }
    }

    /// Whether there is room for what a peer that has been admitted came for. One peer cannot take
    /// all of it.
    pub(crate) fn has_room_for(
        &self,
        cx: &Cx<'_>,
        peer: PeerId,
        purpose: Purpose,
        remote: Option<&Address>,
    ) -> Result<(), Denial> {
        let has_room = match purpose {
            Purpose::Group => self.has_place_for(peer, Side::Responder, remote),
            Purpose::Connection { .. } => {
                let all = cx.shared.connections.of_seat(self.seat);
                let own = all.filter(|(_, connection)| connection.peer == peer).count();
                cx.shared.connections.has_room() && own < CONNECTIONS_PER_PEER_MAX
            }
            // bounded as all links that are not authenticated are
            Purpose::Password => true,
        };
        if has_room { Ok(()) } else { Err(Denial::Busy) }
    }

    /// Whether this identity is no member yet and has a password to be admitted by.
    #[cfg(not(feature = "password"))]
    #[expect(clippy::unused_self, reason = "as with the feature")]
    pub(crate) const fn seeks_admission(&self) -> bool {
        false
    }

    /// What this end tells of itself in a handshake: the best of its own grants.
    pub(crate) fn introduce<T>(
        &mut self,
        cx: &Cx<'_>,
        use_it: impl FnOnce(&Introduction<'_>) -> T,
    ) -> T {
        let own = self.best_own_grant(cx.now.wall);
        let grants: Vec<Statement> =
            self.authority.chain(own.as_ref()).into_iter().cloned().collect();
        let digest = self.statements.root();
        let introduction =
            Introduction { key: &self.me.key, grants: &grants, time: cx.now.wall, digest };
        use_it(&introduction)
    }

    /// The grant that gives this identity most, or else any; none for the creator.
    pub(super) fn best_own_grant(&self, at: UnixTime) -> Option<StatementId> {
        let acting = self.authority.acting_grant(self.seat.identity, at);
        acting.and_then(|acting| acting.cred).or_else(|| self.any_own_grant())
    }

    /// A grant to show when none is in force by this clock: the other end may see it otherwise,
    /// and if not, says why.
    fn any_own_grant(&self) -> Option<StatementId> {
        let me = self.seat.identity;
        let is_mine =
            |statement: &&Statement| statement.grant().is_some_and(|grant| grant.subject == me);
        self.authority.statements().filter(is_mine).last().map(Statement::id)
    }

    /// Takes in what a member showed as the reason for its refusal.
    pub(crate) fn learn(&mut self, evidence: &[Vec<u8>]) {
        let (group, creator) = (self.seat.group, self.authority.creator());
        for bytes in evidence {
            if let Ok(statement) = Statement::decode(group, creator, bytes) {
                self.take_statement(statement);
            }
        }
    }
}
