//! Down the trie along what differs: the end that leads asks about places, the other answers.

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use super::comparison::{Comparison, Stage, count, is_lopsided};
use super::prefix::Prefix;
use super::short::Tag;
use super::talk::{Probe, Talk, pack, unpack};
use crate::fault::Fault;
use crate::limits::{LEAF_ITEMS_MAX, PROBES_PER_FRAME_MAX};
use crate::log::{NodeHash, Shape, Without, nibble};
use crate::message::{Item, Set};

/// Bytes of places that are told in one frame.
const PROBE_BYTES: usize = 12 * 1024;
/// Places heard of and not looked at yet beyond which the other end has to wait.
const HELD_EASY: usize = 1024;
/// Questions that are asked however few items there are.
const QUESTIONS_EASY: usize = 1024;
/// Places below the root: each may be a share.
const SHARES: usize = 16;
/// Shares that one neighbour is asked for at a time: it goes on with the second while this end
/// hears that the first is done.
const SHARES_MAX: usize = 2;

/// What is known to differ, and what the other end told of it.
#[derive(Debug, Default)]
pub(super) struct Descent {
    /// Places that the end that leads asks about: each differs, and each once.
    differ: BTreeSet<Prefix>,
    /// How many of its questions are not answered.
    asked: u64,
    /// How many questions there were.
    questions: usize,
    /// Places that the other end asks about.
    heard: VecDeque<Probe>,
    /// How many questions are answered by what is told next, and that.
    answered: u64,
    answers: Vec<Probe>,
    /// Leaves of the other end: whatever else is there is to be sent, whatever is not is wanted.
    jobs: VecDeque<Job>,
    /// Shares that the other end was asked for, in order.
    shares: VecDeque<usize>,
    /// Those that came since somebody asked: a bit for each.
    came: u16,
    /// It was asked for some in this comparison.
    has_shared: bool,
    /// It is asked for any, whoever else was.
    insists: bool,
    /// Shares were left to others.
    has_left: bool,
}

#[derive(Debug)]
struct Job {
    prefix: Prefix,
    /// The last item that was looked at.
    after: Option<Item>,
    /// Tags of the other end's items that have not been met here.
    tags: Vec<Tag>,
    /// A share that the other end asked for: its question is answered once all of it is sent.
    is_share: bool,
}

impl Descent {
    /// A place that differs.
    pub(super) fn differ(&mut self, prefix: Prefix) {
        self.differ.insert(prefix);
    }

    /// This end leads, and has asked about the root.
    pub(super) fn ask_for_root(&mut self) {
        self.asked = 1;
        self.questions = 1;
    }

    /// One question more is answered by this place.
    pub(super) fn answer_with(&mut self, place: Probe) {
        self.answered = self.answered.saturating_add(1);
        self.answers.push(place);
    }

    /// So many questions are answered.
    pub(super) fn on_answered(&mut self, answered: u64) -> Result<(), Fault> {
        self.asked = self.asked.checked_sub(answered).ok_or(Fault::Unexpected)?;
        let over = usize::try_from(answered).unwrap_or(usize::MAX).min(self.shares.len());
        self.came = self.shares.drain(..over).fold(self.came, |bits, step| bits | 1 << step);
        Ok(())
    }

    /// Whether questions are not answered.
    pub(super) const fn awaits(&self) -> bool {
        self.asked > 0
    }

    /// Whether shares were left to other neighbours.
    pub(super) const fn has_left(&self) -> bool {
        self.has_left
    }

    pub(super) fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    pub(super) fn has_work(&self) -> bool {
        !self.differ.is_empty()
            || !self.heard.is_empty()
            || self.answered > 0
            || !self.jobs.is_empty()
    }

    /// How many places wait to be looked at.
    pub(super) fn held(&self) -> usize {
        self.heard.len().saturating_add(self.jobs.len())
    }

    pub(super) fn keeps_up(&self) -> bool {
        self.held() < HELD_EASY
    }

    /// Asks about nothing more.
    pub(super) fn give_up(&mut self) {
        let unanswered = self.jobs.drain(..).filter(|job| job.is_share).count();
        self.answered = self.answered.saturating_add(count(unanswered));
        self.differ.clear();
        self.shares.clear();
    }

    fn push_job(&mut self, prefix: Prefix, tags: Vec<Tag>) {
        self.jobs.push_back(Job { prefix, after: None, tags, is_share: false });
    }
}

/// What is to be done about a child that differs.
enum Child {
    /// Only this end has it.
    Mine(Prefix),
    /// The other end has it, and this one perhaps as well.
    Either(Prefix),
}

