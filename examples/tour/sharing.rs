//! Events, records and members.

use std::time::Duration;

use peergroup::{
    Attribute, ChangeKind, Event, EventKind, Events, Group, Interest, Pattern, Query, RecordDraft,
    RecordUpdate, Subject, TypeId, Value, unix_now,
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

pub(crate) async fn searching_records(adas: &Group, bens: &Group) -> Outcome {
    heading("Searching records", "PeerGroupSearchRecords");
    for (place, year) in [("Paris", 2019), ("Parma", 2021), ("Rome", 2022)] {
        let photo = note(place)
            .attribute(Attribute::text("place", place)?)
            .attribute(Attribute::new("year", Value::Int(year))?);
        done("publish", adas.publish(photo)).await?;
    }
    let query = Query::and([
        Subject::attribute("place")?.equal("Par*".parse::<Pattern>()?)?,
        Subject::attribute("year")?.greater(2020)?,
    ])?;
    until("the photo is found", async || Ok(!bens.search(query.clone()).await?.is_empty())).await?;
    let found = done("search", bens.search(query.clone())).await?;
    let places: Vec<_> = found.iter().map(|record| record.payload.clone()).collect();
    check(places == ["Parma"], "the one photo of those places and years is found")?;
    say("Ada adds three photos; Ben finds the one of \"Par*\" after 2020");
    check(Query::from_xml(&query.to_xml())? == query, "a search survives as a document")?;
    say("the search as a document:");
    query.to_xml().lines().for_each(|line| say(format_args!("  {line}")));
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
