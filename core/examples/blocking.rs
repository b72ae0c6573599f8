//! A driver of threads: `TcpStream`, TLS and the core, nothing else.
//!
//! Two peers in one process, each with a thread of its own and one more for every stream. One
//! founds a group and invites the other; a record crosses; both end. Run it with
//! `cargo run -p peergroup-core --example blocking`.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::std_instead_of_core,
    reason = "a program: it reads the clock, and ends when something is amiss"
)]

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use peergroup_core::{
    Address, Change, Charter, Config, Input, LinkDown, LinkId, LinkInfo, Loaded, Node, Notice, Now,
    Output, Properties, RecordDraft, Role, Seat, Seed, StoreOp, Terms, TypeId, UnixTime,
};
use peergroup_tls::{Tls, binding};

const NOTE: TypeId = TypeId::from_u128(0x0b5e_55ed);

/// What the application wants done with a node.
type Errand = Box<dyn FnOnce(&mut Node, Now) + Send>;

/// What a peer's thread is told by its other threads.
enum Happened {
    Accepted(Arc<Wire>),
    Up(LinkId, Arc<Wire>),
    Bytes(LinkId, Vec<u8>),
    Down(LinkId, LinkDown),
    /// The application wants something done with the node.
    Do(Errand),
    Stop,
}

/// A TLS connection over TCP: read by one thread, written by another.
struct Wire {
    tcp: TcpStream,
    tls: Mutex<rustls::Connection>,
    binding: [u8; 32],
}

impl Wire {
    fn new(tcp: TcpStream, mut tls: rustls::Connection) -> io::Result<Arc<Self>> {
        while tls.is_handshaking() {
            tls.complete_io(&mut &tcp)?;
        }
        let binding = match &tls {
            rustls::Connection::Client(client) => binding(client),
            rustls::Connection::Server(server) => binding(server),
        }?;
        Ok(Arc::new(Self { tcp, tls: Mutex::new(tls), binding }))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let mut tls = self.tls.lock().unwrap();
        tls.writer().write_all(bytes)?;
        while tls.wants_write() {
            tls.write_tls(&mut &self.tcp)?;
        }
        Ok(())
    }

    /// What arrives next; nothing if the other end closed.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut sealed = [0; 16 * 1024];
        loop {
            let count = (&self.tcp).read(&mut sealed)?;
            let mut rest = sealed.get(..count).unwrap_or_default();
            let mut tls = self.tls.lock().unwrap();
            let mut plain = Vec::new();
            while !rest.is_empty() {
                tls.read_tls(&mut rest)?;
                let state = tls.process_new_packets().map_err(io::Error::other)?;
                let from = plain.len();
                plain.resize(from.saturating_add(state.plaintext_bytes_to_read()), 0);
                tls.reader().read_exact(plain.get_mut(from..).unwrap_or_default())?;
            }
            if count == 0 || !plain.is_empty() {
                return Ok(plain);
            }
        }
    }
}

/// A peer's thread: the loop, and the hands that carry out what the node says.
struct Driver {
    node: Node,
    start: Instant,
    tls: Tls,
    inbox: Receiver<Happened>,
    outbox: Sender<Happened>,
    wires: BTreeMap<LinkId, Arc<Wire>>,
    store: BTreeMap<Bytes, Bytes>,
    notices: Sender<Notice>,
}

impl Driver {
    fn run(mut self) {
        loop {
            self.carry_out();
            let now = now(self.start);
            let wait = self
                .node
                .poll_timeout()
                .map_or(Duration::from_secs(3600), |deadline| deadline.at.since(now.mono));
            match self.inbox.recv_timeout(wait) {
                Ok(Happened::Stop) => {
                    self.node.shutdown(now);
                    return self.carry_out();
                }
                Ok(happened) => self.tell(happened),
                Err(_) => self.input(Input::Tick),
            }
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let now = now(self.start);
        self.node.handle_input(now, input).expect("this driver keeps the contract");
    }

    fn tell(&mut self, happened: Happened) {
        let now = now(self.start);
        match happened {
            Happened::Accepted(wire) => {
                let info = LinkInfo { binding: &wire.binding, remote: None };
                let link = self.node.accept(now, info);
                self.listen_to(link, wire);
            }
            Happened::Up(link, wire) => {
                self.input(Input::LinkUp {
                    link,
                    info: LinkInfo { binding: &wire.binding, remote: None },
                });
                self.listen_to(link, wire);
            }
            Happened::Bytes(link, bytes) => self.input(Input::Received { link, bytes: &bytes }),
            Happened::Down(link, cause) => {
                self.wires.remove(&link);
                self.input(Input::LinkDown { link, cause });
            }
            Happened::Do(act) => act(&mut self.node, now),
            Happened::Stop => {}
        }
    }

    /// One thread for each stream: it reads until there is nothing more.
    fn listen_to(&mut self, link: LinkId, wire: Arc<Wire>) {
        self.wires.insert(link, Arc::clone(&wire));
        let outbox = self.outbox.clone();
        thread::spawn(move || {
            while let Ok(bytes) = wire.read()
                && !bytes.is_empty()
                && outbox.send(Happened::Bytes(link, bytes)).is_ok()
            {}
            outbox.send(Happened::Down(link, LinkDown::Closed)).ok();
        });
    }

    fn carry_out(&mut self) {
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Dial { link, to } => self.dial(link, &to),
                Output::Transmit { link } => self.transmit(link),
                Output::Hangup { link } => {
                    self.transmit(link);
                    if let Some(wire) = self.wires.remove(&link) {
                        wire.tcp.shutdown(std::net::Shutdown::Both).ok();
                    }
                }
                Output::Store { ticket, op } => {
                    apply(&mut self.store, op);
                    self.input(Input::Stored { ticket, outcome: Ok(()) });
                }
                Output::Load { ticket, query } => {
                    let entries: Vec<(Bytes, Bytes)> = self
                        .store
                        .iter()
                        .filter(|(key, _)| key.starts_with(&query.prefix) && **key > query.after)
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect();
                    let loaded = Loaded { entries: &entries, more: false };
                    self.input(Input::Loaded { ticket, outcome: Ok(loaded) });
                }
                Output::Notice(notice) => self.notices.send(notice).unwrap_or_default(),
                _ => {}
            }
        }
    }

    fn dial(&self, link: LinkId, to: &Address) {
        let (outbox, tls) = (self.outbox.clone(), self.tls.client().expect("a client"));
        let to = to.rest().to_owned();
        thread::spawn(move || {
            let wire = TcpStream::connect(to).and_then(|tcp| Wire::new(tcp, tls.into()));
            outbox.send(match wire {
                Ok(wire) => Happened::Up(link, wire),
                Err(_) => Happened::Down(link, LinkDown::Unreachable),
            })
        });
    }

    fn transmit(&mut self, link: LinkId) {
        let mut bytes = Vec::new();
        while self.node.poll_transmit(link, 16 * 1024, &mut bytes) > 0 {}
        if let Some(wire) = self.wires.get(&link) {
            wire.write(&bytes).ok(); // the reading thread finds out as well
        }
    }
}

