//! The whole screen: what is said, who is there, which records are kept, what the node tells.

use std::error::Error;
use std::io;

use ratatui::backend::{Backend, TestBackend};
use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Style, Stylize as _};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Paragraph};
use ratatui::{DefaultTerminal, Frame, Terminal};
use tokio::sync::mpsc;

use crate::view::{Kept, Person, Scene, Shown, View};

/// How large a picture is, in characters.
const PICTURE: (u16, u16) = (100, 28);
/// How much of what was said, and of the log, is kept to be shown.
const LINES_MAX: usize = 500;

/// A terminal, or what stands for one.
pub(crate) struct Screen<B: Backend> {
    terminal: Terminal<B>,
    keys: mpsc::Receiver<KeyEvent>,
    sheet: Sheet,
}

impl Screen<ratatui::backend::CrosstermBackend<io::Stdout>> {
    /// The terminal. Whoever takes it has to give it back.
    pub(crate) fn of_terminal() -> io::Result<Self> {
        let terminal: DefaultTerminal = ratatui::try_init()?;
        Ok(Self { terminal, keys: keys(), sheet: Sheet::default() })
    }
}

impl Screen<TestBackend> {
    /// A picture on which nobody types.
    pub(crate) fn of_picture() -> Self {
        let Ok(terminal) = Terminal::new(TestBackend::new(PICTURE.0, PICTURE.1));
        Self { terminal, keys: mpsc::channel(1).1, sheet: Sheet::default() }
    }

    pub(crate) fn buffer(&self) -> &Buffer {
        self.terminal.backend().buffer()
    }
}

impl<B: Backend<Error: Error + Send + Sync + 'static>> View for Screen<B> {
    async fn line(&mut self) -> Option<String> {
        loop {
            let key = self.keys.recv().await?;
            match self.sheet.on_key(key) {
                Typed::Line(line) => return Some(line),
                Typed::End => return None,
                Typed::Part => self.draw().ok()?,
            }
        }
    }

    fn show(&mut self, shown: Shown) -> io::Result<()> {
        self.sheet.said.push(shown);
        self.draw()
    }

    fn has_room(&self) -> bool {
        true
    }

    fn set(&mut self, scene: Scene) -> io::Result<()> {
        self.sheet.scene = scene;
        self.draw()
    }

    fn log(&mut self, line: String) -> io::Result<()> {
        self.sheet.log.push(line);
        self.draw()
    }
}

impl<B: Backend<Error: Error + Send + Sync + 'static>> Screen<B> {
    fn draw(&mut self) -> io::Result<()> {
        self.sheet.forget();
        self.terminal.draw(|frame| self.sheet.draw(frame)).map_err(io::Error::other)?;
        Ok(())
    }
}

/// Keys, read on a thread of their own.
fn keys() -> mpsc::Receiver<KeyEvent> {
    let (sender, keys) = mpsc::channel(16);
    std::thread::spawn(move || {
        while let Ok(event) = event::read() {
            let key = event.as_key_event().filter(|key| key.kind != KeyEventKind::Release);
            // a new size is drawn when the next key comes, or the next second
            if key.is_some_and(|key| sender.blocking_send(key).is_err()) {
                return;
            }
        }
    });
    keys
}

/// What came of a key.
enum Typed {
    Part,
    Line(String),
    End,
}

/// What is on the screen.
#[derive(Default)]
struct Sheet {
    scene: Scene,
    said: Vec<Shown>,
    log: Vec<String>,
    input: String,
}

impl Sheet {
    fn on_key(&mut self, key: KeyEvent) -> Typed {
        match (key.code, key.modifiers) {
            (KeyCode::Char('c' | 'd'), KeyModifiers::CONTROL) | (KeyCode::Esc, _) => Typed::End,
            (KeyCode::Enter, _) => Typed::Line(core::mem::take(&mut self.input)),
            (KeyCode::Backspace, _) => {
                self.input.pop();
                Typed::Part
            }
            (KeyCode::Char(c), _) => {
                self.input.push(c);
                Typed::Part
            }
            _ => Typed::Part,
        }
    }

