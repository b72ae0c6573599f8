//! The text form of scripts: readable, diffable, and checked line by line.
//!
//! ```text
//! peergroup script 1
//! seed 17
//! signatures mock
//! hosts 4
//! weather break_one_in=2000
//! # how much later than the step before, and what happens
//! 3.214s Publish host=3 size=100
//! 80ms Heal
//! ```
//!
//! Settings of the weather that are not named are fair.

use core::fmt;
use core::fmt::Write as _;
use core::time::Duration;

use super::{HOSTS, Script, Signatures, Step};
use crate::op::Op;
use crate::weather::Weather;
use crate::words::{Bounds, Fields, Word};

/// What every script begins with; the version follows.
const TITLE: &str = "peergroup script ";
/// The version of the text form that is written and read.
const VERSION: &str = "1";
/// The longest text that is read, in bytes.
pub const SCRIPT_BYTES_MAX: usize = 8 * 1024 * 1024;
/// The greatest number of steps that are read.
pub const SCRIPT_STEPS_MAX: usize = 65_536;
/// The greatest size in an op that is read, in bytes.
pub const SCRIPT_SIZE_MAX: usize = 16 * 1024 * 1024;
/// How much of a wrong word an error shows, in characters.
const SHOWN_MAX: usize = 40;

/// What is wrong with the text of a script, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptError {
    /// The line, the first one being 1. If something is missing, the last one.
    pub line: usize,
    /// What is wrong.
    pub kind: ScriptErrorKind,
    /// The beginning of the word that is wrong, if it is a word.
    pub word: String,
}

/// What can be wrong with the text of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScriptErrorKind {
    /// The text is longer than `SCRIPT_BYTES_MAX`.
    TooLong,
    /// There are more steps than `SCRIPT_STEPS_MAX`.
    TooManySteps,
    /// The first line is not that of a script.
    NoScript,
    /// It is a script of another version.
    OtherVersion,
    /// The line or word has not the form that its place asks for, or says again what was said.
    Malformed,
    /// There is no such op.
    UnknownOp,
    /// There is no such setting or field.
    UnknownSetting,
    /// Something that must be said is not.
    Missing(&'static str),
    /// The value is too small or too great.
    OutOfRange,
    /// The script has fewer hosts.
    NoSuchHost,
}

impl fmt::Display for ScriptErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the text is too long",
            Self::TooManySteps => "there are too many steps",
            Self::NoScript => "this is no script",
            Self::OtherVersion => "this is a script of another version",
            Self::Malformed => "malformed",
            Self::UnknownOp => "there is no such op",
            Self::UnknownSetting => "there is no such setting or field",
            Self::Missing(name) => return write!(f, "{name} is missing"),
            Self::OutOfRange => "out of range",
            Self::NoSuchHost => "the script has no such host",
        })
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, kind, word } = self;
        write!(f, "line {line}: {kind}")?;
        if word.is_empty() { Ok(()) } else { write!(f, ": {word:?}") }
    }
}

impl core::error::Error for ScriptError {}

/// What is wrong with a line, and the word.
type Wrong<'a> = (ScriptErrorKind, &'a str);

impl Script {
    /// The script as a text that `from_text` reads.
    pub fn to_text(&self) -> String {
        let mut text = format!("{TITLE}{VERSION}\n");
        let signatures = self.signatures.write();
        let mut line = |line: fmt::Arguments<'_>| {
            // a string takes everything
            let _ = writeln!(text, "{line}");
        };
        line(format_args!("seed {}", self.seed));
        line(format_args!("signatures {signatures}"));
        line(format_args!("hosts {}", self.hosts));
        let fair = Weather::default().words();
        let settings = self.weather.words();
        for (name, word) in settings.into_iter().filter(|setting| !fair.contains(setting)) {
            line(format_args!("weather {name}={word}"));
        }
        for Step { after, op } in &self.steps {
            let mut step = format!("{} {}", after.write(), op.name());
            for (name, word) in op.words() {
                step.extend([" ", name, "=", &word]);
            }
            line(format_args!("{step}"));
        }
        text
    }

    /// Reads the text of a script.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn from_text(text: &str) -> Result<Self, ScriptError> {
        let wrong = |line, (kind, word): Wrong<'_>| ScriptError {
            line,
            kind,
            word: word.chars().take(SHOWN_MAX).collect(),
        };
        if text.len() > SCRIPT_BYTES_MAX {
            return Err(wrong(1, (ScriptErrorKind::TooLong, "")));
        }
        let mut lines = (1..).zip(text.lines().map(said));
        let (mut last, first) = lines.next().unwrap_or((1, ""));
        title(first).map_err(|found| wrong(last, found))?;
        let mut draft = Draft::default();
        for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
            draft.take(line).map_err(|found| wrong(number, found))?;
            last = number;
        }
        draft.finish().map_err(|found| wrong(last, found))
    }
}

