//! The stores: each is installed where it can be, started on a free port, and ended with the value.

use crate::shell::{Result, cargo, root};
use serde_json::Value;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const MOTO: &str = "moto[s3,server]==5.2.5";
const AZURITE: &str = "azurite@3.37.0";
const S3S: &str = "s3s-fs";
const S3S_VERSION: &str = "0.14.1";
/// The account and key that every Azurite has.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A store that runs.
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    /// The settings of the backend, with `{STATE}` where the name of the state goes.
    settings: String,
    pub(super) environment: Vec<(String, String)>,
    pub(super) folder: PathBuf,
    pub(super) is_fast: bool,
    /// Whether a writer that is stopped loses its lock after a while.
    pub(super) has_lease: bool,
    _server: Option<Server>,
}

impl Place {
    /// The settings of one state in it.
    pub(super) fn state(&self, name: &str) -> String {
        self.settings.replace("{STATE}", name)
    }

    /// The same for a `backend` block: what Terraform would ask Amazon before it uses a store is not to be asked.
    pub(super) fn block(&self, name: &str) -> Result<Value> {
        let mut settings: Value =
            serde_json::from_str(&self.state(name)).map_err(|error| error.to_string())?;
        if self.kind == "s3" {
            for skipped in [
                "skip_credentials_validation",
                "skip_requesting_account_id",
                "skip_metadata_api_check",
                "skip_region_validation",
            ] {
                settings[skipped] = Value::Bool(true);
            }
        }
        Ok(settings)
    }
}

/// A process, and the folder that it alone used.
struct Server(Child, Option<PathBuf>);

impl Drop for Server {
    fn drop(&mut self) {
        // Asked first, so that it can end its own processes.
        let _ = Command::new("kill").arg(self.0.id().to_string()).status();
        self.wait();
        if let Some(data) = &self.1 {
            let _ = fs::remove_dir_all(data);
        }
    }
}

