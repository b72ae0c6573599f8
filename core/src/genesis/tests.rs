use super::*;

fn founded() -> Genesis {
    Genesis::found(
        &SecretKey::from_bytes([1; 32]),
        [2; 32],
        UnixTime::from_millis(3),
        Charter::default(),
    )
}

#[test]
fn a_genesis_says_by_whom_and_when_and_with_what_charter_it_was_founded() {
    let charter =
        Charter { member_lifetime_s: Charter::MEMBER_LIFETIME_S_MIN, ..Charter::default() };
    let key = SecretKey::from_bytes([1; 32]);
    let genesis = Genesis::found(&key, [2; 32], UnixTime::from_millis(3), charter.clone());
    assert_eq!((genesis.creator(), genesis.created()), (key.peer(), UnixTime::from_millis(3)));
    assert_eq!(genesis.charter(), &charter);
    assert!(genesis.unchecked().check().is_some(), "eight hours are long enough");
    assert_eq!(charter.member_lifetime(), Duration::from_secs(8 * 3600));
}

#[test]
fn a_genesis_survives_the_wire() {
    let genesis = founded();
    let bytes = encode(&genesis.unchecked());
    let unchecked: UncheckedGenesis = crate::codec::decode(&bytes).unwrap();
    assert_eq!(unchecked.check(), Some(genesis));
}

#[test]
fn a_genesis_altered_in_any_byte_is_refused_or_another_group() {
    let genesis = founded();
    let bytes = encode(&genesis.unchecked());
    for at in 0..bytes.len() {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        let Ok(unchecked) = crate::codec::decode::<UncheckedGenesis>(&altered) else { continue };
        assert_eq!(unchecked.check(), None, "byte {at}");
    }
}

#[test]
fn c01_nobody_founds_a_group_in_the_name_of_another() {
    let mut unchecked = founded().unchecked();
    unchecked.content.creator = SecretKey::from_bytes([9; 32]).peer();
    assert_eq!(unchecked.check(), None);
}

#[test]
fn a_charter_with_too_short_a_lifetime_is_refused() {
    let charter = Charter { presence_lifetime_s: 299, ..Charter::default() };
    let genesis =
        Genesis::found(&SecretKey::from_bytes([1; 32]), [0; 32], UnixTime::default(), charter);
    assert_eq!(genesis.unchecked().check(), None);
}
