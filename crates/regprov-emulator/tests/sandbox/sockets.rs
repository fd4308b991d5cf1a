use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use regprov_emulator::{Action, Endpoints, Fault, Phase};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::support::Bench;

fn port(endpoints: &Endpoints) -> u16 {
    endpoints.main_http.port().unwrap()
}

fn metadata(endpoints: &Endpoints) -> Request<Full<Bytes>> {
    Request::get("/metadata/endpoints?api-version=2022-09-01")
        .header("host", &endpoints.azure.metadata_host)
        .body(Full::default())
        .unwrap()
}

async fn plain(endpoints: &Endpoints, request: Request<Full<Bytes>>) -> Result<(u16, Bytes), hyper::Error> {
    let stream = TcpStream::connect(("127.0.0.1", port(endpoints))).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}

fn connector(endpoints: &Endpoints, alpn: &[u8]) -> TlsConnector {
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(&endpoints.ca_pem).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![alpn.to_vec()];
    TlsConnector::from(Arc::new(config))
}

#[tokio::test]
async fn one_port_serves_plain_http_and_tls_with_both_versions_of_http() {
    let bench = Bench::new().await;
    let endpoints = bench.sandbox.listen().await.unwrap();
    let (status, body) = plain(&endpoints, metadata(&endpoints)).await.unwrap();
    assert_eq!(status, 200);
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        document["resourceManager"],
        format!("http://{}", endpoints.azure.metadata_host)
    );

    for name in ["localhost", "127.0.0.1"] {
        let stream = TcpStream::connect(("127.0.0.1", port(&endpoints))).await.unwrap();
        let server = ServerName::try_from(name).unwrap();
        let stream = connector(&endpoints, b"http/1.1")
            .connect(server, stream)
            .await
            .unwrap();
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(metadata(&endpoints)).await.unwrap();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(
            document["resourceManager"],
            format!("https://{}", endpoints.azure.metadata_host)
        );
    }

    let stream = TcpStream::connect(("127.0.0.1", port(&endpoints))).await.unwrap();
    let server = ServerName::try_from("localhost").unwrap();
    let stream = connector(&endpoints, b"h2")
        .connect(server, stream)
        .await
        .unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
            .await
            .unwrap();
    tokio::spawn(connection);
    let request = Request::get(format!(
        "https://{}/metadata/endpoints?api-version=2022-09-01",
        endpoints.azure.metadata_host
    ));
    let response = sender
        .send_request(request.body(Full::<Bytes>::default()).unwrap())
        .await
        .unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        document["resourceManager"],
        format!("https://{}", endpoints.azure.metadata_host)
    );
}

#[tokio::test]
async fn a_registry_has_a_port_of_its_own_from_its_creation_over_a_restart_to_its_deletion() {
    let bench = Bench::new().await;
    bench.sandbox.listen().await.unwrap();
    let group = bench.arm_path("/resourceGroups/rg");
    let registry = format!("{group}/providers/Microsoft.ContainerRegistry/registries/mine1");
    bench
        .arm(Method::PUT, &group, json!({ "location": "westeurope" }))
        .await;
    let body = json!({ "location": "westeurope", "sku": { "name": "Basic" } });
    let made = bench.arm(Method::PUT, &registry, body).await;
    let login_server = made.text("/properties/loginServer").to_owned();
    let endpoints = bench.sandbox.endpoints().unwrap();
    assert_eq!(endpoints.registries[&login_server], "mine1", "{made:?}");
    let port: u16 = login_server.rsplit_once(':').unwrap().1.parse().unwrap();
    let ask = || async move {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.ok()?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .ok()?;
        tokio::spawn(connection);
        let request = Request::get("/v2/").header("host", format!("localhost:{port}"));
        let request = request.body(Full::<Bytes>::default()).unwrap();
        sender
            .send_request(request)
            .await
            .ok()
            .map(|response| response.status().as_u16())
    };
    assert_eq!(ask().await, Some(401));
    let Bench { folder, sandbox } = bench;
    sandbox.shutdown().await;
    assert_eq!(ask().await, None);
    let sandbox = crate::support::open_at(folder.path()).await;
    sandbox.listen().await.unwrap();
    let bench = Bench { folder, sandbox };
    assert_eq!(ask().await, Some(401), "the same port as before");
    bench.sandbox.clock().advance(std::time::Duration::from_secs(60));
    bench
        .arm(Method::DELETE, &registry, serde_json::Value::Null)
        .await;
    bench.sandbox.clock().advance(std::time::Duration::from_secs(60));
    bench.arm(Method::GET, &registry, serde_json::Value::Null).await;
    tokio::task::yield_now().await;
    assert_eq!(ask().await, None, "a deleted registry does not listen");
}

#[tokio::test]
async fn dropped_and_cut_answers_are_errors_of_the_connection() {
    let bench = Bench::new().await;
    let endpoints = bench.sandbox.listen().await.unwrap();
    let path = "/metadata/endpoints";
    bench.sandbox.schedule(vec![
        Fault::at_request(1, Phase::Before, Action::Drop).on("GET", path),
        Fault::at_request(2, Phase::AfterCommit, Action::Truncate).on("GET", path),
    ]);
    assert!(plain(&endpoints, metadata(&endpoints)).await.is_err());
    assert!(plain(&endpoints, metadata(&endpoints)).await.is_err());
    assert_eq!(plain(&endpoints, metadata(&endpoints)).await.unwrap().0, 200);
}

#[tokio::test]
async fn the_control_api_opens_to_its_token_only() {
    let bench = Bench::new().await;
    let endpoints = bench.sandbox.listen().await.unwrap();
    let request = |token: &str| {
        let request = Request::get("/_sandbox/inventory").header("host", "localhost");
        request
            .header("authorization", format!("Bearer {token}"))
            .body(Full::default())
            .unwrap()
    };
    assert_eq!(plain(&endpoints, request("wrong")).await.unwrap().0, 401);
    assert_eq!(
        plain(&endpoints, request(&endpoints.control_token))
            .await
            .unwrap()
            .0,
        200
    );
    assert!(
        bench.sandbox.ledger().is_empty(),
        "control requests are not clients' requests"
    );
}

#[tokio::test]
async fn an_owner_that_shuts_down_lets_its_port_go() {
    let bench = Bench::new().await;
    let endpoints = bench.sandbox.listen().await.unwrap();
    let root = bench.folder.path().to_owned();
    bench.sandbox.shutdown().await;
    assert!(!root.join("endpoints.json").exists());
    assert!(TcpStream::connect(("127.0.0.1", port(&endpoints))).await.is_err());
}
