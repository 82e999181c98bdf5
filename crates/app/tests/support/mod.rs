//! Runs the real binary, and speaks just enough HTTP to ask it something.
#![allow(dead_code, reason = "each test file uses its part")]

use serde_json::Value;
use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A working directory with a data directory and databases.
pub struct Place {
    pub dir: TempDir,
}

/// What a command printed and how it ended.
#[derive(Debug)]
pub struct Done {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Place {
    pub fn new() -> Self {
        Self { dir: TempDir::new().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub fn sql(&self, file: &str, sql: &str) {
        rusqlite::Connection::open(self.path(file)).unwrap().execute_batch(sql).unwrap();
    }

    /// A place with one project `shop` on a small database; gives its admin key.
    pub fn with_shop() -> (Self, String) {
        let place = Self::new();
        place.sql(
            "shop.db",
            "CREATE TABLE orders (id INTEGER PRIMARY KEY, status TEXT, note TEXT); \
             INSERT INTO orders VALUES (1, 'new', 'x'), (2, 'paid', 'y'); \
             CREATE TABLE users (id INTEGER PRIMARY KEY, password_hash TEXT)",
        );
        let made = place.run(&["init", "shop.db", "--json"]).json();
        let key = made["admin_key"].as_str().unwrap().to_owned();
        (place, key)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portcullis"));
        command.args(arguments).current_dir(self.dir.path()).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PORTCULLIS_")) {
            command.env_remove(name);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, &[], "")
    }

    /// Runs a command with further environment and something to read.
    pub fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)], input: &str) -> Done {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if !input.is_empty() {
            command.stdin(Stdio::piped());
        }
        let mut child = command.spawn().unwrap();
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).unwrap();
        }
        let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
        Done {
            code: status.code().unwrap_or(-1),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    pub fn serve(&self) -> Running {
        self.start(&["serve", "--listen", "127.0.0.1:0"], &[])
    }

    /// A node that may open so many files.
    pub fn start_limited(&self, files: u32) -> Running {
        let script = format!("ulimit -n {files}; exec \"$0\" serve --listen 127.0.0.1:0");
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_portcullis")]).current_dir(self.dir.path()).stdin(Stdio::null());
        self.start_command(shell)
    }

    /// Starts something that serves, and waits for its first line.
    pub fn start(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Running {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied());
        self.start_command(command)
    }

    fn start_command(&self, mut command: Command) -> Running {
        let log = self.path("log.txt");
        let mut child = command.stdout(Stdio::piped()).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let mut address = None;
        while address.is_none() && out.read_line(&mut line).unwrap() > 0 {
            address = line.split("http://").nth(1).map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect::<String>()
            });
        }
        let address = address
            .unwrap_or_else(|| panic!("it did not start: {line}{}", std::fs::read_to_string(&log).unwrap_or_default()));
        Running { child, address, line, out, log }
    }
}

impl Done {
    #[track_caller]
    pub fn ok(self) -> String {
        assert_eq!(self.code, 0, "{}", self.err);
        self.out
    }

    #[track_caller]
    pub fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// Fails the test unless the command was refused with exit code 1 and one line that says this.
    #[track_caller]
    pub fn refused(self, says: &str) {
        let last = self.err.lines().last().unwrap_or_default();
        assert_eq!((self.code, self.out.as_str()), (1, ""), "{}", self.err);
        assert!(last.starts_with("error: ") && last.contains(says), "{}", self.err);
    }
}

/// A node of the test.
pub struct Running {
    child: Child,
    pub address: String,
    /// What was printed up to the line with the address.
    pub line: String,
    pub out: BufReader<std::process::ChildStdout>,
    log: PathBuf,
}

/// An answer: status, headers as text, body.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Running {
    pub fn get(&self, path: &str, key: Option<&str>) -> Answer {
        let key = key.map_or_else(String::new, |key| format!("X-Admin-Key: {key}\r\n"));
        self.send(&format!("GET {path} HTTP/1.1\r\nHost: x\r\n{key}Connection: close\r\n\r\n"))
    }

    pub fn send(&self, request: &str) -> Answer {
        let mut socket = TcpStream::connect(&self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        socket.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
        Answer { status, head: head.to_owned(), body: body.to_owned() }
    }

    /// Asks until the answer is as wanted; fails the test after ten seconds.
    #[track_caller]
    pub fn until(&self, path: &str, key: Option<&str>, wanted: impl Fn(&Answer) -> bool) -> Answer {
        let began = Instant::now();
        loop {
            let answer = self.get(path, key);
            if wanted(&answer) {
                return answer;
            }
            assert!(began.elapsed() < Duration::from_secs(10), "still {answer:?}");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Processor time so far, in ticks of a hundredth of a second. Source: proc(5), fields 14 and 15 of `stat`.
    pub fn cpu_ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has not ended.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Sends a signal and gives the exit code.
    pub fn signal(&mut self, name: &str) -> i32 {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(began.elapsed() < Duration::from_secs(40), "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The names in a directory.
pub fn entries(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(dir)
        .map(|all| all.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    names.sort();
    names
}
