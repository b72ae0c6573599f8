//! A flight recorder: everything that happens to a live node, sealed in a file, to be run again.
//!
//! A node is a pure function of its seed and of what it is told. A [`Recorder`] writes both down
//! while the node runs: each input, each verb, and when outputs were polled. [`replay`] makes a
//! node of that again, which says and holds the same, bit for bit: on another machine, months
//! later, under a debugger, up to the very input behind which something went wrong.
//!
//! ```no_run
//! use peergroup::recorder::{Capture, Key, Recorder, replay};
//! use peergroup::vault::{Cost, Passphrase};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let key = Key::passphrase(Passphrase::new("correct horse battery staple"), Cost::default());
//! let recorder = Recorder::create("node.capture", &key)?;
//! // … `recorder::new(recorder, …)` in place of `new(…)`, and run that as ever; then, anywhere:
//! let mut capture = Capture::open("node.capture", &key)?;
//! let (report, _node) = replay(&mut capture, |_, _| true)?;
//! println!("{} calls, outputs {:016x}, {:?}", report.calls, report.outputs, report.ending);
//! # Ok(())
//! # }
//! ```
//!
//! `cargo run --example replay -- FILE` does the same from a shell, stops at a call, and prints it.
//!
//! # What is in a file
//!
//! **Everything.** The seed, and with it every key that the node draws; the keys in its store, as
//! far as it reads them; every record and every message. It is always sealed, and whoever has the
//! key of the file has all that the node had. Delete it once it has served.
//!
//! # What it costs
//!
//! The driver never waits for it. What is logged is copied to a buffer; full buffers are sealed and
//! written on a thread of their own. At most [`WAITING_MAX`] of them wait: should the disk be
//! slower than that for longer than that, the recording ends with a mark that says so, and the node
//! goes on. So does the node when the file cannot be written; the file then ends without a mark.
//!
//! # The format
//!
//! Integers are little-endian.
//!
//! | bytes | what |
//! |---|---|
//! | 7 | `pgflrec` |
//! | 1 | the version: 1 |
//! | 1 | what the key is: 0 given, 1 made of a passphrase |
//! | 12 | for a passphrase the cost: KiB of memory, passes, lanes, 4 bytes each; else zeros |
//! | 16 | the salt |
//! | 32 | the commitment to the key |
//! | n | chunks |
//!
//! The key and the commitment are SHA-256, under two labels, of the salt and of 32 bytes: of those
//! given, or of what Argon2id makes of the passphrase. A chunk is its length with its tag in 31
//! bits, one bit that says whether it is the last, and so many bytes of AES-256-GCM. The nonce is
//! the byte that tells the last chunk, three zeros, and the number of the chunk in 8 bytes; the
//! header is associated data. So no chunk can be left out, doubled, moved, or come from another
//! file, and a file that was cut short is told from one that ended. No two files have the same key
//! unless they have the same salt, which is random: a nonce need differ within a file alone.
//!
//! Inside is what [`capture`](crate::capture) logs: whole entries in every chunk. It is of the
//! version of this software that wrote it, and is to be run again by the same.

use std::io;

use peergroup_core::Config;

use crate::drive::{Driver, fresh_seed};
use crate::handle::Handle;
use crate::runtime::Runtime;
use crate::store::Store;
use crate::transport::Transport;

mod chunk;
mod key;
mod playback;
mod writer;

pub use key::{CaptureError, Key};
pub use playback::{Capture, Ending, Report, replay};
pub use writer::{Recorder, WAITING_MAX};

/// As [`peergroup::new`](crate::new), and records what happens to the node.
///
/// # Errors
/// The operating system gives no random bytes.
pub fn new<R: Runtime, T: Transport, S: Store>(
    recorder: Recorder,
    config: Config,
    runtime: R,
    transport: T,
    store: S,
) -> io::Result<(Handle, Driver<R, T, S>)> {
    Ok(Driver::recorded(recorder, config, &fresh_seed()?, runtime, transport, store))
}

#[cfg(test)]
mod tests;
