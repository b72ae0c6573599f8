//! What is to be done, as a record's attributes.

use core::fmt::Write as _;
use core::time::Duration;

use peergroup::{Attribute, InvalidAttribute, Record, RecordId, TypeId, UnixTime, Value};

pub(crate) const TASK: TypeId = TypeId::from_u128(0x9a41_6c02_57d8_4e1b_b0c4_3f86_1d27_e5f1);

pub(crate) const TEXT: &str = "text";
pub(crate) const OWNER: &str = "for";
pub(crate) const PRIORITY: &str = "priority";
pub(crate) const DUE: &str = "due";
pub(crate) const STATE: &str = "state";
pub(crate) const OPEN: &str = "open";
pub(crate) const DONE: &str = "done";

/// How long an item is kept.
pub(crate) const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);

#[derive(Debug, Default)]
pub(crate) struct Item {
    pub(crate) text: String,
    pub(crate) owner: Option<String>,
    pub(crate) priority: i64,
    pub(crate) due: Option<UnixTime>,
    pub(crate) is_done: bool,
}

impl Item {
    pub(crate) fn attributes(&self) -> Result<Vec<Attribute>, InvalidAttribute> {
        let mut attributes = vec![
            Attribute::text(TEXT, &self.text)?,
            Attribute::text(STATE, if self.is_done { DONE } else { OPEN })?,
            Attribute::new(PRIORITY, Value::Int(self.priority))?,
        ];
        if let Some(owner) = &self.owner {
            attributes.push(Attribute::text(OWNER, owner)?);
        }
        if let Some(due) = self.due {
            attributes.push(Attribute::new(DUE, Value::Date(due))?);
        }
        Ok(attributes)
    }

    pub(crate) fn show(&self, now: UnixTime) -> String {
        let mut line = format!("[{}] {}", if self.is_done { 'x' } else { ' ' }, self.text);
        if let Some(owner) = &self.owner {
            line += " @";
            line += owner;
        }
        if self.priority > 0 {
            write!(line, " !{}", self.priority).ok();
        }
        if let Some(due) = self.due {
            let days = due.since(now).as_secs().div_ceil(DAY.as_secs());
            write!(line, " due:{days}").ok();
        }
        // nothing that others wrote may write over what is on the screen
        line.chars().filter(|c| !c.is_control()).collect()
    }
}

impl From<&Record> for Item {
    fn from(record: &Record) -> Self {
        let mut item = Self::default();
        for Attribute { name, value, .. } in &record.attributes {
            match (&**name, value) {
                (TEXT, Value::Text(text)) => item.text = text.to_string(),
                (OWNER, Value::Text(owner)) => item.owner = Some(owner.to_string()),
                (STATE, Value::Text(state)) => item.is_done = **state == *DONE,
                (PRIORITY, Value::Int(priority)) => item.priority = *priority,
                (DUE, Value::Date(due)) => item.due = Some(*due),
                _ => {}
            }
        }
        item
    }
}

/// As much of an id as tells the items of a list apart.
pub(crate) fn short(id: RecordId) -> String {
    id.to_string().chars().take(6).collect()
}
