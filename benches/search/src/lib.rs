//! 100,000 records in a record set and in SQLite, and searches that mean the same in both.

use std::time::Duration;

use peergroup_core::simulation::Archive;
use peergroup_core::simulation::forge::{Forge, ForgedVersion, stamp};
use peergroup_core::{
    Attribute, GroupId, Pattern, Query, SearchError, SecretKey, Subject, TypeId, UnixTime, Value,
};
use rusqlite::{Connection, params};

/// How many records there are.
pub const RECORDS: u64 = 100_000;
/// Records of one member: fewer than a group keeps of one.
const EACH: u64 = 3_125;
const NOW: UnixTime = UnixTime::from_millis(1_700_000_000_000);
const COLOURS: [&str; 7] = ["red", "orange", "yellow", "green", "blue", "indigo", "violet"];

/// One record's attributes, five of three types.
struct Photo {
    number: u64,
}

impl Photo {
    /// Each album has a hundred.
    fn album(&self) -> String {
        format!("album {:03}", self.number * 7919 % 1000)
    }

    /// Each once.
    fn serial(&self) -> i64 {
        (self.number * 48_271 % RECORDS).cast_signed()
    }

    fn colour(&self) -> &'static str {
        COLOURS[(self.number % 7) as usize]
    }

    fn taken(&self) -> UnixTime {
        NOW.before(Duration::from_secs(self.number * 61 % 10_000_000))
    }

    /// Longer than what an index keeps of a text.
    fn path(&self) -> String {
        format!("/pictures/{}/{:06}.jpg", self.album(), self.number)
    }

    fn attributes(&self) -> Vec<Attribute> {
        vec![
            Attribute::text("album", &self.album()).unwrap(),
            Attribute::text("path", &self.path()).unwrap(),
            Attribute::new("serial", Value::Int(self.serial())).unwrap(),
            Attribute::text("colour", self.colour()).unwrap(),
            Attribute::new("taken", Value::Date(self.taken())).unwrap(),
        ]
    }
}

/// The record set with all records, of 32 members.
pub fn archive() -> Archive {
    let group = GroupId::from_bytes([7; 32]);
    let mut archive = Archive::new(group, NOW);
    for number in 0..RECORDS {
        let forge = Forge::new(SecretKey::mock(u128::from(number / EACH)), group);
        let tenure = archive.admit(forge.peer());
        let made = NOW.before(Duration::from_millis(number));
        let later = NOW.after(Duration::from_secs(24 * 3600));
        let stamp = stamp(made, 0, 0);
        let kind = TypeId::from_u128(u128::from(number % 5) << 64 | 0xd0c5);
        let mut version = ForgedVersion::first(forge.peer(), Some(tenure), kind, stamp, later);
        version.nonce = u128::from(number).to_be_bytes();
        version.attributes = Photo { number }.attributes();
        version.payload = vec![0; 64].into();
        assert!(archive.insert(&forge.version(&version)).unwrap());
    }
    archive
}

/// The same records in SQLite in memory, with an index for each type of value.
pub fn sqlite(archive: &Archive) -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE records (id BLOB PRIMARY KEY, payload BLOB) WITHOUT ROWID;
             CREATE TABLE attributes (record BLOB, name TEXT, text TEXT, int INTEGER, date INTEGER);
             CREATE INDEX texts ON attributes (name, text, record) WHERE text IS NOT NULL;
             CREATE INDEX ints ON attributes (name, int, record) WHERE int IS NOT NULL;
             CREATE INDEX dates ON attributes (name, date, record) WHERE date IS NOT NULL;",
        )
        .unwrap();
    let all = connection.transaction().unwrap();
    for record in archive.records(None) {
        let id = record.id.as_bytes();
        all.execute("INSERT INTO records VALUES (?, ?)", params![id, &record.payload[..]]).unwrap();
        for attribute in &record.attributes {
            let (text, int, date) = match &attribute.value {
                Value::Text(text) => (Some(text.as_str()), None, None),
                Value::Int(number) => (None, Some(*number), None),
                Value::Date(moment) => (None, None, Some(moment.as_millis().cast_signed())),
            };
            let insert = "INSERT INTO attributes VALUES (?, ?, ?, ?, ?)";
            all.execute(insert, params![id, &*attribute.name, text, int, date]).unwrap();
        }
    }
    all.commit().unwrap();
    connection.execute_batch("ANALYZE").unwrap();
    connection
}

/// A search, said in both ways.
pub struct Search {
    /// What it is an example of.
    pub name: &'static str,
    /// How many records it finds.
    pub finds: usize,
    /// For the record set.
    pub query: Query,
    /// For SQLite: a condition on attributes `a`.
    pub sql: &'static str,
}

impl Search {
    /// Finds the records in SQLite, in the order of their ids, with their payloads.
    pub fn ask(&self, connection: &Connection) -> Vec<(Vec<u8>, Vec<u8>)> {
        let sql = format!(
            "SELECT id, payload FROM records WHERE id IN
             (SELECT record FROM attributes a WHERE {}) ORDER BY id",
            self.sql
        );
        let mut statement = connection.prepare_cached(&sql).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

/// All searches.
///
/// # Errors
/// None.
pub fn searches() -> Result<Vec<Search>, SearchError> {
    let named = |name| Subject::attribute(name);
    let pattern = |text: &str| text.parse::<Pattern>();
    Ok(vec![
        Search {
            name: "equality",
            finds: 100,
            query: named("album")?.equal("album 042")?,
            sql: "name = 'album' AND text = 'album 042'",
        },
        Search {
            name: "range",
            finds: 100,
            query: Query::and([
                named("serial")?.greater_or_equal(5000)?,
                named("serial")?.less(5100)?,
            ])?,
            sql: "name = 'serial' AND int >= 5000 AND int < 5100",
        },
        Search {
            name: "open range",
            finds: 100,
            query: named("serial")?.less(100)?,
            sql: "name = 'serial' AND int < 100",
        },
        Search {
            name: "prefix",
            finds: 1000,
            query: named("album")?.equal(pattern("album 04*")?)?,
            sql: "name = 'album' AND text GLOB 'album 04*'",
        },
        Search {
            name: "wildcards",
            finds: 1000,
            query: named("album")?.equal(pattern("*0?2")?)?,
            sql: "name = 'album' AND text GLOB '*0?2'",
        },
        Search {
            name: "long text",
            finds: 1,
            query: named("path")?.equal("/pictures/album 919/000001.jpg")?,
            sql: "name = 'path' AND text = '/pictures/album 919/000001.jpg'",
        },
        Search {
            name: "full scan",
            finds: 100,
            query: named("path")?.equal(pattern("*042/*")?)?,
            sql: "name = 'path' AND text GLOB '*042/*'",
        },
        Search {
            name: "by types too",
            finds: 100,
            query: Query::or([
                named("path")?.equal(pattern("*042/*")?)?,
                Subject::RecordType.equal(pattern("*x*")?)?,
            ])?,
            sql: "name = 'path' AND text GLOB '*042/*'",
        },
    ])
}
