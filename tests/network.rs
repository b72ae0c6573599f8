//! Peers in processes of their own: on the loopback, and where the system allows it on hosts of
//! their own, with a network between them that delays, loses, reorders and drops.
//!
//! The tests run themselves again as the peers. A test that needs hosts and cannot have them says
//! so and why, and is over.
#![cfg(all(
    unix,
    feature = "tcp",
    feature = "quic",
    feature = "tokio",
    feature = "redb",
    feature = "xml"
))]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::std_instead_of_core,
    clippy::disallowed_methods,
    reason = "what goes wrong here fails a test, and time passes"
)]

#[path = "network/clock.rs"]
mod clock;
#[path = "network/cut.rs"]
mod cut;
#[path = "network/ground.rs"]
mod ground;
#[path = "network/host.rs"]
mod host;
#[path = "network/orders.rs"]
mod orders;
#[path = "network/peer.rs"]
mod peer;
#[path = "network/process.rs"]
mod process;
#[path = "network/stories.rs"]
mod stories;
#[path = "network/wire.rs"]
mod wire;

use ground::Ground;
use orders::Kind;

/// The other end of [`process::Process`]: no test, unless it is told whose part to play.
#[test]
fn a_peer_in_a_process_of_its_own() {
    peer::play_if_told();
}

/// Each story over each transport, on the loopback and on hosts.
macro_rules! stories {
    ($($story:ident)+) => {$(
        mod $story {
            use super::*;

            #[test]
            fn over_tcp_on_the_loopback() {
                stories::$story(&Ground::loopback(), Kind::Tcp);
            }

            #[test]
            fn over_quic_on_the_loopback() {
                stories::$story(&Ground::loopback(), Kind::Quic);
            }

            #[test]
            fn over_tcp_on_hosts() {
                Ground::on_hosts(|ground| stories::$story(ground, Kind::Tcp));
            }

            #[test]
            fn over_quic_on_hosts() {
                Ground::on_hosts(|ground| stories::$story(ground, Kind::Quic));
            }
        }
    )+};
}

stories! {
    three_processes_become_one_group_in_bad_weather
    a_process_that_is_killed_while_it_writes_loses_nothing_acknowledged
    a_peer_whose_address_changes_is_found_again
    a_peer_that_nobody_can_dial_is_asked_to_dial_back
    two_that_are_cut_off_from_each_other_meet_in_a_third
}
