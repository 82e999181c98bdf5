//! Time limits of one connection: idle, slow heads, slow readers. SEC-55, REL-15.
//!
//! hyper's own limit on heads also runs while a connection waits for its next request, and arms a timer for each.
//! This one arms a timer only when a read or write has to wait.

use hyper::body::{Body, Frame, SizeHint};
use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// How long a connection may keep the node waiting.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For its next request.
    pub idle: Duration,
    /// For a request's head, from its first byte.
    pub head: Duration,
    /// For taking another byte of an answer.
    pub stall: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { idle: Duration::from_secs(75), head: Duration::from_secs(10), stall: Duration::from_secs(30) }
    }
}

const WAITING: u8 = 0;
const READING_HEAD: u8 = 1;
const ANSWERING: u8 = 2;

/// What a connection is doing; shared by its socket and its requests.
#[derive(Debug, Clone, Default)]
pub struct Phase(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    phase: AtomicU8,
    two_lengths: AtomicBool,
}

impl Phase {
    /// A head has been read: from now until the answer's end the request's own limits hold.
    pub fn answering(&self) {
        self.set(ANSWERING);
    }

    /// Whether the head that was just read gives the body's length twice.
    pub fn has_two_lengths(&self) -> bool {
        self.0.two_lengths.load(Ordering::Relaxed)
    }

    fn waiting(&self) {
        self.set(WAITING);
    }

    fn set(&self, phase: u8) {
        self.0.phase.store(phase, Ordering::Relaxed);
    }

    fn get(&self) -> u8 {
        self.0.phase.load(Ordering::Relaxed)
    }
}

/// A socket with time limits.
#[derive(Debug)]
pub struct Limited<S> {
    socket: S,
    phase: Phase,
    patience: Patience,
    read: Timer,
    seen: u8,
    write: Timer,
}

impl<S> Limited<S> {
    /// Puts limits on a socket.
    pub fn new(socket: S, phase: Phase, patience: Patience) -> Self {
        Self { socket, phase, patience, read: Timer::default(), seen: WAITING, write: Timer::default() }
    }
}

/// When the present wait began, and an alarm that is only moved when it rings too early.
#[derive(Debug, Default)]
struct Timer {
    since: Option<Instant>,
    alarm: Option<Pin<Box<Sleep>>>,
}

impl Timer {
    fn reset(&mut self) {
        self.since = None;
    }

    /// Ready when the wait has lasted `limit`.
    fn poll(&mut self, cx: &mut Context<'_>, limit: Duration) -> Poll<()> {
        let deadline = *self.since.get_or_insert_with(Instant::now) + limit;
        loop {
            let alarm = self.alarm.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
            if alarm.deadline() > deadline {
                alarm.as_mut().reset(deadline);
            }
            ready!(alarm.as_mut().poll(cx));
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            alarm.as_mut().reset(deadline);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Limited<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let phase = this.phase.get();
        if phase != this.seen {
            this.seen = phase;
            this.read.reset();
        }
        let before = out.filled().len();
        match Pin::new(&mut this.socket).poll_read(cx, out) {
            Poll::Ready(done) => {
                if phase == WAITING {
                    this.phase.set(READING_HEAD);
                    let two = gives_two_lengths(&out.filled()[before..]);
                    this.phase.0.two_lengths.store(two, Ordering::Relaxed);
                }
                Poll::Ready(done)
            }
            Poll::Pending => {
                let limit = match phase {
                    WAITING => this.patience.idle,
                    READING_HEAD => this.patience.head,
                    _ => return Poll::Pending,
                };
                // As if the client had gone away.
                this.read.poll(cx, limit).map(Ok)
            }
        }
    }
}

/// Whether a head says twice how long its body is. hyper would take one of them silently; SEC-55 wants a refusal.
fn gives_two_lengths(head: &[u8]) -> bool {
    let names = |line: &[u8], name: &[u8]| {
        line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
            && matches!(line.get(name.len()), Some(b':'))
    };
    let lines = head.split(|byte| *byte == b'\n').skip(1).take_while(|line| line.len() > 1);
    lines.filter(|line| names(line, b"content-length") || names(line, b"transfer-encoding")).count() > 1
}

impl<S: AsyncWrite + Unpin> Limited<S> {
    fn limit_write<T>(&mut self, cx: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Ready(done) => {
                self.write.reset();
                Poll::Ready(done)
            }
            Poll::Pending => self.write.poll(cx, self.patience.stall).map(|()| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Limited<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.socket).poll_write(cx, bytes);
        self.limit_write(cx, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.socket).poll_write_vectored(cx, parts);
        self.limit_write(cx, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.socket).poll_flush(cx);
        self.limit_write(cx, done)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.socket).poll_shutdown(cx);
        self.limit_write(cx, done)
    }
}

