"""Requests a second and processor time a request, of every contestant."""

import sys
from collections import defaultdict

from load import sample
from machine import Failure
from report import SAMPLED, Bar, Section, ratio_of_samples, sampled

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


def measure(options, field, cores):
    """Rounds alternate between the contestants, so that a machine whose speed drifts is fair to all."""
    samples, missing = defaultdict(list), dict(field.missing)
    for round_number in range(1, options.rounds + 1):
        for contestant in field.contestants.values():
            if contestant.key in missing:
                continue
            try:
                samples[contestant.key].append(sample(contestant.process, contestant.url, options, cores.load))
            except Failure as failure:
                missing[contestant.key] = str(failure)
                samples.pop(contestant.key, None)
        print(f"bench: speed, round {round_number} of {options.rounds}", file=sys.stderr, flush=True)
    return section(field, samples, missing)


def section(field, samples, missing):
    result = Section("speed", SAMPLED)
    for contestant in field.contestants.values():
        if contestant.key in samples:
            figures = sampled(samples[contestant.key], samples.get(contestant.base))
            result.rows.append([contestant.label, *figures])
    for what, one, other, minimum in BARS:
        absent = [key for key in (one, other) if key not in samples]
        if absent:
            required = "ahead" if minimum is None else f"at least {minimum:g}x"
            result.bars.append(Bar.unmeasured(what, required, f"no figure for {', '.join(absent)}"))
            continue
        ratio = ratio_of_samples(samples[one], samples[other])
        result.bars.append(Bar.more_than(what, 1, ratio) if minimum is None else Bar.at_least(what, minimum, ratio))
    result.notes = [f"{name} is missing: {reason}" for name, reason in missing.items()]
    return result
