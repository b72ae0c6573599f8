//! One end of a comparison that is under way.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::descent::Descent;
use super::mark::Mark;
use super::prefix::Prefix;
use super::session::Over;
use super::short::{Namer, Tag};
use super::sketch::Sketch;
use super::talk::{Answer, Bookmark, Hello, How, Talk, pack, unpack};
use crate::fault::Fault;
use crate::limits::{ARRIVALS_CODED_MAX, ITEMS_PER_FRAME_MAX, LEAF_ITEMS_MAX, WANTED_MAX};
use crate::log::Without;
use crate::message::Set;

/// Items that are looked up ahead of the credit to send them.
pub(super) const SEND_AHEAD: usize = 256;
/// Items from which on they are shared out: each of sixteen shares is more than a leaf then.
const SHARED_MIN: u64 = 32 * LEAF_ITEMS_MAX as u64;
/// How much more one end must have than the other for nearly all of it to be lacking there.
const LOPSIDED: u64 = 4;

/// One end of a comparison: what is to be said, asked for and sent.
#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) set: Set,
    pub(super) namer: Namer,
    pub(super) stage: Stage,
    pub(super) kept: Kept,
    /// Where both logs stood when the comparison began.
    pub(super) begun: Bookmark,
    /// Where they stood when another ended, if that is to be believed.
    pub(super) since: Option<Bookmark>,
    /// Positions of the items that were sent in this comparison.
    pub(super) sent: Vec<u64>,
    /// Nothing that was found to differ has been left out.
    pub(super) whole: bool,
    /// How many items the other end told of and denied then.
    pub(super) denied: usize,
    /// This end asks for nothing more in this comparison.
    pub(super) hopeless: bool,
    /// While what came is coded.
    pub(super) sketch: Option<Box<Sketch>>,
    pub(super) descent: Descent,
    /// Where sending everything in the order of arrival goes on.
    pub(super) stream: Option<u64>,
    /// Positions of items to be sent, each with the tag of the item.
    pub(super) to_send: BTreeMap<u64, Tag>,
    /// Tags that were asked for and that name nothing here.
    pub(super) lacking: Vec<Tag>,
    pub(super) to_want: VecDeque<(Option<Prefix>, Vec<Tag>)>,
    pub(super) wanted: BTreeSet<Tag>,
    /// Short talks that are to be sent before all else.
    pub(super) talks: VecDeque<Talk>,
}

/// What one comparison leaves to the next.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub(super) mark: Mark,
    /// How many items the other end has.
    pub(super) their_count: u64,
    /// So many items were here when places were left to other neighbours.
    pub(super) left_with: Option<u64>,
    /// The log stood here when its arrivals were coded last for the other end.
    coded_at: Option<u64>,
}

/// How far a comparison has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// This end asked, and awaits the answer.
    Asked,
    /// This end leads.
    Leading,
    /// This end leads, and has sent all it has to: the other may still ask.
    Ending,
    /// The other end leads.
    Following,
    /// The other end has sent all it has to.
    Concluding { whole: bool },
}

impl Comparison {
    /// One that begins now, with these names of items.
    pub(super) fn new(
        set: Set,
        namer: Namer,
        stage: Stage,
        since: Option<Bookmark>,
        begun: Bookmark,
        kept: Kept,
    ) -> Self {
        Self {
            set,
            namer,
            stage,
            kept,
            begun,
            since,
            sent: Vec::new(),
            whole: true,
            denied: 0,
            hopeless: false,
            sketch: None,
            descent: Descent::default(),
            stream: None,
            to_send: BTreeMap::new(),
            lacking: Vec::new(),
            to_want: VecDeque::new(),
            wanted: BTreeSet::new(),
            talks: VecDeque::new(),
        }
    }

    /// What the opening of the other end is answered with. Equal roots end the comparison.
    /// `taken`: the shares that other neighbours were asked for.
    pub(super) fn answer_to(
        &mut self,
        log: &Without<'_>,
        hello: &Hello,
        taken: u16,
    ) -> (How, Option<Over>) {
        self.kept.their_count = hello.count;
        if hello.root == log.root() {
            return (How::Equal, Some(self.note_equal()));
        }
        (self.choose(log, hello, taken), None)
    }

