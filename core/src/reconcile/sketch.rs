//! The arrivals since a bookmark, coded at one end and decoded at the other.

use alloc::boxed::Box;
use alloc::vec::Vec;

use bytes::Bytes;

use super::coded::{Cell, Coder, Decoder, Tally, from_bytes, to_bytes};
use super::comparison::{Comparison, count};
use super::prefix::Prefix;
use super::short::{Short, Tag, tag_of};
use super::talk::{Ask, Bookmark, How, Talk};
use crate::fault::Fault;
use crate::limits::ARRIVALS_CODED_MAX;
use crate::log::Without;
use crate::message::{Blob, Item};

/// Cells in the first answer: they tell a difference of ten nearly always.
const CELLS_FIRST: usize = 22;
/// Cells of one frame.
const CELLS_PER_FRAME_MAX: usize = 2048;

/// One end's arrivals since a bookmark.
#[derive(Debug)]
pub(super) struct Sketch {
    /// Names of the arrivals and their positions, ascending.
    arrivals: Vec<(Short, u64)>,
    part: Part,
}

#[derive(Debug)]
enum Part {
    /// This end codes: what it coded last waits to be told.
    Coding { coder: Coder, waiting: Vec<Cell> },
    /// This end decodes. So many items arrived at the other, as it says.
    Decoding { decoder: Decoder, theirs: usize, awaits: bool },
    /// This end has decoded, or given it up.
    Decoded,
}

impl Sketch {
    /// Whether more cells are to come.
    pub(super) const fn awaits(&self) -> bool {
        matches!(self.part, Part::Decoding { awaits: true, .. })
    }

    /// Whether there are cells to tell.
    pub(super) const fn has_work(&self) -> bool {
        matches!(&self.part, Part::Coding { waiting, .. } if !waiting.is_empty())
    }

    /// Positions by the tags of their items, ascending.
    pub(super) fn named(&self) -> Vec<(Tag, u64)> {
        self.arrivals.iter().map(|(name, position)| (tag_of(*name), *position)).collect()
    }

    fn names(&self) -> impl Iterator<Item = Short> {
        self.arrivals.iter().map(|(name, _)| *name)
    }

    /// The next cells to tell.
    pub(super) fn next_cells(&mut self) -> Option<Talk> {
        let Part::Coding { waiting, .. } = &mut self.part else { return None };
        let count = waiting.len().min(CELLS_PER_FRAME_MAX);
        let next: Vec<Cell> = waiting.drain(..count).collect();
        (count > 0).then(|| Talk::Cells { cells: blob(&next), last: waiting.is_empty() })
    }
}

impl Comparison {
    fn arrivals(&self, log: &Without<'_>, since: Bookmark) -> Vec<(Short, u64)> {
        let name = |(position, item): (u64, &Item)| (self.namer.short(item), position);
        let mut arrivals: Vec<(Short, u64)> = log.since(since.here).map(name).collect();
        // they came to the other end since
        let sent = self.kept.mark.sent().iter().filter_map(|at| Some((*at, log.at(*at)?)));
        arrivals.extend(sent.map(|(position, item)| name((position, &item))));
        arrivals.sort_unstable();
        arrivals
    }

    /// Codes what came since the bookmark.
    pub(super) fn code(&mut self, log: &Without<'_>, since: Bookmark) -> How {
        let arrivals = self.arrivals(log, since);
        let mut coder = Coder::new(arrivals.iter().map(|(name, _)| *name));
        let answer = How::Coded {
            arrivals: count(arrivals.len()),
            cells: blob(&coder.extend_to(CELLS_FIRST)),
        };
        let part = Part::Coding { coder, waiting: Vec::new() };
        self.sketch = Some(Box::new(Sketch { arrivals, part }));
        answer
    }

    /// The first cells of what came to the other end.
    pub(super) fn on_coded(
        &mut self,
        log: &Without<'_>,
        arrivals: u64,
        cells: &Blob,
    ) -> Result<(), Fault> {
        let since = self.since.ok_or(Fault::Unexpected)?;
        let theirs = usize::try_from(arrivals).unwrap_or(usize::MAX).min(ARRIVALS_CODED_MAX);
        if self.kept.mark.came(log, since) > count(ARRIVALS_CODED_MAX) {
            self.descend();
            return Ok(());
        }
        let arrivals = self.arrivals(log, since);
        let decoder = Decoder::new(arrivals.iter().map(|(name, _)| *name).collect());
        let part = Part::Decoding { decoder, theirs, awaits: true };
        self.sketch = Some(Box::new(Sketch { arrivals, part }));
        self.on_cells(log, cells, true)
    }

