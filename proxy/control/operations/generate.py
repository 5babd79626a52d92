#!/usr/bin/env python3
"""Makes apigateway.json, the table of operations, from the API model that botocore publishes.

    python3 -m venv venv && venv/bin/pip install botocore==1.44.5
    venv/bin/python generate.py

The table is checked in: building needs neither Python nor botocore.
"""

import gzip
import json
from pathlib import Path

import botocore

MODEL = "data/apigateway/2015-07-09/service-2.json.gz"
LOCATIONS = {"uri": "path", "querystring": "query", "header": "header"}


def main():
    packed = (Path(botocore.__file__).parent / MODEL).read_bytes()
    model = json.loads(gzip.decompress(packed))
    shapes = model["shapes"]
    reached = set()

    def member(member):
        reach(member["shape"])
        described = {"shape": member["shape"]}
        if "location" in member:
            described["in"] = LOCATIONS[member["location"]]
        if "locationName" in member:
            described["name"] = member["locationName"]
        return described

    def reach(name):
        if name not in reached:
            reached.add(name)
            shape(name)

    def shape(name):
        found = shapes[name]
        described = {"type": found["type"]}
        for constraint in ("enum", "min", "max", "pattern", "required"):
            if constraint in found:
                described[constraint] = found[constraint]
        if found["type"] == "structure":
            described["members"] = {key: member(value) for key, value in found["members"].items()}
        elif found["type"] == "list":
            described["member"] = member(found["member"])
        elif found["type"] == "map":
            described["member"] = member(found["value"])
        return described

    def operation(found):
        described = {
            "method": found["http"]["method"],
            "uri": found["http"]["requestUri"],
            "success": found["http"].get("responseCode", 200),
            "errors": [error["shape"].removesuffix("Exception") for error in found["errors"]],
        }
        described |= shape(found["input"]["shape"])
        if "payload" in shapes[found["input"]["shape"]]:
            described["payload"] = shapes[found["input"]["shape"]]["payload"]
        return described

    operations = {name: operation(found) for name, found in sorted(model["operations"].items())}
    lines = lambda table: ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    described_shapes = {name: shape(name) for name in sorted(reached)}
    text = (
        f'{{"source": "botocore {botocore.__version__}, {MODEL}",\n'
        f'"operations": {{\n{lines(operations)}\n}},\n'
        f'"shapes": {{\n{lines(described_shapes)}\n}}}}\n'
    )
    json.loads(text)
    (Path(__file__).parent / "apigateway.json").write_text(text)


if __name__ == "__main__":
    main()
