"""The machine: which core does what, and processes with their processor time and memory."""

import os
import platform
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")

# What every contestant must answer, so that none is measured while it fails.
BODY = b'{"hello":"world"}'
KILOBYTE = b'{"kilobyte":"' + b"x" * 1_009 + b'"}'
HEADERS = {"Authorization": "Bearer open-sesame"}


class Failure(Exception):
    """Something cannot run; the text says what and what to do."""


@dataclass(frozen=True)
class Cores:
    """Who runs where. The server's core has nothing else to do."""

    server: int
    load: int
    origin: int
    all: tuple[int, ...]

    @classmethod
    def of_this_process(cls):
        cores = tuple(sorted(os.sched_getaffinity(0)))
        if len(cores) < 2:
            raise Failure("needs two cores: one for the server and one for the load")
        # With two, the origin shares the load generator's.
        return cls(cores[0], cores[1], cores[2] if len(cores) > 2 else cores[1], cores)


def facts():
    """By kind: what a reader needs to judge the figures by."""
    memory = os.sysconf("SC_PHYS_PAGES") * PAGE_BYTES / 2**30
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GB of memory, "
        f"Linux {platform.release().split('-')[0]}"
    )


class Process:
    """A server under measurement, pinned to cores. Dies with this script, however that ends."""

    running = []

    def __init__(self, name, command, cores, folder, niceness=0):
        pins = ",".join(str(core) for core in cores)
        prefix = ["setpriv", "--pdeathsig", "KILL", "nice", "-n", str(niceness), "taskset", "-c", pins]
        self.name = name
        self.log = Path(folder) / f"{name}.log"
        with open(self.log, "wb") as log:
            self.child = subprocess.Popen(
                prefix + [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.pid = self.child.pid
        Process.running.append(self)

    def stop(self):
        # At once: a graceful end of bare Pingora takes five minutes.
        self.child.kill()
        self.child.wait()
        if self in Process.running:
            Process.running.remove(self)

    @classmethod
    def stop_all(cls):
        for process in list(cls.running):
            process.stop()

    def check(self):
        if self.child.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise Failure(f"{self.name} ended with {self.child.returncode}:\n{tail}")

    def cpu_seconds(self):
        """User and system time of all its threads, and of its children's, so far."""
        return sum(cpu_seconds(pid) for pid in [self.pid, *children(self.pid)])

    def resident_bytes(self):
        """Of it and of its children."""
        return sum(resident_bytes(pid) for pid in [self.pid, *children(self.pid)])

    def await_answer(self, url, expected=BODY, seconds=60.0, headers=HEADERS):
        """Waits until it answers as it should; how long that took."""
        began = time.monotonic()
        answer = b""
        while time.monotonic() - began < seconds:
            self.check()
            try:
                answer = get(url, headers=headers)
                if answer == expected:
                    return time.monotonic() - began
            except OSError as error:
                answer = str(error).encode()
            time.sleep(0.05)
        raise Failure(f"{self.name}: {url} answers {answer[:200]!r}, not {expected!r}; see {self.log}")


def children(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in listed.read_text().split()] if listed.exists() else []


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def resident_bytes(pid):
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (FileNotFoundError, ProcessLookupError):
        return 0


def get(url, timeout=15.0, headers=HEADERS):
    """The body of a 200."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=timeout) as response:
        return response.read()


def get_at_once(url, count):
    """`count` requests, all under way at the same time; how many answered 200."""
    answered = []

    def one():
        try:
            get(url, timeout=60.0)
            answered.append(1)
        except OSError:
            pass

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(answered)


def free_ports(count):
    """Ports that nobody listens on, none of them twice."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def end_on_signals():
    """SIGTERM and SIGHUP unwind, so that what was started is stopped."""

    def end(number, _frame):
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
