use alloc::string::ToString;

use proptest::prelude::*;

use super::*;

fn pattern(text: &str) -> Pattern {
    text.parse().unwrap()
}

#[test]
fn a_star_is_any_run_of_characters_and_a_question_mark_is_one() {
    for (text, yes, no) in [
        ("*", &["", "a", "äöü"][..], &[][..]),
        ("?", &["a", "ä", "🦀"], &["", "ab"]),
        ("a*", &["a", "ab", "aa"], &["", "ba"]),
        ("*a", &["a", "ba", "aa"], &["", "ab"]),
        ("*ab*ab*", &["abab", "xabyabz", "ababab"], &["ab", "aab b"]),
        ("a?c*", &["abc", "aäcd"], &["ac", "abbc"]),
        ("*?a", &["ba", "aa", "bba"], &["a", "ab"]),
        ("**", &["", "a"], &[]),
        ("a*b?c*d", &["abxcd", "axbbxc--d", "abbcbxcd"], &["abcd", "abxc"]),
    ] {
        let pattern = pattern(text);
        assert!(yes.iter().all(|it| pattern.matches(it)), "{text}");
        assert!(!no.iter().any(|it| pattern.matches(it)), "{text}");
        assert_eq!(pattern.to_string(), text);
    }
}

#[test]
fn what_is_behind_a_backslash_is_itself() {
    assert_eq!(pattern(r"why\?").as_literal(), Some("why?"));
    assert_eq!(pattern(r"\*\?\\").as_literal(), Some(r"*?\"));
    assert!(pattern(r"*\**").matches("a*b") && !pattern(r"*\**").matches("ab"));
    assert_eq!(Pattern::literal(r"a*?\").unwrap().to_string(), r"a\*\?\\");
    for text in [r"\", r"a\b", r"\n", r"\\\", r"\ä*"] {
        assert_eq!(text.parse::<Pattern>(), Err(SearchError::InvalidEscape), "{text}");
    }
}

#[test]
fn what_every_match_begins_with_ends_at_the_first_wildcard() {
    assert_eq!(pattern("holi*day").prefix(), "holi");
    assert_eq!(pattern("?oli").prefix(), "");
    assert_eq!(pattern(r"\*a?").prefix(), "*a");
    assert_eq!(pattern("plain").prefix(), "plain");
}

#[test]
fn p08_patterns_are_bounded_in_wildcards_and_in_characters() {
    let stars = |count| "*a".repeat(count).parse::<Pattern>();
    assert!(stars(WILDCARDS_MAX).is_ok());
    assert_eq!(stars(WILDCARDS_MAX + 1), Err(SearchError::TooManyWildcards));
    let long = |count| ("a".repeat(count) + "*").parse::<Pattern>();
    assert!(long(PATTERN_CHARS_MAX).unwrap().matches(&"a".repeat(PATTERN_CHARS_MAX)));
    assert!(!long(PATTERN_CHARS_MAX).unwrap().matches(&"a".repeat(PATTERN_CHARS_MAX - 1)));
    assert_eq!(long(PATTERN_CHARS_MAX + 1), Err(SearchError::TooLong));
    let text = "a".repeat(ATTRIBUTE_TEXT_BYTES_MAX);
    assert!(pattern(&text).matches(&text), "a text without wildcards may be as long as any");
    assert_eq!((text + "a").parse::<Pattern>(), Err(SearchError::TooLong));
    assert_eq!(r"\*".repeat(100_000).parse::<Pattern>(), Err(SearchError::TooLong));
}

#[test]
fn what_no_attribute_has_is_no_pattern() {
    for text in ["a\tb", "a\n*", "\u{fffe}"] {
        assert_eq!(text.parse::<Pattern>(), Err(SearchError::InvalidValue), "{text:?}");
        assert_eq!(Pattern::literal(text), Err(SearchError::InvalidValue), "{text:?}");
    }
}

/// What a pattern means, said in the plainest way.
fn means(tokens: &[Token], text: &[char]) -> bool {
    match (tokens, text) {
        ([], rest) => rest.is_empty(),
        ([Token::Run, tokens @ ..], text) => (0..=text.len()).any(|at| means(tokens, &text[at..])),
        ([_, ..], []) => false,
        ([Token::One, tokens @ ..], [_, text @ ..]) => means(tokens, text),
        ([Token::Literal(c), tokens @ ..], [first, text @ ..]) => c == first && means(tokens, text),
    }
}

proptest! {
    #[test]
    fn a_pattern_matches_what_it_means(source in "[ab*?]{0,8}", text in "[ab]{0,10}") {
        let chars: Vec<char> = text.chars().collect();
        let pattern = pattern(&source);
        let expected = match &pattern.0 {
            Form::Literal(literal) => literal.as_str() == text,
            Form::Wild(wild) => means(&wild.tokens, &chars),
        };
        prop_assert_eq!(pattern.matches(&text), expected);
        if expected {
            prop_assert!(text.starts_with(pattern.prefix()));
        }
    }

    #[test]
    fn what_is_shown_is_read_back(source in r"([^\p{C}\\]|\\[*?\\]){0,12}") {
        let pattern: Pattern = source.parse().unwrap();
        prop_assert_eq!(pattern.to_string(), source);
        let literal = Pattern::literal(&pattern.to_string()).unwrap();
        prop_assert_eq!(literal.to_string().parse(), Ok(literal));
    }
}
