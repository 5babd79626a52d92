//! JavaScript and TypeScript: bundled by esbuild, made a component by componentize-js, both from npm.

use std::path::Path;

use anyhow::bail;

use super::Task;
use crate::author::sdk;
use crate::author::toolchain::{Program, install_once, output, run};

const NODE: Program = Program {
    name: "node",
    install: "install Node.js 20.19 or newer (https://nodejs.org; Debian 13: sudo apt-get install nodejs npm)",
};
const NPM: Program = Program {
    name: "npm",
    install: "install it with Node.js 20.19 or newer (https://nodejs.org; Debian 13: sudo apt-get install nodejs npm)",
};

/// What componentize-js asks for.
const NODE_VERSION_MIN: (u32, u32) = (20, 19);

pub(super) fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    task.path.check_version(&NODE, NODE_VERSION_MIN)?;
    let lock = std::fs::read(task.sdk.join("javascript/package-lock.json"))?;
    let folder = install_once(&task.tools()?, "javascript", &lock, |folder| install(task, folder))?;
    let mut node = task.path.command(&NODE)?;
    node.arg(task.sdk.join("javascript/build.mjs")).arg(task.options(&folder));
    if !run(node.current_dir(&folder))? {
        bail!("{} was not built: see above", task.project.settings.name);
    }
    task.take_unchecked()
}

/// The versions that the lock file says, with their digests; no scripts of theirs are run.
fn install(task: &Task, folder: &Path) -> anyhow::Result<()> {
    for name in ["package.json", "package-lock.json", "unused/package.json"] {
        let text = std::fs::read_to_string(task.sdk.join("javascript").join(name))?;
        sdk::write(&folder.join(name), &text)?;
    }
    let mut npm = task.path.command(&NPM)?;
    tracing::info!("installing esbuild and componentize-js (once; about 30 MB)");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]);
    output(npm.current_dir(folder)).map(drop).map_err(|error| {
        error.context("esbuild and componentize-js could not be installed from the npm registry; the first build on a machine needs it")
    })
}
