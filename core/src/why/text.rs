//! Answers for people: one line for each finding.

use core::fmt::{self, Display, Formatter};

use crate::id::StatementId;
use crate::statement::Role;
use crate::why::{
    Act, Failure, Finding, GrantReason, GrantRule, Involved, MemberReason, Objection, Step,
};

/// Characters of an id that are shown of it.
const SHORT: usize = 8;

/// An id; its beginning, unless the form `{:#}` is asked for.
struct Id<T>(T);

impl<T: Display> Display for Id<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = alloc::string::ToString::to_string(&self.0);
        let short = text.get(..SHORT).unwrap_or(&text);
        f.write_str(if f.alternate() { &text } else { short })
    }
}

/// Writes an id in the form that `f` asks for.
fn id(f: &mut Formatter<'_>, id: impl Display) -> fmt::Result {
    Display::fmt(&Id(id), f)
}

impl Display for MemberReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        id(f, self.peer)?;
        f.write_str(match self.role {
            Some(Role::Admin) => " is an Admin",
            Some(Role::Inviter) => " is an Inviter",
            Some(Role::Member) => " is a Member",
            None => " is no member",
        })?;
        match (self.grants.is_empty(), self.role) {
            (true, Some(_)) => f.write_str(": it founded the group")?,
            (true, None) => f.write_str(": nobody gave it a role")?,
            (false, _) => f.write_str(":")?,
        }
        for reason in &self.grants {
            self.write_grant(f, reason)?;
        }
        if !self.steps.is_empty() {
            f.write_str("\nbecause")?;
        }
        self.steps.iter().try_for_each(|step| self.write_step(f, step))
    }
}

impl MemberReason {
    fn write_grant(&self, f: &mut Formatter<'_>, reason: &GrantReason) -> fmt::Result {
        f.write_str("\n  the ")?;
        self.write_statement(f, reason.grant)?;
        match reason.worth {
            Some(role) => write!(f, " is worth {}: ", name(role))?,
            None => f.write_str(" is worth nothing: ")?,
        }
        let despite = match &reason.rule {
            GrantRule::Dead => return f.write_str("it is dead"),
            GrantRule::OutsideWindow => return f.write_str("its window is not open"),
            GrantRule::Removed { by } => return self.write_by(f, "its holder was removed by", by),
            GrantRule::GivenUp { by } => return self.write_by(f, "its holder gave it up by", by),
            GrantRule::Demoted { by, despite } => {
                self.write_by(f, "its holder was demoted by", by)?;
                despite
            }
            GrantRule::Holds { despite } => {
                f.write_str("it lives, and nothing ends it")?;
                despite
            }
        };
        despite.iter().try_for_each(|objection| self.write_objection(f, objection))
    }

    fn write_step(&self, f: &mut Formatter<'_>, step: &Step) -> fmt::Result {
        f.write_str("\n  the ")?;
        self.write_statement(f, step.statement)?;
        match &step.finding {
            Finding::ByCreator => f.write_str(" lives: the creator signed it"),
            Finding::Lives { despite } => {
                f.write_str(" lives: so does the grant it is signed under")?;
                despite.iter().try_for_each(|objection| self.write_objection(f, objection))
            }
            Finding::GrantDead => f.write_str(" is dead: so is the grant it is signed under"),
            Finding::NotPinned { by } => {
                self.write_by(f, " is dead: it is not pinned by", by)?;
                f.write_str(", which hits the grant it is signed under")
            }
            Finding::AfterResign { by } => {
                self.write_by(f, " is dead: it does not come before", by)
            }
            Finding::BeyondBound { before } => {
                write!(f, " is dead: {} that count come before it", before.len())
            }
            Finding::Pending => f.write_str(" was not weighed yet"),
        }
    }

    fn write_objection(&self, f: &mut Formatter<'_>, objection: &Objection) -> fmt::Result {
        self.write_by(f, "\n    despite", &objection.by)?;
        match objection.fails {
            Failure::NotSenior => f.write_str(": that is not senior to the grant's holder"),
            Failure::TooMild => f.write_str(": the grant's role is no greater"),
            Failure::Dead => f.write_str(": that is dead"),
            Failure::Cited { grant, cite } => {
                self.write_by(f, ": overcome, as", &grant)?;
                f.write_str(" cites ")?;
                if cite == objection.by { f.write_str("it") } else { id(f, cite) }
            }
            Failure::Pins { head } => {
                f.write_str(": that pins it by ")?;
                id(f, head)
            }
            Failure::ComesAfter => f.write_str(": that comes after it"),
        }
    }

    /// Writes how something came about: `how` it did, and by what.
    fn write_by(&self, f: &mut Formatter<'_>, how: &str, by: &StatementId) -> fmt::Result {
        write!(f, "{how} the ")?;
        self.write_statement(f, *by)
    }

    fn write_statement(&self, f: &mut Formatter<'_>, statement: StatementId) -> fmt::Result {
        let place = self.involved.binary_search_by_key(&statement, |one| one.id);
        match place.ok().and_then(|place| self.involved.get(place)) {
            Some(one) => Display::fmt(one, f),
            None => {
                f.write_str("statement ")?;
                id(f, statement)
            }
        }
    }
}

impl Display for Involved {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (kind, subject, role) = match self.act {
            Act::Grant { subject, role, .. } => ("grant ", Some((" to ", subject)), Some(role)),
            Act::Remove { subject } => ("removal ", Some((" of ", subject)), None),
            Act::Demote { subject, to } => ("demotion ", Some((" of ", subject)), Some(to)),
            Act::Resign => ("resignation ", None, None),
            Act::SetProperties => ("properties ", None, None),
        };
        f.write_str(kind)?;
        id(f, self.id)?;
        f.write_str(" (")?;
        if let Some(role) = role {
            f.write_str(name(role))?;
        }
        if let Some((how, subject)) = subject {
            // without a role the blank before the word would come first
            f.write_str(if role.is_some() { how } else { how.trim_start() })?;
            id(f, subject)?;
            f.write_str(" ")?;
        }
        self.write_author(f)?;
        f.write_str(")")
    }
}

impl Involved {
    fn write_author(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("by ")?;
        id(f, self.author)?;
        match (self.under, self.standing) {
            (None, _) => f.write_str(", the creator"),
            (Some(grant), Some(standing)) => {
                write!(f, ", standing {standing}, under grant ")?;
                id(f, grant)
            }
            (Some(grant), None) => {
                f.write_str(", no Admin, under grant ")?;
                id(f, grant)
            }
        }
    }
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Inviter => "Inviter",
        Role::Admin => "Admin",
    }
}
