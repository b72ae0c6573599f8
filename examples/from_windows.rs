//! The call flows that the documentation of Windows Peer Grouping prescribes, as they are here.
//!
//! `cargo run --example from_windows --all-features`
//!
//! Each flow is a function, with the Windows calls above the lines that stand for them. Three
//! people run a node each, in one process and over the loopback; nothing is kept on disk. Every
//! step is checked: should one not do what it says, the program ends with an error.
//! `docs/from-windows.md` has every single call.
#![allow(clippy::std_instead_of_core, reason = "an application has std")]

use std::error::Error;
use std::time::Duration;

use peergroup::store::MemoryStore;
use peergroup::tcp::{TcpTransport, Tokio};
use peergroup::vault::{Cost, Passphrase, SealedGroup, SealedIdentity};
use peergroup::{
    Charter, Config, Event, EventKind, Events, Group, Handle, IdentityInfo, Interest, Invitation,
    PasswordInvitation, PeerId, Properties, RecordDraft, Role, Terms, TypeId, harden, new, runtime,
    unix_now,
};

const LINE: TypeId = TypeId::from_u128(0x6c69_6e65_2064_4f1e_8000_0000_0000_0001);
const WHISPER: TypeId = TypeId::from_u128(0x7768_6973_7065_4f1e_8000_0000_0000_0002);
const PATIENCE: Duration = Duration::from_secs(30);

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome {
    let [ada, ben, cleo] = [startup()?, startup()?, startup()?];
    let adas = owner(&ada).await?;
    let bens = invite(&adas, &ben).await?;
    let cleos = password(&adas, &cleo).await?;
    whisper(&adas, &bens).await?;
    let bens = renew(&adas, bens).await?;
    let bens = come_back(&ben, bens).await?;
    second_machine(&ben, &bens).await?;
    leave(&cleo, cleos).await?;
    for node in [ada, ben, cleo] {
        node.shutdown().await;
    }
    println!("every flow did what it says");
    Ok(())
}

/// `PeerGroupStartup`
fn startup() -> Outcome<Handle> {
    let transport = TcpTransport::<Tokio>::bind("127.0.0.1:0".parse()?)?;
    let (node, driver) =
        new(Config::default(), runtime::Tokio::new(), transport, MemoryStore::new())?;
    tokio::spawn(driver.run());
    Ok(node)
}

/// Owner: startup, identity, create, register, connect, wait for the status.
async fn owner(node: &Handle) -> Outcome<Group> {
    // PeerIdentityCreate
    let me = node.create_identity("Ada".parse()?).await?;
    // PeerGroupCreate
    let properties = Properties::named("Choir".parse()?);
    let group = node.create_group(me, Charter::default(), properties).await?;
    // PeerGroupRegisterEvent
    let mut events = group.register(&[EventKind::Status.into()]).await?;
    // PeerGroupConnect, PEER_GROUP_EVENT_STATUS_CHANGED
    group.connect(PATIENCE).await?;
    wait(&mut events, |event| matches!(event, Event::StatusChanged(status) if status.online))
        .await?;
    println!("owner: {} is founded", group.properties().await?.name);
    Ok(group)
}

/// Invite: card, invitation, both out of band; parse, join, register, connect.
async fn invite(by: &Group, node: &Handle) -> Outcome<Group> {
    let me = node.create_identity("Ben".parse()?).await?;
    // PeerIdentityGetXML; by mail to the admin
    let card = node.identity_info(me).await?.ok_or("no such identity")?.to_xml();
    // PeerGroupCreateInvitation; by mail to the invitee
    let in_fifteen_days = unix_now().after(Duration::from_secs(15 * 24 * 3600));
    let terms = Terms::role(Role::Member).until(in_fifteen_days);
    let document = by.invite(IdentityInfo::from_xml(&card)?, terms).await?.to_xml();
    // PeerGroupParseInvitation
    let invitation = Invitation::from_xml(&document)?;
    println!("invite: {} asks {} in", invitation.issuer_name(), invitation.subject_name());
    // PeerGroupJoin, PeerGroupRegisterEvent, PeerGroupConnect
    let group = node.join(invitation).await?;
    let mut events = group.register(&[EventKind::Record.into()]).await?;
    group.connect(PATIENCE).await?;
    // PeerGroupAddRecord, PEER_GROUP_EVENT_RECORD_CHANGED
    let in_two_minutes = unix_now().after(Duration::from_secs(120));
    by.publish(RecordDraft::new(LINE, in_two_minutes).payload("good evening")).await?;
    wait(&mut events, |event| matches!(event, Event::RecordChanged { .. })).await?;
    Ok(group)
}

/// Password: the owner sets one and hands out an invitation that is bound to nobody.
async fn password(by: &Group, node: &Handle) -> Outcome<Group> {
    // PEER_GROUP_PROPERTIES with a password and its role
    by.set_password(harden("Spem in alium", by.id())?, Role::Member).await?;
    // PeerGroupCreatePasswordInvitation; by mail, the password by telephone
    let tomorrow = unix_now().after(Duration::from_secs(24 * 3600));
    let document = by.password_invitation(tomorrow).await?.to_xml();
    // PeerGroupPasswordJoin, PeerGroupConnect
    let me = node.create_identity("Cleo".parse()?).await?;
    let invitation = PasswordInvitation::from_xml(&document)?;
    let secret = harden("Spem in alium", invitation.group())?;
    let group = node.join_with_password(me, invitation, secret).await?;
    group.connect(PATIENCE).await?;
    println!("password: Cleo is a {:?}", group.role().await?.ok_or("no member")?);
    Ok(group)
}

