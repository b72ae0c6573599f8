//! Checkpoints: the creator lets go of what nobody needs any more.

use alloc::vec::Vec;

use crate::checkpoint::parts;
use crate::cx::Cx;
use crate::error::CheckpointError;
use crate::event::Event;
use crate::group::Group;
use crate::id::{StatementId, Ticket};
use crate::message::Set;
use crate::statement::{Body, Core, Lists, Statement};

/// What a checkpoint kept and what it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Checkpointed {
    /// Its height: one more than that of the checkpoint before.
    pub height: u32,
    /// Statements that survive it.
    pub survivors: usize,
    /// Statements held until now that do not.
    pub void: usize,
}

impl Group {
    /// Fixes what the group's statements amount to, and ends all that are not needed for it.
    pub(crate) fn checkpoint(
        &mut self,
        cx: &mut Cx<'_>,
    ) -> Result<(Checkpointed, Ticket), CheckpointError> {
        if self.seat.identity != self.authority.creator() {
            return Err(CheckpointError::NotAuthorized);
        }
        if self.row.ready.is_restored() {
            return Err(CheckpointError::NotReady);
        }
        self.evaluate(cx);
        let at = cx.now.wall;
        let survivors = self.authority.survivors(at, &self.records.in_use());
        let parts = parts(&survivors).ok_or(CheckpointError::Full)?;
        let height = self.authority.height().checked_add(1).ok_or(CheckpointError::Full)?;
        if !self.authority.has_room(parts.len().saturating_add(1)) {
            return Err(CheckpointError::Full);
        }
        let bodies = parts.into_iter().map(Body::Survivors);
        let parts: Vec<StatementId> =
            bodies.filter_map(|body| self.sign_at(height, body)).collect();
        let before = self.authority.len();
        self.sign_at(height, Body::Checkpoint { at, parts });
        let after = self.authority.len();
        let void = before.saturating_add(1).saturating_sub(after);
        let ticket = self.commit_act(cx);
        Ok((Checkpointed { height, survivors: survivors.len(), void }, ticket))
    }

    fn sign_at(&mut self, height: u32, body: Body) -> Option<StatementId> {
        let me = self.seat.identity;
        let lists = Lists::Full { prev: Vec::new(), cites: Vec::new() };
        let core = Core { author: me, cred: None, depth: 1, height, body };
        let statement = Statement::sign_core(&self.me.key, self.seat.group, core, lists);
        let id = statement.id();
        self.take_statement(statement).then_some(id)
    }

    /// Forgets whatever did not survive a checkpoint, and tells this identity what it lost.
    pub(super) fn forget_void(&mut self) {
        let void = self.authority.take_void();
        if void.is_empty() {
            return;
        }
        let me = self.seat.identity;
        let lost = void.iter().filter(|void| void.mattered && void.statement.author() == me);
        let lost = lost.count();
        for void in &void {
            self.forget_statement(&void.statement.id());
            for item in void.statement.items() {
                self.unlist(Set::Authority, &item);
            }
        }
        let height = self.authority.height();
        self.tell(Event::CheckpointReached { height, lost });
    }
}
