//! A model of authority: what a set of statements amounts to, worked out anew.
//!
//! It shares nothing with the core but the statements. The core evaluates by strata and marks; this
//! asks from the top down: a statement lives if the grant it is signed under does, and no living
//! removal that hits that grant leaves it unpinned, and every resignation under the grant has seen
//! it. Removals that hit a grant are senior to it, so the questions end.

mod case;
mod past;

use std::collections::{BTreeMap, BTreeSet};

use peergroup_core::limits::TENURES_MAX;
use peergroup_core::{
    Body, PeerId, Properties, Role, Stamp, Statement, StatementId, UnixTime, Window,
};

use case::{Case, Standing};
pub(crate) use past::Past;

/// What a set of statements amounts to.
#[derive(Debug)]
pub struct Law {
    creator: PeerId,
    /// The statements that live.
    live: BTreeSet<StatementId>,
    /// Statements whose author had no right to sign them, whatever else there is.
    unlawful: Vec<StatementId>,
    /// The grants of each peer that are worth something: what, when, and by whom.
    roles: BTreeMap<PeerId, Vec<Worth>>,
    tenures: BTreeMap<StatementId, Tenure>,
    /// Who ever held a grant that lives.
    held: BTreeSet<PeerId>,
    /// Who ever signed that it gives up a grant, whether that still counts or not.
    resigned: BTreeSet<PeerId>,
    properties: Option<Properties>,
    /// When windows of grants that are worth something begin and end.
    edges: BTreeSet<UnixTime>,
}

/// A grant that is worth something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Worth {
    pub(crate) role: Role,
    pub(crate) window: Window,
    pub(crate) issuer: PeerId,
}

/// A grant and those that continue it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tenure {
    pub(crate) holder: PeerId,
    pub(crate) live: bool,
    pub(crate) admin: bool,
    pub(crate) until: UnixTime,
    /// The latest stamp that counts, if its holder ended it by resigning.
    pub(crate) resigned: Option<Stamp>,
    /// Whether it is among the few of its holder's that count.
    pub(crate) counts: bool,
}

impl Law {
    /// Judges a set of statements of a group with this creator.
    pub fn of<'a>(creator: PeerId, statements: impl IntoIterator<Item = &'a Statement>) -> Self {
        let mut case = Case::new(creator, statements);
        let all: Vec<usize> = case.all().collect();
        let live = all.iter().copied().filter(|act| case.lives(*act)).collect::<BTreeSet<_>>();
        let mut law = Self {
            creator,
            live: live.iter().map(|act| case.statement(*act).id()).collect(),
            unlawful: all
                .iter()
                .filter(|act| !case.is_lawful(**act))
                .map(|act| case.id(*act))
                .collect(),
            roles: BTreeMap::new(),
            tenures: BTreeMap::new(),
            held: BTreeSet::from([creator]),
            resigned: all.iter().filter_map(|act| case.resigner(*act)).collect(),
            properties: None,
            edges: BTreeSet::new(),
        };
        for act in live {
            law.note(&mut case, act);
        }
        law.properties = newest_properties(&case, &law.live);
        law.tenures = tenures(&mut case);
        law
    }

    /// Takes down what a living statement gives.
    fn note(&mut self, case: &mut Case<'_>, act: usize) {
        let statement = case.statement(act);
        let Some(grant) = statement.grant() else { return };
        self.held.insert(grant.subject);
        let Some(role) = case.worth(act) else { return };
        let worth = Worth { role, window: grant.window, issuer: statement.author() };
        self.roles.entry(grant.subject).or_default().push(worth);
        self.edges.extend([grant.window.from, grant.window.until]);
    }

    /// The peer's role at a moment; none if it is no member then.
    pub fn role(&self, peer: PeerId, at: UnixTime) -> Option<Role> {
        if peer == self.creator {
            return Some(Role::Admin);
        }
        let held = self.roles.get(&peer)?.iter();
        held.filter(|worth| worth.window.contains(at)).map(|worth| worth.role).max()
    }

    /// Everybody who is a member at a moment.
    pub(crate) fn members(&self, at: UnixTime) -> BTreeMap<PeerId, Role> {
        let peers = self.roles.keys().copied().chain([self.creator]);
        peers.filter_map(|peer| Some((peer, self.role(peer, at)?))).collect()
    }

    /// The grants of a peer that are worth something.
    pub(crate) fn worths(&self, peer: PeerId) -> &[Worth] {
        self.roles.get(&peer).map(Vec::as_slice).unwrap_or_default()
    }

    /// Until when the roles are what they are at a moment.
    pub(crate) fn stays_until(&self, at: UnixTime) -> UnixTime {
        let next = UnixTime::from_millis(at.as_millis().saturating_add(1));
        self.edges.range(next..).next().copied().unwrap_or(UnixTime::MAX)
    }

    /// Who founded the group.
    pub(crate) fn creator(&self) -> PeerId {
        self.creator
    }

    /// Whether a statement lives.
    pub fn is_live(&self, id: &StatementId) -> bool {
        self.live.contains(id)
    }

    /// Statements that nobody could have had the right to sign.
    pub(crate) fn unlawful(&self) -> &[StatementId] {
        &self.unlawful
    }

    /// Whether the peer holds or has held a grant, or founded the group.
    pub(crate) fn was_member(&self, peer: PeerId) -> bool {
        self.held.contains(&peer)
    }

    /// Whether the peer ever signed that it gives up a grant: a removal may have ended that since.
    pub(crate) fn has_resigned(&self, peer: PeerId) -> bool {
        self.resigned.contains(&peer)
    }

    /// The properties that the creator set last.
    pub(crate) fn properties(&self) -> Option<&Properties> {
        self.properties.as_ref()
    }

    /// The tenure that a version names; none is the creator's. None if no such tenure is known.
    pub(crate) fn tenure(&self, cred: Option<StatementId>) -> Option<Tenure> {
        let Some(first) = cred else {
            return Some(Tenure {
                holder: self.creator,
                live: true,
                admin: true,
                until: UnixTime::MAX,
                resigned: None,
                counts: true,
            });
        };
        self.tenures.get(&first).copied()
    }
}

