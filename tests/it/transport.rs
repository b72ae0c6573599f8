//! Every transport, on every runtime, held to what every transport must do.

use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use peergroup::runtime::{self, Runtime};
use peergroup::transport::{MemoryNetwork, Transport, conformance};
use peergroup::{Address, quic, tcp};

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

fn on_tokio(body: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(body);
}

fn on_one_thread_of_tokio(body: impl Future<Output = ()>) {
    let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build();
    tokio.unwrap().block_on(body);
}

fn on_smol(body: impl Future<Output = ()>) {
    smol::block_on(body);
}

/// Binds on the loopback: at a free port, or at that address.
type Bind<T> = fn(SocketAddr) -> io::Result<T>;

fn at(host: IpAddr, address: Option<&Address>) -> SocketAddr {
    address.map_or((host, 0).into(), |address| address.rest().parse().unwrap())
}

/// Whether this machine has that family.
fn has(host: IpAddr) -> bool {
    std::net::UdpSocket::bind((host, 0)).is_ok()
}

async fn conforms<T: Transport>(runtime: impl Runtime, bind: Bind<T>, host: IpAddr) {
    if has(host) {
        conformance::run(&runtime, |address| bind(at(host, address))).await;
    }
}

/// One that is bound to the unspecified address of IPv6 is reached by IPv4 too.
async fn is_reached_at_both<T: Transport>(runtime: impl Runtime, bind: Bind<T>) {
    if !has(V6) {
        return;
    }
    let caller = bind((V4, 0).into()).unwrap();
    let mut host = bind((Ipv6Addr::UNSPECIFIED, 0).into()).unwrap();
    let at = host.listening_at().remove(0);
    let (_, port) = at.rest().rsplit_once(':').unwrap();
    let scheme = at.scheme();
    let both = [format!("{scheme}:127.0.0.1:{port}"), format!("{scheme}:[::1]:{port}")];
    let both = both.map(|address| address.parse().unwrap());
    let reached =
        conformance::one_transport_is_reached_at_every_address(&runtime, &caller, &mut host, &both);
    assert_eq!(reached.await, Ok(()));
}

macro_rules! transports {
    ($($name:ident: $runtime:expr, $bind:expr, $on:ident;)*) => {$(
        mod $name {
            use super::*;

            #[test]
            fn conforms_by_ipv4() {
                $on(async { conforms($runtime, $bind, V4).await });
            }

            #[test]
            fn conforms_by_ipv6() {
                $on(async { conforms($runtime, $bind, V6).await });
            }

            #[test]
            fn is_reached_by_both_at_once() {
                $on(async { is_reached_at_both($runtime, $bind).await });
            }
        }
    )*};
}

transports! {
    tcp_on_tokio: runtime::Tokio::new(), tcp::TcpTransport::<tcp::Tokio>::bind, on_tokio;
    tcp_on_smol: runtime::Smol::new(), tcp::TcpTransport::<tcp::Smol>::bind, on_smol;
    quic_on_tokio: runtime::Tokio::new(), quic::QuicTransport::<quic::Tokio>::bind, on_tokio;
    quic_on_one_thread_of_tokio:
        runtime::Tokio::new(), quic::QuicTransport::<quic::Tokio>::bind, on_one_thread_of_tokio;
    quic_on_smol: runtime::Smol::new(), quic::QuicTransport::<quic::Smol>::bind, on_smol;
}

#[test]
fn memory_conforms() {
    let network = MemoryNetwork::new();
    let bind = |at: Option<&Address>| match at {
        None => Ok(network.bind()),
        Some(address) => network.bind_at(address),
    };
    smol::block_on(conformance::run(&runtime::Smol::new(), bind));
}
