//! The canonical Merkle trie over the items of a set.
//!
//! A node stands for all items that begin with the same half-bytes. Where there are few it is a
//! leaf, and its hash is over its items in ascending order; else it has sixteen children, and its
//! hash is over theirs. So the root depends on the set alone, not on how it came about. Hashes are
//! found when somebody asks for them: an item that comes or goes makes those above it stale.
//!
//! Items are hashes: whoever wants a node deep down in the trie has to find 65 items that begin
//! alike, which costs 16 times as much for every step.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::arrivals::Arrivals;
use crate::hash::{Label, hash};
use crate::limits::LEAF_ITEMS_MAX;
use crate::message::Item;

/// A hash over all items of a node.
pub(crate) type NodeHash = [u8; 32];

/// Half-bytes of an item: no node lies deeper.
const DEPTH_MAX: usize = 64;

/// What stands for a child of which there is none.
const NONE: NodeHash = [0; 32];

/// Leaves that are hashed one after the other once their items are at hand.
const LEAVES_AT_ONCE: usize = 32;

/// Half-bytes of an item that stand in a leaf.
const ENTRY_DEPTH: usize = 16;

/// A trie over the positions of items.
#[derive(Debug, Default)]
pub(super) struct Trie {
    root: Node,
    /// Over all items; none since one came or went.
    hash: Option<NodeHash>,
}

#[derive(Debug)]
enum Node {
    /// In the order of the items.
    Leaf(Vec<Entry>),
    Branch(Box<Branch>),
}

impl Default for Node {
    fn default() -> Self {
        Self::Leaf(Vec::new())
    }
}

/// An item of a leaf, without the arrivals: these lie all over the memory, and a search that read
/// them would wait for that at each of its steps.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The first eight bytes of the item: two of a leaf are hardly ever alike in them.
    begins: u64,
    position: u64,
}

#[derive(Debug, Default)]
struct Branch {
    count: usize,
    /// Children in which something came or went since their hashes were found: a bit for each.
    stale: u16,
    children: [Node; 16],
    /// Of the children, as the hash over them takes them.
    hashes: [NodeHash; 16],
}

/// Leaves whose hashes are to be found. Their items lie all over the memory: whoever looks at all
/// of them in a row, with little else to do, waits for many at once.
struct Stale<'a> {
    arrivals: &'a Arrivals,
    /// Where the hash of each goes, and how many items it has.
    leaves: Vec<(&'a mut NodeHash, usize)>,
    /// The items of all of them, which nobody has looked at.
    items: Vec<&'a Item>,
}

/// Where in the trie to look, and what to leave out.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) arrivals: &'a Arrivals,
    /// Items of the set to do as if they were not there, ascending.
    pub(super) without: &'a [Item],
}

/// What there is under a prefix.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Few items, or none: with their positions, ascending.
    Few(Vec<(u64, Item)>),
    /// More than a leaf holds: the hashes of the sixteen children.
    Many(Box<[Option<NodeHash>; 16]>),
}

impl Trie {
    /// Where an item came, if it is here.
    pub(super) fn position(&self, arrivals: &Arrivals, item: &Item) -> Option<u64> {
        let (mut node, mut depth) = (&self.root, 0);
        while let Node::Branch(branch) = node {
            node = branch.children.get(nibble(item, depth))?;
            depth = depth.saturating_add(1);
        }
        let Node::Leaf(entries) = node else { return None };
        let at = search(arrivals, entries, item).ok()?;
        Some(entries.get(at)?.position)
    }

    /// Adds an item, as the next that came; false, and nothing changed, if it is here already.
    pub(super) fn insert(&mut self, arrivals: &mut Arrivals, item: &Item) -> bool {
        let is_new = self.root.insert(arrivals, item, 0);
        if is_new {
            self.hash = None;
        }
        is_new
    }

    /// Takes an item out. Gives its position, if it was here.
    pub(super) fn remove(&mut self, arrivals: &Arrivals, item: &Item) -> Option<u64> {
        let position = self.root.remove(arrivals, item, 0)?;
        self.hash = None;
        Some(position)
    }

    /// How many items there are.
    pub(super) fn len(&self) -> usize {
        self.root.len()
    }

