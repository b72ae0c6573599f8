use std::collections::BTreeMap;

use peergroup_core::Change;
use proptest::prelude::*;

use super::*;

/// What a store is compared with.
type Model = BTreeMap<Vec<u8>, Vec<u8>>;

#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<StoreOp>),
    Load(LoadQuery),
    Reopen,
}

/// Few different bytes, so that keys meet; among them those where prefixes end.
fn key(length: core::ops::Range<usize>) -> impl Strategy<Value = Bytes> {
    prop::collection::vec(prop::sample::select(vec![0, 1, 0x7f, 0xfe, 0xff]), length)
        .prop_map(Bytes::from)
}

fn change() -> impl Strategy<Value = Change> {
    let value = prop::collection::vec(any::<u8>(), 0..40).prop_map(Bytes::from);
    prop_oneof![
        6 => (key(0..5), value).prop_map(|(key, value)| Change::Put { key, value }),
        2 => key(0..5).prop_map(|key| Change::Delete { key }),
        1 => key(1..3).prop_map(|prefix| Change::DeletePrefix { prefix }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let op = prop::collection::vec(change(), 0..6).prop_map(|changes| StoreOp { changes });
    let query = (key(0..3), key(0..5), 0_usize..200);
    prop_oneof![
        4 => prop::collection::vec(op, 0..4).prop_map(Step::Apply),
        4 => query.prop_map(|(prefix, after, limit)| {
            Step::Load(LoadQuery { prefix, after, limit })
        }),
        1 => Just(Step::Reopen),
    ]
}

fn expected_change(model: &mut Model, change: &Change) {
    match change {
        Change::Put { key, value } => drop(model.insert(key.to_vec(), value.to_vec())),
        Change::Delete { key } => drop(model.remove(&key[..])),
        Change::DeletePrefix { prefix } => model.retain(|key, _| !key.starts_with(prefix)),
    }
}

fn expected_answer(model: &Model, query: &LoadQuery) -> Entries {
    let mut answer = Entries::default();
    let mut size = 0;
    for (key, value) in model {
        let asked = query.after.is_empty() || key[..] > query.after[..];
        if !asked || !key.starts_with(&query.prefix) {
            continue;
        }
        size = [size, key.len(), value.len()].iter().sum();
        if size > query.limit && !answer.entries.is_empty() {
            answer.more = true;
            break;
        }
        answer.entries.push((key.clone().into(), value.clone().into()));
    }
    answer
}

/// Submits everything before it waits for anything, and compares every answer with the model's.
async fn conforms<S: Store>(mut store: S, steps: &[Step], reopen: impl Fn(S) -> S) {
    let mut model = Model::new();
    let mut applied = Vec::new();
    let mut loaded = Vec::new();
    for step in steps {
        match step {
            Step::Apply(ops) => {
                ops.iter().flat_map(|op| &op.changes).for_each(|c| expected_change(&mut model, c));
                applied.push(store.apply(ops.clone()));
            }
            Step::Load(query) => {
                loaded.push((store.load(query.clone()), expected_answer(&model, query)));
            }
            Step::Reopen => store = reopen(store),
        }
    }
    // The order of waiting is not the order of effects.
    for (answer, expected) in loaded.into_iter().rev() {
        assert_eq!(answer.await, Ok(expected));
    }
    for outcome in applied {
        assert_eq!(outcome.await, Ok(()));
    }
}

fn conforms_blocking<S: BlockingStore>(mut store: S, steps: &[Step], reopen: impl Fn(S) -> S) {
    let mut model = Model::new();
    for step in steps {
        match step {
            Step::Apply(ops) => {
                ops.iter().flat_map(|op| &op.changes).for_each(|c| expected_change(&mut model, c));
                assert_eq!(store.apply_blocking(ops), Ok(()));
            }
            Step::Load(query) => {
                assert_eq!(store.load_blocking(query), Ok(expected_answer(&model, query)));
            }
            Step::Reopen => store = reopen(store),
        }
    }
}

proptest! {
    #[test]
    fn a_store_in_memory_does_what_the_model_does(
        steps in prop::collection::vec(step(), 0..30),
    ) {
        smol::block_on(conforms(MemoryStore::new(), &steps, |store| store));
        conforms_blocking(MemoryStore::new(), &steps, |store| store);
    }
}

#[cfg(feature = "redb")]
proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_store_in_a_file_does_what_the_model_does(steps in prop::collection::vec(step(), 0..20)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        smol::block_on(conforms(RedbStore::open(&path).unwrap(), &steps, |store| {
            drop(store);
            RedbStore::open(&path).unwrap()
        }));
        let path = directory.path().join("blocking");
        conforms_blocking(RedbFile::open(&path).unwrap(), &steps, |store| {
            drop(store);
            RedbFile::open(&path).unwrap()
        });
    }
}

#[test]
fn a_load_is_continued_after_its_last_key_until_nothing_is_left() {
    let mut store = MemoryStore::new();
    let put = |n: u8| Change::Put { key: vec![7, n].into(), value: vec![n; 10].into() };
    let op = StoreOp { changes: (0..100).map(put).collect() };
    store.apply_blocking(&[op]).unwrap();
    let mut query = LoadQuery { prefix: vec![7].into(), after: Bytes::new(), limit: 40 };
    let mut found = Vec::new();
    loop {
        let page = store.load_blocking(&query).unwrap();
        assert_eq!(page.as_loaded().entries.len(), if page.more { 3 } else { 1 });
        found.extend(page.entries.iter().map(|(key, _)| key[1]));
        if !page.more {
            break;
        }
        query.after = page.entries.last().unwrap().0.clone();
    }
    assert_eq!(found, (0..100).collect::<Vec<u8>>());
}

#[test]
fn an_entry_larger_than_the_limit_is_loaded_alone() {
    let mut store = MemoryStore::new();
    let put = |n: u8| Change::Put { key: vec![n].into(), value: vec![n; 1000].into() };
    store.apply_blocking(&[StoreOp { changes: vec![put(1), put(2)] }]).unwrap();
    let query = LoadQuery { prefix: Bytes::new(), after: Bytes::new(), limit: 10 };
    let page = store.load_blocking(&query).unwrap();
    assert_eq!((page.entries.len(), page.more), (1, true));
}
