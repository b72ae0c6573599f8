//! Finding out what two replicas of a set differ in, at a cost that follows the difference.
//!
//! The end that dialled leads: its [`Hello`](talk::Hello) tells the root over everything it has,
//! and a bookmark if the two have met before. Equal roots end it at once. Where they differ:
//!
//! - **with a bookmark**, whatever differs has come since. If all of it came to one end, that end
//!   sends it. Else the other end codes what came to it ([`coded`]), and cells follow until they
//!   tell the difference; nearly everything being new, it is sent without further ado;
//! - **without**, or if that came to nothing, both ends go down the trie, along what differs;
//! - an end that has next to nothing names what little it has, and is sent the rest in order.
//!
//! Items are sent as soon as it is known that they are lacking. A comparison of roots decides: all
//! that goes before may be wrong, by chance or by malice, and costs then but another way round.
//!
//! Nothing here knows of links: what there is to say is taken by whoever has the credit for it, and
//! so are the items that there are to send.

pub(crate) mod coded;
mod comparison;
mod descent;
mod items;
mod mark;
pub(crate) mod prefix;
mod session;
mod short;
mod sketch;
pub(crate) mod talk;
#[cfg(test)]
mod vectors;

pub(crate) use mark::Mark;
pub(crate) use session::{Over, Session};
#[cfg(test)]
pub(crate) use vectors::worked;

/// The short names of one comparison of records on a link with this key.
#[cfg(all(test, feature = "simulation"))]
pub(crate) fn names_for_tests(link: [u8; 32], round: u32) -> impl Fn(&crate::message::Item) -> u64 {
    let key = crate::handshake::LinkKey::from_bytes(link);
    let namer = short::Namer::new(&key, crate::message::Set::Records, round);
    move |item| namer.short(item)
}
