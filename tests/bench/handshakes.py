"""TLS 1.3 handshakes, by nginx with the same certificates: full ones, none is resumed."""

import re
import subprocess
import sys
from collections import defaultdict
from statistics import median

from contestants import fill
from machine import Failure, Process, free_ports
from report import Bar, Section, ratio_of_rounds, significant

# Who makes load: so many clients, on the load's core. What a handshake costs the server is counted there.
CLIENTS = 4

CERTIFICATES = [
    ("ECDSA P-256", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]),
    ("RSA 2048", ["-newkey", "rsa:2048"]),
]
BY_NGINX_MIN = 0.9


def measure(options, folder, cores, tools):
    result = Section("handshakes", ["", "handshakes/s of a core", "CPU µs/handshake", "by nginx"])
    for name, kind in CERTIFICATES:
        chain, key = certificate(folder / kind[1].replace(":", ""), kind)
        servers = {"nginx": nginx(folder, cores, chain, key), "Edgeway": edgeway(folder, cores, tools, chain, key)}
        micros = defaultdict(list)
        for round_number in range(1, options.rounds + 1):
            for server, (process, port) in servers.items():
                before = process.cpu_seconds()
                count = handshakes(port, options.seconds, cores.load)
                micros[server].append((process.cpu_seconds() - before) * 1e6 / count)
            print(f"bench: handshakes, {name}, round {round_number} of {options.rounds}", file=sys.stderr, flush=True)
        ratio = ratio_of_rounds(micros["nginx"], micros["Edgeway"])
        for server, spent in micros.items():
            by_nginx = "" if server == "nginx" else f"{ratio:.2f}x"
            result.rows.append([f"{server}, {name}", significant(1e6 / median(spent)), significant(median(spent)), by_nginx])
        what = f"TLS 1.3 handshakes a second of one core, {name}, by nginx"
        result.bars.append(Bar.at_least(what, BY_NGINX_MIN, ratio))
        for process, _ in servers.values():
            process.stop()
    return result


def certificate(folder, kind):
    folder.mkdir()
    chain, key = folder / "chain.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", *kind, "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", chain],
        check=True, capture_output=True,
    )
    return chain, key


def nginx(folder, cores, chain, key):
    (port,) = free_ports(1)
    work = chain.parent / "nginx"
    work.mkdir()
    configuration = work / "nginx.conf"
    configuration.write_text(fill("nginx-tls.conf", folder=work, port=port, chain=chain, key=key))
    process = Process(f"nginx-{work.parent.name}", ["nginx", "-p", work, "-c", configuration], [cores.server], folder)
    return listening(process, port)


def edgeway(folder, cores, tools, chain, key):
    http, https, control = free_ports(3)
    process = Process(
        f"edgeway-{chain.parent.name}",
        [tools.ours.executables["edgeway"], "serve", "--http", f"127.0.0.1:{http}", "--https", f"127.0.0.1:{https}",
         "--tls-certificate", chain, "--tls-key", key, "--control", f"127.0.0.1:{control}",
         "--data-dir", chain.parent / "data", "--access-log", "off", "--log", "error", "--threads", "1"],
        [cores.server], folder,
    )
    process.await_answer(f"http://127.0.0.1:{control}/_edgeway/health", expected=b"ok\n")
    return listening(process, https)


def listening(process, port):
    """Once it shakes hands."""
    for _ in range(100):
        process.check()
        if subprocess.run(client(port, ["s_client", "-brief"]), stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
            return process, port
    raise Failure(f"{process.name} shakes no hands at port {port}; see {process.log}")


def client(port, command):
    return ["openssl", *command, "-connect", f"127.0.0.1:{port}", "-tls1_3"]


def handshakes(port, seconds, core):
    """How many succeed."""
    command = ["taskset", "-c", str(core), *client(port, ["s_time", "-new", "-time", str(seconds)])]
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    clients = [subprocess.Popen(command, **options) for _ in range(CLIENTS)]
    total = 0
    for each in clients:
        output, _ = each.communicate()
        found = re.search(r"(\d+) connections in \d+ real seconds", output)
        if not found:
            raise Failure(f"a client at port {port} failed:\n{output[-1000:]}")
        total += int(found[1])
    return total
