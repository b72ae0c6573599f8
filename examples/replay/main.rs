//! Runs a capture again, and says whether the node says and holds the same.
//!
//! ```sh
//! cargo run --release --features recorder --example replay -- FILE
//! ```
//!
//! and `[--at CALL] [--event WORD] [--key HEX] [--picture PAGE]` behind it.
//!
//! The passphrase is read from the first line of the input, unless 32 bytes are given as `--key`.
//! `--at` stops behind that call and prints it, and what the node said to it. `--event` stops
//! behind the first call to which the node said an event or notice that, as it is shown, has the
//! word in it, and prints that. With the feature `sim` as well, `--picture PAGE` draws what
//! happened: messages, events, verbs.

#[cfg(feature = "sim")]
mod drawing;

use core::fmt::{Debug, Write as _};
use std::io;
use std::process::ExitCode;

use peergroup::Output;
use peergroup::capture::Said;
use peergroup::recorder::{Capture, Ending, Key, replay};
use peergroup::vault::{Cost, Passphrase};

/// Characters of one thing that are printed, at most.
const SHOWN: usize = 600;

/// What is asked for.
#[derive(Default)]
struct Wanted {
    file: String,
    at: Option<u64>,
    event: Option<String>,
    key: Option<[u8; 32]>,
    picture: Option<String>,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn core::error::Error>> {
    let wanted = Wanted::read(std::env::args().skip(1)).ok_or(
        "replay FILE [--at CALL] [--event WORD] [--key HEX] [--picture PAGE]\n\
         Without --key, a passphrase is read from the input; --picture takes the feature `sim`.",
    )?;
    let key = match wanted.key {
        Some(bytes) => Key::bytes(bytes),
        None => Key::passphrase(ask()?, Cost::default()),
    };
    let mut capture = Capture::open(&wanted.file, &key)?;
    #[cfg(feature = "sim")]
    let mut drawing = drawing::Drawing::new(&wanted.file);
    let (report, _) = replay(&mut capture, |call, said| {
        #[cfg(feature = "sim")]
        if wanted.picture.is_some() {
            drawing.draw(said);
        }
        wanted.goes_on(call, said)
    })?;
    #[cfg(feature = "sim")]
    if let Some(page) = &wanted.picture {
        std::fs::write(page, drawing.to_html())?;
    }
    let state = report.state.iter().fold(String::new(), |mut text, byte| {
        // a string takes everything
        let _ = write!(text, "{byte:02x}");
        text
    });
    println!("{} calls, outputs {:016x}, state {state}", report.calls, report.outputs);
    println!("{}", meaning(report.ending));
    Ok(report.ending != Ending::Damaged)
}

fn ask() -> io::Result<Passphrase> {
    // not where the answer goes, which may be a file
    eprint!("passphrase: ");
    let mut line = String::new();
    io::stdin().read_line(&mut line)?;
    Ok(Passphrase::new(line.trim_end_matches(['\r', '\n'])))
}

fn meaning(ending: Ending) -> &'static str {
    match ending {
        Ending::Whole => "whole: the node said and held the same as then",
        Ending::Stopped => "stopped there; it said the same as then",
        Ending::Overrun => "the disk was too slow for the rest; so far it said the same as then",
        Ending::Cut => "cut off; as far as it goes, it said the same as then",
        Ending::Damaged => "damaged behind this; so far it said the same as then",
        _ => "without an end of its own; so far it said the same as then",
    }
}

impl Wanted {
    fn read(mut args: impl Iterator<Item = String>) -> Option<Self> {
        let mut wanted = Self::default();
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--at" => wanted.at = Some(args.next()?.parse().ok()?),
                "--event" => wanted.event = Some(args.next()?),
                "--picture" if cfg!(feature = "sim") => wanted.picture = Some(args.next()?),
                "--key" => wanted.key = Some(bytes_of(&args.next()?)?),
                _ if wanted.file.is_empty() && !arg.starts_with('-') => wanted.file = arg,
                _ => return None,
            }
        }
        (!wanted.file.is_empty()).then_some(wanted)
    }

    /// Whether the replay is to go on; prints what was asked for.
    fn goes_on(&self, call: u64, said: &Said<'_>) -> bool {
        let at = self.at.unwrap_or(u64::MAX);
        if call == at {
            show(call, said);
        }
        let is_found = match (&self.event, said) {
            (Some(word), Said::Output(output @ (Output::Event { .. } | Output::Notice(_)))) => {
                format!("{output:?}").contains(word)
            }
            _ => false,
        };
        if is_found {
            show(call, said);
        }
        !is_found && call < at
    }
}

fn show(call: u64, said: &Said<'_>) {
    match said {
        Said::Call(made) if made.acts() => show_as(call, "called", made),
        Said::Output(output) => show_as(call, "said", output),
        Said::Bytes(link, bytes) => println!("{call}: gave {} bytes for link {link}", bytes.len()),
        _ => {}
    }
}

fn show_as(call: u64, what: &str, thing: &dyn Debug) {
    let text: String = format!("{thing:?}").chars().take(SHOWN).collect();
    println!("{call}: {what} {text}");
}

fn bytes_of(text: &str) -> Option<[u8; 32]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = pairs.iter().map(byte).collect();
    bytes?.try_into().ok().filter(|_| rest.is_empty())
}
