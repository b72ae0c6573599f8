//! Histories as operations of p2panda-auth, with its resolver "strong remove".
//!
//! The group is created by its creator with itself as the only manager. A Grant is an `Add`, of
//! `Manage` or, for a Member, of `Write`; of one who is a member already, a `Promote`. An operation
//! depends on the latest of what its author had seen.

use p2panda_auth::Access;
use p2panda_auth::group::resolver::StrongRemove;
use p2panda_auth::group::{
    GroupAction, GroupCrdt, GroupCrdtError, GroupCrdtState, GroupMember, GroupMembershipError,
};
use p2panda_auth::traits::Operation;
use p2panda_core::traits::{Author, OperationId};
use serde::{Deserialize, Serialize};

use crate::facts::{Deed, Mask, Rank, bit, each};
use crate::view::History;
use crate::{Roles, System};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
struct Peer(u8);

impl Author for Peer {}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Number(u8);

impl OperationId for Number {}

impl core::fmt::Display for Peer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

impl core::fmt::Display for Number {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.fmt(f)
    }
}

const GROUP: Peer = Peer(u8::MAX);
/// The operation that creates the group.
const CREATE: Number = Number(u8::MAX);

#[derive(Clone, Debug)]
struct Said {
    id: Number,
    author: Peer,
    dependencies: Vec<Number>,
    action: GroupAction<Peer>,
}

impl Operation<Peer, Number> for Said {
    fn id(&self) -> Number {
        self.id
    }

    fn author(&self) -> Peer {
        self.author
    }

    fn dependencies(&self) -> Vec<Number> {
        self.dependencies.clone()
    }

    fn group_id(&self) -> Peer {
        GROUP
    }

    fn action(&self) -> GroupAction<Peer> {
        self.action.clone()
    }
}

type Resolver = StrongRemove<Peer, Number, Said, ()>;
type Group = GroupCrdt<Peer, Number, Said, (), Resolver>;
type Replica = GroupCrdtState<Peer, Number, Said, ()>;
type Refusal = GroupCrdtError<Peer, Number, Said, (), Resolver>;

/// What becomes of statements here.
#[derive(Clone, Copy, Default)]
struct Choice {
    /// Grants that promote.
    promotes: Mask,
    /// What has no right in the view of its author, and what depends on that.
    refused: Mask,
}

#[derive(Default)]
pub(crate) struct Told {}

impl System for Told {
    fn roles(&mut self, history: &History<'_>, some: Mask, backwards: bool) -> Option<Roles> {
        let choice = choose(history)?;
        let mut order: Vec<u8> = each(some & !choice.refused).collect();
        if backwards {
            order.reverse();
            order = causal(history, &order);
        }
        let replica = told(history, &order, choice).expect("was accepted in the order of signing");
        let members = replica.members(GROUP);
        Some(core::array::from_fn(|peer| {
            let peer = Peer(u8::try_from(peer).expect("few peers"));
            let access = members.iter().find(|(member, _)| *member == peer);
            let rank = |manages| if manages { Rank::Admin } else { Rank::Member };
            access.map(|(_, access)| rank(access.is_manage()))
        }))
    }
}

/// How each statement is said; none if one cannot be said.
fn choose(history: &History<'_>) -> Option<Choice> {
    let mut choice = Choice::default();
    loop {
        let order: Vec<u8> = each(history.all() & !choice.refused).collect();
        let Err((number, why)) = told(history, &order, choice) else { return Some(choice) };
        let promotes = choice.promotes & bit(number) != 0;
        match why {
            GroupMembershipError::AlreadyAdded(_) if !promotes => {
                let is_admin = history.facts.fact(number).act.deed == Deed::Grant(Rank::Admin);
                if !is_admin {
                    return None;
                }
                choice.promotes |= bit(number);
            }
            GroupMembershipError::UnrecognisedActor(_)
            | GroupMembershipError::InactiveActor(_)
            | GroupMembershipError::InsufficientAccess(_) => {
                choice.refused |= bit(number);
                for (later, view) in (0_u8..).zip(&history.views) {
                    if view & choice.refused != 0 {
                        choice.refused |= bit(later);
                    }
                }
            }
            _ => return None,
        }
    }
}

/// The same order but that everything comes after what it depends on.
fn causal(history: &History<'_>, order: &[u8]) -> Vec<u8> {
    let all = order.iter().fold(0, |all, &one| all | bit(one));
    let (mut done, mut sorted): (Mask, Vec<u8>) = (0, Vec::new());
    while sorted.len() < order.len() {
        for &one in order {
            let missing = history.views[usize::from(one)] & all & !done;
            if done & bit(one) == 0 && missing == 0 {
                done |= bit(one);
                sorted.push(one);
            }
        }
    }
    sorted
}

/// A replica that was told these statements in this order, or the first that it refused.
fn told(
    history: &History<'_>,
    order: &[u8],
    choice: Choice,
) -> Result<Replica, (u8, GroupMembershipError<GroupMember<Peer>>)> {
    let creator = (GroupMember::Individual(Peer(0)), Access::manage());
    let action = GroupAction::Create { initial_members: vec![creator] };
    let create = Said { id: CREATE, author: Peer(0), dependencies: Vec::new(), action };
    let mut replica = match Group::process(Group::init(), &create) {
        Ok(replica) => replica,
        Err(why) => panic!("{why}"),
    };
    for &number in order {
        let said = say(history, number, choice);
        replica = match Group::process(replica, &said) {
            Ok(replica) => replica,
            Err(Refusal::StateChangeError(_, why)) => return Err((number, why)),
            Err(why) => panic!("{why}"),
        };
    }
    Ok(replica)
}

fn say(history: &History<'_>, number: u8, choice: Choice) -> Said {
    let act = &history.facts.fact(number).act;
    let member = GroupMember::Individual(Peer(act.subject));
    let action = match act.deed {
        Deed::Grant(rank) => {
            let access = if rank == Rank::Admin { Access::manage() } else { Access::write() };
            if choice.promotes & bit(number) == 0 {
                GroupAction::Add { member, access }
            } else {
                GroupAction::Promote { member, access }
            }
        }
        Deed::Remove | Deed::Demote(_) | Deed::Resign => GroupAction::Remove { member },
    };
    let mut dependencies: Vec<Number> = each(history.heads(number)).map(Number).collect();
    if dependencies.is_empty() {
        dependencies.push(CREATE);
    }
    Said { id: Number(number), author: Peer(act.author), dependencies, action }
}
