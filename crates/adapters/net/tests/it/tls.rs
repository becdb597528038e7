//! Certificates of other hosts.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use agentidp_domain::outbound::{DocumentFetcher, FetchError};
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::ssl::{SslAcceptor, SslMethod};
use openssl::x509::extension::SubjectAlternativeName;
use openssl::x509::{X509, X509NameBuilder};

use crate::support::{guarded, operator, run_again};

/// Set in the process that trusts the certificate.
const URL: &str = "AGENTIDP_TEST_TRUSTED_URL";

struct TlsServer {
    port: u16,
    certificate: X509,
    requests: Arc<AtomicUsize>,
}

/// A server for `localhost` whose certificate nobody has signed but itself.
fn self_signed() -> TlsServer {
    let (key, certificate) = certificate();
    let mut acceptor = SslAcceptor::mozilla_intermediate_v5(SslMethod::tls()).unwrap();
    acceptor.set_private_key(&key).unwrap();
    acceptor.set_certificate(&certificate).unwrap();
    let acceptor = acceptor.build();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&requests);
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that does not trust the certificate ends here.
            let Ok(mut stream) = acceptor.accept(stream.unwrap()) else {
                continue;
            };
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                seen.fetch_add(1, Ordering::SeqCst);
                let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nkeys";
                stream.write_all(answer).unwrap();
            }
        }
    });
    TlsServer {
        port,
        certificate,
        requests,
    }
}

fn certificate() -> (PKey<Private>, X509) {
    let group = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap();
    let mut name = X509NameBuilder::new().unwrap();
    name.append_entry_by_text("CN", "localhost").unwrap();
    let name = name.build();
    let mut builder = X509::builder().unwrap();
    let serial = BigNum::from_u32(1).unwrap().to_asn1_integer().unwrap();
    let begin = Asn1Time::days_from_now(0).unwrap();
    let end = Asn1Time::days_from_now(1).unwrap();
    builder.set_version(2).unwrap();
    builder.set_serial_number(&serial).unwrap();
    builder.set_not_before(&begin).unwrap();
    builder.set_not_after(&end).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(&name).unwrap();
    builder.set_pubkey(&key).unwrap();
    let names = SubjectAlternativeName::new()
        .dns("localhost")
        .build(&builder.x509v3_context(None, None))
        .unwrap();
    builder.append_extension(names).unwrap();
    builder.sign(&key, MessageDigest::sha256()).unwrap();
    (key, builder.build())
}

#[tokio::test]
async fn an_unknown_certificate_is_refused() {
    let server = self_signed();
    let url = operator(&format!("https://localhost:{}/", server.port));
    let got = guarded().get(&url).await;
    let Err(FetchError::Unreachable(text)) = got else {
        panic!("{got:?}");
    };
    assert!(text.starts_with("connection: "), "{text}");
    assert!(text.contains("certificate"), "{text}");
    assert_eq!(server.requests.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_certificate_that_the_system_knows_is_trusted_for_its_name() {
    if let Ok(url) = std::env::var(URL) {
        let fetcher = guarded();
        assert_eq!(fetcher.get(&operator(&url)).await, Ok(b"keys".to_vec()));
        let other = url.replace("localhost", "127.0.0.1");
        let got = fetcher.get(&operator(&other)).await;
        assert!(matches!(got, Err(FetchError::Unreachable(_))), "{got:?}");
        return;
    }
    let server = self_signed();
    let trusted = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(trusted.path(), server.certificate.to_pem().unwrap()).unwrap();
    run_again(
        "tls::a_certificate_that_the_system_knows_is_trusted_for_its_name",
        &[
            (URL, &format!("https://localhost:{}/", server.port)),
            ("SSL_CERT_FILE", trusted.path().to_str().unwrap()),
        ],
    )
    .await;
    assert_eq!(server.requests.load(Ordering::SeqCst), 1);
}