/// An answer's body: when it is gone, the connection waits for its next request.
#[derive(Debug)]
pub struct Answer<B> {
    body: B,
    phase: Phase,
}

impl<B> Answer<B> {
    /// Wraps a body.
    pub const fn new(body: B, phase: Phase) -> Self {
        Self { body, phase }
    }
}

impl<B: Body + Unpin> Body for Answer<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> Drop for Answer<B> {
    fn drop(&mut self) {
        self.phase.waiting();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    const SHORT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_secs(3_600);

    #[tokio::test]
    async fn sec_55_a_head_that_comes_too_slowly_ends_the_connection() {
        let (mut client, socket) = duplex(64);
        let mut socket = Limited::new(socket, Phase::default(), Patience { idle: LONG, head: SHORT, stall: LONG });
        let mut byte = [0; 1];
        client.write_all(b"G").await.unwrap();
        assert_eq!(socket.read(&mut byte).await.unwrap(), 1);
        let began = Instant::now();
        // One byte now and then does not help.
        let drip = tokio::spawn(async move {
            while client.write_all(b"x").await.is_ok() {
                tokio::time::sleep(SHORT / 5).await;
            }
        });
        while socket.read(&mut byte).await.unwrap() > 0 {}
        assert!(began.elapsed() >= SHORT);
        drop(socket);
        drip.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_may_rest_between_requests_and_an_answer_may_take_its_time() {
        let (mut client, socket) = duplex(64);
        let phase = Phase::default();
        let patience = Patience { idle: SHORT, head: SHORT / 5, stall: LONG };
        let mut socket = Limited::new(socket, phase.clone(), patience);
        let mut byte = [0; 1];
        client.write_all(b"G").await.unwrap();
        socket.read_exact(&mut byte).await.unwrap();
        phase.answering();
        tokio::time::timeout(SHORT * 3, socket.read(&mut byte)).await.unwrap_err();
        drop(Answer::new((), phase));
        let began = Instant::now();
        assert_eq!(socket.read(&mut byte).await.unwrap(), 0);
        assert!(began.elapsed() >= SHORT);
    }

    #[test]
    fn sec_55_a_length_that_is_given_twice_is_seen() {
        let post = |headers: &str| gives_two_lengths(format!("POST / HTTP/1.1\r\n{headers}\r\n").as_bytes());
        assert!(!post("content-length: 3\r\n") && !post("Transfer-Encoding: chunked\r\n"));
        assert!(!post("content-length: 3\r\n\r\ncontent-length: 3\r\n"), "that is the body");
        assert!(!post("content-length: 3\r\ncontent-length-x: 3\r\n"));
        assert!(post("Content-Length: 3\r\ncontent-length: 3\r\n"));
        assert!(post("transfer-encoding: chunked\r\nx: y\r\nCONTENT-LENGTH: 3\r\n"));
    }

    #[tokio::test]
    async fn rel_15_a_reader_that_takes_nothing_ends_the_connection() {
        let (_client, socket) = duplex(4);
        let mut socket = Limited::new(socket, Phase::default(), Patience { idle: LONG, head: LONG, stall: SHORT });
        let error = socket.write_all(b"more than fits").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
