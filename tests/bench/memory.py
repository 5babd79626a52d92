"""What stays in memory: after many requests, after many hot swaps, and for each idle instance."""

import os
import re
import sys
import threading
import time

import contestants
from load import wrk
from machine import Failure, free_ports, get, get_at_once
from report import Bar, Section, significant

MIB = 2**20
PATHS = ["/function", "/proxy-with-both", "/function-fresh", "/mock"]
GROWTH_MAX = 1.10

# Calls at once, each in an instance of its own.
INSTANCES = 200
INSTANCE_KB_MAX = 300

# A component that is not replaced within this time was refused.
SWAP_SECONDS_MAX = 60


def measure(options, folder, cores, tools):
    result = Section("memory", ["", "resident MiB"])
    (origin,) = free_ports(1)
    contestants.nginx("memory-origin", origin, origin, cores.origin, folder).await_answer(
        f"http://127.0.0.1:{origin}/origin"
    )
    idle_instance(result, folder, cores, tools, origin)
    edgeway = contestants.Edgeway(tools, folder, origin, [cores.server], name="edgeway-memory").started_warm()
    first = after_requests(result, options, edgeway, cores)
    after_swaps(result, options, edgeway, first, tools, cores)
    edgeway.process.stop()
    return result


def idle_instance(result, folder, cores, tools, origin):
    """By a server that has nothing else: what it holds after `INSTANCES` calls at once, and before."""
    edgeway = contestants.Edgeway(tools, folder, origin, list(cores.all), name="edgeway-idle").started_warm()
    sleep = edgeway.url("/sleeper?sleepMillis=")
    get(sleep + "1")
    # As many connections, whose memory is not the instances'.
    if get_at_once(edgeway.url("/mock"), INSTANCES) < INSTANCES:
        raise Failure("requests failed while connections were measured")
    before = edgeway.process.resident_bytes()
    answered = get_at_once(sleep + "4000", INSTANCES)
    after = edgeway.process.resident_bytes()
    warm = metric(edgeway, 'edgeway_function_instances{[^}]*"sleeper"[^}]*state="warm"[^}]*}')
    edgeway.process.stop()
    if answered < INSTANCES or warm < INSTANCES:
        raise Failure(f"of {INSTANCES} calls at once {answered} were answered, and {warm} instances are warm")
    kb = (after - before) / 1000 / INSTANCES
    result.rows.append(["started, nothing called", significant(before / MIB)])
    result.rows.append([f"{INSTANCES} idle warm instances more", significant(after / MIB)])
    result.bars.append(Bar.at_most("one idle warm instance (Rust)", INSTANCE_KB_MAX, kb, " KB"))


def after_requests(result, options, edgeway, cores):
    """What it holds after the first minute."""
    began, sent, first = time.monotonic(), 0, None
    seconds = max(1, min(10, options.first_minute // len(PATHS)))
    while first is None or sent < options.requests:
        for path in PATHS:
            sent += wrk(edgeway.url(path), seconds, options.connections, [cores.load]).requests
        if first is None and time.monotonic() - began >= options.first_minute:
            first, sent_first = edgeway.process.resident_bytes(), sent
        print(f"bench: memory, {sent:,} of {options.requests:,} requests", file=sys.stderr, flush=True)
    last = edgeway.process.resident_bytes()
    result.rows.append([f"after {options.first_minute} s, {sent_first:,} requests", significant(first / MIB)])
    result.rows.append([f"after {sent:,} requests", significant(last / MIB)])
    what = f"memory after {sent:,} requests, by that after {options.first_minute} s"
    result.bars.append(Bar.at_most(what, GROWTH_MAX, last / first))
    return first


class Client(threading.Thread):
    """Calls the function that is swapped, all the time."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.sent, self.failures, self.ended = url, 0, [], threading.Event()

    def run(self):
        while not self.ended.wait(0.005):
            self.sent += 1
            try:
                get(self.url)
            except OSError as error:
                self.failures.append(str(error))


def after_swaps(result, options, edgeway, first, tools, cores):
    component = tools.ours.component("bench_hello").read_bytes()
    target = edgeway.api / "components/swapped.wasm"
    # With every core: a swap is compilation, which is not what is measured.
    for thread in os.listdir(f"/proc/{edgeway.process.pid}/task"):
        os.sched_setaffinity(int(thread), cores.all)
    client = Client(edgeway.url("/function-swapped"))
    client.start()
    began = time.monotonic()
    for number in range(1, options.swaps + 1):
        swap(edgeway, target, version(component, number))
        if number % 50 == 0:
            print(f"bench: memory, {number} of {options.swaps} swaps", file=sys.stderr, flush=True)
    millis = (time.monotonic() - began) * 1000 / options.swaps
    client.ended.set()
    client.join()
    # Under the same load as before, which is when the first figure was taken.
    wrk(edgeway.url("/function-swapped"), max(1, options.seconds), options.connections, [cores.load])
    last = edgeway.process.resident_bytes()
    result.rows.append([f"after {options.swaps} hot swaps, {millis:,.0f} ms each", significant(last / MIB)])
    what = f"memory after {options.swaps} hot swaps, by that after {options.first_minute} s"
    result.bars.append(Bar.at_most(what, GROWTH_MAX, last / first))
    what = f"failed requests of {client.sent:,} during the swaps"
    result.bars.append(Bar.at_most(what, 0, len(client.failures), ""))


def swap(edgeway, target, component):
    """Replaces the file as compilers do, and waits until the new version serves."""
    before = reloads(edgeway)
    beside = target.with_suffix(".new")
    beside.write_bytes(component)
    beside.replace(target)
    began = time.monotonic()
    while reloads(edgeway) == before:
        edgeway.process.check()
        if time.monotonic() - began > SWAP_SECONDS_MAX:
            raise Failure(f"a component was not swapped within {SWAP_SECONDS_MAX} s; see {edgeway.process.log}")
        time.sleep(0.01)


def reloads(edgeway):
    return metric(edgeway, "edgeway_reloads_total")


def metric(edgeway, pattern):
    """The value of the metric whose name and labels match; 0 without one."""
    metrics = get(f"http://127.0.0.1:{edgeway.control}/_edgeway/metrics").decode()
    found = re.search(rf"^{pattern} (\d+)", metrics, re.MULTILINE)
    return int(found[1]) if found else 0


def version(component, number):
    """The same component with other bytes: a custom section more at its end."""
    name, text = b"bench", str(number).encode()
    body = bytes([len(name)]) + name + text
    return component + b"\x00" + bytes([len(body)]) + body
