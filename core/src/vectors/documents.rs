//! What people hand each other: cards and invitations, as XML and as one line; addresses and ids.
#![expect(clippy::arithmetic_side_effects, reason = "what overflows here fails a test")]

use alloc::string::{String, ToString};
use alloc::vec;
use core::str::FromStr;

use super::{Json, Read, Sheet, map, show};
use crate::address::Address;
use crate::beacon::Beacon;
use crate::card::IdentityInfo;
use crate::fixture::{invitation, key};
use crate::id::{RecordId, TypeId};
use crate::invitation::Invitation;
use crate::key::PeerId;

#[test]
fn the_vectors_of_documents_are_as_made() {
    let mut sheet = Sheet::new("documents.json", map(vec![]));
    cards(&mut sheet);
    invitations(&mut sheet);
    lines(&mut sheet);
    passwords::invitations(&mut sheet);
    addresses(&mut sheet);
    names(&mut sheet);
    sheet.close();
}

fn read_card(bytes: &[u8]) -> Result<Read, crate::xml::CardError> {
    let card = IdentityInfo::from_xml(bytes)?;
    Ok(Read::new(show(&card), card.to_xml().into_bytes()))
}

fn cards(sheet: &mut Sheet) {
    let named = |name: &str| IdentityInfo::new(key(1).peer(), name.parse().unwrap()).to_xml();
    let good = named("Ben");
    sheet.valid("card", "of Ben", good.as_bytes(), read_card);
    let odd = named("Tom & Ay\u{15f}e <home> \"\u{1f375}\"");
    sheet.valid("card", "of a name that must be escaped", odd.as_bytes(), read_card);
    sheet.valid("card", "without a name", named("").as_bytes(), read_card);
    let mut taken = |name, text: String| sheet.taken("card", name, text.as_bytes(), read_card);
    taken("indented otherwise", good.replace("  <", "\n\n    <"));
    taken("without a declaration", good.split_once("?>\n").unwrap().1.into());
    taken("in single quotes", good.replace('"', "'"));
    taken("with references", good.replace("Ben", "&#66;&#x65;n"));
    taken("with spaces around the name", good.replace("Ben", "  Ben\n"));
    let mut bad = |name, why, text: String| {
        sheet.refused("card", name, why, text.as_bytes(), read_card);
    };
    bad("that shows another name", "Contradictory", good.replace("Ben", "Bea"));
    bad("that shows another peer", "Contradictory", good.replace("<peer>q", "<peer>r"));
    bad("of another version", "UnsupportedVersion", good.replace("version=\"1\"", "version=\"2\""));
    bad("with a document type", "Malformed", good.replace("?>\n", "?>\n<!DOCTYPE a>\n"));
    bad("with a comment", "Malformed", good.replace("  <data>", "  <!-- a --><data>"));
    bad("with an entity", "Malformed", good.replace("Ben", "&ben;"));
    bad("with CDATA", "Malformed", good.replace("Ben", "<![CDATA[Ben]]>"));
    bad("with an element too many", "Malformed", good.replace("  <peer>", "<a></a><peer>"));
    bad("with an attribute too many", "Malformed", good.replace("<name>", "<name a=\"b\">"));
    bad("with an attribute twice", "Malformed", good.replace(" version=", " a='1' a='1' version="));
    bad("with more behind it", "Malformed", [&good, "x"].concat());
    bad("cut short", "Malformed", good.replace("</data>", ""));
    bad("of another root", "Malformed", good.replace("peergroup-identity", "peergroup-person"));
    bad("with ]]> in a name", "Malformed", good.replace("Ben", "]]>"));
    bad("beyond 65,536 bytes", "Malformed", [&good, &*" ".repeat(66_000)].concat());
}

fn content(invitation: &Invitation) -> Json {
    let window = invitation.window();
    map(vec![
        ("group", invitation.group().to_string().into()),
        ("group-name", invitation.group_name().as_str().into()),
        ("issuer", invitation.issuer().to_string().into()),
        ("issuer-name", invitation.issuer_name().as_str().into()),
        ("subject", invitation.subject().to_string().into()),
        ("subject-name", invitation.subject_name().as_str().into()),
        ("role", alloc::format!("{:?}", invitation.role()).into()),
        ("from", window.from.as_millis().into()),
        ("until", window.until.as_millis().into()),
        (
            "addresses",
            Json::List(invitation.addresses().iter().map(|at| at.as_str().into()).collect()),
        ),
        ("link_secret", super::hex(&invitation.link_secret())),
    ])
}

fn read_invitation(bytes: &[u8]) -> Result<Read, crate::InvitationError> {
    let invitation = Invitation::from_xml(bytes)?;
    Ok(Read::new(content(&invitation), invitation.to_xml().into_bytes()))
}

fn invitations(sheet: &mut Sheet) {
    for (name, depth) in [("by the creator", 1), ("by the fourth Admin", 5)] {
        let text = invitation(depth).to_xml();
        sheet.valid("invitation", name, text.as_bytes(), read_invitation);
    }
    let good = invitation(1).to_xml();
    let mut bad = |name, why, text: String| {
        sheet.refused("invitation", name, why, text.as_bytes(), read_invitation);
    };
    bad("that shows another role", "Contradictory", good.replace(">admin<", ">member<"));
    bad(
        "that shows another end",
        "Contradictory",
        good.replace("valid-until>20", "valid-until>21"),
    );
    let bytes = invitation(1).encode();
    let with = |at: usize, byte| {
        let changed = super::statements::with(&bytes, at, byte);
        let (head, rest) = good.split_once("  <data>").unwrap();
        let data = data_encoding::BASE64.encode(&changed);
        let tail = rest.split_once("</data>").unwrap().1;
        [head, "  <data>", &data, "</data>", tail].concat()
    };
    bad("of another version", "UnsupportedVersion", with(0, 2));
    bad("with another genesis", "NotTrusted", with(40, 0xaa));
    bad("with another grant", "NotTrusted", with(150, 0xaa));
    bad(
        "that is a card",
        "Malformed",
        IdentityInfo::new(key(1).peer(), "Ben".parse().unwrap()).to_xml(),
    );
}

