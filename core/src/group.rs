//! One seat's group: its authority, its records, its neighbours.

mod acquaintance;
mod acts;
#[cfg(feature = "simulation")]
mod audit;
mod beacon;
mod book;
mod checkpoint;
mod choice;
mod clock;
mod compare;
mod database;
mod dials;
mod differences;
mod direct;
mod exchange;
mod export;
mod gate;
mod invited;
mod mesh;
mod neighbour;
mod online;
#[cfg(feature = "password")]
mod password;
mod payload;
mod presence;
mod progress;
mod publish;
mod pump;
mod removal;
mod renewal;
mod restore;
mod restored;
mod settle;
mod spread;
mod staged;
mod views;
mod windows;

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use crate::address::Address;
use crate::authority::{Acting, Authority};
use crate::beacon::Beacon;
use crate::broadcast::Broadcast;
use crate::codec::encode;
use crate::cx::Cx;
use crate::event::{ConnectFailure, Seat};
use crate::genesis::Genesis;
use crate::id::{Instance, LinkId, StatementId, Ticket};
use crate::invitation::Invitation;
use crate::key::{Keyring, PeerId, SecretKey};
use crate::layout::{Readiness, SeatRow, seat_key};
use crate::log::Log;
use crate::message::Item;
use crate::name::Name;
use crate::peer_time::PeerClock;
use crate::presence::Presences;
use crate::property::Properties;
use crate::record::Records;
use crate::statement::{Body, Role, Statement};
use crate::storage::{Change, StoreFailure};
use crate::time::{Instant, UnixTime, Why};

pub use acts::Terms;
pub use checkpoint::Checkpointed;
pub(crate) use export::imported_rows;
pub(crate) use gate::Refusal;
pub use invited::Withdrawn;
pub use removal::{Removal, Removed};
pub(crate) use restore::{Restoring, Step};
pub(crate) use spread::tree_of;

use acquaintance::Acquaintances;
use beacon::Near;
use book::Book;
use dials::Dials;
use differences::Marks;
use neighbour::Neighbour;
use payload::Payloads;
use staged::{Flight, Staged};
use windows::Windows;

/// Who a group acts as.
#[derive(Clone, Debug)]
pub(crate) struct Me {
    pub(crate) key: SecretKey,
    pub(crate) name: Name,
    pub(crate) instance: Instance,
}

/// A group that is open on this node.
#[derive(Debug)]
pub(crate) struct Group {
    seat: Seat,
    me: Me,
    authority: Authority,
    records: Records,
    keys: Keyring,
    clock: PeerClock,
    statements: Log,
    /// The statements that are listed, by their items.
    statement_ids: BTreeMap<Item, StatementId>,
    versions: Log,
    /// Where the statements lie in the store.
    positions: BTreeMap<StatementId, u64>,
    next_position: u64,
    row: SeatRow,
    /// Properties as last told to the application.
    properties: Option<Properties>,
    /// Under what this node signs: chosen when it connects.
    acting: Option<Acting>,
    /// This identity's role as last told to the application.
    role: Option<Role>,
    /// Everybody's role as last told to the application.
    roles: BTreeMap<PeerId, Role>,
    /// When they change without the authority set.
    windows: Windows,
    /// When they were judged last.
    judged_at: UnixTime,
    online: bool,
    attempt: Option<Attempt>,
    /// On the heap, each by itself: a map makes room for several at once.
    neighbours: BTreeMap<LinkId, Box<Neighbour>>,
    marks: Marks,
    /// Along which links versions go.
    broadcast: Broadcast<LinkId>,
    /// When to announce what waits for others.
    tell_at: Option<Instant>,
    book: Book,
    dials: Dials,
    /// What is shown of it on the local network, and what is seen there.
    beacon: Option<Beacon>,
    near: Near,
    presences: Presences,
    acquaintances: Acquaintances,
    payloads: Payloads,
    staged: Staged,
    flights: VecDeque<(Ticket, Flight)>,
    failed: Option<StoreFailure>,
    leaving: Option<Leaving>,
    /// How far the first synchronisation had come when the application was last told.
    part_told: u64,
    /// The application has been told that the calendars differ too much.
    told_off: bool,
    /// The end of its own window that the application was last warned of.
    warned: Option<UnixTime>,
    /// The own grant of which the application was last told that it is nearly used up.
    filling: Option<StatementId>,
    #[cfg(feature = "password")]
    keep: crate::password::Keep,
}

