use super::*;

#[track_caller]
fn check(address: &str, granted: &[&str], forbidden: &[&str], expected: bool) {
    let granted: Vec<_> =
        granted.iter().map(|text| AddressRange::parse(text).expect(text)).collect();
    let forbidden: Vec<_> = forbidden.iter().map(|text| text.parse().expect(text)).collect();
    let parsed = address.parse().expect(address);
    assert_eq!(is_allowed(parsed, &granted, &forbidden), expected, "{address}");
}

#[test]
fn public_addresses_need_no_grant_and_others_do() {
    check("1.1.1.1:443", &[], &[], true);
    check("127.0.0.1:443", &[], &[], false);
    check("127.0.0.1:443", &["10.0.0.0/8"], &[], false);
    check("127.0.0.1:443", &["10.0.0.0/8", "127.0.0.1"], &[], true);
    check("[::ffff:127.0.0.1]:443", &["127.0.0.1"], &[], true);
    check("[::1]:443", &["127.0.0.1"], &[], false);
    check("[64:ff9b::10.0.0.1]:443", &["10.0.0.0/8"], &[], false);
}

#[test]
fn nobodys_address_cannot_be_granted() {
    check("0.0.0.0:443", &["0.0.0.0/0"], &[], false);
    check("[::]:443", &["::/0"], &[], false);
    check("224.0.0.1:443", &["0.0.0.0/0"], &[], false);
}

#[test]
fn forbidden_listener_cannot_be_granted() {
    let all = ["0.0.0.0/0", "::/0"];
    check("127.0.0.1:9080", &all, &["127.0.0.1:9080"], false);
    check("[::ffff:127.0.0.1]:9080", &all, &["127.0.0.1:9080"], false);
    check("127.0.0.1:9080", &all, &["[::ffff:127.0.0.1]:9080"], false);
    check("127.0.0.1:9081", &all, &["127.0.0.1:9080"], true);
    check("127.0.0.2:9080", &all, &["127.0.0.1:9080"], true);
}

#[test]
fn listener_on_every_address_is_forbidden_on_all_of_this_machine() {
    let all = ["0.0.0.0/0", "::/0"];
    for listener in ["0.0.0.0:9080", "[::]:9080"] {
        check("127.0.0.1:9080", &all, &[listener], false);
        check("127.1.2.3:9080", &all, &[listener], false);
        check("127.0.0.1:9081", &all, &[listener], true);
        // Documentation (RFC 5737): no machine has it.
        check("192.0.2.1:9080", &all, &[listener], true);
    }
}