fn read_line(bytes: &[u8]) -> Result<Read, crate::InvitationError> {
    let invitation = Invitation::from_text(core::str::from_utf8(bytes).unwrap())?;
    Ok(Read::new(content(&invitation), invitation.to_text().into_bytes()))
}

fn lines(sheet: &mut Sheet) {
    let good = invitation(1).to_text();
    sheet.valid("invitation text", "by the creator", good.as_bytes(), read_line);
    let folded = [&good[..40], "\n  ", &good[40..]].concat().to_lowercase();
    sheet.taken("invitation text", "folded and in small letters", folded.as_bytes(), read_line);
    let mut bad = |name, why, text: String| {
        sheet.refused("invitation text", name, why, text.as_bytes(), read_line);
    };
    bad("of another kind", "Malformed", good.replace("INVITATION", "INVITATIONS"));
    bad("without a colon", "Malformed", good.replace(':', ""));
    bad("with a letter missing", "Damaged", good[..good.len() - 1].into());
    let last = if good.ends_with('A') { "E" } else { "A" };
    bad("with another letter", "Damaged", [&good[..good.len() - 1], last].concat());
}

mod passwords {
    use super::*;
    use crate::fixture::{genesis, year};
    use crate::password::{PasswordInvitation, PasswordInvitationParts};
    use crate::statement::Role;

    fn read(bytes: &[u8]) -> Result<Read, crate::InvitationError> {
        let invitation = PasswordInvitation::from_xml(bytes)?;
        let fields = map(vec![
            ("group", invitation.group().to_string().into()),
            ("role", alloc::format!("{:?}", invitation.role()).into()),
            ("until", invitation.until().as_millis().into()),
        ]);
        Ok(Read::new(fields, invitation.to_xml().into_bytes()))
    }

    pub(super) fn invitations(sheet: &mut Sheet) {
        let parts = PasswordInvitationParts {
            role: Role::Inviter,
            until: year().until,
            addresses: vec!["tcp:192.0.2.17:3587".parse().unwrap()],
            link_secret: [7; 32],
            group_name: "Choir".parse().unwrap(),
            issuer_name: "Ada".parse().unwrap(),
        };
        let good = PasswordInvitation::new(&genesis(), parts).to_xml();
        sheet.valid("password invitation", "by the creator", good.as_bytes(), read);
        let other = good.replace(">inviter<", ">member<");
        sheet.refused(
            "password invitation",
            "that shows another role",
            "Contradictory",
            other.as_bytes(),
            read,
        );
    }
}

fn parsed<T: FromStr + ToString>(bytes: &[u8]) -> Result<Read, &'static str> {
    let text = core::str::from_utf8(bytes).map_err(|_| "Malformed")?;
    let value: T = text.parse().map_err(|_| "Malformed")?;
    Ok(Read::new(Json::Null, value.to_string().into_bytes()))
}

fn addresses(sheet: &mut Sheet) {
    let longest = ["x:", &*"y".repeat(126)].concat();
    let good = ["tcp:192.0.2.1:3587", "quic:[2001:db8::1]:3587", "a:!", &longest];
    for text in good {
        sheet.valid("address", "taken", text.as_bytes(), parsed::<Address>);
    }
    let bad = ["tcp:", "tcp", ":1.2.3.4:5", "TCP:1.2.3.4:5", "tcp:a b", "abcdefghijklmnopq:1"];
    for text in bad.into_iter().chain([&*[&longest, "y"].concat(), "tcp:\u{e9}"]) {
        sheet.refused("address", "refused", "Malformed", text.as_bytes(), parsed::<Address>);
    }
}

fn names(sheet: &mut Sheet) {
    let peer = key(1).peer().to_string();
    sheet.valid("peer text", "taken", peer.as_bytes(), parsed::<PeerId>);
    let mut bad = |text: &str| {
        sheet.refused("peer text", "refused", "Malformed", text.as_bytes(), parsed::<PeerId>);
    };
    bad(&peer.to_uppercase());
    bad(&peer[1..]);
    bad(&[&peer, "a"].concat());
    bad(&[&peer[..51], "b"].concat());
    bad(&"a".repeat(52));
    let note = "5f3e8d1c-90ab-4c1e-9d52-7b0e6a441c11";
    sheet.valid("type text", "taken", note.as_bytes(), parsed::<TypeId>);
    for text in [&note.to_uppercase(), &note.replace('-', ""), &note[1..]] {
        sheet.refused("type text", "refused", "Malformed", text.as_bytes(), parsed::<TypeId>);
    }
    let record = "b212be7e9a9293c35ad7bf2ca0a4b1a0";
    sheet.valid("record text", "taken", record.as_bytes(), parsed::<RecordId>);
    let capital = record.to_uppercase();
    sheet.refused("record text", "refused", "Malformed", capital.as_bytes(), parsed::<RecordId>);
    let beacon = Beacon::from_bytes([5; 32]).to_string();
    sheet.valid("beacon text", "taken", beacon.as_bytes(), parsed::<Beacon>);
}
