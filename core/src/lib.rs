//! The peergroup protocol as a pure, deterministic, sans-IO state machine.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "xml"))]
extern crate std;

mod address;
mod card;
mod codec;
mod credential;
mod entropy;
mod fault;
#[cfg(test)]
mod fixture;
mod genesis;
mod hash;
mod id;
mod input;
mod invitation;
mod key;
pub mod limits;
mod name;
mod property;
mod stamp;
mod statement;
mod storage;
mod time;
#[cfg(feature = "xml")]
mod xml;

pub use address::{Address, InvalidAddress};
pub use card::IdentityInfo;
pub use codec::DecodeError;
pub use entropy::Seed;
pub use fault::Fault;
pub use genesis::{Charter, Classifier, Genesis};
pub use id::{
    ConnectionId, GroupId, Instance, LinkId, ParseIdError, RecordId, RegistrationId, StatementId,
    Ticket, TypeId, VersionId,
};
pub use input::{Input, LinkDown, LinkInfo};
pub use invitation::{Invitation, InvitationError};
pub use key::{InvalidPeerId, PeerId, SecretKey, Signature};
pub use name::{InvalidText, Name, Text};
pub use property::{Comment, Properties};
pub use stamp::Stamp;
pub use statement::{Body, Grant, Lists, Role, Statement, Window};
pub use storage::{Change, LoadQuery, Loaded, StoreFailure, StoreOp};
pub use time::{Deadline, Instant, Now, UnixTime, Why};
#[cfg(feature = "xml")]
pub use xml::CardError;
