use alloc::string::{String, ToString};

use super::*;

#[test]
fn an_address_is_a_scheme_and_a_rest() {
    let address: Address = "tcp:[::1]:3587".parse().unwrap();
    assert_eq!((address.scheme(), address.rest()), ("tcp", "[::1]:3587"));
}

#[test]
fn callers_from_one_machine_differ_in_their_ports() {
    for (text, host) in [
        ("tcp:192.0.2.1:9", "192.0.2.1"),
        ("quic:[::1]:3587", "[::1]"),
        ("mem:7", "7"),
        ("tcp:example.org:1", "example.org"),
    ] {
        assert_eq!(text.parse::<Address>().unwrap().host(), host);
    }
}

#[test]
fn public_addresses_are_in_a_network_and_those_that_are_near_in_none() {
    let network = |text: &str| text.parse::<Address>().unwrap().network();
    assert_eq!(network("tcp:192.0.2.1:9"), Some(Network::V4([192, 0])));
    assert_eq!(network("quic:192.0.77.8:1"), network("tcp:192.0.2.1:9"));
    assert_eq!(network("tcp:[::ffff:192.0.2.1]:9"), network("tcp:192.0.2.1:9"));
    assert_eq!(network("tcp:[2001:db8:1::7]:9"), Some(Network::V6([0x20, 1, 0xd, 0xb8])));
    assert_ne!(network("tcp:[2001:db9::7]:9"), network("tcp:[2001:db8::7]:9"));
    for near in [
        "tcp:10.0.0.1:9",
        "tcp:127.0.0.1:9",
        "tcp:169.254.3.4:9",
        "tcp:172.16.0.1:9",
        "tcp:192.168.1.1:9",
        "tcp:100.100.1.1:9",
        "tcp:[::1]:9",
        "tcp:[fe80::1]:9",
        "tcp:[fd00::1]:9",
        "tcp:example.org:9",
        "mem:7",
    ] {
        assert_eq!(network(near), None, "{near}");
    }
}

#[test]
fn a_public_host_is_one_target_and_ports_of_a_near_one_are_several() {
    let target = |text: &str| text.parse::<Address>().unwrap().target().to_string();
    assert_eq!(target("tcp:192.0.2.1:9"), target("quic:192.0.2.1:10"));
    assert_ne!(target("tcp:127.0.0.1:9"), target("tcp:127.0.0.1:10"));
    assert_ne!(target("mem:1"), target("mem:2"));
}

#[test]
fn what_is_not_an_address_is_refused() {
    let long = String::from("tcp:") + &"x".repeat(ADDRESS_BYTES_MAX);
    for text in ["", "tcp", "tcp:", ":x", "TCP:x", "tcp:a b", "tcp:ä", "a-b:x", &long] {
        assert_eq!(text.parse::<Address>(), Err(InvalidAddress), "{text}");
    }
}
