//! The closing table of a campaign.

use core::fmt;
use core::time::Duration;

use super::Report;
use crate::mishap::Mishap;

/// A report as a table, with what it took. Shown by `Display`.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "made by whoever measures")]
pub struct Table<'a> {
    /// What came of the campaign.
    pub report: &'a Report,
    /// How long it took.
    pub wall: Duration,
    /// How long processors worked on it, if that is known.
    pub cpu: Option<Duration>,
}

/// So many things in so long a time, a second.
pub fn per_second(count: u64, span: Duration) -> u64 {
    let millis = span.as_millis().max(1);
    let rate = u128::from(count).saturating_mul(1000).checked_div(millis).unwrap_or(0);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { report, wall, cpu } = self;
        let mut line = |name: &str, value: &dyn fmt::Display| writeln!(f, "{name:<24}{value:>16}");
        line("seeds", &report.seeds)?;
        line("inputs", &report.inputs)?;
        line("inputs per seed", &report.inputs.checked_div(report.seeds).unwrap_or(0))?;
        line("events", &report.events)?;
        line("bytes", &report.bytes)?;
        line("wall seconds", &format!("{:.1}", wall.as_secs_f64()))?;
        line("seeds per second", &per_second(report.seeds, *wall))?;
        if let Some(cpu) = cpu {
            line("cpu seconds", &format!("{:.1}", cpu.as_secs_f64()))?;
            line("inputs per cpu second", &per_second(report.inputs, *cpu))?;
        }
        writeln!(f, "\n{:<24}{:>16}", "mishap", "times")?;
        for (mishap, count) in Mishap::ALL.iter().zip(report.mishaps) {
            writeln!(f, "{:<24}{count:>16}", mishap.name())?;
        }
        writeln!(f, "\n{:<24}{:>16}{:>16}", "op", "tried", "done")?;
        for (name, (tried, done)) in &report.ops {
            writeln!(f, "{name:<24}{tried:>16}{done:>16}")?;
        }
        writeln!(f, "\n{:<16}{:<24}{:>16}", "what", "which", "times")?;
        for (kind, name, count) in report.coverage.counts().filter(|(kind, ..)| *kind != "mishap") {
            writeln!(f, "{kind:<16}{name:<24}{count:>16}")?;
        }
        for (check, count) in &report.others {
            writeln!(f, "\n[{check}] failed too, {count} times")?;
        }
        let missing = report.missing();
        if !missing.is_empty() {
            writeln!(f, "\nnever happened: {}", missing.join(", "))?;
        }
        Ok(())
    }
}
