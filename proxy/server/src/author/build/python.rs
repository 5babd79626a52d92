//! Python: made a component by componentize-py, from PyPI.

use std::path::Path;
use std::process::Command;

use anyhow::bail;

use super::Task;
use crate::author::toolchain::{Program, install_once};

const PYTHON: Program = Program {
    name: "python3",
    install: "install Python 3.10 or newer (Debian: sudo apt-get install python3 python3-venv)",
};

/// For `sys.stdlib_module_names`.
const PYTHON_VERSION_MIN: (u32, u32) = (3, 10);

pub(super) fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    PYTHON.check_version(PYTHON_VERSION_MIN)?;
    let folder = task.tools.join("python");
    let requirements = task.sdk.join("python/requirements.txt");
    let recipe = std::fs::read(&requirements)?;
    install_once(&folder, &recipe, || install(&folder, &requirements))?;
    let mut python = Command::new(folder.join("venv/bin/python"));
    python.arg(task.sdk.join("python/build.py")).arg(task.options());
    if !PYTHON.run(python.current_dir(&task.work))? {
        bail!("{} was not built: see above", task.project.settings.name);
    }
    task.take_unchecked()
}

fn install(folder: &Path, requirements: &Path) -> anyhow::Result<()> {
    let venv = folder.join("venv");
    let mut make = PYTHON.command();
    PYTHON.output(make.args(["-m", "venv", "--clear"]).arg(&venv)).map_err(|error| {
        error.context(
            "no virtual environment could be made (Debian: sudo apt-get install python3-venv)",
        )
    })?;
    tracing::info!("installing componentize-py (once; about 20 MB)");
    let mut pip = Command::new(venv.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]);
    PYTHON.output(pip.arg("--requirement").arg(requirements)).map(drop).map_err(|error| {
        error.context("componentize-py could not be installed from PyPI; the first build of a project needs it")
    })
}
