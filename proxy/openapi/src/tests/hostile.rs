//! Whatever the text is, reading ends soon and without a panic.

use expect_test::expect;
use proptest::prelude::*;

use super::{PETSTORE, check, read, swagger};

#[test]
fn what_is_no_yaml_is_reported_with_line_and_column() {
    check(
        "openapi: 3.0.1\ninfo: {title: [}\n",
        expect![[r#"
        line 2, column 15:
          must be valid YAML: mismatched bracket '[' closed by '}'
    "#]],
    );
    check(
        "a: b\n\tc: d\n",
        expect![[r#"
        line 1, column 4:
          must be valid YAML: while scanning a plain scalar, found a tab
    "#]],
    );
    check(
        "{\"openapi\": \"3.0.1\",\n \"info\": }",
        expect![[r#"
        line 2, column 10:
          must be valid JSON: expected value
    "#]],
    );
    check(
        "openapi: 3.0.1\n---\nopenapi: 3.0.1\n",
        expect![[r#"
        line 2, column 1:
          must be valid YAML: must be one document, got a second one; remove it
    "#]],
    );
    check(
        "openapi: !Ref x",
        expect![[r#"
        line 1, column 15:
          must be valid YAML: unsupported tag `!Ref`
    "#]],
    );
}

#[test]
fn duplicate_keys_are_reported() {
    check(
        "openapi: 3.0.1\npaths:\n  /a: {}\n  /a: {}\n",
        expect![[r#"
        line 4, column 3:
          must be valid YAML: has the key "/a" twice in one map; keep one
    "#]],
    );
    check(
        "{\"openapi\": \"3.0.1\",\n \"openapi\": \"3.0.1\"}",
        expect![[r#"
        line 2, column 10:
          must be valid JSON: has the key "openapi" twice in one map; keep one
    "#]],
    );
}

#[test]
fn keys_that_are_no_text() {
    check(
        "[a]: b",
        expect![[r#"
            line 1, column 1:
              must be valid YAML: has a key that is not text; put it in quotes
        "#]],
    );
    check(
        "~: b",
        expect![[r#"
            line 1, column 1:
              must be valid YAML: has a key that is not text; put it in quotes
        "#]],
    );
    check(
        "{a: b}: c",
        expect![[r#"
            line 1, column 1:
              must be valid YAML: has a key that is not text; put it in quotes
        "#]],
    );
    check(
        "200: a\ntrue: b\n1.5: c",
        expect![[r#"
        the document:
          must begin with openapi: 3.0.1 or swagger: "2.0"; add one
    "#]],
    );
}

#[test]
fn an_alias_bomb_ends() {
    let mut document = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let alias = format!("*a{}", level - 1);
        let aliases = [alias.as_str(); 10].join(", ");
        document.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    check(
        &document,
        expect![[r#"
        line 6, column 20:
          must be valid YAML: is too large with its aliases written out; use fewer
    "#]],
    );
    let text = "x".repeat(1_000_000);
    let aliases = ["*a"; 100].join(", ");
    check(
        &format!("a: &a {text}\nb: [{aliases}]\n"),
        expect![[r#"
        line 2, column 101:
          must be valid YAML: is too large with its aliases written out; use fewer
    "#]],
    );
    check(
        "a: &a [*a]",
        expect![[r#"
            line 1, column 8:
              must be valid YAML: has an alias for the value that it stands in; remove it
        "#]],
    );
}

#[test]
fn deep_nesting_ends() {
    let deep = |open: &str, close: &str| open.repeat(100_000) + &close.repeat(100_000);
    check(
        &deep("[", "]"),
        expect![[r#"
        line 1, column 256:
          must be valid YAML: recursion limit exceeded
    "#]],
    );
    check(
        &deep("{\"a\":", "}"),
        expect![[r#"
        line 1, column 244:
          must be valid JSON: must be nested at most 48 deep; nest less
    "#]],
    );
    check(
        &deep("- ", ""),
        expect![[r#"
        line 1, column 97:
          must be valid YAML: must be nested at most 48 deep; nest less
    "#]],
    );
    let nested = |depth: usize| format!("x: {}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(crate::syntax::parse(&nested(47)).is_ok());
    check(
        &nested(48),
        expect![[r#"
        line 1, column 51:
          must be valid YAML: must be nested at most 48 deep; nest less
    "#]],
    );
    check(
        &format!("x: {}y{}", "{<<: ".repeat(100), "}".repeat(100)),
        expect![[r#"
        line 1, column 249:
          must be valid YAML: must be nested at most 48 deep; nest less
    "#]],
    );
}

#[test]
fn a_document_has_at_most_six_megabytes() {
    const LIMIT: usize = 6 * 1024 * 1024;
    let padding = LIMIT - PETSTORE.len() - 1;
    let largest = format!("{PETSTORE}#{}", " ".repeat(padding));
    assert!(read(&largest).is_ok());
    check(
        &format!("{largest} "),
        expect![[r#"
        the document:
          must have at most 6291456 bytes, got 6291457; split the API
    "#]],
    );
}

#[test]
fn a_large_document_of_mistakes_ends() {
    use std::fmt::Write as _;
    let fill = |head: &str, line: &dyn Fn(usize) -> String| {
        let mut document = format!("openapi: 3.0.1\ninfo: {{title: t}}\n{head}");
        let mut number = 0;
        while document.len() < 1_500_000 {
            writeln!(document, "{}", line(number)).unwrap();
            number += 1;
        }
        document
    };
    let documents = [
        fill("paths:\n", &|number| {
            format!("  /a{number}/{{x}}: {{get: {{}}, summary: {}}}", "x".repeat(200))
        }),
        fill("", &|number| format!("x-edgeway-respons-transfrom{number}: 1")),
        fill("paths: {}\nx-edgeway-functions:\n", &|number| {
            format!("  fu n{number}: {{component: /a}}")
        }),
        fill(
            "paths:\n  /a:\n    get:\n      x-amazon-apigateway-integration:\n        type: mock\n        responses:\n",
            &|number| format!("          '[a-z]{{9}}{number}\\w{{999}}': {{statusCode: 200}}"),
        ),
        fill("x-edgeway-request-transform:\n", &|number| format!("- a{number}")),
    ];
    for document in &documents {
        assert!(read(document).is_err());
    }
}

#[test]
fn a_value_of_another_type_is_refused_wherever_it_stands() {
    let document = crate::syntax::parse(PETSTORE).unwrap();
    let mut places = Vec::new();
    collect_places(&document, String::new(), &mut places);
    assert!(places.len() > 100);
    for place in &places {
        for wrong in ["null", "true", "-1.5", "\"\\u0000 é\"", "[[]]", "{\"\": {}}"] {
            let mut changed = document.clone();
            *changed.pointer_mut(place).unwrap() = serde_json::from_str(wrong).unwrap();
            let _ = read(&changed.to_string());
        }
    }
}

fn collect_places(value: &serde_json::Value, place: String, places: &mut Vec<String>) {
    let mut child = |key: &str, value| {
        let key = key.replace('~', "~0").replace('/', "~1");
        collect_places(value, format!("{place}/{key}"), places);
    };
    match value {
        serde_json::Value::Object(map) => map.iter().for_each(|(key, value)| child(key, value)),
        serde_json::Value::Array(list) => {
            list.iter().enumerate().for_each(|(index, value)| child(&index.to_string(), value));
        }
        _ => {}
    }
    places.push(place);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = read(&text);
    }

    #[test]
    fn no_text_of_yaml_panics(text in "([a-c{}\\[\\]:,&*!|>'\"#%?~<-] ?|\n {0,6}|x-edgeway-stage|openapi: 3.0.1\n)*") {
        let _ = read(&text);
    }

    #[test]
    fn no_mutation_of_a_document_panics(
        begin in 0..PETSTORE.len(),
        removed in 0..40_usize,
        inserted in "[a-z0-9{}:$&*(+\\[\\]' \n\u{0}é/-]{0,8}",
    ) {
        let end = (begin + removed).min(PETSTORE.len());
        if PETSTORE.is_char_boundary(begin) && PETSTORE.is_char_boundary(end) {
            let mut document = PETSTORE.to_owned();
            document.replace_range(begin..end, &inserted);
            let _ = read(&document);
        }
    }

    #[test]
    fn no_mutation_of_a_json_document_panics(position in any::<prop::sample::Index>(), inserted in "[{}\\[\\]\",:0-9\u{0}-]{0,3}") {
        let mut document = swagger(PETSTORE);
        let at = position.index(document.len());
        if document.is_char_boundary(at) {
            document.insert_str(at, &inserted);
            let _ = read(&document);
        }
    }
}
