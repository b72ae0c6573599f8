use super::frames::{self, ForgedClass, ForgedGoodbye, ForgedSet, deframe, kind_of};
use super::*;
use crate::fault::Fault;
use crate::fixture::{genesis, key, statement_id, year};
use crate::id::TypeId;
use crate::presence::Lifetimes;

const NOTE: TypeId = TypeId::from_u128(0xfeed);

fn forge(number: u8) -> Forge {
    Forge::new(key(number), genesis().id())
}

fn at(millis: u64) -> UnixTime {
    UnixTime::from_millis(millis)
}

fn decode(statement: &Statement) -> Result<Statement, Fault> {
    Statement::decode(genesis().id(), genesis().creator(), &statement_bytes(statement))
}

#[test]
fn a_forged_statement_decodes_if_its_form_is_good_whatever_right_there_is_to_it() {
    let forge = forge(1);
    let cred = Some(statement_id(9));
    let body = Body::Grant(grant(key(2).peer(), Role::Admin, year(), None));
    let statement = forge.statement(cred, 77, body.clone(), &[], &[statement_id(4)]);
    assert_eq!(decode(&statement), Ok(statement.clone()));
    assert_eq!((statement.author(), statement.depth()), (forge.peer(), 77));
    let too_shallow = forge.statement(cred, 0, body.clone(), &[], &[]);
    assert_eq!(decode(&too_shallow), Err(Fault::InvalidStatement));
    let unordered = forge.statement(cred, 1, body, &[statement_id(2), statement_id(1)], &[]);
    assert_eq!(decode(&unordered), Err(Fault::InvalidStatement));
    let properties = Body::Property(with_secret(Properties::default(), [8; 32]));
    let usurped = forge.statement(cred, 1, properties.clone(), &[], &[]);
    assert_eq!(decode(&usurped), Err(Fault::InvalidStatement));
    let true_one = self::forge(0).statement(None, 1, properties, &[], &[]);
    assert!(decode(&true_one).is_ok());
}

fn first(creator: &Forge) -> ForgedVersion {
    let stamp = stamp(at(5), 0, 1);
    let mut version =
        ForgedVersion::first(creator.peer(), Some(statement_id(1)), NOTE, stamp, at(100));
    version.payload = b"mine".to_vec().into();
    version
}

#[test]
fn a_forged_version_is_one_that_decodes_and_says_what_it_was_told_to() {
    let forge = forge(1);
    let version = first(&forge);
    let item = forge.version(&version);
    let checked = Checked::decode(forge.group, &item).unwrap();
    assert_eq!(checked.record(), forge.record(&version));
    assert_eq!(Some(checked.id()), forge.version_id(&item));
    assert_eq!(checked.payload().as_ref(), b"mine");
    let dead = Checked::decode(forge.group, &forge.version(&version.tombstone())).unwrap();
    assert!(dead.is_tombstone());
}

#[test]
fn a_version_of_anothers_record_decodes_only_with_the_proof_that_it_is_one() {
    let (owner, thief) = (forge(1), forge(2));
    let item = owner.version(&first(&owner));
    let next = ForgedVersion::after(thief.group, &item).unwrap();
    let stolen = Checked::decode(thief.group, &thief.version(&next)).unwrap();
    assert_eq!((stolen.author(), stolen.record()), (thief.peer(), owner.record(&next)));
    let bare = thief.version(&next.clone().without_origin());
    assert_eq!(Checked::decode(thief.group, &bare), Err(Fault::InvalidVersion));
    let mut in_anothers_name = next;
    in_anothers_name.modifier = Some(owner.peer());
    let bytes = thief.version(&in_anothers_name);
    assert_eq!(Checked::decode(thief.group, &bytes), Err(Fault::InvalidSignature));
    assert_eq!(ForgedVersion::after(thief.group, &bytes), None);
}

#[test]
fn a_forged_presence_holds_in_its_own_name_alone() {
    let forge = forge(1);
    let draft = ForgedPresence { instance: 3, serial: 9, at: at(7), ..ForgedPresence::default() };
    let signed = forge.presence(draft);
    let lifetimes = Lifetimes::of(&Charter::default());
    assert_eq!(signed.0.check(forge.group, &lifetimes), Ok(()));
    let claimed = signed.claimed_by(key(2).peer());
    assert_eq!(claimed.0.check(forge.group, &lifetimes), Err(Fault::InvalidSignature));
}

#[test]
fn frames_of_every_kind_come_out_of_a_stream_one_by_one() {
    let presence = forge(1).presence(ForgedPresence::default());
    let set = ForgedSet::Records;
    let made = [
        ("items", frames::items(ForgedSet::Authority, &[b"x".to_vec()])),
        ("probes", frames::probes(set, &[[1; 4]; 32])),
        ("want", frames::want(set, &[[1; 4]])),
        ("lacking", frames::lacking(set, &[[1; 4]])),
        ("compare", frames::compare(set, root(&[]), 0, true)),
        ("compared", frames::compared(set, 0, true)),
        ("presence", frames::presence(&[presence])),
        ("credit", frames::credit(ForgedClass::Lists, 5)),
        ("dial back", frames::dial_back(7)),
        ("online", frames::online([1; 32])),
        ("push", frames::push(7, 1, &[b"x".to_vec()])),
        ("have", frames::have(7, 1, &[[1; 32]])),
        ("fetch", frames::fetch(&[[1; 32]])),
        ("graft", frames::graft(7)),
        ("prune", frames::prune(7)),
        ("goodbye", frames::goodbye(ForgedGoodbye::Pruned)),
        ("unknown", frames::raw(b"\xff nonsense")),
    ];
    let mut stream: Vec<u8> = made.iter().flat_map(|(_, frame)| frame.clone()).collect();
    let last = stream.pop().unwrap();
    for (kind, frame) in made.iter().take(made.len() - 1) {
        let body = deframe(&mut stream).unwrap();
        assert_eq!((kind_of(&body), &frames::raw(&body)), (*kind, frame));
    }
    let before = stream.clone();
    assert_eq!(deframe(&mut stream), None, "the last frame lacks a byte");
    assert_eq!(stream, before);
    stream.push(last);
    assert_eq!(deframe(&mut stream).map(|body| kind_of(&body)), Some("unknown"));
    assert_eq!((deframe(&mut stream), stream.len()), (None, 0));
}

#[test]
fn a_forged_root_is_that_of_a_log() {
    let mut log = crate::log::Log::new();
    for byte in [3, 1, 2] {
        log.insert([byte; 32]);
    }
    assert_eq!(root(&[[2; 32], [3; 32], [1; 32]]), log.root());
}
