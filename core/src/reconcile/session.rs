//! One end of the comparisons of one set on one link.

use alloc::boxed::Box;

use super::comparison::{Comparison, Kept, Stage, count};
use super::mark::Mark;
use super::short::Namer;
use super::talk::{Answer, Bookmark, Hello, Since, Talk};
use crate::fault::Fault;
use crate::handshake::LinkKey;
use crate::log::Without;
use crate::message::{Item, Set};

/// One end of the comparisons of one set on one link, one after the other.
#[derive(Debug)]
pub(crate) struct Session {
    link: LinkKey,
    set: Set,
    round: u32,
    /// While no comparison has it.
    kept: Kept,
    /// The one that is under way: most of the time there is none.
    comparison: Option<Box<Comparison>>,
}

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// The roots were equal from the start.
    Equal,
    /// Everything that the other end had when it began has come.
    Come,
    /// The same, but for what other neighbours were asked for.
    Left,
}

impl Session {
    /// The end of a set on a link with this key.
    pub(crate) fn new(link: LinkKey, set: Set) -> Self {
        Self { link, set, round: 0, kept: Kept::default(), comparison: None }
    }

    fn kept(&self) -> &Kept {
        self.comparison.as_ref().map_or(&self.kept, |comparison| &comparison.kept)
    }

    fn begin(&mut self, stage: Stage, since: Option<Bookmark>, begun: Bookmark) -> &mut Comparison {
        self.end();
        self.round = self.round.saturating_add(1);
        let namer = Namer::new(&self.link, self.set, self.round);
        let kept = core::mem::take(&mut self.kept);
        let comparison = Comparison::new(self.set, namer, stage, since, begun, kept);
        self.comparison.insert(Box::new(comparison))
    }

    /// The comparison is over: what it leaves is kept.
    fn end(&mut self) {
        if let Some(comparison) = self.comparison.take() {
            self.kept = comparison.kept;
        }
    }

    fn end_if(&mut self, over: Option<Over>) -> Option<Over> {
        if over.is_some() {
            self.end();
        }
        over
    }

    /// How many items the other end said it has.
    pub(crate) fn their_count(&self) -> u64 {
        self.kept().their_count
    }

    /// Whether a comparison is under way, whoever leads it.
    pub(crate) const fn is_under_way(&self) -> bool {
        self.comparison.is_some()
    }

    /// What is remembered of the last comparison: for the next link to the same end.
    pub(crate) fn mark(&self) -> &Mark {
        &self.kept().mark
    }

    /// Takes up what is remembered of the last comparison, before the first one of this link.
    pub(crate) fn set_mark(&mut self, mark: Mark) {
        self.kept.mark = mark;
    }

    /// Opens a comparison. `next` is the position of the next item that comes.
    pub(crate) fn open(&mut self, log: &Without<'_>, next: u64) -> Hello {
        let mark = self.mark();
        let bookmark = mark.trusted();
        let since = bookmark.map(|bookmark| Since { bookmark, came: mark.came(log, bookmark) });
        self.begin(Stage::Asked, bookmark, Bookmark { here: next, there: 0 });
        Hello { root: log.root(), count: count(log.len()), next, since }
    }

    /// The other end opened a comparison. `taken`: the shares that other neighbours were asked for,
    /// a bit for each.
    pub(crate) fn on_hello(
        &mut self,
        log: &Without<'_>,
        next: u64,
        hello: &Hello,
        taken: u16,
    ) -> (Answer, Option<Over>) {
        let turned = |of: Bookmark| Bookmark { here: of.there, there: of.here };
        let since = hello.since.map(|since| turned(since.bookmark));
        let since = since.filter(|since| self.mark().bookmark() == Some(*since));
        let begun = Bookmark { here: next, there: hello.next };
        let (how, over) = self.begin(Stage::Following, since, begun).answer_to(log, hello, taken);
        (Answer { next, how }, self.end_if(over))
    }

