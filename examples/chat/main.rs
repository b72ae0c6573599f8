//! A chat for a few friends, without a server.
//!
//! `cargo run --example chat` tells how to use it. All state is in one folder, so that two people
//! can try it on two machines, or in two terminals with two folders.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

mod home;
mod options;
mod talk;

use std::error::Error;
use std::fs;
use std::process::ExitCode;

use peergroup::{IdentityInfo, Invitation, Role, Terms};

use home::Home;
use options::{Options, Task, USAGE};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::parse(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(complaint) => {
            eprintln!("{complaint}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("chat: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Outcome {
    let home = Home::open(&options).await?;
    let outcome = perform(&home, options.task).await;
    // Also after a failure: what was done is made durable.
    home.close().await?;
    outcome
}

async fn perform(home: &Home, task: Task) -> Outcome {
    match task {
        Task::Create(name) => {
            let group = home.create(&name).await?;
            eprintln!("You founded \"{name}\" ({}). Next: invite somebody.", group.id());
        }
        Task::Card => print!("{}", home.card().await?.to_xml()),
        Task::Invite(card) => print!("{}", home.invite(&fs::read(card)?).await?.to_xml()),
        Task::Join(invitation) => {
            let invitation = Invitation::from_xml(&fs::read(invitation)?)?;
            let (group, by) = (invitation.group_name().clone(), invitation.issuer_name().clone());
            home.join(invitation).await?;
            eprintln!("You joined \"{group}\", invited by {by}. Next: talk.");
        }
        Task::Talk => talk::talk(home).await?,
    }
    Ok(())
}

impl Home {
    /// Invites whoever's card that is, as somebody who may invite others too.
    async fn invite(&self, card: &[u8]) -> Outcome<Invitation> {
        let card = IdentityInfo::from_xml(card)?;
        Ok(self.group().await?.invite(card, Terms::role(Role::Inviter)).await?)
    }
}
