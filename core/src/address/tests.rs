use alloc::string::String;

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
fn what_is_not_an_address_is_refused() {
    let long = String::from("tcp:") + &"x".repeat(ADDRESS_BYTES_MAX);
    for text in ["", "tcp", "tcp:", ":x", "TCP:x", "tcp:a b", "tcp:ä", "a-b:x", &long] {
        assert_eq!(text.parse::<Address>(), Err(InvalidAddress), "{text}");
    }
}
