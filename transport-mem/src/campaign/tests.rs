use super::*;

fn campaign(threads: usize) -> Campaign {
    Campaign { threads, ..Campaign::new(40, 3) }
}

#[test]
fn no_result_depends_on_the_number_of_threads() {
    let mut shown = Vec::new();
    let one = campaign(1).run(|report| shown.push(report.seeds));
    assert_eq!(shown, [1, 2, 3]);
    let two = campaign(2).run(|_| {});
    assert!(one.found.is_none(), "{:?}", one.found);
    assert_eq!(one.traces, two.traces);
    assert_eq!((one.inputs, one.mishaps, one.ops), (two.inputs, two.mishaps, two.ops));
    let others = Campaign { from: 41, ..campaign(2) }.run(|_| {});
    assert_ne!(one.traces, others.traces);
}

#[test]
fn what_never_happened_is_named() {
    let mut report = Report::default();
    let all = Mishap::ALL.len() + Op::NAMES.len();
    assert_eq!(report.missing().len(), all);
    report.mishaps[0] = 1;
    report.ops.insert("Publish", (2, 1));
    report.ops.insert("Heal", (2, 0));
    let missing = report.missing();
    assert_eq!(missing.len(), all - 2);
    assert!(!missing.contains(&"drop") && !missing.contains(&"Publish"));
    assert!(missing.contains(&"Heal"), "tried is not done");
}
