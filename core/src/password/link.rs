//! A link on which a password is proved.

use alloc::boxed::Box;

use super::attempts::Source;
use super::exchange::{Admitter, AwaitConfirmation, AwaitVerdict, Newcomer};
use crate::event::Seat;
use crate::handshake::Counterpart;
use crate::key::PeerId;
use crate::link::Errand;

/// What a link serves between the handshake and the verdict.
#[derive(Debug)]
pub(crate) enum Exchange {
    /// This identity wants to be admitted.
    Joining(Joining, Errand, Box<Counterpart>),
    /// Somebody wants to be admitted here.
    Admitting(Admitting, Seat, PeerId, Source),
}

/// How far a newcomer has come.
#[derive(Debug)]
pub(crate) enum Joining {
    /// Has offered its share.
    Offered(Newcomer),
    /// Has confirmed the key.
    Confirmed(AwaitVerdict),
}

/// How far an admitting node has come.
#[derive(Debug)]
pub(crate) enum Admitting {
    /// Awaits a share.
    Welcomed(Admitter),
    /// Has answered it.
    Answered(AwaitConfirmation),
    /// Has decided: the verdict leaves once it is durable.
    Decided,
}

impl Exchange {
    /// What the link was dialled for, if this end dialled it.
    pub(crate) const fn errand(&self) -> Option<&Errand> {
        match self {
            Self::Joining(_, errand, _) => Some(errand),
            Self::Admitting(..) => None,
        }
    }

    /// The seat that the link serves.
    pub(crate) const fn seat(&self) -> Seat {
        match self {
            Self::Joining(_, errand, _) => errand.seat,
            Self::Admitting(_, seat, ..) => *seat,
        }
    }
}
