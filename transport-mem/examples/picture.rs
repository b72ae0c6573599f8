//! Draws what happens in a world as one page: `cargo run --release -p peergroup-mem --example
//! picture -- --help`
#![allow(clippy::indexing_slicing, reason = "a story knows who is in it")]

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use peergroup_core::{Body, GroupId, PeerId, Removal, Role, Statement};
use peergroup_mem::{Deed, Host, Picture, Script, World};

const USAGE: &str = "\
usage: picture --seed N | --script FILE | --story [--steps N] [--out FILE]

  --seed N       the script of a seed, as `vopr --seed N` runs it
  --script FILE  the script in this file
  --story        a removed admin floods the group with grants of long ago
  --steps N      no more than the first so many steps of a script
  --out FILE     where to write the page (picture.html)
";

#[derive(Default)]
struct Arguments {
    seed: Option<u64>,
    script: Option<PathBuf>,
    story: bool,
    steps: Option<usize>,
    out: Option<PathBuf>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Option<Self> {
        let mut found = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--seed" => found.seed = Some(words.next()?.parse().ok()?),
                "--script" => found.script = Some(words.next()?.into()),
                "--story" => found.story = true,
                "--steps" => found.steps = Some(words.next()?.parse().ok()?),
                "--out" => found.out = Some(words.next()?.into()),
                _ => return None,
            }
        }
        let kinds = [found.seed.is_some(), found.script.is_some(), found.story];
        (kinds.iter().filter(|is_meant| **is_meant).count() == 1).then_some(found)
    }
}

fn main() -> ExitCode {
    let Some(arguments) = Arguments::parse(std::env::args().skip(1)) else {
        eprint!("{USAGE}");
        return ExitCode::from(2);
    };
    let out = arguments.out.clone().unwrap_or_else(|| "picture.html".into());
    match page(&arguments).and_then(|page| Ok(fs::write(&out, page)?)) {
        Ok(()) => {
            println!("{}", out.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn page(arguments: &Arguments) -> Result<String, Box<dyn core::error::Error>> {
    if arguments.story {
        return Ok(story());
    }
    let (mut script, title) = match (&arguments.script, arguments.seed) {
        (Some(path), _) => {
            (Script::from_text(&fs::read_to_string(path)?)?, path.display().to_string())
        }
        (None, seed) => {
            let seed = seed.unwrap_or_default();
            (Script::of_seed(seed), format!("The world of seed {seed}"))
        }
    };
    script.steps.truncate(arguments.steps.unwrap_or(usize::MAX));
    let mut drawn = None;
    let outcome = script.verdict_in(|world| drawn = Some(Picture::watch(world, &title)));
    if let Err(failure) = outcome {
        // the picture of what failed is the one to look at
        eprintln!("{failure}");
    }
    let picture = drawn.ok_or("nothing was drawn")?;
    let page = picture.borrow().to_html();
    Ok(page)
}

/// Creator 0, its Admins 1 to 3, and the members 4 and 5. Admin 3 is removed, and hands member 5
/// grants and removals that it signs now, as of now and as of long ago. All of it is in vain.
fn story() -> String {
    const SOON: Duration = Duration::from_secs(600);
    let mut world = World::from_seed(11);
    world.config().mock_identities = true;
    let title = "A removed admin floods the group with grants of long ago";
    let picture = Picture::watch(&mut world, title);
    let (mut hosts, group) = world.group(4, Role::Admin);
    for name in ["member", "friend"] {
        let host = world.add(name);
        let invitation = world.invite(hosts[0], group, host, Role::Member);
        world.join(host, &invitation);
        hosts.push(host);
    }
    world.demand_agreement(&hosts, group, SOON);
    world.publish(hosts[4], group, "all is well");
    world.run_for(Duration::from_secs(5));
    remove(&mut world, hosts[0], group, hosts[3]);
    world.run_for(Duration::from_secs(20));
    let before = members(&world, hosts[0], group);
    let victims = peers(&world, &hosts[1..3]);
    let words = last_words(&mut world, hosts[3], group, &victims);
    world.rogue(hosts[5], group).tell(&words);
    world.run_for(Duration::from_secs(30));
    world.publish(hosts[1], group, "still well");
    let honest = [hosts[0], hosts[1], hosts[2], hosts[4]];
    world.demand_agreement(&honest, group, SOON);
    assert_eq!(members(&world, hosts[0], group), before, "nothing came of it");
    picture.take().to_html()
}

fn remove(world: &mut World, by: Host, group: GroupId, whom: Host) {
    let (seat, peer) = (world.seat(by, group), world.peer(whom));
    let removed = world.act(by, |node, now| node.remove(now, seat, peer, Removal::Keep));
    if let Ok(receipt) = removed {
        world.did(by, seat, Deed::Removed(peer), receipt.ticket);
    }
}

fn peers(world: &World, hosts: &[Host]) -> Vec<PeerId> {
    hosts.iter().map(|host| world.peer(*host)).collect()
}

fn members(world: &World, at: Host, group: GroupId) -> Vec<(PeerId, Role)> {
    let members = world.node(at).members(world.seat(at, group));
    members.map(|all| all.map(|it| (it.peer, it.role)).collect()).unwrap_or_default()
}

/// What somebody who was removed might still sign: as of now, and as of long ago.
fn last_words(world: &mut World, host: Host, group: GroupId, victims: &[PeerId]) -> Vec<Statement> {
    let mut rogue = world.rogue(host, group);
    let mut words = Vec::new();
    for _ in 0..20 {
        let accomplice = rogue.accomplice();
        let body = rogue.gift(accomplice, Role::Admin);
        words.extend([rogue.act(body.clone()), rogue.act_backdated(body)]);
    }
    for subject in victims.iter().copied() {
        let body = Body::Remove { subject, cut: Vec::new() };
        words.extend([rogue.act(body.clone()), rogue.act_backdated(body)]);
    }
    words
}
