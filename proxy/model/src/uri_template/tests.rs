use super::*;

#[test]
fn host_port_and_pieces_are_told_apart() {
    let uri =
        UriTemplate::parse("https://example.com:8443/v1/{id}/x?k=${stageVariables.key}").unwrap();
    let target = uri.target();
    assert_eq!(
        (target.scheme, target.host.as_str(), target.port),
        (Scheme::Https, "example.com", 8443)
    );
    assert_eq!(target.address, None);
    assert_eq!(uri.literal(), None);
    assert_eq!(uri.host_header(), "example.com:8443");
    assert_eq!(
        uri.path_and_query(),
        [
            UriPiece::Literal("/v1/".into()),
            UriPiece::PathParameter("id".into()),
            UriPiece::Literal("/x?k=".into()),
            UriPiece::StageVariable("key".into()),
        ]
    );
}

#[test]
fn an_address_without_a_path_gets_a_slash() {
    for (text, expected) in [("http://h", "/"), ("http://h?a=b", "/?a=b"), ("http://h/", "/")] {
        let uri = UriTemplate::parse(text).unwrap();
        assert_eq!(uri.path_and_query(), [UriPiece::Literal(expected.into())], "{text}");
        assert_eq!(uri.host_header(), "h");
    }
}

#[test]
fn what_needs_neither_resolving_nor_filling_is_ready() {
    for (text, address) in
        [("http://127.0.0.1:9000/a?b", "127.0.0.1:9000"), ("https://[::1]/a?b", "[::1]:443")]
    {
        let uri = UriTemplate::parse(text).unwrap();
        assert_eq!(uri.target().address, Some(address.parse().unwrap()), "{text}");
        assert_eq!(uri.literal().map(|literal| literal.as_str()), Some("/a?b"));
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        "example.com/a",
        "ftp://a/b",
        "http:///x",
        "http://u:p@h/",
        "http://h:22/",
        "http://h:99999/",
        "http://${stageVariables.host}/x",
        "http://h/{a",
        "http://h/a}",
        "http://h/{}",
        "http://h/a b",
        "http://h/\r\n",
    ] {
        assert!(UriTemplate::parse(text).is_err(), "{text:?}");
    }
}
