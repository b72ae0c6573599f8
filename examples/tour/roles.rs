//! What roles permit and forbid, and how they change.

use peergroup::{Event, EventKind, Group, RecordUpdate, Role, Terms};

use crate::beginning::join;
use crate::peer::Peer;
use crate::sharing::note;
use crate::stage::{Outcome, SOON, check, done, heading, refused, say, until, within};

/// Gives Cleo's group, to which Ben invites her in the end.
pub(crate) async fn roles(adas: &Group, ben: &Peer, bens: &Group, cleo: &Peer) -> Outcome<Group> {
    heading(
        "Creating administrator and member roles",
        "PeerGroupCreateInvitation, PeerGroupIssueCredentials, PeerGroupSetProperties",
    );
    what_a_member_may_not(adas, bens, cleo).await?;
    promotion(adas, ben, bens).await?;
    let cleos = join(ben, bens, cleo, Role::Member).await?;
    done("connect", cleos.connect(SOON)).await?;
    say("Ben, now an Admin, has invited Cleo, and she is connected");

    let of_cleo = done("publish", cleos.publish(note("by Cleo"))).await?;
    until("Ben has it", async || Ok(bens.record(of_cleo).await?.is_some())).await?;
    done("delete another's record", bens.delete(of_cleo)).await?;
    until("it is gone", async || Ok(cleos.record(of_cleo).await?.is_none())).await?;
    say("Ben, as an Admin, deletes a record of Cleo's");
    let properties = done("read the properties", bens.properties()).await?;
    let why = refused("set properties", bens.set_properties(properties)).await?;
    say(format_args!("but properties are the creator's: {why}"));
    Ok(cleos)
}

async fn what_a_member_may_not(adas: &Group, bens: &Group, cleo: &Peer) -> Outcome {
    let role = done("ask for the role", bens.role()).await?;
    check(role == Some(Role::Member), "Ben is a Member")?;
    let of_ada = done("publish", adas.publish(note("by Ada"))).await?;
    until("Ben has it", async || Ok(bens.record(of_ada).await?.is_some())).await?;

    say("Ben is a Member. He may not …");
    let card = Peer::read_card(&cleo.write_card().await?)?;
    let invitation = bens.invite(card, Terms::role(Role::Member));
    let why = refused("invite as a Member", invitation).await?;
    say(format_args!("… invite: {why}"));
    let properties = done("read the properties", bens.properties()).await?;
    let why = refused("set properties as a Member", bens.set_properties(properties)).await?;
    say(format_args!("… set properties: {why}"));
    let change = RecordUpdate::new().payload("by Ben");
    let why = refused("update another's record", bens.update(of_ada, change)).await?;
    say(format_args!("… update Ada's record: {why}"));
    let why = refused("delete another's record", bens.delete(of_ada)).await?;
    say(format_args!("… delete Ada's record: {why}"));
    done("publish", bens.publish(note("by Ben"))).await?;
    say("He may add records of his own");

    let mut properties = done("read the properties", adas.properties()).await?;
    properties.comment = "set by the creator".parse()?;
    done("set properties", adas.set_properties(properties)).await?;
    until("Ben sees the comment", async || {
        Ok(bens.properties().await?.comment.as_str() == "set by the creator")
    })
    .await?;
    say("Ada, the creator, sets the group's comment, and Ben sees it");
    Ok(())
}

async fn promotion(adas: &Group, ben: &Peer, bens: &Group) -> Outcome {
    let mut events = done("register", bens.register(&[EventKind::Credentials.into()])).await?;
    done("grant", adas.grant(bens.identity(), Terms::role(Role::Admin))).await?;
    let event = within(SOON, "new credentials", events.next()).await?;
    let is_promoted = matches!(event, Some(Event::CredentialsChanged { role: Some(Role::Admin) }));
    check(is_promoted, "Ben is told of his new role")?;
    say("Ada makes Ben an Admin, and Ben is told");
    done("close", bens.close()).await?;
    done("open", ben.node.open(bens.seat())).await?;
    done("connect", bens.connect(SOON)).await?;
    let role = done("ask for the role", bens.role()).await?;
    check(role == Some(Role::Admin), "Ben acts as an Admin")?;
    until("Ben is connected", async || Ok(bens.status().await?.neighbours > 0)).await?;
    say("Ben closes the group and connects again: now the role is in effect");
    Ok(())
}
