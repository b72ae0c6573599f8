use alloc::vec;
use std::println;

use proptest::prelude::*;
use qrcode::{EcLevel, QrCode, Version};

use super::*;
use crate::fixture::{admins, genesis, invitation};
use crate::invitation::{Invitation, InvitationParts};
use crate::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX, CHAIN_MAX, CHAIN_POLICY, NAME_BYTES_MAX};
use crate::name::Name;

const KIND: &str = "PEERGROUP-INVITATION";

fn text(length: u8) -> String {
    invitation(length).to_text()
}

/// The version of the smallest QR code that holds the text, with least error correction.
fn version(text: &str) -> Option<i16> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let Version::Normal(version) = code.version() else { panic!("not a micro code") };
    Some(version)
}

#[test]
fn an_invitation_at_the_end_of_five_grants_is_one_qr_code_of_version_23() {
    let text = text(5);
    println!("five grants, two addresses: {} characters", text.len());
    assert_eq!(text.len(), 1575);
    assert_eq!(version(&text), Some(23));
    let longest = self::text(u8::try_from(CHAIN_POLICY).unwrap());
    assert_eq!(version(&longest), Some(29), "and at the end of the longest that policy allows");
}

#[test]
fn a_text_is_of_characters_that_a_qr_code_packs_best() {
    let is_packed = |each: char| "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:".contains(each);
    assert!(text(5).chars().all(is_packed));
}

#[test]
fn an_invitation_is_read_from_a_text_however_it_was_folded_and_cased() {
    for length in [1, 5, 24] {
        let (original, text) = (invitation(length), text(length));
        assert!(text.starts_with("PEERGROUP-INVITATION:"), "{text}");
        let lines: Vec<&str> =
            text.as_bytes().chunks(60).map(|it| str::from_utf8(it).unwrap()).collect();
        let quoted = alloc::format!("\r\n  {}\r\n", lines.join(" \r\n\t"));
        for read in [text.clone(), text.to_lowercase(), quoted] {
            assert_eq!(Invitation::from_text(&read), Ok(original.clone()));
        }
    }
}

#[test]
fn the_greatest_invitation_fits_into_a_text_folded_with_room_to_spare() {
    let name: Name = "n".repeat(NAME_BYTES_MAX).parse().unwrap();
    let address = alloc::format!("tcp:{}", "a".repeat(ADDRESS_BYTES_MAX - 4));
    let parts = InvitationParts {
        addresses: vec![address.parse().unwrap(); ADDRESSES_MAX],
        link_secret: [7; 32],
        group_name: name.clone(),
        issuer_name: name.clone(),
        subject_name: name,
    };
    let chain = admins(u8::try_from(CHAIN_MAX).unwrap());
    let greatest = Invitation::new(&genesis(), &chain, parts).unwrap();
    let text = greatest.to_text();
    let folded = text.as_bytes().chunks(40).map(|it| str::from_utf8(it).unwrap());
    let folded = folded.collect::<Vec<_>>().join("\r\n        ");
    println!("the greatest invitation: {} characters, folded {}", text.len(), folded.len());
    assert_eq!(Invitation::from_text(&folded), Ok(greatest));
}

#[test]
fn a_text_that_is_too_long_or_of_another_kind_is_no_invitation() {
    let padded = text(1) + &" ".repeat(TEXT_BYTES_MAX);
    let another = text(1).replace("INVITATION", "PASSWORD-INVITATION");
    let xml = "<peergroup-invitation version=\"1\"/>";
    let bare = text(1).replace("PEERGROUP-INVITATION:", "");
    for wrong in ["", ":", "PEERGROUP-INVITATION", "Pärchen", xml, &padded, &another, &bare] {
        assert_eq!(Invitation::from_text(wrong), Err(InvitationError::Malformed), "{wrong}");
    }
}

#[test]
fn a_text_cut_off_anywhere_is_damaged_or_no_invitation() {
    let text = text(1);
    let kind = KIND.len() + 1;
    for end in 0..text.len() {
        let error = if end < kind { InvitationError::Malformed } else { InvitationError::Damaged };
        assert_eq!(Invitation::from_text(&text[..end]), Err(error), "{end}");
    }
    assert_eq!(Invitation::from_text(&(text + "AA")), Err(InvitationError::Damaged));
}

#[test]
fn a_text_with_any_character_changed_or_two_exchanged_is_damaged() {
    let text = text(1);
    for at in KIND.len() + 1..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(Invitation::from_text(&changed), Err(InvitationError::Damaged), "{at}");
        let mut swapped = text.clone().into_bytes();
        swapped.swap(at - 1, at);
        let swapped = String::from_utf8(swapped).unwrap();
        assert!(swapped == text || Invitation::from_text(&swapped).is_err(), "{at}");
    }
}

#[test]
fn a_text_of_one_kind_is_not_made_one_of_another_by_its_first_word() {
    let text = write("ONE", b"something");
    assert_eq!(read("ONE", &text).as_deref(), Ok(&b"something"[..]));
    let other = text.replacen("ONE", "TWO", 1);
    assert_eq!(read("TWO", &other), Err(InvitationError::Damaged));
}

proptest! {
    #[test]
    fn bytes_survive_a_text_of_either_case_with_space_anywhere(
        bytes in proptest::collection::vec(any::<u8>(), 0..2000),
        spaces in proptest::collection::vec(
            (any::<prop::sample::Index>(), "[ \t\r\n]{1,3}"),
            0..20,
        ),
        is_lower in any::<bool>(),
    ) {
        let mut text = write(KIND, &bytes);
        prop_assert!(bytes.len() > 1200 || version(&text).is_some(), "one code holds it");
        if is_lower {
            text = text.to_lowercase();
        }
        for (at, space) in spaces {
            text.insert_str(at.index(text.len()), &space);
        }
        prop_assert_eq!(read(KIND, &text), Ok(bytes));
    }

    #[test]
    fn a_text_that_somebody_made_up_is_never_an_invitation(
        rubbish in "\\PC{0,400}",
        is_marked in any::<bool>(),
    ) {
        let text = if is_marked { alloc::format!("{KIND}:{rubbish}") } else { rubbish };
        prop_assert!(Invitation::from_text(&text).is_err());
    }

    #[test]
    fn bytes_that_somebody_made_up_are_never_an_invitation_though_their_checksum_is_right(
        bytes in proptest::collection::vec(any::<u8>(), 0..1500),
    ) {
        let read = Invitation::from_text(&write(KIND, &bytes));
        prop_assert!(matches!(
            read,
            Err(InvitationError::Malformed | InvitationError::NotTrusted
                | InvitationError::UnsupportedVersion)
        ));
    }

    #[test]
    fn a_text_written_over_anywhere_is_read_as_it_was_or_not_at_all(
        at in any::<prop::sample::Index>(),
        over in "[A-Z2-7a-z ]{1,6}",
    ) {
        let original = text(2);
        let at = at.index(original.len());
        let end = at.saturating_add(over.len()).min(original.len());
        let mut text = original.clone();
        text.replace_range(at..end, &over);
        match Invitation::from_text(&text) {
            Ok(read) => prop_assert_eq!(read.to_text(), original),
            Err(error) => prop_assert!(
                matches!(error, InvitationError::Malformed | InvitationError::Damaged)
            ),
        }
    }
}
