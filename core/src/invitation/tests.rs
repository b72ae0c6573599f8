mod misuse;

use alloc::vec;
use std::println;

use proptest::prelude::*;

use super::*;
use crate::fixture::{admins, genesis, invitation, key, year};

fn content(length: u8) -> Content {
    invitation(length).content
}

fn decoded(content: &Content) -> Result<Invitation, InvitationError> {
    Invitation::decode(&encode(content))
}

fn no_names() -> InvitationParts {
    InvitationParts {
        addresses: vec![],
        link_secret: [0; 32],
        group_name: Name::default(),
        issuer_name: Name::default(),
        subject_name: Name::default(),
    }
}

#[test]
fn an_invitation_survives_the_wire_and_tells_what_it_gives() {
    for length in 1..=24 {
        let invitation = invitation(length);
        assert_eq!(Invitation::decode(&invitation.encode()), Ok(invitation.clone()));
        assert_eq!(invitation.group(), genesis().id());
        assert_eq!(invitation.genesis(), &genesis());
        assert_eq!(invitation.issuer(), key(length - 1).peer());
        assert_eq!(invitation.subject(), key(length).peer());
        assert_eq!((invitation.role(), invitation.window()), (Role::Admin, year()));
        assert_eq!(invitation.link_secret(), [7; 32]);
        assert_eq!(invitation.addresses().len(), 2);
        assert!(
            invitation
                .grants()
                .iter()
                .map(Statement::id)
                .eq(admins(length).iter().map(Statement::id))
        );
        assert_eq!(invitation.grants().last(), admins(length).last());
    }
}

#[test]
fn an_invitation_at_the_end_of_five_grants_fits_in_1200_bytes() {
    for (length, measured) in [(1, 387), (5, 967), (24, 3722)] {
        let bytes = invitation(length).encode().len();
        println!("an invitation with {length} grants and two addresses: {bytes} bytes");
        assert_eq!(bytes, measured);
    }
}

#[test]
fn a_chain_without_a_grant_is_no_invitation() {
    assert_eq!(Invitation::new(&genesis(), &[], no_names()), None);
    let mut content = content(1);
    content.chain = Chain::default();
    assert_eq!(decoded(&content), Err(InvitationError::NotTrusted));
}

#[test]
fn c01_grants_that_do_not_lead_from_the_creator_make_no_invitation() {
    let grants = admins(3);
    assert_eq!(Invitation::new(&genesis(), &grants[1..], no_names()), None);
    assert_eq!(
        Invitation::new(&genesis(), &[grants[0].clone(), grants[2].clone()], no_names()),
        None
    );
    let mut content = content(3);
    content.chain = Chain::new(&grants[1..], 1);
    assert_eq!(decoded(&content), Err(InvitationError::NotTrusted));
}

#[test]
fn c09_an_invitation_to_one_group_is_none_to_another() {
    let mut content = content(2);
    content.genesis = crate::fixture::found(1).unchecked();
    assert_eq!(decoded(&content), Err(InvitationError::NotTrusted));
}

#[test]
fn an_invitation_of_another_version_is_told_from_rubbish() {
    for version in [0, 2, 255] {
        let content = Content { version, ..content(1) };
        assert_eq!(decoded(&content), Err(InvitationError::UnsupportedVersion));
    }
}

#[test]
fn addresses_are_bounded_when_written_and_when_read() {
    let address: Address = "tcp:192.0.2.17:3587".parse().unwrap();
    let addresses = vec![address; ADDRESSES_MAX + 1];
    let parts = InvitationParts { addresses: addresses.clone(), ..no_names() };
    let bounded = Invitation::new(&genesis(), &admins(1), parts).unwrap();
    assert_eq!(bounded.addresses().len(), ADDRESSES_MAX);
    let content = Content { addresses, ..content(1) };
    assert_eq!(decoded(&content), Err(InvitationError::Malformed));
}

#[test]
fn the_link_secret_is_not_shown() {
    assert!(alloc::format!("{:?}", invitation(1)).contains("LinkSecret(…)"));
}

#[test]
fn lists_of_the_invitees_own_grant_travel_whole() {
    let invitation = invitation(3);
    let whole: Vec<bool> = invitation.grants().iter().map(|g| g.lists().are_full()).collect();
    assert_eq!(whole, [false, false, true]);
}

#[test]
fn c02_an_invitation_cut_or_extended_is_refused() {
    let bytes = invitation(2).encode();
    for end in 0..bytes.len() {
        assert!(Invitation::decode(&bytes[..end]).is_err(), "{end}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(Invitation::decode(&longer), Err(InvitationError::Malformed));
}

#[test]
fn c02_an_invitation_altered_in_any_byte_is_refused_or_differs_in_hints_alone() {
    let original = invitation(3);
    let bytes = original.encode();
    let mut hints = 0;
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1 << (at % 7);
        let Ok(read) = Invitation::decode(&altered) else { continue };
        assert_ne!(read, original, "byte {at}");
        assert_eq!(read.genesis, original.genesis, "byte {at}");
        assert_eq!(read.grants, original.grants, "byte {at}");
        assert_eq!(read.subject, original.subject, "byte {at}");
        hints += 1;
    }
    assert!(hints > 32, "the link secret is a hint, and so are names: {hints}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        prop_assert!(Invitation::decode(&bytes).is_err());
    }

    #[test]
    fn bytes_written_over_an_invitation_never_make_another_group_or_invitee(
        at in 0_usize..700,
        over in proptest::collection::vec(any::<u8>(), 1..8),
    ) {
        let mut bytes = invitation(2).encode();
        for (to, from) in bytes.iter_mut().skip(at).zip(over) {
            *to = from;
        }
        if let Ok(read) = Invitation::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
            prop_assert_eq!(read.group(), genesis().id());
            prop_assert_eq!(read.subject(), key(2).peer());
        }
    }
}
