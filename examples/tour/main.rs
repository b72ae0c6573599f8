//! A tour of everything that a peer group does: three peers, one process, real links.
//!
//! `cargo run --example tour`
//!
//! Ada, Ben and Cleo each run a node of their own: TLS over TCP on the loopback, a store on disk.
//! The tour follows the steps of "How to Work With Groups", the guide to Windows Peer Grouping,
//! whose names of calls stand in the headings. Every step is checked; should one not do what it
//! says, the tour ends with an error.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

mod beginning;
mod direct;
mod ending;
mod peer;
mod roles;
mod sharing;
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use stage::{Outcome, within};

/// The whole tour takes a few seconds; so long it may take at most.
const WHOLE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> ExitCode {
    match within(WHOLE, "the whole tour", tour()).await.flatten() {
        Ok(()) => {
            println!("\nThat was the tour: every step did what it says.");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("\nThe tour failed: {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn tour() -> Outcome {
    let folder = tempfile::tempdir()?;
    let [ada, ben, cleo] = beginning::starting_up(folder.path())?;
    let [ada, ben, cleo] = beginning::obtaining_identities([ada, ben, cleo]).await?;
    let [adas, bens] = beginning::obtaining_groups(&ada, &ben).await?;
    sharing::registering_for_events(&adas, &bens).await?;
    sharing::searching_records(&adas, &bens).await?;
    let cleos = roles::roles(&adas, &ben, &bens, &cleo).await?;
    sharing::finding_peers(&adas, [&ada, &ben, &cleo]).await?;
    direct::connecting_directly(&adas, &cleos).await?;
    ending::closing_and_opening(&ben, &bens, &adas).await?;
    ending::shutting_down([ada, ben, cleo], &cleos).await
}