/// What a line says, without its comment.
fn said(line: &str) -> &str {
    line.split('#').next().unwrap_or_default().trim()
}

fn title(line: &str) -> Result<(), Wrong<'_>> {
    let version = line.strip_prefix(TITLE).ok_or((ScriptErrorKind::NoScript, line))?;
    if version == VERSION { Ok(()) } else { Err((ScriptErrorKind::OtherVersion, version)) }
}

/// What has been read of a script.
#[derive(Default)]
struct Draft {
    seed: Option<u64>,
    signatures: Option<Signatures>,
    hosts: Option<usize>,
    weather: Weather,
    /// The settings that were named.
    named: Vec<String>,
    steps: Vec<Step>,
}

impl Draft {
    fn take<'a>(&mut self, line: &'a str) -> Result<(), Wrong<'a>> {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        let size = if first == "weather" { usize::MAX } else { SCRIPT_SIZE_MAX };
        let bounds = Bounds { hosts: self.hosts.unwrap_or(0), size };
        let is_header = self.steps.is_empty();
        match first {
            "seed" if is_header => put(&mut self.seed, words, &bounds),
            "signatures" if is_header => put(&mut self.signatures, words, &bounds),
            "hosts" if is_header => {
                put(&mut self.hosts, words.clone(), &bounds)?;
                let is_fit = self.hosts.is_some_and(|hosts| HOSTS.contains(&hosts));
                let word = words.next().unwrap_or_default();
                if is_fit { Ok(()) } else { Err((ScriptErrorKind::OutOfRange, word)) }
            }
            "weather" if is_header => self.settings(Fields::of(words, bounds)?, &bounds),
            after => {
                let after = Duration::read(after, &bounds).map_err(|kind| (kind, after))?;
                self.step(after, words, bounds)
            }
        }
    }

    fn settings<'a>(&mut self, mut fields: Fields<'a>, bounds: &Bounds) -> Result<(), Wrong<'a>> {
        if fields.is_empty() {
            return Err((ScriptErrorKind::Malformed, ""));
        }
        while let Some((name, word)) = fields.next() {
            if self.named.iter().any(|other| other == name) {
                return Err((ScriptErrorKind::Malformed, name));
            }
            let outcome = self.weather.set_word(name, word, bounds);
            let is_unknown = outcome == Err(ScriptErrorKind::UnknownSetting);
            outcome.map_err(|kind| (kind, if is_unknown { name } else { word }))?;
            self.named.push(name.to_owned());
        }
        Ok(())
    }

    fn step<'a>(
        &mut self,
        after: Duration,
        mut words: impl Iterator<Item = &'a str>,
        bounds: Bounds,
    ) -> Result<(), Wrong<'a>> {
        if self.hosts.is_none() {
            return Err((ScriptErrorKind::Missing("hosts"), ""));
        }
        if self.steps.len() >= SCRIPT_STEPS_MAX {
            return Err((ScriptErrorKind::TooManySteps, ""));
        }
        let name = words.next().ok_or((ScriptErrorKind::Missing("the op"), ""))?;
        let mut fields = Fields::of(words, bounds)?;
        let op = Op::of_words(name, &mut fields)?;
        if let Some((name, _)) = fields.next() {
            return Err((ScriptErrorKind::UnknownSetting, name));
        }
        self.steps.push(Step { after, op });
        Ok(())
    }

    fn finish(self) -> Result<Script, Wrong<'static>> {
        let missing = |name| (ScriptErrorKind::Missing(name), "");
        Ok(Script {
            seed: self.seed.ok_or(missing("seed"))?,
            signatures: self.signatures.ok_or(missing("signatures"))?,
            hosts: self.hosts.ok_or(missing("hosts"))?,
            weather: self.weather,
            steps: self.steps,
        })
    }
}

/// The one word of a line of the header, that is there once.
fn put<'a, T: Word>(
    place: &mut Option<T>,
    mut words: impl Iterator<Item = &'a str>,
    bounds: &Bounds,
) -> Result<(), Wrong<'a>> {
    let word = words.next().ok_or((ScriptErrorKind::Malformed, ""))?;
    if place.is_some() || words.next().is_some() {
        return Err((ScriptErrorKind::Malformed, word));
    }
    *place = Some(T::read(word, bounds).map_err(|kind| (kind, word))?);
    Ok(())
}

impl Word for Signatures {
    fn write(&self) -> String {
        match self {
            Self::Mock => "mock",
            Self::Real => "real",
        }
        .to_owned()
    }

    fn read(word: &str, _: &Bounds) -> Result<Self, ScriptErrorKind> {
        match word {
            "mock" => Ok(Self::Mock),
            "real" => Ok(Self::Real),
            _ => Err(ScriptErrorKind::Malformed),
        }
    }
}

#[cfg(test)]
mod tests;