    /// The other end answered.
    pub(crate) fn on_answer(
        &mut self,
        log: &Without<'_>,
        answer: Answer,
    ) -> Result<Option<Over>, Fault> {
        let comparison = self.comparison.as_mut().ok_or(Fault::Unexpected)?;
        let over = comparison.on_answer(log, answer)?;
        Ok(self.end_if(over))
    }

    /// The other end said something.
    pub(crate) fn on_talk(&mut self, log: &Without<'_>, talk: Talk) -> Result<Option<Over>, Fault> {
        if !talk.is_sound() {
            return Err(Fault::Malformed);
        }
        let comparison = self.comparison.as_mut().ok_or(Fault::Unexpected)?;
        let over = comparison.on_talk(log, talk)?;
        Ok(self.end_if(over))
    }

    /// Whether the other end owes anything.
    pub(crate) fn owes(&self) -> bool {
        self.comparison.as_ref().is_some_and(|comparison| comparison.owes())
    }

    /// Whether what the other end said is worked through fast enough for it to say more.
    pub(crate) fn keeps_up(&self) -> bool {
        self.comparison.as_ref().is_none_or(|comparison| comparison.keeps_up())
    }

    /// Whether there is anything to say or to send, were there the credit.
    pub(crate) fn has_work(&self) -> bool {
        self.comparison.as_ref().is_some_and(|comparison| comparison.has_work())
    }

    /// The shares that the other end was asked for and has not sent whole: a bit for each.
    pub(crate) fn shares(&self) -> u16 {
        self.comparison.as_ref().map_or(0, |comparison| comparison.shares())
    }

    /// The shares that the other end has sent whole since this was last asked: a bit for each.
    pub(crate) fn take_shares(&mut self) -> u16 {
        self.comparison.as_mut().map_or(0, |comparison| comparison.take_shares())
    }

    /// The next thing to say, of a few KiB at most; of what is charged to lists only if that
    /// `may_list`. Whatever else there is to say must not wait for it: the other end may pay for
    /// lists only once it has what is asked for. `taken`: the shares that other neighbours were
    /// asked for or have sent and that are not listed yet, a bit for each.
    pub(crate) fn next_talk(
        &mut self,
        log: &Without<'_>,
        may_list: bool,
        taken: u16,
    ) -> Option<Talk> {
        self.comparison.as_mut()?.next_talk(log, may_list, taken)
    }

    /// Says that this end is done, if it is. Said last, after all items.
    pub(crate) fn next_end(&mut self) -> Option<(Talk, Option<Over>)> {
        let (talk, over) = self.comparison.as_mut()?.next_end()?;
        Some((talk, self.end_if(over)))
    }

    /// An item came from the other end; true if it was asked for.
    pub(crate) fn arrived(&mut self, item: &Item) -> bool {
        self.comparison.as_mut().is_some_and(|comparison| comparison.arrived(item))
    }

    /// Items that are to be sent next, by their positions: about as many as are worth a look.
    pub(crate) fn next_items(&mut self, log: &Without<'_>) -> bool {
        self.comparison.as_mut().is_some_and(|comparison| comparison.next_items(log))
    }

    /// The next item that is to be sent, in the order of arrival. Those that have gone meanwhile
    /// are said to be lacking.
    pub(crate) fn next_item(&mut self, log: &Without<'_>) -> Option<(u64, Item)> {
        self.comparison.as_mut()?.next_item(log)
    }

    /// That item was sent, or cannot be.
    pub(crate) fn sent(&mut self, position: u64, sent: bool) {
        if let Some(comparison) = &mut self.comparison {
            comparison.sent(position, sent);
        }
    }

    /// What waits here, counted: items to send, tags to ask for, those asked for, places heard of.
    #[cfg(feature = "simulation")]
    pub(crate) fn gauges(&self) -> [usize; 4] {
        self.comparison.as_ref().map_or([0; 4], |comparison| comparison.gauges())
    }
}
