//! Somebody in the middle of two links of one QUIC connection.

use std::future::{Future, pending, ready};
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::AsyncReadExt as _;
use futures_util::future::join;
use futures_util::io::copy;
use peergroup::quic::{QuicTransport, Stream, Tokio};
use peergroup::store::MemoryStore;
use peergroup::transport::{Opened, Transport};
use peergroup::{
    Address, Charter, Config, Error, Handle, LinkDown, NotConnected, Properties, Role, Terms,
    runtime,
};

const PATIENCE: Duration = Duration::from_secs(20);

/// Has one stream to give: to whoever dials, or to whoever accepts.
struct Given {
    at: &'static str,
    dialled: Mutex<Option<Opened<Stream>>>,
    accepted: Option<Opened<Stream>>,
}

impl Transport for Given {
    type Stream = Stream;

    async fn accept(&mut self) -> io::Result<Opened<Stream>> {
        match self.accepted.take() {
            Some(opened) => Ok(opened),
            None => pending().await,
        }
    }

    fn dial(
        &self,
        _to: &Address,
    ) -> impl Future<Output = Result<Opened<Stream>, LinkDown>> + Send + 'static + use<> {
        ready(self.dialled.lock().unwrap().take().ok_or(LinkDown::Refused))
    }

    fn listening_at(&self) -> Vec<Address> {
        vec![self.at.parse().unwrap()]
    }

    fn serves(&self, scheme: &str) -> bool {
        scheme == "quic"
    }
}

/// A link from one transport to another: its ends here and there.
async fn link(
    from: &QuicTransport<Tokio>,
    to: &mut QuicTransport<Tokio>,
) -> (Opened<Stream>, Opened<Stream>) {
    let address = to.local_address().unwrap().clone();
    let (near, far) = join(Transport::dial(from, &address), Transport::accept(to)).await;
    (near.unwrap(), far.unwrap())
}

fn start(transport: Given) -> Handle {
    let (config, runtime) = (Config::default(), runtime::Tokio::new());
    let (handle, driver) = peergroup::new(config, runtime, transport, MemoryStore::new()).unwrap();
    tokio::spawn(driver.run());
    handle
}

/// Ada and Ben are at one endpoint, as two identities of one host are. Ben dials somebody who
/// opens another stream of the same connection, to Ada, and hands on every byte between the two.
async fn relayed(bindings_are_alike: bool, patience: Duration) -> Result<(), Error<NotConnected>> {
    let mut victim = QuicTransport::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let mut rogue = QuicTransport::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let (bens, from_ben) = link(&victim, &mut rogue).await;
    let (to_ada, mut adas) = link(&rogue, &mut victim).await;
    assert_ne!(bens.binding, adas.binding);
    if bindings_are_alike {
        adas.binding = bens.binding;
    }
    let ((ben_says, mut tell_ben), (ada_says, mut tell_ada)) =
        (from_ben.stream.split(), to_ada.stream.split());
    tokio::spawn(async move { copy(ben_says, &mut tell_ada).await });
    tokio::spawn(async move { copy(ada_says, &mut tell_ben).await });

    let ada =
        start(Given { at: "quic:127.0.0.1:8", dialled: Mutex::new(None), accepted: Some(adas) });
    let ben =
        start(Given { at: "quic:127.0.0.1:9", dialled: Mutex::new(Some(bens)), accepted: None });
    let a = ada.create_identity("Ada".parse().unwrap()).await.unwrap();
    let b = ben.create_identity("Ben".parse().unwrap()).await.unwrap();
    let club = ada.create_group(a, Charter::default(), Properties::default()).await.unwrap();
    club.connect(PATIENCE).await.unwrap();
    let card = ben.identity_info(b).await.unwrap().unwrap();
    let invitation = club.invite(card, Terms::role(Role::Member)).await.unwrap();
    ben.join(invitation).await.unwrap().connect(patience).await
}

#[tokio::test]
async fn l01_a_handshake_that_is_relayed_to_another_stream_of_the_connection_is_refused() {
    // As a control: with one binding for both, it would work.
    assert_eq!(relayed(true, PATIENCE).await, Ok(()));
    assert!(relayed(false, Duration::from_secs(2)).await.is_err());
}