impl Server {
    fn wait(&mut self) {
        for _ in 0..100 {
            if matches!(self.0.try_wait(), Ok(Some(_))) {
                return;
            }
            super::pause(Duration::from_millis(100));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a store, or says why it cannot be had.
type Start = fn(&Path) -> Result<std::result::Result<Place, String>>;

pub(super) const ALL: &[(&str, Start)] = &[
    ("local", files),
    ("pg", postgresql),
    ("azurerm", azurite),
    ("s3", moto),
];

fn files(folder: &Path) -> Result<std::result::Result<Place, String>> {
    Ok(Ok(Place {
        name: "local files",
        kind: "local",
        settings: r#"{"path": "{STATE}.tfstate"}"#.into(),
        environment: Vec::new(),
        folder: made(folder, "local")?,
        is_fast: true,
        has_lease: false,
        _server: None,
    }))
}

fn postgresql(folder: &Path) -> Result<std::result::Result<Place, String>> {
    let Some(programs) = newest("/usr/lib/postgresql") else {
        return Ok(Err(
            "PostgreSQL is not installed (Debian: apt-get install postgresql)".into(),
        ));
    };
    let programs = programs.join("bin");
    let place = made(folder, "pg")?;
    // A server refuses to run for root, and needs a folder that is its user's.
    let data = std::env::temp_dir().join(format!("regprov-peers-{}", std::process::id()));
    fs::create_dir_all(&data).map_err(|error| error.to_string())?;
    let is_root = fs::metadata("/proc/self").is_ok_and(|metadata| {
        use std::os::unix::fs::MetadataExt as _;
        metadata.uid() == 0
    });
    let user = if is_root { Some("postgres") } else { None };
    if let Some(user) = user {
        silent(Command::new("chown").arg(user).arg(&data))?;
    }
    let as_user = |program: &str| match user {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command
                .args(["--reuid", user, "--regid", user, "--clear-groups"])
                .arg(programs.join(program));
            command
        }
        None => Command::new(programs.join(program)),
    };
    let cluster = data.join("cluster");
    silent(
        as_user("initdb")
            .args(["--auth=trust", "--username=postgres", "--pgdata"])
            .arg(&cluster)
            .current_dir(&data),
    )?;
    let port = free_port()?;
    let server = as_user("postgres")
        .args([
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "log_min_messages=fatal",
            "-p",
        ])
        .arg(port.to_string())
        .arg("-D")
        .arg(&cluster)
        .arg("-k")
        .arg(&data)
        .current_dir(&data)
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let server = Server(server, Some(data));
    wait_for(port)?;
    Ok(Ok(Place {
        name: "PostgreSQL",
        kind: "pg",
        settings: format!(
            r#"{{"conn_str": "postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable", "schema_name": "{{STATE}}"}}"#
        ),
        environment: Vec::new(),
        folder: place,
        is_fast: true,
        has_lease: true,
        _server: Some(server),
    }))
}

fn azurite(folder: &Path) -> Result<std::result::Result<Place, String>> {
    let packages = root().join("target/peers/azurite");
    let program = packages.join("node_modules/azurite/dist/src/blob/main.js");
    if !program.is_file() {
        println!("\n== install {AZURITE}");
        fs::create_dir_all(&packages).map_err(|error| error.to_string())?;
        let installed = Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(&packages)
            .arg(AZURITE)
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            return Ok(Err("Azurite could not be installed from npm".into()));
        }
    }
    let place = made(folder, "azurerm")?;
    let port = free_port()?;
    let server = Command::new("node")
        .arg(&program)
        .args([
            "--blobHost",
            "127.0.0.1",
            "--inMemoryPersistence",
            "--silent",
            "--skipApiVersionCheck",
            "--disableTelemetry",
        ])
        .args(["--blobPort", &port.to_string()])
        .current_dir(&place)
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let server = Server(server, None);
    wait_for(port)?;
    silent(Command::new("python3").args(["-c", MAKE_CONTAINER, ACCOUNT, KEY, &port.to_string()]))?;
    Ok(Ok(Place {
        name: "Azurite",
        kind: "azurerm",
        settings: format!(
            r#"{{"storage_account_name": "{ACCOUNT}", "container_name": "states", "key": "{{STATE}}", "access_key": "{KEY}"}}"#
        ),
        environment: vec![(
            "REGPROV_AZURE_BLOB_ENDPOINT".into(),
            format!("http://127.0.0.1:{port}/{ACCOUNT}"),
        )],
        folder: place,
        is_fast: false,
        has_lease: true,
        _server: Some(server),
    }))
}

/// Makes the container `states`, signed with the account's key.
const MAKE_CONTAINER: &str = r#"
import base64, email.utils, hashlib, hmac, sys, urllib.request
account, key, port = sys.argv[1:]
date = email.utils.formatdate(usegmt=True)
text = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:2021-12-02\n/{account}/{account}/states\nrestype:container"
signature = base64.b64encode(hmac.new(base64.b64decode(key), text.encode(), hashlib.sha256).digest()).decode()
headers = {"x-ms-date": date, "x-ms-version": "2021-12-02", "Authorization": f"SharedKey {account}:{signature}", "Content-Length": "0"}
address = f"http://127.0.0.1:{port}/{account}/states?restype=container"
urllib.request.urlopen(urllib.request.Request(address, method="PUT", headers=headers))
"#;

/// Moto, asked one thing at a time: as it comes, it looks at a condition in one thread while another writes, and of two writes that
/// depend on the same version accepts both, once in some thousands.
fn moto(folder: &Path) -> Result<std::result::Result<Place, String>> {
    let venv = root().join("target/peers/moto");
    if !venv.join("bin/moto_server").is_file() {
        println!("\n== install {MOTO}");
        let made = Command::new("python3").args(["-m", "venv"]).arg(&venv).status();
        let installed = Command::new(venv.join("bin/pip"))
            .args(["install", "--quiet", MOTO])
            .status();
        if !matches!((made, installed), (Ok(a), Ok(b)) if a.success() && b.success()) {
            return Ok(Err("moto could not be installed from PyPI".into()));
        }
    }
    let place = made(folder, "s3")?;
    let port = free_port()?;
    let server = Command::new(venv.join("bin/python"))
        .args(["-c", SERVE_MOTO, &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let server = Server(server, None);
    wait_for(port)?;
    let make = "import sys, urllib.request\nurllib.request.urlopen(urllib.request.Request(sys.argv[1], method='PUT'))";
    silent(Command::new("python3").args(["-c", make, &format!("http://127.0.0.1:{port}/states")]))?;
    Ok(Ok(Place {
        name: "moto's S3",
        kind: "s3",
        settings: s3_settings(port),
        environment: Vec::new(),
        folder: place,
        is_fast: false,
        has_lease: true,
        _server: Some(server),
    }))
}

/// Moto's application under a server with a thread for each request.
const SERVE_MOTO: &str = r#"
import io, sys, threading
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

application = DomainDispatcherApplication(create_backend_app)
lock = threading.Lock()


def one_at_a_time(environ, start_response):
    length = int(environ.get("CONTENT_LENGTH") or 0)
    environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
    with lock:
        return list(application(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True)
"#;

/// A store that breaks its promise: of several create-only writes of one name it accepts more than one. Built here, which takes
/// minutes; without `may_build` it is left out.
pub(super) fn broken(folder: &Path, may_build: bool) -> Result<std::result::Result<Place, String>> {
    let packages = root().join("target/peers/s3s-fs");
    let program = packages.join("bin/s3s-fs");
    if !program.is_file() {
        if !may_build {
            return Ok(Err(
                "s3s-fs takes minutes to build, and is left out of a short run".into(),
            ));
        }
        println!("\n== install {S3S} {S3S_VERSION}");
        let installed = cargo()
            .args(["install", S3S, "--version", S3S_VERSION])
            .args(["--locked", "--quiet", "--features", "binary", "--root"])
            .arg(&packages)
            .arg("--target-dir")
            .arg(packages.join("build"))
            .status();
        if !installed.is_ok_and(|status| status.success()) {
            return Ok(Err("s3s-fs could not be installed".into()));
        }
        let _ = fs::remove_dir_all(packages.join("build"));
    }
    let place = made(folder, "s3s-fs")?;
    made(&place, "data/states")?;
    let port = free_port()?;
    let server = Command::new(&program)
        .args(["--host", "127.0.0.1", "--port", &port.to_string()])
        .args(["--access-key", "a", "--secret-key", "b"])
        .arg(place.join("data"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let server = Server(server, None);
    wait_for(port)?;
    Ok(Ok(Place {
        name: "s3s-fs",
        settings: s3_settings(port),
        kind: "s3",
        environment: Vec::new(),
        folder: place,
        is_fast: true,
        has_lease: true,
        _server: Some(server),
    }))
}

fn s3_settings(port: u16) -> String {
    format!(
        r#"{{"bucket": "states", "key": "{{STATE}}", "region": "us-east-1", "use_path_style": true, "endpoints": {{"s3": "http://127.0.0.1:{port}"}}, "access_key": "a", "secret_key": "b"}}"#
    )
}

fn made(folder: &Path, name: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    fs::create_dir_all(&path).map_err(|error| error.to_string())?;
    Ok(path)
}

fn newest(folder: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.filter_map(|entry| Some(entry.ok()?.path())).max()
}

fn silent(command: &mut Command) -> Result {
    let output = command.output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    Err(String::from_utf8_lossy(&output.stderr).into_owned())
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|error| error.to_string())?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    Ok(address.port())
}

fn wait_for(port: u16) -> Result {
    for _ in 0..300 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            super::pause(Duration::from_millis(300));
            return Ok(());
        }
        super::pause(Duration::from_millis(100));
    }
    Err(format!("nothing listens on port {port} after 30 s"))
}