    /// Remembers that both ends have the same.
    fn note_equal(&mut self) -> Over {
        self.kept.mark = Mark::equal(self.begun);
        Over::Equal
    }

    /// How a comparison of what differs goes on.
    fn choose(&mut self, log: &Without<'_>, hello: &Hello, taken: u16) -> How {
        let mine = count(log.len());
        if let (Some(since), Some(theirs)) = (self.since, hello.since) {
            let came = self.kept.mark.came(log, since);
            let is_new = self.kept.coded_at != Some(self.begun.here);
            if theirs.came == 0 && came > 0 {
                self.send_all_since();
                return How::Push;
            } else if came == 0 && theirs.came > 0 {
                return How::Pull { all: false };
            } else if came > 0 && came <= count(ARRIVALS_CODED_MAX) && is_new {
                self.kept.coded_at = Some(self.begun.here);
                return self.code(log, since);
            }
        } else if self.set == Set::Authority && is_lopsided(hello.count, mine) {
            // a grant arrives before what is signed under it
            self.whole = false;
            self.stream = Some(0);
            return How::Push;
        } else if self.set == Set::Authority && is_lopsided(mine, hello.count) {
            self.whole = false;
            return How::Pull { all: true };
        } else if self.may_share(log, hello, taken) {
            self.stage = Stage::Leading;
            self.descent.ask_for_root();
            return How::Turned;
        }
        How::Descent { count: mine, root: self.look(log, Prefix::ROOT) }
    }

    /// Whether there is so much at the other end that it is better asked for some of it than sends
    /// all.
    fn may_share(&self, log: &Without<'_>, hello: &Hello, taken: u16) -> bool {
        let is_much = self.set == Set::Records && hello.count >= SHARED_MIN;
        is_much && (taken > 0 || self.has_next_to_nothing(log, &[]))
    }

    /// The other end answered.
    pub(super) fn on_answer(
        &mut self,
        log: &Without<'_>,
        answer: Answer,
    ) -> Result<Option<Over>, Fault> {
        if self.stage != Stage::Asked || !answer.is_sound() {
            return Err(Fault::Unexpected);
        }
        self.stage = Stage::Leading;
        self.begun.there = answer.next;
        match answer.how {
            How::Equal => return Ok(Some(self.note_equal())),
            How::Push => {}
            How::Pull { all } => {
                self.whole = !all;
                let since = self.since.map(|since| since.here);
                self.stream = if all { Some(0) } else { since };
            }
            How::Coded { arrivals, cells } => self.on_coded(log, arrivals, &cells)?,
            How::Descent { count, root } => {
                self.kept.their_count = count;
                self.on_place(log, root);
            }
            How::Turned => {
                self.stage = Stage::Following;
                let root = self.look(log, Prefix::ROOT);
                self.descent.answer_with(root);
            }
        }
        Ok(None)
    }

    /// The other end said something.
    pub(super) fn on_talk(&mut self, log: &Without<'_>, talk: Talk) -> Result<Option<Over>, Fault> {
        // what was said before a comparison ended may come after that
        match (talk, self.stage) {
            (_, Stage::Asked) => return Err(Fault::Unexpected),
            (Talk::More { arrivals, ask }, Stage::Following) => self.on_more(arrivals, &ask)?,
            (Talk::Cells { cells, last }, Stage::Leading) => self.on_cells(log, &cells, last)?,
            (Talk::All, Stage::Leading) => self.on_all()?,
            (Talk::Probes { answered, probes }, Stage::Leading) => {
                self.descent.on_answered(answered)?;
                for probe in probes {
                    self.on_place(log, probe);
                }
            }
            (Talk::Probes { answered: 0, probes }, Stage::Following) => {
                for probe in probes {
                    self.on_question(log, probe);
                }
            }
            (Talk::Want { under, tags }, _) => self.on_want(log, under, unpack(&tags))?,
            (Talk::Lacking { tags }, _) => self.on_lacking(unpack(&tags)),
            (Talk::Done { whole }, Stage::Following) => self.stage = Stage::Concluding { whole },
            (Talk::Done { whole }, Stage::Ending) => return Ok(Some(self.end(whole))),
            (
                Talk::More { .. }
                | Talk::Cells { .. }
                | Talk::All
                | Talk::Probes { .. }
                | Talk::Done { .. },
                _,
            ) => return Err(Fault::Unexpected),
        }
        Ok(None)
    }

