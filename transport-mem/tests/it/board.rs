//! An application: a board of notes on every host, kept up to date by what its node tells.

use std::collections::BTreeMap;

use bytes::Bytes;
use peergroup_core::{ChangeKind, Event, GroupId, Notice, Output, RecordId, Seat};
use peergroup_mem::{Deed, Host, Oracle, Seen, World};

/// What is wrong with the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Nothing.
    None,
    /// It does not take down what was deleted.
    KeepsDeleted,
}

/// The board of a host.
#[derive(Debug, Default)]
struct Board {
    seat: Option<Seat>,
    notes: BTreeMap<RecordId, Bytes>,
}

/// The boards of all hosts. As an oracle it watches that each shows in the end what its node
/// holds.
#[derive(Debug)]
pub(crate) struct Boards {
    bug: Bug,
    boards: BTreeMap<Host, Board>,
}

impl Boards {
    pub(crate) fn new(bug: Bug) -> Self {
        Self { bug, boards: BTreeMap::new() }
    }

    /// Reads everything: the application has opened the group, or has missed something.
    fn read_all(&mut self, world: &World, host: Host, seat: Seat) {
        let records = world.node(host).records(seat, None).into_iter().flatten();
        let notes = records.map(|record| (record.id, record.payload)).collect();
        self.boards.insert(host, Board { seat: Some(seat), notes });
    }

    /// Does what an event asks for.
    fn follow(&mut self, world: &World, host: Host, event: &Event) {
        let Some(board) = self.boards.get_mut(&host) else { return };
        let Some(seat) = board.seat else { return };
        let keeps = self.bug == Bug::KeepsDeleted;
        match event {
            Event::RecordChanged { kind: ChangeKind::Deleted, .. } if keeps => {}
            Event::RecordChanged { record, .. } => {
                let found = world.node(host).record(seat, *record).ok().flatten();
                match found {
                    Some(found) => board.notes.insert(*record, found.payload),
                    None => board.notes.remove(record),
                };
            }
            Event::Lagged { .. } => self.read_all(world, host, seat),
            _ => {}
        }
    }
}

impl Oracle for Boards {
    fn name(&self) -> &'static str {
        "boards"
    }

    fn see(&mut self, world: &World, host: Host, seen: &Seen<'_>) -> Result<(), String> {
        match seen {
            // what the application had in memory is gone
            Seen::Crashed => drop(self.boards.remove(&host)),
            Seen::Did { seat, deed: Deed::Founded | Deed::Joined, .. }
            | Seen::Output(Output::Notice(Notice::Opened { seat, outcome: Ok(()) })) => {
                self.read_all(world, host, *seat);
            }
            Seen::Output(Output::Event { event, .. }) => self.follow(world, host, event),
            _ => {}
        }
        Ok(())
    }

    fn in_the_end(
        &mut self,
        world: &mut World,
        group: GroupId,
        members: &[Host],
    ) -> Result<(), String> {
        for host in members {
            let seat = world.seat(*host, group);
            let records = world.node(*host).records(seat, None).into_iter().flatten();
            let held: BTreeMap<RecordId, Bytes> =
                records.map(|record| (record.id, record.payload)).collect();
            let shown = self.boards.get(host).map(|board| &board.notes);
            if shown != Some(&held) {
                let count = shown.map(BTreeMap::len);
                return Err(format!("{host} shows {count:?} notes and holds {}", held.len()));
            }
        }
        Ok(())
    }
}
