//! The genesis, statements of every body, chains.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::vec;
use alloc::vec::Vec;

use super::{Read, Sheet, hex, map, show};
use crate::checkpoint::{Survivor, Worth};
use crate::codec::{decode, encode};
use crate::credential::Chain;
use crate::fault::Fault;
use crate::fixture::{admins, genesis, grant, key, no_lists, statement_id, year};
use crate::genesis::{Charter, Genesis, UncheckedGenesis};
use crate::id::StatementId;
use crate::key::unsound;
use crate::property::{PasswordTerms, Properties};
use crate::stamp::Stamp;
use crate::statement::{Body, Core, Lists, Role, Statement, UncheckedStatement, Window};
use crate::time::UnixTime;

/// Who is not in a group's chain of tests: the creator is key 0.
const ADMIN: u8 = 1;
const SUBJECT: u8 = 2;

#[test]
fn the_vectors_of_statements_are_as_made() {
    let given = map(vec![("genesis", hex(&encode(&genesis().unchecked())))]);
    let mut sheet = Sheet::new("statements.json", given);
    geneses(&mut sheet);
    for (name, statement) in valid_statements() {
        sheet.valid("statement", name, &statement.encode(), read_statement);
        let short = statement.without_lists().encode();
        sheet.valid(
            "statement",
            &[name, ", its lists as a digest"].concat(),
            &short,
            read_statement,
        );
    }
    bad_forms(&mut sheet);
    bad_lists(&mut sheet);
    bad_encodings(&mut sheet);
    bad_signatures(&mut sheet);
    chains(&mut sheet);
    sheet.close();
}

fn read_genesis(bytes: &[u8]) -> Result<Read, &'static str> {
    let content: UncheckedGenesis = decode(bytes).map_err(|_| "Malformed")?;
    let genesis = content.clone().check().ok_or("NotTrusted")?;
    let read = Read::new(show(&content), encode(&genesis.unchecked()));
    Ok(Read { derived: vec![("id", hex(genesis.id().as_bytes()))], ..read })
}

pub(super) fn read_statement(bytes: &[u8]) -> Result<Read, Fault> {
    let statement = Statement::decode(genesis().id(), genesis().creator(), bytes)?;
    let content: UncheckedStatement = decode(bytes).unwrap();
    let read = Read::new(show(&content), statement.encode());
    let [digest, full] = statement.items();
    let derived = vec![
        ("id", hex(statement.id().as_bytes())),
        ("item of the digest", hex(&digest)),
        ("item in full", hex(&full)),
    ];
    Ok(Read { derived, ..read })
}

fn read_chain(bytes: &[u8]) -> Result<Read, Fault> {
    let chain: Chain = decode(bytes).map_err(|_| Fault::Malformed)?;
    let (grants, holder) = chain.clone().check(&genesis())?;
    let ids = grants.iter().map(|grant| hex(grant.id().as_bytes())).collect();
    let derived = vec![("holder", hex(holder.as_bytes())), ("ids", super::Json::List(ids))];
    Ok(Read { derived, ..Read::new(show(&chain), encode(&chain)) })
}

fn geneses(sheet: &mut Sheet) {
    let found = |charter| {
        let genesis = Genesis::found(&key(0), [0; 32], UnixTime::from_millis(1), charter);
        encode(&genesis.unchecked())
    };
    let good = encode(&genesis().unchecked());
    sheet.valid("genesis", "the group of these vectors", &good, read_genesis);
    let named = Charter { classifier: "tea \u{2615}".parse().unwrap(), ..Charter::default() };
    sheet.valid("genesis", "with a classifier", &found(named), read_genesis);
    let mut bad = |name, why, bytes: &[u8]| {
        sheet.refused("genesis", name, why, bytes, read_genesis);
    };
    let hasty = Charter { presence_lifetime_s: 299, ..Charter::default() };
    bad("a presence of 299 seconds", "NotTrusted", &found(hasty));
    let fleeting = Charter { member_lifetime_s: 28_799, ..Charter::default() };
    bad("a membership of less than eight hours", "NotTrusted", &found(fleeting));
    bad("another version", "NotTrusted", &with(&good, 0, 2));
    bad("another signature", "NotTrusted", &with(&good, good.len() - 1, 0x7f));
    bad("a byte too many", "Malformed", &[&good[..], &[0]].concat());
    bad("cut short", "Malformed", &good[..good.len() - 1]);
}

