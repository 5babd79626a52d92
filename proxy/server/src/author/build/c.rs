//! C: compiled by clang against wasi-libc, and made a component here.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::Task;
use crate::author::toolchain::{Program, output, run};

const INSTALL: &str =
    "install it (Debian: sudo apt-get install clang lld wasi-libc libclang-rt-dev-wasm32)";

const CLANG: Program = Program { name: "clang", install: INSTALL };
const LINKER: Program = Program { name: "wasm-ld", install: INSTALL };
const LIBC: Program = Program { name: "wasi-libc", install: INSTALL };
const BUILTINS: Program =
    Program { name: "compiler-rt for wasm32 (libclang_rt.builtins)", install: INSTALL };

const TARGET: &str = "--target=wasm32-wasi";
const WORLD: &str = "event-function-plugin";

pub(super) fn build(task: &Task) -> anyhow::Result<Vec<u8>> {
    check_toolchain(task)?;
    let sources = sources(&task.project.dir)?;
    let (sdk, module) = (task.sdk.join("c"), task.work.join("module.wasm"));
    let mut clang = task.path.command(&CLANG)?;
    clang.args([TARGET, "-mexec-model=reactor", "-Os", "-Wall", "-std=gnu11"]);
    clang.arg("-I").arg(&sdk).arg("-I").arg(sdk.join("bindings"));
    clang.args(sources).arg(sdk.join("edgeway.c"));
    clang.arg(sdk.join("bindings/event_function_plugin.c"));
    clang.arg("-Wl,--strip-all").arg("-o").arg(&module);
    if !run(clang.current_dir(&task.project.dir))? {
        bail!("{} was not built: see above", task.project.settings.name);
    }
    let module = std::fs::read(&module).with_context(|| format!("read {}", module.display()))?;
    componentize(module, &task.sdk.join("wit"))
}

fn check_toolchain(task: &Task) -> anyhow::Result<()> {
    output(task.path.command(&CLANG)?.arg("--version"))?;
    output(task.path.command(&LINKER)?.arg("--version"))?;
    let mut libc = task.path.command(&CLANG)?;
    let libc = output(libc.args([TARGET, "-print-file-name=libc.a"]))?;
    if !Path::new(libc.trim()).is_file() {
        return Err(LIBC.missing());
    }
    let mut builtins = task.path.command(&CLANG)?;
    builtins.args([TARGET, "--rtlib=compiler-rt", "-print-libgcc-file-name"]);
    if !Path::new(output(&mut builtins)?.trim()).is_file() {
        return Err(BUILTINS.missing());
    }
    Ok(())
}

/// `src/*.c`
fn sources(project: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = project.join("src");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
    let mut sources: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "c"));
    if sources.is_empty() {
        bail!("{} has no .c file", folder.display());
    }
    sources.sort();
    Ok(sources)
}

/// clang makes a core module of WASI 0.1; its imports are adapted to WASI 0.2, and what it does not use of
/// the world is left out.
fn componentize(mut module: Vec<u8>, wit: &Path) -> anyhow::Result<Vec<u8>> {
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(wit).context("read the contract")?;
    let world = resolve.select_world(&[package], Some(WORLD)).context("find the world")?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .context("describe the module")?;
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| {
            encoder.validate(true).adapter(
                WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
                WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
            )
        })
        .and_then(|mut encoder| encoder.encode())
        .context("make a component of the module")
}
