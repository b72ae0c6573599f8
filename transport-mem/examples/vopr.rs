//! Runs the scripts of many seeds, on all cores, until one fails: then says how to run it again,
//! and makes it short. `cargo run --release -p peergroup-mem --example vopr -- --help`
#![allow(clippy::disallowed_methods, reason = "it measures itself by the clock on the wall")]

use core::time::Duration;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::panic;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use peergroup_mem::{
    Campaign, Course, FULL_CAMPAIGN, Failure, Found, Report, Script, Shrunk, Table, per_second,
};

const USAGE: &str = "\
usage: vopr [--seeds N] [--from N] [--threads N] [--no-shrink] [--expect CHECK]
       vopr --seed N [--no-shrink] [--expect CHECK]
       vopr --replay FILE [--expect CHECK]

  --seeds N       run so many seeds (1000)
  --from N        beginning with this one (0)
  --threads N     on so many threads (as many as there are cores)
  --seed N        run this seed alone, and show its script and what came of it
  --replay FILE   run the script in this file
  --no-shrink     do not make a failing script short
  --expect CHECK  succeed if this check fails, and only then

exit code: 0 all held, or what was expected failed; 1 a check failed, or a whole campaign
missed something that it ought to meet; 2 the arguments or the file are wrong
";

/// How many scripts are run, at most, to make one short.
const RUNS: u32 = 1000;
/// Where scripts that fail are written.
const FOLDER: &str = "target/vopr";
/// How often progress is shown.
const EVERY: Duration = Duration::from_millis(200);
/// How often it is shown where lines stay.
const EVERY_LINE: Duration = Duration::from_secs(10);
/// How many ticks a second has in `/proc`.
const TICKS_PER_SECOND: u64 = 100;

#[derive(Default)]
struct Arguments {
    seeds: Option<u64>,
    from: Option<u64>,
    threads: Option<usize>,
    seed: Option<u64>,
    replay: Option<PathBuf>,
    no_shrink: bool,
    expect: Option<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut found = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} wants a value"));
            match word.as_str() {
                "--seeds" => found.seeds = Some(number(&word, &value()?)?),
                "--from" => found.from = Some(number(&word, &value()?)?),
                "--threads" => found.threads = Some(number(&word, &value()?)?),
                "--seed" => found.seed = Some(number(&word, &value()?)?),
                "--replay" => found.replay = Some(value()?.into()),
                "--no-shrink" => found.no_shrink = true,
                "--expect" => found.expect = Some(value()?),
                _ => return Err(format!("unknown argument {word}")),
            }
        }
        let campaign = found.seeds.is_some() || found.from.is_some() || found.threads.is_some();
        let kinds = [campaign, found.seed.is_some(), found.replay.is_some()];
        if kinds.iter().filter(|is_meant| **is_meant).count() > 1 {
            return Err("a campaign, a seed or a file: one of them".to_owned());
        }
        Ok(found)
    }
}

fn number<T: core::str::FromStr>(name: &str, word: &str) -> Result<T, String> {
    word.parse().map_err(|_| format!("{name}: {word:?} is no number that it can be"))
}

