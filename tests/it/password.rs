//! Joining by a password, as people type it, over TLS and TCP.

use core::time::Duration;

use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::{
    Charter, Config, ConnectFailure, Error, Handle, NotConnected, PasswordInvitation, PeerId,
    Properties, Role, generate_password, harden, new, runtime, unix_now,
};

const TIMEOUT: Duration = Duration::from_secs(60);

async fn start(name: &str) -> (Handle, PeerId) {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let runtime = runtime::Tokio::new();
    let (node, driver) = new(Config::default(), runtime, transport, MemoryStore::new()).unwrap();
    tokio::spawn(driver.run());
    let identity = node.create_identity(name.parse().unwrap()).await.unwrap();
    (node, identity)
}

#[test]
fn a_password_that_was_told_admits_over_tcp_and_a_mistyped_one_is_said_to_be_wrong() {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio.block_on(async {
        let (ada, ada_id) = start("Ada").await;
        let (ben, ben_id) = start("Ben").await;
        let properties = Properties::named("Friends".parse().unwrap());
        let adas = ada.create_group(ada_id, Charter::default(), properties).await.unwrap();
        adas.connect(TIMEOUT).await.unwrap();

        let password = generate_password().unwrap();
        adas.set_password(harden(&password, adas.id()).unwrap(), Role::Member).await.unwrap();
        assert!(adas.admits_by_password().await.unwrap());
        let tomorrow = unix_now().after(Duration::from_secs(24 * 3600));
        let document = adas.password_invitation(tomorrow).await.unwrap().to_xml();

        let invitation = PasswordInvitation::from_xml(&document).unwrap();
        let group = invitation.group();
        let mistyped = harden(&format!("{password} "), group).unwrap();
        let bens = ben.join_with_password(ben_id, invitation, mistyped).await.unwrap();
        let wrong = Error::Refused(NotConnected::Failed(ConnectFailure::WrongPassword));
        assert_eq!(bens.connect(TIMEOUT).await, Err(wrong));

        bens.retry_password(harden(&password, group).unwrap()).await.unwrap();
        bens.connect(TIMEOUT).await.unwrap();
        assert_eq!(bens.role().await.unwrap(), Some(Role::Member));
        assert!(adas.member(ben_id).await.unwrap().is_some());
        ben.shutdown().await;
        ada.shutdown().await;
    });
}
