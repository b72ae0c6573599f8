//! What a node counts, as text for Prometheus.
//!
//! `cargo run --example metrics` starts two peers, lets them share a record, asks for the counters
//! of one over HTTP as Prometheus would, prints them and ends. With `serve ADDRESS:PORT` it goes on
//! to answer there: `curl http://ADDRESS:PORT/metrics`.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

use std::error::Error;
use std::fmt::Write as _;
use std::time::Duration;

use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::{
    Charter, Config, Counters, EventKind, Group, Handle, PeerId, Properties, RecordDraft, Role,
    Terms, TypeId, runtime, unix_now,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const NOTE: TypeId = TypeId::from_u128(0x61c8_02f4_be35_4d79_8a0b_97d2_4ce1_5f36);
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::main]
async fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (address, goes_on) = match words.as_slice() {
        [] => ("127.0.0.1:0", false),
        ["serve", address] => (*address, true),
        _ => return Err("metrics takes nothing, or serve ADDRESS:PORT".into()),
    };
    let (ada, ben) = two_friends().await?;
    let listener = TcpListener::bind(address).await?;
    let at = listener.local_addr()?;
    let server = tokio::spawn(serve(listener, ada.clone()));
    println!("{}", ask(at).await?);
    if goes_on {
        println!("# http://{at}/metrics");
        server.await??;
    }
    ben.shutdown().await;
    ada.shutdown().await;
    Ok(())
}

/// The counters in the text form of Prometheus.
fn page(counters: &Counters) -> String {
    let mut page = String::new();
    let mut family = |name: &str, help: &str, values: &[(String, u64)]| {
        // writing to a string does not fail
        writeln!(page, "# HELP peergroup_{name}_total {help}").ok();
        writeln!(page, "# TYPE peergroup_{name}_total counter").ok();
        for (labels, value) in values {
            writeln!(page, "peergroup_{name}_total{labels} {value}").ok();
        }
    };
    for (name, help, value) in counters.all() {
        family(name, help, &[(String::new(), value)]);
    }
    let faults = counters.faults.iter();
    let faults = faults.map(|(fault, count)| (format!("{{fault=\"{fault:?}\"}}"), *count));
    family("faults", "Faults of peers, by what they did.", &faults.collect::<Vec<_>>());
    page
}

/// Answers every request with the counters.
async fn serve(listener: TcpListener, node: Handle) -> Outcome {
    loop {
        let (mut stream, _) = listener.accept().await?;
        // whatever is asked for, within one read: this serves a scraper, not a browser
        let mut request = [0; 1024];
        if stream.read(&mut request).await.is_err() {
            continue;
        }
        let page = page(&node.counters().await?);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n";
        let answer = format!("{head}Content-Length: {}\r\n\r\n{page}", page.len());
        // a scraper that has gone misses one page
        stream.write_all(answer.as_bytes()).await.ok();
    }
}

/// Asks as a scraper does; gives what follows the head.
async fn ask(at: std::net::SocketAddr) -> Outcome<String> {
    let mut stream = TcpStream::connect(at).await?;
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, page) = answer.split_once("\r\n\r\n").ok_or("no page came")?;
    Ok(page.to_owned())
}

/// Two peers in one group, with a record that both have.
async fn two_friends() -> Outcome<(Handle, Handle)> {
    let (ada, ada_id) = start("Ada").await?;
    let (ben, ben_id) = start("Ben").await?;
    let properties = Properties::named("Friends".parse()?);
    let adas = ada.create_group(ada_id, Charter::default(), properties).await?;
    adas.connect(PATIENCE).await?;
    let card = ben.identity_info(ben_id).await?.ok_or("Ben has no card")?;
    let bens = ben.join(adas.invite(card, Terms::role(Role::Member)).await?).await?;
    bens.connect(PATIENCE).await?;
    share(&adas, &bens).await?;
    Ok((ada, ben))
}

async fn share(from: &Group, to: &Group) -> Outcome {
    let mut events = to.register(&[EventKind::Record.into()]).await?;
    let expires = unix_now().after(Duration::from_secs(3600));
    let note = from.publish(RecordDraft::new(NOTE, expires).payload("count me")).await?;
    while to.record(note).await?.is_none() {
        events.next().await.ok_or("no more events")?;
    }
    Ok(())
}

/// Starts a peer that listens on the loopback.
async fn start(name: &str) -> Outcome<(Handle, PeerId)> {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse()?)?;
    let runtime = runtime::Tokio::new();
    let (node, driver) = peergroup::new(Config::default(), runtime, transport, MemoryStore::new())?;
    tokio::spawn(driver.run());
    let identity = node.create_identity(name.parse()?).await?;
    Ok((node, identity))
}