/// Whisper: find somebody who is there, connect, send, close.
async fn whisper(from: &Group, to: &Group) -> Outcome {
    // the receiver: PeerGroupRegisterEvent, which is how it consents
    let data = Interest { kind: EventKind::Data, type_id: Some(WHISPER) };
    let mut events = to.register(&[EventKind::Connection.into(), data]).await?;
    // PeerGroupEnumMembers(PEER_MEMBER_PRESENT)
    let peer = online(from, to.identity()).await?;
    // PeerGroupOpenDirectConnection, PEER_GROUP_EVENT_DIRECT_CONNECTION
    let connection = from.open_connection(peer).await?;
    // PeerGroupSendData, PEER_GROUP_EVENT_INCOMING_DATA, PeerGroupCloseDirectConnection
    connection.send(WHISPER, "psst").await?;
    let heard = |event: &Event| matches!(event, Event::Data { data, .. } if data == "psst");
    wait(&mut events, heard).await?;
    connection.close().await?;
    println!("whisper: it was heard");
    Ok(())
}

/// Renew, change a role: issue credentials; they count when the member connects again, which its
/// node does by itself.
async fn renew(by: &Group, member: Group) -> Outcome<Group> {
    let peer = member.identity();
    let mut events = member.register(&[EventKind::Credentials.into()]).await?;
    // PeerGroupEnumMembers, PeerGroupIssueCredentials(PEER_GROUP_STORE_CREDENTIALS)
    by.renew(peer, None).await?;
    by.grant(peer, Terms::role(Role::Admin)).await?;
    let promoted =
        |event: &Event| matches!(event, Event::CredentialsChanged { role: Some(Role::Admin) });
    wait(&mut events, promoted).await?;
    println!("renew: Ben is an Admin");
    Ok(member)
}

/// Return: what was there before is there again.
async fn come_back(node: &Handle, group: Group) -> Outcome<Group> {
    // PeerGroupClose
    group.close().await?;
    // PeerEnumIdentities, PeerEnumGroups
    let me = node.identities().await?.first().ok_or("no identity")?.peer;
    let seat = node.groups(me).await?.first().ok_or("no group")?.seat;
    // PeerGroupOpen, PeerGroupRegisterEvent, PeerGroupConnect
    let group = node.open(seat).await?;
    let lines = group.records(Some(LINE)).await?.len();
    group.connect(PATIENCE).await?;
    println!("return: {lines} line was here before anybody was asked");
    Ok(group)
}

/// Second machine: identity, configuration, database; imported in that order.
async fn second_machine(first: &Handle, group: &Group) -> Outcome {
    let (words, cost) = (|| Passphrase::new("correct horse battery staple"), Cost::LEAST);
    // PeerIdentityExport, PeerGroupExportConfig, PeerGroupExportDatabase
    let identity = first.export_identity(group.identity(), words(), cost).await?.to_xml();
    let seat = group.export(words(), cost).await?.to_xml();
    group.close().await?;
    let group = first.open(group.seat()).await?;
    let mut database = Vec::new();
    group.export_database(&mut database, |_| ()).await?;
    // PeerIdentityImport, PeerGroupImportConfig, PeerGroupOpen, PeerGroupImportDatabase
    let second = startup()?;
    second.import_sealed_identity(SealedIdentity::from_xml(&identity)?, words()).await?;
    let seat = second.import_group(SealedGroup::from_xml(&seat)?, words()).await?;
    let there = second.open(seat).await?;
    there.import_database(futures_util::io::Cursor::new(database), |_| ()).await?;
    println!("second machine: {} line came along", there.records(Some(LINE)).await?.len());
    // PeerGroupConnect
    there.connect(PATIENCE).await?;
    second.shutdown().await;
    Ok(())
}

/// Leave: unregister, close, delete. Here one can also say so to the others.
async fn leave(node: &Handle, group: Group) -> Outcome {
    let events = group.register(&[EventKind::Member.into()]).await?;
    group.leave().await?;
    // PeerGroupUnregisterEvent, PeerGroupClose, PeerGroupDelete
    drop(events);
    group.close().await?;
    node.delete_group(group.seat()).await?;
    println!("leave: nothing is left");
    Ok(())
}

/// The peer, once it is seen to be there.
async fn online(group: &Group, peer: PeerId) -> Outcome<PeerId> {
    let mut events = group.register(&[EventKind::Member.into()]).await?;
    let mut is_online = group.member(peer).await?.is_some_and(|member| member.is_online());
    while !is_online {
        events.next().await.ok_or("the group was closed")?;
        is_online = group.member(peer).await?.is_some_and(|member| member.is_online());
    }
    Ok(peer)
}

/// Pulls events up to one that is waited for.
async fn wait(events: &mut Events, is_it: impl Fn(&Event) -> bool) -> Outcome {
    let pull = async {
        while let Some(event) = events.next().await {
            if is_it(&event) {
                return Ok(());
            }
        }
        Err("the group was closed".into())
    };
    tokio::time::timeout(PATIENCE, pull).await?
}
