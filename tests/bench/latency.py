"""How long a request takes at 70 % of what the gateway can do."""

from collections import defaultdict
from statistics import median

from load import oha, wrk
from machine import Failure
from report import Bar, Section, ratio_of_rounds, significant

SHARE_OF_PEAK = 0.7

# Short rounds and many of them: what takes the machine away for a moment spoils a few, and not the median.
ROUND_SECONDS = 1

# Below this the load generator was the bottleneck, and what it says of latency is about itself.
RATE_KEPT_MIN = 0.97

# Contestants of a group get the same rate: 70 % of the peak of the first, which is ours.
GROUPS = [["proxy", "bare-proxy", "envoy-proxy"], ["proxy-both", "bare-proxy", "envoy-wasm-proxy"], ["function", "bare"]]

BARS = [("p99 of `HTTP_PROXY` at 70 % of its peak, by bare Pingora at the same rate", "proxy", "bare-proxy")]


def measure(options, field, cores, tools):
    if not tools.oha:
        raise Failure(f"oha is missing: {tools.missing['oha']}")
    result = Section("latency", ["", "rate/s", "core busy", "p50 ms", "p99 ms", "p99.9 ms"])
    for group in GROUPS:
        present = [field.contestants[key] for key in group if key in field.contestants]
        peaks = [wrk(present[0].url, options.seconds, options.connections, [cores.load]) for _ in range(3)]
        rate = SHARE_OF_PEAK * median(peak.per_second for peak in peaks)
        measured, busy = defaultdict(list), defaultdict(list)
        for _ in range(options.rounds * options.seconds // ROUND_SECONDS):
            for contestant in present:
                before = contestant.process.cpu_seconds()
                latency = oha(
                    tools.oha, contestant.url, ROUND_SECONDS, rate, options.connections, cores.load
                )
                busy[contestant.key].append((contestant.process.cpu_seconds() - before) / ROUND_SECONDS)
                measured[contestant.key].append(latency)
        add(result, group, present, rate, measured, busy)
    return result


def add(result, group, present, rate, measured, busy):
    kept = {key: median(each.kept for each in latencies) for key, latencies in measured.items()}
    for contestant in present:
        latencies = measured[contestant.key]
        percentiles = [significant(median(values)) for values in (
            [each.p50 for each in latencies], [each.p99 for each in latencies], [each.p999 for each in latencies]
        )]
        too_slow = "" if kept[contestant.key] >= RATE_KEPT_MIN else f" ({kept[contestant.key]:.0%} of it kept)"
        share = f"{median(busy[contestant.key]):.0%}"
        result.rows.append([contestant.label, f"{rate:,.0f}{too_slow}", share, *percentiles])
    for what, one, other in BARS:
        if one != group[0]:
            continue
        if min(kept[one], kept[other]) < RATE_KEPT_MIN:
            result.bars.append(Bar.unmeasured(what, "at most 1.5x", "the load generator did not keep the rate"))
        else:
            p99 = ratio_of_rounds(*([each.p99 for each in measured[key]] for key in (one, other)))
            result.bars.append(Bar.at_most(what, 1.5, p99))
