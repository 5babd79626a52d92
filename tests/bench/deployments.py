"""The control API with the disk and the network in it, and the data path while it deploys.

A node of its own, `edgeway serve`, that AWS's client for Python tells what to do.
"""

import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from statistics import median

from load import oha
from machine import Failure, get
from node import Node
from report import Bar, Section, ratio_of_rounds

CLIENTS = 8
RESOURCES, METHODS = 300, ["GET", "POST", "PUT", "DELETE"]
DEPLOYMENT_MILLISECONDS_MAX = 200

SWITCHES = 200
SWITCH_MILLISECONDS_MAX = 100

# 100 a minute.
SECONDS_PER_DEPLOYMENT = 0.6
STALL_MAX = 1.5
# Far below the peak: what is asked is how long a request waits for a deployment, not how long for others.
RATE = 2_000

METHODS_PER_API = 50
METHOD_KIB_MAX = 4
RESTART_SECONDS_MAX = 1


def measure(options, folder, cores, tools):
    result = Section("deployments", ["", "measured"])
    node = Node(tools, folder, cores.all)
    created(result, node, options)
    switched(result, node)
    deployed(result, node, options, tools, cores)
    node.process.stop()
    restarted(result, options, folder, cores, tools)
    return result


def created(result, node, options):
    """Each is on the disk before it is answered."""
    api = node.aws.create_rest_api(name="resources")

    def create(aws, client):
        number, until = 0, time.monotonic() + options.seconds
        while time.monotonic() < until:
            number += 1
            aws.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart=f"{client}-{number}")
        return number

    # Clients of boto3 are made one after the other.
    clients = [node.client() for _ in range(CLIENTS)]
    alone = create(clients[0], "alone") / options.seconds
    with ThreadPoolExecutor(CLIENTS) as pool:
        together = sum(pool.map(create, clients, range(CLIENTS))) / options.seconds
    result.rows.append(["CreateResource, one client of boto3", f"{alone:,.0f} a second"])
    result.rows.append([f"CreateResource, {CLIENTS} clients of boto3", f"{together:,.0f} a second"])


def switched(result, node):
    """From the answer of UpdateStage to the first response of the other deployment."""
    api = node.api(1, ["GET"])
    [resource] = [item for item in node.aws.get_resources(restApiId=api)["items"] if "pathPart" in item]
    deployments, bodies = [], [b"one", b"two"]
    for body in bodies:
        node.aws.put_integration_response(
            restApiId=api, resourceId=resource["id"], httpMethod="GET", statusCode="200",
            responseTemplates={"application/json": body.decode()},
        )
        deployments.append(node.deploy(api)["id"])
    times = []
    for turn in range(SWITCHES):
        patch = {"op": "replace", "path": "/deploymentId", "value": deployments[turn % 2]}
        node.aws.update_stage(restApiId=api, stageName="prod", patchOperations=[patch])
        began = time.monotonic()
        while get(node.url(api, "/pets0"), headers={}) != bodies[turn % 2]:
            pass
        times.append((time.monotonic() - began) * 1000)
    what = f"UpdateStage, from its answer until it is served, {SWITCHES} times"
    result.rows.append([what, f"{median(times):.1f} ms, at most {max(times):.1f} ms"])
    result.bars.append(Bar.at_most(f"{what}, the slowest", SWITCH_MILLISECONDS_MAX, max(times), " ms"))


def deployed(result, node, options, tools, cores):
    if not tools.oha:
        raise Failure(f"oha is missing: {tools.missing['oha']}")
    api = node.api(RESOURCES, METHODS)
    url = node.url(api, f"/pets{RESOURCES - 1}")
    node.process.await_answer(url)
    times, quiet, beside, foreign = [], [], [], []

    def tail():
        return oha(tools.oha, url, options.seconds, RATE, options.connections, cores.load).p999

    for _ in range(options.rounds):
        quiet.append(tail())
        with Deployer(node, api) as deployer:
            beside.append(tail())
        times += deployer.times
        with Occupied(median(times)):
            foreign.append(tail())
    what = f"CreateDeployment of {RESOURCES} resources with {len(METHODS)} methods each"
    millis = median(times) * 1000
    result.rows.append([what, f"{millis:,.0f} ms"])
    result.rows.append([f"p99.9 of traffic at {RATE:,} requests/s", f"{median(quiet):.2f} ms"])
    result.rows.append(["p99.9 with 100 deployments a minute", f"{median(beside):.2f} ms"])
    result.rows.append([f"p99.9 beside a process of {millis:,.0f} ms that has nothing to do with it, as often", f"{median(foreign):.2f} ms"])
    result.bars.append(Bar.at_most(what, DEPLOYMENT_MILLISECONDS_MAX, millis, " ms"))
    what = "p99.9 of traffic during 100 deployments a minute, by that without"
    result.bars.append(Bar.at_most(what, STALL_MAX, ratio_of_rounds(beside, quiet)))


class Deployer(threading.Thread):
    """Deploys at its rate while it is entered."""

    def __init__(self, node, api):
        super().__init__(daemon=True)
        self.node, self.api, self.times, self.ended, self.error = node, api, [], threading.Event(), None

    def run(self):
        # Whoever deploys has a machine of their own, other than here.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        try:
            while not self.ended.wait(SECONDS_PER_DEPLOYMENT):
                began = time.monotonic()
                self.node.deploy(self.api)
                self.times.append(time.monotonic() - began)
        except Exception as error:  # noqa: BLE001: raised again where it is joined
            self.error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join()
        if self.error:
            raise Failure(f"a deployment failed: {self.error}")


OCCUPY = """
import sys, time
while True:
    until = time.monotonic() + float(sys.argv[1])
    while time.monotonic() < until:
        pass
    time.sleep(float(sys.argv[2]))
"""


class Occupied:
    """A processor has something else to do for as long as a deployment takes, and as often: what the tail
    would be if nobody waited for anything but a processor."""

    def __init__(self, seconds):
        self.command = ["nice", "-n", "10", sys.executable, "-c", OCCUPY, f"{seconds}", f"{SECONDS_PER_DEPLOYMENT}"]

    def __enter__(self):
        self.process = subprocess.Popen(self.command)

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def restarted(result, options, folder, cores, tools):
    """A node with many APIs, by one that has none."""
    empty = folder / "empty"
    empty.mkdir()
    node = Node(tools, empty, cores.all, name="edgeway-empty")
    none = node.process.resident_bytes()
    node.process.stop()
    many = folder / "many"
    many.mkdir()
    node = Node(tools, many, cores.all, name="edgeway-many")
    with ThreadPoolExecutor(CLIENTS) as pool:
        apis = list(pool.map(lambda _: node.api(METHODS_PER_API, ["GET"]), range(options.apis)))
    node.process.stop()
    node = Node(tools, many, cores.all, name="edgeway-restarted")
    for api in (apis[0], apis[-1]):
        node.process.await_answer(node.url(api, f"/pets{METHODS_PER_API - 1}"))
    seconds = time.monotonic() - node.began
    kib = (node.process.resident_bytes() - none) / 1024 / METHODS_PER_API / options.apis
    node.process.stop()
    what = f"{options.apis} APIs of {METHODS_PER_API} methods"
    result.rows.append([f"start to first answer, {what}", f"{seconds * 1000:,.0f} ms"])
    result.rows.append([f"memory of an idle method, {what}", f"{kib:.2f} KiB"])
    result.bars.append(Bar.at_most(f"start to first answer, {what}", RESTART_SECONDS_MAX, seconds, " s"))
    result.bars.append(Bar.at_most("memory of an idle method", METHOD_KIB_MAX, kib, " KiB"))
