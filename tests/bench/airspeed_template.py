"""The template of the micro-benchmarks in Python's engine: prints the median in nanoseconds of rendering it, and of
parsing and rendering it, as LocalStack does for each request."""

import json
import statistics
import sys
import time
from pathlib import Path

import airspeed

FOLDER = Path(__file__).resolve().parents[2] / "proxy/template/benches"


class Input:
    """As the engine of LocalStack has it: the payload is parsed in each rendering."""

    def __init__(self, body):
        self.body = body

    def path(self, _path):
        return json.loads(self.body)


def median(repetitions, render):
    took = []
    for _ in range(repetitions):
        began = time.perf_counter_ns()
        text = render()
        took.append(time.perf_counter_ns() - began)
        assert '"position": 20' in text, text
    return statistics.median(took)


def main():
    source = (FOLDER / "order.vtl").read_text()
    body = (FOLDER / "order.json").read_text()
    variables = {"input": Input(body), "context": {"stage": "prod"}}
    parsed = airspeed.Template(source)
    repetitions = int(sys.argv[1])
    print(median(repetitions, lambda: parsed.merge(variables)))
    print(median(repetitions, lambda: airspeed.Template(source).merge(variables)))


if __name__ == "__main__":
    main()
