//! A client that notices everything: answers, and connections that end without one.

use serde_json::Value;
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

/// How long an answer may take before it counts as none: longer than any limit of the product.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer with everything that belongs to it.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
    pub took: Duration,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The `code` of a problem document; empty where it is none.
    pub fn code(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        body["code"].as_str().unwrap_or_default().to_owned()
    }

    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// Whether it is a 503 as the product promises it: a problem document with a time to try again.
    pub fn is_proper_503(&self) -> bool {
        self.status == 503
            && self.header("content-type") == Some("application/problem+json")
            && self.header("retry-after").is_some_and(|value| value.parse::<u32>().is_ok_and(|seconds| seconds > 0))
            && !self.code().is_empty()
    }
}

/// Why there was no whole answer.
#[derive(Debug)]
#[expect(dead_code, reason = "the errors are for the message of a failed test")]
pub enum Lost {
    /// Not one byte came: a proxy may send the request again.
    NoAnswer(io::Error),
    /// An answer began and broke off.
    CutOff(io::Error),
}

/// A connection that is kept as long as it lasts.
pub struct Client {
    address: String,
    key: String,
    socket: Option<BufReader<TcpStream>>,
}

impl Client {
    pub fn new(address: &str, key: &str) -> Self {
        Self { address: address.to_owned(), key: key.to_owned(), socket: None }
    }

    pub fn get(&mut self, path: &str) -> Result<Answer, Lost> {
        self.send("GET", path, &[], "")
    }

    /// Sends a request and reads its answer; after an error the next request takes a new connection.
    pub fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Result<Answer, Lost> {
        let began = Instant::now();
        let mut socket = match self.socket.take() {
            Some(socket) => socket,
            None => connect(&self.address).map_err(Lost::NoAnswer)?,
        };
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nX-Admin-Key: {}\r\n", self.key);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            request.push_str("Content-Type: application/json\r\n");
        }
        request.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        // A node that refuses early may close before all is sent: what it said still counts.
        let sent = socket.get_mut().write_all(request.as_bytes());
        match read_answer(&mut socket, began) {
            Ok(answer) => {
                if sent.is_ok() && answer.header("connection") != Some("close") {
                    self.socket = Some(socket);
                }
                Ok(answer)
            }
            Err(lost) => Err(lost),
        }
    }
}

pub fn connect(address: &str) -> io::Result<BufReader<TcpStream>> {
    let socket = TcpStream::connect(address)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(BufReader::new(socket))
}

/// Reads one whole answer.
pub fn read_answer(socket: &mut BufReader<TcpStream>, began: Instant) -> Result<Answer, Lost> {
    let mut line = String::new();
    match socket.read_line(&mut line) {
        Ok(0) => return Err(Lost::NoAnswer(io::ErrorKind::UnexpectedEof.into())),
        Ok(_) => {}
        Err(error) if line.is_empty() => return Err(Lost::NoAnswer(error)),
        Err(error) => return Err(Lost::CutOff(error)),
    }
    read_rest(&line, socket, began).map_err(Lost::CutOff)
}

fn read_rest(line: &str, socket: &mut BufReader<TcpStream>, began: Instant) -> io::Result<Answer> {
    let bad = |what: &str| io::Error::other(format!("{what}: {line}"));
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(|| bad("no status"))?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad("no header"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut answer = Answer { status, headers, body: String::new(), took: began.elapsed() };
    let mut body = Vec::new();
    if answer.header("transfer-encoding") == Some("chunked") {
        read_chunks(socket, &mut body)?;
    } else if let Some(length) = answer.header("content-length") {
        body.resize(length.parse().map_err(io::Error::other)?, 0);
        socket.read_exact(&mut body)?;
    }
    answer.body = String::from_utf8(body).map_err(io::Error::other)?;
    answer.took = began.elapsed();
    Ok(answer)
}

fn read_chunks(socket: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> io::Result<()> {
    loop {
        let mut line = String::new();
        socket.read_line(&mut line)?;
        let length = usize::from_str_radix(line.trim(), 16).map_err(io::Error::other)?;
        let start = body.len();
        body.resize(start + length + 2, 0);
        socket.read_exact(&mut body[start..])?;
        body.truncate(start + length);
        if length == 0 {
            return Ok(());
        }
    }
}

/// Asks until the answer is as wanted; fails the test when that takes longer than `limit`. Gives how long it took.
#[track_caller]
pub fn until(limit: Duration, what: &str, mut reached: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !reached() {
        assert!(began.elapsed() < limit, "not within {limit:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
    began.elapsed()
}
