//! A list of what is to be done, shared by people who trust each other.
//!
//! `cargo run --example todo` tells how to use it. Every item is a record with attributes, by which
//! it is searched: `find` builds a query in Rust, `xml` reads the one of Windows applications.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

#[path = "../shared/home.rs"]
mod home;
mod item;
#[path = "../shared/options.rs"]
mod options;
mod words;

use std::io::BufRead as _;
use std::process::ExitCode;

use peergroup::tcp::Tokio;
use peergroup::{Group, Query, Record, RecordDraft, Role, runtime, unix_now};
use tokio::sync::mpsc;

use home::{Home, Outcome};
use item::{Item, KEPT, TASK};
use options::{About, Options};

const ABOUT: About = About {
    name: "todo",
    what: "A list of what is to be done, shared by people who trust each other.",
    task: ["open", "go online and work with the list; help tells how"],
    // everybody may tick off what others wrote
    role: Role::Admin,
};

const HELP: &str = "\
  add TEXT [@NAME] [!PRIORITY] [due:DAYS]    something is to be done
  done ID | drop ID                          it is done; it is not to be done
  list                                       what is to be done
  find [TEXT*] [@NAME] [!PRIORITY] [due:DAYS] [done]
                                             what begins so, is hers, matters, is due by then
  xml QUERY                                  the same, as a query in XML
  help | quit";

#[tokio::main]
async fn main() -> ExitCode {
    match Options::parse(&ABOUT) {
        Ok(options) => options::end(&ABOUT, run(options).await),
        Err(code) => code,
    }
}

async fn run(options: Options) -> Outcome {
    let spawn = |task| drop(tokio::spawn(task));
    let home = Home::open::<Tokio>(&options.place, runtime::Tokio::new(), spawn).await?;
    let outcome = match options::perform(&ABOUT, &home, options.task).await {
        Ok(Some(_)) => work(&home).await,
        other => other.map(drop),
    };
    // Also after a failure: what was done is made durable.
    home.close().await?;
    outcome
}

/// Does what the lines say. Others are looked for meanwhile: one can work without them.
async fn work(home: &Home) -> Outcome {
    let list = List { home, group: home.group().await? };
    let group = list.group.clone();
    let finder = tokio::spawn(async move {
        home::connect::<Tokio>(&group, |why| println!("* {why}")).await;
        println!("* online");
    });
    println!("help tells what you can do");
    let mut lines = keyboard();
    while let Some(line) = lines.recv().await {
        match list.on_line(line.trim()).await {
            Ok(true) => break,
            Ok(false) => {}
            Err(error) => println!("* {error}"),
        }
    }
    finder.abort();
    Ok(list.group.close().await?)
}

/// Lines from the keyboard, read on a thread of their own.
fn keyboard() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

struct List<'a> {
    home: &'a Home,
    group: Group,
}

impl List<'_> {
    /// Does what the line says. True if it says to go.
    async fn on_line(&self, line: &str) -> Outcome<bool> {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "" => {}
            "quit" => return Ok(true),
            "add" => self.add(rest).await?,
            "done" => self.finish(rest.trim()).await?,
            "drop" => self.group.delete(self.one(rest.trim()).await?.id).await?,
            "list" => self.show(words::query("", unix_now())?).await?,
            "find" => {
                let query = words::query(rest, unix_now())?;
                println!("{}", query.to_xml());
                self.show(query).await?;
            }
            "xml" => self.show(Query::from_xml(rest)?).await?,
            _ => println!("{HELP}"),
        }
        Ok(false)
    }

    async fn add(&self, rest: &str) -> Outcome {
        let item = words::item(rest, unix_now())?;
        let draft = RecordDraft::new(TASK, unix_now().after(KEPT));
        let draft = item.attributes()?.into_iter().fold(draft, RecordDraft::attribute);
        let id = self.group.publish(draft).await?;
        println!("+ {}", item::short(id));
        Ok(())
    }

    async fn finish(&self, id: &str) -> Outcome {
        let record = self.one(id).await?;
        let item = Item { is_done: true, ..Item::from(&record) };
        let update = peergroup::RecordUpdate::new().attributes(item.attributes()?);
        Ok(self.group.update(record.id, update).await?)
    }

    /// The item whose id begins so.
    async fn one(&self, begins: &str) -> Outcome<Record> {
        let all = self.group.records(Some(TASK)).await?;
        let mut found = all.into_iter().filter(|it| item::short(it.id).starts_with(begins));
        match (found.next(), found.next()) {
            (Some(record), None) => Ok(record),
            (None, _) => Err(format!("there is no item {begins}").into()),
            (Some(_), Some(_)) => Err(format!("several items begin with {begins}").into()),
        }
    }

    async fn show(&self, query: Query) -> Outcome {
        let mut found = self.group.search(query).await?;
        found.retain(|record| record.type_id == TASK);
        found.sort_by_key(|record| (core::cmp::Reverse(Item::from(record).priority), record.id));
        for record in &found {
            let by = self.home.name_of(&self.group, record.modifier).await?;
            println!("{} {} ({by})", item::short(record.id), Item::from(record).show(unix_now()));
        }
        println!("= {}", found.len());
        Ok(())
    }
}
