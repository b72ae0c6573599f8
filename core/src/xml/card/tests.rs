use alloc::format;
use alloc::string::ToString;

use data_encoding::BASE64;
use proptest::prelude::*;

use super::*;
use crate::fixture::key;

fn card() -> IdentityInfo {
    IdentityInfo::new(key(1).peer(), "Tom & \"Ayşe\" <home>".parse().unwrap())
}

/// The card's document with one text in place of another, which must be there.
fn altered(from: &str, to: &str) -> String {
    let xml = card().to_xml();
    assert!(xml.contains(from), "{from}");
    xml.replacen(from, to, 1)
}

#[test]
fn a_card_reads_well() {
    let peer = card().peer;
    let data = BASE64.encode(&encode(&(1_u8, peer, &card().name)));
    let expected = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <peergroup-identity version=\"1\">\n  \
           <name>Tom &amp; \"Ayşe\" &lt;home&gt;</name>\n  \
           <peer>{peer}</peer>\n  \
           <data>\n{data}\n  </data>\n\
         </peergroup-identity>\n",
    );
    assert_eq!(card().to_xml(), expected);
}

#[test]
fn a_card_survives_a_mail_program() {
    let xml = card().to_xml();
    let indented = xml.replace('\n', "\r\n      ");
    for mailed in [format!("\r\n\r\n  {xml}\r\n\r\n"), xml.replace('\n', "\r\n"), indented] {
        assert_eq!(IdentityInfo::from_xml(&mailed), Ok(card()), "{mailed}");
    }
    assert_eq!(IdentityInfo::from_xml(&altered("Tom &amp; ", "Tom\r\n&#38; ")), Ok(card()));
}

#[test]
fn c02_a_card_that_shows_another_name_or_peer_than_it_holds_is_refused() {
    let other = altered(&card().peer.to_string(), &key(2).peer().to_string());
    for xml in [other, altered("Tom", "Tim"), altered("Tom &amp;", "Tom&amp;")] {
        assert_eq!(IdentityInfo::from_xml(&xml), Err(CardError::Contradictory), "{xml}");
    }
}

#[test]
fn c02_elements_that_are_doubled_missing_moved_or_unknown_are_refused() {
    let name = "<name>Tom &amp; \"Ayşe\" &lt;home&gt;</name>";
    let root = "<peergroup-identity version=\"1\">";
    for xml in [
        altered(name, &format!("{name}{name}")),
        altered(name, ""),
        altered(name, &format!("{name}<x/>")),
        altered(name, &format!("<x>{name}</x>")),
        altered("<name>", "<name x=\"1\">"),
        altered("<data>", "<data encoding=\"base64\">"),
        altered("</data>", "</data><data></data>"),
        altered("</data>", "</data><name/>"),
        altered("<data>", "<data/><data>"),
        altered(root, "<peergroup-identity>"),
        altered(root, "<peergroup-identity version=\"1\" x=\"1\">"),
        altered(root, "<peergroup-identity xmlns=\"x\" version=\"1\">"),
        altered(root, "<peergroup-identity Version=\"1\">"),
        altered(root, "<peergroup-invitation version=\"1\">"),
        card().to_xml().replace("peergroup-identity", "peergroup-invitation"),
        "<peergroup-identity version=\"1\"/>".to_string(),
        "<peergroup-identity version=\"1\">x</peergroup-identity>".to_string(),
        format!("{0}{0}", card().to_xml()),
    ] {
        assert_eq!(IdentityInfo::from_xml(&xml), Err(CardError::Malformed), "{xml}");
    }
}

#[test]
fn a_card_of_another_version_is_told_from_rubbish() {
    let outer = altered("<peergroup-identity version=\"1\">", "<peergroup-identity version=\"2\">");
    let fields = card().fields();
    let inner = write(ROOT, &fields, &encode(&(2_u8, card().peer, &card().name)));
    for xml in [outer, inner] {
        assert_eq!(IdentityInfo::from_xml(&xml), Err(CardError::UnsupportedVersion));
    }
}

/// A card of 1 + 32 + 1 + 1 = 35 bytes, so that its base64 ends in one `=` after two spare bits.
fn padded() -> IdentityInfo {
    IdentityInfo::new(key(1).peer(), "x".parse().unwrap())
}

#[test]
fn c02_data_that_is_not_canonical_is_refused() {
    let bytes = encode(&(1_u8, padded().peer, &padded().name));
    let base64 = BASE64.encode(&bytes);
    let with = |base64: &str| {
        let empty = write(ROOT, &padded().fields(), &[]);
        empty.replace("<data>", &format!("<data>{base64}"))
    };
    assert_eq!(IdentityInfo::from_xml(&with(&base64)), Ok(padded()));
    assert!(base64.ends_with("g="), "{base64}");
    for base64 in [
        "",
        &BASE64.encode(&[bytes.as_slice(), &[0]].concat()),
        &base64.replace('=', ""),
        &base64.replace("g=", "h="),
        &format!("{base64}="),
        &format!("{base64}AAAA"),
        &base64.replacen('A', "-", 1),
        &base64.replacen('A', "Ä", 1),
        &base64.replacen('A', "A\u{a0}", 1),
    ] {
        assert_eq!(IdentityInfo::from_xml(&with(base64)), Err(CardError::Malformed), "{base64}");
    }
}

#[test]
fn a_card_cut_anywhere_is_refused() {
    let xml = card().to_xml();
    for end in 0..xml.trim_end().len() {
        assert!(IdentityInfo::from_xml(&xml.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_card_altered_in_any_byte_is_refused_or_the_same() {
    let xml = card().to_xml();
    for at in 0..xml.len() {
        for bit in [1, 2, 4, 16, 32] {
            let mut bytes = xml.clone().into_bytes();
            bytes[at] ^= bit;
            if let Ok(read) = IdentityInfo::from_xml(&bytes) {
                assert_eq!(read, card(), "byte {at}");
            }
        }
    }
}

proptest! {
    #[test]
    fn every_card_is_read_as_it_was_written(name in any::<String>(), number: u8) {
        let Ok(name) = name.chars().take(60).collect::<String>().parse() else { return Ok(()) };
        let card = IdentityInfo::new(key(number).peer(), name);
        prop_assert_eq!(IdentityInfo::from_xml(&card.to_xml()), Ok(card));
    }

    #[test]
    fn a_name_of_characters_that_xml_reserves_is_read_as_it_was_written(
        name in "[<>&\"' \\]\\[!;#xaß-ü\u{2028}\u{feff}\u{10000}-\u{10010}]{0,60}",
    ) {
        let card = IdentityInfo::new(key(1).peer(), name.parse().unwrap());
        prop_assert_eq!(IdentityInfo::from_xml(&card.to_xml()), Ok(card));
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(IdentityInfo::from_xml(&bytes).is_err());
    }
}
