//! The JSON Schema Test Suite: every file of `suite/`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::{Root, compile};

/// Cases that come out otherwise, and why.
const OTHERWISE: &[(&str, &str)] = &[
    // Nothing is fetched: a reference to what is not given is refused.
    ("definitions.json", "valid definition"),
    ("definitions.json", "invalid definition"),
    ("ref.json", "remote ref, containing refs itself"),
    // As AWS's validator: Java's `URI` reads references without a scheme.
    ("format.json", "validation of URIs: an invalid URI though valid URI reference"),
];

#[test]
fn every_case_of_the_suite_comes_out_as_it_says() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite");
    let mut otherwise = Vec::new();
    let mut cases = 0;
    let mut files: Vec<_> = fs::read_dir(suite).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let file = path.file_name().unwrap().to_str().unwrap();
        let groups: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        for group in groups.as_array().unwrap() {
            let name = group["description"].as_str().unwrap();
            let root = Root { document: 0, pointer: String::new() };
            let Ok(schemas) = compile(&[(String::new(), &group["schema"])], &[root]) else {
                otherwise.push((file.to_owned(), name.to_owned()));
                continue;
            };
            for test in group["tests"].as_array().unwrap() {
                cases += 1;
                if schemas[0].check(&test["data"]).is_ok() != test["valid"].as_bool().unwrap() {
                    let test = test["description"].as_str().unwrap();
                    otherwise.push((file.to_owned(), format!("{name}: {test}")));
                }
            }
        }
    }
    let expected: Vec<_> =
        OTHERWISE.iter().map(|(file, name)| ((*file).to_owned(), (*name).to_owned())).collect();
    let sorted = |mut list: Vec<_>| {
        list.sort();
        list
    };
    assert_eq!(sorted(otherwise), sorted(expected));
    assert!(cases > 250, "{cases}");
}
