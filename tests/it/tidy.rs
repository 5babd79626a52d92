//! The shape of the source tree: which crate may know which, how long files are, what they begin
//! with. `ARCHITECTURE.md` says why.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::components::root;

/// Lines of a source file, without its tests.
const LINES_MAX: usize = 600;

/// A homeless function wants to be a method, or a module named for what it is about.
const MODULE_NAMES_FORBIDDEN: [&str; 7] =
    ["common", "helpers", "misc", "prelude", "types", "util", "utils"];

/// Crate roots whose code may not be free of it: the host maps compiled code, and what guests are
/// generated from has it.
const ROOTS_WITH_UNSAFE: [&str; 6] = [
    "plugin-sdk/template/http/src/main.rs",
    "plugin-sdk/template/src/lib.rs",
    "proxy/wasm-host/src/lib.rs",
    "proxy/wasm-host/tests/host/main.rs",
    "tests/bench/envoy-filter/src/lib.rs",
    "tests/guests/src/lib.rs",
];

/// The only file that has it.
const FILE_WITH_UNSAFE: &str = "proxy/wasm-host/src/precompiled.rs";

/// A crate of the workspace with what its manifest names.
struct Package {
    name: String,
    /// Below the root.
    folder: String,
    dependencies: Vec<String>,
}

fn packages() -> Vec<Package> {
    let text = output(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let package = |package: &Value| {
        let manifest = PathBuf::from(text(&package["manifest_path"]));
        let folder = manifest.parent().unwrap().strip_prefix(root()).unwrap().to_owned();
        let dependencies = package["dependencies"].as_array().unwrap().iter();
        Package {
            name: text(&package["name"]),
            folder: folder.to_str().unwrap().to_owned(),
            dependencies: dependencies.map(|dependency| text(&dependency["name"])).collect(),
        }
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// Everything that ends up in a crate's code.
fn closure(package: &str) -> Vec<String> {
    let text = output(&["tree", "--locked", "-p", package, "-e", "normal", "--prefix", "none"]);
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn output(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn one_crate_knows_pingora_and_one_knows_wasmtime() {
    for package in packages() {
        for dependency in &package.dependencies {
            let allowed = match dependency.split('-').next().unwrap() {
                "pingora" => "server",
                "wasmtime" => "wasm-host",
                _ => continue,
            };
            assert_eq!(package.name, allowed, "depends on {dependency}");
        }
    }
    for package in [
        "json-schema",
        "jwt",
        "model",
        "openapi",
        "pipeline",
        "policy",
        "sigv4",
        "template",
        "throttle",
    ] {
        for dependency in closure(package) {
            let is_foreign =
                ["pingora", "tokio", "wasmtime"].iter().any(|name| dependency.starts_with(name));
            assert!(!is_foreign, "{package} reaches {dependency}");
        }
    }
}

#[test]
fn the_crates_depend_on_each_other_in_one_direction() {
    let forbidden = [
        ("pipeline", "wasm-host"),
        ("pipeline", "openapi"),
        ("wasm-host", "pipeline"),
        ("wasm-host", "openapi"),
        ("openapi", "pipeline"),
        ("model", "pipeline"),
        ("model", "openapi"),
        ("json-schema", "model"),
        ("mutual-tls", "model"),
        ("policy", "model"),
        ("sigv4", "model"),
        ("sigv4", "policy"),
        ("template", "model"),
        ("throttle", "model"),
    ];
    for (package, other) in forbidden {
        assert!(!closure(package).contains(&other.to_owned()), "{package} reaches {other}");
    }
}

#[test]
fn plugins_and_the_gateway_share_the_contract_and_nothing_else() {
    const SDK: &str = "edgeway-plugin-sdk";
    let packages = packages();
    let is_proxy = |package: &&Package| package.folder.starts_with("proxy/");
    let proxy: Vec<&str> =
        packages.iter().filter(is_proxy).map(|package| package.name.as_str()).collect();
    for package in &packages {
        for dependency in &package.dependencies {
            if is_proxy(&package) {
                assert_ne!(dependency, SDK, "{} depends on it", package.name);
            } else {
                assert!(
                    !proxy.contains(&dependency.as_str()),
                    "{} depends on {dependency}",
                    package.name
                );
            }
        }
    }
}

/// Every file of the repository's own with one of these endings, by its path below the root.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(&root(), endings, &mut found);
    assert!(found.len() > 10);
    found
}

fn collect(folder: &Path, endings: &[&str], found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "target" || name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(&path, endings, found);
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            let below = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            found.push((below, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// `tests.rs`, and what is in a folder `tests`.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.starts_with("tests/") || path.contains("/tests/")
}

#[test]
fn every_source_file_says_what_it_is_and_is_not_too_long() {
    let mut wrong = Vec::new();
    for (path, text) in files(&[".rs"]) {
        // The tests of a module are described by the module.
        if !path.ends_with("/tests.rs") && !text.starts_with("//!") {
            wrong.push(format!("{path} does not begin with //!"));
        }
        let lines = text.lines().count();
        if !is_test(&path) && lines > LINES_MAX {
            wrong.push(format!("{path} has {lines} lines, more than {LINES_MAX}"));
        }
        let stem = Path::new(&path).file_stem().unwrap().to_str().unwrap();
        if MODULE_NAMES_FORBIDDEN.contains(&stem) || stem == "mod" {
            wrong.push(format!("{path} has a name that says nothing"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_is_left_to_do_later() {
    let marks = [concat!("FIX", "ME"), concat!("TO", "DO")];
    let mut wrong = Vec::new();
    for (path, text) in files(&[".rs", ".toml", ".yaml", ".yml", ".md", ".wit", "Makefile"]) {
        wrong.extend(marks.iter().filter(|mark| text.contains(**mark)).map(|_| path.clone()));
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn one_line_of_the_whole_tree_is_not_checked_by_the_compiler() {
    let keyword = concat!("un", "safe ");
    let mut found = Vec::new();
    for (path, text) in files(&[".rs"]) {
        let lines = text.lines().filter_map(|line| line.split("//").next());
        found.extend(lines.filter(|line| line.contains(keyword)).map(|_| path.clone()));
    }
    assert_eq!(found, [FILE_WITH_UNSAFE]);
}

#[test]
fn every_crate_root_forbids_what_is_not_checked() {
    for (path, text) in files(&["lib.rs", "main.rs"]) {
        let is_root = Path::new(&path).file_stem().is_some_and(|stem| stem == "lib")
            || text.contains("fn main(")
            || is_test(&path);
        if is_root && !ROOTS_WITH_UNSAFE.contains(&path.as_str()) {
            assert!(text.contains("#![forbid(unsafe_code)]"), "{path}");
        }
    }
}

#[test]
fn every_guest_is_used_by_a_test() {
    let files = files(&[".rs", ".py", ".yaml"]);
    let is_guest = |path: &str| path.starts_with("tests/guests/");
    for (guest, _) in files.iter().filter(|(path, _)| path.starts_with("tests/guests/examples/")) {
        let stem = Path::new(guest).file_stem().unwrap().to_str().unwrap();
        let is_named = files
            .iter()
            .any(|(path, text)| is_test(path) && !is_guest(path) && text.contains(stem));
        assert!(is_named, "no test names {guest}");
    }
}
