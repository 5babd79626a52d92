//! What a plugin may ask for.

use model::{HeaderNeeds, PluginKind};

use super::{NAMES_MAX, parse};
use crate::bindings::edgeway::plugin::types as wit;

fn needs(headers: wit::HeaderNeeds) -> wit::PluginNeeds {
    wit::PluginNeeds { headers, query: false, context: false, body: false }
}

fn named(count: usize) -> wit::PluginNeeds {
    needs(wit::HeaderNeeds::Named((0..count).map(|number| format!("x-{number}")).collect()))
}

#[test]
fn number_of_names_is_limited() {
    assert!(parse(PluginKind::Authorizer, named(NAMES_MAX)).is_ok());
    assert!(parse(PluginKind::Authorizer, named(NAMES_MAX + 1)).is_err());
}

#[test]
fn name_counts_once_whatever_its_case() {
    let names = ["x-a", "X-A", "x-b"].map(str::to_owned).to_vec();
    let parsed = parse(PluginKind::RequestTransform, needs(wit::HeaderNeeds::Named(names)));
    let HeaderNeeds::Named(names) = parsed.expect("valid names").headers else {
        panic!("named headers were asked for")
    };
    assert_eq!(names, ["x-a", "x-b"]);
}

#[test]
fn each_kind_has_something_it_never_gets() {
    let body = || wit::PluginNeeds { body: true, ..needs(wit::HeaderNeeds::None) };
    let query = || wit::PluginNeeds { query: true, ..needs(wit::HeaderNeeds::None) };
    assert!(parse(PluginKind::Authorizer, body()).is_err());
    assert!(parse(PluginKind::Authorizer, query()).is_ok());
    assert!(parse(PluginKind::RequestTransform, body()).is_ok());
    assert!(parse(PluginKind::RequestTransform, query()).is_ok());
    assert!(parse(PluginKind::ResponseTransform, body()).is_ok());
    assert!(parse(PluginKind::ResponseTransform, query()).is_err());
}
