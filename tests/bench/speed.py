"""Requests a second and processor time a request, of every contestant."""

import sys
from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from load import wrk
from machine import Failure
from report import Bar, Section, ratio_of_rounds, significant

# What, row, row to compare with, bar: at least so many times, or (None) ahead of it.
BARS = [
    ("`HTTP_PROXY` through the whole pipeline, by bare Pingora", "proxy", "bare-proxy", 0.90),
    ("`HTTP_PROXY`, by Envoy", "proxy", "envoy-proxy", None),
    ("`HTTP_PROXY`, authorizer and transform, by Envoy with its WASM filter", "proxy-both", "envoy-wasm-proxy", None),
    ("`HTTP`, templates both ways and parameter mapping, by the same route as `HTTP_PROXY`", "mapped", "proxied", 0.60),
    ("warm function, by `wasmtime serve`", "function", "wasmtime", 3.0),
    ("warm function, by Envoy's WASM filter", "function", "envoy-wasm", None),
    ("fresh instance, by `wasmtime serve`", "function-fresh", "wasmtime", None),
    ("unmodified `wasi:http` component, by `wasmtime serve`", "wasi-http", "wasmtime", None),
]


@dataclass(frozen=True)
class Sample:
    per_second: float
    cpu_micros: float


def sample(contestant, seconds, connections, core):
    contestant.process.check()
    before = contestant.process.cpu_seconds()
    load = wrk(contestant.url, seconds, connections, [core])
    spent = contestant.process.cpu_seconds() - before
    return Sample(load.per_second, spent * 1e6 / load.requests)


def measure(options, field, cores):
    """Rounds alternate between the contestants, so that a machine whose speed drifts is fair to all."""
    samples, missing = defaultdict(list), dict(field.missing)
    for round_number in range(1, options.rounds + 1):
        for contestant in field.contestants.values():
            if contestant.key in missing:
                continue
            try:
                samples[contestant.key].append(
                    sample(contestant, options.seconds, options.connections, cores.load)
                )
            except Failure as failure:
                missing[contestant.key] = str(failure)
                samples.pop(contestant.key, None)
        print(f"bench: speed, round {round_number} of {options.rounds}", file=sys.stderr, flush=True)
    return section(field, samples, missing)


def section(field, samples, missing):
    result = Section("speed", ["", "requests/s", "CPU µs/request", "throughput", "by CPU time"])

    def ratio(one, other):
        return ratio_of_rounds(*([each.per_second for each in samples[key]] for key in (one, other)))

    def cpu(key):
        return median(each.cpu_micros for each in samples[key])

    for contestant in field.contestants.values():
        key, base = contestant.key, contestant.base
        if key not in samples:
            continue
        figures = [significant(median(each.per_second for each in samples[key])), significant(cpu(key))]
        if base in samples:
            figures += [f"{ratio(key, base):.2f}x", f"{cpu(base) / cpu(key):.2f}x"]
        result.rows.append([contestant.label, *figures, *[""] * (4 - len(figures))])
    for what, one, other, minimum in BARS:
        absent = [key for key in (one, other) if key not in samples]
        if absent:
            required = "ahead" if minimum is None else f"at least {minimum:g}x"
            result.bars.append(Bar.unmeasured(what, required, f"no figure for {', '.join(absent)}"))
        elif minimum is None:
            result.bars.append(Bar.more_than(what, 1, ratio(one, other)))
        else:
            result.bars.append(Bar.at_least(what, minimum, ratio(one, other)))
    result.notes = [f"{name} is missing: {reason}" for name, reason in missing.items()]
    return result
