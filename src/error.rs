//! Why a verb of a handle did not do what it says.

use core::fmt;

use peergroup_core::{
    ConnectError, ConnectFailure, ConnectionError, ConnectionFailure, StoreFailure,
};

/// Why a verb did not do what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error<E> {
    /// The node refused: nothing changed.
    Refused(E),
    /// It was done, but the store failed: it may be forgotten at the next start. The group
    /// concerned takes no more.
    Store(StoreFailure),
    /// The driver is gone. Whether the verb was done is not known.
    Stopped,
}

impl<E> Error<E> {
    /// The same with another form of the refusal.
    pub(crate) fn map<F>(self, form: impl FnOnce(E) -> F) -> Error<F> {
        match self {
            Self::Refused(refusal) => Error::Refused(form(refusal)),
            Self::Store(failure) => Error::Store(failure),
            Self::Stopped => Error::Stopped,
        }
    }
}

impl<E> From<Stopped> for Error<E> {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

impl<E: fmt::Display> fmt::Display for Error<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Store(failure) => failure.fmt(f),
            Self::Stopped => Stopped.fmt(f),
        }
    }
}

impl<E: core::error::Error> core::error::Error for Error<E> {}

/// The driver is gone: it was shut down, it was dropped, or it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing to tell")]
pub struct Stopped;

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the driver has stopped")
    }
}

impl core::error::Error for Stopped {}

/// Why a group did not connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotConnected {
    /// The node refused: nothing changed.
    Refused(ConnectError),
    /// It was tried and failed. A group that has never synchronised is offline again.
    Failed(ConnectFailure),
    /// The group was closed, or lost its membership, before it was connected.
    Closed,
    /// As many registrations for events as one node holds: nothing changed.
    TooManyRegistrations,
}

impl fmt::Display for NotConnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
            Self::Closed => f.write_str("the group was closed before it was connected"),
            Self::TooManyRegistrations => f.write_str("too many registrations"),
        }
    }
}

impl core::error::Error for NotConnected {}

/// Why a direct connection was not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotOpened {
    /// The node refused: nothing changed.
    Refused(ConnectionError),
    /// It was tried and failed.
    Failed(ConnectionFailure),
    /// As many registrations for events as one node holds: nothing changed.
    TooManyRegistrations,
}

impl fmt::Display for NotOpened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Failed(failure) => failure.fmt(f),
            Self::TooManyRegistrations => f.write_str("too many registrations"),
        }
    }
}

impl core::error::Error for NotOpened {}
