//! Pictures: what happened, drawn as one page that needs nothing else. Peers down, time across.

mod flow;
mod painter;
mod telling;

use core::cell::RefCell;
use core::fmt::{self, Write as _};
use std::rc::Rc;

pub use flow::Flow;

use painter::Painter;

/// The page around the data: markup, style and script, all in one file.
const PAGE: &str = include_str!("picture/page.html");
/// Marks and arrows of a picture, at most, each: what comes later is counted and left out.
const DRAWN_MAX: usize = 60_000;

/// What kind of thing a mark or an arrow shows: its colour, and what it is filtered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Hue {
    /// What an application did.
    Deed,
    /// What an application was told.
    News,
    /// A peer broke the protocol.
    Fault,
    /// Something went wrong around a host.
    Mishap,
    /// A node starts or stops, a link comes up or goes down.
    Life,
    /// Messages by which the ends of a link prove who they are.
    Handshake,
    /// Messages that bring statements and versions.
    Items,
    /// Messages that compare two sets.
    Sets,
    /// Messages of large payloads.
    Payload,
    /// Messages on direct connections.
    Direct,
    /// Messages of presence and of time.
    Presence,
    /// Messages that keep a link going.
    Upkeep,
}

impl Hue {
    /// Every kind, in the order in which a page lists them.
    pub const ALL: [Self; 12] = [
        Self::Deed,
        Self::News,
        Self::Fault,
        Self::Mishap,
        Self::Life,
        Self::Handshake,
        Self::Items,
        Self::Sets,
        Self::Payload,
        Self::Direct,
        Self::Presence,
        Self::Upkeep,
    ];

    /// What a page calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deed => "done by applications",
            Self::News => "told to applications",
            Self::Fault => "faults",
            Self::Mishap => "mishaps",
            Self::Life => "nodes and links",
            Self::Handshake => "handshakes",
            Self::Items => "statements and records",
            Self::Sets => "comparisons",
            Self::Payload => "large payloads",
            Self::Direct => "direct connections",
            Self::Presence => "presence and time",
            Self::Upkeep => "upkeep",
        }
    }
}

/// What happened, to be drawn: lanes, marks on them, and arrows between them.
///
/// [`Picture::watch`] draws a [`World`](crate::World) as it goes on. What is known in another way
/// can be drawn as well:
///
/// ```
/// use peergroup_mem::{Hue, Picture};
///
/// let mut picture = Picture::new("A note, sent");
/// let (ada, ben) = (picture.lane("Ada"), picture.lane("Ben"));
/// picture.mark(ada, 1_000, Hue::Deed, "publishes a note");
/// let note = picture.arrow(ada, ben, 1_200, Hue::Items, "push", 312);
/// picture.arrived(note, 21_700);
/// assert!(picture.to_html().contains("publishes a note"));
/// ```
#[derive(Debug, Default)]
pub struct Picture {
    title: String,
    lanes: Vec<String>,
    marks: Vec<Mark>,
    arrows: Vec<Arrow>,
    /// When nodes were down, and until when.
    gaps: Vec<(usize, u64, Option<u64>)>,
    left_out: u64,
}

#[derive(Debug)]
struct Mark {
    lane: usize,
    at: u64,
    hue: Hue,
    text: String,
}

#[derive(Debug)]
struct Arrow {
    from: usize,
    /// None: it is not known for whom it was.
    to: Option<usize>,
    sent: u64,
    arrived: Option<u64>,
    hue: Hue,
    text: &'static str,
    bytes: usize,
}

/// An arrow of a picture; none if there was no room for it.
#[derive(Clone, Copy, Debug)]
pub struct Drawn(Option<usize>);

impl Picture {
    /// An empty picture.
    pub fn new(title: &str) -> Self {
        Self { title: title.to_owned(), ..Self::default() }
    }

    /// Draws whatever happens in a world from now on. The picture is in the handle's hands, and can
    /// be asked for at any time.
    pub fn watch(world: &mut crate::World, title: &str) -> Rc<RefCell<Self>> {
        let picture = Rc::new(RefCell::new(Self::new(title)));
        world.watch(Painter::new(Rc::clone(&picture)));
        picture
    }

    /// One more lane, below the others.
    pub fn lane(&mut self, name: &str) -> usize {
        self.lanes.push(name.to_owned());
        self.lanes.len().saturating_sub(1)
    }