    /// More cells of what came to the other end.
    pub(super) fn on_cells(
        &mut self,
        log: &Without<'_>,
        cells: &Blob,
        last: bool,
    ) -> Result<(), Fault> {
        let cells = from_bytes(&cells.0).ok_or(Fault::Malformed)?;
        let Some(mut sketch) = self.sketch.take() else { return Err(Fault::Unexpected) };
        let Part::Decoding { decoder, theirs, awaits } = &mut sketch.part else {
            return Err(Fault::Unexpected);
        };
        let most = cells_max(decoder.names(), *theirs);
        if !*awaits || decoder.len().saturating_add(cells.len()) > most.max(CELLS_FIRST) {
            return Err(Fault::Unexpected);
        }
        let is_first = decoder.len() == 0;
        decoder.extend(&cells);
        if !last {
            // the rest of them is under way
        } else if let Some(found) = decoder.difference() {
            sketch.part = Part::Decoded;
            self.on_difference(log, &sketch, &found.mine, &found.theirs);
        } else if decoder.len() >= most {
            sketch.part = Part::Decoded;
            self.descend();
        } else {
            let ask = if is_first {
                Ask::ByTally(Blob(Bytes::from(Tally::of(sketch.names()).to_bytes())))
            } else {
                Ask::InAll(count(decoder.len().saturating_mul(2).min(most)))
            };
            let arrivals = count(sketch.arrivals.len());
            self.talks.push_back(Talk::More { arrivals, ask });
        }
        self.sketch = Some(sketch);
        Ok(())
    }

    /// The cells told the difference. If there is none, it lies before the bookmark.
    fn on_difference(
        &mut self,
        log: &Without<'_>,
        sketch: &Sketch,
        mine: &[Short],
        theirs: &[Short],
    ) {
        if mine.is_empty() && theirs.is_empty() {
            self.descend();
        }
        // both ascend
        let mut arrivals = sketch.arrivals.iter();
        for name in mine {
            if let Some((_, position)) = arrivals.find(|(of, _)| of == name)
                && log.at(*position).is_some()
            {
                self.send(*position, tag_of(*name));
            }
        }
        self.want(None, theirs.iter().map(|name| tag_of(*name)).collect());
    }

    /// The other end could not decode what it was told.
    pub(super) fn on_more(&mut self, arrivals: u64, ask: &Ask) -> Result<(), Fault> {
        let sketch = self.sketch.as_mut().ok_or(Fault::Unexpected)?;
        let own = Tally::of(sketch.names());
        let Part::Coding { coder, waiting } = &mut sketch.part else {
            return Err(Fault::Unexpected);
        };
        let theirs = usize::try_from(arrivals).unwrap_or(usize::MAX).min(ARRIVALS_CODED_MAX);
        let both = sketch.arrivals.len().saturating_add(theirs);
        let given = coder.len();
        let wanted = match ask {
            Ask::ByTally(tally) if given == CELLS_FIRST => {
                let tally = Tally::from_bytes(&tally.0).ok_or(Fault::Malformed)?;
                let apart = tally.apart(&own).min(both);
                if apart.saturating_mul(10) >= both.saturating_mul(9) {
                    self.talks.push_back(Talk::All);
                    self.send_all_since();
                    return Ok(());
                }
                // 1.4 for each, and what the tally may be off by
                let wanted = apart.saturating_mul(7) / 4;
                wanted.saturating_add(CELLS_FIRST).max(given.saturating_mul(2))
            }
            Ask::ByTally(_) => return Err(Fault::Unexpected),
            Ask::InAll(wanted) => usize::try_from(*wanted).unwrap_or(usize::MAX),
        };
        let most = cells_max(sketch.arrivals.len(), theirs);
        let wanted = wanted.min(most);
        // each time as many again, so that all of them cost no more than twice the last
        if !waiting.is_empty() || (wanted < given.saturating_mul(2) && wanted < most) {
            return Err(Fault::Unexpected);
        }
        *waiting = coder.extend_to(wanted);
        if waiting.is_empty() { Err(Fault::Unexpected) } else { Ok(()) }
    }

    /// The other end sends everything, and so does this one.
    pub(super) fn on_all(&mut self) -> Result<(), Fault> {
        let sketch = self.sketch.as_mut().ok_or(Fault::Unexpected)?;
        if !sketch.awaits() {
            return Err(Fault::Unexpected);
        }
        sketch.part = Part::Decoded;
        self.send_all_since();
        Ok(())
    }

    /// Goes down the trie from its root.
    fn descend(&mut self) {
        self.descent.differ(Prefix::ROOT);
    }
}

/// How many cells may be asked for: where so many do not tell the difference, none will.
const fn cells_max(mine: usize, theirs: usize) -> usize {
    mine.saturating_add(theirs).saturating_mul(4).saturating_add(64)
}

fn blob(cells: &[Cell]) -> Blob {
    Blob(Bytes::from(to_bytes(cells)))
}