impl Comparison {
    /// A place as it is here.
    pub(super) fn look(&mut self, log: &Without<'_>, prefix: Prefix) -> Probe {
        let steps = prefix.steps();
        let tags_of = |items: &[(u64, Item)]| pack(items.iter().map(|(_, of)| self.namer.tag(of)));
        match log.shape(&steps) {
            Shape::Few(items) => Probe::Leaf { prefix, tags: tags_of(&items) },
            Shape::Many(_) if self.has_next_to_nothing(log, &steps) => {
                // what this end has more than the other is left to the next comparison
                self.whole = false;
                Probe::Leaf { prefix, tags: pack([]) }
            }
            Shape::Many(hashes) => {
                let mut children = 0;
                for (step, hash) in hashes.iter().enumerate() {
                    children |= u16::from(hash.is_some()) << step;
                }
                let tags = pack(hashes.iter().flatten().map(|hash| self.namer.tag(hash)));
                Probe::Branch { prefix, children, tags }
            }
        }
    }

    /// Whether the other end has so much more that nearly all of it is lacking here. Items are
    /// hashes: each of the sixteen places below the root has about as many as the others.
    ///
    /// Such a place is a share: several neighbours are asked for one each.
    pub(super) fn has_next_to_nothing(&self, log: &Without<'_>, steps: &[u8]) -> bool {
        let theirs = match steps.len() {
            0 => self.kept.their_count,
            1 => self.kept.their_count / 16,
            _ => 0,
        };
        self.set == Set::Records && is_lopsided(count(log.count(steps)), theirs)
    }

    /// A place as it is at the other end, told to the end that leads.
    pub(super) fn on_place(&mut self, log: &Without<'_>, probe: Probe) {
        if self.hopeless {
            return;
        }
        for prefix in self.take_in(log, probe) {
            self.descent.differ(prefix);
        }
    }

    /// The end that leads asks.
    pub(super) fn on_question(&mut self, log: &Without<'_>, probe: Probe) {
        match probe {
            Probe::Leaf { prefix, tags } if log.count(&prefix.steps()) > LEAF_ITEMS_MAX => {
                let tags = unpack(&tags).collect();
                self.descent.jobs.push_back(Job { prefix, after: None, tags, is_share: true });
            }
            Probe::Leaf { .. } | Probe::Branch { .. } => self.descent.heard.push_back(probe),
        }
    }

    /// The shares that the other end was asked for and has not sent whole: a bit for each.
    pub(super) fn shares(&self) -> u16 {
        self.descent.shares.iter().fold(0, |bits, step| bits | 1 << step)
    }

    /// The shares that the other end has sent whole since this was last asked: a bit for each.
    pub(super) const fn take_shares(&mut self) -> u16 {
        core::mem::replace(&mut self.descent.came, 0)
    }

    /// The same, asked of the end that follows.
    fn answer(&mut self, log: &Without<'_>, probe: Probe) {
        self.descent.answered = self.descent.answered.saturating_add(1);
        for prefix in self.take_in(log, probe) {
            let answer = self.look(log, prefix);
            self.descent.answers.push(answer);
        }
    }

    /// Notes what a place at the other end tells of items. Gives the places below it that differ
    /// and are to be told of.
    fn take_in(&mut self, log: &Without<'_>, probe: Probe) -> Vec<Prefix> {
        let mut differ = Vec::new();
        match probe {
            Probe::Leaf { prefix, tags } => self.descent.push_job(prefix, unpack(&tags).collect()),
            Probe::Branch { prefix, children, tags } => {
                for child in self.compare(log, prefix, children, unpack(&tags)) {
                    match child {
                        Child::Mine(prefix) => self.descent.push_job(prefix, Vec::new()),
                        Child::Either(prefix) => differ.push(prefix),
                    }
                }
            }
        }
        differ
    }

    /// Which children of a place differ.
    fn compare(
        &mut self,
        log: &Without<'_>,
        prefix: Prefix,
        children: u16,
        mut tags: impl Iterator<Item = Tag>,
    ) -> Vec<Child> {
        let hashes = match log.shape(&prefix.steps()) {
            Shape::Many(hashes) => hashes,
            Shape::Few(items) if self.has_next_to_nothing(log, &prefix.steps()) => {
                let mut hashes: Box<[Option<NodeHash>; 16]> = Box::default();
                for (_, item) in &items {
                    let step = hashes.get_mut(nibble(item, prefix.steps().len()));
                    if let Some(hash) = step {
                        *hash = Some(*item);
                    }
                }
                hashes
            }
            Shape::Few(_) => return alloc::vec![Child::Either(prefix)],
        };
        let mut differ = Vec::new();
        for (step, hash) in hashes.iter().enumerate() {
            let mine = hash.map(|hash: NodeHash| self.namer.tag(&hash));
            let theirs = if children >> step & 1 == 1 { tags.next() } else { None };
            if mine == theirs {
                continue;
            }
            match (prefix.child(step), theirs) {
                (Some(child), None) => differ.push(Child::Mine(child)),
                (Some(child), Some(_)) => differ.push(Child::Either(child)),
                (None, _) => self.whole = false,
            }
        }
        differ
    }

