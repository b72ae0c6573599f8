use alloc::format;
use alloc::string::ToString;
use alloc::vec;

use proptest::prelude::*;

use super::*;

fn read_str(document: &str) -> Result<Vec<Element>, Malformed> {
    read(document.as_bytes())
}

fn assert_refused(documents: &[&str]) {
    for document in documents {
        assert!(read_str(document).is_err(), "{document:.100}");
    }
}

fn assert_read(documents: &[&str]) {
    for document in documents {
        assert!(read_str(document).is_ok(), "{document}");
    }
}

#[test]
fn a_document_is_its_elements_in_order() {
    let document = "<a x='1' y = \"2\"><b>t&amp;&#x41;&#66;</b>\r\n<c/></a >";
    let element = |depth, name: &str, attributes, text: &str| Element {
        depth,
        name: name.to_string(),
        attributes,
        text: text.to_string(),
    };
    let attributes = vec![("x".to_string(), "1".to_string()), ("y".to_string(), "2".to_string())];
    let expected = vec![
        element(1, "a", attributes, ""),
        element(2, "b", vec![], "t&AB"),
        element(2, "c", vec![], ""),
    ];
    assert_eq!(read_str(document), Ok(expected));
}

#[test]
fn white_space_around_the_root_and_a_byte_order_mark_do_no_harm() {
    assert_read(&["\r\n\r\n <a/> \r\n", "\u{feff}<a/>", "\n<?xml version='1.0'?>\r\n<a/>\n"]);
    assert_refused(&["\u{feff}\u{feff}<a/>", "<a/>\u{feff}"]);
}

#[test]
fn lines_end_in_one_way() {
    assert_eq!(read_str("<a>1\r\n2\r3\n4</a>").unwrap()[0].text, "1\n2\n3\n4");
}

#[test]
fn p01_a_document_type_is_refused() {
    assert_refused(&[
        "<!DOCTYPE a><a/>",
        "<!doctype a><a/>",
        "<a/><!DOCTYPE a>",
        "<a><!DOCTYPE a></a>",
        "<!DOCTYPE a SYSTEM 'http://example.org/a.dtd'><a/>",
        "<!DOCTYPE a [<!ELEMENT a ANY>]><a/>",
    ]);
}

#[test]
fn p01_entities_are_not_expanded_but_refused() {
    let level = |level| format!("<!ENTITY l{level} '{}'>", format!("&l{};", level - 1).repeat(10));
    let levels = (1..10).map(level).collect::<Vec<_>>().concat();
    let laughs = format!("<!DOCTYPE a [<!ENTITY l0 'ha'>{levels}]><a>&l9;</a>");
    assert_refused(&[
        &laughs,
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://example.org/x'>%x;]><a/>",
        "<a>&x;</a>",
        "<a>&nbsp;</a>",
        "<a>&AMP;</a>",
        "<a>&;</a>",
        "<a>&</a>",
        "<a>&amp</a>",
        "<a x='&x;'/>",
        "<a x='&amp'/>",
        "<a x='&nbsp;'/>",
        "&amp;<a/>",
        "<a/>&#32;",
    ]);
    assert_eq!(
        read_str("<a x='&lt;&#33;'>&amp;&lt;&gt;&quot;&apos;</a>").unwrap()[0].text,
        "&<>\"'"
    );
}

#[test]
fn p01_a_processing_instruction_is_refused() {
    assert_refused(&[
        "<?x?><a/>",
        "<?xml-stylesheet href='x'?><a/>",
        "<a><?x y?></a>",
        "<a/><?x?>",
    ]);
}

#[test]
fn comments_and_cdata_are_refused() {
    assert_refused(&["<!-- x --><a/>", "<a><!----></a>", "<a/><!-- x -->", "<a><![CDATA[x]]></a>"]);
    assert_refused(&["<a>]]></a>", "<a>x]]>y</a>"]);
}

#[test]
fn the_declaration_stands_at_the_start_and_says_utf_8() {
    assert_read(&[
        "<?xml version=\"1.0\"?><a/>",
        "<?xml version='1.0' encoding='utf-8'?><a/>",
        "<?xml version='1.0' encoding='UTF-8' ?><a/>",
    ]);
    assert_refused(&[
        "<?xml?><a/>",
        "<?xml ?><a/>",
        "<?xml version='1.1'?><a/>",
        "<?xml encoding='UTF-8'?><a/>",
        "<?xml encoding='UTF-8' version='1.0'?><a/>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><a/>",
        "<?xml version='1.0' standalone='no'?><a/>",
        "<?xml version='1.0'?><?xml version='1.0'?><a/>",
        "<a/><?xml version='1.0'?>",
        "<a><?xml version='1.0'?></a>",
        "<?XML version='1.0'?><a/>",
    ]);
}

#[test]
fn there_is_one_root_and_no_text_beside_it() {
    assert_refused(&["", "  ", "x", "<?xml version='1.0'?>", "<a/><b/>", "x<a/>", "<a/>x", "</a>"]);
}

#[test]
fn every_element_is_closed_in_its_turn() {
    assert_refused(&["<a>", "<a><b></a></b>", "<a><b></a>", "<a></b>", "<a/></a>", "<a", "<a></a"]);
    assert_refused(&["<a></a x='1'>", "<a></ a>", "< a/>", "<>", "</>", "<a>< /a>"]);
}

