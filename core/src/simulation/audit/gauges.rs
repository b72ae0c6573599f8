//! How much a node holds of everything that is bounded.

use alloc::vec::Vec;

/// How much there is of something, and how much there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gauge {
    /// What is counted: `links`, `bytes to send on one link`. What is said of one group, one
    /// neighbour and so on is said of whichever has the most.
    pub name: &'static str,
    /// How much there is.
    pub now: usize,
    /// How much there may be, by [`crate::limits`].
    pub max: usize,
}

impl Gauge {
    /// Whether there is no more than there may be.
    pub fn is_within(&self) -> bool {
        self.now <= self.max
    }
}

/// All gauges of a node, as they stood when it was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    gauges: Vec<Gauge>,
}

impl Usage {
    /// Every gauge, each name once.
    pub fn gauges(&self) -> impl Iterator<Item = &Gauge> {
        self.gauges.iter()
    }

    /// The gauge of this name.
    pub fn get(&self, name: &str) -> Option<&Gauge> {
        self.gauges.iter().find(|gauge| gauge.name == name)
    }

    /// The gauges that stand higher than they may.
    pub fn exceeded(&self) -> impl Iterator<Item = &Gauge> {
        self.gauges.iter().filter(|gauge| !gauge.is_within())
    }

    /// Writes down how much there is of something. Of several, the greatest stands.
    pub(crate) fn note(&mut self, name: &'static str, now: usize, max: usize) {
        match self.gauges.iter_mut().find(|gauge| gauge.name == name) {
            Some(gauge) => gauge.now = gauge.now.max(now),
            None => self.gauges.push(Gauge { name, now, max }),
        }
    }
}
