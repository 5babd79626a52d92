//! Which base path a path is matched with.

use super::*;

#[track_caller]
fn check(base_paths: &[&str], path: &str, expected: &str) {
    let targets = base_paths.iter().map(|base_path| {
        let stage = if base_path.is_empty() { "none" } else { &base_path.replace('/', "-") };
        let stage = Some(StageName::parse(stage).unwrap());
        ((*base_path).to_owned(), DomainTarget { api: ApiId::parse("a").unwrap(), stage })
    });
    let domain = Domain::new(targets);
    let found = domain.route(path, &HeaderMap::new());
    let shown = found.map(|found| format!("{} {}", found.stage.unwrap(), found.rest));
    assert_eq!(shown.unwrap_or_default(), expected);
}

#[test]
fn the_longest_base_path_of_whole_segments_wins() {
    let paths = ["orders", "orders/v1/items"];
    check(&paths, "/orders/v1/items/5", "orders-v1-items /5");
    check(&paths, "/orders/v1/items", "orders-v1-items ");
    check(&paths, "/orders/v1/itemsx", "orders /v1/itemsx");
    check(&paths, "/orders/v1/x", "orders /v1/x");
    check(&paths, "/orders/", "orders /");
    check(&paths, "//orders//5", "orders //5");
    for none in ["/", "", "/ordersx", "/Orders/v1", "/v1/orders"] {
        check(&paths, none, "");
    }
}

#[test]
fn the_empty_base_path_is_for_the_rest() {
    let paths = ["", "a"];
    check(&paths, "/a/b", "a /b");
    check(&paths, "/b/a", "none /b/a");
    check(&paths, "//b", "none //b");
    check(&paths, "/", "none ");
    check(&[""], "/", "none /");
    check(&[], "/", "");
}
