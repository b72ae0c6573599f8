//! What the command line asks for.

use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) const USAGE: &str = "\
usage: chat FOLDER [--name YOUR-NAME] [--listen ADDRESS:PORT] TASK

FOLDER keeps your key, your group and what was said. TASK is one of

  create GROUP-NAME        found a group
  card                     print your identity card, to be sent to whoever invites you
  invite CARD.xml          print an invitation for the owner of that card
  join INVITATION.xml      join the group you were invited to
  talk                     go online and chat; /help tells what you can say

Two people, in two terminals:

  chat ada create Friends
  chat ben card > ben.xml
  chat ada invite ben.xml > for-ben.xml
  chat ben join for-ben.xml
  chat ada talk
  chat ben talk

--name is how others see you; at first it is the folder's name.
--listen is where others reach you; at first it is a free port on every interface. Both are kept.";

/// What the command line asks for.
pub(crate) struct Options {
    pub(crate) folder: PathBuf,
    pub(crate) name: Option<String>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) task: Task,
}

pub(crate) enum Task {
    Create(String),
    Card,
    Invite(PathBuf),
    Join(PathBuf),
    Talk,
}

impl Options {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
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
                _ if word.starts_with("--") => return Err(format!("unknown option {word}")),
                _ => plain.push(word),
            }
        }
        let plain: Vec<&str> = plain.iter().map(String::as_str).collect();
        let (folder, task) = match plain.as_slice() {
            [folder, "create", name] => (folder, Task::Create((*name).to_owned())),
            [folder, "card"] => (folder, Task::Card),
            [folder, "invite", card] => (folder, Task::Invite(card.into())),
            [folder, "join", invitation] => (folder, Task::Join(invitation.into())),
            [folder, "talk"] => (folder, Task::Talk),
            [] => return Err("A chat for a few friends, without a server.".to_owned()),
            [_] => return Err("what is to be done?".to_owned()),
            [_, task, ..] => return Err(format!("cannot make sense of \"{task}\"")),
        };
        Ok(Self { folder: folder.into(), name, listen, task })
    }
}
