//! Words: how ops and settings are written and read, field by field.
//!
//! `words!` declares an enum or a struct and, from the same lines, all that a script's text form
//! and the shrinker have to know of it: there is no second place to edit.

use core::ops::RangeInclusive;
use core::time::Duration;

use crate::host::Host;
use crate::script::ScriptErrorKind as Kind;

/// The longest span that is read.
const SPAN_MAX: Duration = Duration::from_secs(365 * 24 * 3600);
/// What stands for no limit.
const UNLIMITED: &str = "unlimited";
/// Units of spans, the greatest first, in nanoseconds.
const UNITS: [(&str, u64); 4] = [("ns", 1), ("us", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000)];

/// What bounds the values that are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// How many hosts there are.
    pub(crate) hosts: usize,
    /// The greatest size.
    pub(crate) size: usize,
}

/// A value that is one word in a text.
pub(crate) trait Word: Sized {
    /// The word: it holds no white space and no `=`.
    fn write(&self) -> String;

    /// Reads what `write` gave.
    fn read(word: &str, bounds: &Bounds) -> Result<Self, Kind>;

    /// Whether it would be read within these bounds.
    fn fits(&self, bounds: &Bounds) -> bool {
        Self::read(&self.write(), bounds).is_ok()
    }

    /// Values to try instead if a script is to be made simpler, the simplest first.
    fn simpler(&self) -> Vec<Self> {
        Vec::new()
    }
}

/// A number in decimal digits. Too great a number is told from none.
fn number(word: &str) -> Result<u64, Kind> {
    if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Kind::Malformed);
    }
    word.parse().map_err(|_| Kind::OutOfRange)
}

/// Nought, and half as much.
fn halved<T: PartialEq>(nought: T, half: T, whole: &T) -> Vec<T> {
    let mut found = Vec::new();
    if nought != *whole {
        if half != nought {
            found.push(nought);
        }
        found.push(half);
    }
    found
}

impl Word for u64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(word: &str, _: &Bounds) -> Result<Self, Kind> {
        number(word)
    }

    fn simpler(&self) -> Vec<Self> {
        halved(0, self / 2, self)
    }
}

impl Word for i64 {
    fn write(&self) -> String {
        self.to_string()
    }

    fn read(word: &str, _: &Bounds) -> Result<Self, Kind> {
        number(word.strip_prefix('-').unwrap_or(word))?;
        word.parse().map_err(|_| Kind::OutOfRange)
    }

    fn simpler(&self) -> Vec<Self> {
        halved(0, self / 2, self)
    }
}

impl Word for usize {
    fn write(&self) -> String {
        if *self == Self::MAX { UNLIMITED.to_owned() } else { self.to_string() }
    }

    fn read(word: &str, bounds: &Bounds) -> Result<Self, Kind> {
        let size = if word == UNLIMITED {
            Self::MAX
        } else {
            Self::try_from(number(word)?).map_err(|_| Kind::OutOfRange)?
        };
        if size > bounds.size { Err(Kind::OutOfRange) } else { Ok(size) }
    }

    fn simpler(&self) -> Vec<Self> {
        halved(0, self / 2, self)
    }
}

impl Word for bool {
    fn write(&self) -> String {
        if *self { "yes" } else { "no" }.to_owned()
    }

    fn read(word: &str, _: &Bounds) -> Result<Self, Kind> {
        match word {
            "yes" => Ok(true),
            "no" => Ok(false),
            _ => Err(Kind::Malformed),
        }
    }

    fn simpler(&self) -> Vec<Self> {
        if *self { vec![false] } else { Vec::new() }
    }
}

impl Word for Host {
    fn write(&self) -> String {
        self.number().to_string()
    }

    fn read(word: &str, bounds: &Bounds) -> Result<Self, Kind> {
        let host = usize::try_from(number(word)?).map_err(|_| Kind::NoSuchHost)?;
        if host < bounds.hosts { Ok(Self(host)) } else { Err(Kind::NoSuchHost) }
    }

    fn simpler(&self) -> Vec<Self> {
        self.0.checked_sub(1).map(Self).into_iter().collect()
    }
}

impl Word for Duration {
    fn write(&self) -> String {
        let nanos = self.as_nanos();
        let fits = |(_, unit): &&(&str, u64)| nanos >= u128::from(*unit);
        let (unit, size) = UNITS.iter().rev().find(fits).copied().unwrap_or(("s", 1));
        let size = u128::from(size);
        let whole = nanos.checked_div(size).unwrap_or(0);
        let rest = nanos.checked_rem(size).unwrap_or(0);
        let digits = usize::try_from(size.ilog10()).unwrap_or(0);
        let fraction = if rest == 0 { String::new() } else { format!(".{rest:0digits$}") };
        format!("{whole}{}{unit}", fraction.trim_end_matches('0'))
    }

    fn read(word: &str, _: &Bounds) -> Result<Self, Kind> {
        let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let (_, unit) = word.split_at(digits.len());
        let found = UNITS.iter().find(|(name, _)| *name == unit);
        let (_, size) = *found.ok_or(Kind::Malformed)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
        let (whole, part) = (number(whole)?, number(fraction)?);
        let scale = 10_u64.checked_pow(places).ok_or(Kind::Malformed)?;
        let part = part.checked_mul(size).ok_or(Kind::Malformed)?;
        if part.checked_rem(scale) != Some(0) {
            return Err(Kind::Malformed);
        }
        let nanos = whole.checked_mul(size).ok_or(Kind::OutOfRange)?;
        let nanos = nanos.checked_add(part.checked_div(scale).unwrap_or(0));
        let span = Self::from_nanos(nanos.ok_or(Kind::OutOfRange)?);
        if span > SPAN_MAX { Err(Kind::OutOfRange) } else { Ok(span) }
    }

