use proptest::prelude::*;

use super::*;
use crate::{
    Integration, IntegrationResponses, MethodAuthorization, MockIntegration, Passthrough,
    RequestMappings, RequestTemplates, RequestValidation, ResourceId,
};

fn method(key: MethodKey) -> Method {
    Method {
        key,
        authorization: MethodAuthorization::None,
        is_api_key_required: false,
        validation: RequestValidation::default(),
        request_transforms: Vec::new(),
        cache_key: crate::CacheKey::default(),
        integration: Integration::Mock(MockIntegration {
            mappings: RequestMappings::default(),
            templates: RequestTemplates {
                templates: Vec::new(),
                default: None,
                passthrough: Passthrough::WhenNoMatch,
            },
            responses: IntegrationResponses::default(),
        }),
        response_transforms: Vec::new(),
    }
}

/// `["GET /pets/{id}", ...]`, grouped by path.
fn resources(routes: &[&str]) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for route in routes {
        let (verb, path) = route.split_once(' ').unwrap();
        let path = PathTemplate::parse(path).unwrap();
        let key = match Verb::ALL.into_iter().find(|known| known.as_str() == verb) {
            Some(verb) => MethodKey::Verb(verb),
            None => MethodKey::Any,
        };
        match resources.iter_mut().find(|resource| resource.path == path) {
            Some(resource) => resource.methods.push(method(key)),
            None => resources.push(Resource {
                id: ResourceId::parse("r").unwrap(),
                path,
                methods: vec![method(key)],
                cors: None,
            }),
        }
    }
    resources
}

fn describe(resources: &[Resource], verb: Verb, path: &str) -> String {
    let Some(routed) = RouteTable::new(resources).route(path, verb) else {
        return "none".to_owned();
    };
    let resource = &resources[routed.resource];
    let mut text = format!("{} {}", resource.methods[routed.method].key.as_str(), resource.path);
    for (name, value) in routed.values.of(&resource.path, path) {
        text.push_str(&format!(" {name}={value}"));
    }
    text
}

#[track_caller]
fn check(routes: &[&str], request: &str, expected: &str) {
    let (verb, path) = request.split_once(' ').unwrap();
    let verb = Verb::ALL.into_iter().find(|known| known.as_str() == verb).unwrap();
    assert_eq!(describe(&resources(routes), verb, path), expected, "{request}");
}

#[test]
fn path_and_method_match_together_with_backtracking() {
    let routes = ["POST /test", "OPTIONS /{proxy+}"];
    check(&routes, "OPTIONS /test", "OPTIONS /{proxy+} proxy=test");
    check(&routes, "GET /test", "none");
    let routes = ["GET /part1", "GET /part1/hardcoded-value", "GET /{param+}"];
    check(&routes, "GET /part1/random-value", "GET /{param+} param=part1/random-value");
    check(&routes, "GET /part1/hardcoded-value", "GET /part1/hardcoded-value");
    let routes = ["GET /a/{x}/c", "GET /a/b/d", "GET /a/{x}/{rest+}"];
    check(&routes, "GET /a/b/c", "GET /a/{x}/c x=b");
    check(&routes, "GET /a/b/e", "GET /a/{x}/{rest+} x=b rest=e");
}

#[test]
fn literal_beats_variable_and_method_beats_any() {
    let routes = ["GET /pets/{id}", "GET /pets/mine", "ANY /pets/mine"];
    check(&routes, "GET /pets/mine", "GET /pets/mine");
    check(&routes, "PUT /pets/mine", "ANY /pets/mine");
    check(&routes, "GET /pets/7", "GET /pets/{id} id=7");
    check(&routes, "PUT /pets/7", "none");
}

