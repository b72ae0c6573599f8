use super::*;
use crate::fixture::genesis;

fn made(role: Role) -> PasswordInvitation {
    let parts = PasswordInvitationParts {
        role,
        until: UnixTime::from_millis(1_900_000_000_000),
        addresses: Vec::from(["tcp:192.0.2.1:3587".parse().unwrap()]),
        link_secret: [7; 32],
        group_name: "Friends".parse().unwrap(),
        issuer_name: "Ada".parse().unwrap(),
    };
    PasswordInvitation::new(&genesis(), parts)
}

#[test]
fn a_password_invitation_shows_what_was_put_into_it() {
    let read = PasswordInvitation::decode(&made(Role::Inviter).encode()).unwrap();
    assert_eq!(read, made(Role::Inviter));
    assert_eq!((read.group(), read.role()), (genesis().id(), Role::Inviter));
    assert_eq!(read.until(), UnixTime::from_millis(1_900_000_000_000));
    assert_eq!(read.addresses().len(), 1);
    assert_eq!((read.group_name().as_str(), read.issuer_name().as_str()), ("Friends", "Ada"));
    assert_eq!(read.link_secret(), [7; 32]);
}

#[test]
fn a_group_that_its_creator_has_not_signed_is_not_trusted() {
    let mut bytes = made(Role::Member).encode();
    let at = bytes.windows(32).position(|part| part == genesis().creator().as_bytes()).unwrap();
    bytes[at + 40] ^= 1;
    assert_eq!(PasswordInvitation::decode(&bytes), Err(InvitationError::NotTrusted));
}

#[test]
fn bytes_that_are_no_password_invitation_are_refused() {
    let good = made(Role::Member).encode();
    let shorter = &good[..good.len() - 1];
    assert_eq!(PasswordInvitation::decode(shorter), Err(InvitationError::Malformed));
    let longer = [good.clone(), Vec::from([0])].concat();
    assert_eq!(PasswordInvitation::decode(&longer), Err(InvitationError::Malformed));
    let mut newer = good;
    newer[0] = 2;
    assert_eq!(PasswordInvitation::decode(&newer), Err(InvitationError::UnsupportedVersion));
    let admin = made(Role::Admin).encode();
    assert_eq!(PasswordInvitation::decode(&admin), Err(InvitationError::Malformed));
    assert!(crate::invitation::Invitation::decode(&made(Role::Member).encode()).is_err());
}

#[test]
fn a_password_invitation_is_read_from_its_text_and_from_no_other_kind() {
    let text = made(Role::Inviter).to_text();
    assert!(text.starts_with("PEERGROUP-PASSWORD-INVITATION:"), "{text}");
    assert_eq!(PasswordInvitation::from_text(&text.to_lowercase()), Ok(made(Role::Inviter)));
    let other = crate::fixture::invitation(1);
    assert_eq!(PasswordInvitation::from_text(&other.to_text()), Err(InvitationError::Malformed));
    let malformed = Err(InvitationError::Malformed);
    assert_eq!(crate::invitation::Invitation::from_text(&text), malformed);
    let cut = &text[..text.len() - 8];
    assert_eq!(PasswordInvitation::from_text(cut), Err(InvitationError::Damaged));
}