    /// The root. Finds the hashes of all that is stale, and keeps them.
    pub(super) fn root(&mut self, arrivals: &Arrivals) -> NodeHash {
        if let Some(hash) = self.hash {
            return hash;
        }
        if let Node::Branch(branch) = &mut self.root {
            let mut stale = Stale { arrivals, leaves: Vec::new(), items: Vec::new() };
            stale.gather(branch);
            stale.hash();
            branch.refresh();
        }
        let look = Look { arrivals, without: &[] };
        *self.hash.insert(self.root.hash(look, 0))
    }

    /// The root without some items.
    pub(super) fn root_without(&self, look: Look<'_>) -> NodeHash {
        match self.hash {
            Some(hash) if look.without.is_empty() => hash,
            _ => self.root.hash(look, 0),
        }
    }

    /// What there is under a prefix: its half-bytes from the first on.
    pub(super) fn shape(&self, look: Look<'_>, prefix: &[u8]) -> Shape {
        let (mut node, mut depth, mut look) = (&self.root, 0, look);
        for step in prefix {
            let Node::Branch(branch) = node else { break };
            let Some(child) = branch.children.get(usize::from(*step)) else { break };
            look.without = part(look.without, depth, usize::from(*step));
            (node, depth) = (child, depth.saturating_add(1));
        }
        if node.len().saturating_sub(look.without.len()) > LEAF_ITEMS_MAX
            && let Node::Branch(branch) = node
        {
            return Shape::Many(Box::new(branch.hashes(look, depth)));
        }
        let mut items = Vec::new();
        node.gather(look, &mut items);
        // a leaf may stand above the prefix
        items.retain(|(_, item)| begins_with(item, prefix));
        Shape::Few(items)
    }

    /// How many items there are under a prefix; of a leaf above it, how many there are in that.
    pub(super) fn count(&self, prefix: &[u8]) -> usize {
        let mut node = &self.root;
        for step in prefix {
            let Node::Branch(branch) = node else { break };
            let Some(child) = branch.children.get(usize::from(*step)) else { break };
            node = child;
        }
        node.len()
    }

    /// The items of the first leaf under a prefix that has any after an item, ascending.
    pub(super) fn page(
        &self,
        look: Look<'_>,
        prefix: &[u8],
        after: Option<&Item>,
    ) -> Vec<(u64, Item)> {
        let mut found = Vec::new();
        self.root.page(look, 0, prefix, after, &mut found);
        found
    }
}

impl Node {
    fn len(&self) -> usize {
        match self {
            Self::Leaf(entries) => entries.len(),
            Self::Branch(branch) => branch.count,
        }
    }

    fn insert(&mut self, arrivals: &mut Arrivals, item: &Item, depth: usize) -> bool {
        match self {
            Self::Branch(branch) => {
                let step = nibble(item, depth);
                let child = branch.children.get_mut(step);
                let below = depth.saturating_add(1);
                if !child.is_some_and(|child| child.insert(arrivals, item, below)) {
                    return false;
                }
                branch.count = branch.count.saturating_add(1);
                branch.stale |= 1 << step;
            }
            Self::Leaf(entries) => {
                let Err(at) = search(arrivals, entries, item) else { return false };
                grow(entries);
                entries.insert(at, Entry::of(item, arrivals.push(*item)));
                self.split(arrivals, depth);
            }
        }
        true
    }

    /// Gives a leaf that holds too much sixteen children.
    fn split(&mut self, arrivals: &Arrivals, depth: usize) {
        let Self::Leaf(entries) = self else { return };
        if entries.len() <= LEAF_ITEMS_MAX || depth >= DEPTH_MAX {
            return;
        }
        let mut branch = Branch { count: entries.len(), stale: u16::MAX, ..Branch::default() };
        for entry in core::mem::take(entries) {
            let child = branch.children.get_mut(entry.nibble(arrivals, depth));
            if let Some(Self::Leaf(of)) = child {
                grow(of);
                of.push(entry);
            }
        }
        for child in &mut branch.children {
            child.split(arrivals, depth.saturating_add(1));
        }
        *self = Self::Branch(Box::new(branch));
    }

