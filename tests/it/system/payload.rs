//! Large payloads from one disk to another.

use std::time::Duration;

use futures_util::AsyncReadExt as _;
use futures_util::io::Cursor;
use peergroup::runtime::Runtime;
use peergroup::transport::Transport;
use peergroup::{
    Charter, Event, EventKind, Group, Interest, Properties, RecordDraft, RecordId, Role, Terms,
    TypeId, unix_now,
};

use super::lab::{Lab, PATIENCE};

const FILE: TypeId = TypeId::from_u128(0x0067_726f_7570_2066_696c_6500_0000_0001);
const HOUR: Duration = Duration::from_secs(3600);
const MEBIBYTE: usize = 1024 * 1024;

fn file() -> RecordDraft {
    RecordDraft::new(FILE, unix_now().after(HOUR))
}

fn bytes(len: usize, salt: u8) -> Vec<u8> {
    (salt..=250).cycle().take(len).collect()
}

pub(crate) async fn share<R: Runtime + Clone, T: Transport>(lab: &Lab<R, T>, mebibytes: usize) {
    let directory = tempfile::tempdir().unwrap();
    let ada = lab.on_disk(&directory.path().join("ada.redb"));
    let ben = lab.on_disk(&directory.path().join("ben.redb"));
    let ada_peer = lab.soon(ada.create_identity("Ada".parse().unwrap())).await.unwrap();
    let ben_peer = lab.soon(ben.create_identity("Ben".parse().unwrap())).await.unwrap();
    let mut properties = Properties::named("Files".parse().unwrap());
    properties.payload_bytes_max = 60 * 1024 * 1024;
    let founded = ada.create_group(ada_peer, Charter::default(), properties);
    let adas = lab.soon(founded).await.unwrap();
    lab.soon(adas.connect(PATIENCE)).await.unwrap();
    let card = lab.soon(ben.identity_info(ben_peer)).await.unwrap().unwrap();
    let invited = lab.soon(adas.invite(card, Terms::role(Role::Member))).await.unwrap();
    let bens = lab.soon(ben.join(invited)).await.unwrap();
    lab.soon(bens.connect(PATIENCE)).await.unwrap();
    let mut events = lab.soon(bens.register(&[Interest::from(EventKind::Record)])).await.unwrap();

    let at_once = bytes(mebibytes * MEBIBYTE, 0);
    let one = lab.soon(adas.publish(file().payload(at_once.clone()))).await.unwrap();
    let streamed = bytes(MEBIBYTE + 12_345, 7);
    let upload = lab.soon(adas.upload(Cursor::new(streamed.clone()))).await.unwrap();
    let two = lab.soon(adas.publish(file().upload(upload))).await.unwrap();
    let mut arrived = Vec::new();
    while arrived.len() < 2 {
        if let Event::PayloadArrived { record, .. } = lab.soon(events.next()).await.unwrap() {
            arrived.push(record);
        }
    }
    assert!(arrived.contains(&one) && arrived.contains(&two));
    assert!(lab.soon(whole(&bens, one)).await == at_once, "not what was published");
    assert!(lab.soon(read(&bens, two)).await == streamed, "not what was uploaded");
    lab.soon(ben.shutdown()).await;
    lab.soon(ada.shutdown()).await;
}

async fn whole(group: &Group, record: RecordId) -> Vec<u8> {
    let record = group.record(record).await.unwrap().unwrap();
    group.payload(&record).await.unwrap().to_vec()
}

async fn read(group: &Group, record: RecordId) -> Vec<u8> {
    let large = group.record(record).await.unwrap().unwrap().large.unwrap();
    let mut bytes = Vec::new();
    group.payload_reader(large.id).read_to_end(&mut bytes).await.unwrap();
    bytes
}
