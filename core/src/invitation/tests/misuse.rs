//! What the table in the documentation of [`Invitation`] says of documents, by its numbers. The
//! cases that take a group are in `tests/invitations.rs`.

use super::*;
use crate::fixture::{found, grant, no_lists};
use crate::limits::CHAIN_MAX;
use crate::statement::{Body, Grant};

/// An invitation at the end of these grants, each signed by whom the one before is for.
fn forged(grants: &[Grant]) -> Result<Invitation, InvitationError> {
    let mut chain: Vec<Statement> = Vec::new();
    for (number, grant) in (0..).zip(grants) {
        let cred = chain.last().map(Statement::id);
        let body = Body::Grant(*grant);
        chain.push(Statement::sign(&key(number), genesis().id(), cred, 1, body, no_lists()));
    }
    decoded(&Content { chain: Chain::new(&chain, 1), ..content(1) })
}

#[test]
fn misuse_06_an_invitation_with_another_role_end_or_invitee_than_was_signed_is_not_trusted() {
    let given = grant(key(1).peer(), Role::Member, year());
    let original = forged(&[given]).unwrap();
    let bytes = original.encode();
    let invitee = key(1).peer();
    let at = bytes.windows(32).position(|part| part == invitee.as_bytes()).unwrap();
    let mut promoted = bytes.clone();
    assert_eq!(promoted[at + 32], 0, "Member");
    promoted[at + 32] = 2;
    assert_eq!(Invitation::decode(&promoted), Err(InvitationError::NotTrusted));
    // key, role, and two times of six bytes each
    for changed in at..at + 32 + 1 + 12 {
        let mut bytes = bytes.clone();
        bytes[changed] ^= 1;
        let error = Invitation::decode(&bytes).unwrap_err();
        let known = [InvitationError::NotTrusted, InvitationError::Malformed];
        assert!(known.contains(&error), "{changed}: {error}");
    }
}

#[test]
fn misuse_07_an_invitation_put_together_from_those_of_two_groups_is_not_trusted() {
    let other = found(1);
    let body = Body::Grant(grant(key(2).peer(), Role::Admin, year()));
    let cred = Some(admins(1)[0].id());
    let elsewhere = Statement::sign(&key(1), other.id(), cred, 1, body, no_lists());
    let chain = Chain::new([&admins(1)[0], &elsewhere], 1);
    assert_eq!(decoded(&Content { chain, ..content(2) }), Err(InvitationError::NotTrusted));
    let genesis = other.unchecked();
    assert_eq!(decoded(&Content { genesis, ..content(2) }), Err(InvitationError::NotTrusted));
}

#[test]
fn misuse_08_an_invitation_to_a_role_that_its_issuer_may_not_give_is_not_trusted() {
    let to = |number, role| grant(key(number).peer(), role, year());
    assert!(forged(&[to(1, Role::Inviter), to(2, Role::Inviter)]).is_ok());
    for (issuer, role) in
        [(Role::Inviter, Role::Admin), (Role::Member, Role::Inviter), (Role::Member, Role::Member)]
    {
        let forged = forged(&[to(1, issuer), to(2, role)]);
        assert_eq!(forged, Err(InvitationError::NotTrusted), "{issuer:?} {role:?}");
    }
}

#[test]
fn misuse_09_an_invitation_for_longer_than_its_issuer_has_is_not_trusted() {
    let Window { from, until } = year();
    let moment = core::time::Duration::from_millis(1);
    let to = |window| {
        [grant(key(1).peer(), Role::Admin, year()), grant(key(2).peer(), Role::Member, window)]
    };
    assert!(forged(&to(year())).is_ok());
    for wider in [
        Window { from, until: until.after(moment) },
        Window { from: from.before(moment), until },
        Window::INFINITE,
    ] {
        assert_eq!(forged(&to(wider)), Err(InvitationError::NotTrusted), "{wider:?}");
    }
}

#[test]
fn misuse_10_an_invitation_at_the_end_of_too_many_grants_is_not_trusted() {
    let longest = u8::try_from(CHAIN_MAX).unwrap();
    for (length, is_read) in [(longest, true), (longest + 1, false)] {
        let chain = Chain::new(&admins(length), 1);
        let read = decoded(&Content { chain, ..content(1) });
        assert_eq!(read.is_ok(), is_read, "{length}");
        assert!(is_read || read == Err(InvitationError::NotTrusted));
    }
}

#[cfg(feature = "xml")]
#[test]
fn misuse_11_a_document_that_shows_another_role_or_end_than_it_says_is_contradictory() {
    let xml = invitation(2).to_xml();
    for (from, to) in [(">admin<", ">member<"), ("2024-11-13", "2034-11-13")] {
        let altered = xml.replace(from, to);
        assert_ne!(altered, xml);
        assert_eq!(Invitation::from_xml(&altered), Err(InvitationError::Contradictory));
    }
}

#[test]
fn misuse_13_a_text_that_was_cut_or_mistyped_is_damaged() {
    let text = invitation(2).to_text();
    let typed = text.replacen('Q', "R", 1);
    assert_ne!(typed, text);
    for damaged in [&typed, &text[..text.len() / 2], &text[..text.len() - 1]] {
        assert_eq!(Invitation::from_text(damaged), Err(InvitationError::Damaged));
    }
}
