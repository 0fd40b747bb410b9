//! Which way calls take, without a network beyond this machine.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http::Uri;
use http_body_util::BodyExt;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_rustls::TlsAcceptor;

use super::{connector::allowed, *};

fn uri(text: &str) -> Uri {
    text.parse().unwrap()
}

fn get(text: &str) -> Request<Pieces> {
    Request::get(text).body(Pieces::empty()).unwrap()
}

/// What the client says of a call that must not succeed.
async fn trouble(client: &HttpClient, address: &str) -> trouble::Trouble {
    trouble::read(&client.request(get(address)).await.expect_err(address))
}

/// A server that hands over the head of each request and answers with what it is told.
async fn server(answer: &'static str) -> (SocketAddr, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (heads, seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heads = heads.clone();
            tokio::spawn(async move {
                while let Some(head) = head(&mut stream).await {
                    let _ = heads.send(head);
                    let _ = stream.write_all(answer.as_bytes()).await;
                }
            });
        }
    });
    (address, seen)
}

async fn head(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}

#[test]
fn the_environment_leads_through_its_proxy_but_not_for_what_it_excepts_or_this_machine() {
    let variables = |name: &str| {
        match name {
            "https_proxy" => Some("http://user:pass@proxy.example:3128"),
            "ALL_PROXY" => Some("proxy.example:1080"),
            "NO_PROXY" => Some("internal.example, 10.0.0.0/8, .local"),
            _ => None,
        }
        .map(str::to_owned)
    };
    let rules = Outbound::from_environment(variables).rules().unwrap();
    let way = |address: &str| rules.proxy(&uri(address)).map(|proxy| proxy.uri().to_string());
    assert_eq!(way("https://api.openai.com/v1").as_deref(), Some("http://proxy.example:3128/"));
    assert_eq!(way("http://api.example.com/v1").as_deref(), Some("http://proxy.example:1080/"));
    for direct in [
        "https://internal.example/v1",
        "https://a.internal.example/v1",
        "http://10.1.2.3:8000/v1",
        "http://box.local/v1",
        "http://localhost:11434/v1",
        "http://app.localhost:1/v1",
        "http://127.0.0.2:1/v1",
        "http://[::1]:1/v1",
        "http://[::ffff:127.0.0.1]:1/v1",
    ] {
        assert_eq!(way(direct), None, "{direct}");
    }
}

#[test]
fn a_proxy_that_is_none_is_refused_where_a_person_set_it_and_passed_over_in_the_environment() {
    let socks = Outbound { https_proxy: Some("socks5://proxy:1080".to_owned()), ..Outbound::default() };
    assert_eq!(socks.rules().err(), Some(OutboundError::Proxy));
    let environment = Outbound::from_environment(|name| (name == "ALL_PROXY").then(|| "socks5://proxy:1080".to_owned()));
    assert_eq!(environment, Outbound::default());
}

#[tokio::test]
async fn a_plain_call_is_asked_of_the_proxy_with_its_password() {
    let (proxy, mut seen) = server("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    let client = HttpClient::new();
    client.set(Outbound::default().through(&uri(&format!("http://user:pass@{proxy}")))).unwrap();
    let response = client.request(get("http://upstream.invalid/v1/models?a=b")).await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), Bytes::from_static(b"ok"));
    let head = seen.recv().await.unwrap();
    assert!(head.starts_with("GET http://upstream.invalid/v1/models?a=b HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("proxy-authorization: Basic dXNlcjpwYXNz\r\n"), "{head}");
}

#[tokio::test]
async fn an_encrypted_call_goes_through_a_tunnel_and_a_proxy_that_refuses_it_is_named() {
    let (proxy, mut seen) = server("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n").await;
    let client = HttpClient::new();
    client.set(Outbound::default().through(&uri(&format!("http://{proxy}")))).unwrap();
    let said = trouble(&client, "https://upstream.invalid/v1/models").await;
    assert!(seen.recv().await.unwrap().starts_with("CONNECT upstream.invalid:443 HTTP/1.1\r\n"));
    assert!(said.message.contains(&format!("the outbound proxy {proxy} does not let the call through")), "{said:?}");
}

#[tokio::test]
async fn another_way_is_taken_by_later_calls_and_leaves_those_under_way_alone() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let client = HttpClient::new();
    let response = client.request(get(&format!("http://{address}/")));
    let response = tokio::spawn(response);
    let (mut stream, _) = listener.accept().await.unwrap();
    head(&mut stream).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nfi").await.unwrap();
    let response = response.await.unwrap().unwrap();
    client.set(Outbound { allow_metadata: true, ..Outbound::default() }).unwrap();
    stream.write_all(b"sh").await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), Bytes::from_static(b"fish"));
}

