"""Load: as much as a server takes (wrk), or so much a second (oha)."""

import json
import re
import subprocess
from dataclasses import dataclass

from machine import HEADERS, Failure



def header_arguments(headers):
    return [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]


@dataclass(frozen=True)
class Throughput:
    requests: int
    per_second: float


def wrk(url, seconds, connections, cores, niceness=0, headers=HEADERS):
    """Closed loop: each connection sends when it was answered. Fails if anything but 2xx comes back."""
    pins = ",".join(str(core) for core in cores)
    output = subprocess.run(
        ["nice", "-n", str(niceness), "taskset", "-c", pins, "wrk", f"-t{len(cores)}", f"-c{connections}",
         f"-d{seconds}s", *header_arguments(headers), url],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    ).stdout
    requests = re.search(r"(\d+) requests in", output)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    # Timeouts are slowness, which the figures show.
    broken = re.search(r"Non-2xx|Socket errors: connect (?!0, read 0, write 0)", output)
    if not requests or not rate or broken or int(requests[1]) == 0:
        raise Failure(f"{url} failed requests:\n{output}")
    return Throughput(int(requests[1]), float(rate[1]))


@dataclass(frozen=True)
class Sample:
    """What a server did in a round, and the processor time that a request took of it."""

    per_second: float
    cpu_micros: float


def sample(process, url, options, core, headers=HEADERS):
    process.check()
    before = process.cpu_seconds()
    load = wrk(url, options.seconds, options.connections, [core], headers=headers)
    return Sample(load.per_second, (process.cpu_seconds() - before) * 1e6 / load.requests)


@dataclass(frozen=True)
class Latency:
    """In milliseconds, from when a request was due."""

    p50: float
    p99: float
    p999: float
    """Of the rate that was asked for; below 0.97 the load generator was too slow."""
    kept: float


def oha(binary, url, seconds, rate, connections, core):
    """Open loop: requests are due at a fixed rate, whether or not the server keeps up."""
    done = subprocess.run(
        ["taskset", "-c", str(core), binary, "--no-tui", "--output-format", "json", "--worker-threads", "1",
         "-z", f"{seconds}s", "-q", str(int(rate)), "-c", str(connections), "--latency-correction",
         *header_arguments(HEADERS), url],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )
    if done.returncode != 0:
        raise Failure(f"oha failed: {done.stderr[-1000:]}")
    report = json.loads(done.stdout)
    others = {status: count for status, count in report["statusCodeDistribution"].items() if status != "200"}
    if others:
        raise Failure(f"{url} failed requests: {others}")
    percentiles = report["latencyPercentiles"]
    return Latency(
        percentiles["p50"] * 1e3, percentiles["p99"] * 1e3, percentiles["p99.9"] * 1e3,
        report["summary"]["requestsPerSec"] / rate,
    )
