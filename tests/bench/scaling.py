"""What a second core brings.

With four cores or more: requests a second of two server cores by those of one. With fewer, server and
load share all cores, so that requests a second say nothing; what can be measured is whether a request
costs more processor time with two threads than with one. Twice the quotient is how much faster two cores
would be, as long as no thread waits for another (waiting costs no processor time and is not seen).
"""

from collections import defaultdict
from statistics import median

import contestants
from load import wrk
from machine import free_ports
from report import Bar, Section, significant

# The load, when it shares the server's cores, leaves them to the server.
LOAD_NICENESS = 10


def measure(options, folder, cores, tools):
    shares = len(cores.all) < 4
    result = Section("scaling", ["", "one thread", "two threads", "two by one"])
    load_cores = list(cores.all) if shares else list(cores.all[2:])
    (origin,) = free_ports(1)
    origin_server = contestants.nginx("scaling-origin", origin, origin, load_cores[-1], folder)
    origin_server.await_answer(f"http://127.0.0.1:{origin}/origin")
    servers = {threads: start(tools, folder, origin, cores, threads, shares) for threads in (1, 2)}
    figures = defaultdict(list)
    for _ in range(options.rounds):
        for threads, rows in servers.items():
            for label, url, process in rows:
                before = process.cpu_seconds()
                load = wrk(url, options.seconds, 2 * options.connections, load_cores, LOAD_NICENESS if shares else 0)
                micros = (process.cpu_seconds() - before) * 1e6 / load.requests
                figures[label, threads].append(micros if shares else load.per_second)
    for label, _, _ in servers[1]:
        one, two = (median(figures[label, threads]) for threads in (1, 2))
        times = 2 * one / two if shares else two / one
        unit = "µs/request" if shares else "requests/s"
        result.rows.append([label, f"{significant(one)} {unit}", f"{significant(two)} {unit}", f"{times:.2f}x"])
        if label.startswith("Edgeway"):
            result.bars.append(Bar.at_least(f"{label}: two cores by one", 1.8, times))
    if shares:
        result.notes.append(
            "Two cores are not enough to load two cores: the last column is what the processor time of a request implies, "
            "if no thread waits for another."
        )
    return result


def start(tools, folder, origin, cores, threads, shares):
    """Label, address and process of each row."""
    pinned = list(cores.all) if shares else list(cores.all[:threads])
    edgeway = contestants.Edgeway(tools, folder, origin, pinned, threads, name=f"edgeway-{threads}").started()
    (port,) = free_ports(1)
    bare = contestants.bare_pingora(tools, port, origin, pinned, folder, threads, name=f"bare-{threads}")
    url = f"http://127.0.0.1:{port}/proxy"
    bare.await_answer(url)
    return [
        ("bare Pingora proxy", url, bare),
        ("Edgeway `HTTP_PROXY`", edgeway.url("/proxy"), edgeway.process),
        ("Edgeway function, warm", edgeway.url("/function"), edgeway.process),
    ]
