//! The peergroup protocol as a pure, deterministic, sans-IO state machine.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "xml"))]
extern crate std;

mod address;
mod authority;
mod card;
mod codec;
mod config;
mod connection;
mod credential;
mod cx;
mod entropy;
mod error;
mod event;
mod fault;
#[cfg(test)]
mod fixture;
mod frame;
mod genesis;
mod group;
mod handshake;
mod hash;
mod id;
mod input;
mod invitation;
mod journal;
mod key;
mod layout;
pub mod limits;
mod link;
mod log;
mod message;
mod name;
mod node;
mod outbox;
mod output;
mod presence;
mod property;
mod record;
mod stamp;
mod statement;
mod storage;
mod time;
mod timers;
#[cfg(feature = "xml")]
mod xml;

pub use address::{Address, InvalidAddress};
pub use card::IdentityInfo;
pub use codec::DecodeError;
pub use config::Config;
pub use entropy::Seed;
pub use error::{
    ConnectError, ConnectionError, CreateError, DeleteError, DriverError, GroupError,
    IdentityError, InviteError, JoinError, OpenError, PropertyError, RegisterError, RemoveError,
    SendError,
};
pub use event::{
    Closed, ConnectFailure, ConnectionChange, ConnectionFailure, ConnectionInfo, Event, EventKind,
    Interest, Member, MemberChange, MemberInstance, NeighbourChange, Notice, Seat, Status,
};
pub use fault::Fault;
pub use genesis::{Charter, Classifier, Genesis};
pub use group::{Removed, Terms};
pub use handshake::Denial;
pub use id::{
    ConnectionId, GroupId, Instance, LinkId, ParseIdError, RecordId, RegistrationId, StatementId,
    Ticket, TypeId, VersionId,
};
pub use input::{Input, LinkDown, LinkInfo};
pub use invitation::{Invitation, InvitationError};
pub use key::{InvalidPeerId, PeerId, SecretKey, Signature};
pub use name::{InvalidText, Name, Text};
pub use node::{GroupInfo, Node};
pub use output::{Output, Receipt};
pub use property::{Comment, Properties};
pub use record::{
    Attribute, AttributeName, AttributeText, ChangeKind, InvalidAttribute, PublishError, Record,
    RecordDraft, RecordUpdate, Value,
};
pub use stamp::Stamp;
pub use statement::{Body, Grant, Lists, Role, Statement, Window};
pub use storage::{Change, LoadQuery, Loaded, StoreFailure, StoreOp};
pub use time::{Deadline, Instant, Now, UnixTime, Why};
#[cfg(feature = "xml")]
pub use xml::CardError;
