//! How many bytes a second one connection carries.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::bare::Carrier;
use crate::ours::{Both, TYPE, message};
use crate::{Failure, end, percentile};

/// Bytes of a message.
const MESSAGE: usize = 64 * 1024;
/// Messages of a round.
const COUNT: usize = 4 * 1024;
/// Rounds of each.
const ROUNDS: usize = 9;

pub(crate) fn measure<C: Carrier>() -> Result<(), Failure> {
    let (here, there) = (end()?, end()?);
    let Both { ours: [(hers, mut at_ada), (his, mut at_ben)], bare: [mut writer, mut reader] } =
        Both::open::<C>(&here, &there)?;

    let (mut ours, mut others) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let data = Bytes::from(vec![7; MESSAGE]);
        let his = his.clone();
        let receiving = there.spawn(async move {
            for _ in 0..COUNT {
                message(&mut at_ben).await?;
            }
            his.send(TYPE, "done").await?;
            Ok::<_, Failure>(at_ben)
        });
        let hers = hers.clone();
        let sending = here.spawn(async move {
            let start = Instant::now();
            for _ in 0..COUNT {
                hers.send(TYPE, data.clone()).await?;
            }
            message(&mut at_ada).await?;
            Ok::<_, Failure>((start.elapsed(), at_ada))
        });
        let took;
        (took, at_ada) = here.block_on(sending)??;
        at_ben = there.block_on(receiving)??;
        ours.push(took);

        let data = vec![7; MESSAGE];
        let receiving = there.spawn(async move {
            let mut buffer = vec![0; MESSAGE];
            for _ in 0..COUNT {
                reader.read_exact(&mut buffer).await?;
            }
            reader.write_all(&[0]).await?;
            reader.flush().await?;
            Ok::<_, Failure>(reader)
        });
        let sending = here.spawn(async move {
            let start = Instant::now();
            for _ in 0..COUNT {
                writer.write_all(&data).await?;
            }
            writer.flush().await?;
            writer.read_exact(&mut [0]).await?;
            Ok::<_, Failure>((start.elapsed(), writer))
        });
        let took;
        (took, writer) = here.block_on(sending)??;
        reader = there.block_on(receiving)??;
        others.push(took);
    }
    report(&mut ours, &mut others);
    Ok(())
}

/// Both, and their ratio.
fn report(ours: &mut [Duration], others: &mut [Duration]) {
    let rate = |times: &mut [Duration]| {
        let median = percentile(times, 50).as_secs_f64();
        (COUNT * MESSAGE) as f64 / median / 1e6
    };
    let (ours, others) = (rate(ours), rate(others));
    let part = 100.0 * ours / others;
    println!("throughput, 64 KiB: ours {ours:.0} MB/s, bare {others:.0} MB/s: {part:.0} %");
}
