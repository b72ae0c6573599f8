//! Keys at rest: through handles, as documents, and as files that open for ever.

use core::time::Duration;

use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::vault::{Cost, Passphrase, Refusal, SealedGroup, SealedIdentity, VaultError};
use peergroup::{
    Charter, Config, Error, ExportError, Group, Handle, IdentityError, ImportError, PeerId,
    Properties, RecordDraft, Role, SecretKey, Terms, TypeId, runtime, unix_now,
};
use proptest::prelude::*;

const NOTE: TypeId = TypeId::from_u128(0x0076_6175_6c74_206e_6f74_6500_0000_0001);
const PATIENCE: Duration = Duration::from_secs(20);
const WORDS: &str = "correct horse battery staple";

fn words() -> Passphrase {
    Passphrase::new(WORDS)
}

fn start() -> Handle {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let runtime = runtime::Tokio::new();
    let (node, driver) =
        peergroup::new(Config::default(), runtime, transport, MemoryStore::new()).unwrap();
    tokio::spawn(driver.run());
    node
}

async fn person(name: &str) -> (Handle, PeerId) {
    let node = start();
    let peer = node.create_identity(name.parse().unwrap()).await.unwrap();
    (node, peer)
}

async fn found(node: &Handle, peer: PeerId) -> Group {
    let properties = Properties::named("Friends".parse().unwrap());
    let group = node.create_group(peer, Charter::default(), properties).await.unwrap();
    group.connect(PATIENCE).await.unwrap();
    group
}

async fn join(by: &Group, node: &Handle, peer: PeerId) -> Group {
    let card = node.identity_info(peer).await.unwrap().unwrap();
    let invitation = by.invite(card, Terms::role(Role::Member)).await.unwrap();
    let group = node.join(invitation).await.unwrap();
    group.connect(PATIENCE).await.unwrap();
    group
}

/// By a document, as somebody would who takes a seat to another machine.
async fn move_to(node: &Handle, group: &Group) -> Group {
    let document = group.export(words(), Cost::LEAST).await.unwrap().to_xml();
    let sealed = SealedGroup::from_xml(&document).unwrap();
    let seat = node.import_group(sealed, words()).await.unwrap();
    assert_eq!(seat, group.seat());
    let there = node.open(seat).await.unwrap();
    there.connect(PATIENCE).await.unwrap();
    there
}

#[tokio::test]
async fn an_identity_goes_from_one_node_to_another() {
    let (ada, peer) = person("Ada").await;
    let document = ada.export_identity(peer, words(), Cost::LEAST).await.unwrap().to_xml();
    let sealed = SealedIdentity::from_xml(&document).unwrap();
    assert_eq!((sealed.peer(), sealed.cost()), (peer, Cost::LEAST));

    let other = start();
    let wrong = other.import_sealed_identity(sealed.clone(), Passphrase::new("guess")).await;
    assert_eq!(wrong, Err(Error::Refused(Refusal::Vault(VaultError::WrongPassphrase))));
    assert!(other.identities().await.unwrap().is_empty());
    assert_eq!(other.import_sealed_identity(sealed.clone(), words()).await, Ok(peer));
    let card = other.identity_info(peer).await.unwrap().unwrap();
    assert_eq!(card.name.as_str(), "Ada");
    let again = other.import_sealed_identity(sealed, words()).await;
    assert_eq!(again, Err(Error::Refused(Refusal::Node(IdentityError::AlreadyExists))));
}

#[tokio::test]
async fn an_identity_that_is_not_here_is_not_exported() {
    let (ada, _) = person("Ada").await;
    let stranger = SecretKey::from_bytes([1; 32]).peer();
    let refused = ada.export_identity(stranger, words(), Cost::LEAST).await;
    assert_eq!(refused, Err(Error::Refused(Refusal::Node(IdentityError::NotFound))));
}

#[tokio::test]
async fn a_member_goes_on_from_another_node_with_all_records() {
    let ((ada, ada_peer), (ben, ben_peer)) = (person("Ada").await, person("Ben").await);
    let adas = found(&ada, ada_peer).await;
    let bens = join(&adas, &ben, ben_peer).await;
    let draft = RecordDraft::new(NOTE, unix_now().after(Duration::from_secs(3600)));
    let id = bens.publish(draft).await.unwrap();

    let other = start();
    let there = move_to(&other, &bens).await;
    assert!(there.status().await.unwrap().ready);
    assert!(there.record(id).await.unwrap().is_some());
}

