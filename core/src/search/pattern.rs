//! Patterns: texts with wildcards.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write};
use core::str::FromStr;

use super::error::SearchError;
use crate::limits::{ATTRIBUTE_TEXT_BYTES_MAX, PATTERN_CHARS_MAX, WILDCARDS_MAX};
use crate::record::AttributeText;

/// A text to compare with, which may have wildcards.
///
/// `*` is any run of characters, none included, and `?` exactly one. After a backslash these, and
/// the backslash, are themselves. What is parsed and what is shown is written like that;
/// [`Pattern::literal`] takes a text as it is.
///
/// ```
/// use peergroup_core::Pattern;
///
/// # fn main() -> Result<(), peergroup_core::SearchError> {
/// let pattern: Pattern = "img_????.*".parse()?;
/// assert!(pattern.matches("img_0815.jpg") && !pattern.matches("img_08.jpg"));
/// assert_eq!(Pattern::literal("why?")?.to_string(), r"why\?");
/// # Ok(())
/// # }
/// ```
///
/// With wildcards it has at most [`WILDCARDS_MAX`] of them and asks for at most
/// [`PATTERN_CHARS_MAX`] characters, and matching takes one step for each character of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Form);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Literal(AttributeText),
    Wild(Wild),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// This character.
    Literal(char),
    /// Any one character.
    One,
    /// Any characters.
    Run,
}

impl Pattern {
    /// This text as it is, without wildcards.
    ///
    /// # Errors
    /// [`SearchError::TooLong`], and [`SearchError::InvalidValue`] if there are control characters
    /// in it: no attribute has any.
    pub fn literal(text: &str) -> Result<Self, SearchError> {
        if text.len() > ATTRIBUTE_TEXT_BYTES_MAX {
            return Err(SearchError::TooLong);
        }
        text.parse::<AttributeText>().map(Self::from).map_err(|_| SearchError::InvalidValue)
    }

    /// Whether it matches the whole of a text.
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Form::Literal(literal) => literal.as_str() == text,
            Form::Wild(wild) => wild.matches(text),
        }
    }

    /// The text that alone it matches, if it has no wildcards.
    pub fn as_literal(&self) -> Option<&str> {
        match &self.0 {
            Form::Literal(literal) => Some(literal),
            Form::Wild(_) => None,
        }
    }

    /// What every text that it matches begins with.
    pub(crate) fn prefix(&self) -> &str {
        match &self.0 {
            Form::Literal(literal) => literal,
            Form::Wild(wild) => &wild.prefix,
        }
    }
}

impl From<AttributeText> for Pattern {
    fn from(text: AttributeText) -> Self {
        Self(Form::Literal(text))
    }
}

impl FromStr for Pattern {
    type Err = SearchError;

    fn from_str(text: &str) -> Result<Self, SearchError> {
        // a backslash may stand before every character of the longest text
        if text.len() > ATTRIBUTE_TEXT_BYTES_MAX.saturating_mul(2) {
            return Err(SearchError::TooLong);
        }
        let (mut tokens, mut literal, mut chars) = (Vec::new(), String::new(), text.chars());
        while let Some(c) = chars.next() {
            let token = match c {
                '*' => Token::Run,
                '?' => Token::One,
                '\\' => {
                    let escaped = chars.next().filter(|c| is_special(*c));
                    Token::Literal(escaped.ok_or(SearchError::InvalidEscape)?)
                }
                plain => Token::Literal(plain),
            };
            if let Token::Literal(c) = token {
                literal.push(c);
            }
            tokens.push(token);
        }
        let literal = Self::literal(&literal)?;
        let is_plain = tokens.iter().all(|token| matches!(token, Token::Literal(_)));
        if is_plain { Ok(literal) } else { Wild::new(tokens).map(|wild| Self(Form::Wild(wild))) }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Form::Literal(literal) => literal.chars().try_for_each(|c| Token::Literal(c).show(f)),
            Form::Wild(wild) => wild.tokens.iter().try_for_each(|token| token.show(f)),
        }
    }
}

impl Token {
    fn show(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.write_char('*'),
            Self::One => f.write_char('?'),
            Self::Literal(c) if is_special(c) => write!(f, "\\{c}"),
            Self::Literal(c) => f.write_char(c),
        }
    }
}

fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '\\')
}

/// A pattern with wildcards, and the places that it can be at: before the first character that it
/// asks for, before the second, and so on to the end. The set of places that it may be at is a word
/// with a bit for each.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Wild {
    tokens: Vec<Token>,
    prefix: String,
    /// The longest text without wildcards in it: that most texts do not hold it is soon found.
    needle: String,
    /// The places from which each character leads on.
    by_char: BTreeMap<char, u128>,
    /// The places from which every character leads on.
    by_any: u128,
    /// The places that last while any characters come.
    lasting: u128,
    end: u128,
}

impl Wild {
    fn new(tokens: Vec<Token>) -> Result<Self, SearchError> {
        let wildcards = tokens.iter().filter(|token| !matches!(token, Token::Literal(_))).count();
        if wildcards > WILDCARDS_MAX {
            return Err(SearchError::TooManyWildcards);
        }
        let (mut by_char, mut by_any, mut lasting) = (BTreeMap::<char, u128>::new(), 0, 0);
        let (mut place, mut places) = (1_u128, 0_usize);
        for token in &tokens {
            match token {
                Token::Run => lasting |= place,
                Token::One => by_any |= place,
                Token::Literal(c) => *by_char.entry(*c).or_default() |= place,
            }
            if *token != Token::Run {
                place = place.wrapping_shl(1);
                places = places.saturating_add(1);
            }
            if places > PATTERN_CHARS_MAX {
                return Err(SearchError::TooLong);
            }
        }
        let literal = |token: &Token| match token {
            Token::Literal(c) => Some(*c),
            Token::One | Token::Run => None,
        };
        let prefix = tokens.iter().map_while(literal).collect();
        let parts = tokens.split(|token| literal(token).is_none());
        let longest = parts.max_by_key(|part| part.len()).unwrap_or_default();
        let needle = longest.iter().filter_map(literal).collect();
        Ok(Self { prefix, needle, tokens, by_char, by_any, lasting, end: place })
    }

    fn matches(&self, text: &str) -> bool {
        if !text.contains(&self.needle) {
            return false;
        }
        let mut at = 1;
        for c in text.chars() {
            let leading_on = self.by_any | self.by_char.get(&c).copied().unwrap_or_default();
            at = (at & leading_on).wrapping_shl(1) | (at & self.lasting);
            if at == 0 {
                return false;
            }
        }
        at & self.end != 0
    }
}

#[cfg(test)]
mod tests;
