//! For the tests of transports: one body on each runtime.
//!
//! Whoever uses it has `on_tokio` and `on_smol`, which run a future, and the types `Tokio` and
//! `Smol`.

/// Runs a body on each runtime, and on both where it takes two.
macro_rules! on_each_runtime {
    ($($body:ident: $($runtimes:ident)+;)*) => {$(
        mod $body {
            use super::*;
            $(on_each_runtime!(@ $body $runtimes);)+
        }
    )*};
    (@ $body:ident tokio) => {
        #[test]
        fn on_tokio() {
            super::on_tokio(super::$body::<Tokio>());
        }
    };
    (@ $body:ident smol) => {
        #[test]
        fn on_smol() {
            super::on_smol(super::$body::<Smol>());
        }
    };
    (@ $body:ident pairs) => {
        #[test]
        fn on_tokio() {
            super::on_tokio(super::$body::<Tokio, Tokio>());
        }
        #[test]
        fn on_smol() {
            super::on_smol(super::$body::<Smol, Smol>());
        }
        #[test]
        fn from_tokio_to_smol() {
            super::on_tokio(super::$body::<Tokio, Smol>());
        }
        #[test]
        fn from_smol_to_tokio() {
            super::on_tokio(super::$body::<Smol, Tokio>());
        }
    };
}
