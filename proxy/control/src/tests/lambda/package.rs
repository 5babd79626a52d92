//! What is taken as code: a component, bare or alone in a zip.

use std::io::{Cursor, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use expect_test::expect;
use serde_json::json;
use sha2::{Digest, Sha256};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::super::harness::Gateway;
use super::super::host::COMPONENT;
use super::f;

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        if name.ends_with('/') {
            zip.add_directory(*name, SimpleFileOptions::default()).unwrap();
        } else {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
    }
    zip.finish().unwrap().into_inner()
}

fn upload(gateway: &Gateway, bytes: &[u8]) -> String {
    let body = json!({ "ZipFile": STANDARD.encode(bytes) }).to_string();
    let answer = gateway.answer(&f("PUT", "/code"), &body);
    gateway.settle();
    answer
}

#[test]
fn the_package_is_what_its_sha_and_size_are_of() {
    let gateway = Gateway::with_function();
    let bytes =
        zip(&[("dist/", b""), ("dist/f.wasm", COMPONENT), ("__MACOSX/dist/._f.wasm", b"x")]);
    assert!(upload(&gateway, &bytes).starts_with("200 "));
    assert_eq!(gateway.configured("", "CodeSha256"), STANDARD.encode(Sha256::digest(&bytes)));
    assert_eq!(gateway.configured("", "CodeSize"), bytes.len());
    assert_eq!(gateway.configured("", "LastUpdateStatus"), "Successful");
}

#[test]
fn what_is_no_component_is_refused() {
    let gateway = Gateway::with_function();
    let handler: &[u8] = b"def handler(event, context): pass";
    let many: Vec<(String, &[u8])> = (0..1_001).map(|n| (format!("{n}.py"), handler)).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, code)| (name.as_str(), *code)).collect();
    let mut cut = zip(&[("f.wasm", COMPONENT)]);
    cut.truncate(40);
    let answers: String = [
        zip(&[("handler.py", handler)]),
        zip(&[("index.mjs", b"x"), ("package.json", b"{}"), ("a", b""), ("b", b"")]),
        zip(&[]),
        zip(&[("f.wasm", COMPONENT), ("README.md", b"x")]),
        zip(&[("f.wasm", COMPONENT), ("g.wasm", COMPONENT)]),
        zip(&[("f.wasm", b"\0asm\x01\0\0\0")]),
        zip(&[("f.wasm", b"hello")]),
        zip(&many),
        b"\0asm\x01\0\0\0".to_vec(),
        b"\0asm".to_vec(),
        b"hello".to_vec(),
        b"PK\x03\x04".to_vec(),
        cut,
    ]
    .iter()
    .map(|bytes| format!("{}\n", upload(&gateway, bytes)))
    .collect();
    expect![[r#"
        400 InvalidParameterValueException: The zip has no WebAssembly component, but handler.py. Source code does not run as it is. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The zip has no WebAssembly component, but index.mjs, package.json, a. Source code does not run as it is. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The zip is empty. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The zip has README.md beside its component, which has no files. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The zip has 2 components, f.wasm, g.wasm; a function is one. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The code is a core WebAssembly module, not a component. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The code is not a WebAssembly component. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The zip has 1001 entries, more than 1000. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The code is a core WebAssembly module, not a component. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: The code is not a WebAssembly component. Build one with `edgeway build` (Python, JavaScript, TypeScript, Rust, C), and upload the .wasm, bare or alone in a zip
        400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.
        400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.
        400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then try to upload again.
    "#]].assert_eq(&answers);
}

#[test]
fn a_zip_that_would_fill_the_memory_is_refused() {
    let gateway = Gateway::with_function();
    let zeroes = vec![0; 8 * 1024 * 1024];
    let mut bytes = zip(&[("f.wasm", &zeroes)]);
    assert!(bytes.len() < 10_000);
    expect![
        "400 InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes"
    ]
    .assert_eq(&upload(&gateway, &bytes));
    // One that says it is small: the size stands in the directory at the end, and at the entry.
    let size = u32::try_from(zeroes.len()).unwrap().to_le_bytes();
    let places = bytes.windows(4).enumerate().filter(|(_, part)| *part == size);
    let places: Vec<usize> = places.map(|(place, _)| place).collect();
    assert!(!places.is_empty());
    for place in places {
        bytes[place..place + 4].copy_from_slice(&8_u32.to_le_bytes());
    }
    let answer = upload(&gateway, &bytes);
    assert!(answer.starts_with("400 InvalidParameterValueException"), "{answer}");
}

#[test]
fn a_package_of_the_largest_size_is_taken_and_a_larger_one_is_not() {
    let gateway = Gateway::with_function();
    let mut bytes = COMPONENT.to_vec();
    bytes.resize(50 * 1024 * 1024, 0);
    assert!(upload(&gateway, &bytes).starts_with("200 "));
    bytes.push(0);
    assert_eq!(
        upload(&gateway, &bytes),
        "413 RequestTooLargeException: Zipped size must be smaller than 52428800 bytes"
    );
    bytes.resize(53 * 1024 * 1024, 0);
    let answer = upload(&gateway, &bytes);
    assert!(answer.starts_with("413 RequestTooLargeException"), "{answer}");
}
