//! A server that keeps one state at an address, as in the documentation of Terraform's backend `http`.

use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

#[derive(Default)]
struct Kept {
    state: Option<Vec<u8>>,
    lock: Option<Vec<u8>>,
    asked: Vec<String>,
}

/// A server on loopback. It answers until the test ends.
pub(crate) struct HttpServer {
    address: SocketAddr,
    kept: Arc<Mutex<Kept>>,
}

impl HttpServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let kept: Arc<Mutex<Kept>> = Arc::default();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away in the middle has no answer.
                let _ = answer(stream, &shared);
            }
        });
        Self { address, kept }
    }

    /// A block that keeps the state here.
    pub(crate) fn block(&self) -> String {
        format!(
            "terraform {{\n  backend \"http\" {{\n    address        = \"{0}\"\n    lock_address   = \"{0}\"\n    unlock_address = \"{0}\"\n  }}\n}}\n",
            self.url()
        )
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/state", self.address)
    }

    /// The state that it keeps.
    pub(crate) fn state(&self) -> Option<Value> {
        let kept = self.kept.lock().unwrap();
        kept.state
            .as_deref()
            .map(|bytes| serde_json::from_slice(bytes).unwrap())
    }

    /// Puts another state in place, as another tool would.
    pub(crate) fn put(&self, state: &Value) {
        self.kept.lock().unwrap().state = Some(state.to_string().into_bytes());
    }

    /// Someone else takes the lock, or gives it back.
    pub(crate) fn hold(&self, lock: Option<&str>) {
        self.kept.lock().unwrap().lock = lock.map(|note| note.as_bytes().to_vec());
    }

    pub(crate) fn is_locked(&self) -> bool {
        self.kept.lock().unwrap().lock.is_some()
    }

    /// How often it was asked with a method.
    pub(crate) fn asked(&self, method: &str) -> usize {
        let kept = self.kept.lock().unwrap();
        kept.asked.iter().filter(|asked| *asked == method).count()
    }
}

fn answer(stream: TcpStream, kept: &Mutex<Kept>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let method = line.split(' ').next().unwrap_or_default().to_owned();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        match header.trim_end().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap();
            }
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, text) = decide(&method, body, &mut kept.lock().unwrap());
    let mut stream = stream;
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        text.len()
    )?;
    stream.write_all(&text)
}

fn decide(method: &str, body: Vec<u8>, kept: &mut Kept) -> (&'static str, Vec<u8>) {
    kept.asked.push(method.to_owned());
    match (method, &kept.state, &kept.lock) {
        ("GET", Some(state), _) => ("200 OK", state.clone()),
        ("GET", None, _) => ("404 Not Found", Vec::new()),
        ("LOCK", _, Some(held)) => ("423 Locked", held.clone()),
        ("LOCK", _, None) => {
            kept.lock = Some(body);
            ("200 OK", Vec::new())
        }
        ("UNLOCK", ..) => {
            kept.lock = None;
            ("200 OK", Vec::new())
        }
        ("POST", ..) => {
            kept.state = Some(body);
            ("200 OK", Vec::new())
        }
        _ => ("405 Method Not Allowed", Vec::new()),
    }
}
