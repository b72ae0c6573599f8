//! Which records to look at for a query: as few as the index finds without looking for long.

use alloc::vec::Vec;

use super::row::{Source, are_alike, common_sources, sources};
use crate::id::RecordId;
use crate::record::quota::Quota;
use crate::record::set::Records;
use crate::search::{Clause, Query, Term};

/// Records that the first attempt looks for; each further one for twice as many.
const FIRST_ATTEMPT: usize = 32;

/// A query with the places to look at for each comparison.
enum Plan {
    /// Any one of these will do.
    Least(Vec<Plan>),
    /// All of these.
    All(Vec<Plan>),
    Look(Vec<Source>),
}

impl Records {
    /// Records among which are all that a query holds of, in the order of their ids; none if to
    /// look at every record is as good. Reads no more rows in all than there are records.
    pub(crate) fn candidates(&self, query: &Query) -> Option<Vec<RecordId>> {
        self.candidates_within(query, self.entries.len())
    }

    /// The same, reading no more rows than these.
    pub(crate) fn candidates_within(
        &self,
        query: &Query,
        mut allowance: usize,
    ) -> Option<Vec<RecordId>> {
        let plan = Plan::of(query)?;
        let mut attempt = FIRST_ATTEMPT;
        while attempt <= allowance {
            if let Some(mut found) = self.carry_out(&plan, attempt, &mut allowance) {
                found.sort_unstable();
                found.dedup();
                return Some(found);
            }
            attempt = attempt.saturating_mul(2);
        }
        None
    }

    /// At most `most` records, each as often as it is found; none if there are more.
    fn carry_out(&self, plan: &Plan, most: usize, allowance: &mut usize) -> Option<Vec<RecordId>> {
        match plan {
            Plan::Least(plans) => {
                plans.iter().find_map(|plan| self.carry_out(plan, most, allowance))
            }
            Plan::All(plans) => {
                let mut found = Vec::new();
                for plan in plans {
                    let room = most.saturating_sub(found.len());
                    found.extend(self.carry_out(plan, room, allowance)?);
                }
                Some(found)
            }
            Plan::Look(sources) => {
                let most = most.min(*allowance);
                let found = sources.iter().flat_map(|source| self.listed(source));
                let found: Vec<RecordId> = found.take(most.saturating_add(1)).collect();
                *allowance = allowance.saturating_sub(found.len());
                Some(found).filter(|found| found.len() <= most)
            }
        }
    }

    fn listed(&self, source: &Source) -> impl Iterator<Item = RecordId> {
        let (mut rows, mut quota, mut record) = (None, None, None);
        match source {
            Source::Rows(range) => rows = Some(self.index.rows.range(range.clone())),
            Source::Creator(peer) => quota = self.creators.get(peer).map(Quota::records),
            Source::Record(id) => record = Some(*id),
        }
        let rows = rows.into_iter().flatten().map(|row| row.record);
        rows.chain(quota.into_iter().flatten()).chain(record)
    }
}

impl Plan {
    /// None if there is no way but to look at every record.
    fn of(query: &Query) -> Option<Self> {
        match query.term() {
            Term::And(terms) => {
                let clauses: Vec<&Clause> = terms.iter().filter_map(clause_of).collect();
                let together = clauses.iter().filter_map(|clause| {
                    let alike = clauses.iter().filter(|other| are_alike(clause, other));
                    let alike: Vec<&Clause> = alike.copied().collect();
                    // once for all of them
                    alike.first().filter(|first| core::ptr::eq(**first, *clause))?;
                    common_sources(&alike).map(Self::Look)
                });
                let plans: Vec<Self> = together.chain(terms.iter().filter_map(Self::of)).collect();
                (!plans.is_empty()).then_some(Self::Least(plans))
            }
            Term::Or(terms) => terms.iter().map(Self::of).collect::<Option<_>>().map(Self::All),
            Term::Clause(clause) => sources(clause).map(Self::Look),
        }
    }
}

fn clause_of(query: &Query) -> Option<&Clause> {
    match query.term() {
        Term::Clause(clause) => Some(clause),
        Term::And(_) | Term::Or(_) => None,
    }
}
