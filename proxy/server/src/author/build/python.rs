//! Python: made a component by componentize-py, from PyPI.

use std::path::Path;

use anyhow::bail;

use super::Task;
use crate::author::toolchain::{Program, install_once, output, run};

const PYTHON: Program = Program {
    name: "python3",
    install: "install Python 3.10 or newer (Debian: sudo apt-get install python3 python3-venv)",
};

/// For `sys.stdlib_module_names`.
const PYTHON_VERSION_MIN: (u32, u32) = (3, 10);

/// Imports nothing from the folder that it is started in, nor from that of its script.
const ISOLATED: &str = "-I";

pub(super) fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    task.path.check_version(&PYTHON, PYTHON_VERSION_MIN)?;
    let requirements = task.sdk.join("python/requirements.txt");
    let recipe = std::fs::read(&requirements)?;
    let folder = install_once(&task.tools()?, "python", &recipe, |folder| {
        install(task, folder, &requirements)
    })?;
    let mut python = task.path.command_of(&folder.join("venv/bin/python"))?;
    python.arg(ISOLATED).arg(task.sdk.join("python/build.py")).arg(task.options(&folder));
    if !run(python.current_dir(&folder))? {
        bail!("{} was not built: see above", task.project.settings.name);
    }
    task.take_unchecked()
}

/// The version that the requirements say, with its digests; nothing of a package is run to install it.
fn install(task: &Task, folder: &Path, requirements: &Path) -> anyhow::Result<()> {
    let venv = folder.join("venv");
    let mut make = task.path.command(&PYTHON)?;
    make.args([ISOLATED, "-m", "venv", "--clear"]).arg(&venv).current_dir(folder);
    output(&mut make).map_err(|error| {
        error.context(
            "no virtual environment could be made (Debian: sudo apt-get install python3-venv)",
        )
    })?;
    tracing::info!("installing componentize-py (once; about 20 MB)");
    let mut pip = task.path.command_of(&venv.join("bin/python"))?;
    pip.args([ISOLATED, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip.args(["--no-deps", "--only-binary", ":all:", "--require-hashes"]);
    pip.arg("--requirement").arg(requirements);
    output(pip.current_dir(folder)).map(drop).map_err(|error| {
        error.context("componentize-py could not be installed from PyPI; the first build on a machine needs it")
    })
}
