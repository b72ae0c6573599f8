//! Which records to look at for a query: as few as the index finds without looking for long.

use alloc::vec::Vec;

use super::row::{Row, Source, are_alike, common_sources, sources};
use crate::id::RecordId;
use crate::record::quota::Quota;
use crate::record::set::Records;
use crate::search::{Clause, Query, Term};

/// Records that the first attempt looks for; each further one for twice as many.
const FIRST_ATTEMPT: usize = 32;

/// A row is read in a small part of the time that it takes to look at a record.
const ROWS_PER_RECORD: usize = 4;

/// A query with the places to look at for each comparison.
enum Plan<'a> {
    /// Any one of these will do.
    Least(Vec<Self>),
    /// All of these.
    All(Vec<Self>),
    /// These, with the comparison that asks for what lies there, if it is one alone.
    Look(Vec<Source>, Option<&'a Clause>),
}

impl Records {
    /// Records among which are all that a query holds of, in the order of their ids; none if they
    /// are most of all records. Reads but a few rows for each record, in all.
    pub(crate) fn candidates(&self, query: &Query) -> Option<Vec<RecordId>> {
        self.candidates_among(query, self.entries.len())
    }

    /// The same, as if there were so many records.
    pub(crate) fn candidates_among(&self, query: &Query, records: usize) -> Option<Vec<RecordId>> {
        let plan = Plan::of(query)?;
        let mut allowance = records.saturating_mul(ROWS_PER_RECORD);
        let mut attempt = FIRST_ATTEMPT;
        while attempt <= records / 2 {
            if let Some(mut found) = self.carry_out(&plan, attempt, &mut allowance) {
                found.sort_unstable();
                found.dedup();
                return Some(found);
            }
            attempt = attempt.saturating_mul(2);
        }
        None
    }

    /// At most `most` records, each as often as it is found; none if there are more, or if more
    /// rows would have to be read than are allowed.
    fn carry_out(
        &self,
        plan: &Plan<'_>,
        most: usize,
        allowance: &mut usize,
    ) -> Option<Vec<RecordId>> {
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
            Plan::Look(sources, clause) => {
                let mut found = Vec::new();
                for listed in sources.iter().flat_map(|source| self.listed(source, *clause)) {
                    *allowance = allowance.checked_sub(1)?;
                    found.extend(listed);
                    if found.len() > most {
                        return None;
                    }
                }
                Some(found)
            }
        }
    }

    /// What lies in a place: nothing in the place of a record that is not asked for.
    fn listed(
        &self,
        source: &Source,
        clause: Option<&Clause>,
    ) -> impl Iterator<Item = Option<RecordId>> {
        let (mut rows, mut quota, mut record, mut sieve) = (None, None, None, None);
        match source {
            Source::Rows(range) => rows = Some(range),
            Source::Texts(range) => (rows, sieve) = (Some(range), clause),
            Source::Creator(peer) => quota = self.creators.get(peer).map(Quota::records),
            Source::Record(id) => record = Some(*id),
        }
        let passes = move |row: &Row| sieve.is_none_or(|clause| clause.holds_of_text(row.text()));
        let rows = rows.into_iter().flat_map(|range| self.index.rows.range(range.clone()));
        let rows = rows.map(move |row| passes(row).then_some(row.record));
        rows.chain(quota.into_iter().flatten().chain(record).map(Some))
    }
}

impl<'a> Plan<'a> {
    /// None if there is no way but to look at every record.
    fn of(query: &'a Query) -> Option<Self> {
        match query.term() {
            Term::And(terms) => {
                let clauses: Vec<&Clause> = terms.iter().filter_map(clause_of).collect();
                let together = clauses.iter().filter_map(|clause| {
                    let alike = clauses.iter().filter(|other| are_alike(clause, other));
                    let alike: Vec<&Clause> = alike.copied().collect();
                    // once for all of them
                    alike.first().filter(|first| core::ptr::eq(**first, *clause))?;
                    common_sources(&alike).map(|sources| Self::Look(sources, None))
                });
                let plans: Vec<Self> = together.chain(terms.iter().filter_map(Self::of)).collect();
                (!plans.is_empty()).then_some(Self::Least(plans))
            }
            Term::Or(terms) => terms.iter().map(Self::of).collect::<Option<_>>().map(Self::All),
            Term::Clause(clause) => {
                sources(clause).map(|sources| Self::Look(sources, Some(clause)))
            }
        }
    }
}

fn clause_of(query: &Query) -> Option<&Clause> {
    match query.term() {
        Term::Clause(clause) => Some(clause),
        Term::And(_) | Term::Or(_) => None,
    }
}
