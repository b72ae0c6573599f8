//! libFuzzer and one of the targets, which the environment names.
#![no_main]

use std::env;
use std::panic;
use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use peergroup_fuzz::{TARGETS, Target};

/// The variable that names the target.
const VARIABLE: &str = "PEERGROUP_FUZZ";

fn target() -> &'static Target {
    static TARGET: OnceLock<&Target> = OnceLock::new();
    TARGET.get_or_init(|| {
        let name = env::var(VARIABLE).unwrap_or_default();
        let found = TARGETS.iter().find(|target| target.name == name);
        found.unwrap_or_else(|| panic!("{VARIABLE} names no target: {name:?}"))
    })
}

fuzz_target!(
    init: {
        // a panic that is caught is none: the store catches those of what it is built on
        drop(panic::take_hook());
        target();
    },
    |data: &[u8]| (target().run)(data)
);
