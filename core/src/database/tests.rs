#![allow(clippy::arithmetic_side_effects, reason = "a test that overflows fails")]

mod parts;

use alloc::vec;

use super::*;
use crate::genesis::{Charter, Genesis};
use crate::id::GroupId;
use crate::key::SecretKey;
use crate::limits::{DATABASE_FRAME_BYTES_MAX, STATEMENT_BYTES_MAX, SURVIVORS_BYTES_MAX};
use crate::name::Name;
use crate::property::Properties;
use crate::statement::{Body, Lists};
use crate::time::UnixTime;

/// A creator, its group and a statement in it.
struct Scene {
    seat: Seat,
    statement: Vec<u8>,
}

fn scene(nonce: u8) -> Scene {
    let key = SecretKey::from_bytes([1; 32]);
    let founded = UnixTime::from_millis(1_800_000_000_000);
    let genesis = Genesis::found(&key, [nonce; 32], founded, Charter::default());
    let name: Name = "the group".parse().unwrap();
    let body = Body::Property(Properties::named(name));
    let lists = Lists::Full { prev: Vec::new(), cites: Vec::new() };
    let statement = Statement::sign(&key, genesis.id(), None, 1, body, lists);
    let seat = Seat { identity: key.peer(), group: genesis.id() };
    Scene { seat, statement: statement.encode() }
}

fn head(seat: Seat, statements: u64, versions: u64) -> Head {
    Head { group: seat.group, identity: seat.identity, statements, versions, parts: 0 }
}

/// A file of these frames, with an end that fits.
fn file(head: &Head, frames: &[(Kind, &[u8])]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut writer = Writer::begin(head, &mut out);
    for (kind, content) in frames {
        writer.put(*kind, content, &mut out);
    }
    writer.end(&mut out);
    out
}

fn check(seat: Seat, bytes: &[u8], piece: usize) -> Result<Progress, DatabaseError> {
    let mut check = DatabaseCheck::new(seat, seat.identity);
    for part in bytes.chunks(piece) {
        check.read(part)?;
    }
    check.finish().map(|checked| checked.progress)
}

#[test]
fn a_file_is_read_alike_whatever_pieces_it_comes_in() {
    let Scene { seat, statement } = scene(1);
    let bytes = file(&head(seat, 1, 0), &[(Kind::Statement, &statement)]);
    for piece in [1, 2, 7, 100, bytes.len()] {
        assert_eq!(check(seat, &bytes, piece), Ok(Progress::new(1, 1)), "{piece}");
    }
}

#[test]
fn p07_whatever_is_wrong_with_a_file_is_named_although_its_hash_is_right() {
    use DatabaseError::{Damaged, Newer, NotADatabase, OtherGroup, OtherIdentity, Truncated};
    let Scene { seat, statement } = scene(1);
    let other = scene(2);
    let somebody = Seat { identity: SecretKey::from_bytes([2; 32]).peer(), ..seat };
    let nowhere = Seat { group: GroupId::from_bytes([9; 32]), ..seat };
    let good: (Kind, &[u8]) = (Kind::Statement, &statement);
    let one = head(seat, 1, 0);
    let mut forged = statement.clone();
    *forged.last_mut().unwrap() ^= 1;
    let mut longer = statement.clone();
    longer.push(0);
    let whole = file(&one, &[good]);
    let [mut newer, mut behind] = [whole.clone(), whole.clone()];
    newer[9] += 1;
    behind.push(0);
    let mut without_head = whole[..10].to_vec();
    without_head.extend(&whole[10 + 4 + 1 + 67..]);
    let cases: Vec<(&str, Vec<u8>, DatabaseError)> = vec![
        ("nothing", Vec::new(), Truncated),
        ("a letter", b"Dear Ada, how are you?".to_vec(), NotADatabase),
        ("a later version", newer, Newer),
        ("of another group", file(&head(nowhere, 1, 0), &[good]), OtherGroup),
        ("of another identity", file(&head(somebody, 1, 0), &[good]), OtherIdentity),
        (
            "of neither",
            file(&head(Seat { group: nowhere.group, ..somebody }, 1, 0), &[]),
            OtherGroup,
        ),
        ("less than it says", file(&head(seat, 2, 0), &[good]), Damaged),
        ("more than it says", file(&head(seat, 0, 0), &[good]), Damaged),
        ("something else than it says", file(&head(seat, 0, 1), &[good]), Damaged),
        ("two heads", file(&one, &[(Kind::Head, &crate::codec::encode(&one)), good]), Damaged),
        ("an end in between", file(&one, &[(Kind::End, &[0; 32]), good]), Damaged),
        ("a forged statement", file(&one, &[(Kind::Statement, &forged)]), Damaged),
        ("a statement that is too long", file(&one, &[(Kind::Statement, &longer)]), Damaged),
        (
            "a statement of another group",
            file(&one, &[(Kind::Statement, &other.statement)]),
            Damaged,
        ),
        ("no statement", file(&one, &[(Kind::Statement, b"")]), Damaged),
        ("no version", file(&head(seat, 0, 1), &[(Kind::Version, b"")]), Damaged),
        ("something behind the end", behind, Damaged),
        ("cut short", whole[..whole.len() - 1].to_vec(), Truncated),
        ("without an end", whole[..whole.len() - 37].to_vec(), Truncated),
        ("without a head", without_head, Damaged),
    ];
    for (what, bytes, error) in cases {
        for piece in [1, bytes.len().max(1)] {
            assert_eq!(check(seat, &bytes, piece), Err(error), "{what}");
        }
    }
    assert_eq!(check(seat, &whole, 50), Ok(Progress::new(1, 1)));
}

#[test]
fn p04_a_frame_is_refused_by_its_length_before_it_has_come() {
    let Scene { seat, .. } = scene(1);
    let mut bytes = Vec::new();
    Writer::begin(&head(seat, 1, 0), &mut bytes);
    for (length, is_refused) in
        [(0, true), (DATABASE_FRAME_BYTES_MAX, false), (DATABASE_FRAME_BYTES_MAX + 1, true)]
    {
        let length = u32::try_from(length).unwrap().to_be_bytes();
        let said = [&bytes[..], &length].concat();
        let expected = if is_refused { DatabaseError::Damaged } else { DatabaseError::Truncated };
        assert_eq!(check(seat, &said, 64), Err(expected));
    }
    let huge = [&bytes[..], &u32::MAX.to_be_bytes()].concat();
    assert_eq!(check(seat, &huge, 64), Err(DatabaseError::Damaged));
    assert!(SURVIVORS_BYTES_MAX.max(STATEMENT_BYTES_MAX) < DATABASE_FRAME_BYTES_MAX);
}

#[test]
fn a_file_that_was_refused_stays_refused_for_the_same_reason() {
    let Scene { seat, statement } = scene(1);
    let bytes = file(&head(seat, 0, 0), &[(Kind::Statement, &statement)]);
    let mut check = DatabaseCheck::new(seat, seat.identity);
    assert_eq!(check.read(&bytes), Err(DatabaseError::Damaged));
    assert_eq!(check.read(b""), Err(DatabaseError::Damaged));
    assert_eq!(check.read(&bytes), Err(DatabaseError::Damaged));
    assert_eq!(check.finish().map(|it| it.items()), Err(DatabaseError::Damaged));
}
