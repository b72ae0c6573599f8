//! By whom a peer was invited, and whether it has done anything since.

use alloc::collections::BTreeSet;

use super::Authority;
use super::roles::Valid;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::statement::Role;

impl Authority {
    /// Whether all that a removal of `subject` under `cred` (none: by the creator) would hit is
    /// what `issuer` gave, or a renewal of it.
    pub(crate) fn is_invited_by(
        &self,
        subject: PeerId,
        issuer: PeerId,
        cred: Option<&StatementId>,
    ) -> bool {
        let standing = self.standing_under(cred);
        let hit = self.valid_grants(subject).filter(|valid| standing < valid.entry.holder());
        let mut others = hit.filter(|valid| !self.is_given_by(valid, issuer));
        others.next().is_none()
    }

    /// Under which of its grants an Inviter gave `subject` what is valid, ascending; and how many
    /// other valid grants the subject has.
    pub(crate) fn given_by_inviter(
        &self,
        subject: PeerId,
        inviter: PeerId,
    ) -> (BTreeSet<StatementId>, usize) {
        let (mut creds, mut others) = (BTreeSet::new(), 0_usize);
        for valid in self.valid_grants(subject) {
            let own = valid.entry.cred.and_then(|cred| self.valid(cred));
            match own.filter(|own| own.grant.subject == inviter && own.role == Role::Inviter) {
                Some(own) => drop(creds.insert(own.entry.statement.id())),
                None => others = others.saturating_add(1),
            }
        }
        (creds, others)
    }

    fn is_given_by(&self, valid: &Valid<'_>, issuer: PeerId) -> bool {
        let statement = &valid.entry.statement;
        let first = self.statement(&self.tenure_of(&statement.id()));
        let is_renewal = |first: &crate::statement::Statement| {
            first.author() == issuer && first.grant().is_some_and(|it| it.role == valid.grant.role)
        };
        statement.author() == issuer || first.is_some_and(is_renewal)
    }

    /// Whether a statement lives that the peer signed under a grant which is worth something still.
    pub(crate) fn has_acted(&self, peer: PeerId) -> bool {
        let signed = self.set.file_of(&peer).into_iter().flat_map(|file| self.live(&file.signed));
        let mut creds = signed.filter_map(|(_, entry)| entry.cred);
        creds.any(|cred| self.valid(cred).is_some())
    }
}