    fn simpler(&self) -> Vec<Self> {
        let half = self.checked_div(2).unwrap_or_default();
        halved(Self::ZERO, Self::from_micros(crate::rng::micros(half)), self)
    }
}

impl<T: Word + PartialOrd> Word for RangeInclusive<T> {
    fn write(&self) -> String {
        format!("{}..{}", self.start().write(), self.end().write())
    }

    fn read(word: &str, bounds: &Bounds) -> Result<Self, Kind> {
        let (start, end) = word.split_once("..").ok_or(Kind::Malformed)?;
        let (start, end) = (T::read(start, bounds)?, T::read(end, bounds)?);
        if start > end { Err(Kind::OutOfRange) } else { Ok(start..=end) }
    }
}

/// The named words of one line, each to be taken once.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    words: Vec<(&'a str, &'a str)>,
    bounds: Bounds,
}

impl<'a> Fields<'a> {
    /// Splits `name=word` pairs.
    pub(crate) fn of(
        words: impl Iterator<Item = &'a str>,
        bounds: Bounds,
    ) -> Result<Self, (Kind, &'a str)> {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for word in words {
            let pair = word.split_once('=').ok_or((Kind::Malformed, word))?;
            if pairs.iter().any(|(name, _)| *name == pair.0) {
                return Err((Kind::Malformed, word));
            }
            pairs.push(pair);
        }
        Ok(Self { words: pairs, bounds })
    }

    /// Takes and reads the word of a name.
    pub(crate) fn take<T: Word>(&mut self, name: &'static str) -> Result<T, (Kind, &'a str)> {
        let place = self.words.iter().position(|(other, _)| *other == name);
        let (_, word) = self.words.remove(place.ok_or((Kind::Missing(name), ""))?);
        T::read(word, &self.bounds).map_err(|kind| (kind, word))
    }

    /// Whether all are taken.
    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Takes the next pair, whatever its name.
    pub(crate) fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if self.is_empty() { None } else { Some(self.words.remove(0)) }
    }
}

/// Declares an enum or a struct whose fields are words.
macro_rules! words {
    (
        $(#[$about:meta])*
        pub enum $name:ident {
            $(
                $(#[$on_variant:meta])*
                $variant:ident $({ $($field:ident: $type:ty),* $(,)? })?
            ),* $(,)?
        }
    ) => {
        $(#[$about])*
        pub enum $name {
            $( $(#[$on_variant])* $variant $({ $($field: $type),* })? ),*
        }

        impl $name {
            /// The names of all of them.
            pub const NAMES: &[&str] = &[$(stringify!($variant)),*];

            /// Its name, for tables and texts.
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant $({ $($field: _),* })? => stringify!($variant) ),*
                }
            }

            /// Its fields, each a name and a word.
            pub(crate) fn words(&self) -> Vec<(&'static str, String)> {
                match self {
                    $( Self::$variant $({ $($field),* })? => vec![
                        $($( (stringify!($field), $crate::words::Word::write($field)) ),*)?
                    ] ),*
                }
            }

            /// The one of this name with these fields.
            pub(crate) fn of_words<'a>(
                name: &'a str,
                fields: &mut $crate::words::Fields<'a>,
            ) -> Result<Self, ($crate::script::ScriptErrorKind, &'a str)> {
                $( if name == stringify!($variant) {
                    return Ok(Self::$variant $({
                        $($field: fields.take(stringify!($field))?),*
                    })?);
                } )*
                Err(($crate::script::ScriptErrorKind::UnknownOp, name))
            }

            /// Whether it would be read within these bounds.
            pub(crate) fn fits(&self, bounds: $crate::words::Bounds) -> bool {
                match self {
                    $( Self::$variant $({ $($field),* })? => {
                        true $($( && $crate::words::Word::fits($field, &bounds) )*)?
                    } ),*
                }
            }

            /// The same with one field simpler.
            pub(crate) fn simpler(&self) -> Vec<Self> {
                match self {
                    $( Self::$variant $({ $($field),* })? => {
                        let found: Vec<Vec<Self>> = vec![$($(
                            $crate::words::Word::simpler($field).into_iter().map(|value| {
                                let mut other = self.clone();
                                if let Self::$variant { $field: place, .. } = &mut other {
                                    *place = value;
                                }
                                other
                            }).collect()
                        ),*)?];
                        found.into_iter().flatten().collect()
                    } ),*
                }
            }
        }
    };
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $( $(#[$on_field:meta])* pub $field:ident: $type:ty ),* $(,)?
        }
    ) => {
        $(#[$about])*
        pub struct $name {
            $( $(#[$on_field])* pub $field: $type ),*
        }

        impl $name {
            /// Its settings, each a name and a word.
            pub(crate) fn words(&self) -> Vec<(&'static str, String)> {
                vec![$( (stringify!($field), $crate::words::Word::write(&self.$field)) ),*]
            }

            /// Changes the setting of this name.
            pub(crate) fn set_word(
                &mut self,
                name: &str,
                word: &str,
                bounds: &$crate::words::Bounds,
            ) -> Result<(), $crate::script::ScriptErrorKind> {
                $( if name == stringify!($field) {
                    self.$field = $crate::words::Word::read(word, bounds)?;
                    return Ok(());
                } )*
                Err($crate::script::ScriptErrorKind::UnknownSetting)
            }
        }
    };
}

pub(crate) use words;

#[cfg(test)]
mod tests;
