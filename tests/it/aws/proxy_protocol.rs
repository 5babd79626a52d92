//! Listeners behind load balancers that speak the PROXY protocol: who the client is, whom nobody believes, and private
//! APIs by the endpoint that a load balancer names.

use std::fs;
use std::io::{self, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use super::Pets;
use super::domains::certificate;
use super::node::Node;
use crate::client::Connection;
use crate::gateway::request;
use crate::patience::wait_for;
use crate::ports;

/// A load balancer: each connection to it goes on to the node, behind a header.
struct Balancer {
    port: u16,
}

impl Balancer {
    fn start(node: u16, header: &[u8]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let header = header.to_owned();
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, header) = (client.unwrap(), header.clone());
                thread::spawn(move || drop(relay(client, node, &header)));
            }
        });
        Self { port }
    }

    fn get(&self, host: &str, more: &[(&str, &str)]) -> String {
        let mut connection = Connection::open(self.port);
        let headers = [&[("Host", host)], more].concat();
        connection.write(request("GET /prod/pets", &headers, b""));
        connection.read().brief()
    }

    /// The same over TLS, by HTTP/2.
    fn get_over_tls(&self, host: &str) -> String {
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--max-time", "30", "--insecure", "--http2"])
            .args(["--connect-to", &format!("::127.0.0.1:{}", self.port)])
            .args(["--write-out", " over HTTP/%{http_version}"])
            .arg(format!("https://{host}/prod/pets"))
            .output()
            .unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }
}

/// In as many packets as the header has bytes.
fn relay(mut client: TcpStream, node: u16, header: &[u8]) -> io::Result<()> {
    let mut node = TcpStream::connect(("127.0.0.1", node))?;
    node.set_nodelay(true)?;
    for byte in header {
        node.write_all(&[*byte])?;
    }
    let (mut from_node, mut to_client) = (node.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let copied = io::copy(&mut from_node, &mut to_client);
        to_client.shutdown(Shutdown::Write).and(copied)
    });
    io::copy(&mut client, &mut node)?;
    node.shutdown(Shutdown::Write)?;
    back.join().unwrap().map(drop)
}

