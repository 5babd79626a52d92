//! The folder that a plugin is written in: its `edgeway.json`, or what its files tell without one.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};

use crate::author::language::{Kind, Language};

/// The file that describes a project.
const FILE: &str = "edgeway.json";

/// Files that tell a language where there is no `edgeway.json`, in this order.
const TELLING: [(&str, Language); 6] = [
    ("Cargo.toml", Language::Rust),
    ("lambda_function.py", Language::Python),
    ("index.mjs", Language::JavaScript),
    ("index.js", Language::JavaScript),
    ("index.ts", Language::JavaScript),
    ("src/plugin.c", Language::C),
];

/// Endings of the files that a handler may be in.
const ENDINGS: [(&str, Language); 7] = [
    ("py", Language::Python),
    ("js", Language::JavaScript),
    ("mjs", Language::JavaScript),
    ("cjs", Language::JavaScript),
    ("ts", Language::JavaScript),
    ("mts", Language::JavaScript),
    ("cts", Language::JavaScript),
];

/// A plugin's project.
#[derive(Debug)]
pub(crate) struct Project {
    pub(crate) dir: PathBuf,
    pub(crate) settings: Settings,
}

/// `edgeway.json`
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Settings {
    /// The function's, and so the component's: `{name}.wasm`.
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) kind: Kind,
    /// As on Lambda: `module.function`; the module alone for kinds whose functions have their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) handler: Option<String>,
    /// Whether a plugin in JavaScript or Python sends requests over HTTP.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) outbound: bool,
}

impl Settings {
    /// What `edgeway new` begins with.
    pub(crate) fn new(name: &str, language: Language, kind: Kind) -> Self {
        let handler = language.default_handler(kind);
        Self {
            name: name.to_owned(),
            language,
            kind,
            handler: handler.map(str::to_owned),
            outbound: false,
        }
    }

    /// As text for the file.
    pub(crate) fn to_json(&self) -> anyhow::Result<String> {
        let json = serde_json::to_string_pretty(self).with_context(|| format!("write {FILE}"))?;
        Ok(format!("{json}\n"))
    }
}

impl Project {
    /// Reads a folder, whose handler may be given.
    ///
    /// # Errors
    /// If it has no project that can be built; the message says what to do.
    pub(crate) fn open(dir: &Path, handler: Option<&str>) -> anyhow::Result<Self> {
        let dir = dir.canonicalize().with_context(|| format!("open {}", dir.display()))?;
        let file = dir.join(FILE);
        let settings = if file.is_file() {
            let text = fs::read(&file).with_context(|| format!("read {}", file.display()))?;
            serde_json::from_slice(&text).with_context(|| format!("read {}", file.display()))?
        } else {
            guess(&dir, handler)?
        };
        check_name(&settings.name)?;
        settings.language.check(settings.kind)?;
        Ok(Self { dir, settings })
    }

    /// Where everything goes that is made: adapters, intermediate files.
    ///
    /// # Errors
    /// If it would be made elsewhere.
    pub(crate) fn made_dir(&self) -> anyhow::Result<PathBuf> {
        let dir = self.dir.join(".edgeway");
        if dir.is_symlink() {
            bail!("{} is a symbolic link; remove it, and it is made anew", dir.display());
        }
        Ok(dir)
    }

    /// The handler with the default of its language.
    pub(crate) fn handler(&self) -> &str {
        let settings = &self.settings;
        settings
            .handler
            .as_deref()
            .or(settings.language.default_handler(settings.kind))
            .unwrap_or_default()
    }
}

/// A folder as it was deployed to Lambda.
fn guess(dir: &Path, handler: Option<&str>) -> anyhow::Result<Settings> {
    let telling = TELLING.into_iter().find(|(file, _)| dir.join(file).is_file());
    let language = handler.and_then(|handler| language_of(dir, handler));
    let Some(language) = language.or(telling.map(|(_, language)| language)) else {
        let files: Vec<&str> = TELLING.iter().map(|(file, _)| *file).collect();
        bail!(
            "{} has no {FILE}, and none of {} to tell its language by; name its handler with --handler, \
             or start one with `edgeway new`",
            dir.display(),
            files.join(", ")
        );
    };
    let name = dir.file_name().unwrap_or_default().to_string_lossy();
    let name =
        name.replace(|character: char| !character.is_ascii_alphanumeric() && character != '_', "-");
    Ok(Settings::new(&name, language, Kind::EventFunction))
}

/// That of the file that a handler is in: `app.main` is in `app.py` or `app.js`, `shop.app.main` in
/// `shop/app.py`.
fn language_of(dir: &Path, handler: &str) -> Option<Language> {
    let (module, _) = handler.rsplit_once('.')?;
    let is_there = |ending: &str| {
        let module = if ending == "py" { module.replace('.', "/") } else { module.to_owned() };
        dir.join(format!("{module}.{ending}")).is_file()
    };
    ENDINGS.into_iter().find(|(ending, _)| is_there(ending)).map(|(_, language)| language)
}

/// Names of functions, as in `x-edgeway-functions`.
pub(crate) fn check_name(name: &str) -> anyhow::Result<()> {
    if let Err(error) = model::FunctionName::parse(name) {
        bail!("{name:?} cannot be the name of a function: it {error}");
    }
    Ok(())
}
