//! Files, and what they come to beside arguments.

use std::ffi::OsString;

use clap::Parser as _;

use super::arguments;
use crate::arguments::{Arguments, Command, Serve};

/// `edgeway serve` with a file and more arguments: what is in the error, or what came of it.
fn serve(text: &str, more: &[&str]) -> Result<(String, Serve), String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edgeway.yaml");
    std::fs::write(&file, text).unwrap();
    let given = ["edgeway", "serve", "--config"].map(OsString::from).into_iter();
    let given = given.chain([file.into()]).chain(more.iter().map(OsString::from));
    let parsed = arguments(given.collect()).map_err(|error| error.to_string())?;
    match parsed.command {
        Command::Serve(serve) => Ok((parsed.log, serve)),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused(text: &str, more: &[&str], problem: &str) {
    let error = serve(text, more).map(drop).unwrap_err();
    assert!(error.contains("edgeway.yaml"), "{error}");
    assert!(error.contains(problem), "{error}");
}

#[test]
fn a_file_has_the_arguments_by_their_names() {
    let text = "http: 0.0.0.0:80\naccount: 012345678901\nthreads: 3\nlog: debug\n";
    let (log, serve) = serve(text, &[]).unwrap();
    assert_eq!(log, "debug");
    assert_eq!(serve.account.as_str(), "012345678901");
    assert_eq!(serve.node.http.to_string(), "0.0.0.0:80");
    assert_eq!(serve.node.threads, Some(3));
    assert_eq!(serve.node.control.to_string(), "127.0.0.1:9080");
}

#[test]
fn json_will_do() {
    let (_, serve) = serve(r#"{"region": "eu-west-1", "threads": 2}"#, &[]).unwrap();
    assert_eq!((serve.region.as_str(), serve.node.threads), ("eu-west-1", Some(2)));
}

#[test]
fn nothing_in_it_is_no_argument() {
    for text in ["", "\n", "# http: 1.1.1.1:1\n"] {
        assert_eq!(serve(text, &[]).unwrap().1.node.http.to_string(), "127.0.0.1:8080");
    }
}

#[test]
fn the_command_line_wins() {
    let (_, serve) = serve("threads: 3\nregion: a-b-1", &["--threads", "4"]).unwrap();
    assert_eq!((serve.node.threads, serve.region.as_str()), (Some(4), "a-b-1"));
}

#[test]
fn what_is_unknown_is_refused_by_name() {
    refused("thread: 3", &[], "unknown key thread; there are access-log, account, ");
    refused("b: 3\na: 1", &[], "unknown keys a, b; there are ");
    for name in ["config", "upgrade", "help", "version"] {
        refused(&format!("{name}: x"), &[], &format!("unknown key {name}"));
    }
}

#[test]
fn what_is_wrong_is_refused_with_the_name_of_the_file() {
    refused("threads: many", &[], "invalid value 'many' for '--threads <N>'");
    refused("https: 127.0.0.1:1", &[], "--tls-certificate <FILE>");
    refused("threads: [1]", &[], "");
    refused("threads:", &[], "");
    refused("- threads", &[], "");
    refused("threads: 1\nthreads: 2", &[], "threads");
    let missing = arguments(["edgeway", "serve", "--config", "/no/such"].map(Into::into).into());
    assert!(missing.unwrap_err().to_string().contains("/no/such: No such file"));
}

#[test]
fn what_is_given_for_each_name_is_a_map() {
    let text = "vpc-links: {a: 'http://10.0.0.1:80', b: 'https://b:8443'}\naccount: 012345678901";
    let (_, serve) = serve(text, &[]).unwrap();
    assert_eq!(serve.node.vpc_links.len(), 2);
    let (_, other) = self::serve(text, &["--vpc-link", "c=http://c"]).unwrap();
    assert_eq!(other.node.vpc_links.len(), 1, "the command line wins");
    refused("vpc-links: {a: b}", &[], "must be http://HOST:PORT");
    let s3 = "{endpoint: 'http://c:9000', access-key-id: AKIA, secret-access-key: shh}";
    let text = format!("services: {{sqs: 'http://c:9324', s3: {s3}}}");
    assert_eq!(self::serve(&text, &[]).unwrap().1.node.services.len(), 2);
    refused("services: {s3: {endpoint: 'http://c', acess-key-id: x}}", &[], "acess-key-id");
    refused("services: {s3: {endpoint: 'http://c', access-key-id: x}}", &[], "or neither");
    refused("services: {s3: {access-key-id: x}}", &[], "must be http://HOST:PORT");
    refused("services: {s3: {endpoint: 'http://c', secret-access-key-file: /no}}", &[], "/no");
    let pool = "{issuer: 'https://a.example/p', jwks-uri: 'http://127.0.0.1:5000/keys?a=b,c'}";
    let text = format!("user-pools: {{us-east-1_A: {pool}, us-east-1_B: 'https://b.example'}}");
    assert_eq!(self::serve(&text, &[]).unwrap().1.node.user_pools.len(), 2);
    refused("user-pools: {p: b.example}", &[], "must be http://host/path");
    refused("user-pools: {p: {issuer: 'http://b', jwks: x}}", &[], "there is jwks-uri");
    refused("user-pools: {p: {jwks-uri: 'http://b/x'}}", &[], "must have a name");
    refused("vpc-links: x", &[], "");
    refused("vpc-link: x", &[], "unknown key vpc-link; ");
    refused("vpc-links: {a: 'http://a', a: 'http://b'}", &[], "a");
}

#[test]
fn arguments_that_need_each_other_may_be_in_two_places() {
    let more = ["--root-secret-access-key", "secret"];
    let (_, serve) = serve("root-access-key-id: AKIA", &more).unwrap();
    assert_eq!(serve.root_access_key_id.as_deref(), Some("AKIA"));
}

#[test]
fn without_a_file_all_is_as_it_was() {
    let given = || ["edgeway", "serve", "--threads", "many"].map(OsString::from).to_vec();
    let error = arguments(given()).unwrap_err().to_string();
    assert_eq!(error, Arguments::try_parse_from(given()).unwrap_err().to_string());
    assert!(arguments(["edgeway", "--help"].map(Into::into).into()).is_err());
}

#[test]
fn certificates_of_domain_names_are_a_map() {
    let text = "domain-certificates: {api.example.com: {key: k.pem, certificate: c.pem}}";
    let (_, serve) = serve(text, &[]).unwrap();
    let [of_domain] = &serve.node.domain_certificates[..] else { panic!("not one") };
    assert_eq!(
        (of_domain.name.as_str(), of_domain.files.chain.to_str()),
        ("api.example.com", Some("c.pem"))
    );
    refused("domain-certificates: {a.com: c.pem}", &[], "must be NAME=FILE,key=FILE");
}

#[test]
fn listeners_are_a_list() {
    let text = "listeners:\n- {address: '127.0.0.1:8081', vpcEndpoint: vpce-1, vpc: vpc-1}\n- {vpc: vpc-2, vpcEndpoint: vpce-2, address: '[::1]:8082'}\n";
    let (_, serve) = serve(text, &[]).unwrap();
    let addresses: Vec<String> =
        serve.listeners.iter().map(|listener| listener.address.to_string()).collect();
    assert_eq!(addresses, ["127.0.0.1:8081", "[::1]:8082"]);
    refused(
        "listeners: [{address: '127.0.0.1:8081', vpcEndpoint: vpce-1}]",
        &[],
        "must have vpcEndpoint and vpc",
    );
    refused("listeners: [{address: '127.0.0.1:8081', tls: x}]", &[], "has no setting \"tls\"");
    refused("listeners: 5", &[], "edgeway.yaml");
    let text = "listeners:\n- address: 127.0.0.1:8081\n  trustedProxies: [10.0.0.0/8, '::1']\n";
    let (_, serve) = self::serve(text, &[]).unwrap();
    assert_eq!(serve.listeners[0].trusted_proxies.as_ref().unwrap().len(), 2);
    refused(
        "listeners: [{address: '127.0.0.1:8081', vpc: [vpc-1, vpc-2]}]",
        &[],
        "one value of vpc",
    );
}
