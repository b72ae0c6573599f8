//! Frames, the messages of group links and direct connections, announcements, beacons.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::vec;
use alloc::vec::Vec;

use bytes::Bytes;

use super::{Json, Read, Sheet, hex, map, show};
use crate::beacon::Beacon;
use crate::broadcast::{Stem, TreeId};
use crate::codec::{decode, encode};
use crate::fault::Fault;
use crate::fixture::{found, genesis, key};
use crate::frame::{Deframer, frame};
use crate::hash::{Label, hash};
use crate::id::{Instance, TypeId};
use crate::limits::{DIRECT_FRAME_BYTES_MAX, FRAME_BYTES_MAX, HANDSHAKE_FRAME_BYTES_MAX};
use crate::message::{Blob, Call, Class, Direct, Goodbye, Message, Set};
use crate::presence::{Announcement, Draft, Lifetimes};
use crate::reconcile::talk::{Answer, Ask, Bookmark, Hello, How, Probe, Since, Talk};
use crate::record::{Part, PayloadId};
use crate::time::UnixTime;

const AT: UnixTime = UnixTime::from_millis(1_700_000_000_000);

#[test]
fn the_vectors_of_links_are_as_made() {
    let given = map(vec![("genesis", hex(&encode(&genesis().unchecked())))]);
    let mut sheet = Sheet::new("links.json", given);
    frames(&mut sheet);
    for (name, message) in control().into_iter().chain(talks()).chain(trees()) {
        sheet.valid("message", name, &message.encode(), read_message);
    }
    bad_messages(&mut sheet);
    direct(&mut sheet);
    announcements(&mut sheet);
    online(&mut sheet);
    beacons(&mut sheet);
    sheet.close();
}

fn read_frame(body_max: usize) -> impl Fn(&[u8]) -> Result<Read, Fault> {
    move |mut bytes| {
        let body = Deframer::new(body_max).next(&mut bytes)?.expect("a whole frame");
        Ok(Read::new(hex(&body), frame(&body)))
    }
}

fn frames(sheet: &mut Sheet) {
    let phases = [
        ("handshake", HANDSHAKE_FRAME_BYTES_MAX),
        ("group", FRAME_BYTES_MAX),
        ("direct", DIRECT_FRAME_BYTES_MAX),
    ];
    for (phase, max) in phases {
        let what = ["frame, ", phase].concat();
        sheet.valid(&what, "of one byte", &frame(&[7]), read_frame(max));
        sheet.valid(&what, "of 300 bytes", &frame(&[7; 300]), read_frame(max));
        sheet.refused(&what, "empty", "Malformed", &[0; 4], read_frame(max));
        let over = u32::try_from(max + 1).unwrap().to_le_bytes();
        sheet.refused(&what, "a byte too long", "TooLarge", &over, read_frame(max));
        sheet.refused(&what, "far too long", "TooLarge", &[0xff; 4], read_frame(max));
    }
}

fn blob(bytes: &[u8]) -> Blob {
    Blob(Bytes::copy_from_slice(bytes))
}

/// What is not sound is not taken, whatever state it comes in.
fn read_message(bytes: &[u8]) -> Result<Read, Fault> {
    let message = Message::decode(bytes)?;
    match &message {
        Message::Talk { talk, .. } if !talk.is_sound() => return Err(Fault::Malformed),
        Message::Compared { answer, .. } if !answer.is_sound() => return Err(Fault::Unexpected),
        _ => {}
    }
    Ok(Read::new(show(&message), message.encode()))
}

