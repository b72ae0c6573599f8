//! The peergroup protocol as a pure, deterministic, sans-IO state machine.
//!
//! A [`Node`] serves the identities of one peer and their groups. It reads no clock, draws no
//! random number, opens no socket and touches no disk: a *driver* tells it what happened and does
//! what it says. The same core runs under any async runtime, on threads, in a simulator and in a
//! fuzzer.
//!
//! # The loop
//!
//! A driver reads the clock once a turn, feeds what happened, and carries out what comes out:
//!
//! ```
//! use peergroup_core::{Config, Input, Instant, Node, Now, Output, Seed, UnixTime};
//!
//! /// What this driver can do: its sockets, its disk, its application.
//! trait Hands {
//!     fn do_it(&mut self, output: Output);
//!     fn write(&mut self, link: peergroup_core::LinkId, bytes: &[u8]);
//! }
//!
//! fn turn(node: &mut Node, now: Now, what_happened: Input<'_>, hands: &mut impl Hands) {
//!     node.handle_input(now, what_happened).expect("this driver keeps the contract");
//!     while let Some(output) = node.poll_output() {
//!         match output {
//!             Output::Transmit { link } => {
//!                 let mut bytes = Vec::new();
//!                 while node.poll_transmit(link, 16 * 1024, &mut bytes) > 0 {}
//!                 hands.write(link, &bytes);
//!             }
//!             other => hands.do_it(other), // Dial, Hangup, Store, Load, Event, …
//!         }
//!     }
//!     let _wake_me_at = node.poll_timeout(); // then wait for the next thing to happen
//! }
//!
//! let now = Now { mono: Instant::from_micros(0), wall: UnixTime::from_millis(1) };
//! let mut node = Node::new(Config::default(), &Seed::from_bytes([7; 32]), now);
//! assert!(matches!(node.poll_output(), Some(Output::Load { .. })), "it reads its store first");
//! ```
//!
//! # The contract
//!
//! - **C1** One door each way: [`Node::handle_input`] and the verbs in; [`Node::poll_output`],
//!   [`Node::poll_transmit`] and [`Node::poll_timeout`] out.
//! - **C2** Any call is legal at any time; outputs accumulate up to documented caps.
//! - **C3** Queued means now, drained means later: while outputs wait, `poll_timeout` is the last
//!   `now`; after `poll_output` returned none at `now`, it is none or later than `now`. Bytes that
//!   wait for a slow link are not queued outputs: they have been announced.
//! - **C4** A peer cannot make a call fail. What a peer did wrong is an event with a [`Fault`] and
//!   a closed link. `handle_input` fails only for the driver's own mistakes ([`DriverError`]).
//! - **C5** Ids are never reused; an input for an id that has ended is ignored.
//! - **C6** Nothing that depends on durability leaves before [`Input::Stored`]. Store operations
//!   apply atomically and in the order of their tickets; all other outputs in any order.
//! - **C7** Work per call is bounded by the constants in [`limits`]; `Received` takes at most
//!   64 KiB; every class of traffic runs on credit that the receiver granted, and exceeding it is
//!   a fault.
//! - **C8** The same seed, inputs and verbs give the same outputs, byte for byte, whatever the
//!   times and limits with which outputs were polled. Only two things depend on that: how many
//!   events a `Lagged` counts, and which bytes had left a link that was cut off.
//! - **C9** Idle polls are O(1) and allocate nothing.
//! - **C10** A link is a stream: any split of the same bytes has the same result.
#![no_std]

extern crate alloc;
#[cfg(any(test, feature = "xml"))]
extern crate std;

mod address;
mod authority;
mod beacon;
#[cfg_attr(
    not(feature = "simulation"),
    expect(unreachable_pub, reason = "what measures it alone knows it by `simulation`")
)]
mod broadcast;
#[cfg(feature = "capture")]
pub mod capture;
mod card;
mod checkpoint;
mod codec;
mod config;
mod connection;
mod credential;
mod cx;
mod database;
mod entropy;
mod error;
mod event;
mod export;
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
#[cfg(feature = "password")]
mod password;
mod peer_time;
mod presence;
mod property;
mod reconcile;
mod record;
mod search;
#[cfg(feature = "simulation")]
pub mod simulation;
mod stamp;
mod statement;
mod storage;
mod time;
mod timers;
#[cfg(test)]
mod vectors;
mod why;
#[cfg(feature = "xml")]
mod xml;

pub use address::{Address, InvalidAddress};
pub use beacon::Beacon;
pub use card::IdentityInfo;
pub use checkpoint::{Survivor, Worth};
pub use codec::DecodeError;
pub use config::Config;
pub use database::{
    CheckedDatabase, DatabaseCheck, DatabaseExport, DatabaseImport, Exported, Progress,
};
pub use entropy::Seed;
#[cfg(feature = "password")]
pub use error::PasswordError;
pub use error::{
    CheckpointError, ConnectError, ConnectionError, CreateError, DatabaseError, DeleteError,
    DriverError, ExportError, GroupError, IdentityError, ImportError, InviteError, JoinError,
    OpenError, PropertyError, ReadError, RegisterError, RemoveError, SendError, UploadError,
};
pub use event::{
    Closed, ConnectFailure, ConnectionChange, ConnectionFailure, ConnectionInfo, Ending, Event,
    EventKind, Interest, Member, MemberChange, MemberInstance, NeighbourChange, Notice, Seat,
    Status,
};
pub use export::GroupExport;
pub use fault::Fault;
pub use genesis::{Charter, Classifier, Genesis};
pub use group::{Checkpointed, Removal, Removed, Terms, Withdrawn};
pub use handshake::Denial;
pub use id::{
    ConnectionId, GroupId, Instance, LinkId, ParseIdError, RecordId, RegistrationId, StatementId,
    Ticket, TypeId, UploadId, VersionId,
};
pub use input::{Input, LinkDown, LinkInfo};
pub use invitation::{Invitation, InvitationError};
pub use key::{InvalidPeerId, PeerId, SecretKey, Signature};
pub use name::{InvalidText, Name, Text};
pub use node::{GroupInfo, Node};
pub use output::{Output, Receipt};
#[cfg(feature = "password")]
pub use password::{PasswordInvitation, PasswordSecret};
pub use property::{Comment, Properties};
pub use record::{
    Attribute, AttributeName, AttributeText, ChangeKind, Equivocated, Equivocation,
    InvalidAttribute, LargePayload, NotProven, PayloadId, PublishError, Record, RecordDraft,
    RecordUpdate, Value,
};
pub use search::{Clause, Comparison, Operand, Pattern, Query, SearchError, Subject, Term};
pub use stamp::Stamp;
pub use statement::{Body, Grant, Lists, Role, Statement, Window};
pub use storage::{Change, LoadQuery, Loaded, StoreFailure, StoreOp};
pub use time::{Deadline, Instant, Now, UnixTime, Why};
pub use why::{
    Act, Checker, Failure, Fate, Finding, GrantReason, GrantRule, HeldVersion, Involved,
    MemberReason, Objection, RecordReason, Refuted, Step, VersionReason, Void, Wait,
};
#[cfg(feature = "xml")]
pub use xml::{AttributesError, CardError, sheet};
