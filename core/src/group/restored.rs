//! A seat that knows less of its group than it once did: restored from an export, or not yet at
//! the checkpoint under which its own statements were signed.

use crate::group::Group;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::layout::Readiness;
use crate::statement::Statement;

impl Group {
    /// Until the group's checkpoint is known, the own chain tells how high it is at least.
    pub(super) fn trust_chain(&mut self, grants: &[Statement]) {
        let height = grants.iter().map(Statement::height).max();
        self.authority.trust_from(height.unwrap_or_default());
    }

    /// So does whatever this identity has signed itself, wherever it did.
    pub(super) fn trust_own(&mut self, statement: &Statement) {
        if statement.author() == self.seat.identity {
            self.authority.trust_from(statement.height());
        }
    }

    /// All that lies in the store is read: it was trusted, and now only what is this identity's own
    /// is.
    pub(super) fn trust_only_own(&mut self) {
        let me = self.seat.identity;
        let grants = self.authority.grants_to(me).map(Statement::height);
        let signed = self.authority.statements().filter(|one| one.author() == me);
        let height = grants.chain(signed.map(Statement::height)).max();
        self.authority.trust(height.unwrap_or_default());
    }

    /// Takes in what this node has signed. False if there is no room for it.
    pub(super) fn take_own(&mut self, statement: Statement) -> bool {
        let id = statement.id();
        let is_taken = self.take_statement(statement);
        if is_taken && self.row.ready == (Readiness::Restored { first: None }) {
            self.row.ready = Readiness::Restored { first: Some(id) };
            self.stage_row();
        }
        is_taken
    }

    /// Whether this node says to a neighbour that it is ready. To its own identity elsewhere one
    /// that was restored does not: it knows no more than its export did.
    pub(super) fn is_ready_for(&self, peer: PeerId) -> bool {
        let vouches = peer != self.seat.identity || !self.row.ready.is_restored();
        self.row.ready.is_ready() && vouches
    }

    /// Whether who is ready knew the group before this seat was restored: it has it from others
    /// than this node.
    pub(super) fn has_from_others(&self, peer: PeerId) -> bool {
        let Readiness::Restored { first: Some(first) } = self.row.ready else { return true };
        let was_given_since = |grant: StatementId| {
            let chain = self.authority.chain(Some(&grant));
            let root = chain.first().map(|root| root.id());
            root.is_some_and(|root| self.authority.follows(&root, &first))
        };
        let mut grants = self.authority.grants_to(peer).map(Statement::id);
        peer == self.seat.identity || grants.any(|grant| !was_given_since(grant))
    }
}