fn apply(store: &mut BTreeMap<Bytes, Bytes>, op: StoreOp) {
    for change in op.changes {
        match change {
            Change::Put { key, value } => drop(store.insert(key, value)),
            Change::Delete { key } => drop(store.remove(&key)),
            Change::DeletePrefix { prefix } => store.retain(|key, _| !key.starts_with(&prefix)),
        }
    }
}

/// Both clocks.
fn now(start: Instant) -> Now {
    let wall = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Now {
        mono: peergroup_core::Instant::default().after(start.elapsed()),
        wall: UnixTime::default().after(wall),
    }
}

/// The application's side of a peer.
struct Peer(Sender<Happened>);

impl Peer {
    /// Starts a peer's threads: the driver's, and one that accepts.
    fn start(seed: u8) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = format!("tcp:{}", listener.local_addr().unwrap()).parse().unwrap();
        let (outbox, inbox) = channel();
        let (notices, started) = channel();
        let (start, tls) = (Instant::now(), Tls::new().expect("randomness"));
        // a real program draws the seed from its operating system
        let mut node = Node::new(Config::default(), &Seed::from_bytes([seed; 32]), now(start));
        node.listening_at(now(start), &[address]);
        let (accepted, server) = (outbox.clone(), tls.clone());
        thread::spawn(move || {
            for tcp in listener.incoming().flatten() {
                let (accepted, tls) = (accepted.clone(), server.server().expect("a server"));
                thread::spawn(move || {
                    Wire::new(tcp, tls.into()).map(|wire| accepted.send(Happened::Accepted(wire)))
                });
            }
        });
        let (wires, store, sender) = (BTreeMap::new(), BTreeMap::new(), outbox.clone());
        thread::spawn(move || {
            Driver { node, start, tls, inbox, outbox, wires, store, notices }.run();
        });
        assert_eq!(started.recv().unwrap(), Notice::Started(Ok(())));
        Self(sender)
    }

    /// Does something with the peer's node and waits for what comes of it.
    fn ask<T: Send + 'static>(&self, act: impl FnOnce(&mut Node, Now) -> T + Send + 'static) -> T {
        let (answer, answered) = channel();
        let act = move |node: &mut Node, now| drop(answer.send(act(node, now)));
        self.0.send(Happened::Do(Box::new(act))).expect("the peer is there");
        answered.recv().expect("the peer answers")
    }
}

fn main() {
    let (ada, ben) = (Peer::start(1), Peer::start(2));
    let seat: Seat = ada.ask(|node, now| {
        let me = node.create_identity(now, "Ada".parse().unwrap()).unwrap().value;
        let properties = Properties::named("Chess club".parse().unwrap());
        let seat = node.create_group(now, me, Charter::default(), properties).unwrap().value;
        node.connect(now, seat, Duration::from_secs(30)).unwrap();
        seat
    });
    let card = ben.ask(|node, now| {
        let me = node.create_identity(now, "Ben".parse().unwrap()).unwrap().value;
        node.identity_info(me).unwrap()
    });
    println!("Ada founded the group {} and invites {}.", seat.group, card.name);
    let invitation = ada.ask(move |node, now| {
        node.invite(now, seat, &card, Terms::role(Role::Member)).unwrap().value
    });
    let there = ben.ask(move |node, now| {
        let seat = node.join(now, &invitation).unwrap().value;
        node.connect(now, seat, Duration::from_secs(30)).unwrap();
        seat
    });
    let record = ada.ask(move |node, now| {
        let expires = now.wall.after(Duration::from_secs(3600));
        let draft = RecordDraft::new(NOTE, expires).payload("1. e4");
        node.publish(now, seat, draft).unwrap().value
    });
    let asked = Instant::now();
    let payload = loop {
        let found = ben.ask(move |node, _| node.record(there, record).unwrap());
        if let Some(record) = found {
            break record.payload;
        }
        assert!(asked.elapsed() < Duration::from_secs(20), "the record never came");
        thread::sleep(Duration::from_millis(20));
    };
    println!("Ben reads: {}", String::from_utf8_lossy(&payload));
    for peer in [ada, ben] {
        peer.0.send(Happened::Stop).ok();
    }
}