/// This identity is no member as far as is known here: it gave that up, or was removed, and others
/// are yet to hear of it or may know better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaving {
    /// The operation that makes its resignation durable is under way.
    Storing(Ticket),
    /// The group stays online until somebody says that it is no member.
    Spreading,
    /// Somebody said that it knows. It may keep that to itself: whoever else is linked or dialled
    /// is told as well.
    Known,
}

/// An attempt to connect, and the best explanation so far of why it fails.
#[derive(Clone, Copy, Debug)]
struct Attempt {
    failure: ConnectFailure,
}

impl Group {
    fn new(genesis: &Genesis, me: Me, row: SeatRow) -> Self {
        let seat = Seat { identity: me.key.peer(), group: genesis.id() };
        Self {
            seat,
            authority: Authority::new(genesis.clone()),
            records: Records::new(genesis.id()),
            keys: Keyring::default(),
            clock: PeerClock::default(),
            me,
            statements: Log::new(),
            statement_ids: BTreeMap::new(),
            versions: Log::new(),
            positions: BTreeMap::new(),
            next_position: 0,
            row,
            properties: None,
            acting: None,
            role: None,
            roles: BTreeMap::new(),
            windows: Windows::default(),
            judged_at: UnixTime::MAX,
            online: false,
            attempt: None,
            neighbours: BTreeMap::new(),
            marks: Marks::default(),
            broadcast: Broadcast::new(tree_of(seat.identity)),
            tell_at: None,
            book: Book::default(),
            dials: Dials::default(),
            beacon: None,
            near: Near::default(),
            presences: Presences::default(),
            acquaintances: Acquaintances::default(),
            payloads: Payloads::new(seat),
            staged: Staged::default(),
            flights: VecDeque::new(),
            failed: None,
            leaving: None,
            part_told: 0,
            told_off: false,
            warned: None,
            filling: None,
            #[cfg(feature = "password")]
            keep: crate::password::Keep::default(),
        }
    }

    /// Founds a group. Gives it and the ticket that makes it durable.
    pub(crate) fn found(
        cx: &mut Cx<'_>,
        me: Me,
        genesis: &Genesis,
        mut properties: Properties,
    ) -> (Self, Ticket) {
        properties.link_secret = cx.shared.entropy.groups.bytes32();
        let row = SeatRow {
            genesis: genesis.unchecked(),
            link_secret: properties.link_secret,
            ready: Readiness::Ready,
            group_name: properties.name.clone(),
        };
        let mut group = Self::new(genesis, me, row);
        group.stage_row();
        group.acting = group.authority.acting_grant(group.seat.identity, cx.now.wall);
        group.act(Body::Property(properties), Vec::new());
        let ticket = group.commit_act(cx);
        (group, ticket)
    }

    /// Prepares membership by an invitation that has been checked.
    pub(crate) fn join(cx: &mut Cx<'_>, me: Me, invitation: &Invitation) -> (Self, Ticket) {
        let row = SeatRow {
            genesis: invitation.genesis().unchecked(),
            link_secret: invitation.link_secret(),
            ready: Readiness::Never,
            group_name: invitation.group_name().clone(),
        };
        let mut group = Self::newcomer(invitation.genesis(), me, row, invitation.addresses());
        group.trust_chain(invitation.grants());
        for grant in invitation.grants() {
            group.take_statement(grant.clone());
        }
        group.stage_book();
        let ticket = group.commit_act(cx);
        (group, ticket)
    }

    /// A seat that is new here, with where its group may be found.
    fn newcomer(genesis: &Genesis, me: Me, row: SeatRow, addresses: &[Address]) -> Self {
        let mut group = Self::new(genesis, me, row);
        group.stage_row();
        for address in addresses {
            group.book.remember(address);
        }
        group
    }

