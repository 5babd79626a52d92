"""The micro-benchmarks of the crates: single steps of a request, without sockets."""

import re
import subprocess

from machine import Failure
from report import Bar, Section, significant
from tools import MICRO, ROOT

NANOSECONDS = {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9}

ROUTES = "match_among_300_resources"
MOCK = "mock_with_cached_authorizer"

# What, benchmark, largest median in nanoseconds.
BARS = [
    ("signature of a request of 1 KB verified, with its key derived", "signature_with_secret", 15_000),
    ("create and delete of a resource, each on the disk", "create_resource", 20_000_000),
    ("CreateDeployment of 300 resources with 4 methods", "create_deployment_of_300_resources_with_4_methods", 200_000_000),
    ("300 stages of 50 methods read and compiled", "load_of_300_stages_with_50_methods", 1_000_000_000),
    ("warm typed call: authorizer", "warm_authorizer", 5_000),
    ("warm typed call: request transform", "warm_request_transform", 5_000),
    ("warm event function, event of 1 KB", "warm_event_function_1_kb", 15_000),
]


def measure(_options, _folder, cores, tools):
    medians = {}
    for name in MICRO.values():
        medians.update(run(tools.ours.executables[name], cores.server))
    result = Section("micro", ["", "median"])
    result.rows = [[name.replace(" ", ", "), duration(nanoseconds)] for name, nanoseconds in medians.items()]
    slowest = max(value for name, value in medians.items() if name.startswith(ROUTES))
    cached = medians[f"{MOCK} guarded"] - medians[f"{MOCK} open"]
    figures = [("route match among 300 resources, the slowest", slowest, 1_000), ("cached decision of an authorizer", cached, 1_000)]
    figures += [(what, medians[name], maximum) for what, name, maximum in BARS]
    result.bars = [Bar.at_most(what, most / 1e3, value / 1e3, " µs") for what, value, most in figures]
    return result


def duration(nanoseconds):
    return f"{significant(nanoseconds / 1e3)} µs" if nanoseconds >= 1e3 else f"{significant(nanoseconds)} ns"


def run(executable, core):
    """Benchmark (and argument) to its median in nanoseconds."""
    done = subprocess.run(
        ["taskset", "-c", str(core), executable, "--bench", "--color", "never", "--min-time", "1"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )
    if done.returncode != 0:
        raise Failure(f"{executable} failed:\n{done.stderr[-2000:]}")
    medians, group = {}, ""
    for line in done.stdout.splitlines():
        found = re.match(r"([│ ]*)[├╰]─ (\S+)\s*(.*)", line)
        if not found:
            continue
        indent, name, columns = found.groups()
        # fastest, slowest, median, mean, samples, iterations
        columns = [column.strip() for column in columns.split("│")]
        if len(columns) < 6 or not columns[2]:
            group = name
            continue
        value, unit = columns[2].split()
        medians[f"{group} {name}" if indent else name] = float(value) * NANOSECONDS[unit]
    if not medians:
        raise Failure(f"{executable} printed no figures:\n{done.stdout[-2000:]}")
    return medians
