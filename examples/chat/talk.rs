//! The conversation: lines from the keyboard out, lines from the others in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::Duration;

use peergroup::tcp::Tokio;
use peergroup::{
    Attribute, ChangeKind, Connection, ConnectionChange, Event, EventKind, Group, Interest, Member,
    MemberChange, PeerId, Record, RecordDraft, RecordId, Status, TypeId, Value, unix_now,
};

use crate::home::{self, Home, Outcome};
use crate::view::{Kept, Person, Scene, Shown, View, plain};

const HELP: &str = "\
Whatever you write is shown to all, now and to whoever comes within two minutes.
  /whisper NAME TEXT    say something to one member alone
  /who                  list the members
  /invite CARD.xml OUT  write an invitation for the owner of that card
  /help                 this
  /quit                 go";

const LINE: TypeId = TypeId::from_u128(0x7f2c_9d14_3b6e_4a0f_8d55_2b0c_6e10_c4a1);
/// The attribute that tells who says it, for those who have never seen that member online.
const NAME: &str = "name";
const WHISPER: TypeId = TypeId::from_u128(0x7f2c_9d14_3b6e_4a0f_8d55_2b0c_6e10_c4a2);
/// How long a line is shown to those who come.
const SHOWN: Duration = Duration::from_secs(120);

const KINDS: [EventKind; 9] = [
    EventKind::Status,
    EventKind::Record,
    EventKind::Connection,
    EventKind::Data,
    EventKind::Neighbour,
    EventKind::Member,
    EventKind::ConnectFailed,
    EventKind::Credentials,
    EventKind::Fault,
];

pub(crate) async fn talk<V: View>(home: &Home, view: &mut V) -> Outcome {
    let group = home.group().await?;
    let mut events = group.register(&KINDS.map(Interest::from)).await?;
    view.show(Shown::Note("connecting … (/help tells what you can say)".into()))?;
    let mut failure = Ok(());
    home::connect::<Tokio>(&group, |why| {
        failure = view.show(Shown::Note(why));
    })
    .await;
    failure?;
    let (connections, welcomed) = (BTreeMap::new(), BTreeSet::new());
    let mut talk = Talk { home, group, view, connections, welcomed };
    talk.welcome().await?;
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    loop {
        let is_over = tokio::select! {
            line = talk.view.line() => match line {
                Some(line) => talk.on_line(line.trim()).await?,
                None => true,
            },
            event = events.next() => match event {
                Some(event) => talk.on_event(event).await?,
                None => true,
            },
            _ = seconds.tick(), if talk.view.has_room() => false,
        };
        if is_over {
            talk.group.close().await?;
            return Ok(());
        }
        talk.look().await?;
    }
}

struct Talk<'a, V> {
    home: &'a Home,
    group: Group,
    view: &'a mut V,
    /// The direct connections that are up.
    connections: BTreeMap<PeerId, Connection>,
    /// What was said before this began, and is not to be shown again.
    welcomed: BTreeSet<RecordId>,
}

