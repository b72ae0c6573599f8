//! How links come about, and what is known of them.

use core::net::SocketAddr;
use core::pin::pin;
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::net::{TcpStream, UdpSocket};

use futures_util::future::{Either, FutureExt as _, join, join_all, select};
use peergroup_core::limits::DIAL_TIMEOUT;
use peergroup_core::{Address, LinkDown};

use super::{Of, PAUSE};
use crate::conformance::Verdict;
use crate::transport::conformance::links::{Ends, failed, link, pattern, read, send, write};
use crate::transport::{Opened, Transport};

pub(crate) async fn both_ends_of_a_link_know_its_binding_and_no_other_link_has_it<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (mut one, here) = of.host()?;
    let (mut other, there) = of.host()?;
    let check = async {
        let (mut links, mut bindings) = (Vec::new(), BTreeSet::new());
        for round in 0..6_usize {
            links.push(link(&one, &mut other, &there).await?);
            links.push(link(&other, &mut one, &here).await?);
            for (near, _) in links.iter().rev().take(2) {
                if !bindings.insert(near.binding) {
                    return Err("two links have the same binding".into());
                }
            }
            // some come after others have ended
            links.truncate(round);
        }
        if bindings.contains(&[0; 32]) {
            return Err("a binding is all zeros".into());
        }
        Ok(())
    };
    of.clock.soon(check).await?
}

pub(crate) async fn both_ends_know_where_the_other_is_reached<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    if !host.serves(address.scheme()) {
        return Err(format!("it is reached at {address} and does not serve the scheme"));
    }
    let (near, far) = of.clock.soon(link(&caller, &mut host, &address)).await.flatten()?;
    if near.remote.as_ref() != Some(&address) {
        return Err(format!("what was dialled at {address} is said to be at {:?}", near.remote));
    }
    match far.remote {
        Some(from) if from.scheme() != address.scheme() => {
            Err(format!("a caller is said to be at {from}"))
        }
        _ => Ok(()),
    }
}

pub(crate) async fn an_address_of_another_scheme_is_unsupported<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (host, _) = of.host()?;
    let other: Address = "nosuchscheme:1".parse().map_err(failed("parsing"))?;
    if host.serves(other.scheme()) {
        return Err(format!("it says that it serves {other}"));
    }
    match of.clock.soon(host.dial(&other)).await?.err() {
        Some(LinkDown::Unsupported) => Ok(()),
        other => Err(format!("it is {other:?}")),
    }
}

pub(crate) async fn a_dial_to_where_nobody_listens_fails_in_time<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, gone, address) = of.pair()?;
    of.clock.soon(gone.close()).await?;
    let in_time = DIAL_TIMEOUT.saturating_add(PAUSE);
    match of.clock.within(in_time, caller.dial(&address)).await {
        Some(Err(_)) => Ok(()),
        Some(Ok(_)) => Err("somebody is there".into()),
        None => Err(format!("it takes more than {DIAL_TIMEOUT:?}")),
    }
}

pub(crate) async fn a_dial_that_is_dropped_disturbs_no_other<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        for _ in 0..8 {
            // one that was never polled, one that was polled once
            drop(caller.dial(&address));
            let mut dropped = Box::pin(caller.dial(&address));
            drop((&mut dropped).now_or_never());
            let dialling = async {
                let other = caller.dial(&address);
                drop(dropped);
                other.await.map_err(|cause| format!("a dial failed: {cause}"))
            };
            let accepting = async {
                let mut accepted = BTreeMap::new();
                loop {
                    let far = host.accept().await.map_err(failed("accepting"))?;
                    accepted.insert(far.binding, far);
                    if accepted.len() > 16 {
                        return Err::<(), _>("links nobody dialled".to_owned());
                    }
                }
            };
            match select(pin!(dialling), pin!(accepting)).await {
                Either::Left((dialled, _)) => drop(dialled?),
                Either::Right((accepted, _)) => accepted?,
            }
        }
        Ok(())
    };
    of.clock.soon(check).await?
}

pub(crate) async fn an_accept_that_is_dropped_loses_nothing<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    const LINKS: usize = 4;
    let (caller, mut host, address) = of.pair()?;
    let clock = &of.clock;
    let check = async {
        let dialling = join_all((0..LINKS).map(|_| caller.dial(&address)));
        let accepting = async {
            let mut accepted = BTreeMap::new();
            while accepted.len() < LINKS {
                let brief = Duration::from_micros(200);
                if let Some(far) = clock.within(brief, host.accept()).await {
                    let far = far.map_err(failed("accepting"))?;
                    accepted.insert(far.binding, far);
                }
            }
            Ok::<_, String>(accepted)
        };
        let (dialled, accepted) = join(dialling, accepting).await;
        let accepted = accepted?;
        for near in dialled {
            let near = near.map_err(|cause| format!("a dial failed: {cause}"))?;
            if !accepted.contains_key(&near.binding) {
                return Err("a link that was dialled was not accepted".into());
            }
        }
        Ok(())
    };
    clock.soon(check).await?
}

