//! Searching a group's records, and what is refused on the way: nothing of it changes the node.

use core::time::Duration;

use crate::world::World;
use peergroup_core::limits::{
    ATTRIBUTE_TEXT_BYTES_MAX, ATTRIBUTES_MAX, QUERY_DEPTH_MAX, QUERY_TERMS_MAX,
};
use peergroup_core::{
    Attribute, Event, GroupError, Node, Pattern, PublishError, Query, RecordDraft, RecordId,
    RecordUpdate, Role, SearchError, Seat, Subject, TypeId, UnixTime, Value,
};

const PHOTO: TypeId = TypeId::from_u128(0xfeed);
const HOUR: Duration = Duration::from_secs(3600);

fn draft(world: &World, attributes: Vec<Attribute>) -> RecordDraft {
    let draft = RecordDraft::new(PHOTO, world.now().wall.after(HOUR));
    attributes.into_iter().fold(draft, RecordDraft::attribute)
}

fn photo(place: &str, year: i64) -> Vec<Attribute> {
    let year = Attribute::new("year", Value::Int(year)).unwrap();
    vec![Attribute::text("place", place).unwrap(), year]
}

fn publish(
    world: &mut World,
    index: usize,
    seat: Seat,
    attributes: Vec<Attribute>,
) -> Result<RecordId, PublishError> {
    let draft = draft(world, attributes);
    let publish = move |node: &mut Node, now| node.publish(now, seat, draft.clone());
    let id = world.act(index, publish)?.value;
    world.run(Duration::from_secs(2));
    Ok(id)
}

fn found(world: &mut World, index: usize, seat: Seat, query: &Query) -> Vec<RecordId> {
    world.node(index).search(seat, query).unwrap().map(|record| record.id).collect()
}

fn named(name: &str) -> Subject {
    Subject::attribute(name).unwrap()
}

fn at(place: &str) -> Query {
    named("place").equal(place.parse::<Pattern>().unwrap()).unwrap()
}

#[test]
fn every_member_finds_what_any_of_them_has_published_while_it_can_be_seen() {
    let (mut world, seats) = World::group(2, Role::Member);
    let paris = publish(&mut world, 0, seats[0], photo("Paris", 2019)).unwrap();
    let parma = publish(&mut world, 1, seats[1], photo("Parma", 2021)).unwrap();
    let mut both = [paris, parma];
    both.sort_unstable();
    for (index, seat) in seats.iter().enumerate() {
        assert_eq!(found(&mut world, index, *seat, &at("Par*")), both);
        assert_eq!(found(&mut world, index, *seat, &at("par*")), []);
        let recent = Query::and([at("P*"), named("year").greater(2020).unwrap()]).unwrap();
        assert_eq!(found(&mut world, index, *seat, &recent), [parma]);
        let creator = Subject::Creator.equal(seats[0].identity).unwrap();
        assert_eq!(found(&mut world, index, *seat, &creator), [paris]);
    }

    let (seat, other) = (seats[1], RecordUpdate::new().attributes(photo("Rome", 2021)));
    let update = move |node: &mut Node, now| node.update(now, seat, parma, other.clone()).map(drop);
    world.act(1, update).unwrap();
    world.run(Duration::from_secs(2));
    assert_eq!(found(&mut world, 0, seats[0], &at("Par*")), [paris]);
    assert_eq!(found(&mut world, 0, seats[0], &at("Rome")), [parma]);
    world.act(1, move |node, now| node.delete_record(now, seat, parma).map(drop)).unwrap();
    world.run(Duration::from_secs(2));
    assert_eq!(found(&mut world, 0, seats[0], &at("Rome")), []);
    world.run(HOUR);
    assert_eq!(found(&mut world, 0, seats[0], &at("*")), [], "it has expired");
}

#[test]
fn a_group_that_was_opened_again_is_searched_as_before() {
    let (mut world, seats) = World::group(1, Role::Member);
    let paris = publish(&mut world, 0, seats[0], photo("Paris", 2019)).unwrap();
    let seat = seats[0];
    world.act(0, move |node, now| node.close(now, seat)).unwrap();
    world.pump();
    let refused = world.node(0).search(seat, &at("*")).map(|_| ());
    assert_eq!(refused, Err(GroupError::NotOpen));
    world.act(0, move |node, now| node.open(now, seat)).unwrap();
    world.run(Duration::from_secs(1));
    assert_eq!(found(&mut world, 0, seat, &at("Paris")), [paris]);
}

/// Sets of attributes that no record may have, each with the reason.
fn unfit_sets() -> Vec<(Vec<Attribute>, PublishError)> {
    let small = Attribute::text("a", "b").unwrap();
    let large = Attribute::text("a", &"x".repeat(ATTRIBUTE_TEXT_BYTES_MAX)).unwrap();
    vec![
        (vec![small.clone(); ATTRIBUTES_MAX + 1], PublishError::TooManyAttributes),
        (vec![small; 100_000], PublishError::TooManyAttributes),
        (vec![large; 3], PublishError::MaxRecordSizeExceeded),
    ]
}

