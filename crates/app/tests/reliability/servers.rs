//! Servers of a test's own, which it may stop and kill, and a line to one that it may freeze.

use portcullis_testkit::Engine;
use std::{
    fs, io,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};
use tempfile::TempDir;

/// A database server.
pub struct Server {
    engine: Engine,
    dir: TempDir,
}

impl Server {
    pub fn start(engine: Engine) -> Self {
        // Sockets have short names: not below a deep TMPDIR.
        let dir = tempfile::Builder::new().prefix("portcullis-rel-").tempdir_in("/tmp").unwrap();
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let server = Self { engine, dir };
        server.start_again();
        server
    }

    /// Gives when it takes connections.
    pub fn start_again(&self) {
        self.script(match self.engine {
            Engine::Postgres => "find_postgres && start_postgres $DIR -c listen_addresses= -c shared_buffers=32MB",
            _ => "PATH=$PATH:/usr/sbin; start_mariadb $DIR --innodb-buffer-pool-size=32M",
        });
    }

    /// Ends it the polite way, which cuts every connection.
    pub fn stop(&self) {
        match self.engine {
            Engine::Postgres => self.script("find_postgres; PG_USER=postgres; stop_postgres $DIR fast"),
            _ => self.script("kill -TERM $(cat $DIR/mariadb.pid); while [ -e $DIR/mariadb.pid ]; do sleep 0.05; done"),
        }
    }

    /// Ends it as a power cut would.
    pub fn kill(&self) {
        match self.engine {
            Engine::Postgres => self.script("find_postgres; PG_USER=postgres; stop_postgres $DIR immediate"),
            _ => self.script(
                "pid=$(cat $DIR/mariadb.pid); kill -KILL $pid; while kill -0 $pid 2>/dev/null; do sleep 0.05; done",
            ),
        }
    }

    pub fn url(&self) -> String {
        let dir = self.dir.path().display();
        match self.engine {
            Engine::Postgres => format!("postgres://postgres@localhost/postgres?host={dir}/socket"),
            _ => format!("mysql://root@localhost/mysql?socket={dir}/mariadb.sock"),
        }
    }

    fn script(&self, what: &str) {
        let scripts = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/databases.sh");
        let status = Command::new("bash")
            .args(["-c", &format!(". {scripts}; {what}")])
            .env("DIR", self.dir.path())
            .current_dir("/")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "{what}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !thread::panicking() || self.dir.path().exists() {
            self.kill();
        }
    }
}

/// A line to a PostgreSQL server that can stop to carry anything: it then takes connections and never answers.
pub struct Line {
    /// A URL for the database through the line.
    pub url: String,
    frozen: Arc<AtomicBool>,
}

impl Line {
    /// Lays a line to the database of a URL that names a socket's folder.
    pub fn to(url: &str) -> Self {
        let socket = url.split("host=").nth(1).map(|path| path.split('&').next().unwrap_or(path));
        let socket = socket.expect("the test server is reached by a socket").replace("%2F", "/");
        let database = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let frozen = Arc::new(AtomicBool::new(false));
        let state = frozen.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { break };
                let (state, path) = (state.clone(), format!("{socket}/.s.PGSQL.5432"));
                thread::spawn(move || carry(client, &path, &state));
            }
        });
        Self { url: format!("postgres://postgres@127.0.0.1:{port}/{database}?sslmode=disable"), frozen }
    }

    pub fn freeze(&self, frozen: bool) {
        self.frozen.store(frozen, Ordering::Relaxed);
    }
}

fn carry(client: TcpStream, path: &str, frozen: &Arc<AtomicBool>) {
    thaw(frozen);
    let Ok(server) = UnixStream::connect(path) else { return };
    let (from, to, state) = (client.try_clone().unwrap(), server.try_clone().unwrap(), frozen.clone());
    thread::spawn(move || {
        copy(from, &to, &state);
        let _ = to.shutdown(Shutdown::Both);
    });
    copy(server, &client, frozen);
    let _ = client.shutdown(Shutdown::Both);
}

fn copy(mut from: impl Read, mut to: impl Write, frozen: &AtomicBool) {
    let mut piece = [0; 16 * 1024];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
            Ok(read) => {
                thaw(frozen);
                if to.write_all(&piece[..read]).is_err() {
                    return;
                }
            }
        }
    }
}

fn thaw(frozen: &AtomicBool) {
    while frozen.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(10));
    }
}