#[test]
fn an_element_holds_text_or_elements() {
    assert_refused(&["<a>x<b/></a>", "<a><b/>x</a>", "<a><b/>&amp;</a>", "<a>&lt;<b/></a>"]);
    assert_read(&["<a>\n <b/>\t<c/>\r\n</a>"]);
}

#[test]
fn a_name_is_plain_and_has_no_prefix() {
    assert_refused(&["<1a/>", "<-a/>", "<a:b/>", "<:a/>", "<ä/>", "<a.b/>", "<a\u{0}/>", "<a/b/>"]);
    assert_refused(&["<a x:y='1'/>", "<a xmlns:x='y'/>", "<a 1x='y'/>", "<a ä='1'/>", "<a ='1'/>"]);
}

#[test]
fn an_attribute_is_quoted_named_once_and_set_apart() {
    assert_refused(&[
        "<a x='1' x='2'/>",
        "<a x='1'y='2'/>",
        "<a x=1/>",
        "<a x/>",
        "<a x='1/>",
        "<a x='1\"/>",
        "<a x='<'/>",
        "<a x='1\n2'/>",
        "<a x='&#10;'/>",
        "<a x='\t'/>",
    ]);
}

#[test]
fn characters_that_xml_excludes_are_refused() {
    for c in ['\0', '\u{1}', '\u{8}', '\u{b}', '\u{1f}', '\u{7f}', '\u{85}', '\u{fffe}', '\u{ffff}']
    {
        let number = u32::from(c);
        assert_refused(&[
            &format!("<a>{c}</a>"),
            &format!("<a x='{c}'/>"),
            &format!("<a>&#{number};</a>"),
            &format!("<a x='&#x{number:x};'/>"),
        ]);
    }
    assert_refused(&[
        "<a>&#xd800;</a>",
        "<a>&#x110000;</a>",
        "<a>&#;</a>",
        "<a>&#x;</a>",
        "<a>&#+65;</a>",
    ]);
    assert_refused(&["<a>&#13;</a>", "<a>&#99999999999999999999;</a>"]);
}

#[test]
fn what_is_not_utf_8_is_refused() {
    assert_eq!(read(b"<a>\xff</a>"), Err(Malformed));
    assert_eq!(read(b"\xff\xfe<\0a\0/\0>\0"), Err(Malformed));
}

#[test]
fn p02_a_document_beyond_the_size_is_refused() {
    let fill = |length: usize| format!("<a>{}</a>", "x".repeat(length - 7));
    assert!(read_str(&fill(XML_BYTES_MAX)).is_ok());
    assert_refused(&[&fill(XML_BYTES_MAX + 1)]);
}

#[test]
fn p02_attributes_are_bounded_however_many_come() {
    let with = |count: usize| {
        let attributes = (0..count).map(|number| format!(" x{number}='1'"));
        format!("<a{}/>", attributes.collect::<Vec<_>>().concat())
    };
    assert!(read_str(&with(XML_ATTRIBUTES_MAX)).is_ok());
    assert_refused(&[&with(XML_ATTRIBUTES_MAX + 1), &with(5000), &with(80_000)]);
}

#[test]
fn p02_depth_is_bounded_however_deep_it_goes() {
    let nested = |depth: usize| "<a>".repeat(depth) + &"</a>".repeat(depth);
    assert!(read_str(&nested(XML_DEPTH_MAX)).is_ok());
    assert_refused(&[&nested(XML_DEPTH_MAX + 1), &nested(9000), &"<a>".repeat(21_000)]);
}

#[test]
fn p02_the_greatest_documents_of_every_kind_are_read_or_refused_at_once() {
    let fill = |unit: &str| unit.repeat((XML_BYTES_MAX - 7) / unit.len());
    for unit in ["<b/>", "&#65;", "x\r\n", "<b></b>"] {
        assert!(read_str(&format!("<a>{}</a>", fill(unit))).is_ok(), "{unit}");
    }
    for unit in ["<!--", "<![CDATA[", "<!DOCTYPE a [", "<?", "<!", "&", "]]>", "<a "] {
        assert_refused(&[&fill(unit), &format!("<a>{}</a>", fill(unit))]);
    }
    for unit in ["=", "'", "x=''", "x", "&amp;", "/"] {
        assert_refused(&[&format!("<a {}>", fill(unit)), &format!("<a {}", fill(unit))]);
    }
}

#[test]
fn a_document_cut_anywhere_is_refused() {
    let document = "<?xml version=\"1.0\"?><a x='1'><b>t&amp;ü</b><c/></a>";
    for end in 0..document.len() {
        assert_eq!(read(&document.as_bytes()[..end]), Err(Malformed), "{end}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn arbitrary_markup_never_panics_and_keeps_every_bound(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "<", ">", "/", "a", "<a>", "</a>", "<a x='1'>", "<b/>", "&amp;", "&#65;", "&", ";",
                "<?xml version='1.0'?>", "<?", "?>", "<!--", "-->", "<![CDATA[", "]]>", "<!DOCTYPE",
                "[", "]", "'", "\"", "=", " ", "\r\n", "ü", "\u{feff}",
            ]),
            0..40,
        )
    ) {
        if let Ok(elements) = read_str(&parts.concat()) {
            prop_assert_eq!(elements[0].depth, 1);
            prop_assert!(elements.iter().all(|e| e.depth <= XML_DEPTH_MAX && is_name(&e.name)));
        }
    }
}