#[test]
fn p04_attributes_that_no_record_may_have_are_refused_and_change_nothing() {
    let (mut world, seats) = World::group(2, Role::Member);
    let record = publish(&mut world, 0, seats[0], photo("Paris", 2019)).unwrap();
    world.events(0);
    world.events(1);
    let before = [0, 1].map(|index| world.node(index).digest(seats[index]).unwrap());
    for (attributes, error) in unfit_sets() {
        let refused = publish(&mut world, 0, seats[0], attributes.clone());
        assert_eq!(refused, Err(error));
        let update = RecordUpdate::new().attributes(attributes);
        let seat = seats[0];
        let update =
            move |node: &mut Node, now| node.update(now, seat, record, update.clone()).map(|_| ());
        assert_eq!(world.act(0, update), Err(error));
    }
    world.run(Duration::from_secs(5));
    assert_eq!([0, 1].map(|index| world.node(index).digest(seats[index]).unwrap()), before);
    let told =
        |event: &Event| matches!(event, Event::RecordChanged { .. } | Event::PeerFaulted { .. });
    assert!(![world.events(0), world.events(1)].concat().iter().any(told));
    assert_eq!(found(&mut world, 0, seats[0], &at("Paris")), [record]);
}

#[cfg(feature = "xml")]
#[test]
fn p02_documents_of_attributes_are_refused_by_bounds_before_they_are_read() {
    use peergroup_core::AttributesError;

    let item = "<attribute name=\"a\" type=\"int\">1</attribute>";
    let flood = (0..17).map(|n| format!(" a{n}=\"\"")).collect::<Vec<_>>().concat();
    let long = "x".repeat(ATTRIBUTE_TEXT_BYTES_MAX + 1);
    for (items, error) in [
        (item.repeat(ATTRIBUTES_MAX + 1), AttributesError::TooMany),
        (item.repeat(10_000), AttributesError::Malformed),
        ("<attributes>".repeat(5000), AttributesError::Malformed),
        (format!("<attribute{flood}>1</attribute>"), AttributesError::Malformed),
        (format!("&lol;{item}"), AttributesError::Malformed),
        (format!("<!DOCTYPE a>{item}"), AttributesError::Malformed),
        (item.replace("\"a\"", "\"peerrecordid\""), AttributesError::InvalidName),
        (item.replace(">1<", ">9223372036854775808<"), AttributesError::InvalidValue),
        (item.replace("int", "string").replace(">1<", &format!(">{long}<")), {
            AttributesError::InvalidValue
        }),
    ] {
        let document = format!("<attributes>{items}</attributes>");
        assert_eq!(Attribute::list_from_xml(&document), Err(error), "{document:.80}");
    }
}

#[test]
fn p08_query_bombs_are_refused_when_they_are_made() {
    let one = || named("a").equal(1).unwrap();
    let deep = (0..QUERY_DEPTH_MAX).try_fold(one(), |query, _| Query::or([query]));
    assert_eq!(deep, Err(SearchError::TooDeep));
    let wide = Query::and(core::iter::repeat_with(one));
    assert_eq!(wide, Err(SearchError::TooManyTerms));
    let doubled = (0..30).try_fold(one(), |query, _| Query::or([query.clone(), query]));
    assert_eq!(doubled, Err(SearchError::TooManyTerms));
    assert_eq!("*a".repeat(1000).parse::<Pattern>(), Err(SearchError::TooManyWildcards));
    assert_eq!("?".repeat(1_000_000).parse::<Pattern>(), Err(SearchError::TooLong));
    let late = UnixTime::from_millis(1);
    assert_eq!(Subject::Creator.equal(late), Err(SearchError::WrongType));
}

#[test]
fn p08_the_dearest_query_over_the_dearest_records_is_answered() {
    let (mut world, seats) = World::group(1, Role::Member);
    let text = "a".repeat(ATTRIBUTE_TEXT_BYTES_MAX);
    let attributes = vec![Attribute::text("a", &text).unwrap(); 2];
    for _ in 0..8 {
        publish(&mut world, 0, seats[0], attributes.clone()).unwrap();
    }
    let pattern = ["*", &"aaaaaaaaa*?".repeat(7), "b"].concat().parse::<Pattern>().unwrap();
    let worst = || named("a").equal(pattern.clone()).unwrap();
    let query = Query::or(core::iter::repeat_with(worst).take(QUERY_TERMS_MAX - 1)).unwrap();
    assert_eq!(found(&mut world, 0, seats[0], &query), []);
}

#[test]
fn why_a_record_is_shown_is_told_with_who_signed_it() {
    let (mut world, seats) = World::group(2, Role::Member);
    let id = publish(&mut world, 1, seats[1], photo("Rome", 1990)).unwrap();
    let reason = world.node(0).why_record(seats[0], id).unwrap();
    assert_eq!(reason.versions.len(), 1);
    let authors: Vec<_> = reason.authors.iter().map(|author| (author.peer, author.role)).collect();
    assert_eq!(authors, [(seats[1].identity, Some(Role::Member))]);
}