    /// Inserts a statement whose form and signature hold, and stages it for the store. False if
    /// the set has it, or has no place for it yet.
    fn take_statement(&mut self, statement: Statement) -> bool {
        use crate::authority::Inserted;
        self.trust_own(&statement);
        let id = statement.id();
        let bytes = statement.encode();
        match self.authority.insert(statement) {
            Ok(Inserted::New | Inserted::Upgraded) => {}
            Ok(Inserted::InsteadOf(gone)) => self.forget_statement(&gone),
            Ok(Inserted::Known | Inserted::Orphan | Inserted::Void | Inserted::Full) | Err(_) => {
                return false;
            }
        }
        let position = *self.positions.entry(id).or_insert(self.next_position);
        self.next_position = self.next_position.max(position.saturating_add(1));
        let key = crate::layout::statement_key(self.seat, position);
        let value = bytes.into_boxed_slice().into();
        self.staged.changes.push(Change::Put { key, value });
        self.staged.flight.statements.push(id);
        self.forget_void();
        true
    }

    /// A statement made room for another one.
    fn forget_statement(&mut self, id: &StatementId) {
        if let Some(position) = self.positions.remove(id) {
            let key = crate::layout::statement_key(self.seat, position);
            self.staged.changes.push(Change::Delete { key });
        }
    }

    fn stage_row(&mut self) {
        let value = encode(&self.row).into();
        self.staged.changes.push(Change::Put { key: seat_key(self.seat), value });
    }

    /// The seat.
    pub(crate) fn seat(&self) -> Seat {
        self.seat
    }

    /// The group's genesis.
    pub(crate) fn genesis(&self) -> &Genesis {
        self.authority.genesis()
    }

    /// The seat's row as it lies, or will lie, in the store.
    pub(crate) fn row(&self) -> &SeatRow {
        &self.row
    }

    /// The identity has another name now.
    pub(crate) fn rename(&mut self, cx: &mut Cx<'_>, name: Name) {
        self.me.name = name;
        self.announce(cx, false);
    }

    /// The link secrets that open this group's door, the newest first.
    pub(crate) fn link_secrets(&self) -> Vec<[u8; 32]> {
        let mut secrets = self.authority.link_secrets();
        if secrets.is_empty() {
            secrets.push(self.row.link_secret);
        }
        secrets
    }

    /// The newest of them: what this end dials with and tells those it invites.
    pub(crate) fn link_secret(&self) -> [u8; 32] {
        self.link_secrets().first().copied().unwrap_or_default()
    }

    /// A deadline of the group passed.
    pub(crate) fn on_timer(&mut self, cx: &mut Cx<'_>, why: Why) {
        if why == Why::Connect {
            self.on_connect_timeout(cx);
        } else if why == Why::Maintain {
            self.maintain(cx);
        } else if why == Why::Presence {
            self.announce(cx, false);
        } else if why == Why::Relay {
            self.pass_on_renewals(cx);
        } else if why == Why::Lapse {
            self.on_lapse(cx);
        } else if why == Why::Expiry {
            self.on_expiry(cx);
        } else if why == Why::Window {
            self.on_roles_changed(cx, BTreeSet::new());
        } else if why == Why::Renewal {
            self.on_chores(cx);
        } else if why == Why::Pull {
            self.on_impatient(cx);
        } else if why == Why::Beacon {
            self.advertise(cx);
        } else if why == Why::Spread {
            self.on_spread(cx);
        }
    }

    /// A peer's role now.
    pub(crate) fn role_of(&self, peer: PeerId, at: UnixTime) -> Option<Role> {
        self.authority.role(peer, at)
    }

    /// Whether the store has failed it: then nothing can be done but to close it.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    /// Who is online, those who have left included.
    #[cfg(test)]
    pub(crate) fn presences(&self) -> &Presences {
        &self.presences
    }

    /// How often a statement or a member was looked at so far.
    #[cfg(test)]
    pub(crate) fn looks(&self) -> u64 {
        self.authority.looks()
    }

    /// Whether links of this group are wanted.
    pub(crate) fn is_online(&self) -> bool {
        self.online && self.failed.is_none()
    }
}
