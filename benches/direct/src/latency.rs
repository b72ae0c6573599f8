//! How long a small message takes there and back.

use std::time::Instant;

use bytes::Bytes;
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bare::Carrier;
use crate::ours::{Both, TYPE, message};
use crate::{Failure, compare, end, percentile};

/// Bytes of a message.
const MESSAGE: usize = 64;
/// Trips of a round.
const TRIPS: usize = 2_000;
/// Rounds of each.
const ROUNDS: usize = 9;

pub(crate) fn measure<C: Carrier>() -> Result<(), Failure> {
    let (here, there) = (end()?, end()?);
    let Both { ours: [(hers, mut at_ada), (his, mut at_ben)], bare: [mut near, mut far] } =
        Both::open::<C>(&here, &there)?;

    there.spawn(async move {
        while let Ok(data) = message(&mut at_ben).await {
            his.send(TYPE, data).await?;
        }
        Ok::<_, Failure>(())
    });
    there.spawn(async move {
        let mut buffer = [0; MESSAGE];
        while far.read_exact(&mut buffer).await.is_ok() {
            far.write_all(&buffer).await?;
            far.flush().await?;
        }
        Ok::<_, Failure>(())
    });

    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let hers = hers.clone();
        let trips = here.spawn(async move {
            let data = Bytes::from_static(&[7; MESSAGE]);
            let mut times = Vec::with_capacity(TRIPS);
            for _ in 0..TRIPS {
                let start = Instant::now();
                hers.send(TYPE, data.clone()).await?;
                message(&mut at_ada).await?;
                times.push(start.elapsed());
            }
            Ok::<_, Failure>((times, at_ada))
        });
        let times;
        (times, at_ada) = here.block_on(trips)??;
        ours.extend(times);

        let trips = here.spawn(async move {
            let mut buffer = [7; MESSAGE];
            let mut times = Vec::with_capacity(TRIPS);
            for _ in 0..TRIPS {
                let start = Instant::now();
                near.write_all(&buffer).await?;
                near.flush().await?;
                near.read_exact(&mut buffer).await?;
                times.push(start.elapsed());
            }
            Ok::<_, Failure>((times, near))
        });
        let times;
        (times, near) = here.block_on(trips)??;
        others.extend(times);
    }
    for of_hundred in [50, 99] {
        let (ours, others) =
            (percentile(&mut ours, of_hundred), percentile(&mut others, of_hundred));
        compare(&format!("64 bytes there and back, p{of_hundred}"), ours, others);
    }
    Ok(())
}
