//! Mischief with authority.

use peergroup_core::simulation::forge;
use peergroup_core::{Body, PeerId, Properties, Role, SecretKey, Statement, StatementId, Window};

use crate::rng::Rng;
use crate::rogue::Rogue;

/// How many statements make a flood: they come through on the credit of one link.
const FLOOD: usize = 120;

impl Rogue<'_> {
    /// A key of its own making that belongs to nobody else.
    pub fn accomplice(&mut self) -> PeerId {
        let host = u128::try_from(self.host.number()).unwrap_or_default();
        SecretKey::mock(u128::from(self.serial()) << 64 | host).peer()
    }

    /// The other members that its node lists, the creator included.
    pub(super) fn others(&self) -> Vec<PeerId> {
        let members = self.world.node(self.host).members(self.seat).into_iter().flatten();
        members.map(|member| member.peer).filter(|peer| *peer != self.seat.identity).collect()
    }

    fn creator(&self) -> Option<PeerId> {
        self.world.node(self.host).genesis(self.seat).ok().map(peergroup_core::Genesis::creator)
    }

    /// The others but for the creator, whom no well-formed statement can be about.
    fn subjects(&self) -> Vec<PeerId> {
        let creator = self.creator();
        self.others().into_iter().filter(|peer| Some(*peer) != creator).collect()
    }

    /// A grant of a role, for as long as its own.
    pub fn gift(&self, to: PeerId, role: Role) -> Body {
        let own = self.own_grant().and_then(|own| own.grant().map(|grant| grant.window));
        Body::Grant(forge::grant(to, role, own.unwrap_or(Window::INFINITE), None))
    }

    fn told(&mut self, statements: &[Statement]) -> bool {
        !statements.is_empty() && self.tell(statements) > 0
    }

    pub(super) fn usurp(&mut self) -> bool {
        let grant = forge::grant(self.accomplice(), Role::Admin, Window::INFINITE, None);
        let act = self.act(Body::Grant(grant));
        self.told(&[act])
    }

    pub(super) fn backdate(&mut self) -> bool {
        let accomplice = self.accomplice();
        let body = self.gift(accomplice, Role::Admin);
        let mut acts = vec![self.act_backdated(body)];
        for subject in self.subjects() {
            acts.push(self.act_backdated(Body::Remove { subject, cut: Vec::new() }));
        }
        self.told(&acts)
    }

    pub(super) fn overthrow(&mut self) -> bool {
        let Some(subject) = self.creator() else { return false };
        let act = self.act(Body::Remove { subject, cut: Vec::new() });
        self.told(&[act])
    }

    pub(super) fn purge(&mut self) -> bool {
        let removals = self.subjects().into_iter().map(|subject| {
            let cut = Vec::new();
            self.act(Body::Remove { subject, cut })
        });
        let acts: Vec<Statement> = removals.collect();
        self.told(&acts)
    }

    pub(super) fn degrade(&mut self) -> bool {
        let demotions = self.subjects().into_iter().map(|subject| {
            let (to, cut) = (Role::Member, Vec::new());
            self.act(Body::Demote { subject, to, cut })
        });
        let acts: Vec<Statement> = demotions.collect();
        self.told(&acts)
    }

    pub(super) fn pin_unheld(&mut self, pick: u64) -> bool {
        let mut rng = Rng::new(pick);
        let Some(subject) = rng.pick(&self.subjects()).copied() else { return false };
        let mut cut: Vec<StatementId> =
            (0..16).map(|_| StatementId::from_bytes(rng.bytes32())).collect();
        cut.sort_unstable();
        let act = self.act(Body::Remove { subject, cut });
        self.told(&[act])
    }

    pub(super) fn decree(&mut self) -> bool {
        let properties = forge::with_secret(Properties::default(), [7; 32]);
        let act = self.act(Body::Property(properties));
        self.told(&[act])
    }

    pub(super) fn resign_and_act(&mut self) -> bool {
        let at = forge::stamp(self.world.now(self.host).wall, 0, 1);
        let resignation = self.act(Body::Resign { at });
        let accomplice = self.accomplice();
        let gift = self.gift(accomplice, Role::Member);
        let depth = resignation.depth().saturating_add(1);
        let prev = [resignation.id()];
        let after = self.forge.statement(self.cred(), depth, gift, &prev, &[]);
        self.told(&[resignation, after])
    }

    pub(super) fn revolve(&mut self) -> bool {
        let subject = self.accomplice();
        let (mut acts, mut prev, mut cites) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..8_u32 {
            let depth = round.saturating_mul(2).saturating_add(1);
            let gift = self.gift(subject, Role::Member);
            let given = self.forge.statement(self.cred(), depth, gift, &prev, &cites);
            let removal = Body::Remove { subject, cut: Vec::new() };
            let depth = depth.saturating_add(1);
            let taken = self.forge.statement(self.cred(), depth, removal, &[given.id()], &[]);
            prev = vec![taken.id()];
            cites = vec![taken.id()];
            acts.extend([given, taken]);
        }
        self.told(&acts)
    }

    pub(super) fn promote(&mut self, pick: u64) -> bool {
        let Some(to) = Rng::new(pick).pick(&self.subjects()).copied() else { return false };
        let act = self.act(self.gift(to, Role::Admin));
        self.told(&[act])
    }

    pub(super) fn flood_statements(&mut self) -> bool {
        let cred = self.cred();
        let mut acts = Vec::new();
        while acts.len() < FLOOD {
            let accomplice = self.accomplice();
            let body = self.gift(accomplice, Role::Member);
            acts.push(self.forge.statement(cred, 1, body, &[], &[]));
        }
        self.told(&acts)
    }
}
