//! How long it takes from a dial until the other end's application has the first byte.

use std::time::Instant;

use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;

use crate::bare::{Carrier as _, Tcp};
use crate::ours::{self, TYPE, found, join, listen, message};
use crate::{Failure, compare, end, percentile};

/// Links of each.
const DIALS: usize = 300;

pub(crate) fn measure() -> Result<(), Failure> {
    let (here, there) = (end()?, end()?);
    let (told, mut arrivals) = mpsc::unbounded_channel();
    let adas = here.block_on(here.spawn(found::<Tcp>()))??;
    let bens = there.block_on(there.spawn(join::<Tcp>(adas.clone(), 1)))??;
    let mut at_ben = there.block_on(listen(&bens))?;
    let tell = told.clone();
    there.spawn(async move {
        while message(&mut at_ben).await.is_ok() {
            tell.send(Instant::now()).ok();
        }
    });
    let listener = there.block_on(async { Tcp::listen() })?;
    let dialler = here.block_on(async { Tcp::listen() })?;
    let address = listener.address()?;
    there.spawn(async move {
        while let Ok(mut link) = listener.accept().await {
            if link.read_exact(&mut [0]).await.is_ok() {
                told.send(Instant::now()).ok();
            }
        }
    });

    let peer = bens.identity();
    let dialled = here.spawn(async move {
        ours::open(&adas, peer).await?.close().await?;
        let (mut ours, mut others) = (Vec::new(), Vec::new());
        for _ in 0..DIALS {
            let start = Instant::now();
            let connection = adas.open_connection(peer).await?;
            connection.send(TYPE, "x").await?;
            let arrived = arrivals.recv().await.ok_or("nobody is there")?;
            ours.push(arrived.duration_since(start));
            connection.close().await?;

            let start = Instant::now();
            let mut link = dialler.dial(address).await?;
            link.write_all(b"x").await?;
            link.flush().await?;
            let arrived = arrivals.recv().await.ok_or("nobody is there")?;
            others.push(arrived.duration_since(start));
        }
        Ok::<_, Failure>((ours, others))
    });
    let (mut ours, mut others) = here.block_on(dialled)??;
    for of_hundred in [50, 99] {
        let (ours, others) =
            (percentile(&mut ours, of_hundred), percentile(&mut others, of_hundred));
        compare(&format!("from the dial to the first byte, p{of_hundred}"), ours, others);
    }
    Ok(())
}
