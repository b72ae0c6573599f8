//! A chat for a few friends, without a server.
//!
//! `cargo run --example chat` tells how to use it. All state is in one folder, so that two people
//! can try it on two machines, or in two terminals with two folders.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

#[path = "../shared/home.rs"]
mod home;
#[path = "../shared/options.rs"]
mod options;
mod picture;
mod plain;
mod screen;
mod talk;
mod view;

use std::io::{IsTerminal as _, stdin, stdout};
use std::path::Path;
use std::process::ExitCode;

use peergroup::tcp::Tokio;
use peergroup::{Role, runtime};

use home::{Home, Outcome};
use options::{About, Options};
use plain::{Drawn, Plain};
use screen::Screen;

const ABOUT: About = About {
    name: "chat",
    what: "A chat for a few friends, without a server.",
    task: ["talk", "go online and chat; /help tells what you can say"],
    // friends bring friends
    role: Role::Inviter,
};

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
        Ok(Some(words)) => talk(&home, &words).await,
        other => other.map(drop),
    };
    // Also after a failure: what was done is made durable.
    home.close().await?;
    outcome
}

/// On the whole screen where there is one; else, or if it is asked for, line by line.
async fn talk(home: &Home, words: &[String]) -> Outcome {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] if stdin().is_terminal() && stdout().is_terminal() => {
            let outcome = match Screen::of_terminal() {
                Ok(mut screen) => talk::talk(home, &mut screen).await,
                Err(error) => Err(error.into()),
            };
            ratatui::restore();
            outcome
        }
        [] | ["--plain"] => talk::talk(home, &mut Plain::new()).await,
        ["--picture", file] => {
            let mut drawn = Drawn::new();
            talk::talk(home, &mut drawn).await?;
            Ok(drawn.write(Path::new(file))?)
        }
        _ => Err("talk takes --plain, or --picture FILE.svg, or nothing".into()),
    }
}
