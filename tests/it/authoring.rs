//! What `edgeway new` and `edgeway build` refuse, with what to do about it, and what they never do.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::languages::{fail, succeed};

#[test]
fn what_cannot_be_made_is_refused_with_what_can() {
    let dir = TempDir::new().unwrap();
    let said = fail(&["new", "--language", "c", "--kind", "authorizer", "x"], dir.path());
    assert!(
        said.contains(
            "there is no authorizer in c; in c there is event-function, and authorizer is there in \
             javascript, python, rust"
        ),
        "{said}"
    );
    let said = fail(&["new", "--language", "python", "--kind", "http", "x"], dir.path());
    assert!(said.contains("http is there in javascript, rust"), "{said}");
    let said = fail(&["new", "--language", "c", "no name"], dir.path());
    assert!(said.contains("cannot be the name of a function"), "{said}");
    let said = fail(&["new", "--language", "c", "--", "-x"], dir.path());
    assert!(said.contains("-x would be an option to every command"), "{said}");
    succeed(&["new", "--language", "python", "x"], dir.path());
    let said = fail(&["new", "--language", "python", "x"], dir.path());
    assert!(said.contains("x is there already; choose another name"), "{said}");
    fs::create_dir(dir.path().join("empty")).unwrap();
    let said = fail(&["build", "empty"], dir.path());
    assert!(said.contains("start one with `edgeway new`"), "{said}");
    fs::write(dir.path().join("x/edgeway.json"), r#"{"name": "x", "langage": "c"}"#).unwrap();
    let said = fail(&["build", "x"], dir.path());
    assert!(said.contains("unknown field `langage`"), "{said}");
}

#[test]
fn a_folder_of_lambda_code_is_a_project_as_it_is() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("my.lambda");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/app.py"), "def main(event, context): pass").unwrap();
    fs::write(folder.join("src/app.ts"), "export const main = () => {};").unwrap();
    let said = fail(&["build", "my.lambda"], dir.path());
    assert!(said.contains("name its handler with --handler"), "{said}");
    let said = fail(&["build", "my.lambda", "--handler", "src.app.other"], dir.path());
    assert!(said.contains("src/app.py has no other"), "{said}");
    fs::remove_file(folder.join("src/app.py")).unwrap();
    let said = fail(&["build", "my.lambda", "--handler", "src/app.other"], dir.path());
    assert!(said.contains("src/app.ts exports main, but no other"), "{said}");
    assert!(said.contains("my-lambda was not built"), "{said}");
}

/// A program that leaves a mark where it is run.
fn plant(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let text = "#!/bin/sh\necho \"$0 $*\" >> \"${0%/project/*}/run\"\nexit 1\n";
    fs::write(path, text).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn nothing_that_lies_in_the_folder_is_run() {
    let root = TempDir::new().unwrap();
    let project = root.path().join("project");
    succeed(&["new", "--language", "python", "--dir", "project", "x"], root.path());
    for name in ["python3", "pipenv", "python", "componentize-py"] {
        plant(&project.join("venv/bin").join(name));
        plant(&project.join(name));
        plant(&project.join(".edgeway/tools/python/venv/bin").join(name));
    }
    let mark = format!("open({:?}, 'a').write(__name__)", root.path().join("run"));
    for module in ["ast", "json", "pathlib", "venv", "pip", "site", "subprocess", "sitecustomize"] {
        for folder in ["", ".edgeway", ".edgeway/build", ".edgeway/sdk/python", "venv/lib"] {
            fs::create_dir_all(project.join(folder)).unwrap();
            fs::write(project.join(folder).join(format!("{module}.py")), &mark).unwrap();
        }
    }
    let usual = std::env::var_os("PATH").unwrap();
    let own = [project.join("venv/bin"), ".".into()];
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&usual))).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_edgeway"))
        .arg("build")
        .current_dir(&project)
        .env("PATH", path)
        .env("VIRTUAL_ENV", project.join("venv"))
        .env("EDGEWAY_TOOLS", crate::languages::tools())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let run = fs::read_to_string(root.path().join("run")).unwrap_or_default();
    assert_eq!(run, "", "{said}");
}

