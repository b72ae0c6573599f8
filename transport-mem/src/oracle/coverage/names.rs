//! The names under which things are counted.

use peergroup_core::{
    ChangeKind, Closed, ConnectFailure, ConnectionChange, ConnectionFailure, Denial, Event,
    EventKind, Fault, Input, LinkDown, MemberChange, NeighbourChange, Output,
};

use crate::oracle::Deed;

/// What is new in the core and has no name here yet.
const OTHER: &str = "other";

pub(super) fn input(input: &Input<'_>) -> &'static str {
    match input {
        Input::Tick => "tick",
        Input::LinkUp { .. } => "link up",
        Input::Received { .. } => "received",
        Input::LinkDown { .. } => "link down",
        Input::Stored { outcome: Ok(()), .. } => "stored",
        Input::Stored { .. } => "not stored",
        Input::Loaded { outcome: Ok(_), .. } => "loaded",
        Input::Loaded { .. } => "not loaded",
        _ => OTHER,
    }
}

pub(super) fn output(output: &Output) -> &'static str {
    match output {
        Output::Dial { .. } => "dial",
        Output::Transmit { .. } => "transmit",
        Output::Hangup { .. } => "hangup",
        Output::Store { .. } => "store",
        Output::Load { .. } => "load",
        Output::Event { .. } => "event",
        Output::Notice(_) => "notice",
        _ => OTHER,
    }
}

pub(super) fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::Founded => "founded",
        Deed::Joined => "joined",
        Deed::Granted(..) => "granted",
        Deed::Removed(_) => "removed",
        Deed::Demoted(..) => "demoted",
        Deed::Left => "left",
        Deed::SetProperties => "set properties",
        Deed::Checkpointed => "made a checkpoint",
        Deed::Published(_) => "published",
        Deed::Updated(_) => "updated",
        Deed::Deleted(_) => "deleted",
    }
}

pub(super) fn event(event: &Event) -> &'static str {
    match event.kind() {
        Some(EventKind::Status) => "status",
        Some(EventKind::Property) => "property",
        Some(EventKind::Record) => "record",
        Some(EventKind::Connection | EventKind::OwnConnection) => "connection",
        Some(EventKind::Data) => "data",
        Some(EventKind::Neighbour) => "neighbour",
        Some(EventKind::Member) => "member",
        Some(EventKind::ConnectFailed) => "connect failed",
        Some(EventKind::Credentials) => "credentials",
        Some(EventKind::Fault) => "fault",
        Some(_) => OTHER,
        None => "lagged",
    }
}

pub(super) fn record(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Updated => "updated",
        ChangeKind::Deleted => "deleted",
        ChangeKind::Expired => "expired",
        _ => OTHER,
    }
}

pub(super) fn member(change: MemberChange) -> &'static str {
    match change {
        MemberChange::Joined => "joined",
        MemberChange::Left => "left",
        MemberChange::RoleChanged => "role changed",
        MemberChange::Online => "online",
        MemberChange::Offline => "offline",
        MemberChange::Updated => "updated",
        _ => OTHER,
    }
}

pub(super) fn neighbour(change: NeighbourChange) -> &'static str {
    match change {
        NeighbourChange::Connected => "connected",
        NeighbourChange::Disconnected(why) => closed(why),
        _ => OTHER,
    }
}

pub(super) fn connection(change: ConnectionChange) -> &'static str {
    match change {
        ConnectionChange::Connected => "connected",
        ConnectionChange::Disconnected(why) => closed(why),
        ConnectionChange::Failed(ConnectionFailure::Unreachable(_)) => "failed: unreachable",
        ConnectionChange::Failed(ConnectionFailure::Denied(_)) => "failed: denied",
        ConnectionChange::Failed(ConnectionFailure::Faulted(_)) => "failed: faulted",
        ConnectionChange::Failed(ConnectionFailure::Closed) => "failed: closed",
        ConnectionChange::Writable => "writable",
        _ => OTHER,
    }
}

fn closed(why: Closed) -> &'static str {
    match why {
        Closed::Here => "closed here",
        Closed::There => "closed there",
        Closed::Lost(_) => "lost",
        Closed::MembershipLost => "membership lost",
        Closed::CredentialsChanged => "credentials changed",
        Closed::Duplicate => "duplicate",
        Closed::Pruned => "pruned",
        Closed::Faulted(_) => "faulted",
        _ => OTHER,
    }
}

pub(super) fn connect_failure(failure: ConnectFailure) -> &'static str {
    match failure {
        ConnectFailure::NoAddresses => "no addresses",
        ConnectFailure::NoMembersFound(_) => "no members found",
        ConnectFailure::NoMemberConnections => "no member connections",
        ConnectFailure::NotAuthorized(_) => "not authorized",
        ConnectFailure::WrongClock => "wrong clock",
        ConnectFailure::NotSynchronised => "not synchronised",
        ConnectFailure::NobodyAdmits => "nobody admits",
        ConnectFailure::TooManyAttempts => "too many attempts",
        ConnectFailure::WrongPassword => "wrong password",
        _ => OTHER,
    }
}

/// The denial in the failure of an attempt to connect.
pub(super) fn connect_denial(failure: ConnectFailure) -> Option<Denial> {
    match failure {
        ConnectFailure::NotAuthorized(denial) => Some(denial),
        _ => None,
    }
}

/// The denial in the failure of a direct connection.
pub(super) fn connection_denial(change: ConnectionChange) -> Option<Denial> {
    match change {
        ConnectionChange::Failed(ConnectionFailure::Denied(denial)) => Some(denial),
        _ => None,
    }
}

pub(super) fn denial(denial: Denial) -> &'static str {
    match denial {
        Denial::NotAMember => "not a member",
        Denial::Removed => "removed",
        Denial::OutsideWindow => "outside window",
        Denial::NotWanted => "not wanted",
        Denial::Busy => "busy",
        Denial::Duplicate => "duplicate",
        Denial::NoPassword => "no password",
        Denial::TooManyAttempts => "too many attempts",
        Denial::WrongPassword => "wrong password",
        _ => OTHER,
    }
}

pub(super) fn link_down(cause: LinkDown) -> &'static str {
    match cause {
        LinkDown::Refused => "refused",
        LinkDown::Unreachable => "unreachable",
        LinkDown::TimedOut => "timed out",
        LinkDown::Unsupported => "unsupported",
        LinkDown::Closed => "closed",
        LinkDown::Broken => "broken",
        _ => OTHER,
    }
}

pub(super) fn fault(fault: Fault) -> &'static str {
    match fault {
        Fault::Malformed => "malformed",
        Fault::TooLarge => "too large",
        Fault::Unexpected => "unexpected",
        Fault::InvalidSignature => "invalid signature",
        Fault::InvalidStatement => "invalid statement",
        Fault::InvalidVersion => "invalid version",
        Fault::InvalidCredential => "invalid credential",
        Fault::InvalidProof => "invalid proof",
        Fault::CreditExceeded => "credit exceeded",
        Fault::Silent => "silent",
        Fault::InvalidPresence => "invalid presence",
        Fault::UnsupportedVersion => "unsupported version",
        Fault::Itself => "itself",
        Fault::InvalidPayload => "invalid payload",
        _ => OTHER,
    }
}
