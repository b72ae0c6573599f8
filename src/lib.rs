//! Private, serverless peer groups.
//!
//! A set of peers forms a group: its creator founds it, admins invite others by handing over a
//! file, and all members share a replicated database of signed records, see who is there, and open
//! direct connections to each other. There is no server, and nobody but the members can read along.
//!
#![cfg_attr(all(feature = "tcp", feature = "tokio"), doc = "```")]
#![cfg_attr(not(all(feature = "tcp", feature = "tokio")), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use peergroup::store::MemoryStore;
//! use peergroup::tcp::{TcpTransport, Tokio};
//! use peergroup::*;
//!
//! const NOTE: TypeId = TypeId::from_u128(0x3f0a_91c2_7d45_4b8e_a6c1_5e2d_0b97_f413);
//!
//! /// Starts a node with an identity.
//! async fn start(name: &str) -> Result<(Handle, PeerId), Box<dyn std::error::Error>> {
//!     let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse()?)?;
//!     let runtime = runtime::Tokio::new();
//!     let (node, driver) = new(Config::default(), runtime, transport, MemoryStore::new())?;
//!     tokio::spawn(driver.run());
//!     let identity = node.create_identity(name.parse()?).await?;
//!     Ok((node, identity))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (ada, ada_id) = start("Ada").await?;
//! let (ben, ben_id) = start("Ben").await?;
//!
//! let properties = Properties::named("Friends".parse()?);
//! let adas = ada.create_group(ada_id, Charter::default(), properties).await?;
//! adas.connect(Duration::from_secs(30)).await?;
//!
//! // Both documents travel as XML files: `to_xml` and `from_xml`.
//! let card = ben.identity_info(ben_id).await?.ok_or("no such identity")?;
//! let invitation = adas.invite(card, Terms::role(Role::Member)).await?;
//!
//! let bens = ben.join(invitation).await?;
//! bens.connect(Duration::from_secs(30)).await?;
//! let in_an_hour = unix_now().after(Duration::from_secs(3600));
//! bens.publish(RecordDraft::new(NOTE, in_an_hour).payload("hello, group")).await?;
//!
//! while adas.records(Some(NOTE)).await?.is_empty() {
//!     tokio::time::sleep(Duration::from_millis(10)).await;
//! }
//! ada.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # The parts
//!
//! - [`new`] makes a [`Handle`], which is all that an application uses, and a [`Driver`], which is
//!   one future to be run.
//! - A [`Group`] is one identity's place in a group. [`Group::register`] gives its [`Events`], and
//!   [`Group::open_connection`] a direct [`Connection`].
//! - A [`runtime`] gives the driver its clock, a [`transport`] its links, a [`store`] its memory.
//! - All that a group does is decided in `peergroup-core`, which knows nothing of any of these: it
//!   can be driven by threads, by a game's loop, or by a simulator. What it defines is found here
//!   too.
//!
//! # What a reply means
//!
//! A verb that changes something answers `Ok` once the change is durable: neither a crash nor the
//! end of the power undoes it. What others are told of it follows then.
//!
//! # Testing what you build on it
//!
//! With the feature `sim` a test runs whatever it has to say under a thousand seeds: in virtual
//! time, on all cores, with links that break, hosts that crash and members that come and go.
//!
#![cfg_attr(feature = "sim", doc = "```")]
#![cfg_attr(not(feature = "sim"), doc = "```ignore")]
//! use std::time::Duration;
//!
//! use peergroup::{Role, sim};
//!
//! # fn a_note_is_the_same_for_all_who_are_left() {
//! sim::check(0..10, |world| {
//!     let (hosts, group) = world.group(4, Role::Member);
//!     let (note, _) = world.publish(hosts[1], group, "kept");
//!     world.turn_bad();
//!     world.stir(group, Duration::from_secs(60));
//!     let members = world.settle(group);
//!     let first = world.read(hosts[0], group, note);
//!     assert!(members.iter().all(|host| world.read(*host, group, note) == first));
//! });
//! # }
//! # a_note_is_the_same_for_all_who_are_left();
//! ```
//!
//! A seed that fails is named, with how to run it alone. Enable the feature in
//! `[dev-dependencies]` and nowhere else: it is not for what others are to rely on.
//!
//! # The manual
//!
//! `peergroup::guide` has a page each for embedding, writing a transport, writing a store, testing,
//! operating a group and the security model. It is built with all features:
//! `cargo doc --open --all-features`.
//!
//! # Features
//!
//! `redb` (the store in a file), `tcp` (TLS over TCP), `tokio` and `xml` are the default; `smol` is
//! the other runtime, `quic` the other transport. `mdns` finds members on the local network.
//! Without any, bring your own transport, runtime and store. `vault` keeps identities and groups in
//! files under a passphrase; `recorder` seals all that happens to a node in one, to be run again.
//! `sim` is the simulator, for tests, and `conformance` holds a store or
//! a transport of one's own to what every one must do.
//! `tracing` tells what happens at the driver's edges: links, faults, failures, the store. What it
//! logs names peers, groups and addresses, and never a name, a secret or a payload;
//! [`Handle::counters`] counts the same without it.
//! `password`, which is experimental, lets people join by a password: the key exchange behind it
//! is young and nobody has audited it.

pub use peergroup_core::*;
#[cfg(feature = "mdns")]
pub use peergroup_mdns as mdns;
#[cfg(feature = "sim")]
pub use peergroup_mem as sim;
#[cfg(feature = "quic")]
pub use peergroup_quic as quic;
#[cfg(feature = "tcp")]
pub use peergroup_tcp as tcp;

#[cfg(any(test, feature = "conformance"))]
mod conformance;
mod counters;
pub mod discovery;
mod drive;
mod error;
mod events;
#[cfg(all(
    doc,
    feature = "mdns",
    feature = "password",
    feature = "recorder",
    feature = "redb",
    feature = "tcp",
    feature = "tokio",
    feature = "vault",
    feature = "xml"
))]
pub mod guide;
mod handle;
#[cfg(feature = "password")]
mod password;
#[cfg(feature = "recorder")]
pub mod recorder;
pub mod runtime;
pub mod store;
pub mod transport;
#[cfg(feature = "vault")]
pub mod vault;

pub use counters::Counters;
pub use drive::{DriveError, Driver, new};
pub use error::{Error, NotConnected, NotOpened, Stopped};
pub use events::Events;
pub use handle::{Connection, Group, Handle, NotMoved, PayloadReader};
#[cfg(feature = "password")]
pub use password::{HardenError, generate_password, harden};
pub use runtime::unix_now;
