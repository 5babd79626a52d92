use std::path::{Path, PathBuf};

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Files below a folder of the repository, by their paths below its root.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[track_caller]
fn check(folder: &str, carried: &[File], is_left_out: impl Fn(&str) -> bool) {
    let mut expected = files(folder);
    expected.retain(|path| !is_left_out(path));
    expected.sort();
    let carried: Vec<String> = carried.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(carried, expected);
}

#[test]
fn the_binary_carries_every_file_that_a_project_needs() {
    let is_template = |path: &str| path.contains("/template/") || path.contains("__pycache__");
    check("wit", WIT, |_| false);
    check("plugin-sdk/javascript", JAVASCRIPT, is_template);
    check("plugin-sdk/python", PYTHON, is_template);
    check("plugin-sdk/wasi", WASI, |_| false);
    check("plugin-sdk/c", C, is_template);
    check("plugin-sdk/src", RUST, |path| path.ends_with("/tests.rs"));
}

#[test]
fn outside_of_the_workspace_the_sdk_has_the_same_dependencies() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest = fs::read_to_string(root().join("plugin-sdk/Cargo.toml")).unwrap();
    let names = |text: &str| -> Vec<String> {
        let (_, dependencies) = text.split_once("[dependencies]\n").unwrap();
        let line = |line: &str| line.split([' ', '.']).next().unwrap().to_owned();
        dependencies.lines().take_while(|line| !line.is_empty()).map(line).collect()
    };
    assert_eq!(names(RUST_MANIFEST), names(&manifest));
    for name in names(RUST_MANIFEST) {
        let begin = format!("{name} = ");
        let line = RUST_MANIFEST.lines().find(|line| line.starts_with(&begin)).unwrap();
        assert!(workspace.lines().any(|other| other == line), "{line}");
    }
}

/// `UPDATE_EXPECT=1 cargo test -p server bindings_for_c` writes them anew.
#[test]
fn the_bindings_for_c_are_those_of_the_contract() {
    use wit_bindgen_core::{Files, wit_parser::Resolve};
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).unwrap();
    let world = resolve.select_world(&[package], Some("event-function-plugin")).unwrap();
    let mut files = Files::default();
    let options = wit_bindgen_c::Opts { no_object_file: true, ..wit_bindgen_c::Opts::default() };
    options.build().generate(&mut resolve, world, &mut files).unwrap();
    let folder = root().canonicalize().unwrap().join("plugin-sdk/c/bindings");
    let mut names = Vec::new();
    for (name, contents) in files.iter() {
        names.push(name.to_owned());
        expect_test::expect_file![folder.join(name)]
            .assert_eq(std::str::from_utf8(contents).unwrap());
    }
    assert_eq!(names, ["event_function_plugin.c", "event_function_plugin.h"]);
}