fn main() -> ExitCode {
    if std::env::args().any(|word| word == "--help") {
        print!("{USAGE}");
        return ExitCode::SUCCESS;
    }
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprint!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let is_well = if let Some(path) = &arguments.replay {
        match read(path) {
            Ok(script) => replay(&script, &arguments),
            Err(error) => {
                eprintln!("{}: {error}", path.display());
                return ExitCode::from(2);
            }
        }
    } else if let Some(seed) = arguments.seed {
        let script = Script::of_seed(seed);
        print!("{}", script.to_text());
        replay(&script, &arguments)
    } else {
        campaign(&arguments)
    };
    if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(path: &Path) -> Result<Script, Box<dyn core::error::Error>> {
    Ok(Script::from_text(&fs::read_to_string(path)?)?)
}

/// Runs one script and tells of it. Gives whether it came as it should.
fn replay(script: &Script, arguments: &Arguments) -> bool {
    match script.verdict() {
        Ok(course) => {
            tell(&course);
            arguments.expect.is_none()
        }
        Err(failure) => {
            println!("\nseed {}: {failure}", script.seed);
            if arguments.seed.is_some() {
                hush();
                shrink(script, &failure, arguments);
            }
            arguments.expect.as_deref() == Some(failure.check)
        }
    }
}

fn tell(course: &Course) {
    let mut report = Report::default();
    report.add(course);
    println!("\nall held");
    println!("members                 {:>16}", course.members.len());
    println!("records                 {:>16}", course.records);
    println!("inputs                  {:>16}", report.inputs);
    println!("healed in seconds       {:>16}", course.healing.as_secs());
    for (name, (tried, done)) in &report.ops {
        println!("{name:<24}{tried:>16}{done:>16}");
    }
    println!("trace {}", hex(&course.trace));
}

/// Runs a campaign and tells of it. Gives whether it came as it should.
fn campaign(arguments: &Arguments) -> bool {
    hush();
    let mut campaign = Campaign::new(arguments.from.unwrap_or(0), arguments.seeds.unwrap_or(1000));
    campaign.threads = arguments.threads.unwrap_or(campaign.threads);
    campaign.expect.clone_from(&arguments.expect);
    let begun = Instant::now();
    let mut progress = Progress { begun, shown: begun, seeds: campaign.seeds };
    let report = campaign.run(|report| progress.show(report));
    let wall = begun.elapsed();
    print!("{}", Table { report: &report, wall, cpu: cpu() });
    println!("traces {}", hex(&report.traces));
    if let Some(found) = &report.found {
        let Found { seed, failure, .. } = found;
        println!("\nseed {seed}: {failure}");
        println!("replay: {}{seed}", campaign.replay);
        shrink(&Script::of_seed(*seed), failure, arguments);
        return arguments.expect.is_some();
    }
    if let Some(check) = &arguments.expect {
        println!("\nno seed failed in [{check}]");
        return false;
    }
    let is_full = report.seeds >= FULL_CAMPAIGN;
    let missing = report.missing().len();
    if is_full && missing > 0 {
        println!(
            "\n{missing} kinds of things never happened: {} seeds are to meet all",
            report.seeds
        );
    }
    missing == 0 || !is_full
}

/// Makes a script that fails short, if that is wanted, shows it, and writes it to a file.
fn shrink(script: &Script, failure: &Failure, arguments: &Arguments) {
    if arguments.no_shrink {
        return;
    }
    eprintln!("making it short: up to {RUNS} runs, minutes at worst");
    let run = |script: &Script| script.verdict().err();
    let Shrunk { script, failure, runs, .. } = script.shrink(failure, RUNS, run);
    let text = format!("{}# {}\n", script.to_text(), failure.to_string().replace('\n', "\n# "));
    println!("\n{} steps are left after {runs} runs:\n\n{text}", script.steps.len());
    let path = Path::new(FOLDER).join(format!("seed-{}.script", script.seed));
    match fs::create_dir_all(FOLDER).and_then(|()| fs::write(&path, text)) {
        Ok(()) => {
            println!("script: {0}\nreplay the script: --replay {0}", path.display());
        }
        Err(error) => eprintln!("{}: {error}", path.display()),
    }
}

/// Worlds panic when they fail. Where many do, only the verdict is told.
fn hush() {
    panic::set_hook(Box::new(|_| {}));
}

struct Progress {
    begun: Instant,
    shown: Instant,
    seeds: u64,
}

impl Progress {
    fn show(&mut self, report: &Report) {
        let every = if io::stderr().is_terminal() { EVERY } else { EVERY_LINE };
        if self.shown.elapsed() >= every || report.seeds == self.seeds || report.found.is_some() {
            self.shown = Instant::now();
            self.draw(report);
        }
    }

    fn draw(&self, report: &Report) {
        let mut out = io::stderr();
        let is_last = report.seeds == self.seeds || report.found.is_some();
        let start = if out.is_terminal() { "\r" } else { "" };
        let end = if out.is_terminal() && !is_last { "" } else { "\n" };
        let (count, all) = (report.seeds, self.seeds);
        let rate = per_second(count, self.begun.elapsed());
        let done = count.saturating_mul(30).checked_div(all).unwrap_or(0);
        let bar = "#".repeat(usize::try_from(done).unwrap_or(0).min(30));
        // no result depends on it
        let _ = write!(out, "{start}[{bar:<30}] {count} of {all} seeds, {rate}/s{end}");
    }
}

/// How long processors have worked for this process, where the system says so.
fn cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // the name of the program may hold anything but this
    let (_, rest) = stat.rsplit_once(')')?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(|word| word.parse::<u64>().ok());
    let ticks = ticks.sum::<Option<u64>>()?;
    Some(Duration::from_millis(ticks.saturating_mul(1000).checked_div(TICKS_PER_SECOND)?))
}

fn hex(bytes: &[u8]) -> String {
    use core::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