    fn forget(&mut self) {
        self.said.drain(..self.said.len().saturating_sub(LINES_MAX));
        self.log.drain(..self.log.len().saturating_sub(LINES_MAX));
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let rows = [Constraint::Min(8), Constraint::Length(8), Constraint::Length(3)];
        let [upper, log, input] = Layout::vertical(rows).areas(frame.area());
        let columns = [Constraint::Min(30), Constraint::Length(34)];
        let [said, beside] = Layout::horizontal(columns).areas(upper);
        let [members, records] = Layout::vertical([Constraint::Fill(1); 2]).areas(beside);

        let Scene { group, status, .. } = &self.scene;
        let lines = self.said.iter().flat_map(|shown| shown_lines(shown, inner_width(said)));
        pane(frame, said, format!(" {group} "), lines.collect());
        pane(frame, members, " members ".into(), self.scene.members.iter().map(person).collect());
        pane(frame, records, " records ".into(), self.scene.records.iter().map(kept).collect());
        let lines = self.log.iter().map(|line| Line::from(line.as_str()).fg(Color::DarkGray));
        pane(frame, log, format!(" log · {status} "), lines.collect());
        let typed = Line::from(vec!["› ".fg(Color::Cyan), self.input.as_str().into()]);
        let typed = if self.input.is_empty() {
            Line::from(vec!["› ".fg(Color::Cyan), "say something, or /help".dark_gray()])
        } else {
            typed
        };
        pane(frame, input, String::new(), vec![typed]);
    }
}

/// The last lines that fit, in a frame.
fn pane(frame: &mut Frame<'_>, area: Rect, title: String, mut lines: Vec<Line<'_>>) {
    let block = Block::bordered().border_type(BorderType::Rounded).title(title.bold());
    let height = usize::from(block.inner(area).height);
    let lines = lines.split_off(lines.len().saturating_sub(height));
    let block = block.border_style(Style::new().fg(Color::DarkGray));
    frame.render_widget(Paragraph::new(lines).block(block), area);
}

fn inner_width(area: Rect) -> usize {
    usize::from(area.width.saturating_sub(2)).max(1)
}

fn shown_lines(shown: &Shown, width: usize) -> Vec<Line<'static>> {
    let (head, text, colour) = match shown {
        Shown::Said { name, text } => (format!("{name}: "), text.as_str(), Color::Reset),
        Shown::Whispered { name, text } => {
            (format!("{name} whispers: "), text.as_str(), Color::Magenta)
        }
        Shown::Note(text) => ("· ".to_owned(), text.as_str(), Color::DarkGray),
        Shown::Help(text) => {
            return text.lines().map(|line| Line::from(line.to_owned()).fg(Color::Gray)).collect();
        }
    };
    let head_colour = if colour == Color::Reset { Color::Cyan } else { colour };
    let mut rows = wrapped(text, width.saturating_sub(Span::raw(&head).width()), width).into_iter();
    let first = Span::from(rows.next().unwrap_or_default()).fg(colour);
    let first = Line::from(vec![head.fg(head_colour).bold(), first]);
    core::iter::once(first).chain(rows.map(|row| Line::from(row).fg(colour))).collect()
}

/// The text in rows of which the first has less room. A word that is longer than a row is broken.
fn wrapped(text: &str, first: usize, width: usize) -> Vec<String> {
    let (mut rows, mut row, mut room) = (Vec::new(), String::new(), first);
    for word in text.split_inclusive(' ') {
        let is_too_wide = |room| Span::raw(word.trim_end()).width() > room;
        let mut next_row = is_too_wide(room) && !is_too_wide(width);
        for c in word.chars() {
            let wide = Span::raw(c.to_string()).width();
            if next_row || (wide > room && c != ' ') {
                rows.push(core::mem::take(&mut row));
                room = width;
                next_row = false;
            }
            row.push(c);
            room = room.saturating_sub(wide);
        }
    }
    rows.push(row);
    rows
}

fn person(person: &Person) -> Line<'static> {
    let dot = if person.is_online { "● ".fg(Color::Green) } else { "○ ".fg(Color::DarkGray) };
    let role = format!(" {}", person.role).fg(Color::DarkGray);
    Line::from(vec![dot, person.name.clone().into(), role])
}

fn kept(kept: &Kept) -> Line<'static> {
    let Kept { id, by, bytes, seconds_left } = kept;
    let about = format!(" {by}, {bytes} B, {seconds_left} s left").fg(Color::DarkGray);
    Line::from(vec![id.clone().fg(Color::Yellow), about])
}
