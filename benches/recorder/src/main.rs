//! What a flight recorder costs a node with real links: TLS over TCP, on the loopback.
//!
//! `cargo run --release -- [records | bulk | paced | long] [rounds]`. Two members in one process,
//! each on a tokio runtime with one thread; the second one's node is recorded, or not. `records`:
//! the first publishes, the second takes in. `bulk`: messages of 64 KiB on a direct connection, as
//! fast as the second receives them. `paced`: the same at the pace of Ethernets. What is printed
//! are medians over all rounds: of the time that passed, and of the processor time of the whole
//! process, the recorder's thread included; and the medians of how much more that is than without
//! a recorder in the same round. `long`: short messages back and forth until a million inputs are
//! recorded, beside two million verbs, which are then run again, twice.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cpu_time::ProcessTime;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use peergroup::recorder::{Capture, Key, Recorder, Report, replay};
use peergroup::runtime::Tokio;
use peergroup::store::MemoryStore;
use peergroup::tcp::{self, TcpTransport};
use peergroup::{
    Charter, Config, Connection, ConnectionChange, Event, EventKind, Events, Group, Handle,
    Interest, Properties, RecordDraft, Role, Terms, TypeId, unix_now,
};
use tokio::runtime::{Builder, Runtime};

type Failure = Box<dyn std::error::Error + Send + Sync>;

const TYPE: TypeId = TypeId::from_u128(0x7265_636f_7264_6572);
const SOON: Duration = Duration::from_secs(30);
/// Rounds, unless the second argument says how many.
const ROUNDS: usize = 20;
/// Records of a run, those under way at a time, and bytes of each.
const RECORDS: usize = 3_000;
const AT_ONCE: usize = 64;
const RECORD: usize = 300;
/// Messages of a run of `bulk`, and bytes of each.
const MESSAGES: usize = 8 * 1024;
const MESSAGE: usize = 64 * 1024;
/// Runs of `paced`: the Ethernet, the bytes that it carries a second, and messages for a second.
const PACES: [(&str, f64, usize); 3] = [
    ("paced at 1 Gbit/s", 118e6, 2 * 1024),
    ("paced at 2.5 Gbit/s", 295e6, 5 * 1024),
    ("paced at 5 Gbit/s", 590e6, 10 * 1024),
];
/// Messages there and back of `long`: an input and two verbs of the recorded node each.
const EXCHANGES: usize = 1_050_000;

/// What a run took.
#[derive(Clone, Copy)]
struct Took {
    passed: Duration,
    busy: Duration,
}

/// Where the second node is recorded to.
#[derive(Clone, Copy)]
enum To {
    /// It is not recorded.
    Nothing,
    /// Nowhere: all is sealed, and lost.
    Nowhere,
    File,
}

/// What was written to a recorder's file: in all, and last.
#[derive(Clone, Default)]
struct Written(Arc<[AtomicU64; 2]>);

/// A file, and what was written to it.
struct Watching<W>(W, Written);

impl<W: Write> Write for Watching<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Written(written) = &self.1;
        let count = self.0.write(bytes)?;
        written[0].fetch_add(count as u64, Relaxed);
        written[1].store(count as u64, Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Written {
    /// Whether it ended without the mark that says that the recording was given up.
    fn is_whole(&self) -> bool {
        self.0[1].load(Relaxed) == 16
    }

    fn bytes(&self) -> u64 {
        self.0[0].load(Relaxed)
    }
}

/// Each round runs all of these once and starts with another one each time. The first is what the
/// others are compared with; the second is the same again, so that what it differs by is chance.
const RUNS: [(&str, To); 4] = [
    ("nothing", To::Nothing),
    ("nothing again", To::Nothing),
    ("a recorder to nowhere", To::Nowhere),
    ("a recorder to a file", To::File),
];

fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let wanted = arguments.next();
    let rounds = arguments.next().map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let is_wanted = |name: &str| wanted.as_deref().is_none_or(|wanted| wanted == name);
    if is_wanted("records") {
        compare("records", rounds, records)?;
    }
    if is_wanted("bulk") {
        compare("bulk", rounds, bulk)?;
    }
    if is_wanted("paced") {
        for (what, pace, messages) in PACES {
            compare(what, rounds, |here, there, to| send(here, there, to, messages, pace))?;
        }
    }
    if is_wanted("long") {
        long()?;
    }
    Ok(())
}

