//! Members who know no address of each other and find each other all the same.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use peergroup::mdns::Mdns;
use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::transport::Transport as _;
use peergroup::{
    Address, Charter, Config, Driver, Group, Handle, IdentityInfo, Invitation, Name, PeerId,
    Properties, Role, Terms, runtime,
};

const PATIENCE: Duration = Duration::from_secs(30);

type Runs = Driver<runtime::Tokio, TcpTransport<Tokio>, MemoryStore>;

fn name(of: &str) -> Name {
    of.parse().unwrap()
}

/// A node that listens on loopback, and its driver.
fn node() -> (Handle, Runs, Vec<Address>) {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let runtime = runtime::Tokio::new();
    let listens = transport.listening_at();
    let store = MemoryStore::new();
    let (handle, driver) = peergroup::new(Config::default(), runtime, transport, store).unwrap();
    (handle, driver, listens)
}

/// The local network, as far as this machine.
fn loopback() -> Mdns {
    Mdns::on(&[IpAddr::from(Ipv4Addr::LOCALHOST)]).unwrap()
}

async fn identity(node: &Handle, of: &str) -> PeerId {
    node.create_identity(name(of)).await.unwrap()
}

/// An invitation that names no address.
async fn invite(node: &Handle, founder: PeerId, card: IdentityInfo) -> (Group, Invitation) {
    let properties = Properties::named(name("found"));
    let group = node.create_group(founder, Charter::default(), properties).await.unwrap();
    node.listening_at(Vec::new()).await.unwrap();
    let invitation = group.invite(card, Terms::role(Role::Member)).await.unwrap();
    assert_eq!(invitation.addresses(), []);
    (group, invitation)
}

#[tokio::test]
async fn two_members_on_one_network_find_each_other_without_an_address() {
    let (ada, adas_driver, listens) = node();
    let (ben, bens_driver, _) = node();
    tokio::spawn(adas_driver.discover(loopback()).run());
    tokio::spawn(bens_driver.discover(loopback()).run());
    let founder = identity(&ada, "Ada").await;
    let guest = identity(&ben, "Ben").await;
    let card = ben.identity_info(guest).await.unwrap().unwrap();
    let (adas, invitation) = invite(&ada, founder, card).await;
    ada.listening_at(listens).await.unwrap();
    adas.connect(PATIENCE).await.unwrap();
    let bens = ben.join(invitation).await.unwrap();
    // done once they have met and compared what they have
    bens.connect(PATIENCE).await.unwrap();
    ada.shutdown().await;
    ben.shutdown().await;
}
