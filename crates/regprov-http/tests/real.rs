//! The real transport against real sockets on loopback.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use regprov_http::{Reach, Request, ReqwestOptions, ReqwestTransport, Transport, TransportErrorKind, Trust};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

/// Answers each connection with the next text, then closes it.
async fn serve(answers: Vec<Vec<u8>>) -> (SocketAddr, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut buffer = vec![0; 4096];
            let length = stream.read(&mut buffer).await.unwrap();
            seen.push(String::from_utf8_lossy(&buffer[..length]).into_owned());
            stream.write_all(&answer).await.unwrap();
        }
        seen
    });
    (address, task)
}

fn options() -> ReqwestOptions {
    let mut options = ReqwestOptions::new("regprov/test", Reach::LoopbackOnly);
    options.trust = Trust::Only(Vec::new());
    options
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::new(options()).unwrap()
}

fn get(url: &str) -> Request {
    Request::get(Url::parse(url).unwrap(), "read the thing")
}

#[tokio::test]
async fn an_exchange_over_a_socket_and_a_name_below_localhost() {
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi".to_vec();
    let (address, seen) = serve(vec![answer]).await;
    let response = transport()
        .send(get(&format!("http://login.localhost:{}/x", address.port())))
        .await
        .unwrap();
    assert_eq!(&response.body[..], b"hi");
    let seen = seen.await.unwrap();
    assert!(seen[0].starts_with("GET /x HTTP/1.1\r\n"), "{seen:?}");
    assert!(seen[0].contains("user-agent: regprov/test"), "{seen:?}");
}

#[tokio::test]
async fn an_answer_beyond_the_limit_is_refused_announced_or_not() {
    let announced = b"HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n".to_vec();
    let mut streamed = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n".to_vec();
    streamed.extend([b'x'; 101]);
    let (address, _seen) = serve(vec![announced, streamed]).await;
    let mut options = options();
    options.body_limit = 100;
    let transport = ReqwestTransport::new(options).unwrap();
    for _ in 0..2 {
        let error = transport
            .send(get(&format!("http://{address}/")))
            .await
            .unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::BodyTooLarge);
    }
}

#[tokio::test]
async fn a_connection_dropped_after_the_request_is_ambiguous() {
    let (address, _seen) = serve(vec![Vec::new()]).await;
    let error = transport()
        .send(get(&format!("http://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Reset { sent: true });
    assert!(error.outcome_is_ambiguous());
}

#[tokio::test]
async fn an_answer_cut_short_is_ambiguous() {
    let (address, _seen) = serve(vec![
        b"HTTP/1.1 201 Created\r\ncontent-length: 50\r\n\r\n{\"id\"".to_vec(),
    ])
    .await;
    let error = transport()
        .send(get(&format!("http://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Reset { sent: true });
}

#[tokio::test]
async fn a_closed_port_means_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = transport()
        .send(get(&format!("http://{address}/x?sig=canary")))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Connect);
    let mut shown = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        shown.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn silence_after_the_request_is_an_ambiguous_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut options = options();
    options.read_timeout = Duration::from_millis(50);
    let transport = ReqwestTransport::new(options).unwrap();
    let error = transport
        .send(get(&format!("http://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Timeout { sent: true });
}

#[tokio::test]
async fn plain_http_beyond_loopback_and_an_isolated_redirect_are_refused() {
    let mut open = options();
    open.reach = Reach::Anywhere;
    let error = ReqwestTransport::new(open)
        .unwrap()
        .send(get("http://192.0.2.1/"))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Refused);
    let answer = b"HTTP/1.1 302 Found\r\nlocation: https://192.0.2.1/\r\ncontent-length: 0\r\n\r\n".to_vec();
    let (address, _seen) = serve(vec![answer]).await;
    let error = transport()
        .send(get(&format!("http://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Refused);
}

/// A TLS server on loopback that answers one request per connection; gives its CA as PEM.
async fn serve_tls(
    versions: &[&'static rustls::SupportedProtocolVersion],
    name: &str,
) -> (SocketAddr, Vec<u8>) {
    let pair = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let pem = pair.cert.pem().into_bytes();
    let key = rustls::pki_types::PrivateKeyDer::try_from(pair.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![pair.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut buffer = vec![0; 4096];
            let _ = stream.read(&mut buffer).await;
            let _ = stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi")
                .await;
            let _ = stream.shutdown().await;
        }
    });
    (address, pem)
}

#[tokio::test]
async fn a_certificate_is_believed_only_with_its_authority_and_for_its_name() {
    let (address, pem) = serve_tls(&[&rustls::version::TLS12], "localhost").await;
    let url = format!("https://localhost:{}/", address.port());
    let error = transport().send(get(&url)).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Tls);
    let mut options = options();
    options.trust = Trust::Only(vec![pem]);
    let trusting = ReqwestTransport::new(options).unwrap();
    assert_eq!(&trusting.send(get(&url)).await.unwrap().body[..], b"hi");
    let error = trusting
        .send(get(&format!("https://{address}/")))
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        TransportErrorKind::Tls,
        "the certificate is for another name"
    );
}
