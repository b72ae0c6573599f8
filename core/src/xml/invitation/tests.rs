use alloc::format;
use alloc::vec;

use super::*;
use crate::fixture::{admins, genesis, invitation, key};
use crate::invitation::InvitationParts;
use crate::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX, CHAIN_MAX, NAME_BYTES_MAX, XML_BYTES_MAX};
use crate::name::Name;

/// The document with one text in place of another, which must be there.
fn altered(from: &str, to: &str) -> String {
    let xml = invitation(2).to_xml();
    assert!(xml.contains(from), "{from}");
    xml.replacen(from, to, 1)
}

#[test]
fn an_invitation_reads_well() {
    let xml = invitation(2).to_xml();
    let (group, issuer, subject) = (genesis().id(), key(1).peer(), key(2).peer());
    let shown = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <peergroup-invitation version=\"1\">\n  \
           <group-name>Choir of St. Mary</group-name>\n  \
           <group>{group}</group>\n  \
           <issuer-name>Johanna Smith</issuer-name>\n  \
           <issuer>{issuer}</issuer>\n  \
           <subject-name>Tom &amp; Ayşe &lt;home&gt;</subject-name>\n  \
           <subject>{subject}</subject>\n  \
           <role>admin</role>\n  \
           <valid-from>2023-11-14T22:13:20.000Z</valid-from>\n  \
           <valid-until>2024-11-13T22:13:20.000Z</valid-until>\n  \
           <addresses>tcp:192.0.2.17:3587 tcp:[2001:db8::17]:3587</addresses>\n  \
           <data>\n"
    );
    assert!(xml.starts_with(&shown), "{xml}");
    assert!(xml.ends_with("\n  </data>\n</peergroup-invitation>\n"), "{xml}");
    let folded: Vec<usize> = xml[shown.len()..].lines().map(str::len).collect();
    assert_eq!(folded[..5], [76; 5], "{xml}");
}

#[test]
fn an_invitation_is_read_as_it_was_written_even_through_a_mail_program() {
    for length in [1, 5, 24] {
        let invitation = invitation(length);
        let xml = invitation.to_xml();
        assert_eq!(Invitation::from_xml(&xml), Ok(invitation.clone()));
        let mailed = format!("\r\n{}\r\n\r\n", xml.replace('\n', "\r\n\t"));
        assert_eq!(Invitation::from_xml(&mailed), Ok(invitation));
    }
}

#[test]
fn c02_an_invitation_that_shows_anything_else_than_it_holds_is_refused() {
    let stranger = key(9).peer().to_string();
    for xml in [
        altered("Choir", "Chorus"),
        altered(&genesis().id().to_string(), &stranger),
        altered("Johanna", "Joanna"),
        altered(&key(1).peer().to_string(), &stranger),
        altered("Ayşe", "Ayse"),
        altered(&key(2).peer().to_string(), &stranger),
        altered("<role>admin", "<role>member"),
        altered("2023-11-14", "2023-11-13"),
        altered("2024-11-13T22:13:20.000Z", "never"),
        altered("192.0.2.17", "192.0.2.18"),
        altered("tcp:192.0.2.17:3587 ", ""),
        altered(":3587</addresses>", ":3587 tcp:192.0.2.18:3587</addresses>"),
    ] {
        assert_eq!(Invitation::from_xml(&xml), Err(InvitationError::Contradictory), "{xml}");
    }
}

#[test]
fn c02_every_readable_element_stands_exactly_once_and_in_order() {
    for (name, _) in invitation(2).fields() {
        let (open, empty) = (format!("<{name}>"), format!("<{name}/>"));
        for xml in [
            altered(&open, &format!("{empty}{open}")),
            altered(&open, &format!("<x/>{open}")),
            invitation(2).to_xml().replace(&format!("{name}>"), "x>"),
        ] {
            assert_eq!(Invitation::from_xml(&xml), Err(InvitationError::Malformed), "{xml}");
        }
    }
    let moved = altered("<role>admin</role>", "").replace("<data>", "<role>admin</role><data>");
    assert_eq!(Invitation::from_xml(&moved), Err(InvitationError::Malformed));
}

#[test]
fn what_is_wrong_with_the_data_is_told() {
    let sheet = |data: &[u8]| write(ROOT, &invitation(2).fields(), data);
    let good = invitation(2).encode();
    let mut unsigned = good.clone();
    unsigned[40] ^= 1;
    let other_version = [&[2], &good[1..]].concat();
    for (data, error) in [
        (&good[..good.len() - 1], InvitationError::Malformed),
        (&unsigned, InvitationError::NotTrusted),
        (&other_version, InvitationError::UnsupportedVersion),
        (&invitation(3).encode(), InvitationError::Contradictory),
    ] {
        assert_eq!(Invitation::from_xml(&sheet(data)), Err(error));
    }
    let version = altered("version=\"1\">\n  <group-name>", "version=\"2\">\n  <group-name>");
    assert_eq!(Invitation::from_xml(&version), Err(InvitationError::UnsupportedVersion));
}

#[test]
fn an_invitation_cut_anywhere_is_refused() {
    let xml = invitation(1).to_xml();
    for end in 0..xml.trim_end().len() {
        assert!(Invitation::from_xml(&xml.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn p02_the_greatest_invitation_fits_into_a_document() {
    let name: Name = "&".repeat(NAME_BYTES_MAX).parse().unwrap();
    let address = format!("tcp:{}", "&".repeat(ADDRESS_BYTES_MAX - 4));
    let parts = InvitationParts {
        addresses: vec![address.parse().unwrap(); ADDRESSES_MAX],
        link_secret: [7; 32],
        group_name: name.clone(),
        issuer_name: name.clone(),
        subject_name: name,
    };
    let grants = admins(u8::try_from(CHAIN_MAX).unwrap());
    let greatest = Invitation::new(&genesis(), &grants, parts).unwrap();
    let xml = greatest.to_xml();
    assert!(xml.len() < XML_BYTES_MAX / 2, "{}", xml.len());
    assert_eq!(Invitation::from_xml(&xml), Ok(greatest));
}
