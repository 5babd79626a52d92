"""The servers that are measured: who they are, how they are started, at which address they answer what."""

import shutil
import string
from dataclasses import dataclass
from pathlib import Path

from machine import KILOBYTE, Process, free_ports

HERE = Path(__file__).resolve().parent


def fill(name, **values):
    """A configuration of this folder with its `${names}` filled in."""
    return string.Template((HERE / name).read_text()).substitute(values)


def nginx(name, port, origin, core, folder):
    work = folder / name
    work.mkdir()
    configuration = work / "nginx.conf"
    values = {"folder": work, "port": port, "origin": origin, "kilobyte": KILOBYTE.decode()}
    configuration.write_text(fill("nginx.conf", **values))
    return Process(name, ["nginx", "-p", work, "-c", configuration], [core], folder)


class Edgeway:
    """One that serves an API of its own from a folder of its own."""

    def __init__(self, tools, folder, origin, cores, threads=1, niceness=0, name="edgeway"):
        self.tools, self.cores, self.threads = tools, cores, threads
        self.niceness, self.name, self.folder = niceness, name, folder
        self.http, self.control = free_ports(2)
        self.api = folder / name
        self.data = folder / f"{name}-data"
        components = self.api / "components"
        components.mkdir(parents=True)
        for component in tools.ours.components:
            shutil.copy(component, components)
        shutil.copy(tools.ours.component("bench_hello"), components / "swapped.wasm")
        (self.api / "openapi.yaml").write_text(fill("openapi.yaml", origin=origin))

    def start(self):
        self.process = Process(
            self.name,
            [self.tools.ours.executables["edgeway"], "dev", self.api, "--http", f"127.0.0.1:{self.http}",
             "--control", f"127.0.0.1:{self.control}", "--data-dir", self.data, "--access-log", "off",
             "--threads", self.threads, "--log", "error"],
            self.cores, self.folder, self.niceness,
        )
        return self

    def started(self):
        self.start()
        self.process.await_answer(self.url("/mock"))
        return self

    def started_warm(self):
        """With compiled code: what a compiler leaves in memory would hide what is looked for."""
        self.started().process.stop()
        return self.started()

    def url(self, path):
        return f"http://127.0.0.1:{self.http}{path}"


def bare_pingora(tools, port, origin, cores, folder, threads=1, niceness=0, name="bare-pingora"):
    command = [tools.ours.executables["bare_pingora"], f"127.0.0.1:{port}", f"127.0.0.1:{origin}", threads]
    return Process(name, command, cores, folder, niceness)


@dataclass(frozen=True)
class Contestant:
    """One row: what is asked of which process, and the row that it is compared with."""

    key: str
    label: str
    url: str
    process: Process
    base: str


class Field:
    """All contestants, running, each on the server's core; idle but for the one that is asked."""

    def __init__(self, tools, folder, cores):
        self.contestants = {}
        self.missing = dict(tools.missing)
        origin, peer, bare = free_ports(3)
        core = cores.server
        self.origin = origin
        nginx("origin", origin, origin, cores.origin, folder).await_answer(f"http://127.0.0.1:{origin}/origin")

        process = nginx("nginx", peer, origin, core, folder)
        self.add("nginx", "nginx `return 200`", peer, "/static", process, "bare")
        self.add("nginx-proxy", "nginx proxy", peer, "/proxy", process, "bare-proxy")
        process = bare_pingora(tools, bare, origin, [core], folder)
        self.add("bare", "bare Pingora, static", bare, "/static", process, "bare")
        # It forwards the path as it is, and the origin answers no other by itself.
        self.add("bare-proxy", "bare Pingora proxy", bare, "/origin", process, "bare-proxy")
        if tools.envoy and tools.envoy_filter:
            self.add_envoy(tools, folder, origin, core)
        if tools.wasmtime:
            self.add_wasmtime(tools, folder, core)
        self.add_edgeway(Edgeway(tools, folder, origin, [core]).start())

    def add(self, key, label, port, path, process, base):
        url = f"http://127.0.0.1:{port}{path}"
        process.await_answer(url)
        self.contestants[key] = Contestant(key, label, url, process, base)

    def add_envoy(self, tools, folder, origin, core):
        ports = dict(zip(["static", "wasm_static", "proxy", "wasm_proxy"], free_ports(4)))
        configuration = folder / "envoy.yaml"
        configuration.write_text(fill("envoy.yaml", origin=origin, filter=tools.envoy_filter, **ports))
        process = Process(
            "envoy", [tools.envoy, "--concurrency", "1", "--log-level", "error", "--disable-hot-restart",
                      "-c", configuration], [core], folder,
        )
        self.add("envoy", "Envoy direct response", ports["static"], "/", process, "bare")
        self.add("envoy-wasm", "Envoy, answered by a WASM filter", ports["wasm_static"], "/", process, "bare")
        self.add("envoy-proxy", "Envoy proxy", ports["proxy"], "/", process, "bare-proxy")
        self.add("envoy-wasm-proxy", "Envoy proxy, header set by a WASM filter", ports["wasm_proxy"], "/",
                 process, "bare-proxy")

    def add_wasmtime(self, tools, folder, core):
        component = tools.ours.component("bench_wasi_http")
        reuse = ["--max-instance-reuse-count", "1000000"]
        for key, label, arguments in [
            ("wasmtime", "`wasmtime serve` (fresh instance, its default)", []),
            ("wasmtime-warm", "`wasmtime serve`, instances reused", reuse),
        ]:
            (port,) = free_ports(1)
            command = [tools.wasmtime, "serve", "-S", "cli", "--addr", f"127.0.0.1:{port}", *arguments, component]
            self.add(key, label, port, "/", Process(key, command, [core], folder), "bare")

    def add_edgeway(self, edgeway):
        for key, label, path, base in [
            ("mock", "Edgeway `MOCK`", "/mock", "bare"),
            ("function", "Edgeway function, warm", "/function", "bare"),
            ("function-fresh", "Edgeway function, fresh instance", "/function-fresh", "bare"),
            ("wasi-http", "Edgeway, the component of `wasmtime serve`", "/wasi-http", "bare"),
            ("proxy", "Edgeway `HTTP_PROXY`", "/proxy", "bare-proxy"),
            ("proxied", "Edgeway `HTTP_PROXY`, the origin by `POST`", "/proxied/7", "bare-proxy"),
            ("mapped", "Edgeway `HTTP`, templates and parameter mapping", "/mapped/7", "bare-proxy"),
            ("proxy-transform", "Edgeway `HTTP_PROXY`, request transform", "/proxy-with-transform", "bare-proxy"),
            ("proxy-authorizer", "Edgeway `HTTP_PROXY`, authorizer", "/proxy-with-authorizer", "bare-proxy"),
            ("proxy-both", "Edgeway `HTTP_PROXY`, authorizer and transform", "/proxy-with-both", "bare-proxy"),
        ]:
            self.add(key, label, edgeway.http, path, edgeway.process, base)