/// The bytes with one of them replaced.
pub(super) fn with(bytes: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] = byte;
    bytes
}

fn ids(numbers: impl IntoIterator<Item = u8>) -> Vec<StatementId> {
    numbers.into_iter().map(statement_id).collect()
}

fn lists(prev: Vec<StatementId>, cites: Vec<StatementId>) -> Lists {
    Lists::Full { prev, cites }
}

/// Signed by the creator, or by somebody under a grant.
fn signed(author: u8, core: impl FnOnce(&mut Core), body: Body, lists: Lists) -> Statement {
    let cred = (author != 0).then(|| admins(1)[0].id());
    let mut content = Core { author: key(author).peer(), cred, depth: 1, height: 0, body };
    core(&mut content);
    Statement::sign_core(&key(author), genesis().id(), content, lists)
}

fn plain(author: u8, body: Body) -> Statement {
    signed(author, |_| {}, body, no_lists())
}

fn removal(cut: Vec<StatementId>) -> Body {
    Body::Remove { subject: key(SUBJECT).peer(), cut }
}

fn member(window: Window) -> Body {
    Body::Grant(grant(key(SUBJECT).peer(), Role::Member, window))
}

fn survivor(number: u8, worth: Worth) -> Survivor {
    Survivor { id: statement_id(number), worth, begins: number == 1 }
}

fn valid_statements() -> Vec<(&'static str, Statement)> {
    let subject = key(SUBJECT).peer();
    let cited = lists(ids([3, 5]), ids([4, 7]));
    let mut renewed = grant(subject, Role::Inviter, Window::INFINITE);
    renewed.continues = Some(statement_id(9));
    let stamp = Stamp { time: UnixTime::from_millis(7), count: 2, instance: u64::MAX };
    let property = Properties {
        comment: "the second".parse().unwrap(),
        disable_presence: true,
        link_secret: [8; 32],
        ..Properties::named("Choir".parse().unwrap())
    };
    let terms = PasswordTerms { number: 1, role: Role::Inviter, removals: [6; 32] };
    let asked = Properties { password: Some(terms), ..property.clone() };
    let demotion = Body::Demote { subject, to: Role::Inviter, cut: ids([2, 8]) };
    let checkpoint = Body::Checkpoint { at: UnixTime::from_millis(9), parts: ids([9, 3]) };
    let part = [Worth::Full, Worth::Demoted, Worth::Removed, Worth::GivenUp, Worth::Dead];
    let part = (1..).zip(part).map(|(number, worth)| survivor(number, worth)).collect();
    let first = |core: &mut Core| core.height = 1;
    vec![
        ("a grant by the creator", admins(1).remove(0)),
        ("a grant by an Admin", admins(2).remove(1)),
        ("a renewal that cites", signed(ADMIN, |it| it.depth = 300, Body::Grant(renewed), cited)),
        ("a removal that keeps two", plain(ADMIN, removal(ids([1, 2])))),
        ("a removal that keeps nothing", plain(0, removal(vec![]))),
        ("a demotion", plain(ADMIN, demotion)),
        ("a resignation", plain(ADMIN, Body::Resign { at: stamp })),
        ("properties", plain(0, Body::Property(property))),
        ("properties with a password", plain(0, Body::Property(asked))),
        ("a checkpoint", signed(0, first, checkpoint, no_lists())),
        ("a part of a checkpoint", signed(0, first, Body::Survivors(part), no_lists())),
    ]
}

