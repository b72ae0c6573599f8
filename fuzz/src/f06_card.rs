//! Identity cards as XML.

use peergroup_core::IdentityInfo;

use crate::scene::{name, peer};

/// Reads a card: what is read is written so that it is read the same.
pub fn f06_card(data: &[u8]) {
    if let Ok(card) = IdentityInfo::from_xml(data) {
        assert_eq!(IdentityInfo::from_xml(&card.to_xml()), Ok(card));
    }
}

pub(crate) fn seeds() -> Vec<Vec<u8>> {
    let real = peergroup_core::SecretKey::from_bytes([5; 32]).peer();
    let cards = [(peer(3), "Ada"), (real, "Tom & Ayşe <\"'>"), (peer(4), "")];
    let texts: Vec<String> = cards
        .into_iter()
        .map(|(peer, text)| IdentityInfo::new(peer, name(text)).to_xml())
        .collect();
    let first = texts[0].clone();
    let odd = [
        first.replace("Ada", "<![CDATA[Ada]]>"),
        first.replace("Ada", "&#65;da"),
        first.replace("Ada", "&ada;"),
        first.replace("<?xml", "<!DOCTYPE a><?xml"),
        first.replace("encoding=\"UTF-8\"", "encoding=\"UTF-16\""),
        first.replace("Ada", "<a><b><c><d><e><f><g><h><i></i></h></g></f></e></d></c></b></a>"),
        format!("\u{feff}{first}"),
        format!("{first}<more/>"),
    ];
    texts.into_iter().chain(odd).map(String::into_bytes).collect()
}