fn control() -> Vec<(&'static str, Message)> {
    let payload = PayloadId::new([6; 32], 70_000);
    let (leaf, set) = (Part::Leaf(1), Set::Records);
    let hello = Hello { root: [1; 32], count: 3, next: 300, since: None };
    let bookmark = Bookmark { here: 2, there: u64::MAX };
    let known = Hello { since: Some(Since { bookmark, came: 8193 }), ..hello.clone() };
    let piece = |voucher| {
        let bytes = blob(b"piece");
        Message::Piece { payload, part: leaf, offset: 16_384, bytes, voucher }
    };
    let held = blob(&[0b101]);
    vec![
        ("comparing", Message::Compare { set: Set::Authority, ready: true, hello }),
        ("comparing with a bookmark", Message::Compare { set, ready: false, hello: known }),
        ("declining", Message::Declined { set, items: vec![[1; 32], [2; 32]] }),
        ("reconsidering", Message::Reconsidered { set, items: vec![[1; 32]] }),
        ("items", Message::Items { set, items: vec![blob(b"one"), blob(b"")] }),
        ("announcements", Message::Presence(vec![blob(b"one")])),
        ("credit for items", Message::Credit { class: Class::Items, bytes: 131_072 }),
        ("credit for control", Message::Credit { class: Class::Control, bytes: u32::MAX }),
        ("asking to be dialled", Message::DialBack { nonce: 77 }),
        ("leaving", Message::Goodbye(Goodbye::Leaving)),
        ("no member", Message::Goodbye(Goodbye::NotAMember)),
        ("who is online", Message::Online { root: [4; 32] }),
        ("asking the time", Message::Clock { call: Call::Ask, time: AT }),
        ("telling the time", Message::Clock { call: Call::Answer, time: AT }),
        ("telling it back", Message::Clock { call: Call::Echo, time: UnixTime::MAX }),
        ("pulling a leaf", Message::Pull { payload, part: leaf, voucher: 2 }),
        ("pulling digests", Message::Pull { payload, part: Part::Digests, voucher: 0 }),
        ("a piece", piece(None)),
        ("the last piece", piece(Some(9))),
        ("what is held", Message::Holding { payload, part: leaf, held, voucher: 4 }),
        ("all is here", Message::Whole { payload }),
    ]
}

fn talks() -> Vec<(&'static str, Message)> {
    let set = Set::Records;
    let answer = |how| Message::Compared { set, ready: true, answer: Answer { next: 5, how } };
    let talk = |talk| Message::Talk { set: Set::Authority, talk };
    let root: crate::reconcile::prefix::Prefix = decode(&[1]).unwrap();
    let child = root.child(10).unwrap();
    let (one, two) = (blob(&[1, 0, 0, 0]), blob(&[1, 0, 0, 0, 2, 0, 0, 0]));
    let leaf = Probe::Leaf { prefix: root, tags: one.clone() };
    let branch = Probe::Branch { prefix: child, children: 0x8001, tags: two.clone() };
    vec![
        ("equal", answer(How::Equal)),
        ("will push", answer(How::Push)),
        ("asks for all", answer(How::Pull { all: true })),
        ("coded", answer(How::Coded { arrivals: 2, cells: blob(&[5; 14]) })),
        ("descent", answer(How::Descent { count: 1, root: leaf.clone() })),
        ("turned", answer(How::Turned)),
        ("more, by a tally", talk(Talk::More { arrivals: 4, ask: Ask::ByTally(blob(&[0; 128])) })),
        ("more, in all", talk(Talk::More { arrivals: 4, ask: Ask::InAll(88) })),
        ("cells", talk(Talk::Cells { cells: blob(&[9; 7]), last: true })),
        ("all", talk(Talk::All)),
        ("probes", talk(Talk::Probes { answered: 1, probes: vec![branch, leaf] })),
        ("wanting", talk(Talk::Want { under: None, tags: one.clone() })),
        ("wanting under a prefix", talk(Talk::Want { under: Some(child), tags: two })),
        ("lacking", talk(Talk::Lacking { tags: one })),
        ("done", talk(Talk::Done { whole: true })),
    ]
}

fn trees() -> Vec<(&'static str, Message)> {
    let tree = TreeId::from_u64(0x0102_0304_0506_0708);
    let (stem, items) = (Stem::new(tree, 3), vec![[1; 32], [2; 32]]);
    vec![
        ("along a tree", Message::Push { stem, items: vec![blob(b"one"), blob(b"two")] }),
        ("announcing what came along a tree", {
            Message::Have { stem: Some(stem), items: items.clone() }
        }),
        ("announcing what came along none", Message::Have { stem: None, items: items.clone() }),
        ("asking for what was announced", Message::Fetch { items }),
        ("joining a tree", Message::Graft { tree }),
        ("leaving a tree", Message::Prune { tree: TreeId::from_u64(u64::MAX) }),
    ]
}