    /// Names a lane anew.
    pub fn rename(&mut self, lane: usize, name: &str) {
        if let Some(known) = self.lanes.get_mut(lane) {
            name.clone_into(known);
        }
    }

    /// Something happens on a lane, so many microseconds after the beginning.
    pub fn mark(&mut self, lane: usize, at: u64, hue: Hue, text: &str) {
        if self.has_room(self.marks.len()) {
            self.marks.push(Mark { lane, at, hue, text: text.to_owned() });
        }
    }

    /// Something is sent from one lane to another.
    pub fn arrow(
        &mut self,
        from: usize,
        to: impl Into<Option<usize>>,
        sent: u64,
        hue: Hue,
        text: &'static str,
        bytes: usize,
    ) -> Drawn {
        if !self.has_room(self.arrows.len()) {
            return Drawn(None);
        }
        let to = to.into();
        self.arrows.push(Arrow { from, to, sent, arrived: None, hue, text, bytes });
        Drawn(self.arrows.len().checked_sub(1))
    }

    /// It arrives. One that never does is shown as lost.
    pub fn arrived(&mut self, drawn: Drawn, at: u64) {
        if let Some(arrow) = drawn.0.and_then(|place| self.arrows.get_mut(place)) {
            arrow.arrived = Some(at);
        }
    }

    /// Whoever is on a lane stops.
    pub fn stop(&mut self, lane: usize, at: u64) {
        self.gaps.push((lane, at, None));
    }

    /// Whoever is on a lane goes on, if it had stopped.
    pub fn go_on(&mut self, lane: usize, at: u64) {
        let open = self.gaps.iter_mut().rev().find(|(of, _, until)| *of == lane && until.is_none());
        if let Some((_, _, until)) = open {
            *until = Some(at);
        }
    }

    fn has_room(&mut self, drawn: usize) -> bool {
        let has_room = drawn < DRAWN_MAX;
        self.left_out = self.left_out.saturating_add(u64::from(!has_room));
        has_room
    }

    /// The page: one file that refers to nothing outside of it.
    pub fn to_html(&self) -> String {
        let mut data = String::new();
        // a string takes everything
        let _ = write!(data, "{}", Json(self));
        let title = self.title.replace('&', "&amp;").replace('<', "&lt;");
        PAGE.replace("TITLE", &title).replace("/*DATA*/", &data)
    }
}

/// A picture as the page's script reads it.
struct Json<'a>(&'a Picture);

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let picture = self.0;
        let hue = |hue: Hue| Hue::ALL.iter().position(|it| *it == hue).unwrap_or_default();
        write!(f, "{{\"title\":{},\"leftOut\":{}", Quoted(&picture.title), picture.left_out)?;
        list(f, "hues", &Hue::ALL, |f, hue| write!(f, "{}", Quoted(hue.name())))?;
        list(f, "lanes", &picture.lanes, |f, name| write!(f, "{}", Quoted(name)))?;
        list(f, "gaps", &picture.gaps, |f, (lane, from, until)| {
            write!(f, "[{lane},{from},{}]", OrNone(until.as_ref()))
        })?;
        list(f, "marks", &picture.marks, |f, mark| {
            write!(f, "[{},{},{},{}]", mark.lane, mark.at, hue(mark.hue), Quoted(&mark.text))
        })?;
        list(f, "arrows", &picture.arrows, |f, arrow| {
            let Arrow { from, to, sent, arrived, text, bytes, .. } = arrow;
            let (to, arrived) = (OrNone(to.as_ref()), OrNone(arrived.as_ref()));
            let hue = hue(arrow.hue);
            write!(f, "[{from},{to},{sent},{arrived},{hue},{},{bytes}]", Quoted(text))
        })?;
        f.write_str("}")
    }
}

/// A list among the data, behind something else.
fn list<T>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    items: &[T],
    mut each: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    write!(f, ",\n\"{name}\":[")?;
    for (number, item) in items.iter().enumerate() {
        f.write_str(if number == 0 { "" } else { "," })?;
        each(f, item)?;
    }
    f.write_str("]")
}

struct OrNone<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for OrNone<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("null"),
        }
    }
}

/// A text that neither ends the string it is in nor the script.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => write!(f, "\\u{:04x}", u32::from(c))?,
                c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
                c => write!(f, "{c}")?,
            }
        }
        f.write_str("\"")
    }
}

#[cfg(test)]
mod tests;