pub(crate) async fn a_thousand_links_are_kept_apart<T: Transport>(of: Of<'_, '_, T>) -> Verdict {
    const AT_ONCE: usize = 50;
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        let mut bindings = BTreeSet::new();
        for _ in 0..1000_usize.div_ceil(AT_ONCE) {
            let mut links = many(&caller, &mut host, &address, AT_ONCE).await?;
            for (number, (near, far)) in links.iter_mut().enumerate() {
                write(&mut near.stream, &pattern(number, 100)).await?;
                write(&mut far.stream, &pattern(number, 200)).await?;
                bindings.insert(near.binding);
            }
            for (number, (near, far)) in links.iter_mut().enumerate().rev() {
                read(&mut far.stream, &pattern(number, 100)).await?;
                read(&mut near.stream, &pattern(number, 200)).await?;
            }
        }
        if bindings.len() == 1000 { Ok(()) } else { Err("two links have the same binding".into()) }
    };
    of.clock.soon(check).await?
}

/// So many links, dialled at once.
async fn many<T: Transport>(
    caller: &T,
    host: &mut T,
    address: &Address,
    count: usize,
) -> Verdict<Vec<Ends<T::Stream>>> {
    let accepting = async {
        let mut accepted = BTreeMap::new();
        while accepted.len() < count {
            let far: Opened<_> = host.accept().await.map_err(failed("accepting"))?;
            accepted.insert(far.binding, far);
        }
        Ok::<_, String>(accepted)
    };
    let dialling = join_all((0..count).map(|_| caller.dial(address)));
    let (dialled, accepted) = join(dialling, accepting).await;
    let mut accepted = accepted?;
    let ends = dialled.into_iter().map(|near| {
        let near = near.map_err(|cause| format!("a dial failed: {cause}"))?;
        let far = accepted.remove(&near.binding);
        Ok((near, far.ok_or("the ends of a link know different bindings")?))
    });
    ends.collect()
}

pub(crate) async fn who_talks_another_protocol_disturbs_nobody<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let strangers: Vec<_> = GARBAGE.iter().map(|bytes| stranger(&address, bytes)).collect();
    let check = async {
        for _ in 0..4 {
            let (mut near, mut far) = link(&caller, &mut host, &address).await?;
            send(&mut near.stream, &mut far.stream, b"undisturbed").await?;
        }
        Ok(())
    };
    let verdict = of.clock.soon(check).await?;
    drop(strangers);
    verdict
}

/// What strangers say: nothing, what is readable, the beginnings of TLS and of QUIC, and numbers
/// that are too large for whoever believes in lengths.
const GARBAGE: [&[u8]; 6] = [
    b"",
    b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
    &[0x16, 0x03, 0x01, 0x40, 0x00, 0x01],
    &[0xc0, 0, 0, 0, 1, 8, 1, 2, 3, 4, 5, 6, 7, 8],
    &[0xff; 1200],
    &[0; 1200],
];

/// Says that to whatever socket has this address, by every protocol there is, and stays. An
/// address that is no socket's has no strangers.
fn stranger(address: &Address, bytes: &[u8]) -> Option<(Option<TcpStream>, Option<UdpSocket>)> {
    let to: SocketAddr = address.rest().parse().ok()?;
    let stream = TcpStream::connect(to).ok();
    if let Some(mut stream) = stream.as_ref() {
        stream.write_all(bytes).ok();
    }
    let socket = UdpSocket::bind((to.ip(), 0)).ok();
    if let Some(socket) = &socket {
        socket.send_to(bytes, to).ok();
    }
    Some((stream, socket))
}

pub(crate) async fn an_address_in_use_is_an_error<T: Transport>(of: Of<'_, '_, T>) -> Verdict {
    let (host, address) = of.host()?;
    if (of.bind)(Some(&address)).is_ok() {
        return Err(format!("two are bound to {address}"));
    }
    drop(host);
    Ok(())
}

pub(crate) async fn a_transport_that_is_closed_frees_its_address<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let clock = &of.clock;
    let (near, far) = clock.soon(link(&caller, &mut host, &address)).await.flatten()?;
    // The end that accepted closes last: it is the other whose socket lingers.
    drop(near);
    drop(far);
    clock.soon(host.close()).await?;
    let mut again = (of.bind)(Some(&address)).map_err(failed("binding again"))?;
    clock.soon(link(&caller, &mut again, &address)).await.flatten().map(drop)
}