#[tokio::test]
async fn a_redirect_is_handed_back_and_never_followed() {
    let (elsewhere, mut stolen) = server("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
    let answer = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    let (address, _seen) = server(Box::leak(answer.into_boxed_str())).await;
    let mut request = get(&format!("http://{address}/v1/models"));
    request.headers_mut().insert(header::AUTHORIZATION, "Bearer secret".parse().unwrap());
    let response = HttpClient::new().request(request).await.unwrap();
    assert_eq!(response.status(), 307);
    assert!(stolen.try_recv().is_err(), "nobody is asked where it points");
}

#[tokio::test]
async fn metadata_addresses_are_refused_before_a_byte_is_sent() {
    let client = HttpClient::new();
    for address in [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[fd00:ec2::254]/",
        "http://100.100.100.200/",
    ] {
        let said = trouble(&client, address).await;
        assert!(said.message.contains("metadata"), "{address}: {said:?}");
    }
}

#[test]
fn a_name_that_leads_to_a_metadata_address_leads_nowhere_else_it_may() {
    let (metadata, good): (SocketAddr, SocketAddr) = ("169.254.169.254:80".parse().unwrap(), "93.184.216.34:80".parse().unwrap());
    let of = |found: &[SocketAddr], all| allowed("rebound.example", found.iter().copied(), all).map(Iterator::collect::<Vec<_>>);
    assert!(of(&[metadata], false).unwrap_err().to_string().contains("rebound.example"));
    assert_eq!(of(&[metadata, good], false).unwrap(), [good]);
    assert_eq!(of(&[metadata], true).unwrap(), [metadata]);
}

#[tokio::test]
async fn what_kept_a_call_from_its_upstream_is_said_in_words_that_lead_on() {
    let client = HttpClient::new();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let nobody = trouble(&client, &format!("http://{free}/")).await;
    assert_eq!(nobody.message, "nothing listens there");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let no_tls = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        let _ = stream.read_u8().await;
    });
    let said = trouble(&client, &format!("https://{no_tls}/")).await;
    assert_eq!(said.message, "it does not speak TLS");
    assert!(said.advice.unwrap().contains("http://"));
    let unknown = trouble(&client, "http://no-such-host.invalid/").await;
    assert!(unknown.message.starts_with("its name is not known"), "{unknown:?}");
}

/// A server whose certificate is signed by `tests/ca.pem`, an authority whose key was thrown away once it had signed this one.
async fn encrypted_server() -> SocketAddr {
    let certificate = CertificateDer::from_pem_slice(include_bytes!("tests/server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tests/server.key.pem")).unwrap();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut seen = [0; 1024];
            let _ = stream.read(&mut seen).await;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        }
    });
    address
}

#[tokio::test]
async fn a_companys_own_authority_is_trusted_once_it_is_named_and_not_before() {
    let address = encrypted_server().await;
    let client = HttpClient::new();
    let said = trouble(&client, &format!("https://{address}/")).await;
    assert!(said.message.contains("authority that is not trusted") && said.advice.unwrap().contains("ca_file"), "{said:?}");
    let authority = CertificateDer::from_pem_slice(include_bytes!("tests/ca.pem")).unwrap();
    client.set(Outbound::default().trusting(vec![authority])).unwrap();
    assert_eq!(client.request(get(&format!("https://{address}/"))).await.unwrap().status(), 200);
}

#[test]
fn what_is_no_certificate_is_refused_with_its_number() {
    let wrong = Outbound::default().trusting(vec![CertificateDer::from(vec![1, 2, 3])]);
    assert!(matches!(HttpClient::new().set(wrong), Err(OutboundError::Certificate(1, _))));
}
