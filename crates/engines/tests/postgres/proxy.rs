//! A TCP door to the server that can fall silent.

use crate::server::Db;
use std::{collections::HashMap, time::Duration};
use tokio::net::{TcpListener, TcpStream, UnixStream};

/// Passes bytes on in both directions until it is told to fall silent; then it keeps the connections and says nothing.
pub async fn muted_proxy(db: &Db) -> (String, tokio::sync::watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let pairs: HashMap<_, _> = db.url.query_pairs().into_owned().collect();
    let port: u16 = pairs.get("port").and_then(|port| port.parse().ok()).or(db.url.port()).unwrap_or(5432);
    let folder = pairs.get("host").cloned();
    let host = db.url.host_str().unwrap_or("localhost").to_owned();
    let url = format!("postgres://{}@{}/{}", db.url.username(), listener.local_addr().unwrap(), db.name);
    let (mute, muted) = tokio::sync::watch::channel(false);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (folder, host, mut muted) = (folder.clone(), host.clone(), muted.clone());
            tokio::spawn(async move {
                let silence = async move {
                    let _ = muted.wait_for(|muted| *muted).await;
                };
                if let Some(folder) = folder {
                    let path = format!("{folder}/.s.PGSQL.{port}");
                    let mut server = UnixStream::connect(path).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
                        () = silence => {}
                    }
                } else {
                    let mut server = TcpStream::connect((host.as_str(), port)).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
                        () = silence => {}
                    }
                }
                tokio::time::sleep(Duration::from_secs(30)).await;
                drop(client);
            });
        }
    });
    (url, mute)
}
