use super::*;

fn beacon() -> Beacon {
    Beacon::from_bytes([0xa7; 32])
}

fn addresses(texts: &[&str]) -> Vec<Address> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn what_is_shown_of_a_beacon_is_what_is_found_of_it() {
    let at = addresses(&["tcp:192.0.2.1:3587", "quic:[2001:db8::1]:3588"]);
    let shown = service(beacon(), &at).unwrap().as_resolved_service();
    assert_eq!(found(&shown), Some((beacon(), at)));
}

#[test]
fn the_host_is_named_after_the_beacon_and_nothing_else_is_told() {
    let shown = service(beacon(), &addresses(&["tcp:192.0.2.1:3587"])).unwrap();
    assert_eq!(shown.get_hostname(), format!("{}.local.", beacon()));
    assert_eq!(shown.as_resolved_service().get_properties().len(), 1);
}

#[test]
fn addresses_without_an_ip_address_are_not_shown() {
    assert!(service(beacon(), &addresses(&["mem:7"])).is_none());
    let both = addresses(&["mem:7", "tcp:192.0.2.1:3587"]);
    let shown = service(beacon(), &both).unwrap().as_resolved_service();
    assert_eq!(found(&shown).unwrap().1, both[1..]);
}

#[test]
fn a_service_with_another_name_or_with_nonsense_is_no_beacon() {
    let other = |name: &str, text: &str| {
        let texts = [("a0", text)];
        let ip = IpAddr::from([192, 0, 2, 1]);
        let service = ServiceInfo::new(SERVICE, name, "host.local.", ip, 1, &texts[..]);
        found(&service.unwrap().as_resolved_service())
    };
    assert_eq!(other("printer", "tcp:192.0.2.1:1"), None);
    assert_eq!(other(&beacon().to_string(), "no address"), Some((beacon(), vec![])));
}
