//! Removing and demoting members, and telling beforehand what falls with them.

use alloc::vec::Vec;

use crate::authority::{Acting, Cut};
use crate::cx::Cx;
use crate::error::RemoveError;
use crate::group::Group;
use crate::group::settle::View;
use crate::id::{RecordId, StatementId, Ticket};
use crate::key::PeerId;
use crate::statement::{Body, Grant, Role, Statement, Window};
use crate::time::UnixTime;

/// What is to become of what a removed member signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Removal {
    /// Whom it brought in and whom it removed stays so, as far as that is held here, and what it
    /// deleted of others' records is deleted again. Its own records are void, and so are its
    /// changes to those of others.
    Keep,
    /// The same; and records are published anew by whoever removes, as they are seen, where they
    /// would be void. They count among that one's own from then on.
    KeepRecords,
    /// Everything that it ever signed falls: whom it brought in is out, whom it removed is back,
    /// what it deleted too.
    Cascade,
}

/// What a removal or demotion does, as far as is known here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Removed {
    /// Grants that it does not reach, being of a standing that this identity cannot touch.
    pub spared: usize,
    /// Statements of the member that go on living; ascending.
    pub kept: Vec<StatementId>,
    /// Statements of the member that fall: all if so asked, else those of which not everything
    /// that they rest on is held here; ascending.
    pub lost: Vec<StatementId>,
    /// Members that are in the group by the removed one, directly or not, and stay; ascending.
    pub members_kept: Vec<PeerId>,
    /// Other members whose membership ends by it; ascending.
    pub members_lost: Vec<PeerId>,
    /// Records of which the version that is seen becomes void: they go, or stand again as they
    /// were before; ascending.
    pub records_void: Vec<RecordId>,
    /// Records that would be void and are published anew; ascending. Beforehand, all of them:
    /// those expire too late for whoever removes, or find no room among its own, are void after
    /// all.
    pub records_kept: Vec<RecordId>,
}

/// The right to remove somebody.
#[derive(Debug)]
pub(super) struct Warrant {
    /// The grants that it comes from: one removal is signed under each; none is the creator's.
    pub(super) creds: Vec<Option<StatementId>>,
    /// Grants of the subject that it does not reach.
    pub(super) spared: usize,
}

impl Group {
    /// Removes a member.
    pub(crate) fn remove(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
        mode: Removal,
    ) -> Result<(Removed, Ticket), RemoveError> {
        let warrant = self.warrant(cx.now.wall, peer, None)?;
        self.remove_by(cx, peer, mode, &warrant)
    }

    /// Removes a member by a right that was found.
    pub(super) fn remove_by(
        &mut self,
        cx: &mut Cx<'_>,
        peer: PeerId,
        mode: Removal,
        warrant: &Warrant,
    ) -> Result<(Removed, Ticket), RemoveError> {
        let (statements, mut removed) = self.plan_removal(peer, mode, warrant)?;
        for statement in statements {
            self.take_own(statement);
        }
        // as long as nothing is evaluated, they can be seen
        let wanted = core::mem::take(&mut removed.records_kept);
        removed.records_kept = self.take_over(cx, &wanted);
        let is_kept = |record: &RecordId| removed.records_kept.binary_search(record).is_ok();
        removed.records_void.extend(wanted.into_iter().filter(|record| !is_kept(record)));
        removed.records_void.sort_unstable();
        let deleted = match mode {
            Removal::Keep | Removal::KeepRecords => self.records.deletions_by(peer),
            Removal::Cascade => Vec::new(),
        };
        Ok((removed, self.end_tenure(cx, &deleted)))
    }

    /// Ends a removal or demotion that was taken in: its effects here, what was deleted is deleted
    /// again, and the operation that makes all of it durable.
    pub(super) fn end_tenure(&mut self, cx: &mut Cx<'_>, deleted: &[RecordId]) -> Ticket {
        self.evaluate(cx);
        self.warn_of_bound();
        self.delete_again(cx, deleted);
        self.commit_versions(cx)
    }

    /// What a removal would do now.
    pub(crate) fn removal_report(
        &self,
        wall: UnixTime,
        peer: PeerId,
        mode: Removal,
    ) -> Result<Removed, RemoveError> {
        let warrant = self.warrant(wall, peer, None)?;
        self.plan_removal(peer, mode, &warrant).map(|(_, removed)| removed)
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
        let Warrant { spared, .. } = self.warrant(cx.now.wall, peer, Some(to))?;
        let cut = self.authority.cut(peer);
        let statement = self.sign(Body::Demote { subject: peer, to, cut: cut.heads }, Vec::new());
        let removed = self.foresee(peer, spared, core::slice::from_ref(&statement))?;
        let deleted = self.records.deletions_by(peer);
        self.take_own(statement);
        if to == Role::Inviter {
            // a demoted grant counts as a Member's: the lower role is given anew
            self.grant_again(cx, peer, to);
        }
        Ok((removed, self.end_tenure(cx, &deleted)))
    }

