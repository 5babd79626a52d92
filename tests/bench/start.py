"""How long it takes from starting the process to its first answer, with many functions."""

import socket
import time
from statistics import median

import contestants
from machine import HEADERS, Failure, Process, free_ports
from memory import version
from report import Bar, Section, significant

FUNCTIONS = 50
MILLISECONDS_MAX = 200
DEADLINE_SECONDS = 300

INTEGRATION = "{{type: aws_proxy, httpMethod: POST, uri: 'arn:aws:lambda:us-east-1:000000000000:function:f{0}'}}"


def measure(options, folder, cores, tools):
    result = Section("start", ["", "ms"])
    api, data = folder / "start", folder / "start-data"
    write_api(api, tools.ours.component("bench_hello").read_bytes())

    def once():
        port, control = free_ports(2)
        began = time.monotonic()
        process = Process(
            "edgeway-start",
            [tools.ours.executables["edgeway"], "dev", api, "--http", f"127.0.0.1:{port}", "--control",
             f"127.0.0.1:{control}", "--data-dir", data, "--access-log", "off", "--log", "error"],
            cores.all, folder,
        )
        first_answer(process, port)
        elapsed = (time.monotonic() - began) * 1000
        process.stop()
        return elapsed

    cold = once()
    warm = median(once() for _ in range(max(3, options.rounds)))
    result.rows.append([f"{FUNCTIONS} functions, nothing compiled yet", significant(cold)])
    result.rows.append([f"{FUNCTIONS} functions, compiled code in the cache", significant(warm)])
    what = f"start to first answer, {FUNCTIONS} functions, warm cache"
    result.bars.append(Bar.at_most(what, MILLISECONDS_MAX, warm, " ms"))
    return result


def write_api(api, component):
    """Functions whose components all differ."""
    (api / "components").mkdir(parents=True)
    lines = ["openapi: 3.0.1", 'info: {title: Start, version: "1"}', "x-edgeway-functions:"]
    for number in range(FUNCTIONS):
        (api / f"components/f{number}.wasm").write_bytes(version(component, number))
        lines.append(f"  f{number}: {{component: components/f{number}.wasm}}")
    lines.append("paths:")
    for number in range(FUNCTIONS):
        integration = INTEGRATION.format(number)
        lines.append(f"  /f{number}: {{get: {{x-amazon-apigateway-integration: {integration}}}}}")
    (api / "openapi.yaml").write_text("\n".join(lines) + "\n")


def first_answer(process, port):
    """Asks every millisecond, as a polling client would."""
    head = f"GET /f{FUNCTIONS - 1} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
    request = head + "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items()) + "\r\n"
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        process.check()
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(request.encode())
                answer = connection.recv(4096)
                if answer.startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.001)
    raise Failure(f"{process.name} did not answer within {DEADLINE_SECONDS} s; see {process.log}")