fn bad_forms(sheet: &mut Sheet) {
    let mut bad = |name, statement: Statement| {
        let bytes = statement.encode();
        sheet.refused("statement", name, "InvalidStatement", &bytes, read_statement);
    };
    let to = |subject, role| Body::Grant(grant(subject, role, year()));
    let subject = key(SUBJECT).peer();
    let instant = Window { from: year().from, until: year().from };
    bad("depth 0", signed(0, |it| it.depth = 0, removal(vec![]), no_lists()));
    let cred = |it: &mut Core| it.cred = Some(statement_id(1));
    bad("the creator under a grant", signed(0, cred, removal(vec![]), no_lists()));
    bad("somebody under no grant", signed(ADMIN, |it| it.cred = None, removal(vec![]), no_lists()));
    bad("a grant to the creator", plain(ADMIN, to(key(0).peer(), Role::Member)));
    bad("a grant to its author", plain(ADMIN, to(key(ADMIN).peer(), Role::Member)));
    let [small, twisted] = unsound();
    bad("a grant to a key of small order", plain(0, to(small, Role::Member)));
    bad("a grant to a key with torsion", plain(0, to(twisted, Role::Member)));
    bad("a window that is empty", plain(0, member(instant)));
    bad(
        "a removal of the creator",
        plain(ADMIN, Body::Remove { subject: key(0).peer(), cut: vec![] }),
    );
    bad("a cut that descends", plain(0, removal(ids([2, 1]))));
    bad("a cut that names one twice", plain(0, removal(ids([2, 2]))));
    bad("a cut of seventeen", plain(0, removal(ids(1..=17))));
    bad("a demotion to Admin", plain(0, Body::Demote { subject, to: Role::Admin, cut: vec![] }));
    bad("a resignation of the creator", plain(0, Body::Resign { at: Stamp::default() }));
    bad("properties by an Admin", plain(ADMIN, Body::Property(Properties::default())));
    let heavy = Properties { payload_bytes_max: 62_914_561, ..Properties::default() };
    bad("payloads beyond 60 MiB", plain(0, Body::Property(heavy)));
    let at = UnixTime::from_millis(1);
    bad("a checkpoint at height 0", plain(0, Body::Checkpoint { at, parts: vec![] }));
    let first = |core: &mut Core| core.height = 1;
    bad("a part without survivors", signed(0, first, Body::Survivors(vec![]), no_lists()));
    let twice = vec![survivor(2, Worth::Full), survivor(2, Worth::Dead)];
    bad("a survivor twice", signed(0, first, Body::Survivors(twice), no_lists()));
}

fn bad_lists(sheet: &mut Sheet) {
    let mut bad = |name, body, lists| {
        let bytes = signed(0, |_| {}, body, lists).encode();
        sheet.refused("statement", name, "InvalidStatement", &bytes, read_statement);
    };
    bad("five previous ones", member(year()), lists(ids(1..=5), vec![]));
    bad("previous ones that descend", member(year()), lists(ids([2, 1]), vec![]));
    bad("seventeen citations", member(year()), lists(vec![], ids(1..=17)));
    bad("citations that descend", member(year()), lists(vec![], ids([2, 1])));
    bad("a removal that cites", removal(vec![]), lists(vec![], ids([1])));
}

