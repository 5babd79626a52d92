//! Other people's programs: whether they are there, what to install when they are not, and what they
//! say when they fail.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, bail};

/// A program that a toolchain needs, and how to get it.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    /// The end of "is missing; ...".
    pub(crate) install: &'static str,
}

impl Program {
    /// A command that runs it.
    pub(crate) fn command(&self) -> Command {
        Command::new(self.name)
    }

    /// Runs it and returns what it prints.
    ///
    /// # Errors
    /// If it is missing or fails; the message says what to install, or what it said.
    pub(crate) fn output(&self, command: &mut Command) -> anyhow::Result<String> {
        let output = self.spawn(command.stdin(Stdio::null()))?;
        if !output.status.success() {
            bail!("{} failed ({}):\n{}", self.name, output.status, said(&output));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn spawn(&self, command: &mut Command) -> anyhow::Result<Output> {
        command.output().map_err(|error| self.explain(error))
    }

    /// Runs it with its output going where ours goes; false if it fails.
    pub(crate) fn run(&self, command: &mut Command) -> anyhow::Result<bool> {
        let status = command.stdin(Stdio::null()).status().map_err(|error| self.explain(error))?;
        Ok(status.success())
    }

    fn explain(&self, error: std::io::Error) -> anyhow::Error {
        if error.kind() == ErrorKind::NotFound {
            return self.missing();
        }
        anyhow::Error::new(error).context(format!("run {}", self.name))
    }

    /// That it is missing, and what to do about it.
    pub(crate) fn missing(&self) -> anyhow::Error {
        anyhow::anyhow!("{} is missing; {}", self.name, self.install)
    }

    /// Its version must be this or newer.
    pub(crate) fn check_version(&self, least: (u32, u32)) -> anyhow::Result<()> {
        let text = self.output(self.command().arg("--version"))?;
        let version = parse_version(&text)
            .with_context(|| format!("read the version of {} from {text:?}", self.name))?;
        if version < least {
            let (major, minor) = version;
            let (least_major, least_minor) = least;
            bail!(
                "{} is {major}.{minor}, but {least_major}.{least_minor} or newer is needed; {}",
                self.name,
                self.install
            );
        }
        Ok(())
    }
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

/// Installs something into a folder once: again only if `recipe` changes. Builds that share the folder
/// wait for each other.
pub(crate) fn install_once(
    dir: &Path,
    recipe: &[u8],
    install: impl FnOnce() -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("make {}", dir.display()))?;
    let lock = fs::File::create(dir.join("lock")).context("lock the folder of the tools")?;
    lock.lock().context("lock the folder of the tools")?;
    let stamp = dir.join("installed");
    if fs::read(&stamp).is_ok_and(|installed| installed == recipe) {
        return Ok(());
    }
    install()?;
    fs::write(&stamp, recipe).with_context(|| format!("write {}", stamp.display()))
}

#[cfg(test)]
mod tests {
    use super::parse_version;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        assert_eq!(parse_version("v20.20.2\n"), Some((20, 20)));
        assert_eq!(parse_version("Python 3.11.7"), Some((3, 11)));
        assert_eq!(parse_version("Debian clang version 14.0.6"), Some((14, 0)));
        assert_eq!(parse_version("none"), None);
        assert_eq!(parse_version("7"), None);
    }
}