fn bad_messages(sheet: &mut Sheet) {
    let mut bad = |name, why, bytes: &[u8]| {
        sheet.refused("message", name, why, bytes, read_message);
    };
    bad("a message that there is not", "Malformed", &[200]);
    let items = vec![[3; 32]; 1025];
    let declined = Message::Declined { set: Set::Records, items: items.clone() };
    bad("declining 1,025", "TooLarge", &declined.encode());
    let announced = Message::Have { stem: None, items: items.clone() };
    bad("announcing 1,025", "TooLarge", &announced.encode());
    bad("asking for 1,025", "TooLarge", &Message::Fetch { items }.encode());
    bad("a set that there is not", "Malformed", &[3, 2, 0]);
    bad("a byte too many", "Malformed", &[9, 0, 0]);
    bad("a reason that there is not", "Malformed", &[9, 5]);
    bad("a class that there is not", "Malformed", &[7, 3, 1]);
    bad("items that end early", "Malformed", &[5, 1, 2, 1, 0]);
    let talk = |talk| Message::Talk { set: Set::Records, talk }.encode();
    let tags = blob(&[0; 3]);
    bad("tags of three bytes", "Malformed", &talk(Talk::Lacking { tags: tags.clone() }));
    let many = blob(&[0; 4 * 1025]);
    bad("wanting 1,025", "Malformed", &talk(Talk::Want { under: None, tags: many }));
    let prefix: crate::reconcile::prefix::Prefix = decode(&[2]).unwrap();
    let tags = blob(&[0; 4]);
    let probe = |probe| talk(Talk::Probes { answered: 0, probes: vec![probe] });
    bad("an invalid prefix", "Malformed", &probe(Probe::Leaf { prefix, tags: tags.clone() }));
    let prefix: crate::reconcile::prefix::Prefix = decode(&[1]).unwrap();
    let few = Probe::Branch { prefix, children: 3, tags };
    bad("a branch with a tag too few", "Malformed", &probe(few));
    let full = Probe::Leaf { prefix, tags: blob(&[0; 4 * 65]) };
    bad("a leaf of 65", "Malformed", &probe(full));
    let root = Probe::Leaf { prefix: prefix.child(1).unwrap(), tags: blob(&[]) };
    let answer = Answer { next: 0, how: How::Descent { count: 0, root } };
    let answer = Message::Compared { set: Set::Records, ready: true, answer };
    bad("descent from elsewhere", "Unexpected", &answer.encode());
}

fn read_direct(bytes: &[u8]) -> Result<Read, Fault> {
    let (message, part) = Direct::decode(bytes)?;
    let fields = map(vec![("message", show(&message)), ("bytes", hex(part))]);
    Ok(Read::new(fields, [message.encode().as_slice(), part].concat()))
}

fn direct(sheet: &mut Sheet) {
    let note = TypeId::from_u128(0x5f3e_8d1c_90ab_4c1e_9d52_7b0e_6a44_1c11);
    let mut good = |name, message: Direct, part: &[u8]| {
        let bytes = [message.encode().as_slice(), part].concat();
        sheet.valid("direct", name, &bytes, read_direct);
    };
    good("a whole message", Direct::Part { start: Some((note, 300)), length: 300 }, &[1; 300]);
    good("an empty message", Direct::Part { start: Some((note, 0)), length: 0 }, &[]);
    good("a further part", Direct::Part { start: None, length: 2 }, &[1, 2]);
    good("credit", Direct::Credit(526_336), &[]);
    good("closing", Direct::Close, &[]);
    good("widening", Direct::Widen(1_052_672), &[]);
    let mut bad = |name, bytes: &[u8]| {
        sheet.refused("direct", name, "Malformed", bytes, read_direct);
    };
    bad("a part with a byte too many", &[0, 0, 1, 7, 7]);
    bad("a part that ends early", &[0, 0, 2, 7]);
    bad("closing with more to say", &[2, 0]);
    bad("a length in two bytes where one will do", &[0, 0, 0x81, 0, 7]);
    bad("credit beyond 32 bits", &[1, 0xff, 0xff, 0xff, 0xff, 0x1f]);
    bad("a message that there is not", &[4]);
    bad("nothing", &[]);
}

