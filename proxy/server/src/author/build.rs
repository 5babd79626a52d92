//! `edgeway build`: a project into a component, with the toolchain of its language.

mod c;
mod javascript;
mod python;
mod rust;

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::arguments::{Build, Machine};
use crate::author::contents::Contents;
use crate::author::language::Language;
use crate::author::project::Project;
use crate::author::toolchain::SearchPath;
use crate::author::{sdk, tell};

/// What a toolchain gets to know.
struct Task {
    project: Project,
    /// Adapters and contract.
    sdk: PathBuf,
    /// Intermediate files.
    work: PathBuf,
    /// Where the machine's programs are looked for.
    path: SearchPath,
    /// Where those are that are installed for builds, if there is such a place.
    tools: Option<PathBuf>,
    /// Where the component goes.
    output: PathBuf,
}

/// Builds a project, and says how a document names what came out.
///
/// # Errors
/// If it is no project, a program is missing or fails, or what came out is no plugin.
pub(crate) fn build(build: Build) -> anyhow::Result<()> {
    let mut project = Project::open(&build.dir, build.handler.as_deref())?;
    if let Some(handler) = build.handler {
        anyhow::ensure!(
            project.settings.language.default_handler(project.settings.kind).is_some(),
            "--handler has no meaning for {}: a component of it has one handler",
            project.settings.language
        );
        project.settings.handler = Some(handler);
    }
    let default_output = project.dir.join(format!("{}.wasm", project.settings.name));
    let task = Task {
        sdk: project.made_dir()?.join("sdk"),
        work: project.made_dir()?.join("build"),
        path: SearchPath::new(&build.machine.path, &project.dir),
        tools: build.tools.or_else(|| default_tools(&build.machine)),
        output: absolute(build.output.unwrap_or(default_output))?,
        project,
    };
    sdk::unpack(task.project.settings.language, &task.sdk)?;
    make_anew(&task.work)?;
    let component = match task.project.settings.language {
        Language::C => c::build(&task)?,
        Language::JavaScript => javascript::build(&task)?,
        Language::Python => python::build(&task)?,
        Language::Rust => rust::build(&task)?,
    };
    let contents = Contents::of(&component)?;
    put(&task.output, &component)?;
    report(&task, &component, &contents);
    Ok(())
}

impl Task {
    /// Where a toolchain writes its component, before it is checked.
    fn unchecked(&self) -> PathBuf {
        self.work.join("unchecked.wasm")
    }

    /// What a toolchain wrote there.
    fn take_unchecked(&self) -> anyhow::Result<Vec<u8>> {
        let path = self.unchecked();
        fs::read(&path).with_context(|| format!("read {}", path.display()))
    }

    /// Where what a language needs of npm or PyPI is installed.
    fn tools(&self) -> anyhow::Result<PathBuf> {
        let tools = self.tools.clone();
        absolute(tools.context("there is no home folder to install into; say where with --tools")?)
    }

    /// What the build scripts of the languages are called with; `tools` is what was installed for one.
    fn options(&self, tools: &Path) -> String {
        let settings = &self.project.settings;
        serde_json::json!({
            "project": self.project.dir,
            "handler": self.project.handler(),
            "kind": settings.kind,
            "outbound": settings.outbound,
            "sdk": self.sdk,
            "work": self.work,
            "tools": tools,
            "output": self.unchecked(),
        })
        .to_string()
    }
}

/// Not in the project: what lies there may have come with it, and is not run.
fn default_tools(machine: &Machine) -> Option<PathBuf> {
    let cache = match (Path::new(&machine.xdg_cache_home), Path::new(&machine.home)) {
        (cache, _) if cache.is_absolute() => cache.to_owned(),
        (_, home) if home.is_absolute() => home.join(".cache"),
        _ => return None,
    };
    Some(cache.join("edgeway/tools"))
}

fn absolute(path: PathBuf) -> anyhow::Result<PathBuf> {
    std::path::absolute(&path).with_context(|| format!("find {}", path.display()))
}

/// What somebody put there, a link to elsewhere for instance, is not written to.
fn make_anew(folder: &Path) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    }
    .with_context(|| format!("make {}", folder.display()))
}

/// In one step: a gateway that watches the file never sees half of it.
fn put(output: &Path, component: &[u8]) -> anyhow::Result<()> {
    let folder = output.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let new = output.with_extension("wasm.new");
    let _ = fs::remove_file(&new); // of a build that was interrupted
    fs::File::create_new(&new)
        .and_then(|mut file| file.write_all(component))
        .and_then(|()| fs::rename(&new, output))
        .with_context(|| format!("write {}", output.display()))
}

fn report(task: &Task, component: &[u8], contents: &Contents) {
    let output = &task.output;
    let kilobytes = component.len().div_ceil(1_000);
    tell(&format!("built {}: {kilobytes} kB, {}", output.display(), contents.kinds.join(", ")));
    let file = output.file_name().unwrap_or_default().to_string_lossy();
    let mut lines = vec![
        "In an openapi.yaml beside it:\n".to_owned(),
        "x-edgeway-functions:".to_owned(),
        // In quotes: without them some names are numbers.
        format!("  {:?}:", task.project.settings.name),
        format!("    component: {file:?}"),
    ];
    let grants = contents.grants.iter();
    lines.extend(grants.map(|grant| format!("    {grant}  # it imports what this grants")));
    tell(&lines.join("\n"));
}
