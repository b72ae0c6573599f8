//! The peergroup protocol as a pure, deterministic, sans-IO state machine.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "xml"))]
extern crate std;

mod address;
#[allow(dead_code, unused_imports, reason = "called by the node")]
mod authority;
mod card;
mod codec;
mod credential;
mod entropy;
mod fault;
mod frame;
mod genesis;
mod handshake;
mod hash;
mod id;
mod input;
mod invitation;
mod key;
pub mod limits;
mod name;
mod property;
mod record;
mod stamp;
mod statement;
mod storage;
mod time;

pub use address::{Address, InvalidAddress};
pub use card::IdentityInfo;
pub use codec::DecodeError;
pub use entropy::Seed;
pub use fault::Fault;
pub use genesis::{Charter, Classifier, Genesis};
pub use handshake::Denial;
pub use id::{
    ConnectionId, GroupId, Instance, LinkId, ParseIdError, RecordId, RegistrationId, StatementId,
    Ticket, TypeId, VersionId,
};
pub use input::{Input, LinkDown, LinkInfo};
pub use invitation::{Invitation, InvitationError};
pub use key::{InvalidPeerId, PeerId, SecretKey, Signature};
pub use name::{InvalidText, Name, Text};
pub use property::{Comment, Properties};
pub use record::{
    Attribute, AttributeName, AttributeText, ChangeKind, InvalidAttribute, PublishError, Record,
    RecordDraft, RecordUpdate, Value,
};
pub use stamp::Stamp;
pub use statement::{Body, Grant, Lists, Role, Statement, Window};
pub use storage::{Change, LoadQuery, Loaded, StoreFailure, StoreOp};
pub use time::{Deadline, Instant, Now, UnixTime, Why};
