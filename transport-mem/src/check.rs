//! For users' tests: something of theirs under many seeds.

use core::ops::ControlFlow;
use std::env;
use std::sync::Arc;
use std::thread;

use crate::failure::Failure;
use crate::pool::{Pool, cores, end_stuck};
use crate::pulse::{Beat, Pulse};
use crate::rng::Rng;
use crate::world::World;

/// The variable that names the one seed to run.
pub const SEED_VARIABLE: &str = "PEERGROUP_SEED";
/// Inputs that a world may make unless it is allowed more.
const WORK_MAX: u64 = 5_000_000;

/// Runs `test` in a world of its own for each seed, on all cores, and panics with the first seed
/// for which a check fails or `test` panics: with the failure, and with how to run this seed alone.
///
/// If the environment has `PEERGROUP_SEED`, only that seed is run.
///
/// Peers sign with mocks, but for one seed in a hundred. All hosts together may make 5,000,000
/// inputs; `World::allow` allows more.
///
/// ```
/// use core::time::Duration;
/// use peergroup_core::Role;
///
/// // in a #[test]; in earnest one takes 0..1000
/// peergroup_mem::check(0..4, |world| {
///     let (hosts, group) = world.group(4, Role::Member);
///     let (note, _) = world.publish(hosts[1], group, "kept");
///     world.turn_bad();
///     world.stir(group, Duration::from_secs(60));
///     let members = world.settle(group);
///     let first = world.read(hosts[0], group, note);
///     assert!(members.iter().all(|host| world.read(*host, group, note) == first));
/// });
/// ```
///
/// # Panics
/// If a seed fails, or the variable holds no number.
///
/// A call of a node that does not come back for 20 seconds cannot be interrupted: the process ends
/// then, after saying so.
pub fn check(
    seeds: impl IntoIterator<Item = u64, IntoIter: Send>,
    test: impl Fn(&mut World) + Sync,
) {
    let one = env::var(SEED_VARIABLE).ok().map(|text| {
        let seed = text.trim().parse::<u64>();
        seed.unwrap_or_else(|_| panic!("{SEED_VARIABLE} is no number: {text:?}"))
    });
    let mut failed = None;
    let name = thread::current().name().unwrap_or_default().to_owned();
    let replay = |seed: u64| format!("run it alone: {SEED_VARIABLE}={seed} cargo test {name}");
    let stuck = |beat: Beat| end_stuck(beat, &replay(beat.seed.unwrap_or(0)));
    let seeds = one.into_iter().chain(seeds.into_iter().filter(move |_| one.is_none()));
    Pool::new(cores(), &stuck).run(
        seeds,
        |seed, pulse| run(seed, pulse, &test),
        |seed, outcome| match outcome {
            Ok(()) => ControlFlow::Continue(()),
            Err(failure) => {
                failed = Some((seed, failure));
                ControlFlow::Break(())
            }
        },
    );
    if let Some((seed, failure)) = failed {
        panic!("seed {seed}: {failure}\n{}", replay(seed));
    }
}

fn run(seed: u64, pulse: &Arc<Pulse>, test: impl Fn(&mut World)) -> Result<(), Failure> {
    let mut world = World::from_seed(seed);
    world.feel(Arc::clone(pulse));
    world.allow(WORK_MAX);
    world.config().mock_identities = !Rng::of(seed, "signatures", &[]).one_in(100);
    Failure::catch(&mut world, test)
}
