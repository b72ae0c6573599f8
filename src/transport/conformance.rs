//! What every transport must do, as a suite that any transport can run.
//!
//! A check is a function named as the sentence that it holds a transport to.
//!
//! ```
//! use peergroup::transport::{MemoryNetwork, conformance};
//!
//! # #[cfg(feature = "smol")]
//! # {
//! let network = MemoryNetwork::new();
//! // A transport at an address that nobody uses, or at that very address.
//! let bind = |at: Option<&peergroup::Address>| match at {
//!     None => Ok(network.bind()),
//!     Some(address) => network.bind_at(address),
//! };
//! smol::block_on(conformance::run(&peergroup::runtime::Smol::new(), bind));
//! # }
//! ```
//!
//! A transport with several kinds of addresses is checked with each: IPv4 and IPv6, say. One that
//! is reached at several at once is looked at by [`one_transport_is_reached_at_every_address`].
//!
//! What a check waits for must come within [`PATIENCE`].

use core::time::Duration;
use std::io;

use peergroup_core::Address;

use super::Transport;
pub use crate::conformance::Breach;
use crate::conformance::{Verdict, checks, fail_with};
use crate::runtime::Runtime;
use links::{Clock, link};

mod checks;
mod links;

/// So long a check may take: more than the core gives a dial.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Holds a transport to every check. `bind` gives a transport that listens at an address which
/// nobody uses, or at that address. Both ends are on this machine.
///
/// It is to be awaited wherever the transport's own futures may be.
///
/// # Panics
/// If the transport fails a check: with the names of all that it failed.
pub async fn run<T: Transport>(
    runtime: &impl Runtime,
    bind: impl FnMut(Option<&Address>) -> io::Result<T>,
) {
    fail_with("transport", &breaches(runtime, bind).await);
}

/// The checks that a transport fails, in the order of [`CHECKS`].
pub async fn breaches<T: Transport>(
    runtime: &impl Runtime,
    mut bind: impl FnMut(Option<&Address>) -> io::Result<T>,
) -> Vec<Breach> {
    all(&mut Subject { bind: &mut bind, clock: Clock::new(runtime) }).await
}

/// Holds a transport to being reached at each of these addresses by another.
///
/// # Errors
/// What it did instead.
pub async fn one_transport_is_reached_at_every_address<T: Transport>(
    runtime: &impl Runtime,
    caller: &T,
    host: &mut T,
    addresses: &[Address],
) -> Result<(), String> {
    let clock = Clock::new(runtime);
    for address in addresses {
        let linked = clock.soon(link(caller, host, address)).await.flatten();
        linked.map_err(|what| format!("{address}: {what}"))?;
    }
    Ok(())
}

/// Where transports to be checked come from.
struct Subject<'a, T> {
    bind: &'a mut dyn FnMut(Option<&Address>) -> io::Result<T>,
    clock: Clock<'a>,
}

impl<T: Transport> Subject<'_, T> {
    /// A transport somewhere, and where that is.
    fn host(&mut self) -> Verdict<(T, Address)> {
        let host = (self.bind)(None).map_err(|error| format!("it cannot be bound: {error}"))?;
        let address = host.listening_at().into_iter().next();
        Ok((host, address.ok_or("it does not say where it is reached")?))
    }

    /// Two transports, and where the second is.
    fn pair(&mut self) -> Verdict<(T, T, Address)> {
        let (caller, _) = self.host()?;
        let (host, address) = self.host()?;
        Ok((caller, host, address))
    }
}

checks! {
    async fn all<T: Transport>(subject: &mut Subject<'_, T>)
    what_is_written_arrives_in_order_in_both_directions,
    an_end_that_accepted_may_speak_first,
    both_ends_of_a_link_know_its_binding_and_no_other_link_has_it,
    both_ends_know_where_the_other_is_reached,
    an_address_of_another_scheme_is_unsupported,
    a_dial_to_where_nobody_listens_fails_in_time,
    a_dial_that_is_dropped_disturbs_no_other,
    an_accept_that_is_dropped_loses_nothing,
    a_stream_is_closed_in_one_direction_and_goes_on_in_the_other,
    what_was_written_before_a_close_arrives_though_all_is_dropped,
    a_stream_that_is_cut_off_at_any_byte_gives_what_arrived_and_an_error,
    the_streams_of_a_transport_that_is_closed_end,
    a_reader_that_stands_still_holds_its_writer_back_and_loses_nothing,
    a_reader_that_stands_still_delays_no_other_link,
    a_thousand_links_are_kept_apart,
    who_talks_another_protocol_disturbs_nobody,
    an_address_in_use_is_an_error,
    a_transport_that_is_closed_frees_its_address,
}

#[cfg(test)]
mod tests;
