//! Which requests a rule is for. The tables are those of AWS's documentation.

use http::{HeaderMap, HeaderValue};

use super::*;
use crate::{Domain, DomainTarget, NoDomainRoute};

const ALL: [&str; 5] = ["account", "alpha", "backup", "beta", "users"];

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, value)| {
        (name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap())
    });
    pairs.collect()
}

fn rule(
    id: &str,
    conditions: &[(&str, &str)],
    base_path: Option<BasePathCondition>,
) -> RoutingRule {
    let condition = |(name, glob): &(&str, &str)| HeaderCondition::parse(name, glob).unwrap();
    RoutingRule {
        id: id.into(),
        headers: conditions.iter().map(condition).collect(),
        base_path,
        api: ApiId::parse("a").unwrap(),
        stage: StageName::parse(id).unwrap(),
    }
}

#[track_caller]
fn check(globs: &[&str], expected: &[&str]) {
    let conditions: Vec<_> = globs.iter().map(|glob| ("X-Version", *glob)).collect();
    let rule = rule("r", &conditions, None);
    let matches = |value: &&str| rule.route("/", &headers(&[("x-version", value)])).is_some();
    let found: Vec<&str> = ALL.into_iter().filter(matches).collect();
    assert_eq!(found, expected, "{globs:?}");
    assert!(rule.route("/", &headers(&[("other", "alpha")])).is_none());
}

#[test]
fn values_match_by_prefix_suffix_part_and_as_they_are() {
    check(&["a*"], &["account", "alpha"]);
    check(&["*a"], &["alpha", "beta"]);
    check(&["*a*"], &["account", "alpha", "backup", "beta"]);
    check(&["*a*", "*b*"], &["backup", "beta"]);
    check(&["b*", "*a"], &["beta"]);
    check(&["*"], &ALL);
    check(&["beta"], &["beta"]);
    check(&["Beta"], &[]);
    // Not a wildcard.
    check(&["bet?"], &[]);
}

#[test]
fn each_line_of_a_header_is_looked_at_as_it_came() {
    let two = headers(&[("accept", "application/json"), ("accept", "text/xml")]);
    let one = headers(&[("accept", "application/json,text/xml")]);
    for (glob, [in_two, in_one]) in [("*json", [true, false]), ("*json*", [true, true])] {
        let rule = rule("r", &[("Accept", glob)], None);
        assert_eq!(rule.route("/", &two).is_some(), in_two, "{glob}");
        assert_eq!(rule.route("/", &one).is_some(), in_one, "{glob}");
    }
}

#[test]
fn a_base_path_is_stripped_if_the_rule_says_so() {
    use BasePathStripping::{Keep, Strip};
    for (base_path, stripping, path, expected) in [
        ("shop/dogs", Strip, "/shop/dogs", Some("")),
        ("shop/dogs", Keep, "/shop/dogs", Some("/shop/dogs")),
        ("shop", Strip, "/shop/dogs", Some("/dogs")),
        ("shop", Keep, "/shop/dogs", Some("/shop/dogs")),
        ("shop", Strip, "//shop/", Some("/")),
        ("shop", Keep, "/shops", None),
        ("shop", Keep, "/Shop/dogs", None),
        ("shop", Keep, "/dogs/shop", None),
        ("shop", Keep, "/", None),
        ("shop", Keep, "", None),
    ] {
        let condition = BasePathCondition::parse(base_path, stripping).unwrap();
        let rule = rule("r", &[], Some(condition));
        let route = rule.route(path, &HeaderMap::new());
        assert_eq!(route.map(|route| route.rest), expected, "{base_path} {stripping:?} {path}");
    }
}

#[test]
fn the_first_rule_wins_and_base_paths_come_after() {
    let users = BasePathCondition::parse("users", BasePathStripping::Keep).unwrap();
    let rules = || {
        vec![
            rule("both", &[("version", "beta")], Some(users.clone())),
            rule("header", &[("version", "b*")], None),
            rule("path", &[], Some(users.clone())),
        ]
    };
    let target = DomainTarget { api: ApiId::parse("a").unwrap(), stage: None };
    let mapped = Domain::new([("pets".to_owned(), target)]).with_routing_rules(rules());
    let alone = Domain::of_routing_rules(rules());
    for (path, version, expected) in [
        ("/users/1", "beta", "both"),
        ("/users/1", "b2", "header"),
        ("/pets/1", "beta", "header"),
        ("/users", "1", "path"),
    ] {
        for domain in [&mapped, &alone] {
            let headers = headers(&[("Version", version)]);
            let route = domain.route(path, &headers).unwrap();
            assert_eq!(route.stage.unwrap().as_str(), expected, "{path} {version}");
            assert!(matches!(route.by, RoutedBy::RoutingRule(id) if **id == *expected));
        }
    }
    let none = HeaderMap::new();
    let by = mapped.route("/pets/1", &none).unwrap().by;
    assert!(matches!(by, RoutedBy::ApiMapping(base_path) if **base_path == *"pets"));
    assert_eq!(mapped.route("/x", &none).unwrap_err(), NoDomainRoute::NoApiMapping);
    assert_eq!(alone.route("/pets/1", &none).unwrap_err(), NoDomainRoute::NoRoutingRule);
}

#[test]
fn conditions_are_what_aws_takes_and_no_more() {
    let long = |length: usize| "a".repeat(length);
    let path = |text: &str| BasePathCondition::parse(text, BasePathStripping::Keep).map(drop);
    for text in ["a", "a/b", "$-_.+!*'()", &long(127)] {
        assert_eq!(path(text), Ok(()), "{text}");
    }
    for text in ["", "/a", "a/", "a//b", "a b", "a\\b", "é", &long(128)] {
        assert_eq!(path(text), Err(InvalidCondition::BasePath), "{text}");
    }
    let header = |name: &str, glob: &str| HeaderCondition::parse(name, glob).map(drop);
    for name in ["a", "X-Version", "accept", "content-type", "x-amazon", "a*", &long(39)] {
        assert_eq!(header(name, "x"), Ok(()), "{name}");
    }
    for name in ["", "a b", "a?", "a:b", "é", &long(40)] {
        assert_eq!(header(name, "x"), Err(InvalidCondition::HeaderName), "{name}");
    }
    for name in
        ["Authorization", "X-Forwarded-For", "x-amz-date", "Access-Control-Max-Age", "x-restAPI"]
    {
        assert_eq!(header(name, "x"), Err(InvalidCondition::RestrictedHeader), "{name}");
    }
    for glob in
        ["*", "a", "*a", "a*", "*a*", "?-!#$%&'.^_`|~", &long(127), &format!("*{}*", long(38))]
    {
        assert_eq!(header("a", glob), Ok(()), "{glob}");
    }
    for glob in ["", "a b", "a,b", "a/b", "é", &long(128), &format!("*{}*", long(39))] {
        assert_eq!(header("a", glob), Err(InvalidCondition::ValueGlob), "{glob}");
    }
    for glob in ["**", "a*b", "*a*b", "a**", "***"] {
        assert_eq!(header("a", glob), Err(InvalidCondition::Wildcard), "{glob}");
    }
}
