//! Credentials: the chain of grants that leads from the genesis to a peer.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::genesis::Genesis;
use crate::id::StatementId;
use crate::key::{PeerId, Signature};
use crate::limits::CHAIN_MAX;
use crate::statement::{Body, Core, Grant, Lists, Statement, UncheckedStatement};

/// One grant of a chain. Its author is the subject of the grant before it (the creator, for the
/// first) and its `cred` is that grant, so neither is carried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Link {
    depth: u32,
    height: u32,
    grant: Grant,
    lists: Lists,
    signature: Signature,
}

/// The grants from the creator's down to the holder's, as they travel. The creator's own chain is
/// empty. At most [`CHAIN_MAX`] grants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chain(Vec<Link>);

impl Chain {
    /// The chain of these grants, which lead from the creator to the holder. Lists travel whole
    /// in the last `full` of them and as their hash in the others.
    pub(crate) fn new<'a>(grants: impl IntoIterator<Item = &'a Statement>, full: usize) -> Self {
        let mut links: Vec<Link> = grants.into_iter().filter_map(Link::of).collect();
        let cut = links.len().saturating_sub(full);
        for link in links.iter_mut().take(cut) {
            link.lists = link.lists.as_digest();
        }
        Self(links)
    }

    /// How many grants lead to the holder.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Checks every grant from the genesis down and stops at the first that is wrong (attacks C01,
    /// C10 and C11): signed by the subject of the one before, of a role that may give it, with a
    /// window inside the one before. Gives the grants and the holder.
    pub(crate) fn check(self, genesis: &Genesis) -> Result<(Vec<Statement>, PeerId), Fault> {
        if self.0.len() > CHAIN_MAX {
            return Err(Fault::InvalidCredential);
        }
        let mut grants: Vec<Statement> = Vec::with_capacity(self.0.len());
        let mut holder = genesis.creator();
        for link in self.0 {
            let above = grants.last().and_then(Statement::grant).copied();
            let allowed = above.is_none_or(|above| above.may_issue(&link.grant));
            if !allowed {
                return Err(Fault::InvalidCredential);
            }
            let cred = grants.last().map(Statement::id);
            holder = link.grant.subject;
            let author = above.map_or(genesis.creator(), |above| above.subject);
            grants.push(link.into_statement(author, cred, genesis)?);
        }
        Ok((grants, holder))
    }
}

impl Link {
    fn of(statement: &Statement) -> Option<Self> {
        Some(Self {
            depth: statement.depth(),
            height: statement.height(),
            grant: *statement.grant()?,
            lists: statement.lists().clone(),
            signature: *statement.signature(),
        })
    }

    fn into_statement(
        self,
        author: PeerId,
        cred: Option<StatementId>,
        genesis: &Genesis,
    ) -> Result<Statement, Fault> {
        let core = Core {
            author,
            cred,
            depth: self.depth,
            height: self.height,
            body: Body::Grant(self.grant),
        };
        let unchecked = UncheckedStatement { core, lists: self.lists, signature: self.signature };
        unchecked.check(genesis.id(), genesis.creator())
    }
}

#[cfg(test)]
mod tests;
