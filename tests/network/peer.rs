//! The process: a node that does what it reads, line by line, and answers each line by one.

use std::env;
use std::error::Error;
use std::fs;
use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use peergroup::quic::QuicTransport;
use peergroup::runtime::Runtime as _;
use peergroup::store::RedbStore;
use peergroup::tcp::TcpTransport;
use peergroup::transport::Transport;
use peergroup::{
    Address, Charter, Config, Event, EventKind, Group, Handle, IdentityInfo, Interest, Invitation,
    NeighbourChange, Properties, RecordDraft, Role, Terms, TypeId, UnixTime, quic, tcp,
};
use tokio::sync::mpsc;

use crate::clock::Fast;
use crate::cut::{CutOff, Cuttable};
use crate::host;
use crate::orders::{Kind, Orders};
use crate::process::{ANSWER, ORDERS};

type Outcome<T = String> = Result<T, Box<dyn Error>>;

const NOTE: TypeId = TypeId::from_u128(0x006e_6574_776f_726b_206e_6f74_6500_0001);
const DAY: Duration = Duration::from_secs(24 * 3600);
const CONNECT: Duration = Duration::from_secs(120);

pub(crate) fn play_if_told() {
    let Ok(orders) = env::var(ORDERS) else { return };
    let orders = Orders::parse(&orders);
    if let Some(address) = orders.host {
        host::enter(address, &orders.folder);
    }
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let mut peer = Peer::start(&orders).await.unwrap();
        let mut lines = lines();
        say("done begun");
        while let Some(line) = lines.recv().await {
            match peer.obey(&line).await {
                Ok(done) => say(&format!("done {done}")),
                Err(error) => say(&format!("failed {error}")),
            }
        }
    });
    std::process::exit(0);
}

/// Lines from the test, read on a thread of their own. When there are no more, the test is over.
fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    thread::spawn(move || {
        let read = std::io::stdin().lock().lines().map_while(Result::ok);
        read.for_each(|line| drop(sender.blocking_send(line)));
        std::process::exit(0);
    });
    lines
}

fn say(what: &str) {
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{ANSWER}{}", what.replace('\n', " ")).unwrap();
    stdout.flush().unwrap();
}

struct Peer {
    folder: PathBuf,
    clock: Fast,
    node: Handle,
    /// Where it listens.
    address: Option<Address>,
    cut_off: CutOff,
    group: Option<Group>,
    /// What the application was told.
    told: Arc<Mutex<Vec<String>>>,
}

impl Peer {
    async fn start(orders: &Orders) -> Outcome<Self> {
        let Orders { name, kind, listen, folder, speed, since_ms, .. } = orders;
        let (clock, cut_off) =
            (Fast::new(*speed, UnixTime::from_millis(*since_ms)), CutOff::default());
        let store = RedbStore::open(folder.join(format!("{name}.redb")))?;
        let drive = Drive { clock, store, cut_off: cut_off.clone() };
        let (node, address) = match (kind, listen) {
            (Kind::Tcp, Some(at)) => drive.on(TcpTransport::<tcp::Tokio>::bind(*at)?),
            (Kind::Tcp, None) => drive.on(TcpTransport::<tcp::Tokio>::dial_only()?),
            (Kind::Quic, Some(at)) => drive.on(QuicTransport::<quic::Tokio>::bind(*at)?),
            (Kind::Quic, None) => drive.on(QuicTransport::<quic::Tokio>::dial_only()?),
        }?;
        if node.default_identity().await?.is_none() {
            node.create_identity(name.parse()?).await?;
        }
        let (folder, told) = (folder.clone(), Arc::default());
        Ok(Self { folder, clock, node, address, cut_off, group: None, told })
    }

