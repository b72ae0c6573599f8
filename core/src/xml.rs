//! XML documents: identity cards and invitations, as one hands them over in a file or a mail,
//! attributes of records, and searches.
//!
//! Cards and invitations show in readable elements what their `data` element holds in canonical
//! bytes. The bytes decide; a document whose elements show anything else is refused, so that nobody
//! is shown one thing and given another (attack C02). Runs of white space count as one space in
//! that comparison and for nothing in base64: a mail program may fold and indent as it likes.

mod attributes;
mod calendar;
mod card;
mod invitation;
#[cfg(feature = "password")]
mod password;
mod query;
mod reader;
pub mod sheet;

pub use attributes::AttributesError;
pub use card::CardError;

/// The number that these digits say; a minus may stand before them.
fn number(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}
