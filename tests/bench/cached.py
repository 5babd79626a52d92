"""A kept response of 1 KB, by peers that keep one and by one that has it anyway. All from memory.

The origin is stopped before anything is measured: what is not kept fails the run.
"""

import os
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from contestants import bare_pingora, nginx
from load import sample
from machine import KILOBYTE, Failure, Process, free_ports, get
from node import Node
from report import SAMPLED, Bar, Section, ratio_of_samples, sampled

# Longer than everything takes.
SECONDS_KEPT = 3_600

BARE, NGINX, VARNISH, EDGEWAY = "bare Pingora, static", "nginx `proxy_cache`", "Varnish", "Edgeway, cache hit"
# By which of them at least so many times.
BARS = [(BARE, 0.8), (NGINX, 1.0), (VARNISH, 1.0)]

HITS = "aws_apigateway_cache_hit_count_total"


def measure(options, folder, cores, tools):
    with tempfile.TemporaryDirectory(prefix="edgeway-bench-", dir=in_memory()) as kept:
        servers = started(folder, Path(kept), cores, tools)
        samples = defaultdict(list)
        for round_number in range(1, options.rounds + 1):
            for name, (process, url) in servers.items():
                samples[name].append(sample(process, url, options, cores.load, headers={}))
            print(f"bench: cached, round {round_number} of {options.rounds}", file=sys.stderr, flush=True)
        # It has files in that folder.
        Process.stop_all()
    return section(samples, tools.missing.get("varnish"))


def in_memory():
    """Where nginx keeps its files. Else they are where all temporary files are, and read from memory, too."""
    path = "/dev/shm"
    return path if os.access(path, os.W_OK) else None


def started(folder, kept, cores, tools):
    """Each with its address, where it answers without the origin."""
    origin, peer, bare = free_ports(3)
    source = nginx("origin", origin, origin, cores.origin, folder)
    source.await_answer(f"http://127.0.0.1:{origin}/kilobyte", KILOBYTE)
    process = bare_pingora(tools, bare, origin, [cores.server], folder)
    servers = {BARE: (process, f"http://127.0.0.1:{bare}/kilobyte")}
    process = nginx("nginx", peer, origin, cores.server, kept)
    servers[NGINX] = (process, f"http://127.0.0.1:{peer}/kept")
    if tools.varnish:
        servers[VARNISH] = varnish(tools, folder, origin, cores.server)
    node = Node(tools, folder, [cores.server], threads=1)
    servers[EDGEWAY] = (node.process, node.url(deployed(node, origin), "/kilobyte"))
    for process, url in servers.values():
        process.await_answer(url, KILOBYTE, headers={})
    await_hit(node, servers[EDGEWAY][1])
    source.stop()
    for process, url in servers.values():
        process.await_answer(url, KILOBYTE, headers={})
    return servers


def varnish(tools, folder, origin, core):
    (port,) = free_ports(1)
    command = [
        tools.varnish, "-F", "-j", "none", "-n", folder / "varnish", "-a", f"127.0.0.1:{port}", "-b", f"127.0.0.1:{origin}",
        "-s", "malloc,64m", "-t", SECONDS_KEPT, "-p", "thread_pools=1",
    ]
    return Process("varnish", command, [core], folder), f"http://127.0.0.1:{port}/kilobyte"


def deployed(node, origin):
    """An API whose stage keeps what its one method answers; its id."""
    api = node.aws.create_rest_api(name="cached")
    resource = node.aws.create_resource(restApiId=api["id"], parentId=api["rootResourceId"], pathPart="kilobyte")
    method = {"restApiId": api["id"], "resourceId": resource["id"], "httpMethod": "GET"}
    node.aws.put_method(**method, authorizationType="NONE")
    uri = f"http://127.0.0.1:{origin}/kilobyte"
    node.aws.put_integration(**method, type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    stage = {"restApiId": api["id"], "stageName": "prod"}
    node.aws.create_deployment(**stage, cacheClusterEnabled=True, cacheClusterSize="0.5")
    # With settings a method has a throttle, too, of 10,000 a second unless it is said.
    settings = {
        "caching/enabled": "true", "caching/ttlInSeconds": str(SECONDS_KEPT),
        "throttling/rateLimit": "1000000", "throttling/burstLimit": "1000000",
    }
    node.aws.update_stage(**stage, patchOperations=[
        {"op": "replace", "path": f"/*/*/{name}", "value": value} for name, value in settings.items()
    ])
    return api["id"]


def await_hit(node, url):
    """Settings are live a moment after they are made."""
    for _ in range(1_000):
        get(url, headers={})
        metrics = get(f"http://127.0.0.1:{node.control}/_edgeway/metrics").decode()
        counts = [line.rsplit(" ", 1)[1] for line in metrics.splitlines() if line.startswith(HITS)]
        if any(float(count) > 0 for count in counts):
            return
    raise Failure(f"{url} is never answered from the cache; see {node.process.log}")


def section(samples, why_no_varnish):
    result = Section("cached", SAMPLED)
    for name, taken in samples.items():
        result.rows.append([name, *sampled(taken, samples[BARE])])
    for name, minimum in BARS:
        what = f"cache hit of 1 KB, by {name}"
        if name in samples:
            result.bars.append(Bar.at_least(what, minimum, ratio_of_samples(samples[EDGEWAY], samples[name])))
        else:
            result.bars.append(Bar.unmeasured(what, f"at least {minimum:g}x", why_no_varnish))
    return result
