//! What tests build upon: keys by number, one group, chains of grants, an invitation.

use alloc::vec;
use alloc::vec::Vec;

use crate::genesis::{Charter, Genesis};
use crate::id::StatementId;
use crate::invitation::{Invitation, InvitationParts};
use crate::key::{PeerId, SecretKey};
use crate::statement::{Body, Grant, Lists, Role, Statement, Window};
use crate::time::UnixTime;

const CREATED: UnixTime = UnixTime::from_millis(1_700_000_000_000);

/// The key with this number. Number 0 founds the group.
pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_bytes([number.wrapping_add(1); 32])
}

/// The group of key 0.
pub(crate) fn genesis() -> Genesis {
    found(0)
}

/// A group of key 0; another one for each nonce.
pub(crate) fn found(nonce: u8) -> Genesis {
    Genesis::found(&key(0), [nonce; 32], CREATED, Charter::default())
}

/// A year from the founding.
pub(crate) fn year() -> Window {
    let from = CREATED;
    Window { from, until: from.after(core::time::Duration::from_secs(365 * 24 * 3600)) }
}

/// The content of a grant.
pub(crate) fn grant(subject: PeerId, role: Role, window: Window) -> Grant {
    Grant { subject, role, window, continues: None }
}

/// No previous statement and no citation.
pub(crate) fn no_lists() -> Lists {
    Lists::Full { prev: vec![], cites: vec![] }
}

/// Grants of Admin roles for a year: key 0 to key 1, key 1 to key 2, and so on.
pub(crate) fn admins(length: u8) -> Vec<Statement> {
    let (group, window) = (genesis().id(), year());
    let mut grants: Vec<Statement> = Vec::new();
    for number in 0..length {
        let body = Body::Grant(grant(key(number.saturating_add(1)).peer(), Role::Admin, window));
        let cred = grants.last().map(Statement::id);
        grants.push(Statement::sign(&key(number), group, cred, 1, body, no_lists()));
    }
    grants
}

/// The id of nothing in particular; a greater number is a greater id.
pub(crate) fn statement_id(number: u8) -> StatementId {
    StatementId::from_bytes([number; 32])
}

/// An invitation at the end of `length` grants, with two addresses and names as people choose.
pub(crate) fn invitation(length: u8) -> Invitation {
    let parts = InvitationParts {
        addresses: vec![
            "tcp:192.0.2.17:3587".parse().unwrap(),
            "tcp:[2001:db8::17]:3587".parse().unwrap(),
        ],
        link_secret: [7; 32],
        group_name: "Choir of St. Mary".parse().unwrap(),
        issuer_name: "Johanna Smith".parse().unwrap(),
        subject_name: "Tom & Ayşe <home>".parse().unwrap(),
    };
    Invitation::new(&genesis(), &admins(length), parts).unwrap()
}
