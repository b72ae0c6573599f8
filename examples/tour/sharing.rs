//! Events, records and members.

use std::time::Duration;

use peergroup::{
    ChangeKind, Event, EventKind, Events, Group, Interest, RecordDraft, RecordUpdate, TypeId,
    unix_now,
};

use crate::peer::Peer;
use crate::stage::{Outcome, SOON, check, done, heading, say, until, within};

/// The tour's own type of record.
pub(crate) const NOTE: TypeId = TypeId::from_u128(0xd0c5_0f0a_6a5b_4e0e_9c1f_0c2f_8f0e_7a01);

pub(crate) fn note(text: &str) -> RecordDraft {
    let in_an_hour = unix_now().after(Duration::from_secs(3600));
    RecordDraft::new(NOTE, in_an_hour).payload(text.to_owned())
}

pub(crate) async fn registering_for_events(adas: &Group, bens: &Group) -> Outcome {
    heading(
        "Registering for peer grouping events",
        "PeerGroupRegisterEvent, PeerGroupGetEventData, PeerGroupUnregisterEvent",
    );
    let notes = Interest { kind: EventKind::Record, type_id: Some(NOTE) };
    let mut events = done("register", bens.register(&[notes])).await?;
    check(events.try_next().is_none(), "the queue is empty at first")?;
    say("Ben registers for changes of records of one type");

    let record = done("publish", adas.publish(note("hello, group"))).await?;
    expect_change(&mut events, ChangeKind::Added).await?;
    let read = done("read", bens.record(record)).await?.ok_or("the record is there")?;
    check(read.payload == "hello, group", "the record says what Ada wrote")?;
    check(read.creator == adas.identity(), "the record names who wrote it")?;
    say("Ada adds a record; Ben is told, and reads \"hello, group\"");

    let change = RecordUpdate::new().payload("hello again");
    done("update", adas.update(record, change)).await?;
    expect_change(&mut events, ChangeKind::Updated).await?;
    say("Ada updates it; Ben is told");
    done("delete", adas.delete(record)).await?;
    expect_change(&mut events, ChangeKind::Deleted).await?;
    say("Ada deletes it; Ben is told");
    drop(events);
    say("Ben drops the registration and is told nothing more");
    Ok(())
}

async fn expect_change(events: &mut Events, expected: ChangeKind) -> Outcome {
    let event = within(SOON, "an event", events.next()).await?;
    let is_expected = matches!(
        event,
        Some(Event::RecordChanged { kind, type_id: NOTE, .. }) if kind == expected
    );
    check(is_expected, &format!("the event is a record {expected:?}, not {event:?}"))
}

pub(crate) async fn finding_peers(adas: &Group, peers: [&Peer; 3]) -> Outcome {
    heading("Finding a peer", "PeerGroupEnumMembers");
    until("all members are listed as online", async || {
        let members = adas.members().await?;
        Ok(members.len() == 3 && members.iter().all(peergroup::Member::is_online))
    })
    .await?;
    for member in done("list the members", adas.members()).await? {
        let peer = peers.iter().find(|peer| peer.identity == Some(member.peer));
        let peer = peer.ok_or("every member is one of the three")?;
        let at: Vec<String> = member
            .instances
            .iter()
            .flat_map(|instance| &instance.addresses)
            .map(ToString::to_string)
            .collect();
        let role = if member.is_creator { "creator".into() } else { format!("{:?}", member.role) };
        check(!at.is_empty(), "an online member has an address")?;
        say(format_args!("{:5} {role:8} {} {}", peer.name, member.peer, at.join(" ")));
    }
    Ok(())
}
