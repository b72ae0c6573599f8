use super::*;

#[test]
fn of_several_counts_with_one_name_the_greatest_stands() {
    let mut usage = Usage::default();
    for now in [3, 9, 4] {
        usage.note("links of one group", now, 8);
    }
    usage.note("groups", 1, 1);
    assert_eq!(usage.gauges().count(), 2);
    assert_eq!(usage.get("links of one group").map(|gauge| gauge.now), Some(9));
    assert_eq!(usage.get("nothing"), None);
}

#[test]
fn what_stands_higher_than_it_may_is_told() {
    let mut usage = Usage::default();
    usage.note("full", 8, 8);
    usage.note("too full", 9, 8);
    let exceeded: alloc::vec::Vec<_> = usage.exceeded().map(|gauge| gauge.name).collect();
    assert_eq!(exceeded, ["too full"]);
}
