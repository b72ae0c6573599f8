//! A folder of notes, shared: whatever any editor writes there is in everybody's folder.
//!
//! `cargo run --example notes --features smol` tells how to use it. It runs on smol; the driver is
//! the same as on tokio.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

#[path = "../shared/home.rs"]
mod home;
#[path = "../shared/options.rs"]
mod options;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use peergroup::tcp::Smol;
use peergroup::{
    Attribute, Event, EventKind, Group, Record, RecordDraft, RecordId, RecordUpdate, Role, TypeId,
    Value, runtime, unix_now,
};
use smol::Timer;
use smol::future::{self, FutureExt as _};

use home::{Home, Outcome};
use options::{About, Options};

const ABOUT: About = About {
    name: "notes",
    what: "A folder of notes, shared: whatever any editor writes there is in everybody's folder.",
    task: ["share", "go online and keep FOLDER/notes/*.txt the same for all"],
    // everybody writes into everybody's notes
    role: Role::Admin,
};

const NOTE: TypeId = TypeId::from_u128(0x2e75_b3d0_9c14_4fa6_a8e2_71c6_05fb_942d);
/// The attribute that says what file a note is in.
const FILE: &str = "file";
const KEPT: Duration = Duration::from_secs(300 * 24 * 3600);
/// How often the folder is looked at.
const LOOK: Duration = Duration::from_millis(250);

fn main() -> ExitCode {
    match Options::parse(&ABOUT) {
        Ok(options) => options::end(&ABOUT, smol::block_on(run(options))),
        Err(code) => code,
    }
}

async fn run(options: Options) -> Outcome {
    let spawn = |task| smol::spawn(task).detach();
    let home = Home::open::<Smol>(&options.place, runtime::Smol::new(), spawn).await?;
    let outcome = match options::perform(&ABOUT, &home, options.task).await {
        Ok(Some(_)) => share(&home, options.place.folder.join("notes")).await,
        other => other.map(drop),
    };
    // Also after a failure: what was done is made durable.
    home.close().await?;
    outcome
}

/// Shares until the input ends.
async fn share(home: &Home, folder: PathBuf) -> Outcome {
    let group = home.group().await?;
    let mut events = group.register(&[EventKind::Record.into()]).await?;
    fs::create_dir_all(&folder)?;
    home::connect::<Smol>(&group, |why| println!("* {why}")).await;
    println!("sharing {}; end the input to stop (Ctrl-D)", folder.display());
    let mut notes = Notes { home, group, folder, known: BTreeMap::new() };
    for record in notes.group.records(Some(NOTE)).await? {
        notes.write(&record).await?;
    }
    let mut end = smol::unblock(|| io::copy(&mut io::stdin(), &mut io::sink()));
    loop {
        let next = async { Next::Event(events.next().await) };
        let look = async {
            Timer::after(LOOK).await;
            Next::Look
        };
        let ended = async {
            // whether it ended well makes no difference
            (&mut end).await.ok();
            Next::End
        };
        match future::race(next, look).or(ended).await {
            Next::Event(Some(event)) => notes.on_event(event).await?,
            Next::Look => notes.look().await?,
            Next::Event(None) | Next::End => break,
        }
    }
    Ok(notes.group.close().await?)
}

enum Next {
    Event(Option<Event>),
    Look,
    End,
}

/// The notes, as they are in the folder and in the group.
struct Notes<'a> {
    home: &'a Home,
    group: Group,
    folder: PathBuf,
    /// By name: the record, and what was last read or written.
    known: BTreeMap<String, (RecordId, Vec<u8>)>,
}

impl Notes<'_> {
    async fn on_event(&mut self, event: Event) -> Outcome {
        match event {
            Event::RecordChanged { record, type_id: NOTE, .. }
            | Event::PayloadArrived { record, type_id: NOTE } => {
                match self.group.record(record).await? {
                    Some(record) => self.write(&record).await,
                    None => self.remove(record),
                }
            }
            // two wrote at once: one stands for all, the other is kept beside it
            Event::RecordConflicted { lost, type_id: NOTE, .. } => {
                match self.group.version(lost).await? {
                    Some(version) => self.keep(&version).await,
                    None => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// Writes what has come from others into its file.
    async fn write(&mut self, record: &Record) -> Outcome {
        let (Some(name), true) = (name(record), is_here(record)) else { return Ok(()) };
        let text = self.group.payload(record).await?.to_vec();
        if self.known.get(&name).is_none_or(|(_, known)| *known != text) {
            fs::write(self.folder.join(&name), &text)?;
            let by = self.home.name_of(&self.group, record.modifier).await?;
            println!("< {name}, {} bytes by {by}", text.len());
        }
        self.known.insert(name, (record.id, text));
        Ok(())
    }

    fn remove(&mut self, record: RecordId) -> Outcome {
        let known = self.known.iter().find(|(_, (id, _))| *id == record);
        if let Some(name) = known.map(|(name, _)| name.clone()) {
            self.known.remove(&name);
            fs::remove_file(self.folder.join(&name))?;
            println!("< {name} is gone");
        }
        Ok(())
    }

    async fn keep(&self, version: &Record) -> Outcome {
        let (Some(name), true) = (name(version), is_here(version)) else { return Ok(()) };
        let beside = format!("{}.{}.mine", name.trim_end_matches(".txt"), version.number);
        fs::write(self.folder.join(&beside), self.group.payload(version).await?)?;
        println!("! {name} was written twice at once; {beside} is the other text");
        Ok(())
    }

    /// Publishes what has changed in the folder.
    async fn look(&mut self) -> Outcome {
        for entry in fs::read_dir(&self.folder)? {
            let name = entry?.file_name().to_string_lossy().into_owned();
            if !is_name(&name) {
                continue;
            }
            let text = fs::read(self.folder.join(&name))?;
            let known = self.known.get(&name);
            if known.is_some_and(|(_, known)| *known == text) {
                continue;
            }
            let id = if let Some((id, _)) = known {
                self.group.update(*id, RecordUpdate::new().payload(text.clone())).await?;
                *id
            } else {
                let draft = RecordDraft::new(NOTE, unix_now().after(KEPT));
                let draft = draft.attribute(Attribute::text(FILE, &name)?);
                self.group.publish(draft.payload(text.clone())).await?
            };
            println!("> {name}, {} bytes", text.len());
            self.known.insert(name, (id, text));
        }
        self.delete_missing().await
    }

    /// Whoever deletes a file deletes the note.
    async fn delete_missing(&mut self) -> Outcome {
        let names: Vec<String> = self.known.keys().cloned().collect();
        for name in names {
            if self.folder.join(&name).exists() {
                continue;
            }
            if let Some((id, _)) = self.known.remove(&name) {
                self.group.delete(id).await?;
                println!("> {name} is gone");
            }
        }
        Ok(())
    }
}

/// The file of a note: a name that leads nowhere else, whatever others write.
fn name(record: &Record) -> Option<String> {
    let named = record.attributes.iter().find(|attribute| *attribute.name == *FILE)?;
    match &named.value {
        Value::Text(name) if is_name(name) => Some(name.to_string()),
        _ => None,
    }
}

fn is_name(name: &str) -> bool {
    let is_plain = |c: char| c.is_alphanumeric() || " -_".contains(c);
    name.strip_suffix(".txt").is_some_and(|stem| !stem.is_empty() && stem.chars().all(is_plain))
}

/// Whether all of the payload is here.
fn is_here(record: &Record) -> bool {
    record.large.is_none_or(|large| large.is_here())
}
