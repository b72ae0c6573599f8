//! A newcomer takes in a group of 100,000 records of 300 bytes from its only neighbour, in memory:
//! beside what checking their signatures alone takes, beside their bytes, and how much is ever
//! under way.

use std::time::Duration;

use cpu_time::ProcessTime;
use ed25519_dalek::{Signer, SigningKey};
use peergroup_bench_records::{Crew, Keeper, Map, RECORDS_EACH, WALL_MS, frames_of};
use peergroup_core::{
    Config, Input, Instant, LinkId, LinkInfo, Node, Now, Output, Role, Seed, Terms, UnixTime,
};

const MEMBERS: u8 = 32;
const TIMEOUT: Duration = Duration::from_secs(30);

/// One of the two, with what it sent and the other has not read.
struct End {
    node: Node,
    store: Map,
    link: Option<LinkId>,
    sent: Vec<u8>,
    is_dialling: bool,
    /// Processor time of its calls.
    took: Duration,
}

/// The newcomer comes second.
struct Pair {
    ends: [End; 2],
    micros: u64,
    /// Bytes that the first sent, and the most of them that were under way.
    bytes: usize,
    under_way_max: usize,
}

impl End {
    fn new(store: Map, seed: u8) -> Self {
        let node = Node::new(Config::default(), &Seed::from_bytes([seed; 32]), at(1_000_000));
        let took = Duration::ZERO;
        Self { node, store, link: None, sent: Vec::new(), is_dialling: false, took }
    }

    /// Carries out all that the node asks for; false if that was nothing.
    fn run(&mut self, now: Now) -> bool {
        let began = ProcessTime::now();
        let mut has_moved = false;
        while let Some(output) = self.node.poll_output() {
            has_moved = true;
            let answer = match output {
                Output::Store { ticket, op } => {
                    self.store.apply(op);
                    self.node.handle_input(now, Input::Stored { ticket, outcome: Ok(()) })
                }
                Output::Load { ticket, query } => {
                    let found = self.store.load(&query);
                    let outcome = Ok(found.as_loaded());
                    self.node.handle_input(now, Input::Loaded { ticket, outcome })
                }
                Output::Dial { link, .. } => {
                    self.link = Some(link);
                    self.is_dialling = true;
                    Ok(())
                }
                Output::Transmit { link } => {
                    assert_eq!(self.link, Some(link), "there is one link");
                    while self.node.poll_transmit(link, 64 * 1024, &mut self.sent) > 0 {}
                    Ok(())
                }
                _ => Ok(()),
            };
            answer.expect("the contract is kept");
        }
        self.took += began.elapsed();
        has_moved
    }

    fn receive(&mut self, now: Now, bytes: &[u8]) {
        let (began, link) = (ProcessTime::now(), self.link.expect("a link"));
        for bytes in bytes.chunks(64 * 1024) {
            self.node.handle_input(now, Input::Received { link, bytes }).expect("the contract");
        }
        self.took += began.elapsed();
    }
}

impl Pair {
    /// One turn of both; false if neither had anything to do.
    fn turn(&mut self) -> bool {
        let now = at(self.micros);
        let [one, two] = &mut self.ends;
        let mut has_moved = one.run(now) | two.run(now);
        if std::mem::take(&mut two.is_dialling) {
            let info = LinkInfo { binding: &[9; 32], remote: None };
            one.link = Some(one.node.accept(now, info));
            let link = two.link.expect("it dialled");
            two.node.handle_input(now, Input::LinkUp { link, info }).expect("the contract");
            has_moved = true;
        }
        self.bytes += one.sent.len();
        self.under_way_max = self.under_way_max.max(one.sent.len());
        for (from, to) in [(0, 1), (1, 0)] {
            let bytes = std::mem::take(&mut self.ends[from].sent);
            has_moved |= !bytes.is_empty();
            self.ends[to].receive(now, &bytes);
        }
        has_moved
    }

    /// Lets both go on until the newcomer has so many records.
    fn run(&mut self, seat: peergroup_core::Seat, records: usize) {
        loop {
            while self.turn() {}
            let held = self.ends[1].node.records(seat, None).expect("it is open").count();
            if held >= records {
                return;
            }
            let due = self.ends.iter().filter_map(|end| end.node.poll_timeout()).map(|due| due.at);
            self.micros = due.min().expect("something is awaited").as_micros().max(self.micros);
            for end in &mut self.ends {
                end.node.handle_input(at(self.micros), Input::Tick).expect("the contract");
            }
        }
    }
}

fn main() {
    let crew = Crew::gather(MEMBERS);
    let records = crew.records(RECORDS_EACH);
    let record_bytes: usize = records.iter().map(Vec::len).sum();
    let mut machine = crew.receiver();
    for frame in frames_of(&records) {
        machine.receive(&frame);
    }

    let mut ends = [End::new(machine.keeper, 8), End::new(Map::default(), 9)];
    let now = at(1_000_000);
    ends[0].run(now);
    ends[1].run(now);
    let [one, two] = &mut ends;
    one.node.open(now, crew.seat).expect("it was founded here");
    one.run(now);
    one.node.listening_at(now, &["mem:0".parse().expect("an address")]);
    one.node.connect(now, crew.seat, TIMEOUT).expect("it is open");
    let peer = two.node.create_identity(now, "newcomer".parse().expect("a name")).expect("room");
    let card = two.node.identity_info(peer.value).expect("it is here");
    let terms = Terms::role(Role::Member);
    let invitation = one.node.invite(now, crew.seat, &card, terms).expect("an Admin invites").value;
    one.run(now);
    let seat = two.node.join(now, &invitation).expect("it is for this one").value;
    two.run(now);
    two.node.connect(now, seat, TIMEOUT).expect("it is open");
    (one.took, two.took) = (Duration::ZERO, Duration::ZERO);
    let mut pair = Pair { ends, micros: 1_000_000, bytes: 0, under_way_max: 0 };
    pair.run(seat, records.len());

    let alone = verify(records.len());
    let [one, two] = &pair.ends;
    println!("{} records of {record_bytes} bytes", records.len());
    println!("signatures alone: {} ms", alone.as_millis());
    println!("the newcomer: {} ms of the processor", two.took.as_millis());
    println!("its neighbour: {} ms of the processor", one.took.as_millis());
    let share = 100.0 * alone.as_secs_f64() / two.took.as_secs_f64();
    println!("{share:.1} % of what the signatures alone allow");
    let (sent, all) = (pair.bytes as f64, record_bytes as f64);
    println!("{} bytes came: {:.4} times those of the records", pair.bytes, sent / all);
    println!("at most {} bytes under way", pair.under_way_max);
    println!("virtual time: {} ms", (pair.micros - 1_000_000) / 1000);
}

/// How long checking so many signatures takes, each over the bytes that a version signs.
fn verify(count: usize) -> Duration {
    let keys: Vec<_> = (1..=MEMBERS).map(|number| SigningKey::from_bytes(&[number; 32])).collect();
    let signed: Vec<_> = (0..count)
        .map(|number| {
            let key = &keys[number % keys.len()];
            let message = [number as u8; 88];
            (key.verifying_key(), message, key.sign(&message))
        })
        .collect();
    let began = ProcessTime::now();
    for (key, message, signature) in &signed {
        key.verify_strict(message, signature).expect("it is signed");
    }
    began.elapsed()
}

fn at(micros: u64) -> Now {
    let wall = UnixTime::from_millis(WALL_MS + micros / 1000);
    Now { mono: Instant::from_micros(micros), wall }
}