fn bad_encodings(sheet: &mut Sheet) {
    let good = plain(0, removal(vec![])).encode();
    let mut bad = |name, why, bytes: &[u8]| {
        sheet.refused("statement", name, why, bytes, read_statement);
    };
    bad("nothing", "Malformed", &[]);
    bad("a byte too many", "Malformed", &[&good[..], &[0]].concat());
    bad("cut short", "Malformed", &good[..good.len() - 1]);
    bad("an option that is 2", "Malformed", &with(&good, 32, 2));
    let long = [&good[..33], &[0x81, 0x00], &good[34..]].concat();
    bad("a depth in two bytes where one will do", "Malformed", &long);
    let wide = [&good[..33], &[0xff, 0xff, 0xff, 0xff, 0x1f], &good[34..]].concat();
    bad("a depth beyond 32 bits", "Malformed", &wide);
    bad("a body that there is not", "Malformed", &with(&good, 35, 7));
    let many = [&good[..68], &[0xff, 0xff, 0xff, 0xff, 0x0f], &good[69..]].concat();
    bad("a cut of more than there are bytes", "Malformed", &many);
    bad("lists of a third form", "Malformed", &with(&good, 69, 2));
    let name = encode(&"Choir".parse::<crate::name::Name>().unwrap());
    let named = plain(0, Body::Property(Properties::named("Choir".parse().unwrap()))).encode();
    let at = named.windows(name.len()).position(|window| window == name).unwrap();
    bad("a name with a control character", "Malformed", &with(&named, at + 1, 7));
    bad("a name that is not UTF-8", "Malformed", &with(&named, at + 1, 0xff));
    let huge = plain(0, removal(vec![statement_id(1); 130])).encode();
    bad("more than 4,096 bytes", "TooLarge", &huge);
}

fn bad_signatures(sheet: &mut Sheet) {
    let good = plain(0, removal(vec![])).encode();
    let mut bad = |name, bytes: &[u8]| {
        sheet.refused("statement", name, "InvalidSignature", bytes, read_statement);
    };
    bad("a signature with another R", &with(&good, good.len() - 64, good[good.len() - 64] ^ 1));
    bad("other content under the signature", &with(&good, 33, 2));
    bad("a signature with S beyond the order", &with(&good, good.len() - 1, 0xff));
    let elsewhere = crate::fixture::found(1).id();
    let core =
        Core { author: key(0).peer(), cred: None, depth: 1, height: 0, body: removal(vec![]) };
    let elsewhere = Statement::sign_core(&key(0), elsewhere, core.clone(), no_lists());
    bad("a statement of another group", &elsewhere.encode());
    let stranger = Statement::sign_core(&key(5), genesis().id(), core, no_lists());
    bad("signed by somebody else", &stranger.encode());
}

fn chains(sheet: &mut Sheet) {
    let grants = admins(3);
    let mut good = |name, grants: &[Statement], full| {
        sheet.valid("chain", name, &encode(&Chain::new(grants, full)), read_chain);
    };
    good("of nobody but the creator", &[], 0);
    good("of one grant", &grants[..1], 1);
    good("of three, the last in full", &grants, 1);
    good("of three in full", &grants, 3);
    good("of 24", &admins(24), 1);
    let mut bad = |name, why, bytes: &[u8]| sheet.refused("chain", name, why, bytes, read_chain);
    bad("of 25", "InvalidCredential", &encode(&Chain::new(&admins(25), 1)));
    let skipped = encode(&Chain::new([&grants[0], &grants[2]], 1));
    bad("with a grant left out", "InvalidSignature", &skipped);
    let wide = signed(ADMIN, |_| {}, member(Window::INFINITE), no_lists());
    let wide = encode(&Chain::new([&grants[0], &wide], 1));
    bad("with a window beyond the issuer's", "InvalidCredential", &wide);
    let modest = grant(key(ADMIN).peer(), Role::Inviter, year());
    let modest = plain(0, Body::Grant(modest));
    let higher = Body::Grant(grant(key(SUBJECT).peer(), Role::Admin, year()));
    let higher = signed(ADMIN, |it| it.cred = Some(modest.id()), higher, no_lists());
    let higher = encode(&Chain::new([&modest, &higher], 1));
    bad("with an Admin made by an Inviter", "InvalidCredential", &higher);
    let one = encode(&Chain::new(&grants[..1], 1));
    bad("with a byte too many", "Malformed", &[&one[..], &[0]].concat());
    bad("with another signature", "InvalidSignature", &with(&one, one.len() - 64, 0));
}
