//! Invitations as XML, as text and as bytes: what is read is written so that it is read the same.

use core::time::Duration;

use peergroup_core::{Invitation, PasswordInvitation};

use crate::Tape;
use crate::scene::scene;

/// Reads an invitation, or one by a password.
pub fn f05_invitation(data: &[u8]) {
    let mut tape = Tape::new(data);
    let kind = tape.below(6);
    let document = tape.rest();
    let text = core::str::from_utf8(document);
    match kind {
        0 => drop(Invitation::from_xml(document).map(|read| stays(&read))),
        1 => drop(text.map(|text| Invitation::from_text(text).map(|read| stays(&read)))),
        2 => {
            if let Ok(read) = Invitation::decode(document) {
                assert_eq!(read.encode(), document, "C02: not canonical");
                stays(&read);
            }
        }
        3 => drop(PasswordInvitation::from_xml(document).map(|read| stays_too(&read))),
        4 => drop(text.map(|text| PasswordInvitation::from_text(text).map(|it| stays_too(&it)))),
        _ => {
            if let Ok(read) = PasswordInvitation::decode(document) {
                assert_eq!(read.encode(), document, "C02: not canonical");
                stays_too(&read);
            }
        }
    }
}

fn stays(read: &Invitation) {
    assert_ne!(read.issuer(), read.subject());
    assert_eq!(Invitation::decode(&read.encode()).as_ref(), Ok(read));
    assert_eq!(Invitation::from_xml(&read.to_xml()).as_ref(), Ok(read));
    assert_eq!(Invitation::from_text(&read.to_text().to_lowercase()).as_ref(), Ok(read));
}

fn stays_too(read: &PasswordInvitation) {
    assert_eq!(PasswordInvitation::decode(&read.encode()).as_ref(), Ok(read));
    assert_eq!(PasswordInvitation::from_xml(&read.to_xml()).as_ref(), Ok(read));
    assert_eq!(PasswordInvitation::from_text(&read.to_text()).as_ref(), Ok(read));
}

fn seed(kind: u8, document: &[u8]) -> Vec<u8> {
    [&[kind], document].concat()
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for invitation in &scene().invitations {
        let xml = invitation.to_xml();
        seeds.push(seed(0, xml.as_bytes()));
        // of a version to come; with something else to be seen than there is
        seeds.push(seed(0, xml.replace("version=\"1\"", "version=\"2\"").as_bytes()));
        seeds.push(seed(0, xml.replace("the group", "another").as_bytes()));
        seeds.push(seed(0, xml.replace("the group", "the &#x67;roup").as_bytes()));
        seeds.push(seed(1, invitation.to_text().as_bytes()));
        seeds.push(seed(2, &invitation.encode()));
    }
    let mut rig = scene().creator(3);
    let seat = scene().seat;
    let secret = peergroup_core::PasswordSecret::from_bytes([3; 32]);
    let role = peergroup_core::Role::Member;
    rig.act(|node, now| node.set_password(now, seat, secret, role)).expect("the creator may");
    let until = rig.now.wall.after(Duration::from_secs(24 * 3600));
    let made = rig.act(|node, now| node.password_invitation(now, seat, until));
    let invitation = made.expect("it has a password");
    seeds.push(seed(3, invitation.to_xml().as_bytes()));
    seeds.push(seed(4, invitation.to_text().as_bytes()));
    seeds.push(seed(5, &invitation.encode()));
    seeds
}
