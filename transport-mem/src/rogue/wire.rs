//! Mischief with frames.

use peergroup_core::limits::{CLASS_WINDOW, ITEMS_PER_FRAME_MAX};
use peergroup_core::simulation::forge::frames::{self, ForgedClass, ForgedGoodbye, ForgedSet};

use crate::rng::Rng;
use crate::rogue::Rogue;

const SETS: [ForgedSet; 2] = [ForgedSet::Authority, ForgedSet::Records];
/// Every kind of frame that a neighbour says.
const ALL_KINDS: [&str; 21] = [
    "compare",
    "compared",
    "more",
    "cells",
    "all",
    "probes",
    "want",
    "lacking",
    "done",
    "declined",
    "reconsidered",
    "items",
    "presence",
    "credit",
    "dial back",
    "goodbye",
    "push",
    "have",
    "fetch",
    "graft",
    "prune",
];
/// Pages of a list that the credit of a link allows.
const PAGES: u32 = 7;
/// Tags of one page.
const PAGE_TAGS: usize = 8 * ITEMS_PER_FRAME_MAX;
/// How often a question is asked that the credit of a link allows.
const QUESTIONS: u32 = 6;

impl Rogue<'_> {
    /// Tags of items that nobody has.
    fn tags(&mut self, count: usize) -> Vec<[u8; 4]> {
        let mut rng = Rng::of(u64::from(self.serial()), "tags", &[]);
        let bytes: Vec<u8> = (0..count.div_ceil(8)).flat_map(|_| rng.bytes32()).collect();
        bytes.as_chunks::<4>().0.to_vec()
    }

    fn root(&mut self) -> [u8; 32] {
        Rng::of(u64::from(self.serial()), "root", &[]).bytes32()
    }

    /// Opens a comparison that finds a difference.
    fn open(&mut self, set: ForgedSet) -> usize {
        let root = self.root();
        self.say(&frames::compare(set, root, u64::MAX, true))
    }

    pub(super) fn lie_about_roots(&mut self) -> bool {
        let mut said = 0;
        for set in SETS {
            said = self.open(set);
        }
        said > 0
    }

    fn list_pages(&mut self, count: u32) -> usize {
        let mut said = self.open(ForgedSet::Records);
        for _ in 0..count {
            let tags = self.tags(PAGE_TAGS);
            said = self.say(&frames::probes(ForgedSet::Records, &tags));
        }
        said
    }

    pub(super) fn list_without_end(&mut self) -> bool {
        let said = self.list_pages(PAGES);
        // nor does it say that it has nothing of the kind
        self.ignore(&["compared", "probes", "want", "lacking", "done", "credit"]);
        said > 0
    }

    pub(super) fn want_everything(&mut self) -> bool {
        let tags = self.tags(ITEMS_PER_FRAME_MAX);
        let mut said = 0;
        for set in SETS {
            self.open(set);
            for _ in 0..QUESTIONS {
                said = self.say(&frames::want(set, &tags));
            }
        }
        said > 0
    }

    pub(super) fn deny_everything(&mut self) -> bool {
        let tags = self.tags(ITEMS_PER_FRAME_MAX);
        let mut said = 0;
        for set in SETS {
            self.open(set);
            said = self.say(&frames::lacking(set, &tags));
        }
        said > 0
    }

    pub(super) fn overdraw(&mut self) -> bool {
        // some credit returns on the way
        self.list_pages(3 * PAGES) > 0
    }

    pub(super) fn overpay(&mut self) -> bool {
        self.say(&frames::credit(ForgedClass::Items, CLASS_WINDOW)) > 0
    }

    pub(super) fn nonsense(&mut self) -> bool {
        self.say(&frames::raw(b"\xff nonsense")) > 0
    }

    pub(super) fn huge_frame(&mut self) -> bool {
        self.say(&u32::MAX.to_le_bytes()) > 0
    }

    pub(super) fn half_frame(&mut self) -> bool {
        let said = self.say(&[100, 0, 0, 0, 1, 2, 3]);
        self.fall_silent();
        said > 0
    }

    pub(super) fn dial_backs(&mut self) -> bool {
        let mut said = 0;
        for _ in 0..100 {
            let nonce = u64::from(self.serial());
            said = self.say(&frames::dial_back(nonce));
        }
        said > 0
    }

    pub(super) fn say_goodbye(&mut self, reason: ForgedGoodbye) -> bool {
        self.say(&frames::goodbye(reason)) > 0
    }

    pub(super) fn keep(&mut self, kinds: &[&'static str]) -> bool {
        self.withhold(kinds);
        true
    }

    pub(super) fn mute(&mut self) -> bool {
        self.keep(&ALL_KINDS)
    }
}
