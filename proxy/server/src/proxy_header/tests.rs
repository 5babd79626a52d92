use super::*;

/// What is read of a connection, and what is left of it.
fn read(connection: &[u8]) -> (String, usize) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut rest = connection;
    let outcome = match runtime.block_on(ProxyHeader::read(&mut rest)) {
        Ok(ProxyHeader { client, vpc_endpoint }) => {
            let client = client.map_or("itself".to_owned(), |client| client.to_string());
            vpc_endpoint.map_or(client.clone(), |id| format!("{client} by {id}"))
        }
        Err(error) => error.to_string(),
    };
    (outcome, rest.len())
}

#[track_caller]
fn check(connection: &[u8], expected: &str) {
    assert_eq!(read(connection), (expected.to_owned(), 0));
    // Nothing of what follows is touched.
    assert_eq!(read(&[connection, b"GET"].concat()), (expected.to_owned(), 3));
    // A header that breaks off is none.
    for end in 0..connection.len() {
        refused(&connection[..end], "the connection broke: ");
    }
}

#[track_caller]
fn refused(connection: &[u8], reason: &str) {
    let (outcome, _) = read(connection);
    assert!(outcome.contains(reason), "{outcome}");
}

/// A header of version 2.
fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    [v2::PROTOCOL_PREFIX, &[0x20 | command, family], &length, rest].concat()
}

/// From 203.0.113.7 to 192.0.2.1.
const IPV4: [u8; 12] = [203, 0, 113, 7, 192, 0, 2, 1, 0x12, 0x67, 0x01, 0xBB];

fn record(kind: u8, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap().to_be_bytes();
    [&[kind][..], &length, value].concat()
}

#[test]
fn both_versions_say_who_called() {
    check(b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\r\n", "203.0.113.7");
    check(b"PROXY TCP6 2001:db8::1 2001:db8::2 4711 443\r\n", "2001:db8::1");
    check(b"PROXY UNKNOWN\r\n", "0.0.0.0");
    check(&binary(1, 0x11, &IPV4), "203.0.113.7");
    let ipv6 = [&[0x20, 1, 0xd, 0xb8][..], &[0; 11], &[1], &[0; 20]].concat();
    check(&binary(1, 0x21, &ipv6), "2001:db8::1");
    check(&binary(1, 0x31, &[0; 216]), "0.0.0.0");
    check(&binary(1, 0x00, &[]), "0.0.0.0");
    check(&binary(0, 0x00, &[]), "itself");
    // What is told of a connection of the load balancer's own is not listened to.
    check(&binary(0, 0x11, &IPV4), "itself");
}

#[test]
fn an_endpoint_is_named_by_its_id() {
    let named = record(TYPE_AWS, b"\x01vpce-0a1b");
    let with = |records: &[&[u8]]| binary(1, 0x11, &[&IPV4[..], &records.concat()].concat());
    check(&with(&[&named]), "203.0.113.7 by vpce-0a1b");
    check(
        &with(&[&record(4, &[0; 9]), &record(TYPE_AWS, b"\x02x"), &named]),
        "203.0.113.7 by vpce-0a1b",
    );
    check(&with(&[&record(TYPE_AWS, b"")]), "203.0.113.7");
    refused(&with(&[&named, &named]), "it names two endpoints of VPCs");
    refused(&with(&[&record(TYPE_AWS, b"\x01\xff")]), "the header is malformed: ");
    refused(&with(&[&named[..5]]), "the header is malformed: ");
}

#[test]
fn what_is_no_header_is_refused() {
    for text in ["GET / HTTP/1.1\r\n", "\x16\x03\x01\x02\0\x01", "PROXY\r\n", "\r\n\r\n\0\n"] {
        refused(text.as_bytes(), "it does not begin with a header of the PROXY protocol");
    }
    refused(b"\r\n\r\n\0\r\nQUIt\n\x21\x11\0\0", "the header is malformed: ");
    refused(b"PROXY TCP4 203.0.113.7\r\n", "the header is malformed: ");
    refused(b"PROXY TCP4 203.0.113.7 192.0.2.1 4711 443\n", "the header is malformed: ");
    refused(&binary(2, 0x11, &IPV4), "the header is malformed: ");
    refused(&binary(1, 0x41, &IPV4), "the header is malformed: ");
    refused(&binary(1, 0x11, &IPV4[1..]), "the header is malformed: ");
    refused(&binary(1, 0x12, &IPV4), "it is of datagrams");
}

#[test]
fn headers_are_bounded() {
    let line = |length: usize| format!("PROXY UNKNOWN {}\r\n", "x".repeat(length - 16));
    check(line(TEXT_BYTES_MAX).as_bytes(), "0.0.0.0");
    refused(line(TEXT_BYTES_MAX + 1).as_bytes(), "its line does not end");
    let padded = |bytes: usize| {
        let padding = record(4, &vec![0; bytes - FIXED_BYTES - IPV4.len() - 3]);
        binary(1, 0x11, &[&IPV4[..], &padding].concat())
    };
    check(&padded(BYTES_MAX), "203.0.113.7");
    refused(&padded(BYTES_MAX + 1), "the header has 4097 bytes, more than 4096");
}