#[test]
fn nothing_outside_of_the_folder_is_written() {
    let root = TempDir::new().unwrap();
    let (project, elsewhere) = (root.path().join("x"), root.path().join("elsewhere"));
    succeed(&["new", "--language", "c", "x"], root.path());
    fs::create_dir(&elsewhere).unwrap();
    let mine = elsewhere.join("mine");
    fs::write(&mine, "mine").unwrap();
    for link in [".edgeway/build", ".edgeway/sdk/wit", ".edgeway/sdk/c/edgeway.c", "x.wasm.new"] {
        let link = project.join(link);
        let _ = fs::remove_dir_all(&link).or_else(|_| fs::remove_file(&link));
        let target = if link.extension().is_some() { &mine } else { &elsewhere };
        symlink(target, link).unwrap();
    }
    succeed(&["build", "x"], root.path());
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 1);
    fs::remove_dir_all(project.join(".edgeway")).unwrap();
    symlink(&elsewhere, project.join(".edgeway")).unwrap();
    let said = fail(&["build", "x"], root.path());
    assert!(said.contains(".edgeway is a symbolic link; remove it"), "{said}");
}

#[test]
fn a_toolchain_that_is_missing_is_named_with_what_to_install() {
    let dir = TempDir::new().unwrap();
    let nothing = TempDir::new().unwrap();
    let expected = [
        (
            "c",
            "clang is missing; install it (Debian: sudo apt-get install clang lld wasi-libc libclang-rt-dev-wasm32)",
        ),
        ("javascript", "node is missing; install Node.js 20.19 or newer"),
        (
            "python",
            "python3 is missing; install Python 3.10 or newer (Debian: sudo apt-get install python3 python3-venv)",
        ),
        ("rust", "rustc is missing; install Rust 1.95 or newer from https://rustup.rs"),
    ];
    for (language, message) in expected {
        succeed(&["new", "--language", language, language], dir.path());
        for path in [nothing.path(), Path::new("")] {
            let output = Command::new(env!("CARGO_BIN_EXE_edgeway"))
                .args(["build", language])
                .current_dir(dir.path())
                .env("PATH", path)
                .output()
                .unwrap();
            let said = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains(message), "{said}");
        }
    }
}

#[test]
fn errors_of_a_handler_are_found_when_it_is_built() {
    let dir = TempDir::new().unwrap();
    succeed(&["new", "--language", "javascript", "js"], dir.path());
    succeed(&["new", "--language", "python", "py"], dir.path());
    let (js, py) = (dir.path().join("js/index.mjs"), dir.path().join("py/lambda_function.py"));
    let said = fail(&["build", "js", "--handler", "other.handler"], dir.path());
    assert!(said.contains("has no other.js"), "{said}");
    let said = fail(&["build", "js", "--handler", "index.other"], dir.path());
    assert!(said.contains("exports handler, but no other"), "{said}");
    fs::write(&js, "import fs from 'node:fs'; export const handler = () => fs;").unwrap();
    let said = fail(&["build", "js"], dir.path());
    assert!(said.contains("Node's module \"node:fs\" is not there"), "{said}");
    fs::write(&js, "export const handler = (").unwrap();
    let said = fail(&["build", "js"], dir.path());
    assert!(said.contains("index.mjs:1:24"), "{said}");
    let said = fail(&["build", "py", "--handler", "lambda_function.other"], dir.path());
    assert!(said.contains("lambda_function.py has no other"), "{said}");
    fs::write(&py, "def lambda_handler(").unwrap();
    let said = fail(&["build", "py"], dir.path());
    assert!(said.contains("SyntaxError"), "{said}");
}
