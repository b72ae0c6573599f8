//! One item, from its source to everybody.

use std::collections::BTreeSet;

/// Many nodes in virtual time.
pub trait Group {
    /// One node sends an item, and `span` microseconds pass.
    fn round(&mut self, source: u32, span: u64) -> Round;

    /// These nodes die at once; who is linked with them notices after `notice` microseconds.
    fn kill(&mut self, dead: &BTreeSet<u32>, notice: u64);

    /// How many neighbours each node that lives has.
    fn degrees(&self) -> Vec<usize>;
}

/// What became of one item.
#[derive(Clone, Default)]
pub struct Round {
    /// When it was sent, in microseconds.
    pub began: u64,
    /// How often it arrived anywhere.
    pub copies: u64,
    /// How long it took until the last had it, in microseconds.
    pub last: u64,
    /// The most links that it came over.
    pub hops: u32,
    /// Messages meanwhile that were no items.
    pub control: u64,
    /// Nodes that live.
    pub alive: usize,
    /// Those that have it.
    pub reached: usize,
}

/// Prints true means over some rounds, each of which took `span` microseconds.
pub fn print(what: &str, rounds: &[Round], span: u64) {
    let mean =
        |of: &dyn Fn(&Round) -> f64| rounds.iter().map(of).sum::<f64>() / rounds.len() as f64;
    let missed: usize = rounds.iter().map(|round| round.alive - round.reached).sum();
    let should = |round: &Round| round.reached.max(2) as f64 - 1.0;
    println!(
        "  {what:34} redundancy {:6.3}  hops {:5.1}  last {:6.1} ms  missed {missed:4}  \
         control {:5.1}",
        mean(&|round| round.copies as f64 / should(round) - 1.0),
        mean(&|round| f64::from(round.hops)),
        mean(&|round| round.last as f64 / 1000.0),
        mean(&|round| round.control as f64 / round.alive as f64) * 60e6 / span as f64,
    );
}

/// Prints how many nodes have how many neighbours.
pub fn print_degrees(what: &str, group: &impl Group) {
    let degrees = group.degrees();
    let most = degrees.iter().max().copied().unwrap_or_default();
    let counts = (0..=most).map(|of| degrees.iter().filter(|degree| **degree == of).count());
    let mean = degrees.iter().sum::<usize>() as f64 / degrees.len() as f64;
    println!("  {what:34} neighbours {mean:.2}: {:?}", counts.collect::<Vec<_>>());
}