fn compare(
    what: &str,
    rounds: usize,
    run: impl Fn(&Runtime, &Runtime, Option<Recorder>) -> Result<Took, Failure>,
) -> Result<(), Failure> {
    let (here, there) = (end()?, end()?);
    let mut took: [Vec<Took>; RUNS.len()] = Default::default();
    for round in 0..rounds {
        for turn in 0..RUNS.len() {
            let which = (round + turn) % RUNS.len();
            let file = tempfile::tempfile()?;
            let written = Written::default();
            let watching = written.clone();
            let recorder = match RUNS[which].1 {
                To::Nothing => None,
                To::Nowhere => Some(Recorder::to(Watching(io::sink(), watching), &key())?),
                To::File => Some(Recorder::to(Watching(file, watching), &key())?),
            };
            let is_recorded = recorder.is_some();
            took[which].push(run(&here, &there, recorder)?);
            if is_recorded && !written.is_whole() {
                println!("  given up after {} bytes: {}", written.bytes(), RUNS[which].0);
            }
        }
    }
    println!("{what}, {rounds} rounds:");
    for ((name, _), runs) in RUNS.iter().zip(&took) {
        let percent = |of: fn(&Took) -> Duration| {
            let ratios = runs.iter().zip(&took[0]);
            let ratios = ratios.map(|(it, plain)| of(it).as_secs_f64() / of(plain).as_secs_f64());
            (median(ratios) - 1.0) * 100.0
        };
        println!(
            "  {name}: {:.3} s ({:+.1} %), {:.3} s of processor ({:+.1} %)",
            median(runs.iter().map(|it| it.passed.as_secs_f64())),
            percent(|it| it.passed),
            median(runs.iter().map(|it| it.busy.as_secs_f64())),
            percent(|it| it.busy),
        );
    }
    Ok(())
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// A runtime with one thread: one end.
fn end() -> Result<Runtime, Failure> {
    Ok(Builder::new_multi_thread().worker_threads(1).enable_all().build()?)
}

fn key() -> Key {
    Key::bytes([7; 32])
}

async fn node(recorder: Option<Recorder>) -> Result<Handle, Failure> {
    let transport = TcpTransport::<tcp::Tokio>::bind("127.0.0.1:0".parse()?)?;
    let (config, runtime, store) = (Config::default(), Tokio::new(), MemoryStore::new());
    let (handle, driver) = match recorder {
        Some(recorder) => peergroup::recorder::new(recorder, config, runtime, transport, store)?,
        None => peergroup::new(config, runtime, transport, store)?,
    };
    tokio::spawn(driver.run());
    Ok(handle)
}

/// Two members: the second is the one who may be recorded.
struct Pair {
    nodes: [Handle; 2],
    groups: [Group; 2],
}

impl Pair {
    fn meet(here: &Runtime, there: &Runtime, recorder: Option<Recorder>) -> Result<Self, Failure> {
        let a = here.block_on(here.spawn(node(None)))??;
        let b = there.block_on(there.spawn(node(recorder)))??;
        let nodes = [a.clone(), b.clone()];
        let groups = here.block_on(async {
            let ada = a.create_identity("Ada".parse()?).await?;
            let properties = Properties::named("measured".parse()?);
            let adas = a.create_group(ada, Charter::default(), properties).await?;
            adas.connect(SOON).await?;
            let ben = b.create_identity("Ben".parse()?).await?;
            let card = b.identity_info(ben).await?.ok_or("no such identity")?;
            let invitation = adas.invite(card, Terms::role(Role::Member)).await?;
            let bens = b.join(invitation).await?;
            bens.connect(SOON).await?;
            Ok::<_, Failure>([adas, bens])
        })?;
        Ok(Self { nodes, groups })
    }

    /// A connection, and what comes at either end.
    fn connect(&self, here: &Runtime) -> Result<[(Connection, Events); 2], Failure> {
        here.block_on(async {
            let [adas, bens] = &self.groups;
            let kinds = [EventKind::Connection, EventKind::Data].map(Interest::from);
            let mut at_ben = bens.register(&kinds).await?;
            let at_ada = adas.register(&[EventKind::Data.into()]).await?;
            let hers = loop {
                match adas.open_connection(bens.identity()).await {
                    Ok(connection) => break connection,
                    Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                }
            };
            let his = loop {
                let up = ConnectionChange::Connected;
                match at_ben.next().await.ok_or("closed")? {
                    Event::ConnectionChanged { connection, change, .. } if change == up => {
                        break bens.connection(connection);
                    }
                    _ => {}
                }
            };
            Ok([(hers, at_ada), (his, at_ben)])
        })
    }

    fn part(self, here: &Runtime) {
        here.block_on(async {
            for node in self.nodes {
                node.shutdown().await;
            }
        });
    }
}

/// Times something.
fn timed(act: impl FnOnce() -> Result<(), Failure>) -> Result<Took, Failure> {
    let (start, processor) = (Instant::now(), ProcessTime::now());
    act()?;
    Ok(Took { passed: start.elapsed(), busy: processor.elapsed() })
}

async fn message(events: &mut Events) -> Result<Bytes, Failure> {
    loop {
        if let Event::Data { data, .. } = events.next().await.ok_or("closed")? {
            return Ok(data);
        }
    }
}

fn records(here: &Runtime, there: &Runtime, recorder: Option<Recorder>) -> Result<Took, Failure> {
    let pair = Pair::meet(here, there, recorder)?;
    let [adas, bens] = pair.groups.clone();
    let mut events = there.block_on(bens.register(&[EventKind::Record.into()]))?;
    let took = timed(|| {
        let receiving = there.spawn(async move {
            let mut count = 0;
            while count < RECORDS {
                match events.next().await.ok_or("closed")? {
                    Event::RecordChanged { .. } => count += 1,
                    Event::Lagged { missed } => count += usize::try_from(missed)?,
                    _ => {}
                }
            }
            Ok::<_, Failure>(())
        });
        let sending = here.spawn(async move {
            let expires = unix_now().after(Duration::from_secs(3600));
            let mut under_way = FuturesUnordered::new();
            for number in 0..RECORDS {
                let draft = RecordDraft::new(TYPE, expires).payload(vec![number as u8; RECORD]);
                let adas = adas.clone();
                under_way.push(async move { adas.publish(draft).await });
                if under_way.len() >= AT_ONCE {
                    under_way.next().await.ok_or("none")??;
                }
            }
            while let Some(published) = under_way.next().await {
                published?;
            }
            Ok::<_, Failure>(())
        });
        here.block_on(sending)??;
        there.block_on(receiving)?
    })?;
    pair.part(here);
    Ok(took)
}

fn bulk(here: &Runtime, there: &Runtime, recorder: Option<Recorder>) -> Result<Took, Failure> {
    send(here, there, recorder, MESSAGES, f64::INFINITY)
}

/// Sends so many messages, so many bytes a second at most.
fn send(
    here: &Runtime,
    there: &Runtime,
    recorder: Option<Recorder>,
    messages: usize,
    pace: f64,
) -> Result<Took, Failure> {
    let pair = Pair::meet(here, there, recorder)?;
    let [(hers, mut at_ada), (his, mut at_ben)] = pair.connect(here)?;
    let data = Bytes::from(vec![7; MESSAGE]);
    let took = timed(|| {
        let receiving = there.spawn(async move {
            for _ in 0..messages {
                message(&mut at_ben).await?;
            }
            his.send(TYPE, "done").await?;
            Ok::<_, Failure>(())
        });
        let sending = here.spawn(async move {
            let start = tokio::time::Instant::now();
            for number in 0..messages {
                let due = Duration::from_secs_f64((number * MESSAGE) as f64 / pace);
                // a timer tells milliseconds, so that a few go at once
                if due > start.elapsed() + Duration::from_millis(1) {
                    tokio::time::sleep_until(start + due).await;
                }
                hers.send(TYPE, data.clone()).await?;
            }
            message(&mut at_ada).await.map(drop)
        });
        there.block_on(receiving)??;
        here.block_on(sending)?
    })?;
    pair.part(here);
    Ok(took)
}

fn long() -> Result<(), Failure> {
    let (here, there) = (end()?, end()?);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("capture");
    let pair = Pair::meet(&here, &there, Some(Recorder::create(&file, &key())?))?;
    let [(hers, mut at_ada), (his, mut at_ben)] = pair.connect(&here)?;
    let took = timed(|| {
        let answering = there.spawn(async move {
            for _ in 0..EXCHANGES {
                let heard = message(&mut at_ben).await?;
                his.send(TYPE, heard).await?;
            }
            Ok::<_, Failure>(())
        });
        let asking = here.spawn(async move {
            for round in 0..EXCHANGES {
                let said = Bytes::from(round.to_le_bytes().to_vec());
                hers.send(TYPE, said.clone()).await?;
                if message(&mut at_ada).await? != said {
                    return Err("another answer".into());
                }
            }
            Ok::<_, Failure>(())
        });
        here.block_on(asking)??;
        there.block_on(answering)?
    })?;
    pair.part(&here);
    let bytes = std::fs::metadata(&file)?.len();
    let seconds = took.passed.as_secs_f64();
    println!("long: {EXCHANGES} rounds in {seconds:.1} s, {bytes} bytes of capture");
    for _ in 0..2 {
        let start = Instant::now();
        let mut capture = Capture::open(&file, &key())?;
        let (Report { calls, outputs, state, ending, .. }, _) = replay(&mut capture, |_, _| true)?;
        let state: String = state.iter().map(|byte| format!("{byte:02x}")).collect();
        let took = start.elapsed().as_secs_f64();
        println!("  {calls} calls, outputs {outputs:016x}, state {state}, {ending:?}, {took:.1} s");
    }
    Ok(())
}
