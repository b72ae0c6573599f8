//! Nodes, identities, and the ways into a group.

use std::path::Path;
use std::time::Duration;

use peergroup::{Charter, Group, Properties, Role, Terms};

use crate::ground::Ground;
use crate::peer::Peer;
use crate::stage::{Outcome, SOON, check, done, heading, refused, say};

/// How long the attempt takes that is to fail.
const BRIEF: Duration = Duration::from_secs(1);

pub(crate) fn starting_up(ground: Ground, folder: &Path) -> Outcome<[Peer; 3]> {
    heading("Starting up the peer grouping infrastructure", "PeerGroupStartup");
    let start = |name| Peer::start(ground, name, folder);
    let peers = [start("Ada")?, start("Ben")?, start("Cleo")?];
    say("Three nodes run in this process, each with a listening socket and a store on disk:");
    for peer in &peers {
        say(format_args!("  {}", peer.name));
    }
    Ok(peers)
}

pub(crate) async fn obtaining_identities(mut peers: [Peer; 3]) -> Outcome<[Peer; 3]> {
    heading(
        "Obtaining a peer identity",
        "PeerEnumIdentities, PeerIdentityCreate, PeerIdentityGetXML",
    );
    for peer in &mut peers {
        let known = done("list identities", peer.node.identities()).await?;
        check(known.is_empty(), "a new node has no identity")?;
        let made = peer.node.create_identity(peer.name.parse()?);
        let identity = done("create an identity", made).await?;
        peer.identity = Some(identity);
        let known = done("list identities", peer.node.identities()).await?;
        check(known.iter().any(|card| card.peer == identity), "the identity is listed")?;
        say(format_args!("{} is {identity}", peer.name));
    }
    Ok(peers)
}

pub(crate) async fn obtaining_groups(ada: &Peer, ben: &Peer) -> Outcome<[Group; 2]> {
    heading(
        "Obtaining a group handle",
        "PeerGroupCreate, PeerGroupCreateInvitation, PeerGroupJoin, PeerGroupOpen, \
         PeerGroupConnect",
    );
    let properties = Properties::named("The tour".parse()?);
    let creation = ada.node.create_group(ada.identity()?, Charter::default(), properties);
    let adas = done("create a group", creation).await?;
    say(format_args!("Ada founds the group \"The tour\": {}", adas.id()));

    let bens = join(ada, &adas, ben, Role::Member).await?;
    let why = refused("connect without a member online", bens.connect(BRIEF)).await?;
    say(format_args!("Ben cannot connect yet, for Ada has not: {why}"));

    done("connect", adas.connect(SOON)).await?;
    say("Ada connects: as the creator she needs nobody to be ready");
    done("connect again", bens.connect(SOON)).await?;
    let status = done("ask for the status", bens.status()).await?;
    check(status.ready && status.neighbours > 0, "Ben is connected and ready")?;
    say("Ben tries again, finds Ada and synchronises");

    done("close", bens.close()).await?;
    done("open", ben.node.open(bens.seat())).await?;
    done("connect", bens.connect(SOON)).await?;
    say("Ben closes the group, opens it again, this time without an invitation, and connects");
    Ok([adas, bens])
}

/// A card goes one way, an invitation the other; by it the peer joins.
pub(crate) async fn join(by: &Peer, group: &Group, peer: &Peer, role: Role) -> Outcome<Group> {
    let card = Peer::read_card(&peer.write_card().await?)?;
    let invited = done("invite", group.invite(card, Terms::role(role))).await?;
    let file = peer.send_invitation(&invited)?;
    say(format_args!("{}'s invitation for {} is {}", by.name, peer.name, file.display()));
    let invitation = Peer::read_invitation(&file)?;
    check(invitation.role() == role, "the invitation gives the role")?;
    check(Some(invitation.subject()) == peer.identity, "the invitation is for this peer")?;
    let joined = done("join", peer.node.join(invitation)).await?;
    check(joined.id() == group.id(), "the group joined is the group invited to")?;
    say(format_args!("{} joins by it", peer.name));
    Ok(joined)
}