#[tokio::test]
async fn a_creator_whose_node_is_gone_invites_from_another_one() {
    let (ada, ada_peer) = person("Ada").await;
    let adas = found(&ada, ada_peer).await;
    let document = adas.export(words(), Cost::LEAST).await.unwrap().to_xml();
    ada.shutdown().await;

    let other = start();
    let sealed = SealedGroup::from_xml(&document).unwrap();
    let seat = other.import_group(sealed.clone(), words()).await.unwrap();
    let again = other.import_group(sealed, words()).await;
    assert_eq!(again, Err(Error::Refused(Refusal::Node(ImportError::AlreadyExists))));
    let there = other.open(seat).await.unwrap();
    // nobody is left to be found: it goes online all the same, and waits for others
    let waiting = there.clone();
    tokio::spawn(async move { waiting.connect(PATIENCE).await });
    while !there.status().await.unwrap().online {
        tokio::task::yield_now().await;
    }
    let (ben, ben_peer) = person("Ben").await;
    let bens = join(&there, &ben, ben_peer).await;
    assert_eq!(bens.role().await, Ok(Some(Role::Member)));
    assert_eq!(bens.properties().await.unwrap().name.as_str(), "Friends");
}

#[tokio::test]
async fn a_group_that_is_not_open_is_not_exported() {
    let (ada, peer) = person("Ada").await;
    let group = found(&ada, peer).await;
    group.close().await.unwrap();
    let refused = group.export(words(), Cost::LEAST).await;
    assert_eq!(refused, Err(Error::Refused(Refusal::Node(ExportError::NotOpen))));
}

// ---- documents ----

fn identity() -> SealedIdentity {
    let key = SecretKey::from_bytes([7; 32]);
    SealedIdentity::seal(&key, &"Ada".parse().unwrap(), &words(), Cost::LEAST).unwrap()
}

#[test]
fn a_document_shows_whose_it_is_and_must_not_lie() {
    let sealed = identity();
    let document = sealed.to_xml();
    let shown = format!("<peer>{}</peer>", sealed.peer());
    assert!(document.contains(&shown));
    assert_eq!(SealedIdentity::from_xml(&document), Ok(sealed));
    let other = SecretKey::from_bytes([8; 32]).peer();
    let lie = document.replace(&shown, &format!("<peer>{other}</peer>"));
    assert_eq!(SealedIdentity::from_xml(&lie), Err(VaultError::Contradictory));
    let newer = document.replace("version=\"1\"", "version=\"2\"");
    assert_eq!(SealedIdentity::from_xml(&newer), Err(VaultError::UnsupportedVersion));
    assert_eq!(SealedGroup::from_xml(&document), Err(VaultError::Malformed));
}

proptest! {
    #[test]
    fn no_bytes_and_no_document_make_reading_fail_other_than_by_an_error(
        noise in proptest::collection::vec(any::<u8>(), 0..400),
        at in 0_usize..230,
    ) {
        prop_assert!(SealedIdentity::from_bytes(&noise).is_err());
        prop_assert!(SealedGroup::from_xml(&noise).is_err());
        let mut spliced = identity().to_bytes();
        spliced.splice(at.., noise.iter().copied());
        prop_assert!(SealedIdentity::from_bytes(&spliced).is_err());
    }
}

// ---- cost ----

#[test]
fn the_default_is_what_the_rfc_recommends() {
    let cost = Cost::default();
    assert_eq!((cost.memory_kib(), cost.passes(), cost.lanes()), (64 * 1024, 3, 4));
    assert_eq!(Cost::new(64 * 1024, 3, 4), Some(cost));
    assert_eq!(Cost::new(8, 1, 1), Some(Cost::LEAST));
}

// ---- files that open for ever ----

#[test]
fn the_first_identity_that_was_ever_sealed_opens() {
    let sealed = SealedIdentity::from_xml(include_str!("../vault/identity-1.xml")).unwrap();
    let (key, name) = sealed.open(&words()).unwrap();
    assert_eq!((*key.expose(), name.as_str()), ([7; 32], "Ada"));
}

#[test]
fn the_first_group_that_was_ever_sealed_opens() {
    let sealed = SealedGroup::from_xml(include_str!("../vault/group-1.xml")).unwrap();
    let export = sealed.open(&words()).unwrap();
    assert_eq!(export.seat(), sealed.seat());
    assert_eq!(export.seat().identity, SecretKey::from_bytes([7; 32]).peer());
    assert_eq!((export.name().as_str(), export.group_name().as_str()), ("Ada", "Friends"));
    assert!(export.is_creator());
}