    fn end(&mut self, whole: bool) -> Over {
        let bookmark = (self.whole && whole).then_some(self.begun);
        self.kept.mark = self.kept.mark.after(bookmark, core::mem::take(&mut self.sent));
        if self.descent.has_left() { Over::Left } else { Over::Come }
    }

    /// Whether the other end owes anything.
    pub(super) fn owes(&self) -> bool {
        let awaits = match self.stage {
            Stage::Asked | Stage::Ending => true,
            Stage::Leading => self.awaits(),
            Stage::Following | Stage::Concluding { .. } => false,
        };
        awaits || !self.wanted.is_empty()
    }

    fn awaits(&self) -> bool {
        self.descent.awaits() || self.sketch.as_deref().is_some_and(Sketch::awaits)
    }

    /// Whether what the other end said is worked through fast enough for it to say more.
    pub(super) fn keeps_up(&self) -> bool {
        self.descent.keeps_up()
    }

    /// Whether there is anything to say or to send, were there the credit.
    pub(super) fn has_work(&self) -> bool {
        let wants = !self.to_want.is_empty() && self.wanted.len() < WANTED_MAX;
        !self.to_send.is_empty()
            || !self.lacking.is_empty()
            || wants
            || !self.talks.is_empty()
            || self.stream.is_some()
            || self.descent.has_work()
            || self.sketch.as_deref().is_some_and(Sketch::has_work)
            || self.may_end()
    }

    /// Whether this end has nothing more to ask or to send of its own accord.
    fn may_end(&self) -> bool {
        matches!(self.stage, Stage::Leading | Stage::Concluding { .. })
            && !self.awaits()
            && self.talks.is_empty()
            && self.stream.is_none()
            && self.to_send.is_empty()
            && self.lacking.is_empty()
            && self.to_want.is_empty()
            && self.wanted.is_empty()
            && !self.descent.has_work()
    }

    /// The next thing to say, of a few KiB at most; of what is charged to lists only if that
    /// `may_list`. Whatever else there is to say must not wait for it: the other end may pay for
    /// lists only once it has what is asked for. `taken`: the shares that other neighbours were
    /// asked for, a bit for each.
    pub(super) fn next_talk(
        &mut self,
        log: &Without<'_>,
        may_list: bool,
        taken: u16,
    ) -> Option<Talk> {
        if let Some(talk) = self.talks.pop_front() {
            return Some(talk);
        }
        if !self.lacking.is_empty() {
            let count = self.lacking.len().min(ITEMS_PER_FRAME_MAX);
            return Some(Talk::Lacking { tags: pack(self.lacking.drain(..count)) });
        }
        self.fill(log);
        let sketch = self.sketch.as_deref_mut().filter(|_| may_list);
        let cells = sketch.and_then(Sketch::next_cells);
        let short = cells.or_else(|| self.next_want());
        short.or_else(|| if may_list { self.next_probes(log, taken) } else { None })
    }

    /// Says that this end is done, if it is. Said last, after all items.
    pub(super) fn next_end(&mut self) -> Option<(Talk, Option<Over>)> {
        if !self.may_end() {
            return None;
        }
        let talk = Talk::Done { whole: self.whole };
        match self.stage {
            Stage::Leading => {
                self.stage = Stage::Ending;
                Some((talk, None))
            }
            Stage::Concluding { whole } => Some((talk, Some(self.end(whole)))),
            Stage::Asked | Stage::Ending | Stage::Following => None,
        }
    }

    /// What waits here, counted: items to send, tags to ask for, those asked for, places heard of.
    #[cfg(feature = "simulation")]
    pub(super) fn gauges(&self) -> [usize; 4] {
        let to_want = self.to_want.iter().map(|(_, tags)| tags.len()).sum();
        let to_send = self.to_send.len().saturating_add(self.lacking.len());
        [to_send, to_want, self.wanted.len(), self.descent.held()]
    }
}

/// Whether nearly everything that one end has is lacking at the other.
pub(super) const fn is_lopsided(less: u64, more: u64) -> bool {
    less.saturating_mul(LOPSIDED) < more
}

/// A count as it travels.
pub(super) fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}
