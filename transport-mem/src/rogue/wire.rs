//! Mischief with frames.

use peergroup_core::limits::{CLASS_WINDOW, ITEMS_PER_FRAME_MAX};
use peergroup_core::simulation::forge::frames::{self, ForgedClass, ForgedGoodbye, ForgedSet};

use crate::rng::Rng;
use crate::rogue::Rogue;

const SETS: [ForgedSet; 2] = [ForgedSet::Authority, ForgedSet::Records];
/// Every kind of frame that a neighbour says.
const ALL_KINDS: [&str; 9] =
    ["compare", "list", "want", "lacking", "items", "presence", "credit", "dial back", "goodbye"];
/// Pages of a list that the credit of a link allows.
const PAGES: u32 = 7;
/// How often a question is asked that the credit of a link allows.
const QUESTIONS: u32 = 6;

impl Rogue<'_> {
    fn items(&mut self, count: usize) -> Vec<[u8; 32]> {
        let mut rng = Rng::of(u64::from(self.serial()), "items", &[]);
        (0..count).map(|_| rng.bytes32()).collect()
    }

    pub(super) fn lie_about_roots(&mut self) -> bool {
        let mut said = 0;
        for (set, reply) in SETS.into_iter().flat_map(|set| [(set, false), (set, true)]) {
            let root = self.items(1).first().copied().unwrap_or_default();
            said = self.say(&frames::compare(set, root, u32::MAX, reply, true));
        }
        said > 0
    }

    fn list_pages(&mut self, count: u32) -> usize {
        let mut said = 0;
        for _ in 0..count {
            let items = self.items(ITEMS_PER_FRAME_MAX);
            said = self.say(&frames::list(ForgedSet::Records, &items, false));
        }
        said
    }

    pub(super) fn list_without_end(&mut self) -> bool {
        let said = self.list_pages(PAGES);
        // nor does it say that it has nothing of the kind
        self.ignore(&["want", "credit"]);
        said > 0
    }

    pub(super) fn want_everything(&mut self) -> bool {
        let statements = self.statements();
        let acts = statements.iter().map(peergroup_core::simulation::forge::statement_item);
        let acts: Vec<[u8; 32]> = acts.take(ITEMS_PER_FRAME_MAX).collect();
        let versions = self.world.node(self.host).versions(self.seat).into_iter().flatten();
        let versions: Vec<[u8; 32]> =
            versions.map(|it| *it.id.as_bytes()).take(ITEMS_PER_FRAME_MAX).collect();
        let mut said = 0;
        for _ in 0..QUESTIONS {
            said = self.say(&frames::want(ForgedSet::Authority, &acts));
            self.say(&frames::want(ForgedSet::Records, &versions));
        }
        said > 0
    }

    pub(super) fn deny_everything(&mut self) -> bool {
        let items = self.items(ITEMS_PER_FRAME_MAX);
        self.say(&frames::lacking(ForgedSet::Authority, &items));
        self.say(&frames::lacking(ForgedSet::Records, &items)) > 0
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
