//! The node's own rows, read when it starts.

use bytes::Bytes;

use crate::codec::decode;
use crate::cx::Cx;
use crate::event::Notice;
use crate::journal::Owner;
use crate::key::{PeerId, SecretKey};
use crate::layout::{
    DEFAULT_IDENTITY, IDENTITIES, IdentityRow, SEATS, SeatRow, identity_key, seat_of,
};
use crate::node::Node;
use crate::node::identities::Identity;
use crate::storage::{Loaded, StoreFailure};

/// What is read, in this order.
const TABLES: [&[u8]; 3] = [IDENTITIES, SEATS, DEFAULT_IDENTITY];

/// How far reading has come.
#[derive(Debug, Default)]
pub(super) struct Start {
    table: usize,
    outcome: Option<Result<(), StoreFailure>>,
}

impl Start {
    /// Whether verbs are taken.
    pub(super) fn is_done(&self) -> bool {
        self.outcome == Some(Ok(()))
    }
}

impl Node {
    pub(super) fn begin_start(&mut self) {
        self.ask_start(Bytes::new());
    }

    fn ask_start(&mut self, after: Bytes) {
        if let Some(prefix) = TABLES.get(self.start.table) {
            let cx = Cx { now: self.now, shared: &mut self.shared };
            let prefix = Bytes::from_static(prefix);
            cx.shared.journal.load(&mut cx.shared.outbox, Owner::Node, prefix, after);
        }
    }

    pub(super) fn on_start_loaded(&mut self, outcome: Result<Loaded<'_>, StoreFailure>) {
        if self.start.outcome.is_some() {
            return;
        }
        let loaded = match outcome {
            Ok(loaded) => loaded,
            Err(failure) => return self.end_start(Err(failure)),
        };
        for (key, value) in loaded.entries {
            if self.take_row(key, value).is_none() {
                return self.end_start(Err(StoreFailure::Corrupt));
            }
        }
        let last = loaded.entries.last().map(|(key, _)| key.clone());
        match (loaded.more, last) {
            (true, Some(last)) => self.ask_start(last),
            (true, None) => self.end_start(Err(StoreFailure::Failed)),
            (false, _) => {
                self.start.table = self.start.table.saturating_add(1);
                if self.start.table >= TABLES.len() {
                    self.end_start(Ok(()));
                } else {
                    self.ask_start(Bytes::new());
                }
            }
        }
    }

    fn end_start(&mut self, outcome: Result<(), StoreFailure>) {
        self.start.outcome = Some(outcome);
        self.shared.outbox.notice(Notice::Started(outcome));
    }

    fn take_row(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match TABLES.get(self.start.table).copied() {
            Some(IDENTITIES) => {
                let row: IdentityRow = decode(value).ok()?;
                let secret = SecretKey::from_bytes(row.secret);
                if identity_key(secret.peer()) != key {
                    return None;
                }
                self.identities.insert(Identity { key: secret, name: row.name.clone() });
            }
            Some(SEATS) => {
                let row: SeatRow = decode(value).ok()?;
                self.identities.seat(seat_of(key)?, row);
            }
            Some(_) => {
                let bytes: [u8; 32] = value.try_into().ok()?;
                self.identities.set_default(PeerId::from_bytes(bytes).ok()?);
            }
            None => return None,
        }
        Some(())
    }
}
