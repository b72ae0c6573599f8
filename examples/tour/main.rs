//! A tour of everything that a peer group does: three peers, one process, real links.
//!
//! `cargo run --example tour`, or over QUIC, or on smol, or both:
//! `cargo run --example tour --features quic,smol -- --quic --smol`
//!
//! Ada, Ben and Cleo each run a node of their own: links over the loopback, a store on disk.
//! The tour follows the steps of "How to Work With Groups", the guide to Windows Peer Grouping,
//! whose names of calls stand in the headings. Every step is checked; should one not do what it
//! says, the tour ends with an error.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

mod beginning;
mod direct;
mod ending;
mod ground;
mod peer;
mod roles;
mod sharing;
mod stage;

use std::process::ExitCode;
use std::time::Duration;

use ground::Ground;
use stage::{Outcome, within};

/// The whole tour takes a few seconds; so long it may take at most.
const WHOLE: Duration = Duration::from_secs(120);

fn main() -> ExitCode {
    let whole = |ground: Ground| {
        ground.run(async { within(WHOLE, "the whole tour", tour(ground)).await.flatten() })
    };
    match Ground::of_arguments().and_then(whole) {
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

async fn tour(ground: Ground) -> Outcome {
    let folder = tempfile::tempdir()?;
    let [ada, ben, cleo] = beginning::starting_up(ground, folder.path())?;
    let [ada, ben, cleo] = beginning::obtaining_identities([ada, ben, cleo]).await?;
    let [adas, bens] = beginning::obtaining_groups(&ada, &ben).await?;
    sharing::registering_for_events(&adas, &bens).await?;
    sharing::searching_records(&adas, &bens).await?;
    let cleos = roles::roles(&adas, &ben, &bens, &cleo).await?;
    sharing::finding_peers(&adas, [&ada, &ben, &cleo]).await?;
    direct::connecting_directly(&adas, &cleos).await?;
    ending::keeping_a_copy(&ben, &bens).await?;
    ending::closing_and_opening(&ben, &bens, &adas).await?;
    ending::shutting_down([ada, ben, cleo], &cleos).await
}
