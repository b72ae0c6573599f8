//! What the suites for stores and for transports have in common.

use core::fmt;

/// A check that was failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Breach {
    /// The name of the check: one of those that its suite lists.
    pub check: &'static str,
    /// What was done, and what should have been done.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.check.replace('_', " "), self.what)
    }
}

/// Why a check ends.
pub(crate) type Verdict<T = ()> = Result<T, String>;

/// Panics with all breaches, if there are any.
pub(crate) fn fail_with(whose: &str, breaches: &[Breach]) {
    let lines: Vec<_> = breaches.iter().map(ToString::to_string).collect();
    assert!(breaches.is_empty(), "the {whose} does not conform:\n{}", lines.join("\n"));
}

/// Lists the checks: as names, and as what runs them one after the other.
macro_rules! checks {
    (
        async fn $all:ident<$type:ident: $bound:path>($subject:ident: $of:ty)
        $($name:ident,)+
    ) => {
        /// The names of all checks, in the order in which they are made.
        pub const CHECKS: &[&str] = &[$(stringify!($name)),+];

        async fn $all<$type: $bound>($subject: $of) -> Vec<Breach> {
            let mut found = Vec::new();
            $(if let Err(what) = checks::$name($subject).await {
                found.push(Breach { check: stringify!($name), what });
            })+
            found
        }
    };
}

pub(crate) use checks;