impl<V: View> Talk<'_, V> {
    async fn welcome(&mut self) -> Outcome {
        let group = self.group.properties().await?.name;
        self.note(format!("you are in \"{}\"", plain(&group)))?;
        let mut records = self.group.records(Some(LINE)).await?;
        records.sort_by_key(|record| record.modified);
        for record in &records {
            self.show(record).await?;
        }
        self.welcomed = records.iter().map(|record| record.id).collect();
        Ok(())
    }

    /// Shows what there is now.
    async fn look(&mut self) -> Outcome {
        if !self.view.has_room() || !self.is_open().await {
            return Ok(());
        }
        let now = self.group.to_peer_time(unix_now()).await?;
        let mut scene = Scene {
            group: plain(&self.group.properties().await?.name),
            status: status(&self.group.status().await?),
            ..Scene::default()
        };
        for member in self.group.members().await? {
            let name = plain(&self.name_of(member.peer).await?);
            scene.members.push(Person { name, role: role(&member), is_online: member.is_online() });
        }
        for record in self.group.records(None).await? {
            scene.records.push(Kept {
                id: record.id.to_string().chars().take(6).collect(),
                by: plain(&self.name_of(record.creator).await?),
                bytes: record.payload.len(),
                seconds_left: record.expires.since(now).as_secs(),
            });
        }
        Ok(self.view.set(scene)?)
    }

    async fn is_open(&self) -> bool {
        self.group.status().await.is_ok()
    }

    fn note(&mut self, note: String) -> Outcome {
        Ok(self.view.show(Shown::Note(note))?)
    }

    /// Does what the line says. True if it says to go.
    async fn on_line(&mut self, line: &str) -> Outcome<bool> {
        let done = match line.split_whitespace().collect::<Vec<_>>().as_slice() {
            [] => Ok(()),
            ["/quit", ..] => return Ok(true),
            ["/who", ..] => self.who().await,
            ["/whisper", name, _, ..] => {
                let said = line.splitn(3, char::is_whitespace).nth(2).unwrap_or_default();
                self.whisper(name, said.trim()).await
            }
            ["/invite", card, out] => self.invite(card, out).await,
            [word, ..] if word.starts_with('/') => Ok(self.view.show(Shown::Help(HELP))?),
            _ => self.say(line).await,
        };
        if let Err(error) = done {
            self.note(error.to_string())?;
        }
        Ok(false)
    }

    async fn say(&mut self, line: &str) -> Outcome {
        let name = self.name_of(self.home.identity).await?;
        let draft = RecordDraft::new(LINE, unix_now().after(SHOWN))
            .attribute(Attribute::text(NAME, &name)?)
            .payload(line.to_owned());
        self.group.publish(draft).await?;
        if self.view.has_room() {
            // a terminal shows what was typed by itself
            self.view.show(Shown::Said { name, text: line.to_owned() })?;
        }
        Ok(())
    }

    async fn who(&mut self) -> Outcome {
        for member in self.group.members().await? {
            let name = self.name_of(member.peer).await?;
            let online = if member.is_online() { "online" } else { "away" };
            self.note(format!("{name}: {}, {online}, {}", role(&member), member.peer))?;
        }
        Ok(())
    }

    async fn whisper(&mut self, name: &str, said: &str) -> Outcome {
        let mut peer = None;
        for member in self.group.members().await? {
            if member.peer != self.home.identity && self.name_of(member.peer).await? == name {
                peer = Some(member.peer);
            }
        }
        let peer = peer.ok_or_else(|| format!("nobody here is called {name}"))?;
        let connection = match self.connections.get(&peer) {
            Some(connection) => connection.clone(),
            None => self.group.open_connection(peer).await?,
        };
        connection.send(WHISPER, said.to_owned()).await?;
        self.connections.insert(peer, connection);
        Ok(())
    }

    async fn invite(&mut self, card: &str, out: &str) -> Outcome {
        let invitation = self.home.invite(&fs::read(card)?, crate::ABOUT.role).await?;
        fs::write(out, invitation.to_xml())?;
        self.note(format!("{out} is an invitation for {}", invitation.subject_name()))
    }

    /// Shows what happened. True if the conversation is over.
    async fn on_event(&mut self, event: Event) -> Outcome<bool> {
        if let Some(line) = told(&event) {
            self.view.log(line)?;
        }
        match event {
            Event::RecordChanged { kind: ChangeKind::Added, record, type_id: LINE } => {
                self.show_other(record).await?;
            }
            Event::Data { peer, type_id: WHISPER, data, .. } => {
                let name = plain(&self.name_of(peer).await?);
                let text = plain(&String::from_utf8_lossy(&data));
                self.view.show(Shown::Whispered { name, text })?;
            }
            Event::ConnectionChanged { connection, peer, change } => match change {
                ConnectionChange::Connected => {
                    self.connections.insert(peer, self.group.connection(connection));
                }
                ConnectionChange::Disconnected(_) => {
                    self.connections.remove(&peer);
                }
                _ => {}
            },
            Event::MemberChanged { peer, change } if peer != self.home.identity => {
                self.show_member(peer, change).await?;
            }
            Event::ConnectFailed(failure) => {
                self.note(format!("nobody is there yet: {failure}"))?;
            }
            Event::CredentialsChanged { role: None } => {
                self.note("you are no member any more".into())?;
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    async fn show_member(&mut self, peer: PeerId, change: MemberChange) -> Outcome {
        let what = match change {
            MemberChange::Online => "is here",
            MemberChange::Offline => "has gone",
            MemberChange::Joined => "was invited",
            MemberChange::Left => "is no member any more",
            _ => return Ok(()),
        };
        let name = plain(&self.name_of(peer).await?);
        self.note(format!("{name} {what}"))
    }

    async fn show_other(&mut self, record: RecordId) -> Outcome {
        match self.group.record(record).await? {
            Some(record)
                if record.creator != self.home.identity && !self.welcomed.contains(&record.id) =>
            {
                self.show(&record).await
            }
            _ => Ok(()),
        }
    }

    async fn show(&mut self, record: &Record) -> Outcome {
        let text = plain(&String::from_utf8_lossy(&record.payload));
        let signed = record.attributes.iter().find(|attribute| *attribute.name == *NAME);
        let name = match signed.map(|attribute| &attribute.value) {
            Some(Value::Text(name)) if record.creator == record.modifier => name.to_string(),
            _ => self.name_of(record.creator).await?,
        };
        Ok(self.view.show(Shown::Said { name: plain(&name), text })?)
    }

    async fn name_of(&self, peer: PeerId) -> Outcome<String> {
        self.home.name_of(&self.group, peer).await
    }
}

fn role(member: &Member) -> String {
    if member.is_creator { "creator".into() } else { format!("{:?}", member.role) }
}

fn status(status: &Status) -> String {
    let Status { online, ready, neighbours, .. } = status;
    let ready = if *ready { "ready" } else { "not ready" };
    let online = if *online { "online" } else { "offline" };
    let s = if *neighbours == 1 { "" } else { "s" };
    format!("{online}, {ready}, {neighbours} neighbour{s}")
}

/// What the node tells, in short.
fn told(event: &Event) -> Option<String> {
    let short = |peer: &PeerId| peer.to_string().chars().take(8).collect::<String>();
    Some(match event {
        Event::StatusChanged(now) => format!("status    {}", status(now)),
        Event::Synchronising { here, of, .. } => format!("sync      {here} of {of} records"),
        Event::RecordChanged { kind, record, .. } => {
            let id: String = record.to_string().chars().take(6).collect();
            format!("record    {id} {kind:?}")
        }
        Event::NeighbourChanged { peer, change, .. } => {
            format!("neighbour {} {change:?}", short(peer))
        }
        Event::ConnectionChanged { peer, change, .. } => {
            format!("direct    {} {change:?}", short(peer))
        }
        Event::Data { peer, data, .. } => format!("data      {} {} B", short(peer), data.len()),
        Event::MemberChanged { peer, change } => format!("member    {} {change:?}", short(peer)),
        Event::PeerFaulted { fault, .. } => format!("fault     {fault}"),
        Event::Lagged { missed } => format!("lagged    {missed} events were missed"),
        _ => return None,
    })
}
