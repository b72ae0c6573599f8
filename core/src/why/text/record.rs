//! Why a record is shown as it is, for people.

use core::fmt::{self, Display, Formatter};

use super::id;
use crate::why::{Fate, HeldVersion, RecordReason, VersionReason, Void, Wait};

impl Display for RecordReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("record ")?;
        id(f, self.record)?;
        match (self.shown, self.versions.is_empty()) {
            (Some(version), _) => {
                f.write_str(" is shown in version ")?;
                id(f, version)?;
            }
            (None, true) => f.write_str(" is not known here")?,
            (None, false) => f.write_str(" is not shown")?,
        }
        self.versions.iter().try_for_each(|reason| Display::fmt(reason, f))?;
        for author in &self.authors {
            f.write_str("\nwhere ")?;
            Display::fmt(author, f)?;
        }
        Ok(())
    }
}

impl Display for VersionReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("\n  ")?;
        Display::fmt(&self.version, f)?;
        match self.fate {
            Fate::Shown => f.write_str(" is shown: it is the greatest that counts"),
            Fate::Expired => f.write_str(" has expired: it is the greatest that counts"),
            Fate::Outdone { by } => {
                f.write_str(" is outdone by the greater version ")?;
                id(f, by)
            }
            Fate::Deletes => f.write_str(" counts, and deletes the record"),
            Fate::Deleted { by } => {
                f.write_str(" is hidden by the deletion ")?;
                id(f, by)
            }
            Fate::Crowded => f.write_str(" finds no place: others have a later ceiling"),
            Fate::Void(void) => write!(f, " does not count: {}", why_void(void)),
            Fate::Waits(wait) => write!(f, " waits: {}", why_waiting(wait)),
        }
    }
}

impl Display for HeldVersion {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.deletes { "deletion " } else { "version " })?;
        id(f, self.id)?;
        f.write_str(" by ")?;
        id(f, self.author)?;
        match self.tenure {
            Some(tenure) => {
                f.write_str(" (tenure ")?;
                id(f, tenure)?;
                f.write_str(")")
            }
            None => f.write_str(", the creator"),
        }
    }
}

fn why_void(void: Void) -> &'static str {
    match void {
        Void::TenureEnded => "its tenure has ended",
        Void::TenureCrowded => "too many tenures of its author come before its own",
        Void::NotAllowed => "it changes another's record, and its author is no Admin by its tenure",
        Void::AfterResign => "it is stamped later than its author's resignation",
        Void::PastWindow => "it outlives the window of its tenure",
    }
}

fn why_waiting(wait: Wait) -> &'static str {
    match wait {
        Wait::UnknownTenure => "its tenure is not known here",
        Wait::UnknownCreator => "nobody is known to have made the record's creator a member",
        Wait::Ahead => "it is stamped too far ahead",
    }
}
