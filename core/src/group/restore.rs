//! Opening a group from the store: authority first, then records, a page at a time.

use alloc::boxed::Box;

use bytes::Bytes;

use crate::authority::Inserted;
use crate::codec::decode;
use crate::cx::Cx;
use crate::error::OpenError;
use crate::group::book::Book;
use crate::group::settle::View;
use crate::group::{Group, Me};
use crate::id::GroupId;
use crate::journal::Owner;
use crate::layout::{SeatRow, Table, item_of, number_of, position_of, seen_of, table_prefix};
use crate::statement::Statement;
use crate::storage::{Loaded, StoreFailure};

/// A group that is being read from the store.
#[derive(Debug)]
pub(crate) struct Restoring {
    group: Box<Group>,
    table: usize,
}

/// What an answer of the store led to.
#[derive(Debug)]
pub(crate) enum Step {
    /// There is more to read.
    More(Restoring),
    /// The group is whole.
    Done(Box<Group>),
    /// The group cannot be opened.
    Failed(OpenError),
}

impl Restoring {
    /// Begins to read a seat's group.
    pub(crate) fn begin(
        cx: &mut Cx<'_>,
        me: Me,
        group: GroupId,
        row: SeatRow,
    ) -> Result<Self, OpenError> {
        let genesis = row.genesis.clone().check().filter(|genesis| genesis.id() == group);
        let genesis = genesis.ok_or(OpenError::Corrupt)?;
        let mut group = Box::new(Group::new(&genesis, me, row));
        // what lies in the store was judged when it came
        group.authority.trust(u32::MAX);
        let restoring = Self { group, table: 0 };
        restoring.ask(cx, Bytes::new());
        Ok(restoring)
    }

    fn ask(&self, cx: &mut Cx<'_>, after: Bytes) {
        let Some(table) = Table::READ.get(self.table) else { return };
        let prefix = table_prefix(*table, self.group.seat);
        let owner = Owner::Group(self.group.seat);
        let shared = &mut *cx.shared;
        shared.journal.load(&mut shared.outbox, owner, prefix, after);
    }

    /// The store answered.
    pub(crate) fn on_loaded(
        mut self,
        cx: &mut Cx<'_>,
        outcome: Result<Loaded<'_>, StoreFailure>,
    ) -> Step {
        let Ok(loaded) = outcome else { return Step::Failed(OpenError::StoreFailed) };
        for (key, value) in loaded.entries {
            if self.take(cx, key, value).is_none() {
                return Step::Failed(OpenError::Corrupt);
            }
        }
        let last = loaded.entries.last().map(|(key, _)| key.clone());
        match (loaded.more, last) {
            (true, Some(last)) => self.ask(cx, last),
            (true, None) => return Step::Failed(OpenError::StoreFailed),
            (false, _) => {
                self.table = self.table.saturating_add(1);
                if self.table >= Table::READ.len() {
                    return Step::Done(self.finish(cx));
                }
                self.ask(cx, Bytes::new());
            }
        }
        Step::More(self)
    }

    /// Takes one row in; none if it is not what was stored.
    fn take(&mut self, cx: &Cx<'_>, key: &Bytes, value: &Bytes) -> Option<()> {
        let group = &mut self.group;
        match Table::READ.get(self.table)? {
            Table::Addresses => group.book = Book::decode(value)?,
            Table::Statements => {
                let creator = group.authority.creator();
                let statement = Statement::decode(group.seat.group, creator, value).ok()?;
                let position = position_of(key)?;
                group.positions.insert(statement.id(), position);
                group.next_position = group.next_position.max(position.saturating_add(1));
                let inserted = group.authority.insert(statement).ok()?;
                if inserted == Inserted::Orphan {
                    return None; // a grant arrives before what is signed under it
                }
            }
            Table::Seen => {
                group.acquaintances.note_shown(seen_of(key)?);
            }
            Table::Versions => {
                group.authority.evaluate();
                let view = View(&group.authority);
                let (item, now) = (item_of(value)?, group.clock.time(cx.now));
                let delta = group.records.restore(item, &view, now).ok()?;
                group.drop_from_store(&delta);
            }
            Table::Payloads => {
                group.restore_payload(number_of(key)?, &decode(value).ok()?)?;
            }
            #[cfg(feature = "password")]
            Table::Password => group.keep = decode(value).ok()?,
            #[cfg(not(feature = "password"))]
            Table::Password => {}
            Table::Parts => {}
        }
        Some(())
    }

    /// Everything is read: what is durable is listed, and the roles are as they are now.
    fn finish(self, cx: &mut Cx<'_>) -> Box<Group> {
        let mut group = self.group;
        group.authority.evaluate();
        group.trust_only_own();
        let mut statements: alloc::vec::Vec<_> = group
            .authority
            .statements()
            .map(|statement| (group.positions.get(&statement.id()), statement.id()))
            .collect();
        statements.sort_unstable();
        for (_, id) in statements {
            if let Some(statement) = group.authority.statement(&id) {
                let item = statement.item();
                group.statements.insert(item);
                group.statement_ids.insert(item, id);
            }
        }
        let versions: alloc::vec::Vec<_> = group.records.standing().collect();
        for id in versions {
            group.versions.insert(*id.as_bytes());
        }
        group.begin(cx);
        group.sort_payloads();
        group
    }
}
