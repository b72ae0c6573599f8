//! Checks why a record is shown as it is, by the versions held of it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::cmp::Reverse;

use crate::id::{RecordId, StatementId};
use crate::limits::{STAMP_AHEAD_MAX, TENURES_MAX};
use crate::stamp::Stamp;
use crate::statement::{Body, Grant, Role, Statement};
use crate::time::UnixTime;
use crate::why::read::{stamp_of, subject_of};
use crate::why::{
    Checker, Fate, GrantReason, GrantRule, HeldVersion, MemberReason, RecordReason, Refuted, Void,
    Wait,
};

/// What a tenure is worth, by the reasons for the grants to its holder.
struct Tenure {
    live: bool,
    admin: bool,
    until: UnixTime,
    /// The latest stamp that counts, if its holder ended it by resigning.
    resigned: Option<Stamp>,
    counts: bool,
}

impl Checker<'_> {
    /// Checks that `why` tells truly, and with good reasons, what is shown of a record at `at`, if
    /// `held` are the versions of it. That a record, or a deletion, has no place among too many
    /// cannot be told from the versions of one record: an answer that says so is refused.
    ///
    /// # Errors
    /// [`Refuted`]: the first thing that does not follow.
    pub fn confirm_record(
        &self,
        record: RecordId,
        at: UnixTime,
        held: &[HeldVersion],
        why: &RecordReason,
    ) -> Result<(), Refuted> {
        if (why.record, why.at) != (record, at) {
            return Err(Refuted::Question);
        }
        let mut held = held.to_vec();
        held.sort_by_key(|one| Reverse((one.stamp, one.id)));
        if !held.iter().eq(why.versions.iter().map(|reason| &reason.version)) {
            return Err(Refuted::Incomplete);
        }
        why.authors.iter().try_for_each(|author| self.confirm(author.peer, at, author))?;
        let mut counting = Vec::new();
        for reason in &why.versions {
            let refuted = Refuted::Version(reason.version.id);
            if self.counts(&reason.version, reason.fate, why).ok_or(refuted)? {
                counting.push(reason.version);
            }
        }
        let mut shown = None;
        for reason in &why.versions {
            let (version, fate) = (&reason.version, reason.fate);
            let is_settled = matches!(fate, Fate::Void(_) | Fate::Waits(_));
            if !is_settled && fate_among(&counting, version, at) != Some(fate) {
                return Err(Refuted::Version(version.id));
            }
            shown = shown.or((fate == Fate::Shown).then_some(version.id));
        }
        if shown == why.shown { Ok(()) } else { Err(Refuted::Shown) }
    }

    /// Whether a version counts; none if that is not what is said of it.
    fn counts(&self, version: &HeldVersion, fate: Fate, why: &RecordReason) -> Option<bool> {
        if let Fate::Waits(wait) = fate {
            return self.waits(version, wait, why).then_some(false);
        }
        if self.is_gone(version) {
            return (fate == Fate::Void(Void::TenureEnded)).then_some(false);
        }
        let tenure = self.tenure(version, why)?;
        let own = version.author == version.creator;
        let last = if version.deletes { version.stamp.time } else { version.expires };
        let voids = [
            (Void::TenureEnded, !tenure.live && tenure.resigned.is_none()),
            (Void::TenureCrowded, !tenure.counts),
            (Void::NotAllowed, !(own || tenure.live && tenure.admin)),
            (
                Void::AfterResign,
                !tenure.live && tenure.resigned.is_some_and(|last| version.stamp > last),
            ),
            (Void::PastWindow, last > tenure.until),
        ];
        match fate {
            Fate::Void(void) => voids.contains(&(void, true)).then_some(false),
            _ => voids.iter().all(|(_, speaks)| !speaks).then_some(true),
        }
    }

    fn waits(&self, version: &HeldVersion, wait: Wait, why: &RecordReason) -> bool {
        match wait {
            Wait::UnknownTenure => {
                version.tenure.is_some_and(|first| self.first_of(first) != Some(first))
            }
            Wait::UnknownCreator => {
                let creator = why.authors.iter().find(|one| one.peer == version.creator);
                let dead = |reason: &GrantReason| reason.rule == GrantRule::Dead;
                let never =
                    creator.is_some_and(|it| it.role.is_none() && it.grants.iter().all(dead));
                version.author != version.creator && never
            }
            Wait::Ahead => version.stamp.time > why.at.after(STAMP_AHEAD_MAX),
        }
    }

    /// Whether a checkpoint left nothing of the tenure of a version.
    fn is_gone(&self, version: &HeldVersion) -> bool {
        self.past.has_any() && version.tenure.is_some_and(|first| self.find(&first).is_none())
    }

    /// What the tenure of a version is worth.
    fn tenure(&self, version: &HeldVersion, why: &RecordReason) -> Option<Tenure> {
        let Some(first) = version.tenure else {
            let founder = version.author == self.creator;
            let (until, resigned) = (UnixTime::MAX, None);
            let tenure = Tenure { live: true, admin: true, until, resigned, counts: true };
            return founder.then_some(tenure);
        };
        let author = why.authors.iter().find(|one| one.peer == version.author)?;
        let begun = self.grant(first).filter(|it| it.subject == version.author)?;
        let own = |one: &&GrantReason| self.first_of(one.grant) == Some(first);
        let of_tenure: Vec<_> = author.grants.iter().filter(own).collect();
        let windows = |wanted: fn(&GrantRule) -> bool| {
            let all = of_tenure.iter().filter(move |one| wanted(&one.rule));
            all.filter_map(|one| Some(self.grant(one.grant)?.window.until)).max()
        };
        let removed = of_tenure.iter().any(|one| matches!(one.rule, GrantRule::Removed { .. }));
        let live = of_tenure.iter().any(|one| is_valid(&one.rule));
        let holds = |one: &GrantReason| matches!(one.rule, GrantRule::Holds { .. });
        let admin = |one: &GrantReason| {
            holds(one) && self.grant(one.grant).is_some_and(|grant| grant.role == Role::Admin)
        };
        let last = of_tenure.iter().filter_map(|one| match &one.rule {
            GrantRule::GivenUp { by } => stamp_of(self.find(by)?),
            _ => None,
        });
        let resigned = last.max().filter(|_| !live && !removed);
        let until = windows(is_valid).or_else(|| windows(is_given_up));
        Some(Tenure {
            live,
            admin: of_tenure.iter().any(|one| admin(one)),
            until: until.unwrap_or(begun.window.until),
            resigned,
            counts: self.is_among_the_least(first, live, author),
        })
    }

    /// Whether so few of a peer's tenures come before this one that it counts.
    fn is_among_the_least(&self, first: StatementId, live: bool, author: &MemberReason) -> bool {
        let begins = |wanted: fn(&GrantRule) -> bool| -> BTreeSet<StatementId> {
            let all = author.grants.iter().filter(|one| wanted(&one.rule));
            all.filter_map(|one| self.first_of(one.grant)).collect()
        };
        let (valid, left) = (begins(is_valid), begins(is_given_up));
        let order = |id: &StatementId, live: bool| {
            let one = self.find(id)?;
            Some((!live, self.signer(one).unwrap_or(u8::MAX), one.depth(), *id))
        };
        let mine = order(&first, live);
        let others = valid.union(&left).filter(|id| **id != first);
        others.filter(|id| order(id, valid.contains(id)) < mine).count() < TENURES_MAX
    }

    /// The first grant of the tenure that a grant belongs to.
    fn first_of(&self, grant: StatementId) -> Option<StatementId> {
        let mut at = self.find(&grant).filter(|one| one.grant().is_some())?;
        let mut seen = BTreeSet::new();
        while let Some(before) = self.continued(at)
            && seen.insert(before.id())
        {
            at = before;
        }
        Some(at.id())
    }

    /// The grant that this grant continues, if it does.
    fn continued(&self, one: &Statement) -> Option<&Statement> {
        let grant = one.grant()?;
        let before = grant.continues.and_then(|id| self.find(&id));
        let before = before.filter(|it| it.grant().is_some_and(|it| it.subject == grant.subject));
        let begins = before.and_then(|before| self.past.begins(one, before));
        let cited = one.lists().cites().iter().filter_map(|id| self.find(id));
        let new = cited.filter(|one| self.past.said(one).is_none());
        let mut removals = new.filter(|one| matches!(one.body(), Body::Remove { .. }));
        let again = removals.any(|removal| subject_of(removal) == Some(grant.subject));
        before.filter(|_| !begins.unwrap_or(again))
    }

    fn grant(&self, id: StatementId) -> Option<&Grant> {
        self.find(&id)?.grant()
    }
}

/// What becomes of a version beside those that count, the greatest of which comes first.
fn fate_among(counting: &[HeldVersion], version: &HeldVersion, at: UnixTime) -> Option<Fate> {
    let deletion = counting.iter().rev().find(|one| one.deletes);
    let greatest = counting.first()?;
    Some(match deletion {
        _ if version.deletes => Fate::Deletes,
        Some(deletion) => Fate::Deleted { by: deletion.id },
        None if greatest.id != version.id => Fate::Outdone { by: greatest.id },
        None if version.expires > at => Fate::Shown,
        None => Fate::Expired,
    })
}

fn is_valid(rule: &GrantRule) -> bool {
    matches!(rule, GrantRule::Holds { .. } | GrantRule::Demoted { .. })
}

fn is_given_up(rule: &GrantRule) -> bool {
    matches!(rule, GrantRule::GivenUp { .. })
}
