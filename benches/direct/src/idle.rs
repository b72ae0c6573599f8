//! What links cost that nobody uses.

use std::time::{Duration, Instant};

use futures_util::future::join;
use peergroup::Group;

use crate::bare::{Carrier as _, Tcp};
use crate::ours::{self, found, listen};
use crate::{Failure, end};

/// Members of the group: of each pair as many connections as two may have.
const MEMBERS: usize = 12;
/// Links in all. Both of their ends are in this process.
const LINKS: usize = 1_000;
/// Connections of one pair: `CONNECTIONS_PER_PEER_MAX`.
const OF_PAIR: usize = 16;
/// How long they are watched.
const WATCH: Duration = Duration::from_secs(20);

pub(crate) fn measure() -> Result<(), Failure> {
    let runtime = end()?;
    let (groups, events) = runtime.block_on(runtime.spawn(async {
        let mut groups = vec![found::<Tcp>().await?];
        for number in 1..MEMBERS {
            groups.push(ours::join::<Tcp>(groups[0].clone(), number).await?);
        }
        let mut events = Vec::new();
        for group in &groups {
            events.push(listen(group).await?);
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok::<_, Failure>((groups, events))
    }))??;
    let (before, without) = (resident()?, busy()?);
    std::thread::sleep(WATCH);
    let without = busy()?.saturating_sub(without);

    let connected = groups.clone();
    runtime.block_on(runtime.spawn(async move { connect(&connected).await }))??;
    std::thread::sleep(Duration::from_secs(5));
    let (after, used) = (resident()?, busy()?);
    let start = Instant::now();
    std::thread::sleep(WATCH);
    let used = busy()?.saturating_sub(used);
    let part = |used: Duration| 100.0 * used.as_secs_f64() / start.elapsed().as_secs_f64();

    let ends = 2 * LINKS;
    println!(
        "{LINKS} idle links, both ends: {:.2} % of a core; the {MEMBERS} members without: {:.2} %",
        part(used),
        part(without)
    );
    let ours = (after.saturating_sub(before)) as f64 / ends as f64;
    let bare = runtime.block_on(runtime.spawn(bare_links()))??;
    println!("memory of one end of an idle link: ours {ours:.1} KiB, bare {bare:.1} KiB");
    drop(events);
    Ok(())
}

/// Opens all links, pair by pair.
async fn connect(groups: &[Group]) -> Result<(), Failure> {
    let mut left = LINKS;
    for (number, group) in groups.iter().enumerate() {
        for other in &groups[..number] {
            for _ in 0..OF_PAIR.min(left) {
                ours::open(group, other.identity()).await?;
                left -= 1;
            }
        }
    }
    if left == 0 { Ok(()) } else { Err("too few members for so many links".into()) }
}

/// What one end of a bare link takes, in KiB.
async fn bare_links() -> Result<f64, Failure> {
    let before = resident()?;
    let listener = Tcp::listen()?;
    let address = listener.address()?;
    let mut links = Vec::new();
    for _ in 0..LINKS {
        let (near, far) = join(listener.dial(address), listener.accept()).await;
        links.push((near?, far?));
    }
    let after = resident()?;
    Ok(after.saturating_sub(before) as f64 / (2 * links.len()) as f64)
}

/// What the process has in memory, in KiB.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.ok_or("the system does not tell")?.parse()?)
}

/// For how long all threads of the process have run.
fn busy() -> Result<Duration, Failure> {
    let mut nanos = 0;
    for task in std::fs::read_dir("/proc/self/task")? {
        let told = std::fs::read_to_string(task?.path().join("schedstat"))?;
        let first = told.split_whitespace().next().ok_or("the system does not tell")?;
        nanos += first.parse::<u64>()?;
    }
    Ok(Duration::from_nanos(nanos))
}
