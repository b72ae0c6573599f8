//! negentropy.

use negentropy::{Id as Named, Negentropy, NegentropyStorageVector};

use crate::{Cost, Id, Pair, least};

fn storage(pair: &Pair, own: &[Id], is_newest: bool) -> NegentropyStorageVector {
    let mut storage = NegentropyStorageVector::new();
    let late = u64::from(is_newest);
    for (time, ids) in [(1, &pair.shared[..]), (1 + late, &pair.since), (1 + 2 * late, own)] {
        for id in ids {
            storage.insert(time, Named::from_byte_array(*id)).expect("it is not sealed");
        }
    }
    storage.seal().expect("once");
    storage
}

/// What it takes with differences that are the newest, or anywhere.
pub fn cost(pair: &Pair, is_newest: bool) -> Cost {
    let make = || [&pair.mine, &pair.theirs].map(|own| storage(pair, own, is_newest));
    let run = |[one, two]: &mut [NegentropyStorageVector; 2]| {
        let mut client = Negentropy::borrowed(one, 0).expect("no limit");
        let mut server = Negentropy::borrowed(two, 0).expect("no limit");
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let (mut bytes, mut messages) = (0, 0);
        let mut query = client.initiate().expect("once");
        loop {
            let answer = server.reconcile(&query).expect("it is well formed");
            bytes += query.len() + answer.len();
            messages += 2;
            match client.reconcile_with_ids(&answer, &mut have, &mut need) {
                Ok(Some(next)) => query = next,
                Ok(None) => break,
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!((have.len(), need.len()), (pair.mine.len(), pair.theirs.len()));
        (bytes, messages)
    };
    least(make, run, None)
}
