//! A program that is talked to, line by line.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a line is waited for before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// An example, as it was built last.
pub(crate) fn example(name: &str) -> Command {
    let mut folder: PathBuf = std::env::current_exe().unwrap();
    while !folder.join("examples").is_dir() {
        assert!(folder.pop(), "no examples were built: cargo build --examples --all-features");
    }
    Command::new(folder.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION))
}

/// Runs a command to its end, which has to be a good one; gives what it said.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}\n{wrong}");
    said
}

/// A program that runs, and ends with the test whatever comes of it.
pub(crate) struct Program {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    said: Vec<String>,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, input, lines, said: Vec::new() }
    }

    /// Waits for a line that begins so.
    pub(crate) fn says(&mut self, begins: &str) -> String {
        self.says_what(begins, |line| line.starts_with(begins))
    }

    /// Waits for a line with this in it.
    pub(crate) fn says_line_with(&mut self, part: &str) -> String {
        self.says_what(part, |line| line.contains(part))
    }

    fn says_what(&mut self, what: &str, is_it: impl Fn(&str) -> bool) -> String {
        while let Ok(line) = self.lines.recv_timeout(PATIENCE) {
            self.said.push(line.clone());
            if is_it(&line) {
                return line;
            }
        }
        let mut wrong = String::new();
        let _ = self.child.kill();
        let _ = self.child.stderr.take().unwrap().read_to_string(&mut wrong);
        panic!("never said \"{what}\", but\n{}\n{wrong}", self.said.join("\n"));
    }

    /// Types a line.
    pub(crate) fn is_told(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Ends the input, and with it the program.
    pub(crate) fn ends(mut self) {
        drop(self.input.take());
        assert!(self.child.wait().unwrap().success(), "{}", self.said.join("\n"));
    }

    /// Waits until it ends with a failure, for which it gives this reason.
    #[cfg(feature = "recorder")]
    pub(crate) fn fails(mut self, reason: &str) {
        let mut wrong = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut wrong).unwrap();
        assert!(!self.child.wait().unwrap().success(), "{}", self.said.join("\n"));
        assert!(wrong.contains(reason), "{wrong}");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
