//! Clients that ask without a break, and remember what they were told.

use crate::http::{Answer, Client, Lost};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// What a client sends over and over: method, path, and the body for a number.
pub type Request = (&'static str, &'static str, fn(usize) -> String);

/// Between two requests of one client: the machine is shared with the database.
const PAUSE: Duration = Duration::from_millis(4);

/// One exchange.
#[derive(Debug)]
pub struct Sample {
    /// Which of the requests.
    pub client: usize,
    pub began: Instant,
    pub ended: Instant,
    pub outcome: Result<Answer, Lost>,
}

impl Sample {
    pub fn is_success(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Answer::is_success)
    }

    pub fn is_proper_503(&self) -> bool {
        self.outcome.as_ref().is_ok_and(Answer::is_proper_503)
    }

    pub fn status(&self) -> u16 {
        self.outcome.as_ref().map_or(0, |answer| answer.status)
    }
}

/// Running clients.
pub struct Load {
    stop: Arc<AtomicBool>,
    samples: Arc<Mutex<Vec<Sample>>>,
    clients: Vec<JoinHandle<()>>,
}

impl Load {
    /// Starts a client for each request.
    pub fn start(address: &str, key: &str, requests: &[Request]) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let samples = Arc::new(Mutex::default());
        let clients = requests.iter().copied().enumerate().map(|(client, request)| {
            let (stop, samples, mut http) = (stop.clone(), Arc::clone(&samples), Client::new(address, key));
            thread::spawn(move || run(client, request, &mut http, &stop, &samples))
        });
        let clients = clients.collect();
        Self { stop, samples, clients }
    }

    /// Whether each client has so many samples that began after a moment and are as wanted.
    pub fn each_has(&self, count: usize, since: Instant, wanted: impl Fn(&Sample) -> bool) -> bool {
        let samples = self.samples.lock().unwrap();
        (0..self.clients.len()).all(|client| {
            let own = samples.iter().filter(|sample| sample.client == client && sample.began >= since);
            own.filter(|sample| wanted(sample)).count() >= count
        })
    }

    /// Whether the last answers of every client were successes.
    pub fn all_well(&self, count: usize) -> bool {
        let samples = self.samples.lock().unwrap();
        (0..self.clients.len()).all(|client| {
            let mut own = samples.iter().rev().filter(|sample| sample.client == client).take(count);
            own.all(Sample::is_success)
        })
    }

    pub fn stop(self) -> Vec<Sample> {
        self.stop.store(true, Ordering::Relaxed);
        for client in self.clients {
            client.join().unwrap();
        }
        std::mem::take(&mut *self.samples.lock().unwrap())
    }
}

fn run(
    client: usize,
    (method, path, body): Request,
    http: &mut Client,
    stop: &AtomicBool,
    samples: &Mutex<Vec<Sample>>,
) {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let began = Instant::now();
        let outcome = http.send(method, path, &[], &body(n));
        samples.lock().unwrap().push(Sample { client, began, ended: Instant::now(), outcome });
        thread::sleep(PAUSE);
    }
}

/// The slowest of all but the worst hundredth.
pub fn p99(samples: &[Sample]) -> Duration {
    let mut all: Vec<_> = samples.iter().map(|sample| sample.ended - sample.began).collect();
    all.sort();
    all[all.len() * 99 / 100]
}
