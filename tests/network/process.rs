//! A peer in a process of its own, as the test sees it: it is asked, and it answers.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::orders::Orders;

/// Where a process finds its orders.
pub(crate) const ORDERS: &str = "PEERGROUP_NETWORK_TEST_ORDERS";
/// What stands before every answer, so that it is told from what else is said.
pub(crate) const ANSWER: &str = "answer ";
/// Nothing here takes longer, or it will never come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(50);

pub(crate) struct Process {
    pub(crate) orders: Orders,
    child: Child,
    stdin: ChildStdin,
    answers: Receiver<String>,
}

impl Process {
    /// Starts a process by a command that ends with the program to run.
    pub(crate) fn start(before: &[&str], orders: Orders) -> Self {
        let program = env::current_exe().unwrap();
        let mut words = before.iter().map(Into::into).chain([program.into_os_string()]);
        let mut child = Command::new(words.next().unwrap())
            .args(words)
            .args(["--exact", "a_peer_in_a_process_of_its_own", "--nocapture"])
            .env(ORDERS, orders.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if let Some(answer) = line.strip_prefix(ANSWER) {
                    sender.send(answer.to_owned()).ok();
                }
            }
        });
        let mut process = Self { orders, child, stdin, answers };
        process.answer("to begin");
        process
    }

    /// Has something done, and waits until it is.
    pub(crate) fn ask(&mut self, what: &str) -> String {
        self.tell(what);
        self.answer(what)
    }

    /// Says what is to be done, and does not wait.
    pub(crate) fn tell(&mut self, what: &str) {
        writeln!(self.stdin, "{what}").unwrap();
    }

    /// The next answer.
    pub(crate) fn answer(&mut self, to: &str) -> String {
        let name = &self.orders.name;
        let answer = self.answers.recv_timeout(PATIENCE);
        let answer = answer.unwrap_or_else(|_| panic!("{name} does not answer: {to}"));
        match answer.split_once(' ') {
            Some(("done", answer)) => answer.to_owned(),
            _ => panic!("{name} was to {to}: {answer}"),
        }
    }

    /// SIGKILL: nothing in the process has a say in it. What it still said comes too.
    pub(crate) fn kill(mut self) -> (Orders, Vec<String>) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let said = self.answers.iter().collect();
        (self.orders.clone(), said)
    }

    /// Ends it in order.
    pub(crate) fn end(mut self) -> Orders {
        self.ask("shutdown");
        self.orders.clone()
    }
}

/// A test that failed leaves nobody behind.
impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// What must come true soon.
pub(crate) fn until(what: &str, mut is_true: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
