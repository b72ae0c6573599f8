//! What direct connections cost, beside bare TLS on the same sockets.
//!
//! `cargo run --release -- [throughput | latency | dial | idle] [--quic]`, or all of them without a
//! word.
//!
//! Both peers have two ends in one process, each end on a tokio runtime with one thread of its
//! own, on the loopback, with the same TLS configuration: `peergroup_tcp::Tls`. Ours is
//! [`peergroup::Connection`] and [`peergroup::Events`]; bare is the stream of `futures-rustls` over
//! TCP, or of `quinn` with its own windows, written and read without any framing. The two take
//! turns, and what is compared is the median of all rounds.

mod bare;
mod dial;
mod idle;
mod latency;
mod ours;
mod throughput;

use std::time::Duration;

use bare::{Quic, Tcp};
use tokio::runtime::{Builder, Runtime};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A runtime with one thread: one end of a peer.
fn end() -> Result<Runtime, Failure> {
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

/// The value that so many of a hundred do not exceed.
fn percentile(times: &mut [Duration], of_hundred: usize) -> Duration {
    times.sort_unstable();
    let at = times.len() * of_hundred / 100;
    times.get(at).copied().unwrap_or_default()
}

/// Both, and their ratio.
fn compare(what: &str, ours: Duration, bare: Duration) {
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    let ratio = micros(ours) / micros(bare);
    println!("{what}: ours {:.1} µs, bare {:.1} µs: × {ratio:.2}", micros(ours), micros(bare));
}

fn main() -> Result<(), Failure> {
    let (flags, wanted): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|arg| arg == "--quic");
    let is_wanted = |name: &str| wanted.first().is_none_or(|wanted| wanted == name);
    if !flags.is_empty() {
        if is_wanted("throughput") {
            throughput::measure::<Quic>()?;
        }
        if is_wanted("latency") {
            latency::measure::<Quic>()?;
        }
        return Ok(());
    }
    // first: what it counts is the memory of the process
    if is_wanted("idle") {
        idle::measure()?;
    }
    if is_wanted("throughput") {
        throughput::measure::<Tcp>()?;
    }
    if is_wanted("latency") {
        latency::measure::<Tcp>()?;
    }
    if is_wanted("dial") {
        dial::measure()?;
    }
    Ok(())
}
