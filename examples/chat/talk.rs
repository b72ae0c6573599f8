//! The conversation: lines from the keyboard out, lines from the others in.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::BufRead as _;
use std::time::Duration;

use peergroup::{
    Attribute, ChangeKind, Connection, ConnectionChange, Event, EventKind, Group, Interest,
    MemberChange, PeerId, Record, RecordDraft, RecordId, TypeId, Value, unix_now,
};
use tokio::sync::mpsc;

use crate::Outcome;
use crate::home::Home;

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
/// How long one attempt to find somebody takes.
const ATTEMPT: Duration = Duration::from_secs(10);

pub(crate) async fn talk(home: &Home) -> Outcome {
    let group = home.group().await?;
    let kinds = [
        EventKind::Record,
        EventKind::Connection,
        EventKind::Data,
        EventKind::Member,
        EventKind::ConnectFailed,
        EventKind::Credentials,
    ];
    let mut events = group.register(&kinds.map(Interest::from)).await?;
    let mut lines = keyboard();
    println!("Connecting … (/help tells what you can say)");
    while let Err(error) = group.connect(ATTEMPT).await {
        println!("* {error}; trying again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let (connections, welcomed) = (BTreeMap::new(), BTreeSet::new());
    let mut talk = Talk { home, group, connections, welcomed };
    talk.welcome().await?;
    loop {
        let is_over = tokio::select! {
            line = lines.recv() => match line {
                Some(line) => talk.on_line(line.trim()).await?,
                None => true,
            },
            event = events.next() => match event {
                Some(event) => talk.on_event(event).await?,
                None => true,
            },
        };
        if is_over {
            talk.group.close().await?;
            return Ok(());
        }
    }
}

/// Lines from the keyboard, read on a thread of their own.
fn keyboard() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

struct Talk<'a> {
    home: &'a Home,
    group: Group,
    /// The direct connections that are up.
    connections: BTreeMap<PeerId, Connection>,
    /// What was said before this began, and is not to be shown again.
    welcomed: BTreeSet<RecordId>,
}

impl Talk<'_> {
    async fn welcome(&mut self) -> Outcome {
        println!("You are in \"{}\".", self.group.properties().await?.name);
        let mut records = self.group.records(Some(LINE)).await?;
        records.sort_by_key(|record| record.modified);
        for record in &records {
            self.show(record).await?;
        }
        self.welcomed = records.iter().map(|record| record.id).collect();
        Ok(())
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
            [word, ..] if word.starts_with('/') => {
                println!("{HELP}");
                Ok(())
            }
            _ => self.say(line).await,
        };
        if let Err(error) = done {
            println!("* {error}");
        }
        Ok(false)
    }

    async fn say(&self, line: &str) -> Outcome {
        let name = self.name_of(self.home.identity).await?;
        let draft = RecordDraft::new(LINE, unix_now().after(SHOWN))
            .attribute(Attribute::text(NAME, &name)?)
            .payload(line.to_owned());
        self.group.publish(draft).await?;
        Ok(())
    }

    async fn who(&self) -> Outcome {
        for member in self.group.members().await? {
            let name = self.name_of(member.peer).await?;
            let online = if member.is_online() { "online" } else { "away" };
            let role =
                if member.is_creator { "creator".into() } else { format!("{:?}", member.role) };
            println!("* {name}: {role}, {online}, {}", member.peer);
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

    async fn invite(&self, card: &str, out: &str) -> Outcome {
        let invitation = self.home.invite(&fs::read(card)?).await?;
        fs::write(out, invitation.to_xml())?;
        println!("* {out} is an invitation for {}", invitation.subject_name());
        Ok(())
    }

    /// Shows what happened. True if the conversation is over.
    async fn on_event(&mut self, event: Event) -> Outcome<bool> {
        match event {
            Event::RecordChanged { kind: ChangeKind::Added, record, type_id: LINE } => {
                self.show_other(record).await?;
            }
            Event::Data { peer, type_id: WHISPER, data, .. } => {
                let said = String::from_utf8_lossy(&data);
                println!("{} whispers: {}", self.name_of(peer).await?, plain(&said));
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
            Event::ConnectFailed(failure) => println!("* nobody is there yet: {failure}"),
            Event::CredentialsChanged { role: None } => {
                println!("* you are no member any more");
                return Ok(true);
            }
            _ => {}
        }
        Ok(false)
    }

    async fn show_member(&self, peer: PeerId, change: MemberChange) -> Outcome {
        let what = match change {
            MemberChange::Online => "is here",
            MemberChange::Offline => "has gone",
            MemberChange::Joined => "was invited",
            MemberChange::Left => "is no member any more",
            _ => return Ok(()),
        };
        println!("* {} {what}", self.name_of(peer).await?);
        Ok(())
    }

    async fn show_other(&self, record: RecordId) -> Outcome {
        match self.group.record(record).await? {
            Some(record)
                if record.creator != self.home.identity && !self.welcomed.contains(&record.id) =>
            {
                self.show(&record).await
            }
            _ => Ok(()),
        }
    }

    async fn show(&self, record: &Record) -> Outcome {
        let said = String::from_utf8_lossy(&record.payload);
        let signed = record.attributes.iter().find(|attribute| *attribute.name == *NAME);
        let name = match signed.map(|attribute| &attribute.value) {
            Some(Value::Text(name)) if record.creator == record.modifier => name.to_string(),
            _ => self.name_of(record.creator).await?,
        };
        println!("{name}: {}", plain(&said));
        Ok(())
    }

    /// The name that a member gives itself, or the beginning of its key.
    async fn name_of(&self, peer: PeerId) -> Outcome<String> {
        if peer == self.home.identity {
            return Ok(self.home.card().await?.name.to_string());
        }
        let member = self.group.member(peer).await?;
        let name = member.and_then(|member| member.name).filter(|name| !name.is_empty());
        Ok(name.map_or_else(|| peer.to_string().chars().take(8).collect(), |name| name.to_string()))
    }
}

/// Without the control characters that could write over what is on the screen.
fn plain(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).collect()
}
