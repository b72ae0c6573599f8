//! The list of mutants: one deliberate mistake each, and the check that must catch it.

use std::fmt;

/// One mistake.
#[derive(Debug)]
pub(crate) struct Mutant {
    pub(crate) name: String,
    /// The check that must catch it.
    pub(crate) check: String,
    /// What makes it.
    pub(crate) edits: Vec<Edit>,
}

/// One change of one file: where it says `find`, it says `replace` instead.
#[derive(Debug, Default)]
pub(crate) struct Edit {
    /// The file, from the root of the workspace.
    pub(crate) file: String,
    find: String,
    replace: String,
}

/// What is wrong with the list, and in which line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub(crate) line: usize,
    pub(crate) reason: &'static str,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

/// Reads the list: blocks parted by blank lines. The first line of a block is `name: check`; then
/// come one or more changes: a line with the file, the lines that are there, each behind `-`, and
/// those that are put in their place, each behind `+`. Lines that begin with `#` say something to
/// the reader.
pub(crate) fn parse(text: &str) -> Result<Vec<Mutant>, Malformed> {
    let mut mutants: Vec<Mutant> = Vec::new();
    let mut is_inside = false;
    for (index, line) in text.lines().enumerate() {
        let malformed = |reason| Malformed { line: index.saturating_add(1), reason };
        if line.starts_with('#') {
            continue;
        }
        let was_inside = core::mem::replace(&mut is_inside, !line.is_empty());
        if line.is_empty() {
            continue;
        }
        if !was_inside {
            let (name, check) = line.split_once(": ").ok_or(malformed("no `name: check`"))?;
            let (name, check) = (name.to_owned(), check.to_owned());
            mutants.push(Mutant { name, check, edits: Vec::new() });
            continue;
        }
        let edits = mutants.last_mut().map(|mutant| &mut mutant.edits);
        let Some(edits) = edits else { return Err(malformed("no mutant")) };
        let Some((sign, rest)) = line.split_at_checked(1).filter(|(sign, _)| "-+".contains(sign))
        else {
            edits.push(Edit { file: line.to_owned(), ..Edit::default() });
            continue;
        };
        let Some(edit) = edits.last_mut() else { return Err(malformed("no file")) };
        let side = if sign == "-" { &mut edit.find } else { &mut edit.replace };
        side.push_str(rest);
        side.push('\n');
    }
    Ok(mutants)
}

impl Edit {
    /// The source with the mistake in it; none if what is to be replaced is not there exactly
    /// once.
    pub(crate) fn apply(&self, source: &str) -> Option<String> {
        let is_there_once = !self.find.is_empty() && source.matches(&self.find).count() == 1;
        is_there_once.then(|| source.replacen(&self.find, &self.replace, 1))
    }
}
