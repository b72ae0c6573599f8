//! What records see of authority: the tenures under which versions are signed.

use crate::authority::Tenure;
use crate::id::StatementId;
use crate::key::PeerId;
use crate::record::version::Version;

/// Tells of tenures. The group implements it over its authority set.
pub(crate) trait Tenures {
    /// The tenure that `cred` names: the first grant of one, or none for the group's creator.
    /// None if it is not known here yet.
    fn tenure(&self, cred: Option<StatementId>) -> Option<Tenure>;

    /// Whether this peer holds or has held a grant, or is the group's creator.
    fn was_member(&self, peer: PeerId) -> bool;
}

impl Tenure {
    /// The same tenure, ended.
    pub(crate) fn ended(self) -> Self {
        Self { live: false, resigned: None, ..self }
    }

    /// Whether a version that its holder signed under it counts.
    pub(crate) fn supports(&self, version: &Version) -> bool {
        let own = version.is_by_creator();
        let allowed = if self.live {
            own || self.admin
        } else {
            own && self.resigned.is_some_and(|resigned| version.rest.stamp <= resigned)
        };
        // a deletion outlives its tenure's window, but is not made after it
        let last =
            if version.rest.deleted { version.rest.stamp.time } else { version.rest.expires };
        self.counts && allowed && last <= self.window.until
    }
}