    fn remove(&mut self, arrivals: &Arrivals, item: &Item, depth: usize) -> Option<u64> {
        let branch = match self {
            Self::Branch(branch) => branch,
            Self::Leaf(entries) => {
                let at = search(arrivals, entries, item).ok()?;
                return Some(entries.remove(at).position);
            }
        };
        let step = nibble(item, depth);
        let child = branch.children.get_mut(step)?;
        let position = child.remove(arrivals, item, depth.saturating_add(1))?;
        branch.count = branch.count.saturating_sub(1);
        branch.stale |= 1 << step;
        if branch.count <= LEAF_ITEMS_MAX {
            let mut items = Vec::new();
            self.gather(Look { arrivals, without: &[] }, &mut items);
            let entries = items.iter().map(|(position, item)| Entry::of(item, *position));
            *self = Self::Leaf(entries.collect());
        }
        Some(position)
    }

    /// The hash of what is left of the node.
    fn hash(&self, look: Look<'_>, depth: usize) -> NodeHash {
        let left = self.len().saturating_sub(look.without.len());
        match self {
            Self::Branch(branch) if left > LEAF_ITEMS_MAX => {
                branch_hash(&branch.hashes(look, depth).map(|hash| hash.unwrap_or(NONE)))
            }
            Self::Branch(_) | Self::Leaf(_) => {
                let mut items = Vec::with_capacity(left);
                self.each(look, &mut |_, item| items.push(*item));
                leaf_hash(&items)
            }
        }
    }

    /// Appends the items, ascending.
    fn gather(&self, look: Look<'_>, found: &mut Vec<(u64, Item)>) {
        self.each(look, &mut |position, item| found.push((position, *item)));
    }

    /// Names the items, ascending, with their positions. They lie all over the memory: as long as
    /// little is done with each, many are waited for at once.
    fn each(&self, look: Look<'_>, name: &mut impl FnMut(u64, &Item)) {
        match self {
            Self::Leaf(entries) => {
                for Entry { position, .. } in entries {
                    if let Some(item) = look.arrivals.get(*position)
                        && look.without.binary_search(item).is_err()
                    {
                        name(*position, item);
                    }
                }
            }
            Self::Branch(branch) => {
                for child in &branch.children {
                    child.each(look, name);
                }
            }
        }
    }

    fn page(
        &self,
        look: Look<'_>,
        depth: usize,
        prefix: &[u8],
        after: Option<&Item>,
        found: &mut Vec<(u64, Item)>,
    ) {
        let Self::Branch(branch) = self else {
            self.gather(look, found);
            found.retain(|(_, item)| {
                begins_with(item, prefix) && after.is_none_or(|after| item > after)
            });
            return;
        };
        let given = prefix.get(depth).map(|step| usize::from(*step));
        let least = after.map_or(0, |after| nibble(after, depth));
        for (step, child) in branch.children.iter().enumerate() {
            if step < least || given.is_some_and(|given| given != step) || child.len() == 0 {
                continue;
            }
            // only the child that the item itself is in has a part before it
            let after = after.filter(|_| step == least);
            child.page(look, depth.saturating_add(1), prefix, after, found);
            if !found.is_empty() {
                return;
            }
        }
    }
}

impl<'a> Stale<'a> {
    /// Gathers the stale leaves below a branch, and finds the hashes of all but the last of them.
    fn gather(&mut self, branch: &'a mut Branch) {
        let children = branch.children.iter_mut().zip(&mut branch.hashes);
        for (step, (child, hash)) in children.enumerate() {
            match child {
                _ if branch.stale >> step & 1 == 0 => {}
                Node::Branch(branch) => self.gather(branch),
                Node::Leaf(entries) if entries.is_empty() => *hash = NONE,
                Node::Leaf(entries) => {
                    let items = entries.iter().filter_map(|of| self.arrivals.get(of.position));
                    self.items.extend(items);
                    self.leaves.push((hash, entries.len()));
                    if self.leaves.len() >= LEAVES_AT_ONCE {
                        self.hash();
                    }
                }
            }
        }
    }

