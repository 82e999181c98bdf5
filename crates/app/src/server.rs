//! Accepting connections and serving HTTP/1.1 on them, until told to stop.

use crate::limits::{Answer, Limited, Patience, Phase};
use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, Request, Response, StatusCode, header},
};
use hyper::{body::Incoming, server::conn::http1, service::Service};
use hyper_util::rt::TokioIo;
use portcullis_web::{ApiError, finish, request_id};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::{sleep, timeout},
};

/// Largest head of a request. SEC-50.
const HEADER_BYTES: usize = 16 * 1024;
/// What a connection may hold of what was read and nobody took, or written and nobody fetched. REL-16.
const BUFFER_BYTES: usize = 64 * 1024;
/// How long requests in flight may take to end. REL-13.
const GRACE: Duration = Duration::from_secs(30);
/// The first and the longest wait after an accept that failed for want of file descriptors. REL-21.
const ACCEPT_WAIT: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

/// Answers a request: what a connection is given.
pub trait Handler: Clone + Send + Sync + 'static {
    /// The answer to one request.
    fn answer(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static;
}

impl<F, A> Handler for F
where
    F: Fn(Request<Body>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<Body>> + Send + 'static,
{
    fn answer(self, request: Request<Body>) -> impl Future<Output = Response<Body>> + Send + 'static {
        self(request)
    }
}

/// Serves `handler` on `listener` until `stop` is ready, then lets requests in flight end.
pub async fn serve(listener: TcpListener, handler: impl Handler, stop: impl Future<Output = ()>) {
    let (stopping, stopped) = watch::channel(false);
    let (alive, mut all_gone) = mpsc::channel::<()>(1);
    tokio::pin!(stop);
    let mut wait = ACCEPT_WAIT.0;
    loop {
        let accepted = tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                wait = ACCEPT_WAIT.0;
                let connection = connection(socket, peer, handler.clone(), stopped.clone(), alive.clone());
                tokio::spawn(connection);
            }
            // The client's own trouble; the next one may be well.
            Err(error) if is_clients(&error) => {}
            Err(error) => {
                if wait >= ACCEPT_WAIT.1 {
                    tracing::error!("No connection can be accepted: {error}");
                }
                tokio::select! {
                    () = &mut stop => break,
                    () = sleep(wait) => wait = (wait * 2).min(ACCEPT_WAIT.1),
                }
            }
        }
    }
    drop(listener);
    drop(alive);
    let _ = stopping.send(true);
    if timeout(GRACE, all_gone.recv()).await.is_err() {
        tracing::warn!("Requests were still running {} s after the stop and were cut off", GRACE.as_secs());
    }
}

fn is_clients(error: &io::Error) -> bool {
    use io::ErrorKind as K;
    matches!(error.kind(), K::ConnectionAborted | K::ConnectionReset | K::ConnectionRefused | K::Interrupted)
}

/// One connection's life. `_alive` is dropped with it.
async fn connection(
    socket: TcpStream,
    peer: SocketAddr,
    handler: impl Handler,
    mut stopped: watch::Receiver<bool>,
    _alive: mpsc::Sender<()>,
) {
    let _ = socket.set_nodelay(true);
    let phase = Phase::default();
    let io = TokioIo::new(Limited::new(socket, phase.clone(), Patience::default()));
    let service = Requests { handler, peer, phase };
    let connection = http1::Builder::new()
        .header_read_timeout(None)
        .max_header_size(HEADER_BYTES)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(io, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("A connection ended early: {error}");
    }
}

/// Hands the requests of one connection to the handler.
struct Requests<H> {
    handler: H,
    peer: SocketAddr,
    phase: Phase,
}

impl<H: Handler> Service<Request<Incoming>> for Requests<H> {
    type Response = Response<Answer<Body>>;
    type Error = std::convert::Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        self.phase.answering();
        if self.phase.has_two_lengths() {
            let refused = two_lengths().map(|body| Answer::new(body, self.phase.clone()));
            return Box::pin(async { Ok(refused) });
        }
        request.extensions_mut().insert(ConnectInfo(self.peer));
        let answer = self.handler.clone().answer(request.map(Body::new));
        let phase = self.phase.clone();
        Box::pin(async move { Ok(answer.await.map(|body| Answer::new(body, phase))) })
    }
}

/// The answer to a request whose end is a matter of opinion: the connection cannot be used any longer.
fn two_lengths() -> Response<Body> {
    let id = request_id();
    let title = "the request gives the length of its body twice";
    let mut response = ApiError::new(StatusCode::BAD_REQUEST, "ambiguous_length", title).into_response(&id);
    finish(&mut response, &id);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        sync::oneshot,
    };

    async fn start(handler: impl Handler) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(serve(listener, handler, async {
            let _ = stopped.await;
        }));
        (address, stop, served)
    }

    async fn exchange(address: SocketAddr, request: &str) -> String {
        let mut socket = TcpStream::connect(address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn sec_50_a_head_above_16_kib_is_431() {
        let (address, _stop, _served) = start(|_| async { Response::new(Body::from("ok")) }).await;
        let head = |bytes: usize| {
            format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\nconnection: close\r\n\r\n", "a".repeat(bytes))
        };
        assert!(exchange(address, &head(15_000)).await.starts_with("HTTP/1.1 200"));
        assert!(exchange(address, &head(17_000)).await.starts_with("HTTP/1.1 431"));
    }

    #[tokio::test]
    async fn sec_55_a_length_that_is_given_twice_is_400_and_the_end() {
        let (address, _stop, _served) = start(|_| async { Response::new(Body::from("ok")) }).await;
        for headers in ["content-length: 3\r\ncontent-length: 3", "content-length: 3\r\ntransfer-encoding: chunked"] {
            // The answer ends with the connection, or this would wait.
            let answer = exchange(address, &format!("POST / HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\n0\r\n\r\n")).await;
            assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("problem+json"), "{answer}");
        }
    }

    #[tokio::test]
    async fn rel_13_a_stop_lets_the_request_in_flight_end_and_accepts_no_other() {
        let slow = |_| async {
            sleep(Duration::from_millis(300)).await;
            Response::new(Body::from("done"))
        };
        let (address, stop, served) = start(slow).await;
        // Keeps its connection open: the stop must end it after the answer.
        let running = tokio::spawn(async move { exchange(address, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await });
        let idle = TcpStream::connect(address).await.unwrap();
        sleep(Duration::from_millis(100)).await;
        stop.send(()).unwrap();
        assert!(running.await.unwrap().ends_with("done"));
        timeout(Duration::from_secs(5), served).await.unwrap().unwrap();
        assert!(TcpStream::connect(address).await.is_err());
        drop(idle);
    }
}
