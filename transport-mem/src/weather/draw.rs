//! Mixtures of weather, drawn at random.

use core::ops::RangeInclusive;
use core::time::Duration;

use peergroup_core::limits::RECEIVED_BYTES_MAX;

use crate::rng::Rng;
use crate::weather::Weather;

/// How rare something is: mostly it never happens; else once in a number of times that is drawn
/// from a range, each order of magnitude alike.
fn rarity(rng: &mut Rng, one_in: u64, range: &RangeInclusive<u64>) -> u64 {
    // both are drawn in any case, so that one kind moves no other
    let happens = rng.one_in(one_in);
    let count = log_uniform(rng, range);
    if happens { count } else { 0 }
}

/// A number of a range, each doubling of it as likely as any other.
fn log_uniform(rng: &mut Rng, range: &RangeInclusive<u64>) -> u64 {
    let least = (*range.start()).max(1);
    let ratio = range.end().checked_div(least).unwrap_or(1).max(1);
    let doublings = rng.below(u64::from(ratio.ilog2()).saturating_add(1));
    let floor =
        least.saturating_mul(1_u64.checked_shl(u32::try_from(doublings).unwrap_or(0)).unwrap_or(1));
    rng.between(&(floor..=floor.saturating_mul(2).saturating_sub(1).min(*range.end()).max(floor)))
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// From a range of milliseconds that is drawn: its least, and what its greatest is beyond that.
fn spans(
    rng: &mut Rng,
    least: &RangeInclusive<u64>,
    width: &RangeInclusive<u64>,
) -> RangeInclusive<Duration> {
    let from = log_uniform(rng, least);
    let to = from.saturating_add(log_uniform(rng, width));
    ms(from)..=ms(to)
}

impl Weather {
    /// Draws a mixture: each kind of mishap is absent most of the time, and sometimes several come
    /// together. What is drawn leaves most groups able to get something done.
    pub fn draw(rng: &mut Rng) -> Self {
        let mut weather = Self {
            latency: spans(rng, &(1..=200), &(1..=400)),
            disk: spans(rng, &(1..=20), &(1..=200)),
            notice: spans(rng, &(1..=1_000), &(1..=40_000)),
            dial_timeout: spans(rng, &(500..=5_000), &(1_000..=30_000)),
            give_up: spans(rng, &(10_000..=60_000), &(10_000..=900_000)),
            stall: spans(rng, &(100..=10_000), &(1_000..=120_000)),
            stall_one_in: rarity(rng, 4, &(30..=3_000)),
            half_open_one_in: rarity(rng, 5, &(200..=4_000)),
            break_one_in: rarity(rng, 4, &(100..=4_000)),
            relay_one_in: rarity(rng, 6, &(2..=20)),
            lost_fsync_one_in: rarity(rng, 6, &(5..=200)),
            integrity: !rng.one_in(4),
            ..Self::fair()
        };
        weather.draw_damage(rng);
        weather.draw_pace(rng);
        weather
    }

    fn draw_damage(&mut self, rng: &mut Rng) {
        for one_in in [
            &mut self.drop_one_in,
            &mut self.duplicate_one_in,
            &mut self.reorder_one_in,
            &mut self.corrupt_one_in,
            &mut self.truncate_one_in,
        ] {
            *one_in = rarity(rng, 8, &(200..=8_000));
        }
    }

    fn draw_pace(&mut self, rng: &mut Rng) {
        // 8 KiB a second and more
        self.bandwidth = rarity(rng, 5, &(8_192..=1_048_576));
        self.gather = ms(rarity(rng, 5, &(2..=500)));
        if rng.one_in(5) {
            let most = log_uniform(rng, &(32..=4_096));
            self.handed = 1..=usize::try_from(most).unwrap_or(RECEIVED_BYTES_MAX);
        }
        if rng.one_in(5) {
            let most = log_uniform(rng, &(16..=4_096));
            self.pulled = 1..=usize::try_from(most).unwrap_or(RECEIVED_BYTES_MAX);
        }
    }
}
