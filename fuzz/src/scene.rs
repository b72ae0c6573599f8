//! The group that targets begin with: made once, the same one every time.

use std::sync::OnceLock;
use std::time::Duration;

use peergroup_core::{
    Address, Charter, IdentityInfo, Invitation, Name, Node, Now, PeerId, Properties, RecordDraft,
    RecordId, Role, Seat, SecretKey, Statement, StatementId, Terms, TypeId,
};

use crate::rig::{Rig, Rows, dawn};

/// What kind of records there are.
pub(crate) const NOTE: TypeId = TypeId::from_u128(0x0066_757a_7a00_0000_0000_0000_0000_0001);
/// How long the scene takes to be made.
pub(crate) const LATER: Duration = Duration::from_secs(60);

/// A group of its creator and two who were invited, with a few records.
pub(crate) struct Scene {
    /// The creator's store, and its place.
    pub(crate) rows: Rows,
    pub(crate) seat: Seat,
    /// A member's invitation, and an Admin's.
    pub(crate) invitations: [Invitation; 2],
    /// The grants that they were invited by.
    pub(crate) grants: [StatementId; 2],
    pub(crate) records: Vec<RecordId>,
}

/// The key of somebody.
pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::mock(u128::from(number))
}

/// Somebody.
pub(crate) fn peer(number: u8) -> PeerId {
    key(number).peer()
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// Where somebody listens.
pub(crate) fn address(number: u8) -> Address {
    format!("mem:{number}").parse().expect("an address")
}

/// The scene.
pub(crate) fn scene() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(make)
}

fn make() -> Scene {
    let mut rig = Rig::boot(Rows::new(), 1, dawn());
    let import = |node: &mut Node, now| {
        node.import_identity(now, key(1), name("the creator")).expect("there is room").value
    };
    let creator = rig.act(import);
    rig.act(|node, now| node.listening_at(now, &[address(1)]));
    let properties = Properties::named(name("the group"));
    let found =
        rig.act(|node, now| node.create_group(now, creator, Charter::default(), properties));
    let seat = found.expect("it founds a group").value;
    let invitations = [(7, Role::Member), (8, Role::Admin)].map(|(number, role)| {
        let card = IdentityInfo::new(peer(number), name("invited"));
        rig.act(|node, now| node.invite(now, seat, &card, Terms::role(role))).expect("it may").value
    });
    let mut records = Vec::new();
    for size in [0, 10, 3000, 9000] {
        let expires = rig.now.wall.after(Duration::from_secs(24 * 3600));
        let draft = RecordDraft::new(NOTE, expires).payload(vec![7; size]);
        records.push(rig.act(|node, now| node.publish(now, seat, draft)).expect("it may").value);
    }
    rig.pass(LATER);
    let grant_to = |peer: PeerId| {
        let mut all = rig.node.statements(seat).expect("it is open");
        let is_its = |it: &&Statement| it.grant().is_some_and(|grant| grant.subject == peer);
        all.find(is_its).expect("it was invited").id()
    };
    let grants = [7, 8].map(|number| grant_to(peer(number)));
    Scene { rows: rig.rows, seat, invitations, grants, records }
}

/// When the scene was made.
fn now() -> Now {
    let Now { mono, wall } = dawn();
    Now { mono: mono.after(LATER), wall: wall.after(LATER) }
}

impl Scene {
    /// The creator's node, started again and with the group open.
    pub(crate) fn creator(&self, seed: u8) -> Rig {
        let mut rig = Rig::boot(self.rows.clone(), seed, now());
        rig.act(|node, now| node.listening_at(now, &[address(1)]));
        rig.act(|node, now| node.open(now, self.seat)).expect("it was founded");
        rig
    }

    /// A node of whoever was invited as a member, that has joined.
    pub(crate) fn member(&self, seed: u8) -> Rig {
        let mut rig = Rig::boot(Rows::new(), seed, now());
        rig.act(|node, now| node.import_identity(now, key(7), name("a member"))).expect("room");
        rig.act(|node, now| node.join(now, &self.invitations[0])).expect("it is for it");
        rig
    }
}