fn read_announcement(bytes: &[u8]) -> Result<Read, Fault> {
    let announcement: Announcement = decode(bytes).map_err(|_| Fault::Malformed)?;
    announcement.check(genesis().id(), &Lifetimes::of(genesis().charter()))?;
    Ok(Read::new(show(&announcement), encode(&announcement)))
}

fn announcements(sheet: &mut Sheet) {
    let draft = Draft {
        instance: Instance::from_u64(7),
        serial: 1,
        at: AT,
        lifetime_s: 300,
        leaving: false,
        name: "Ben".parse().unwrap(),
        addresses: vec!["tcp:192.0.2.17:3587".parse().unwrap()],
    };
    let group = genesis().id();
    let sign = |draft: Draft| encode(&Announcement::sign(&key(2), group, draft));
    let mut good = |name, draft| {
        sheet.valid("announcement", name, &sign(draft), read_announcement);
    };
    good("of an instance", draft.clone());
    good("of one that leaves", Draft { leaving: true, addresses: vec![], ..draft.clone() });
    good("with the longest lifetime", Draft { lifetime_s: 8192, ..draft.clone() });
    let mut bad = |name, why, bytes: &[u8]| {
        sheet.refused("announcement", name, why, bytes, read_announcement);
    };
    let brief = Draft { lifetime_s: 299, ..draft.clone() };
    bad("a lifetime too short", "InvalidPresence", &sign(brief));
    let long = Draft { lifetime_s: 8193, ..draft.clone() };
    bad("a lifetime too long", "InvalidPresence", &sign(long));
    let addresses = vec![draft.addresses[0].clone(); 9];
    bad("nine addresses", "InvalidPresence", &sign(Draft { addresses, ..draft.clone() }));
    let elsewhere = encode(&Announcement::sign(&key(2), found(1).id(), draft.clone()));
    bad("of another group", "InvalidSignature", &elsewhere);
    let bytes = sign(draft);
    bad("a byte too many", "Malformed", &[&bytes[..], &[0]].concat());
}

fn online(sheet: &mut Sheet) {
    let all: [(u8, u64); 3] = [(0, 7), (2, 1), (2, 1 << 40)];
    let mut all: Vec<_> = all.iter().map(|(who, at)| (key(*who).peer(), *at)).collect();
    all.sort_unstable();
    for count in 0..=all.len() {
        let shown = &all[..count];
        let names = shown.iter().flat_map(|(peer, instance)| {
            [peer.as_bytes().as_slice(), &instance.to_le_bytes()].concat()
        });
        let names: Vec<u8> = names.collect();
        let instance = |(peer, instance): &(crate::key::PeerId, u64)| {
            map(vec![("peer", hex(peer.as_bytes())), ("instance", (*instance).into())])
        };
        let values = vec![
            ("shown", Json::List(shown.iter().map(instance).collect())),
            ("root", hex(&hash(Label::OnlineRoot, &[&names]))),
        ];
        sheet.computed("online", "of so many", values);
    }
}

fn beacons(sheet: &mut Sheet) {
    let hour = 3_600_000;
    let beacon = Beacon::new(&[3; 32], genesis().id(), AT, [5; 16]);
    let moments = [(0, true), (hour, true), (2 * hour, false)];
    for (later, fits) in moments {
        let now = UnixTime::from_millis(AT.as_millis() + later);
        assert_eq!(beacon.is_of(&[3; 32], genesis().id(), now), fits);
        let values = vec![
            ("link secret", hex(&[3; 32])),
            ("beacon", hex(beacon.as_bytes())),
            ("text", alloc::format!("{beacon}").into()),
            ("now", now.as_millis().into()),
            ("fits", fits.into()),
        ];
        sheet.computed("beacon", "so many hours later", values);
    }
}
