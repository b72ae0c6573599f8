//! Random numbers, and what random histories are made of.

use super::law::{Authority, HOUR, PEERS, TENURES, Tenure};

/// `SplitMix64`: every seed gives another history, the same one each time.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    pub(super) fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        ((u128::from(self.draw()) * u128::from(end)) >> 64) as u64
    }

    pub(super) fn between(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to - from)
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        self.below(len as u64) as usize
    }

    pub(super) fn one_in(&mut self, chances: u64) -> bool {
        self.below(chances) == 0
    }

    pub(super) fn id(&mut self) -> u128 {
        (u128::from(self.draw()) << 64) | u128::from(self.draw())
    }
}

/// Until the end of time.
pub(super) const FOREVER: u64 = u64::MAX / 1000;

pub(super) const FOUNDER: Tenure =
    Tenure { live: true, admin: true, counts: true, until: FOREVER, resigned: None };

/// A tenure in any state. A `whole` one lets all count that was signed under it, or nothing.
pub(super) fn tenure(dice: &mut Dice, now: u64, whole: bool) -> Tenure {
    let live = FOUNDER;
    let ended = Tenure { live: false, admin: false, counts: false, ..live };
    match dice.below(if whole { 6 } else { 9 }) {
        0 => ended,
        1 | 2 => Tenure { admin: false, ..live },
        3 => live,
        4 => Tenure { counts: false, ..live },
        5 => Tenure { counts: true, resigned: Some((FOREVER, 0)), ..ended },
        6 => {
            let resigned = Some((dice.between(now - 2 * HOUR, now + HOUR), dice.below(3)));
            Tenure { counts: true, resigned, ..ended }
        }
        _ => Tenure { until: dice.between(now - HOUR, now + 8 * HOUR), ..live },
    }
}

/// The founder, two Admins and a member; of one peer nobody has heard.
pub(super) fn beginning() -> Authority {
    let mut authority: Authority = [[None; TENURES]; PEERS];
    authority[0][0] = Some(FOUNDER);
    authority[1][0] = Some(FOUNDER);
    authority[2][0] = Some(FOUNDER);
    authority[3][0] = Some(Tenure { admin: false, ..FOUNDER });
    authority
}
