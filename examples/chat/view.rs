//! What a conversation shows, and where its lines come from.

use std::io;

/// Something to be shown.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    Said { name: String, text: String },
    Whispered { name: String, text: String },
    Note(String),
    Help(&'static str),
}

/// What there is beside what is said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scene {
    pub(crate) group: String,
    pub(crate) status: String,
    pub(crate) members: Vec<Person>,
    pub(crate) records: Vec<Kept>,
}

#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) is_online: bool,
}

/// A record, as long as it is kept.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    pub(crate) id: String,
    pub(crate) by: String,
    pub(crate) bytes: usize,
    pub(crate) seconds_left: u64,
}

/// Where a conversation is seen, and where its lines come from.
pub(crate) trait View {
    /// The next line of the user's; none if there will be none. Dropping the future loses nothing.
    async fn line(&mut self) -> Option<String>;

    /// Shows something.
    fn show(&mut self, shown: Shown) -> io::Result<()>;

    /// Whether there is room for the scene and the log.
    fn has_room(&self) -> bool {
        false
    }

    /// Shows what there is now.
    fn set(&mut self, _scene: Scene) -> io::Result<()> {
        Ok(())
    }

    /// Shows what the node tells.
    fn log(&mut self, _line: String) -> io::Result<()> {
        Ok(())
    }
}

/// Without the control characters that could write over what is on the screen.
pub(crate) fn plain(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).collect()
}
