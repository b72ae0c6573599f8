//! Each author's statements as a graph, and up to 64 closures over it walked at once.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use crate::authority::line::Line;
use crate::authority::set::{Entry, Person, Set, Slot};
use crate::checkpoint::Worth;

/// The links between statements of one author that are all held, and what grants cite. It is
/// acyclic, since a statement names others by hash.
pub(super) struct Dag {
    /// Where in `targets` each statement's links begin and end.
    spans: Vec<(usize, usize)>,
    targets: Vec<Slot>,
    /// Each author's statements, each before whatever it links to.
    heads_first: BTreeMap<Person, Vec<Slot>>,
    cites: BTreeMap<Slot, Vec<Slot>>,
}

impl Dag {
    pub(super) fn new(set: &Set) -> Self {
        let mut dag = Self {
            spans: Vec::with_capacity(set.len()),
            targets: Vec::with_capacity(set.len()),
            heads_first: BTreeMap::new(),
            cites: BTreeMap::new(),
        };
        let lines = survivors(set);
        for (slot, entry) in set.entries() {
            let lists = entry.statement.lists();
            let from = dag.targets.len();
            let line = lines.get(&entry.author).map(Vec::as_slice).unwrap_or_default();
            if entry.worth() == Some(Worth::Dead) {
                // it links to nothing
            } else if entry.survivor.is_some() {
                let at = line.partition_point(|(rank, _)| *rank < entry.rank());
                dag.targets.extend(at.checked_sub(1).and_then(|at| line.get(at)).map(|at| at.1));
            } else {
                let held = lists.prev().iter().filter_map(|id| set.find(id));
                let own = held.filter(|(_, prev)| prev.author == entry.author);
                dag.targets.extend(own.map(|(slot, _)| slot));
                dag.targets.extend(line.last().map(|last| last.1));
            }
            dag.spans.push((from, dag.targets.len()));
            if !lists.cites().is_empty() && entry.survivor.is_none() {
                let cited = lists.cites().iter().filter_map(|id| set.slot(id)).collect();
                dag.cites.insert(slot, cited);
            }
        }
        dag.sort(set);
        dag
    }

    /// The statements of the same author that this one links to.
    pub(super) fn prev(&self, slot: Slot) -> &[Slot] {
        let span = self.spans.get(slot.index());
        span.and_then(|&(from, to)| self.targets.get(from..to)).unwrap_or_default()
    }

    /// What a grant cites itself, as far as held.
    pub(super) fn cites(&self, slot: Slot) -> &[Slot] {
        self.cites.get(&slot).map(Vec::as_slice).unwrap_or_default()
    }

    /// An author's statements, each before whatever it links to.
    pub(super) fn heads_first(&self, author: Person) -> &[Slot] {
        self.heads_first.get(&author).map(Vec::as_slice).unwrap_or_default()
    }

    fn sort(&mut self, set: &Set) {
        let mut named = vec![0_u32; set.len()];
        for target in &self.targets {
            if let Some(count) = named.get_mut(target.index()) {
                *count = count.saturating_add(1);
            }
        }
        let mut ready: Vec<Slot> = (0..)
            .map(Slot::new)
            .zip(&named)
            .filter(|(_, count)| **count == 0)
            .map(|x| x.0)
            .collect();
        while let Some(slot) = ready.pop() {
            for &target in self.prev(slot) {
                let Some(count) = named.get_mut(target.index()) else { continue };
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push(target);
                }
            }
            if let Some(entry) = set.entry(slot) {
                self.heads_first.entry(entry.author).or_default().push(slot);
            }
        }
    }
}

/// What each author signed before the checkpoint that counts and survived it, in the order of its
/// rank. It counts as one line that everything signed since follows: what lay between is gone.
fn survivors(set: &Set) -> BTreeMap<Person, Line> {
    let mut lines: BTreeMap<Person, Line> = BTreeMap::new();
    let is_in_line = |entry: &Entry| entry.worth().is_some_and(|worth| worth != Worth::Dead);
    for (slot, entry) in set.entries().filter(|(_, entry)| is_in_line(entry)) {
        lines.entry(entry.author).or_default().push((entry.rank(), slot));
    }
    for line in lines.values_mut() {
        line.sort_unstable();
    }
    lines
}

/// 64 bits on each statement: bit `n` says that it lies in the `n`-th closure.
pub(super) struct Marks(Vec<u64>);

impl Marks {
    pub(super) fn new(set: &Set) -> Self {
        Self(vec![0; set.len()])
    }

    pub(super) fn get(&self, slot: Slot) -> u64 {
        self.0.get(slot.index()).copied().unwrap_or_default()
    }

    pub(super) fn add(&mut self, slot: Slot, bits: u64) {
        if let Some(mark) = self.0.get_mut(slot.index()) {
            *mark |= bits;
        }
    }

    /// Carries an author's marks to everything that the marked statements reach.
    pub(super) fn sink(&mut self, dag: &Dag, author: Person) {
        for &slot in dag.heads_first(author) {
            let bits = self.get(slot);
            for &prev in dag.prev(slot) {
                self.add(prev, bits);
            }
        }
    }

    /// Carries an author's marks to everything that reaches the marked statements.
    pub(super) fn rise(&mut self, dag: &Dag, author: Person) {
        for &slot in dag.heads_first(author).iter().rev() {
            for &prev in dag.prev(slot) {
                self.add(slot, self.get(prev));
            }
        }
    }
}
