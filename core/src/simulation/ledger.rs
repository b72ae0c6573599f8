//! The rule of authority alone: a set of statements and the roles that follow from it.

use alloc::vec::Vec;

use crate::authority::{Authority, InUse, Inserted};
use crate::checkpoint::Survivor;
use crate::fault::Fault;
use crate::genesis::{Charter, Genesis};
use crate::id::{GroupId, StatementId};
use crate::key::{PeerId, SecretKey};
use crate::statement::{Role, Statement};
use crate::time::UnixTime;

/// A set of statements of one group, and the roles that follow from it, without a node around it:
/// for whoever tries the rule on many histories or measures what it costs.
#[derive(Debug)]
pub struct Ledger(Authority);

impl Ledger {
    /// The ledger of a new group: nobody but its creator.
    pub fn new(genesis: Genesis) -> Self {
        Self(Authority::new(genesis))
    }

    /// The ledger of a group that the holder of this key founds: the same one every time.
    pub fn found(creator: &SecretKey) -> Self {
        let charter = Charter::default();
        Self::new(Genesis::found(creator, [0; 32], UnixTime::default(), charter))
    }

    /// The group.
    pub fn group(&self) -> GroupId {
        self.0.genesis().id()
    }

    /// Lets it hold so many statements: more than a node does.
    pub fn make_room(&mut self, statements: usize) {
        self.0.make_room(statements);
    }

    /// Puts a statement in. False if it is there already, or the grant that it is signed under is
    /// not, or there is no room for it, or a checkpoint ended it.
    ///
    /// # Errors
    /// [`Fault::InvalidStatement`] if the grant that it is signed under does not give the right to
    /// sign it. The ledger is unchanged.
    pub fn insert(&mut self, statement: Statement) -> Result<bool, Fault> {
        let inserted = self.0.insert(statement)?;
        let is_out = matches!(inserted, Inserted::Orphan | Inserted::Full | Inserted::Void);
        Ok(!is_out && inserted != Inserted::Known)
    }

    /// Lets everything that was put in since the last time count. False if that is nothing.
    pub fn evaluate(&mut self) -> bool {
        self.0.evaluate().is_some()
    }

    /// How many statements it holds.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it holds no statement.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it holds this statement.
    pub fn holds(&self, id: &StatementId) -> bool {
        self.0.statement(id).is_some()
    }

    /// A peer's role at a moment, as of the last evaluation; none if it is no member then.
    pub fn role(&self, peer: PeerId, at: UnixTime) -> Option<Role> {
        self.0.role(peer, at)
    }

    /// Whether a statement lives, as of the last evaluation.
    pub fn is_live(&self, id: &StatementId) -> bool {
        self.0.is_live(id)
    }

    /// The height of the checkpoint that counts; 0 before the first.
    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// What a checkpoint at this moment lets survive, as far as no record needs more.
    pub fn survivors(&self, at: UnixTime) -> Vec<Survivor> {
        self.0.survivors(at, &InUse::default())
    }

    /// The peer's own latest statements: `prev` of its next.
    pub fn heads(&self, author: PeerId) -> Vec<StatementId> {
        self.0.heads(author)
    }

    /// What a removal of the peer pins that loses as little as can be.
    pub fn cut(&self, subject: PeerId) -> Vec<StatementId> {
        self.0.cut(subject).heads
    }
}
