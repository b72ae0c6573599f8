//! What goes over a link.

use core::cell::Cell;
use core::pin::pin;

use futures_util::future::{Either, select, try_join};
use futures_util::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::{Of, PAUSE};
use crate::conformance::Verdict;
use crate::transport::Transport;
use crate::transport::conformance::links::{
    failed, link, pattern, read, read_all, read_to_close, send, write,
};

/// More than any transport may take of a stream that nobody reads.
const HELD_MAX: usize = 64 * 1024 * 1024;
/// What is more than fits into most windows.
const BULK: usize = 2 * 1024 * 1024;

pub(crate) async fn what_is_written_arrives_in_order_in_both_directions<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        let (mut near, mut far) = link(&caller, &mut host, &address).await?;
        for count in [1, 0, 100, 16 * 1024, 16 * 1024 + 1, BULK] {
            send(&mut near.stream, &mut far.stream, &pattern(count, count)).await?;
            send(&mut far.stream, &mut near.stream, &pattern(0, count)).await?;
        }
        Ok(())
    };
    of.clock.soon(check).await?
}

pub(crate) async fn an_end_that_accepted_may_speak_first<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        let (mut near, mut far) = link(&caller, &mut host, &address).await?;
        write(&mut far.stream, b"who is there?").await?;
        read(&mut near.stream, b"who is there?").await
    };
    of.clock.soon(check).await?
}

pub(crate) async fn a_stream_is_closed_in_one_direction_and_goes_on_in_the_other<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        let (near, far) = link(&caller, &mut host, &address).await?;
        half_close(near.stream, far.stream).await?;
        let (near, far) = link(&caller, &mut host, &address).await?;
        half_close(far.stream, near.stream).await
    };
    of.clock.soon(check).await?
}

async fn half_close<S: AsyncRead + AsyncWrite + Unpin>(mut first: S, mut second: S) -> Verdict {
    write(&mut first, b"the last word").await?;
    first.close().await.map_err(failed("closing"))?;
    read_to_close(&mut second, b"the last word").await?;
    send(&mut second, &mut first, &pattern(0, BULK)).await?;
    second.close().await.map_err(failed("closing"))?;
    read_to_close(&mut first, b"").await
}

pub(crate) async fn what_was_written_before_a_close_arrives_though_all_is_dropped<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        for count in [1, 1000, 50_000] {
            let (mut near, mut far) = link(&caller, &mut host, &address).await?;
            write(&mut near.stream, &pattern(0, count)).await?;
            near.stream.close().await.map_err(failed("closing"))?;
            drop(near);
            read_to_close(&mut far.stream, &pattern(0, count)).await?;
        }
        Ok(())
    };
    of.clock.soon(check).await?
}

pub(crate) async fn a_stream_that_is_cut_off_at_any_byte_gives_what_arrived_and_an_error<
    T: Transport,
>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        for byte in [0, 1, 2, 99, 1199, 16_383, 16_384, 16_385, 60_000] {
            let (mut near, mut far) = link(&caller, &mut host, &address).await?;
            // half of it is known to have arrived
            let (bytes, half) = (pattern(0, byte), byte / 2);
            let (known, rest) = bytes.split_at_checked(half).unwrap_or_default();
            send(&mut near.stream, &mut far.stream, known).await?;
            write(&mut near.stream, rest).await?;
            drop(near);
            let (arrived, is_closed) = read_all(&mut far.stream).await;
            if is_closed {
                return Err(format!("cut off at byte {byte}, it ends as if it had been closed"));
            }
            if !rest.starts_with(&arrived) {
                return Err(format!("cut off at byte {byte}, it gives other bytes"));
            }
        }
        Ok(())
    };
    of.clock.soon(check).await?
}

pub(crate) async fn the_streams_of_a_transport_that_is_closed_end<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        let (near, mut far) = link(&caller, &mut host, &address).await?;
        drop(near);
        caller.close().await;
        match read_all(&mut far.stream).await {
            (_, true) => Err("a stream ends as if it had been closed".into()),
            (_, false) => Ok(()),
        }
    };
    of.clock.soon(check).await?
}

pub(crate) async fn a_reader_that_stands_still_holds_its_writer_back_and_loses_nothing<
    T: Transport,
>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let clock = &of.clock;
    let (mut near, mut far) = clock.soon(link(&caller, &mut host, &address)).await.flatten()?;
    let taken = Cell::new(0);
    match clock.within(PAUSE, flood(&mut near.stream, &taken)).await {
        Some(Ok(())) => return Err(format!("{HELD_MAX} bytes are taken that nobody reads")),
        Some(Err(what)) => return Err(what),
        None => {}
    }
    let rest = async {
        write(&mut near.stream, &pattern(taken.get(), BULK)).await?;
        near.stream.close().await.map_err(failed("closing"))
    };
    let all = pattern(0, taken.get().saturating_add(BULK));
    clock.soon(try_join(rest, read_to_close(&mut far.stream, &all))).await?.map(drop)
}

/// Writes until [`HELD_MAX`] bytes are taken, and counts.
async fn flood<S: AsyncWrite + Unpin>(stream: &mut S, taken: &Cell<usize>) -> Verdict {
    while taken.get() < HELD_MAX {
        let bytes = pattern(taken.get(), 16 * 1024);
        let count = stream.write(&bytes).await.map_err(failed("writing"))?;
        taken.set(taken.get().saturating_add(count));
    }
    Ok(())
}

pub(crate) async fn a_reader_that_stands_still_delays_no_other_link<T: Transport>(
    of: Of<'_, '_, T>,
) -> Verdict {
    let (caller, mut host, address) = of.pair()?;
    let check = async {
        let mut unread = Vec::new();
        for _ in 0..6 {
            let (mut near, far) = link(&caller, &mut host, &address).await?;
            let beside = async {
                let (mut other, mut there) = link(&caller, &mut host, &address).await?;
                send(&mut other.stream, &mut there.stream, &pattern(0, BULK)).await?;
                send(&mut there.stream, &mut other.stream, &pattern(0, BULK)).await
            };
            let taken = Cell::new(0);
            match select(pin!(flood(&mut near.stream, &taken)), pin!(beside)).await {
                Either::Left((Ok(()), _)) => return Err("an unread stream takes anything".into()),
                Either::Left((failed, _)) | Either::Right((failed, _)) => failed?,
            }
            unread.push((near, far));
        }
        Ok(())
    };
    of.clock.soon(check).await?
}