    async fn obey(&mut self, line: &str) -> Outcome {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "identity" => Ok(self.identity().await?.peer.to_string()),
            "address" => Ok(self.address()?.to_string()),
            "card" => self.write(rest, &self.identity().await?.to_xml()),
            "found" => self.found().await,
            "invite" => self.invite(rest).await,
            "join" => self.join(rest).await,
            "open" => self.open().await,
            "publish" => self.publish(rest).await,
            "publish-for-ever" => self.publish_for_ever().await,
            "records" => self.records().await,
            "digest" => Ok(format!("{:02x?}", self.group()?.digest().await?)),
            "neighbours" => Ok(self.group()?.status().await?.neighbours.to_string()),
            "connect" => self.connect(rest).await,
            "told" => Ok(self.told.lock().unwrap().join(", ")),
            "cut-off" => self.be_cut_off(rest),
            "move" => self.move_to(rest).await,
            "shutdown" => {
                self.node.shutdown().await;
                Ok(String::new())
            }
            _ => Err("there is no such verb".into()),
        }
    }

    fn group(&self) -> Outcome<&Group> {
        Ok(self.group.as_ref().ok_or("there is no group")?)
    }

    async fn identity(&self) -> Outcome<IdentityInfo> {
        let peer = self.node.default_identity().await?.ok_or("nobody")?;
        Ok(self.node.identity_info(peer).await?.ok_or("no card")?)
    }

    fn write(&self, name: &str, text: &str) -> Outcome {
        fs::write(self.folder.join(name), text)?;
        Ok(name.to_owned())
    }

    async fn found(&mut self) -> Outcome {
        let me = self.identity().await?.peer;
        let properties = Properties::named("Network".parse()?);
        let group = self.node.create_group(me, Charter::default(), properties).await?;
        self.go_online(group).await
    }

    /// By files, as two people would: of a name it reads the card and writes the invitation.
    async fn invite(&self, name: &str) -> Outcome {
        let card = fs::read(self.folder.join(format!("{name}.card")))?;
        let card = IdentityInfo::from_xml(&card)?;
        let invitation = self.group()?.invite(card, Terms::role(Role::Member)).await?;
        self.write(&format!("{name}.invitation"), &invitation.to_xml())
    }

    async fn join(&mut self, file: &str) -> Outcome {
        let invitation = Invitation::from_xml(&fs::read(self.folder.join(file))?)?;
        let group = self.node.join(invitation).await?;
        self.go_online(group).await
    }

    async fn open(&mut self) -> Outcome {
        let me = self.identity().await?.peer;
        let seat = self.node.groups(me).await?.first().ok_or("there is no group")?.seat;
        let group = self.node.open(seat).await?;
        self.go_online(group).await
    }

    async fn go_online(&mut self, group: Group) -> Outcome {
        let kinds = [EventKind::Neighbour, EventKind::Connection, EventKind::Data];
        let mut events = group.register(&kinds.map(Interest::from)).await?;
        let told = Arc::clone(&self.told);
        tokio::spawn(async move {
            while let Some(event) = events.next().await {
                told.lock().unwrap().extend(shown(&event));
            }
        });
        group.connect(CONNECT).await?;
        self.group = Some(group);
        Ok(String::new())
    }

    async fn publish(&self, text: &str) -> Outcome {
        let draft = RecordDraft::new(NOTE, self.clock.now().wall.after(DAY));
        Ok(self.group()?.publish(draft.payload(text.to_owned())).await?.to_string())
    }

    /// It says of each record that it is published once it is: an answer of its own.
    async fn publish_for_ever(&self) -> Outcome {
        for number in 0.. {
            say(&format!("done {}", self.publish(&format!("number {number}")).await?));
        }
        Err("for ever is over".into())
    }

    async fn records(&self) -> Outcome {
        let records = self.group()?.records(Some(NOTE)).await?;
        let ids: Vec<String> = records.iter().map(|record| record.id.to_string()).collect();
        Ok(ids.join(" "))
    }

    /// Opens a direct connection and says something on it.
    async fn connect(&self, to: &str) -> Outcome {
        let connection = self.group()?.open_connection(to.parse()?).await?;
        connection.send(NOTE, "directly").await?;
        Ok(String::new())
    }

    fn address(&self) -> Outcome<&Address> {
        Ok(self.address.as_ref().ok_or("it does not listen")?)
    }

    fn be_cut_off(&self, from: &str) -> Outcome {
        self.cut_off.insert(from.parse()?);
        Ok(String::new())
    }

    async fn move_to(&self, host: &str) -> Outcome {
        let before = self.address()?;
        let (old, port) = before.rest().rsplit_once(':').ok_or("no port")?;
        host::move_away(old.parse()?, host.parse()?, &self.folder)?;
        let after = format!("{}:{host}:{port}", before.scheme()).parse()?;
        self.node.listening_at(vec![after]).await?;
        Ok(String::new())
    }
}

/// What a node runs on, but for its transport.
struct Drive {
    clock: Fast,
    store: RedbStore,
    cut_off: CutOff,
}

impl Drive {
    /// Starts the node, and says where it listens.
    fn on(self, transport: impl Transport) -> Outcome<(Handle, Option<Address>)> {
        let Self { clock, store, cut_off } = self;
        let address = transport.listening_at().into_iter().next();
        let transport = Cuttable::new(transport, cut_off);
        let (node, driver) = peergroup::new(Config::default(), clock, transport, store)?;
        tokio::spawn(async { driver.run().await.unwrap() });
        Ok((node, address))
    }
}

/// What a test looks for among what the application was told.
fn shown(event: &Event) -> Option<String> {
    match event {
        Event::NeighbourChanged { peer, change, .. } => Some(match change {
            NeighbourChange::Connected => format!("near {peer}"),
            NeighbourChange::Disconnected(why) => format!("lost {peer} {why:?}"),
            _ => return None,
        }),
        Event::Data { peer, data, .. } => {
            Some(format!("heard {peer} {}", String::from_utf8_lossy(data)))
        }
        Event::ConnectionChanged { peer, change, .. } => {
            Some(format!("connection {peer} {change:?}"))
        }
        _ => None,
    }
}
