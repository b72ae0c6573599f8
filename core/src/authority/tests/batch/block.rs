//! Up to 64 removals and demotions judged at once: bit `n` stands for the `n`-th.

use alloc::collections::{BTreeMap, BTreeSet};

use super::dag::{Dag, Marks};
use crate::authority::set::{Entry, Person, Set, Slot, Standing, cut_of};
use crate::statement::{Body, Role};

/// How many removals go into one block.
pub(super) const BLOCK: usize = u64::BITS as usize;

/// A block of removals and demotions.
pub(super) struct Block<'a> {
    set: &'a Set,
    removals: &'a [Slot],
    /// Those of each subject.
    of: BTreeMap<Person, u64>,
    removes: u64,
    to_member: u64,
    to_inviter: u64,
    /// Those signed by Inviters, and of these the ones under each grant.
    by_inviters: u64,
    under: BTreeMap<Slot, u64>,
}

impl<'a> Block<'a> {
    /// Of `removals` the first 64.
    pub(super) fn new(set: &'a Set, removals: &'a [Slot]) -> Self {
        let removals = removals.get(..BLOCK).unwrap_or(removals);
        let (of, under) = (BTreeMap::new(), BTreeMap::new());
        let (removes, to_member, to_inviter, by_inviters) = (0, 0, 0, 0);
        let mut block =
            Self { set, removals, of, removes, to_member, to_inviter, by_inviters, under };
        for (bit, entry) in bits(set, removals) {
            if let Some(subject) = entry.subject {
                *block.of.entry(subject).or_default() |= bit;
            }
            match entry.statement.body() {
                Body::Remove { .. } => block.removes |= bit,
                Body::Demote { to: Role::Member, .. } => block.to_member |= bit,
                Body::Demote { .. } => block.to_inviter |= bit,
                _ => {}
            }
            if let Some(cred) = entry.cred.filter(|_| entry.signer == Standing::INFINITE) {
                block.by_inviters |= bit;
                *block.under.entry(cred).or_default() |= bit;
            }
        }
        block
    }

    pub(super) fn subjects(&self) -> impl Iterator<Item = Person> {
        self.of.keys().copied()
    }

    /// Which of the block hit `grant`, whose marks in [`Block::covered`] are `covered`. That its
    /// standing is junior to theirs, of those by Admins, is for the caller to see to.
    pub(super) fn hits(&self, grant: &Entry, covered: u64) -> u64 {
        let role = grant.statement.grant().map_or(Role::Member, |grant| grant.role);
        let kinds = match role {
            Role::Member => self.removes,
            Role::Inviter => self.removes | self.to_member,
            Role::Admin => self.removes | self.to_member | self.to_inviter,
        };
        let by_issuer = grant.cred.and_then(|cred| self.under.get(&cred)).copied();
        let over = !self.by_inviters | by_issuer.unwrap_or_default();
        let mut hits = self.bits_of(grant.subject) & kinds & over;
        if hits & covered != 0 {
            hits &= !(covered & self.signed_no_higher_than(grant.signer));
        }
        hits
    }

    /// Those among `hits` that remove, not only demote.
    pub(super) fn removals(&self, hits: u64) -> impl Iterator<Item = (Slot, &'a Entry)> {
        let removes = hits & self.removes;
        let marked = self.set.all(self.removals).zip(each_bit());
        marked.filter(move |(_, bit)| removes & bit != 0).map(|(removal, _)| removal)
    }

    /// Whether some of `hits` demote.
    pub(super) fn demotes(&self, hits: u64) -> bool {
        hits & (self.to_member | self.to_inviter) != 0
    }

    /// Marks whatever the cuts of the block pin.
    pub(super) fn pinned(&self, dag: &Dag) -> Marks {
        let mut marks = Marks::new(self.set);
        for (bit, entry) in bits(self.set, self.removals) {
            for id in cut_of(&entry.statement) {
                match self.set.find(id) {
                    Some((slot, head)) if Some(head.author) == entry.subject => {
                        marks.add(slot, bit);
                    }
                    _ => {}
                }
            }
        }
        for subject in self.subjects() {
            marks.sink(dag, subject);
        }
        marks
    }

    /// Marks grants to the block's subjects with whatever of the block they cover: what is in the
    /// closure of a citation of theirs, or of a citation of their issuer's earlier grants to the
    /// same subject.
    pub(super) fn covered(&self, dag: &Dag) -> Marks {
        let mut reached = Marks::new(self.set);
        let mut carried = Marks::new(self.set);
        let citing = || {
            let files = self.of.keys().map(|&subject| self.set.file(subject));
            let grants = files.flat_map(|file| self.set.all(&file.grants));
            grants.filter(|(slot, _)| !dag.cites(*slot).is_empty())
        };
        if citing().next().is_none() {
            return carried;
        }
        for (&slot, bit) in self.removals.iter().zip(each_bit()) {
            reached.add(slot, bit);
        }
        let authors: BTreeSet<Person> =
            self.set.all(self.removals).map(|(_, entry)| entry.author).collect();
        for &author in &authors {
            reached.rise(dag, author);
        }
        let mut issuers = BTreeSet::new();
        for (slot, grant) in citing() {
            let own = self.bits_of(grant.subject);
            let cited = dag.cites(slot).iter().fold(0, |bits, &cite| bits | reached.get(cite));
            carried.add(slot, cited & own);
            issuers.insert(grant.author);
        }
        for issuer in issuers {
            carried.rise(dag, issuer);
        }
        carried
    }

    fn bits_of(&self, subject: Option<Person>) -> u64 {
        subject.and_then(|subject| self.of.get(&subject)).copied().unwrap_or_default()
    }

    /// Those that an issuer of this standing may overcome.
    fn signed_no_higher_than(&self, standing: Standing) -> u64 {
        let junior = bits(self.set, self.removals).filter(|(_, entry)| standing <= entry.signer);
        junior.fold(0, |bits, (bit, _)| bits | bit)
    }
}

/// The bits from the least up.
pub(super) fn each_bit() -> impl Iterator<Item = u64> {
    (0..u64::BITS).map(|shift| 1 << shift)
}

fn bits<'a>(set: &'a Set, slots: &'a [Slot]) -> impl Iterator<Item = (u64, &'a Entry)> {
    each_bit().zip(set.all(slots)).map(|(bit, (_, entry))| (bit, entry))
}
