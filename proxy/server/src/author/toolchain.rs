//! Other people's programs: where they are, what to install when they are not, and what they say when
//! they fail.
//!
//! A folder that somebody gave away is built without running a program that lies in it: programs are
//! looked for in `PATH`, but not in the plugin's own folder.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail};
use sha2::{Digest as _, Sha256};

/// A program that a toolchain needs, and how to get it.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The end of "is missing; ...".
    pub(crate) install: &'static str,
}

/// Where programs are looked for.
#[derive(Debug)]
pub(crate) struct SearchPath {
    folders: Vec<PathBuf>,
    /// Those that lie in the project.
    own: Vec<PathBuf>,
}

impl SearchPath {
    /// What `PATH` names for a project. A relative folder is none: it would be another one for each
    /// program that changes its own.
    pub(crate) fn new(path: &OsStr, project: &Path) -> Self {
        let absolute = std::env::split_paths(path).filter(|folder| folder.is_absolute());
        let folders = absolute.filter_map(|folder| folder.canonicalize().ok());
        let (own, folders) = folders.partition(|folder| folder.starts_with(project));
        Self { folders, own }
    }

    /// A command that runs a program, and finds what that runs in turn in the same folders.
    ///
    /// # Errors
    /// If it is missing; the message says what to install.
    pub(crate) fn command(&self, program: &Program) -> anyhow::Result<Command> {
        match find(&self.folders, program) {
            Some(path) => self.command_of(&path),
            None => Err(self.missing(program)),
        }
    }

    /// The same of a program that was installed for the build.
    pub(crate) fn command_of(&self, path: &Path) -> anyhow::Result<Command> {
        let mut command = Command::new(path);
        command.env("PATH", self.joined()?).stdin(Stdio::null());
        Ok(command)
    }

    fn joined(&self) -> anyhow::Result<OsString> {
        std::env::join_paths(&self.folders).context("pass PATH on")
    }

    /// The program's version must be this or newer.
    pub(crate) fn check_version(&self, program: &Program, least: (u32, u32)) -> anyhow::Result<()> {
        let name = program.name;
        let text = output(self.command(program)?.arg("--version"))?;
        let version = parse_version(&text)
            .with_context(|| format!("read the version of {name} from {text:?}"))?;
        if version < least {
            let ((major, minor), (least_major, least_minor)) = (version, least);
            bail!(
                "{name} is {major}.{minor}, but {least_major}.{least_minor} or newer is needed; {}",
                program.install
            );
        }
        Ok(())
    }

    fn missing(&self, program: &Program) -> anyhow::Error {
        match find(&self.own, program) {
            Some(path) => anyhow::anyhow!(
                "{} is only in the plugin's own folder ({}), of which nothing is run; {}",
                program.name,
                path.display(),
                program.install
            ),
            None => program.missing(),
        }
    }
}

impl Program {
    /// That it is missing, and what to do about it.
    pub(crate) fn missing(&self) -> anyhow::Error {
        anyhow::anyhow!("{} is missing; {}", self.name, self.install)
    }
}

fn find(folders: &[PathBuf], program: &Program) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(program.name)).find(|path| is_executable(path))
}

fn is_executable(path: &Path) -> bool {
    fs::metadata(path)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Runs a command and returns what it prints.
///
/// # Errors
/// If it fails; the message has what it said.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| cannot_run(command))?;
    if !output.status.success() {
        bail!("{} failed ({}):\n{}", name(command), output.status, said(&output));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a command with its output going where ours goes; false if it fails.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<bool> {
    let status = command.status().with_context(|| cannot_run(command))?;
    Ok(status.success())
}

/// The same of a command whose stdout is for us; none if it fails.
pub(crate) fn messages(command: &mut Command) -> anyhow::Result<Option<String>> {
    let output = command.stderr(Stdio::inherit()).output().with_context(|| cannot_run(command))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(output.status.success().then_some(text))
}

fn cannot_run(command: &Command) -> String {
    format!("run {}", command.get_program().display())
}

fn name(command: &Command) -> String {
    let path = Path::new(command.get_program());
    path.file_name().unwrap_or_default().display().to_string()
}

/// What a failed program wrote, wherever.
fn said(output: &Output) -> String {
    let text = if output.stderr.is_empty() { &output.stdout } else { &output.stderr };
    String::from_utf8_lossy(text).trim_end().to_owned()
}

/// The first `major.minor` of a text such as `v20.20.2` or `Python 3.11.7`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|character: char| character.is_ascii_digit())?;
    let mut numbers = text[start..].split(|character: char| !character.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Installs something once, into a folder of its own below `tools`, and returns that: another recipe
/// gets another folder. Builds that need the same wait for each other.
pub(crate) fn install_once(
    tools: &Path,
    name: &str,
    recipe: &[u8],
    install: impl FnOnce(&Path) -> anyhow::Result<()>,
) -> anyhow::Result<PathBuf> {
    let digest = base16ct::lower::encode_string(&Sha256::digest(recipe)[..6]);
    let dir = tools.join(format!("{name}-{digest}"));
    fs::create_dir_all(&dir).with_context(|| format!("make {}", dir.display()))?;
    let lock = fs::File::create(dir.join("lock")).context("lock the folder of the tools")?;
    lock.lock().context("lock the folder of the tools")?;
    let stamp = dir.join("installed");
    if !stamp.exists() {
        install(&dir)?;
        fs::write(&stamp, "").with_context(|| format!("write {}", stamp.display()))?;
    }
    Ok(dir)
}

#[cfg(test)]
mod tests;
