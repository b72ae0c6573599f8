//! What a driver counts, and what it tells `tracing`.

use std::time::Duration;

use futures_util::AsyncWriteExt as _;
use peergroup::store::MemoryStore;
use peergroup::transport::{MemoryNetwork, Transport as _};
use peergroup::{
    Address, Charter, Config, Counters, Fault, Group, Handle, PeerId, Properties, Role, Terms,
    runtime,
};

const PATIENCE: Duration = Duration::from_secs(60);

/// A node, its identity, and where it listens.
async fn start(network: &MemoryNetwork, name: &str) -> (Handle, PeerId, Address) {
    let transport = network.bind();
    let address = transport.address().unwrap();
    let runtime = runtime::Tokio::new();
    let (node, driver) =
        peergroup::new(Config::default(), runtime, transport, MemoryStore::new()).unwrap();
    tokio::spawn(driver.run());
    let identity = node.create_identity(name.parse().unwrap()).await.unwrap();
    (node, identity, address)
}

/// Two members of one group, each linked to the other.
async fn two(network: &MemoryNetwork) -> [(Handle, Group); 2] {
    let (ada, ada_id, _) = start(network, "Ada").await;
    let (ben, ben_id, _) = start(network, "Ben").await;
    let properties = Properties::named("Watched".parse().unwrap());
    let adas = ada.create_group(ada_id, Charter::default(), properties).await.unwrap();
    adas.connect(PATIENCE).await.unwrap();
    let card = ben.identity_info(ben_id).await.unwrap().unwrap();
    let invitation = adas.invite(card, Terms::role(Role::Member)).await.unwrap();
    let bens = ben.join(invitation).await.unwrap();
    bens.connect(PATIENCE).await.unwrap();
    [(ada, adas), (ben, bens)]
}

/// The counters, once they are so.
async fn counted(node: &Handle, is_so: impl Fn(&Counters) -> bool) -> Counters {
    let look = async {
        loop {
            let counters = node.counters().await.unwrap();
            if is_so(&counters) {
                return counters;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, look).await.unwrap()
}

#[tokio::test]
async fn links_bytes_neighbours_and_the_store_are_counted() {
    let [(ada, _), (ben, bens)] = two(&MemoryNetwork::new()).await;
    let at_ada = counted(&ada, |it| it.neighbours_gained == 1).await;
    let at_ben = counted(&ben, |it| it.neighbours_gained == 1).await;
    assert!(at_ada.links_accepted + at_ben.links_accepted >= 1);
    assert!(at_ben.links_dialled >= 1 && at_ben.links_up >= 1);
    assert!(at_ada.bytes_received > 0 && at_ben.bytes_sent > 0);
    assert!(at_ada.store_operations >= at_ada.store_batches && at_ada.store_batches > 0);
    assert!(at_ada.commands >= 3 && at_ada.store_loads > 0);
    assert_eq!((at_ada.faults_in_all(), at_ada.store_failures), (0, 0));
    bens.close().await.unwrap();
    let later = counted(&ada, |it| it.neighbours_lost == 1).await;
    assert!(later.links_down > at_ada.links_down);
    let names: Vec<&str> = later.all().map(|(name, ..)| name).collect();
    assert!(names.contains(&"neighbours_lost") && names.contains(&"bytes_sent"));
}

/// Says what no peer says, and waits until it is counted.
async fn a_stranger_raves(network: &MemoryNetwork, node: &Handle, at: &Address) -> Counters {
    let stranger = network.bind();
    let mut stream = stranger.dial(at).await.unwrap().stream;
    stream.write_all(&[0xff; 64]).await.unwrap();
    stream.flush().await.unwrap();
    counted(node, |it| it.faults_in_all() > 0).await
}

#[tokio::test]
async fn a_strangers_fault_is_counted_by_what_it_did() {
    let network = MemoryNetwork::new();
    let (node, _, address) = start(&network, "Ada").await;
    let counters = a_stranger_raves(&network, &node, &address).await;
    assert_eq!(counters.faults, [(Fault::TooLarge, 1)].into());
}

#[cfg(feature = "tracing")]
mod traced {
    use std::fmt::{self, Write as _};
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// Keeps what it is told: the level, the message, the fields.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<String>>>);

    struct Line(String);

    impl Visit for Line {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            // writing to a string does not fail
            write!(self.0, " {field}={value:?}").ok();
        }
    }

    impl Subscriber for Log {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            metadata.target() == "peergroup"
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(event.metadata().level().to_string());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn links_groups_neighbours_and_faults_are_told() {
        let log = Log::default();
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tracing::subscriber::with_default(log.clone(), || {
            tokio.block_on(async {
                let network = MemoryNetwork::new();
                let [(ada, adas), (ben, _)] = two(&network).await;
                counted(&ada, |it| it.neighbours_gained == 1).await;
                let address = "memory:1".parse().unwrap();
                a_stranger_raves(&network, &ada, &address).await;
                adas.close().await.unwrap();
                ben.shutdown().await;
            });
        });
        let lines = log.0.lock().unwrap();
        let told = |begins: &str| lines.iter().any(|line| line.starts_with(begins));
        for begins in [
            "INFO message=open group=",
            "DEBUG message=dial link=",
            "DEBUG message=link up",
            "DEBUG message=link accepted",
            "INFO message=neighbour peer=",
            "INFO message=status",
            "TRACE message=stored",
            "WARN message=a stranger broke the protocol link=",
            "DEBUG message=link down",
            "INFO message=closed",
        ] {
            assert!(told(begins), "{begins} in\n{}", lines.join("\n"));
        }
    }
}
