//! What a line says: an item, or which items are asked for.

use peergroup::{Pattern, Query, Subject, UnixTime};

use super::home::Outcome;
use super::item::{DAY, DONE, DUE, Item, OPEN, OWNER, PRIORITY, STATE, TEXT};

enum Word<'a> {
    Owner(&'a str),
    Priority(i64),
    Due(u32),
    Plain(&'a str),
}

fn word(word: &str) -> Outcome<Word<'_>> {
    Ok(if let Some(owner) = word.strip_prefix('@') {
        Word::Owner(owner)
    } else if let Some(priority) = word.strip_prefix('!') {
        Word::Priority(priority.parse()?)
    } else if let Some(days) = word.strip_prefix("due:") {
        Word::Due(days.parse()?)
    } else {
        Word::Plain(word)
    })
}

/// In so many days.
fn due(now: UnixTime, days: u32) -> UnixTime {
    now.after(DAY.saturating_mul(days))
}

/// The item that a line describes.
pub(crate) fn item(line: &str, now: UnixTime) -> Outcome<Item> {
    let (mut item, mut text) = (Item::default(), Vec::new());
    for next in line.split_whitespace() {
        match word(next)? {
            Word::Owner(owner) => item.owner = Some(owner.to_owned()),
            Word::Priority(priority) => item.priority = priority,
            Word::Due(days) => item.due = Some(due(now, days)),
            Word::Plain(plain) => text.push(plain),
        }
    }
    if text.is_empty() {
        return Err("what is to be done?".into());
    }
    Ok(Item { text: text.join(" "), ..item })
}

/// The items that a line asks for: whatever it says holds of them, and they are open unless it
/// says `done`.
pub(crate) fn query(line: &str, now: UnixTime) -> Outcome<Query> {
    let (mut terms, mut text, mut state) = (Vec::new(), Vec::new(), OPEN);
    for next in line.split_whitespace() {
        match word(next)? {
            Word::Owner(owner) => terms.push(Subject::attribute(OWNER)?.equal(owner)?),
            Word::Priority(least) => {
                terms.push(Subject::attribute(PRIORITY)?.greater_or_equal(least)?);
            }
            Word::Due(days) => {
                terms.push(Subject::attribute(DUE)?.less_or_equal(due(now, days))?);
            }
            Word::Plain(DONE) => state = DONE,
            Word::Plain(plain) => text.push(plain),
        }
    }
    terms.push(Subject::attribute(STATE)?.equal(state)?);
    if !text.is_empty() {
        terms.push(Subject::attribute(TEXT)?.equal(text.join(" ").parse::<Pattern>()?)?);
    }
    Ok(Query::and(terms)?)
}