    /// Finds the hashes of the leaves at hand.
    fn hash(&mut self) {
        let items: Vec<Item> = self.items.drain(..).copied().collect();
        let mut rest = items.as_slice();
        for (hash, count) in self.leaves.drain(..) {
            let (items, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
            *hash = leaf_hash(items);
            rest = after;
        }
    }
}

impl Entry {
    fn of(item: &Item, position: u64) -> Self {
        Self { begins: begins(item), position }
    }

    /// Half-byte of the item.
    fn nibble(&self, arrivals: &Arrivals, depth: usize) -> usize {
        if depth < ENTRY_DEPTH {
            return nibble(&self.begins.to_be_bytes(), depth);
        }
        arrivals.get(self.position).map_or(0, |item| nibble(item, depth))
    }
}

impl Branch {
    /// Finds the hashes of the branches below, where those of all leaves are known.
    fn refresh(&mut self) {
        let children = self.children.iter_mut().zip(&mut self.hashes);
        for (step, (child, hash)) in children.enumerate() {
            if self.stale >> step & 1 == 1
                && let Node::Branch(branch) = child
            {
                branch.refresh();
                *hash = branch_hash(&branch.hashes);
            }
        }
        self.stale = 0;
    }

    fn hashes(&self, look: Look<'_>, depth: usize) -> [Option<NodeHash>; 16] {
        let mut hashes = [None; 16];
        let children = self.children.iter().zip(&self.hashes);
        for (step, (to, (child, hash))) in hashes.iter_mut().zip(children).enumerate() {
            let look = Look { without: part(look.without, depth, step), ..look };
            if child.len() > look.without.len() {
                let is_known = self.stale >> step & 1 == 0 && look.without.is_empty();
                let find = || child.hash(look, depth.saturating_add(1));
                *to = Some(if is_known { *hash } else { find() });
            }
        }
        hashes
    }
}

fn branch_hash(children: &[NodeHash; 16]) -> NodeHash {
    hash(Label::SetNode, &[children.as_flattened()])
}

fn leaf_hash(items: &[Item]) -> NodeHash {
    hash(Label::SetLeaf, &[items.as_flattened()])
}

/// Those of the items, which all agree before this depth, that go on with this half-byte.
fn part(items: &[Item], depth: usize, step: usize) -> &[Item] {
    let from = items.partition_point(|item| nibble(item, depth) < step);
    let rest = items.get(from..).unwrap_or_default();
    rest.get(..rest.partition_point(|item| nibble(item, depth) == step)).unwrap_or_default()
}

/// Where an item lies in a leaf, or would lie.
fn search(arrivals: &Arrivals, entries: &[Entry], item: &Item) -> Result<usize, usize> {
    let begins = begins(item);
    // a leaf is short: to look at all of it waits for memory once, a bisection at each step
    let before = entries.iter().filter(|entry| entry.begins < begins).count();
    let rest = entries.get(before..).unwrap_or_default();
    let alike = rest.iter().take_while(|entry| entry.begins == begins).count();
    let found = rest.get(..alike).unwrap_or_default().binary_search_by(|entry| {
        arrivals.get(entry.position).map_or(Ordering::Less, |found| found.cmp(item))
    });
    found.map(|at| before.saturating_add(at)).map_err(|at| before.saturating_add(at))
}

/// Room for one more: a leaf grows by a quarter, as there are many and most stay half full.
fn grow(entries: &mut Vec<Entry>) {
    if entries.len() == entries.capacity() {
        entries.reserve_exact((entries.len() / 4).saturating_add(2));
    }
}

/// The first eight bytes of an item, in its order.
fn begins(item: &Item) -> u64 {
    item.first_chunk().map_or(0, |first| u64::from_be_bytes(*first))
}

/// Half-byte of an item; zero beyond its end.
pub(crate) fn nibble(item: &[u8], depth: usize) -> usize {
    let byte = item.get(depth / 2).copied().unwrap_or_default();
    usize::from(if depth.is_multiple_of(2) { byte >> 4 } else { byte & 15 })
}

fn begins_with(item: &Item, prefix: &[u8]) -> bool {
    prefix.iter().enumerate().all(|(depth, step)| nibble(item, depth) == usize::from(*step))
}
