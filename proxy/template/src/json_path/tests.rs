use super::JsonPath;
use crate::Json;

const STORE: &str = r#"{"store":{"book":[
    {"category":"reference","author":"Nigel Rees","title":"Sayings","price":8.95},
    {"category":"fiction","author":"Evelyn Waugh","title":"Sword","price":12.99},
    {"category":"fiction","author":"Herman Melville","title":"Moby Dick","isbn":"0-553-21311-3","price":8.99}],
    "bicycle":{"color":"red","price":19.95}},"expensive":10,"a-b":{"c d":[1,2,3,4]},"n":null,"tags":["x","y"]}"#;

#[track_caller]
fn check(path: &str, expected: &str) {
    let json = Json::parse(STORE).unwrap();
    let found = match JsonPath::parse(path) {
        Ok(path) => path.text(&json).unwrap_or_else(|| "nothing".to_owned()),
        Err(error) => error.to_string(),
    };
    assert_eq!(found, expected, "{path}");
}

#[test]
fn definite_paths_find_one_value() {
    check("$.store.bicycle", r#"{"color":"red","price":19.95}"#);
    check("store.bicycle.color", "red");
    check("$['store']['bicycle'][\"color\"]", "red");
    check("$.store.book[0].title", "Sayings");
    check("$.store.book[-1].title", "Moby Dick");
    check("$.store.book[9].title", "nothing");
    check("$.store.nothing.color", "nothing");
    check("$.n", "nothing");
    check("$['a-b']['c d'][1]", "2");
    check("$.a-b", r#"{"c d":[1,2,3,4]}"#);
    check("$.expensive", "10");
    check(" $ ", &JsonPath::parse("$").unwrap().text(&Json::parse(STORE).unwrap()).unwrap());
}

#[test]
fn indefinite_paths_find_a_list() {
    check("$.store.book[*].author", r#"["Nigel Rees","Evelyn Waugh","Herman Melville"]"#);
    check("$..price", "[8.95,12.99,8.99,19.95]");
    check("$..book[1].title", r#"["Sword"]"#);
    check("$..nothing", "[]");
    check("$.nothing[*]", "nothing");
    check("$.store.bicycle.*", r#"["red",19.95]"#);
    check("$['a-b']['c d'][1:3]", "[2,3]");
    check("$['a-b']['c d'][-2:]", "[3,4]");
    check("$['a-b']['c d'][:-1]", "[1,2,3]");
    check("$['a-b']['c d'][0,3,9]", "[1,4]");
    check("$.store.bicycle['price','color','x']", r#"{"price":19.95,"color":"red"}"#);
    check("$.store.book[0:2]['title','isbn']", r#"[{"title":"Sayings"},{"title":"Sword"}]"#);
    check("$..book[0]['author','title'].length()", "2");
}

#[test]
fn filters_choose_among_items() {
    let titles = |filter: &str, expected: &str| {
        check(&format!("$.store.book[?({filter})].title"), expected);
    };
    titles("@.price < 10", r#"["Sayings","Moby Dick"]"#);
    titles("@.price<$.expensive", r#"["Sayings","Moby Dick"]"#);
    titles("@.isbn", r#"["Moby Dick"]"#);
    titles("!@.isbn", r#"["Sayings","Sword"]"#);
    titles("@.category == 'fiction' && @.price >= 12.99", r#"["Sword"]"#);
    titles("@.category != 'fiction' || (@.isbn && @.price > 1)", r#"["Sayings","Moby Dick"]"#);
    titles("@['title'] =~ /m.*k/i", r#"["Moby Dick"]"#);
    titles("@.title in ['Sword', \"x\"]", r#"["Sword"]"#);
    titles("@.title nin ['Sword']", r#"["Sayings","Moby Dick"]"#);
    titles("@.title contains 'by'", r#"["Moby Dick"]"#);
    titles("@.title size 5", r#"["Sword"]"#);
    titles("@.title empty true", "[]");
    titles("@.x == null", "[]");
    titles("@.price == '8.95'", "[]");
    check("$.tags[?(@ == 'y')]", r#"["y"]"#);
    check("$..[?(@.color)].price", "[19.95]");
    check("$[?(@.tags anyof ['x'])].expensive", "[10]");
    check("$[?(@.tags subsetof ['x','y','z'])].expensive", "[10]");
    check("$[?(@.tags noneof ['x'])].expensive", "[]");
    check("$[?(@.store.bicycle == @.store.bicycle)].expensive", "[10]");
}

#[test]
fn functions_come_last() {
    check("$.store.book.length()", "3");
    check("$.store.length()", "2");
    check("$.expensive.length()", "nothing");
    check("$..book.length()", "1");
    check("$['a-b']['c d'].sum()", "10.0");
    check("$['a-b']['c d'].avg()", "2.5");
    check("$['a-b']['c d'].max()", "4.0");
    check("$['a-b']['c d'].min()", "1.0");
    check("$['a-b']['c d'].stddev()", "1.118033988749895");
    check("$['a-b']['c d'].first()", "1");
    check("$['a-b']['c d'].last()", "4");
    check("$.store.bicycle.keys()", r#"["color","price"]"#);
    check("$.tags.sum()", "nothing");
}

#[test]
fn what_is_no_path_is_refused() {
    for (path, error) in [
        ("", "invalid JSONPath at byte 0: expected a name"),
        ("$.", "invalid JSONPath at byte 2: expected a name"),
        ("$x", "invalid JSONPath at byte 1: expected `.` or `[`"),
        ("$[", "invalid JSONPath at byte 2: expected an index, a quoted name, `*` or `?(`"),
        ("$['a", "invalid JSONPath at byte 2: a quote is not closed"),
        ("$[0", "invalid JSONPath at byte 3: expected `]`"),
        ("$.a.foo()", "invalid JSONPath at byte 4: there is no function foo()"),
        ("$[?(@.a ==)]", "invalid JSONPath at byte 10: expected a value or a path"),
        ("$[?(1)]", "invalid JSONPath at byte 5: expected an operator"),
        ("$[?(@.a =~ /(/)]", "invalid JSONPath at byte 11: the pattern `(`: unclosed group"),
    ] {
        check(path, error);
    }
    let deep = format!("$[?({}", "!".repeat(100));
    check(&deep, "invalid JSONPath at byte 35: nested more than 32 deep");
    let deep = "$[?(@".repeat(1_000);
    assert!(JsonPath::parse(&deep).is_err());
}

#[test]
fn a_path_that_multiplies_what_it_looks_at_finds_nothing() {
    let depth = 200;
    let json = format!("{}1{}", r#"{"a":["#.repeat(depth), "]}".repeat(depth));
    let json = Json::parse(&json).unwrap();
    assert_eq!(JsonPath::parse("$..*..*..*..*").unwrap().text(&json), None);
    assert_eq!(JsonPath::parse("$..[?(@..[?(@..a)])]..a").unwrap().text(&json), None);
}
