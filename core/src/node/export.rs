//! Seats that leave for another machine, and that come from one.

use crate::error::{ExportError, ImportError};
use crate::event::Seat;
use crate::export::GroupExport;
use crate::group::imported_rows;
use crate::limits::IDENTITIES_MAX;
use crate::node::Node;
use crate::node::identities::Identity;
use crate::output::Receipt;
use crate::time::Now;

impl Node {
    /// What an identity needs to take its place in a group on another machine
    /// (`PeerGroupExportConfig`): its secret key included. It stays where it is here; several
    /// machines may be one member.
    ///
    /// # Errors
    /// [`ExportError`].
    pub fn export_group(&self, seat: Seat) -> Result<GroupExport, ExportError> {
        let group = self.groups.get(&seat).ok_or(ExportError::NotOpen)?;
        group.export(&self.shared, self.now.wall).ok_or(ExportError::NotAMember)
    }

    /// Prepares a place in a group that was exported on another machine
    /// (`PeerGroupImportConfig`): `open` opens it. An identity that is not here yet is made along
    /// with it; one that is here keeps its name.
    ///
    /// A member is ready once it has connected and synchronised. A creator is ready at once, even
    /// if nobody else is left; yet what it does not know, such as whom it has removed, it does not
    /// heed until it has synchronised. Until it has with somebody who was in the group before, it
    /// makes no checkpoint either; and what it signs is void if a checkpoint was made that the
    /// export does not show.
    ///
    /// # Errors
    /// [`ImportError`]; the node is unchanged.
    pub fn import_group(
        &mut self,
        now: Now,
        export: &GroupExport,
    ) -> Result<Receipt<Seat>, ImportError> {
        self.enter(now);
        if !self.start.is_done() {
            return Err(ImportError::NotStarted);
        }
        let seat = export.seat();
        if self.identities.row(seat).is_some() {
            return Err(ImportError::AlreadyExists);
        }
        let is_new = self.identities.get(seat.identity).is_none();
        if is_new && self.identities().count() >= IDENTITIES_MAX {
            return Err(ImportError::TooMany);
        }
        let (row, mut changes) = imported_rows(export);
        if is_new {
            let identity = Identity { key: export.key.clone(), name: export.name.clone() };
            changes.extend(self.take_identity(identity));
        }
        self.identities.seat(seat, row);
        Ok(Receipt::new(seat, self.store(changes)))
    }
}
