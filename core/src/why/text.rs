//! Answers for people: one line for each finding.

mod record;

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
        if !self.is_whole {
            return f.write_str(": too much speaks for it and against it to be told");
        }
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
        self.write_line(f, reason.grant)?;
        match reason.worth {
            Some(role) => write!(f, " is worth {}: ", name(role))?,
            None => f.write_str(" is worth nothing: ")?,
        }
        let despite = match &reason.rule {
            GrantRule::Dead => return f.write_str("it is dead"),
            GrantRule::GivenUp { by } => return self.write_by(f, "its holder gave it up by ", *by),
            GrantRule::Removed { by, despite } => {
                self.write_by(f, "its holder was removed by ", *by)?;
                despite
            }
            GrantRule::Demoted { by, despite } => {
                self.write_by(f, "its holder was demoted by ", *by)?;
                despite
            }
            GrantRule::Holds { despite } if reason.is_open => {
                f.write_str("it lives, and nothing ends it")?;
                despite
            }
            GrantRule::Holds { despite } => {
                f.write_str("its window is not open")?;
                despite
            }
        };
        despite.iter().try_for_each(|one| self.write_objection(f, Some(reason.grant), one))
    }

    fn write_step(&self, f: &mut Formatter<'_>, step: &Step) -> fmt::Result {
        self.write_line(f, step.statement)?;
        match &step.finding {
            Finding::ByCreator => f.write_str(" lives: the creator signed it"),
            Finding::Lives { despite } => {
                f.write_str(" lives: so does the grant it is signed under")?;
                let under = self.involved(step.statement).and_then(|one| one.under);
                despite.iter().try_for_each(|one| self.write_objection(f, under, one))
            }
            Finding::GrantDead => f.write_str(" is dead: so is the grant it is signed under"),
            Finding::NotPinned { by } => {
                self.write_by(f, " is dead: not pinned by ", *by)?;
                f.write_str(", which hits the grant it is signed under")
            }
            Finding::AfterResign { by } => {
                self.write_by(f, " is dead: it does not come before ", *by)
            }
            Finding::BeyondBound { before } => {
                write!(f, " is dead: {} that count come before it", before.len())
            }
            Finding::NotKept { by } => self.write_by(f, " is dead: nothing kept it at ", *by),
            Finding::Pending => f.write_str(" was not weighed yet"),
        }
    }

    /// Writes what speaks in vain against a grant or against what is signed under it.
    fn write_objection(
        &self,
        f: &mut Formatter<'_>,
        grant: Option<StatementId>,
        objection: &Objection,
    ) -> fmt::Result {
        self.write_by(f, "\n    despite ", objection.by)?;
        match objection.fails {
            Failure::NotSenior if self.is_by_inviter(objection.by) => {
                f.write_str(", which takes back only what was given under the same grant as it")
            }
            Failure::NotSenior => {
                let grant = grant.and_then(|grant| self.involved(grant));
                match grant.and_then(|grant| grant.standing) {
                    Some(issuer) => {
                        write!(f, ", which is not senior to standing {}", issuer.saturating_add(1))
                    }
                    None => f.write_str(", which is not senior to the grant's holder"),
                }
            }
            Failure::TooMild => f.write_str(", which demotes to no less a role"),
            Failure::Dead => f.write_str(", which is dead"),
            Failure::Cited { grant, cite } if cite == objection.by => {
                self.write_by(f, ", which is cited by ", grant)
            }
            Failure::Cited { grant, cite } => {
                self.write_by(f, ", which comes before ", cite)?;
                self.write_by(f, ", which is cited by ", grant)
            }
            Failure::Pins { head } => self.write_by(f, ", which pins it by ", head),
            Failure::ComesAfter => f.write_str(", which comes after it"),
        }
    }

    /// Begins a line with all that is known of a statement.
    fn write_line(&self, f: &mut Formatter<'_>, statement: StatementId) -> fmt::Result {
        f.write_str("\n  ")?;
        match self.involved(statement) {
            Some(one) => Display::fmt(one, f),
            None => id(f, statement),
        }
    }

    /// Writes how something came about: `how` it did, and by what of whom.
    fn write_by(&self, f: &mut Formatter<'_>, how: &str, by: StatementId) -> fmt::Result {
        f.write_str(how)?;
        let Some(one) = self.involved(by) else { return id(f, by) };
        f.write_str(kind(one.act))?;
        id(f, by)?;
        write_author(f, one)?;
        f.write_str(if one.under.is_some() { ")" } else { "" })
    }

    /// Whether whoever signed it is neither the creator nor an Admin.
    fn is_by_inviter(&self, removal: StatementId) -> bool {
        self.involved(removal).is_some_and(|one| one.standing.is_none())
    }

    fn involved(&self, statement: StatementId) -> Option<&Involved> {
        let place = self.involved.binary_search_by_key(&statement, |one| one.id).ok()?;
        self.involved.get(place)
    }
}

impl Display for Involved {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(kind(self.act))?;
        id(f, self.id)?;
        let subject = match self.act {
            Act::Grant { subject, role, .. } => {
                write!(f, ", {} to ", name(role))?;
                Some(subject)
            }
            Act::Demote { subject, to } => {
                write!(f, ", {} at most for ", name(to))?;
                Some(subject)
            }
            Act::Remove { subject } => {
                f.write_str(" of ")?;
                Some(subject)
            }
            Act::Resign
            | Act::SetProperties
            | Act::Checkpoint { .. }
            | Act::NameSurvivors { .. } => None,
        };
        subject.map_or(Ok(()), |subject| id(f, subject))?;
        write_author(f, self)?;
        match self.under {
            Some(grant) => {
                f.write_str(", grant ")?;
                id(f, grant)?;
                f.write_str(")")
            }
            None => Ok(()),
        }
    }
}

/// Writes who signed a statement. Of anybody but the creator a bracket stays open.
fn write_author(f: &mut Formatter<'_>, one: &Involved) -> fmt::Result {
    if one.under.is_none() {
        return f.write_str(" by the creator");
    }
    f.write_str(" by ")?;
    id(f, one.author)?;
    match one.standing {
        Some(standing) => write!(f, " (standing {standing}"),
        None => f.write_str(" (no Admin"),
    }
}

fn kind(act: Act) -> &'static str {
    match act {
        Act::Grant { .. } => "grant ",
        Act::Remove { .. } => "removal ",
        Act::Demote { .. } => "demotion ",
        Act::Resign => "resignation ",
        Act::SetProperties => "properties ",
        Act::Checkpoint { .. } => "checkpoint ",
        Act::NameSurvivors { .. } => "survivors ",
    }
}

fn name(role: Role) -> &'static str {
    match role {
        Role::Member => "Member",
        Role::Inviter => "Inviter",
        Role::Admin => "Admin",
    }
}