/// A header of version 2, from an address of IPv4.
fn header(client: [u8; 4], records: &[u8]) -> Vec<u8> {
    let length = u16::try_from(12 + records.len()).unwrap().to_be_bytes();
    let addresses = [&client[..], &[192, 0, 2, 1, 0x12, 0x67, 0x01, 0xBB]].concat();
    [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11"[..], &length, &addresses, records].concat()
}

/// `PP2_TYPE_AWS` with `PP2_SUBTYPE_AWS_VPCE_ID`.
fn endpoint(id: &str) -> Vec<u8> {
    let length = u8::try_from(1 + id.len()).unwrap();
    [&[0xEA, 0, length, 1][..], id.as_bytes()].concat()
}

/// A node with a listener in clear text and one over TLS, and what both are told.
fn start(settings: &str, more: &[&str]) -> (Pets, [u16; 2]) {
    let data = TempDir::new().unwrap();
    let [chain, key] = certificate("localhost");
    fs::write(data.path().join("c.pem"), chain).unwrap();
    fs::write(data.path().join("k.pem"), key).unwrap();
    let listeners = [ports::free(), ports::free()];
    let [clear, tls] = listeners;
    let folder = data.path().display();
    let clear = format!("--listener=127.0.0.1:{clear},{settings}");
    let tls = format!(
        "--listener=127.0.0.1:{tls},tlsCertificate={folder}/c.pem,tlsKey={folder}/k.pem,{settings}"
    );
    let pets = Pets::on(Node::start_with(data, &[&[&*clear, &tls], more].concat()));
    (pets, listeners)
}

#[test]
fn the_client_is_who_a_trusted_load_balancer_says_that_called() {
    let (pets, [clear, tls]) = start("trustedProxies=127.0.0.1", &["--trusted-hops=1"]);
    pets.deploy("$context.identity.sourceIp", &[]);
    pets.wait_for("127.0.0.1");
    let host = format!("{}.execute-api.localhost", pets.api);
    let balancer = Balancer::start(clear, &header([203, 0, 113, 7], b""));
    assert_eq!(balancer.get(&host, &[]), "200 203.0.113.7");
    // Proxies that add to X-Forwarded-For are before those that connections go through.
    let forwarded = [("X-Forwarded-For", "10.0.0.1, 198.51.100.9")];
    assert_eq!(balancer.get(&host, &forwarded), "200 198.51.100.9");
    let text = b"PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n";
    assert_eq!(Balancer::start(clear, text).get(&host, &[]), "200 2001:db8::1");
    let balancer = Balancer::start(tls, &header([203, 0, 113, 7], b""));
    assert_eq!(balancer.get_over_tls(&host), "203.0.113.7 over HTTP/2");
    // Where the load balancer itself asks how the node is.
    let local = b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";
    assert_eq!(Balancer::start(clear, local).get(&host, &[]), "200 127.0.0.1");
}

#[test]
fn who_does_not_say_whose_connection_it_is_is_not_let_in() {
    let (pets, [clear, tls]) = start("trustedProxies=127.0.0.1", &[]);
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    let oversized = [&b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff"[..], &[0; 100]].concat();
    for port in [clear, tls] {
        let refused = |bytes: &[u8], reason: &str| {
            let name = format!("edgeway_connections_refused_total{{reason=\"{reason}\"}}");
            let before = pets.node.metric(&name);
            let mut connection = Connection::open(port);
            connection.write(bytes);
            assert!(connection.is_closed(), "{reason}");
            wait_for("the connection to be counted", || {
                (pets.node.metric(&name) > before).then_some(())
            });
        };
        refused(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "proxy_header");
        refused(hello, "proxy_header");
        refused(b"PROXY TCP4 203.0.113.7\r\n", "proxy_header");
        refused(&oversized, "proxy_header");
        // Whoever begins a header and does not end it is not waited for.
        refused(&header([203, 0, 113, 7], b"")[..20], "timeout");
    }
    assert!(!pets.node.stderr.text().contains("ERROR"), "{}", pets.node.stderr.text());
}

#[test]
fn nobody_is_believed_who_is_not_trusted() {
    let (pets, listeners) = start("trustedProxies=192.0.2.0/24,trustedProxies=::1", &[]);
    for port in listeners {
        let mut connection = Connection::open(port);
        connection.write(header([203, 0, 113, 7], b""));
        assert!(connection.is_closed());
    }
    let count =
        || pets.node.metric("edgeway_connections_refused_total{reason=\"untrusted_proxy\"}");
    wait_for("both connections to be counted", || (count() == 2.0).then_some(()));
}

#[test]
fn a_private_api_answers_at_the_endpoint_that_a_load_balancer_names() {
    let (pets, [clear, tls]) = start("trustedProxies=127.0.0.1,vpcEndpoint=*,vpc=vpc-1", &[]);
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "execute-api:Invoke", "Resource": "execute-api:/prod/*",
        "Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1", "aws:SourceVpc": "vpc-1"},
            "IpAddress": {"aws:VpcSourceIp": "203.0.113.0/24"}}}]}"#;
    pets.make_private(policy);
    pets.deploy("$context.identity.vpceId", &[]);
    let host = format!("{}.execute-api.us-east-1.amazonaws.com", pets.api);
    let by = |port, id: &str| Balancer::start(port, &header([203, 0, 113, 7], &endpoint(id)));
    let first = by(clear, "vpce-1");
    wait_for("the private API", || (first.get(&host, &[]) == "200 vpce-1").then_some(()));
    assert_eq!(by(tls, "vpce-1").get_over_tls(&host), "vpce-1 over HTTP/2");
    let denied = by(clear, "vpce-2").get(&host, &[]);
    assert!(denied.contains("because no resource-based policy allows"), "{denied}");
    // Without a name, or with one that is none, nobody comes in.
    for records in [Vec::new(), endpoint("eni-1")] {
        let mut connection = Connection::open(clear);
        connection.write(header([203, 0, 113, 7], &records));
        assert!(connection.is_closed());
    }
}
