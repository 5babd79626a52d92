"""The micro-benchmarks of the crates: single steps of a request, without sockets."""

import re
import subprocess

from machine import Failure
from report import Bar, Section, significant
from tools import MICRO, ROOT

NANOSECONDS = {"ns": 1.0, "µs": 1e3, "ms": 1e6, "s": 1e9}

BYTES = {"B": 1.0, "KB": 1e3, "MB": 1e6, "GB": 1e9}

# What divan's allocator counts: what is held is what was allocated and is not freed.
SIGNS = {"max alloc:": 0, "alloc:": 1, "dealloc:": -1, "grow:": 1, "shrink:": -1}

ROUTES = "match_among_300_resources"
# What these cost is the difference to the same request without them.
GUARDED = [
    ("cached decision of an authorizer", "mock_with_cached_authorizer guarded", "mock_with_cached_authorizer open"),
    ("token that was verified before", "mock_with_verified_token pooled", "mock_with_verified_token open"),
]
BYTES_PER_KEY, KEY_BYTES, KEYS = "a_million_buckets", 16, 1_000_000

# What, benchmark, largest median in nanoseconds.
BARS = [
    ("body of 2 KB read and validated against 30 properties", "body_of_2_kb_against_30_properties", 10_000),
    ("policy of 20 statements with conditions evaluated", "twenty_statements_with_conditions", 2_000),
    ("signature of a request of 1 KB verified, with its key derived", "signature_with_secret", 15_000),
    ("template with a loop of 20, body of 2 KB", "template_with_a_loop_of_20", 20_000),
    ("token of a bucket taken, of one of 1,000,000 keys", "one_of_a_million_buckets", 300),
    ("token of 1 KB verified, RS256", "rs256", 40_000),
    ("warm typed call: authorizer", "warm_authorizer", 5_000),
    ("warm typed call: request transform", "warm_request_transform", 5_000),
    ("warm event function, event of 1 KB", "warm_event_function_1_kb", 15_000),
]


def measure(_options, _folder, cores, tools):
    medians, held = {}, {}
    for name in MICRO.values():
        for all_of, figures in zip((medians, held), run(tools.ours.executables[name], cores.server)):
            all_of.update(figures)
    result = Section("micro", ["", "median"])
    result.rows = [[name.replace(" ", ", "), duration(nanoseconds)] for name, nanoseconds in medians.items()]
    slowest = max(value for name, value in medians.items() if name.startswith(ROUTES))
    figures = [("route match among 300 resources, the slowest", slowest, 1_000)]
    figures += [(what, medians[name] - medians[base], 1_000) for what, name, base in GUARDED]
    figures += [(what, medians[name], maximum) for what, name, maximum in BARS]
    result.bars = [Bar.at_most(what, most / 1e3, value / 1e3, " µs") for what, value, most in figures]
    per_key = held[BYTES_PER_KEY] / KEYS - KEY_BYTES
    result.bars.append(Bar.at_most("memory of one of 1,000,000 keys with a bucket, beside the key", 64, per_key, " bytes"))
    if tools.airspeed:
        parsed, unparsed = airspeed(tools.airspeed, cores.server)
        ours = medians["template_with_a_loop_of_20"]
        result.rows.append(["that template, airspeed", duration(parsed)])
        result.rows.append(["that template, airspeed, parsed for each request", duration(unparsed)])
        result.bars.append(Bar.at_least("that template, by airspeed as LocalStack uses it", 50, unparsed / ours, "x"))
    return result


def airspeed(python, core):
    """The same template in Python's engine: the medians in nanoseconds, when it is parsed and when it is not."""
    script = ROOT / "tests/bench/airspeed_template.py"
    done = subprocess.run(
        ["taskset", "-c", str(core), python, script, "200"], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Failure(f"airspeed failed:\n{done.stderr[-2000:]}")
    return [float(line) for line in done.stdout.split()]


def duration(nanoseconds):
    return f"{significant(nanoseconds / 1e3)} µs" if nanoseconds >= 1e3 else f"{significant(nanoseconds)} ns"


def run(executable, core):
    """Benchmark (and argument) to its median in nanoseconds, and to the bytes that are allocated and not freed in it."""
    done = subprocess.run(
        ["taskset", "-c", str(core), executable, "--bench", "--color", "never", "--min-time", "1"],
        cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
    )
    if done.returncode != 0:
        raise Failure(f"{executable} failed:\n{done.stderr[-2000:]}")
    medians, held, group, key, sign = {}, {}, "", None, 0
    for line in done.stdout.splitlines():
        found = re.match(r"([│ ]*)[├╰]─ (\S+)\s*(.*)", line)
        # fastest, slowest, median, mean, samples, iterations
        columns = [column.strip() for column in (found.group(3) if found else line.lstrip("│ ")).split("│")]
        if found:
            indent, name, _ = found.groups()
            if len(columns) < 6 or not columns[2]:
                group = name
                continue
            value, unit = columns[2].split()
            key = f"{group} {name}" if indent else name
            medians[key] = float(value) * NANOSECONDS[unit]
        elif columns[0] in SIGNS:
            sign = SIGNS[columns[0]]
        elif key and len(columns) > 2 and columns[2].split()[-1:] and (unit := columns[2].split()[-1]) in BYTES:
            held[key] = held.get(key, 0) + sign * float(columns[2].split()[0]) * BYTES[unit]
    if not medians:
        raise Failure(f"{executable} printed no figures:\n{done.stdout[-2000:]}")
    return medians, held
