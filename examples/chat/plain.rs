//! Line by line: for pipes, and for whoever likes it plain.

use std::fs;
use std::io::{self, BufRead as _};
use std::path::Path;

use ratatui::backend::TestBackend;
use tokio::sync::mpsc;

use crate::picture;
use crate::screen::Screen;
use crate::view::{Scene, Shown, View};

/// Lines in, lines out.
pub(crate) struct Plain {
    lines: mpsc::Receiver<String>,
}

impl Plain {
    /// Reads lines on a thread of its own.
    pub(crate) fn new() -> Self {
        let (sender, lines) = mpsc::channel(1);
        std::thread::spawn(move || {
            for line in io::stdin().lock().lines().map_while(Result::ok) {
                if sender.blocking_send(line).is_err() {
                    return;
                }
            }
        });
        Self { lines }
    }
}

impl View for Plain {
    async fn line(&mut self) -> Option<String> {
        self.lines.recv().await
    }

    fn show(&mut self, shown: Shown) -> io::Result<()> {
        match shown {
            Shown::Said { name, text } => println!("{name}: {text}"),
            Shown::Whispered { name, text } => println!("{name} whispers: {text}"),
            Shown::Note(text) => println!("* {text}"),
            Shown::Help(text) => println!("{text}"),
        }
        Ok(())
    }
}

/// Line by line, and at the end a picture of what the screen would have shown.
pub(crate) struct Drawn {
    plain: Plain,
    screen: Screen<TestBackend>,
}

impl Drawn {
    pub(crate) fn new() -> Self {
        Self { plain: Plain::new(), screen: Screen::of_picture() }
    }

    pub(crate) fn write(&self, file: &Path) -> io::Result<()> {
        fs::write(file, picture::svg(self.screen.buffer()))
    }
}

impl View for Drawn {
    async fn line(&mut self) -> Option<String> {
        self.plain.line().await
    }

    fn show(&mut self, shown: Shown) -> io::Result<()> {
        self.screen.show(shown.clone())?;
        self.plain.show(shown)
    }

    fn has_room(&self) -> bool {
        true
    }

    fn set(&mut self, scene: Scene) -> io::Result<()> {
        self.screen.set(scene)
    }

    fn log(&mut self, line: String) -> io::Result<()> {
        self.screen.log(line)
    }
}
