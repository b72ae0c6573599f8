//! Oracles: what watches a world and says when it is not as it must be.
//!
//! An oracle sees everything that goes into nodes and comes out of them, may ask nodes anything,
//! and knows nothing of how they work: it judges by what it has seen itself.
//!
//! | oracle | promises |
//! |---|---|
//! | `authority` | roles, members and properties are what the statements say |
//! | `records` | records are what the versions say |
//! | `durability` | nothing acknowledged is lost |
//! | `deletion` | nothing deleted returns |
//! | `payloads` | nothing is left of a payload that nothing names |
//! | `why` | reasons given for roles and records follow from what is held |
//! | `admission` | nobody is linked who is no member, and nobody through another |
//! | `bounds` | nothing grows beyond its bound |
//! | `progress` | nobody is busy for nothing |
//! | `amplification` | a stranger cannot make a node send much |
//! | `durable first` | nothing leaves before it is durable |
//! | `coverage` | counts what happened |

mod admission;
mod amplification;
mod authority;
mod bounds;
mod clocks;
mod court;
mod coverage;
mod deletion;
mod durability;
mod durable_first;
mod law;
mod payloads;
mod progress;
mod records;
mod shelf;
mod why;

pub use coverage::Coverage;
pub use law::Law;

use core::fmt;

use peergroup_core::{GroupId, Input, LinkId, Output, PeerId, RecordId, Role, Seat, Ticket};

use crate::host::Host;
use crate::mishap::Mishap;
use crate::world::World;

/// Watches a world. Give it to `World::watch`; it is asked after everything that happens.
pub trait Oracle: fmt::Debug {
    /// The name that its failures bear.
    fn name(&self) -> &'static str;

    /// Something happened at a host. Inputs are shown before the node handles them, outputs as
    /// they are polled.
    ///
    /// # Errors
    /// What is not as it must be.
    fn see(&mut self, _world: &World, _host: Host, _seen: &Seen<'_>) -> Result<(), String> {
        Ok(())
    }

    /// A host's node has done everything that it wanted to do at this moment.
    ///
    /// # Errors
    /// What is not as it must be.
    fn at_rest(&mut self, _world: &World, _host: Host) -> Result<(), String> {
        Ok(())
    }

    /// Everything has been well for long enough: `members` are honest, run, and hold the same.
    ///
    /// # Errors
    /// What is not as it must be.
    fn in_the_end(
        &mut self,
        _world: &mut World,
        _group: GroupId,
        _members: &[Host],
    ) -> Result<(), String> {
        Ok(())
    }

    /// What it has counted, if it counts.
    fn coverage(&self) -> Option<&Coverage> {
        None
    }
}

/// All oracles of this crate: those that watch every world unless it is `World::unwatched`.
pub fn standard() -> Vec<Box<dyn Oracle>> {
    let court = court::Court::default();
    vec![
        Box::new(coverage::Counter::default()),
        Box::new(authority::Authority::new(&court)),
        Box::new(records::Records::new(&court)),
        Box::new(why::Why),
        Box::new(durability::Durability::new(&court)),
        Box::new(deletion::Deletion::new(&court)),
        Box::new(payloads::Payloads),
        Box::new(admission::Admission::new(&court)),
        Box::new(bounds::Bounds::default()),
        Box::new(progress::Progress::default()),
        Box::new(amplification::Amplification::default()),
        Box::new(durable_first::DurableFirst::default()),
    ]
}

/// What an oracle sees of a host.
#[derive(Debug)]
#[non_exhaustive]
pub enum Seen<'a> {
    /// Its node has been made: for the first time, or after a crash.
    Started,
    /// Its node is told something.
    Input(&'a Input<'a>),
    /// Its node takes in a link.
    Accepted(LinkId),
    /// Its node wants something done.
    Output(&'a Output),
    /// Its node sends bytes on a link.
    Sent {
        /// The link.
        link: LinkId,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Its application did something. It is acknowledged once `ticket` is stored.
    Did {
        /// In which seat.
        seat: Seat,
        /// What.
        deed: Deed,
        /// The store operation that makes it durable.
        ticket: Ticket,
    },
    /// Something goes wrong at it, or with its links.
    Befell(Mishap),
    /// It stops: what its node had in memory is gone.
    Crashed,
}

/// What an application did that changes a replicated set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// It founded the group.
    Founded,
    /// It joined by an invitation.
    Joined,
    /// It gave a role, in an invitation or to a member.
    Granted(PeerId, Role),
    /// It removed a member.
    Removed(PeerId),
    /// It lowered a member's role.
    Demoted(PeerId, Role),
    /// It resigned.
    Left,
    /// It changed the group's properties.
    SetProperties,
    /// It made a checkpoint.
    Checkpointed,
    /// It added a record.
    Published(RecordId),
    /// It updated a record.
    Updated(RecordId),
    /// It deleted a record.
    Deleted(RecordId),
}

impl World {
    /// Lets an oracle watch from now on, besides those that watch every world.
    pub fn watch(&mut self, oracle: impl Oracle + 'static) {
        self.oracles.push(Box::new(oracle));
    }

    /// What has happened in this world, as the oracles that watch it have counted it.
    pub fn coverage(&self) -> Coverage {
        let mut coverage = Coverage::default();
        for counted in self.oracles.iter().filter_map(|oracle| oracle.coverage()) {
            coverage.merge(counted);
        }
        coverage
    }

    /// Shows something to every oracle.
    pub(crate) fn show(&mut self, host: Host, seen: &Seen<'_>) {
        self.ask(Some(host), |oracle, world| oracle.see(world, host, seen));
    }

    /// Shows what an application did. Every act that changes a replicated set ends here; call it
    /// for what your own code does through `act`.
    pub fn did(&mut self, host: Host, seat: Seat, deed: Deed, ticket: Ticket) {
        self.show(host, &Seen::Did { seat, deed, ticket });
    }

    /// Lets every oracle look at a node that has nothing more to do now.
    pub(crate) fn rest(&mut self, host: Host) {
        self.ask(Some(host), |oracle, world| oracle.at_rest(world, host));
    }

    /// Lets every oracle judge how it all ended.
    pub(crate) fn judge(&mut self, group: GroupId, members: &[Host]) {
        self.ask(None, |oracle, world| oracle.in_the_end(world, group, members));
    }

    fn ask(
        &mut self,
        host: Option<Host>,
        mut question: impl FnMut(&mut dyn Oracle, &mut Self) -> Result<(), String>,
    ) {
        let mut oracles = core::mem::take(&mut self.oracles);
        for oracle in &mut oracles {
            if let Err(text) = question(oracle.as_mut(), self) {
                self.fail(oracle.name(), host, text);
            }
        }
        self.oracles = oracles;
    }
}
