//! What the command line asks for. Founding, inviting and joining are the same everywhere.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use peergroup::{Invitation, Role};

use super::home::{Home, Outcome};

/// What an application says of itself.
pub(crate) struct About {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) what: &'static str,
    /// The task that is its own, and what comes of that.
    pub(crate) task: [&'static str; 2],
    /// The role of whoever is invited.
    pub(crate) role: Role,
}

/// Where the node is at home, and what others see of it.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
    pub(crate) name: Option<String>,
    pub(crate) listen: Option<SocketAddr>,
}

/// What the command line asks for.
pub(crate) struct Options {
    pub(crate) place: Place,
    pub(crate) task: Task,
}

pub(crate) enum Task {
    Create(String),
    Card,
    Invite(PathBuf),
    Join(PathBuf),
    /// The application's own, with the words that follow.
    Own(Vec<String>),
}

impl Options {
    /// What the words ask for, or the code to end with because they ask for nothing.
    pub(crate) fn parse(about: &About) -> Result<Self, ExitCode> {
        let parsed = parse(about, std::env::args().skip(1));
        parsed.map_err(|complaint| {
            eprintln!("{complaint}\n\n{}", usage(about));
            ExitCode::from(2)
        })
    }
}

/// What to end with.
pub(crate) fn end(about: &About, outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{}: {error}", about.name);
            ExitCode::FAILURE
        }
    }
}

/// Does what is the same everywhere; gives the words of the application's own task.
pub(crate) async fn perform(
    about: &About,
    home: &Home,
    task: Task,
) -> Outcome<Option<Vec<String>>> {
    match task {
        Task::Create(name) => {
            let group = home.create(&name).await?;
            eprintln!("You founded \"{name}\" ({}). Next: invite somebody.", group.id());
        }
        Task::Card => print!("{}", home.card().await?.to_xml()),
        Task::Invite(card) => {
            print!("{}", home.invite(&fs::read(card)?, about.role).await?.to_xml());
        }
        Task::Join(invitation) => {
            let invitation = Invitation::from_xml(&fs::read(invitation)?)?;
            let (group, by) = (invitation.group_name().clone(), invitation.issuer_name().clone());
            home.join(invitation).await?;
            eprintln!("You joined \"{group}\", invited by {by}. Next: {}.", about.task[0]);
        }
        Task::Own(words) => return Ok(Some(words)),
    }
    Ok(None)
}

fn parse(about: &About, mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let (mut name, mut listen, mut plain) = (None, None, Vec::new());
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--name" => name = Some(value()?),
            "--listen" => {
                let text = value()?;
                let parsed = text.parse().map_err(|_| format!("not an address: {text}"))?;
                listen = Some(parsed);
            }
            _ => plain.push(word),
        }
    }
    let words: Vec<&str> = plain.iter().map(String::as_str).collect();
    let (folder, task) = match words.as_slice() {
        [folder, "create", name] => (folder, Task::Create((*name).to_owned())),
        [folder, "card"] => (folder, Task::Card),
        [folder, "invite", card] => (folder, Task::Invite(card.into())),
        [folder, "join", invitation] => (folder, Task::Join(invitation.into())),
        [folder, own, rest @ ..] if *own == about.task[0] => {
            (folder, Task::Own(rest.iter().map(|word| (*word).to_owned()).collect()))
        }
        [] => return Err(about.what.to_owned()),
        [_] => return Err("what is to be done?".to_owned()),
        [_, task, ..] => return Err(format!("cannot make sense of \"{task}\"")),
    };
    Ok(Options { place: Place { folder: folder.into(), name, listen }, task })
}

fn usage(about: &About) -> String {
    let About { name, task: [own, what], .. } = about;
    format!(
        "\
usage: {name} FOLDER [--name YOUR-NAME] [--listen ADDRESS:PORT] TASK

FOLDER keeps your key, your group and what is in it. TASK is one of

  create GROUP-NAME        found a group
  card                     print your identity card, to be sent to whoever invites you
  invite CARD.xml          print an invitation for the owner of that card
  join INVITATION.xml      join the group you were invited to
  {own:<24} {what}

Two people, in two terminals:

  {name} ada create Friends
  {name} ben card > ben.xml
  {name} ada invite ben.xml > for-ben.xml
  {name} ben join for-ben.xml
  {name} ada {own}
  {name} ben {own}

--name is how others see you; at first it is the folder's name.
--listen is where others reach you; at first it is a free port on every interface. Both are kept."
    )
}
