use super::*;

fn parsed(text: &str) -> Option<SocketAddr> {
    socket("tcp", &text.parse().unwrap())
}

#[test]
fn numeric_addresses_survive_a_round_trip() {
    for text in ["tcp:192.0.2.1:3587", "tcp:[2001:db8::1]:3587", "tcp:[fe80::1%2]:1"] {
        assert_eq!(of("tcp", parsed(text).unwrap()).unwrap().as_str(), text);
    }
}

#[test]
fn an_ipv4_peer_of_a_dual_socket_is_shown_as_ipv4() {
    let socket = "[::ffff:192.0.2.1]:9".parse().unwrap();
    assert_eq!(of("tcp", socket).unwrap().as_str(), "tcp:192.0.2.1:9");
}

#[test]
fn names_other_schemes_and_addresses_of_nobody_are_refused() {
    for text in [
        "tcp:example.org:3587",
        "tcp:localhost:3587",
        "tcp:192.0.2.1",
        "tcp:192.0.2.1:0",
        "tcp:192.0.2.1:65536",
        "tcp:2001:db8::1:3587",
        "tcp:0.0.0.0:3587",
        "tcp:[::]:3587",
        "tcp:224.0.0.1:3587",
        "quic:192.0.2.1:3587",
    ] {
        assert_eq!(parsed(text), None, "{text}");
    }
}
