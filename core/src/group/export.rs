//! Taking a seat to another machine.

use alloc::vec::Vec;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::codec::encode;
use crate::cx::Shared;
use crate::export::GroupExport;
use crate::group::Group;
use crate::group::book::Book;
use crate::layout::{Readiness, SeatRow, Table, seat_key, statement_key, table_prefix};
use crate::limits::REMEMBERED_ADDRESSES_MAX;
use crate::statement::{Body, Statement};
use crate::storage::Change;
use crate::time::UnixTime;

impl Group {
    /// What this identity needs to take its place elsewhere; none if it was never a member.
    pub(crate) fn export(&self, shared: &Shared, at: UnixTime) -> Option<GroupExport> {
        let own = self.best_own_grant(at);
        if own.is_none() && self.seat.identity != self.authority.creator() {
            return None;
        }
        let newest = self.authority.properties();
        let is_newest = |statement: &&Statement| match statement.body() {
            Body::Property(properties) => Some(properties) == newest,
            _ => false,
        };
        let mut addresses = shared.links.own_addresses().to_vec();
        addresses.extend(self.book.known().cloned());
        addresses.truncate(REMEMBERED_ADDRESSES_MAX);
        Some(GroupExport {
            key: self.me.key.clone(),
            genesis: self.genesis().clone(),
            grants: self.authority.chain(own.as_ref()).into_iter().cloned().collect(),
            properties: self.authority.statements().find(is_newest).cloned(),
            link_secret: Zeroizing::new(self.link_secret()),
            name: self.me.name.clone(),
            group_name: self.row.group_name.clone(),
            addresses,
        })
    }
}

/// The rows of a seat that was exported elsewhere, as a group that is opened expects them. Only
/// its creator can do without the others: for anybody else it is ready once it has synchronised.
pub(crate) fn imported_rows(export: &GroupExport) -> (SeatRow, Vec<Change>) {
    let seat = export.seat();
    let row = SeatRow {
        genesis: export.genesis.unchecked(),
        link_secret: *export.link_secret,
        ready: if export.is_creator() {
            Readiness::Restored { first: None }
        } else {
            Readiness::Never
        },
        group_name: export.group_name.clone(),
    };
    let mut changes: Vec<Change> = export
        .grants
        .iter()
        .chain(&export.properties)
        .zip(0..)
        .map(|(statement, position)| put(statement_key(seat, position), statement.encode()))
        .collect();
    let mut book = Book::default();
    for address in &export.addresses {
        book.remember(address);
    }
    changes.push(put(table_prefix(Table::Addresses, seat), book.encode()));
    changes.push(put(seat_key(seat), encode(&row)));
    (row, changes)
}

fn put(key: Bytes, value: Vec<u8>) -> Change {
    Change::Put { key, value: value.into() }
}
