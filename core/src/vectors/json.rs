//! As much of JSON as vectors need, always written in the same way.

use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

/// Columns of a line, as far as it goes.
const COLUMNS: usize = 100;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number; a sequence of these is written in hexadecimal.
    Byte(u8),
    Number(i128),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> Json {
    Json::Text(data_encoding::HEXLOWER.encode(bytes))
}

/// A map with these entries, in this order.
pub(crate) fn map(entries: Vec<(&'static str, Json)>) -> Json {
    Json::Map(entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

impl From<&str> for Json {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Json {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<u64> for Json {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Json {
    fn from(number: usize) -> Self {
        Self::Number(number.try_into().unwrap())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write(&mut text, 0);
        f.write_str(&text)
    }
}

impl Json {
    /// On one line if that is short enough, else an entry on each.
    fn write(&self, out: &mut String, indent: usize) {
        let short = self.on_one_line();
        let room = COLUMNS.saturating_sub(indent);
        match self {
            Self::List(items) if short.len() > room && !items.is_empty() => {
                let entries = items.iter().map(|item| (String::new(), item));
                write_entries(out, indent, ['[', ']'], entries);
            }
            Self::Map(entries) if short.len() > room => {
                let entries =
                    entries.iter().map(|(name, value)| ([&quoted(name), ": "].concat(), value));
                write_entries(out, indent, ['{', '}'], entries);
            }
            _ => out.push_str(&short),
        }
    }

    fn on_one_line(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Byte(number) => number.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => quoted(text),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(Self::on_one_line).collect();
                ["[", &items.join(", "), "]"].concat()
            }
            Self::Map(entries) => {
                let entry = |(name, value): &(String, Self)| {
                    [&quoted(name), ": ", &value.on_one_line()].concat()
                };
                let entries: Vec<String> = entries.iter().map(entry).collect();
                ["{", &entries.join(", "), "}"].concat()
            }
        }
    }
}

fn write_entries<'a>(
    out: &mut String,
    indent: usize,
    [open, close]: [char; 2],
    entries: impl Iterator<Item = (String, &'a Json)>,
) {
    let inner = indent.saturating_add(1);
    out.push(open);
    for (at, (head, value)) in entries.enumerate() {
        out.push_str(if at == 0 { "\n" } else { ",\n" });
        out.push_str(&" ".repeat(inner));
        out.push_str(&head);
        value.write(out, inner);
    }
    out.push('\n');
    out.push_str(&" ".repeat(indent));
    out.push(close);
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            ' '..='~' => out.push(c),
            _ => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(out, "\\u{unit:04x}").unwrap();
                }
            }
        }
    }
    out.push('"');
    out
}
