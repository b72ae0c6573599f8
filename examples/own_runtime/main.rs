//! A group of two peers on a runtime of one's own.
//!
//! `peergroup` asks a runtime for a clock and a timer (`runtime.rs`), and its transport over TCP
//! for sockets besides (`sockets.rs`). Run it with `cargo run --example own_runtime`.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

mod runtime;
mod sockets;

use std::error::Error;
use std::time::Duration;

use peergroup::store::MemoryStore;
use peergroup::tcp::TcpTransport;
use peergroup::{
    Charter, Config, EventKind, Handle, PeerId, Properties, RecordDraft, Role, Terms, TypeId,
    unix_now,
};

use runtime::Frames;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

const MOVE: TypeId = TypeId::from_u128(0x1d0c_55a9_04f2_4e87_9c31_6b7e_2a18_f0d5);
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    runtime::run(async {
        if let Err(error) = play().await {
            eprintln!("own_runtime: {error}");
            std::process::exit(1);
        }
    });
}

async fn play() -> Outcome {
    let (ada, ada_peer) = start("Ada").await?;
    let (ben, ben_peer) = start("Ben").await?;
    let properties = Properties::named("Chess".parse()?);
    let adas = ada.create_group(ada_peer, Charter::default(), properties).await?;
    adas.connect(PATIENCE).await?;
    println!("Ada founded the group {}.", adas.id());
    let card = ben.identity_info(ben_peer).await?.ok_or("Ben has no card")?;
    let invitation = adas.invite(card, Terms::role(Role::Member)).await?;
    let bens = ben.join(invitation).await?;
    bens.connect(PATIENCE).await?;

    let mut events = bens.register(&[EventKind::Record.into()]).await?;
    let expires = unix_now().after(Duration::from_secs(3600));
    let opening = adas.publish(RecordDraft::new(MOVE, expires).payload("1. e4")).await?;
    while bens.record(opening).await?.is_none() {
        events.next().await.ok_or("no more events")?;
    }
    println!("Ben sees Ada's move.");
    ben.shutdown().await;
    ada.shutdown().await;
    Ok(())
}

/// Starts a peer that listens on the loopback.
async fn start(name: &str) -> Outcome<(Handle, PeerId)> {
    let transport = TcpTransport::<Frames>::bind("127.0.0.1:0".parse()?)?;
    let (node, driver) =
        peergroup::new(Config::default(), Frames::new(), transport, MemoryStore::new())?;
    runtime::spawn(Box::pin(async {
        if let Err(error) = driver.run().await {
            eprintln!("own_runtime: {error}");
        }
    }));
    let identity = node.create_identity(name.parse()?).await?;
    Ok((node, identity))
}
