//! What the tour runs on: TCP and tokio, unless its arguments say otherwise.

use std::future::Future;
use std::pin::Pin;

use peergroup::runtime::{self, Runtime};
use peergroup::store::RedbStore;
use peergroup::tcp::{self, TcpTransport};
use peergroup::transport::Transport;
use peergroup::{Config, Handle};

use crate::stage::Outcome;

/// Runs a node. Ready when the node has ended.
pub(crate) type Driving = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A transport and a runtime.
#[derive(Clone, Copy, Default)]
pub(crate) struct Ground {
    is_quic: bool,
    is_smol: bool,
}

impl Ground {
    /// What the arguments ask for.
    pub(crate) fn of_arguments() -> Outcome<Self> {
        let mut ground = Self::default();
        for argument in std::env::args().skip(1) {
            match argument.as_str() {
                "--quic" if cfg!(feature = "quic") => ground.is_quic = true,
                "--smol" if cfg!(feature = "smol") => ground.is_smol = true,
                "--quic" | "--smol" => {
                    return Err(format!("{argument} needs --features quic,smol").into());
                }
                _ => return Err("the tour takes --quic and --smol".into()),
            }
        }
        Ok(ground)
    }

    /// Starts a node that listens on the loopback.
    pub(crate) fn start(self, config: Config, store: RedbStore) -> Outcome<(Handle, Driving)> {
        let here = "127.0.0.1:0".parse()?;
        #[cfg(feature = "quic")]
        if self.is_quic {
            use peergroup::quic::{self, QuicTransport};
            #[cfg(feature = "smol")]
            if self.is_smol {
                return on_smol(config, QuicTransport::<quic::Smol>::bind(here)?, store);
            }
            return on_tokio(config, QuicTransport::<quic::Tokio>::bind(here)?, store);
        }
        #[cfg(feature = "smol")]
        if self.is_smol {
            return on_smol(config, TcpTransport::<tcp::Smol>::bind(here)?, store);
        }
        on_tokio(config, TcpTransport::<tcp::Tokio>::bind(here)?, store)
    }

    /// Runs the tour itself.
    pub(crate) fn run(self, tour: impl Future<Output = Outcome>) -> Outcome {
        if self.is_smol {
            smol::block_on(tour)
        } else {
            tokio::runtime::Runtime::new()?.block_on(tour)
        }
    }
}

fn on_tokio(
    config: Config,
    transport: impl Transport,
    store: RedbStore,
) -> Outcome<(Handle, Driving)> {
    let (node, driving) = node(config, runtime::Tokio::new(), transport, store)?;
    let driver = tokio::spawn(driving);
    Ok((node, Box::pin(async { driver.await? })))
}

#[cfg(feature = "smol")]
fn on_smol(
    config: Config,
    transport: impl Transport,
    store: RedbStore,
) -> Outcome<(Handle, Driving)> {
    let (node, driving) = node(config, runtime::Smol::new(), transport, store)?;
    Ok((node, Box::pin(smol::spawn(driving))))
}

fn node(
    config: Config,
    runtime: impl Runtime,
    transport: impl Transport,
    store: RedbStore,
) -> Outcome<(Handle, Driving)> {
    let (node, driver) = peergroup::new(config, runtime, transport, store)?;
    Ok((node, Box::pin(async { Ok(driver.run().await?) })))
}
