//! What can be told of a statement's rights from its credential chain alone.

use super::set::{Set, Slot, Standing};
use crate::fault::Fault;
use crate::limits::CHAIN_MAX;
use crate::statement::{Body, Grant, Role, Statement};

/// Where a statement stands in the tree of credentials.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) cred: Option<Slot>,
    pub(super) chain: u8,
    pub(super) signer: Standing,
}

impl Set {
    /// The place of `statement`; none while the grant that it is signed under is not here.
    pub(super) fn place(&self, statement: &Statement) -> Result<Option<Place>, Fault> {
        let Some(cred) = statement.cred() else {
            return Ok(Some(Place { cred: None, chain: 0, signer: Standing::CREATOR }));
        };
        let Some((slot, above)) = self.find(&cred) else { return Ok(None) };
        let Some(grant) = above.statement.grant() else { return Err(Fault::InvalidStatement) };
        let chain = above.chain.saturating_add(1);
        let own = u8::from(statement.grant().is_some());
        let fits = usize::from(chain.saturating_add(own)) <= CHAIN_MAX;
        if grant.subject != statement.author() || !fits || !may_sign(grant, statement) {
            return Err(Fault::InvalidStatement);
        }
        Ok(Some(Place { cred: Some(slot), chain, signer: above.holder() }))
    }
}

/// Whether the holder of `grant` may sign such a statement.
fn may_sign(grant: &Grant, statement: &Statement) -> bool {
    match statement.body() {
        Body::Grant(other) => grant.may_issue(other),
        Body::Remove { .. } => grant.role >= Role::Inviter,
        Body::Demote { .. } => grant.role == Role::Admin,
        Body::Resign { .. } => true,
        Body::Property(_) | Body::Checkpoint { .. } | Body::Survivors(_) => false,
    }
}
