//! `edgeway new`: a folder to start from, that builds and is served as it is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::arguments::New;
use crate::author::language::{Kind, Language};
use crate::author::package_name::package_name;
use crate::author::project::{Settings, check_name};
use crate::author::{sdk, tell};

/// What templates call the function.
const PLACEHOLDER: &str = "my-plugin";

/// Where Rust's template finds the SDK, and where a project does.
const SDK_IN_TEMPLATE: &str = "../edgeway/plugin-sdk";
const SDK_IN_PROJECT: &str = ".edgeway/sdk/plugin-sdk";

/// Files that a folder may have already.
const GITIGNORE: &str = "/.edgeway\n/target\n/*.wasm\n__pycache__\nnode_modules\n";

macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("../../../../plugin-sdk/", $path))
    };
}

/// A file of a project, and its text.
type File = (&'static str, &'static str);

/// Makes the folder.
///
/// # Errors
/// If the language has no such kind, or there is something at that place already.
pub(crate) fn new(new: &New) -> anyhow::Result<()> {
    check_name(&new.name)?;
    if new.name.starts_with('-') {
        bail!("{} would be an option to every command; choose another name", new.name);
    }
    new.language.check(new.kind)?;
    let dir = new.dir.clone().unwrap_or_else(|| PathBuf::from(&new.name));
    let settings = Settings::new(&new.name, new.language, new.kind);
    let is_empty = |dir: &Path| fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_none());
    if dir.exists() && !is_empty(&dir) {
        bail!("{} is there already; choose another name, or another --dir", dir.display());
    }
    fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
    let shared = [("openapi.yaml", document(new.kind)), (".gitignore", GITIGNORE)];
    let package = package_name(&new.name);
    for (path, text) in sources(new.language, new.kind).iter().chain(&shared) {
        let name = if *path == "Cargo.toml" { &package } else { &new.name };
        let text = text.replace(PLACEHOLDER, name).replace(SDK_IN_TEMPLATE, SDK_IN_PROJECT);
        sdk::write(&dir.join(path), &text)?;
    }
    sdk::write(&dir.join("edgeway.json"), &settings.to_json()?)?;
    // For editors, and for `cargo test`.
    sdk::unpack(new.language, &dir.join(".edgeway/sdk"))?;
    let dir = dir.display();
    tell(&format!("made {dir}; now run\n\n  edgeway build {dir}\n  edgeway dev {dir}\n"));
    tell(&format!("and try: {}", example(new.kind)));
    Ok(())
}

/// What to try first.
fn example(kind: Kind) -> &'static str {
    match kind {
        Kind::Authorizer => "curl -H 'Authorization: open sesame' http://127.0.0.1:8080/hello/Ada",
        Kind::EventFunction | Kind::Http => "curl http://127.0.0.1:8080/hello/Ada",
        Kind::RequestTransform => "curl -i -H 'X-Client: me' http://127.0.0.1:8080/hello/Ada",
        Kind::ResponseTransform => "curl -i http://127.0.0.1:8080/hello/Ada",
    }
}

fn document(kind: Kind) -> &'static str {
    match kind {
        Kind::Authorizer => template!("template/openapi/authorizer.yaml"),
        Kind::EventFunction | Kind::Http => template!("template/openapi/function.yaml"),
        Kind::RequestTransform => template!("template/openapi/request-transform.yaml"),
        Kind::ResponseTransform => template!("template/openapi/response-transform.yaml"),
    }
}

fn sources(language: Language, kind: Kind) -> &'static [File] {
    match language {
        Language::C => &[
            ("src/plugin.c", template!("c/template/plugin.c")),
            ("README.md", template!("c/template/README.md")),
        ],
        Language::JavaScript => javascript(kind),
        Language::Python => python(kind),
        Language::Rust => rust(kind),
    }
}

fn javascript(kind: Kind) -> &'static [File] {
    match kind {
        Kind::Authorizer => &[
            ("index.mjs", template!("javascript/template/authorizer.mjs")),
            ("README.md", template!("javascript/template/README.md")),
        ],
        Kind::EventFunction => &[
            ("index.mjs", template!("javascript/template/event_function.mjs")),
            ("README.md", template!("javascript/template/README.md")),
        ],
        Kind::Http => &[
            ("index.mjs", template!("javascript/template/http.mjs")),
            ("README.md", template!("javascript/template/README.md")),
        ],
        Kind::RequestTransform => &[
            ("index.mjs", template!("javascript/template/request_transform.mjs")),
            ("README.md", template!("javascript/template/README.md")),
        ],
        Kind::ResponseTransform => &[
            ("index.mjs", template!("javascript/template/response_transform.mjs")),
            ("README.md", template!("javascript/template/README.md")),
        ],
    }
}

fn python(kind: Kind) -> &'static [File] {
    match kind {
        Kind::Authorizer => &[
            ("lambda_function.py", template!("python/template/authorizer.py")),
            ("README.md", template!("python/template/README.md")),
        ],
        // There is no `http` of Python.
        Kind::EventFunction | Kind::Http => &[
            ("lambda_function.py", template!("python/template/event_function.py")),
            ("README.md", template!("python/template/README.md")),
        ],
        Kind::RequestTransform => &[
            ("transform.py", template!("python/template/request_transform.py")),
            ("README.md", template!("python/template/README.md")),
        ],
        Kind::ResponseTransform => &[
            ("transform.py", template!("python/template/response_transform.py")),
            ("README.md", template!("python/template/README.md")),
        ],
    }
}

fn rust(kind: Kind) -> &'static [File] {
    match kind {
        Kind::Authorizer => &[
            ("Cargo.toml", template!("template/Cargo.toml")),
            ("src/lib.rs", template!("template/src/lib.rs")),
            ("README.md", template!("template/README.md")),
        ],
        Kind::EventFunction => &[
            ("Cargo.toml", template!("template/Cargo.toml")),
            ("src/lib.rs", template!("template/src/event_function.rs")),
            ("README.md", template!("template/README.md")),
        ],
        Kind::Http => &[
            ("Cargo.toml", template!("template/http/Cargo.toml")),
            ("src/main.rs", template!("template/http/src/main.rs")),
            ("README.md", template!("template/http/README.md")),
        ],
        Kind::RequestTransform => &[
            ("Cargo.toml", template!("template/Cargo.toml")),
            ("src/lib.rs", template!("template/src/request_transform.rs")),
            ("README.md", template!("template/README.md")),
        ],
        Kind::ResponseTransform => &[
            ("Cargo.toml", template!("template/Cargo.toml")),
            ("src/lib.rs", template!("template/src/response_transform.rs")),
            ("README.md", template!("template/README.md")),
        ],
    }
}