    /// Goes on with a leaf of the other end: a page of what is here is sent, but for what is
    /// there. What is there and was not met is wanted.
    pub(super) fn do_job(&mut self, log: &Without<'_>) {
        let Some(mut job) = self.descent.jobs.pop_front() else { return };
        let page = log.page(&job.prefix.steps(), job.after.as_ref());
        let Some((_, last)) = page.last() else {
            self.want(Some(job.prefix), job.tags);
            self.descent.answered = self.descent.answered.saturating_add(u64::from(job.is_share));
            return;
        };
        job.after = Some(*last);
        for (position, item) in &page {
            let tag = self.namer.tag(item);
            match job.tags.iter().position(|of| *of == tag) {
                Some(at) => drop(job.tags.swap_remove(at)),
                None => self.send(*position, tag),
            }
        }
        self.descent.jobs.push_front(job);
    }

    /// The next questions or answers. `taken`: the shares that others were asked for.
    pub(super) fn next_probes(&mut self, log: &Without<'_>, taken: u16) -> Option<Talk> {
        let is_following = matches!(self.stage, Stage::Following | Stage::Concluding { .. });
        let mut size = 0_usize;
        let mut probes = Vec::new();
        while size < PROBE_BYTES && probes.len() < PROBES_PER_FRAME_MAX {
            let probe = if is_following {
                self.next_answer(log)
            } else {
                self.next_question(log, taken).map(|prefix| self.look(log, prefix))
            };
            let Some(probe) = probe else { break };
            size = size.saturating_add(probe.bytes());
            probes.push(probe);
        }
        if !is_following {
            self.check_questions(log);
        }
        let is_more = !self.descent.answers.is_empty();
        let answered = if is_more { 0 } else { core::mem::take(&mut self.descent.answered) };
        (!probes.is_empty() || answered > 0).then_some(Talk::Probes { answered, probes })
    }

    /// The next place to ask about: of shares one that nobody else was asked for, and once there is
    /// none any other. Both are not asked about at a time, for nothing tells which of the questions
    /// was answered. What is left when all shares are taken is left to the next comparison; if that
    /// finds nothing but taken ones, and less than a leaf has come since, whoever was asked is
    /// stuck, and this neighbour is asked for them as well (attack R09).
    fn next_question(&mut self, log: &Without<'_>, taken: u16) -> Option<Prefix> {
        if !self.descent.awaits() && self.is_all_taken(log, taken) {
            let have = count(log.len());
            let goes_on = |had: u64| had.saturating_add(count(LEAF_ITEMS_MAX)) <= have;
            if self.descent.has_shared || self.kept.left_with.is_none_or(goes_on) {
                self.kept.left_with = Some(have);
                self.descent.differ.clear();
                self.descent.has_left = true;
                self.whole = false;
                return None;
            }
            self.descent.insists = true;
        }
        let taken = if self.descent.insists { 0 } else { taken };
        let shares = self.descent.shares.len();
        let may_share = shares < SHARES_MAX && self.descent.asked == count(shares);
        let is_open = |step: usize| may_share && taken >> step & 1 == 0;
        let places = || self.descent.differ.iter().map(|of| (*of, self.share(log, *of, taken)));
        // they come first in the order of places
        let mut first = places().take(SHARES);
        let open = first.find(|(_, share)| share.is_some_and(is_open));
        let other = || places().find(|(_, share)| shares == 0 && share.is_none());
        let (prefix, share) = open.or_else(other)?;
        self.descent.differ.remove(&prefix);
        self.descent.shares.extend(share);
        self.descent.has_shared |= share.is_some();
        self.descent.asked = self.descent.asked.saturating_add(1);
        self.descent.questions = self.descent.questions.saturating_add(1);
        Some(prefix)
    }

    /// Whether there are places to ask about, and all are shares that others were asked for.
    fn is_all_taken(&self, log: &Without<'_>, taken: u16) -> bool {
        let is_taken =
            |of: &Prefix| self.share(log, *of, taken).is_some_and(|at| taken >> at & 1 == 1);
        let Descent { differ, insists, .. } = &self.descent;
        !insists && !differ.is_empty() && differ.iter().all(is_taken)
    }

    /// Which share a place is, if it is one: also one of which much has come from whom it was
    /// asked.
    fn share(&self, log: &Without<'_>, prefix: Prefix, taken: u16) -> Option<usize> {
        let steps = prefix.steps();
        let [step] = steps.as_slice() else { return None };
        let is_taken = self.set == Set::Records && taken >> step & 1 == 1;
        (is_taken || self.has_next_to_nothing(log, &steps)).then_some(usize::from(*step))
    }

    /// There is a question for each place of the trie with many items at most, and for each of its
    /// children: who makes this end ask more answers beside the point (attack R10).
    fn check_questions(&mut self, log: &Without<'_>) {
        if self.descent.questions > log.len().saturating_add(QUESTIONS_EASY) {
            self.give_up();
        }
    }

    fn next_answer(&mut self, log: &Without<'_>) -> Option<Probe> {
        while self.descent.answers.is_empty()
            && let Some(probe) = self.descent.heard.pop_front()
        {
            self.answer(log, probe);
        }
        self.descent.answers.pop()
    }
}