    /// The removals, one for each grant that the right comes from, and what they will do.
    fn plan_removal(
        &self,
        peer: PeerId,
        mode: Removal,
        warrant: &Warrant,
    ) -> Result<(Vec<Statement>, Removed), RemoveError> {
        let cut = match mode {
            Removal::Keep | Removal::KeepRecords => self.authority.cut(peer),
            Removal::Cascade => Cut::default(),
        };
        let body = Body::Remove { subject: peer, cut: cut.heads };
        let mut statements: Vec<Statement> = Vec::new();
        for cred in &warrant.creds {
            let next = self.sign_after(statements.last(), *cred, body.clone(), Vec::new());
            statements.push(next);
        }
        let mut removed = self.foresee(peer, warrant.spared, &statements)?;
        if mode == Removal::KeepRecords {
            core::mem::swap(&mut removed.records_void, &mut removed.records_kept);
        }
        Ok((statements, removed))
    }

    /// What removals or a demotion of `peer` will do: the difference that they make to the set,
    /// if there is room for them.
    fn foresee(
        &self,
        peer: PeerId,
        spared: usize,
        statements: &[Statement],
    ) -> Result<Removed, RemoveError> {
        let now = &self.authority;
        let after = now.with(statements);
        if statements.iter().any(|one| after.statement(&one.id()).is_none()) {
            return Err(RemoveError::Full);
        }
        let signed = now.live_by(peer);
        let left = after.live_by(peer);
        let (kept, lost) = signed.into_iter().partition(|id| left.contains(id));
        let others = now.members().map(|member| member.peer).filter(|other| *other != peer);
        let (stay, members_lost): (Vec<PeerId>, Vec<PeerId>) =
            others.partition(|other| after.is_member_ever(*other));
        let is_its = |other: &PeerId| after.was_brought_in_by(*other, peer);
        Ok(Removed {
            spared,
            kept,
            lost,
            members_kept: stay.into_iter().filter(is_its).collect(),
            members_lost,
            records_void: self.records.unsupported(&View(&after)),
            records_kept: Vec::new(),
        })
    }

    fn grant_again(&mut self, cx: &mut Cx<'_>, peer: PeerId, role: Role) {
        let continues = self.tenure_to_continue(peer);
        let window = self.authority.membership(peer).map(|membership| membership.window);
        self.evaluate(cx);
        let cites = self.authority.removals_to_cite(peer, self.seat.identity);
        let cites = self.authority.standing_alone(peer, cites);
        let (Some(acting), Some(window)) = (self.acting_now(cx.now.wall), window) else { return };
        let until = window.until.min(acting.window.until);
        let from = window.from.max(acting.window.from);
        if from < until {
            let window = Window { from, until };
            self.act(Body::Grant(Grant { subject: peer, role, window, continues }), cites);
        }
    }

    /// The right of this identity to remove the peer, or to demote it `to` a role.
    pub(super) fn warrant(
        &self,
        wall: UnixTime,
        peer: PeerId,
        to: Option<Role>,
    ) -> Result<Warrant, RemoveError> {
        let acting = self.check_may_remove(wall, peer, Role::Admin)?;
        let effect = self.authority.removal_effect(peer, to, acting.cred.as_ref());
        if effect.spares_admin || effect.hits == 0 {
            return Err(RemoveError::Senior);
        }
        Ok(Warrant { creds: Vec::from([acting.cred]), spared: effect.spares })
    }

    /// Whether this identity acts in this role or a greater one, and the peer can be removed by
    /// anybody. Gives what it acts under.
    pub(super) fn check_may_remove(
        &self,
        wall: UnixTime,
        peer: PeerId,
        role: Role,
    ) -> Result<Acting, RemoveError> {
        if !self.row.ready.is_ready() {
            return Err(RemoveError::NotReady);
        }
        let acting = self.acting_now(wall).ok_or(RemoveError::NotAuthorized)?;
        if acting.role < role || peer == self.authority.creator() {
            return Err(RemoveError::NotAuthorized);
        }
        self.authority.is_member_ever(peer).then_some(acting).ok_or(RemoveError::NotFound)
    }
}