#[test]
fn slashes_are_treated_as_recorded_from_aws() {
    let routes = ["GET /{proxy+}", "GET /pets/{id}"];
    check(&routes, "GET /", "none");
    check(&routes, "GET //", "none");
    check(&routes, "GET /proxy-value/", "GET /{proxy+} proxy=proxy-value");
    check(&routes, "GET /a//b", "GET /{proxy+} proxy=a//b");
    check(&routes, "GET //a", "GET /{proxy+} proxy=a");
    check(&routes, "GET /pets//", "GET /{proxy+} proxy=pets/");
    check(&["GET /pets/{rest+}"], "GET /pets//", "none");
    check(&["GET /"], "GET /", "GET /");
    check(&["GET /"], "GET ", "GET /");
}

#[test]
fn values_are_not_decoded() {
    check(&["GET /{id}"], "GET /test%2Balias@gmail.com", "GET /{id} id=test%2Balias@gmail.com");
}

#[test]
fn a_literal_that_is_encoded_without_need_is_itself() {
    let routes = ["GET /admin/{id}", "GET /a:b", "GET /{proxy+}"];
    check(&routes, "GET /%61dmin/%61", "GET /admin/{id} id=%61");
    check(&routes, "GET /a%3ab", "GET /a:b");
    check(&routes, "GET /admin%2F7", "GET /{proxy+} proxy=admin%2F7");
    check(&routes, "GET /%2561dmin/7", "GET /{proxy+} proxy=%2561dmin/7");
    check(&["GET /{proxy+}"], "GET /%61dmin", "GET /{proxy+} proxy=%61dmin");
}

#[test]
fn paths_that_cannot_be_siblings_are_told() {
    let conflict = |one: &str, other: &str| {
        let parse = |text| PathTemplate::parse(text).unwrap();
        RouteTable::conflict(&parse(one), &parse(other)).is_some()
    };
    assert!(conflict("/a", "/a"));
    assert!(conflict("/{id}", "/{proxy+}"));
    assert!(conflict("/{id}/a", "/{name}/b"));
    assert!(!conflict("/{id}", "/{id}/a"));
    assert!(!conflict("/a/{x}", "/b/{y}"));
    assert!(!conflict("/a", "/{x}"));
}

/// The order of AWS as a plain scan: for each route, its segments' ranks; the least wins.
fn scan(resources: &[Resource], verb: Verb, path: &str) -> String {
    let path = path.replace("%61", "a").replace("%62", "b");
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let rank = |resource: &Resource| {
        let segments = resource.path.segments();
        let mut ranks = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            match segments.get(index)? {
                PathSegment::Greedy(_) => {
                    ranks.push(2);
                    return Some(ranks);
                }
                PathSegment::Literal(text) if text == part => ranks.push(0),
                PathSegment::Literal(_) => return None,
                PathSegment::Variable(_) => ranks.push(1),
            }
        }
        (segments.len() == parts.len()).then_some(ranks)
    };
    let answers = |resource: &Resource| {
        resource
            .methods
            .iter()
            .any(|method| method.key == MethodKey::Any || method.key == MethodKey::Verb(verb))
    };
    let mut matching: Vec<_> = resources
        .iter()
        .filter(|resource| answers(resource))
        .filter_map(|resource| Some((rank(resource)?, resource.path.to_string())))
        .collect();
    matching.sort();
    matching.first().map_or("none".to_owned(), |(_, path)| path.clone())
}

proptest! {
    #[test]
    fn the_tree_agrees_with_an_exhaustive_scan(
        routes in proptest::collection::vec("(GET|POST|ANY) (/(a|b|\\{v\\})){1,3}(/\\{r\\+\\})?", 1..12),
        path in "(/(a|b|c|%61|%62)){1,4}",
    ) {
        let routes: Vec<&str> = routes
            .iter()
            .map(String::as_str)
            .filter(|route| PathTemplate::parse(route.split_once(' ').unwrap().1).is_ok())
            .collect();
        let mut kept: Vec<Resource> = Vec::new();
        for resource in resources(&routes) {
            if kept.iter().all(|other| RouteTable::conflict(&other.path, &resource.path).is_none()) {
                kept.push(resource);
            }
        }
        let found = describe(&kept, Verb::Get, &path);
        let found = found.split(' ').nth(1).unwrap_or("none").to_owned();
        prop_assert_eq!(found, scan(&kept, Verb::Get, &path));
    }
}
