//! Mischief with broadcast trees.

use peergroup_core::limits::{ITEMS_PER_FRAME_MAX, TREES_MAX};
use peergroup_core::simulation::forge::frames;

use crate::rng::Rng;
use crate::rogue::Rogue;

/// How often something is said that the credit of a link allows.
const TIMES: usize = 4;

impl Rogue<'_> {
    /// The trees of all members, and some that nobody has.
    fn trees(&mut self) -> Vec<u64> {
        let mut rng = Rng::of(u64::from(self.serial()), "trees", &[]);
        let own = frames::tree(self.seat.identity);
        let others = self.others().into_iter().map(frames::tree);
        let invented = (0..TREES_MAX).map(|_| rng.number());
        [own].into_iter().chain(others).chain(invented).collect()
    }

    /// Versions that nobody has.
    fn no_versions(&mut self) -> Vec<[u8; 32]> {
        let mut rng = Rng::of(u64::from(self.serial()), "versions", &[]);
        (0..ITEMS_PER_FRAME_MAX).map(|_| rng.bytes32()).collect()
    }

    pub(super) fn promise(&mut self) -> bool {
        let mut said = 0;
        for tree in self.trees().into_iter().take(TIMES) {
            let items = self.no_versions();
            said = self.say(&frames::have(tree, 0, &items));
        }
        said > 0
    }

    pub(super) fn fetch_everything(&mut self) -> bool {
        let node = self.world.node(self.host);
        let held = node.versions(self.seat).into_iter().flatten();
        let all: Vec<[u8; 32]> = held.map(|version| *version.id.as_bytes()).collect();
        let invented = self.no_versions();
        let mut said = 0;
        for _ in 0..TIMES {
            for items in all.chunks(ITEMS_PER_FRAME_MAX).chain([&*invented]) {
                said = self.say(&frames::fetch(items));
            }
        }
        said > 0
    }

    pub(super) fn graft_everything(&mut self) -> bool {
        self.say_of_each(frames::graft)
    }

    pub(super) fn prune_everything(&mut self) -> bool {
        self.say_of_each(frames::prune)
    }

    fn say_of_each(&mut self, frame: fn(u64) -> Vec<u8>) -> bool {
        let mut said = 0;
        for tree in self.trees() {
            said = self.say(&frame(tree));
        }
        said > 0
    }

    /// As if it stood at the root of each tree: whoever believed that would send there.
    pub(super) fn push_again(&mut self) -> bool {
        let items: Vec<Vec<u8>> =
            self.others_versions().into_iter().map(|(_, item)| item).take(TIMES).collect();
        let mut said = 0;
        for tree in self.trees() {
            for item in &items {
                said = self.say(&frames::push(tree, 0, core::slice::from_ref(item)));
            }
        }
        said > 0
    }
}
