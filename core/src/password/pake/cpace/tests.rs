use alloc::vec::Vec;

use super::*;

/// Test vectors of draft-irtf-cfrg-cpace, appendix B.3: ristretto255 and SHA-512.
const PASSWORD: &[u8] = b"Password";
const CHANNEL: &[u8] = b"oc\x0bB_responder\x0bA_initiator";
const SESSION: &str = "7e4b4791d6a8ef019b936c79fb7f2c57";
const SCALAR_A: &str = "da3d23700a9e5699258aef94dc060dfda5ebb61f02a5ea77fad53f4ff0976d08";
const SHARE_A: &str = "d40fb265a7abeaee7939d91a585fe59f7053f982c296ec413c624c669308f87a";
const SCALAR_B: &str = "d2316b454718c35362d83d69df6320f38578ed5984651435e2949762d900b80d";
const SHARE_B: &str = "08bcf6e9777a9c313a3db6daa510f2d398403319c2341bd506a92e672eb7e307";
const KEY: &str = "4c5469a16b2364c4b944ebc1a79e51d1674ad47db26e8718154f59faebfaa52d\
                   8346f30aa58377117eb20d527f2cbc5c76381f7fd372e89df8239f87f2e02ed1";
/// What the draft says must abort: the group's neutral element, and bytes that are no element.
const INVALID: [&str; 2] = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "2b3c6b8c4f3800e7aef6864025b4ed79bd599117e427c41bd47d93d654b4a51c",
];

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

fn share(text: &str) -> Share {
    hex(text).try_into().unwrap()
}

/// Random bytes that reduce to this scalar.
fn drawing(scalar: &str) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&hex(scalar));
    bytes
}

fn context(session: &[u8]) -> Context<'_> {
    Context { channel: CHANNEL, session, first: b"ADa", second: b"ADb" }
}

#[test]
fn cpace_reproduces_the_vectors_of_the_draft() {
    let session = hex(SESSION);
    let context = context(&session);
    let (begun, first) = Cpace::begin(PASSWORD, context, drawing(SCALAR_A)).unwrap();
    assert_eq!(first, share(SHARE_A));
    let (second, theirs) = Cpace::answer(PASSWORD, context, &first, drawing(SCALAR_B)).unwrap();
    assert_eq!(second, share(SHARE_B));
    let ours = Cpace::end(begun, context, &second).unwrap();
    assert_eq!(ours.expose(), Key::new(&hex(KEY)).expose());
    assert_eq!(theirs.expose(), ours.expose());
}

#[test]
fn cpace_refuses_the_neutral_element_and_what_is_no_element() {
    let session = hex(SESSION);
    let context = context(&session);
    for invalid in INVALID.map(share) {
        let answered = Cpace::answer(PASSWORD, context, &invalid, drawing(SCALAR_B));
        assert_eq!(answered.map(|_| ()), Err(Fault::InvalidProof));
        let (begun, _) = Cpace::begin(PASSWORD, context, drawing(SCALAR_A)).unwrap();
        let ended = Cpace::end(begun, context, &invalid);
        assert_eq!(ended.map(|_| ()), Err(Fault::InvalidProof));
    }
}

#[test]
fn whoever_differs_in_anything_reaches_another_key() {
    let key_of = |password: &[u8], theirs: Context<'_>| {
        let session = hex(SESSION);
        let (begun, first) = Cpace::begin(PASSWORD, context(&session), drawing(SCALAR_A)).unwrap();
        let (second, answered) =
            Cpace::answer(password, theirs, &first, drawing(SCALAR_B)).unwrap();
        let ended = Cpace::end(begun, context(&session), &second).unwrap();
        answered.expose() == ended.expose()
    };
    let session = hex(SESSION);
    let same = context(&session);
    assert!(key_of(PASSWORD, same));
    assert!(!key_of(b"password", same));
    assert!(!key_of(PASSWORD, Context { channel: b"another", ..same }));
    assert!(!key_of(PASSWORD, Context { session: b"another", ..same }));
    assert!(!key_of(PASSWORD, Context { first: b"another", ..same }));
    assert!(!key_of(PASSWORD, Context { second: b"another", ..same }));
}
