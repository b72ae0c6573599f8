//! How far the first synchronisation has come.

use alloc::vec::Vec;

use crate::event::Event;
use crate::group::Group;

/// The application is told at every one of so many parts.
const PARTS: u64 = 100;

impl Group {
    /// Tells how many records are here of those that neighbours say there are, until this end has
    /// synchronised: each time it is one part more of them.
    pub(super) fn tell_progress(&mut self) {
        if self.row.ready.is_ready() || !self.is_online() {
            return;
        }
        let here = u64::try_from(self.versions.len()).unwrap_or(u64::MAX);
        let of = self.records_expected().max(here);
        let part = here.saturating_mul(PARTS).checked_div(of).unwrap_or_default();
        if part > self.part_told {
            self.part_told = part;
            self.tell(Event::Synchronising { here, of });
        }
    }

    /// How many records there are by what neighbours say: a minority of liars moves it nowhere.
    fn records_expected(&self) -> u64 {
        let claims = self.neighbours.values().map(|of| of.records.session.their_count());
        let mut claims: Vec<u64> = claims.filter(|count| *count > 0).collect();
        claims.sort_unstable();
        claims.get(claims.len() / 2).copied().unwrap_or_default()
    }
}
