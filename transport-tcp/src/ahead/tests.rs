use core::pin::pin;

use super::*;

/// Gives bytes in reads of at most so many, and counts the reads.
struct Source {
    left: Vec<u8>,
    most: usize,
    reads: usize,
}

impl AsyncRead for Source {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.reads = self.reads.saturating_add(1);
        let count = buf.len().min(self.left.len()).min(self.most);
        let rest = self.left.split_off(count);
        buf[..count].copy_from_slice(&self.left);
        self.left = rest;
        Poll::Ready(Ok(count))
    }
}

/// Everything, read so much at a time, and how often the source was read.
fn read_all(length: usize, most: usize, at_once: usize) -> (Vec<u8>, usize, usize) {
    let left: Vec<u8> = (0..=u8::MAX).cycle().take(length).collect();
    let mut ahead = Ahead::new(Source { left, most, reads: 0 });
    let (mut read, mut room) = (Vec::new(), 0);
    loop {
        let mut buf = vec![0; at_once];
        let cx = &mut Context::from_waker(core::task::Waker::noop());
        let Poll::Ready(count) = pin!(&mut ahead).poll_read(cx, &mut buf) else { panic!("ready") };
        room = room.max(ahead.buffer.len());
        match count.unwrap() {
            0 => break,
            count => read.extend_from_slice(&buf[..count]),
        }
    }
    assert_eq!(ahead.buffer.capacity(), 0, "at the end it holds nothing");
    (read, ahead.stream.reads, room)
}

#[test]
fn what_is_read_ahead_is_what_was_sent() {
    for length in [0, 1, 4095, 4096, 4097, 70_000, 300_000] {
        for most in [1, 1000, 4096, 5000, usize::MAX] {
            let (read, ..) = read_all(length, most, 4096);
            assert!(read.iter().copied().eq((0..=u8::MAX).cycle().take(length)), "{length} {most}");
        }
    }
}

#[test]
fn much_is_read_with_few_reads_and_little_without_room() {
    let (_, reads, _) = read_all(16 * AHEAD_BYTES, usize::MAX, 4096);
    assert!(reads <= 20, "{reads}");
    let (_, _, room) = read_all(100_000, 1000, 4096);
    assert_eq!(room, 0);
}
