//! What was begun and is of no use to anybody until it is finished.

use futures_channel::mpsc::UnboundedSender;

use crate::events::Note;

/// Something that was begun: unless it is kept, the driver is told to undo it. So whoever drops
/// the future of a verb half-way leaves nothing behind, wherever it stands.
pub(super) struct Begun<T> {
    what: T,
    undo: Option<Note>,
    notes: UnboundedSender<Note>,
}

impl<T: Copy> Begun<T> {
    pub(super) fn new(what: T, undo: Note, notes: UnboundedSender<Note>) -> Self {
        Self { what, undo: Some(undo), notes }
    }

    pub(super) fn what(&self) -> T {
        self.what
    }

    /// It is finished, or is the caller's to finish.
    pub(super) fn keep(mut self) -> T {
        self.undo = None;
        self.what
    }
}

impl<T> Drop for Begun<T> {
    fn drop(&mut self) {
        if let Some(undo) = self.undo.take() {
            // Without a driver there is nothing to undo.
            self.notes.unbounded_send(undo).ok();
        }
    }
}