fn newest_properties(case: &Case<'_>, live: &BTreeSet<StatementId>) -> Option<Properties> {
    let set = case.all().map(|act| case.statement(act)).filter(|it| live.contains(&it.id()));
    let properties = set.filter_map(|statement| match statement.body() {
        Body::Property(properties) => Some(((statement.depth(), statement.id()), properties)),
        _ => None,
    });
    properties.max_by_key(|(rank, _)| *rank).map(|(_, properties)| properties.clone())
}

/// Every tenure, by its first grant.
fn tenures(case: &mut Case<'_>) -> BTreeMap<StatementId, Tenure> {
    let mut grants: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for act in case.all().filter(|act| case.statement(*act).grant().is_some()).collect::<Vec<_>>() {
        grants.entry(case.first_of_tenure(act)).or_default().push(act);
    }
    let mut tenures = BTreeMap::new();
    let mut places: BTreeMap<PeerId, Vec<(Place, StatementId)>> = BTreeMap::new();
    for (first, grants) in &grants {
        let Some(tenure) = tenure(case, *first, grants) else { continue };
        let id = case.id(*first);
        tenures.insert(id, tenure);
        if tenure.live || tenure.resigned.is_some() {
            let statement = case.statement(*first);
            let place = (!tenure.live, case.signer(*first), statement.depth(), id);
            places.entry(tenure.holder).or_default().push((place, id));
        }
    }
    for mut claims in places.into_values() {
        claims.sort_unstable();
        for (_, first) in claims.iter().take(TENURES_MAX) {
            if let Some(tenure) = tenures.get_mut(first) {
                tenure.counts = true;
            }
        }
    }
    tenures
}

/// Orders the tenures of one holder: live ones first, then by seniority, depth and id.
type Place = (bool, Standing, u32, StatementId);

fn tenure(case: &mut Case<'_>, first: usize, grants: &[usize]) -> Option<Tenure> {
    let begin = *case.statement(first).grant()?;
    let (mut worths, mut given_up) = (Vec::new(), Vec::new());
    let (mut stamps, mut was_removed) = (Vec::new(), false);
    for grant in grants.iter().copied() {
        if !case.lives(grant) {
            continue;
        }
        let until = case.statement(grant).grant()?.window.until;
        worths.extend(case.worth(grant).map(|role| (role, until)));
        let resigns = case.resigns(grant);
        if case.is_given_up(grant) {
            given_up.push(until);
        } else {
            was_removed |= case.worth(grant).is_none();
        }
        stamps.extend(resigns.iter().filter_map(|act| match case.statement(*act).body() {
            Body::Resign { at } => Some(*at),
            _ => None,
        }));
    }
    let live = !worths.is_empty();
    let latest = worths.iter().map(|(_, until)| *until).max();
    Some(Tenure {
        holder: begin.subject,
        live,
        admin: worths.iter().any(|(role, _)| *role == Role::Admin),
        until: latest.or(given_up.into_iter().max()).unwrap_or(begin.window.until),
        resigned: stamps.into_iter().max().filter(|_| !live && !was_removed),
        counts: false,
    })
}

#[cfg(test)]
mod tests;
