//! For the tests of transports: what a peer may show of itself in TLS, and what no peer should.

use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;

/// Shows this: as a key alone, or as a certificate.
#[derive(Debug)]
pub(super) struct Shows {
    pub(super) what: Option<Arc<CertifiedKey>>,
    pub(super) as_key: bool,
}

impl ResolvesClientCert for Shows {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.what.clone()
    }

    fn has_certs(&self) -> bool {
        self.what.is_some()
    }

    fn only_raw_public_keys(&self) -> bool {
        self.as_key
    }
}

/// Certificates that a key has signed for itself: one that holds for a century, one that expired
/// long ago, one that never holds, and what is no certificate.
pub(super) fn certificates(key: &CertifiedKey) -> Vec<Arc<CertifiedKey>> {
    let spans = [["20000101000000Z", "20991231235959Z"], ["19700101000000Z", "19700101000001Z"]];
    let [good, expired] = spans.map(|span| signed(key, span));
    let never = signed(key, ["20991231235959Z", "20000101000000Z"]);
    let all = [good, expired, never, b"not even that".to_vec()];
    all.into_iter().map(|der| as_certificate(key, der)).collect()
}

fn as_certificate(key: &CertifiedKey, der: Vec<u8>) -> Arc<CertifiedKey> {
    Arc::new(CertifiedKey::new(vec![CertificateDer::from(der)], Arc::clone(&key.key)))
}

/// A certificate of version 3 (RFC 5280) for nobody in particular.
fn signed(key: &CertifiedKey, span: [&str; 2]) -> Vec<u8> {
    const ED25519: [u8; 7] = [0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
    let version = der(0xa0, &[&der(0x02, &[&[2]])]);
    let serial = der(0x02, &[&[1]]);
    let nobody = der(0x30, &[]);
    let [from, until] = span.map(|time| der(0x18, &[time.as_bytes()]));
    let validity = der(0x30, &[&from, &until]);
    let public = key.cert.first().unwrap();
    let body = der(0x30, &[&version, &serial, &ED25519, &nobody, &validity, &nobody, public]);
    let signer = key.key.choose_scheme(&[SignatureScheme::ED25519]).unwrap();
    let signature = der(0x03, &[&[0], &signer.sign(&body).unwrap()]);
    der(0x30, &[&body, &ED25519, &signature])
}

/// A value of DER: of less than 65,536 bytes.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [.., high, low] = content.len().to_be_bytes();
    [&[tag, 0x82, high, low], &content[..]].concat()
}
