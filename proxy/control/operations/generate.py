#!/usr/bin/env python3
"""Makes the tables of operations, one for each service, from the API models that botocore publishes.

    python3 -m venv venv && venv/bin/pip install botocore==1.44.5
    venv/bin/python generate.py

The tables are checked in: building needs neither Python nor botocore.
"""

import gzip
import json
from pathlib import Path

import botocore

MODELS = {
    "apigateway": "data/apigateway/2015-07-09/service-2.json.gz",
    "apigatewayv2": "data/apigatewayv2/2018-11-29/service-2.json.gz",
    "lambda": "data/lambda/2015-03-31/service-2.json.gz",
}
LOCATIONS = {"uri": "path", "querystring": "query", "header": "header"}

# Patterns that look around, which not every regular expression engine can, and what matches the
# same texts. Shapes of operations that are refused have none.
MATCHES = {
    "Alias": "[a-zA-Z0-9-_]*[a-zA-Z-_][a-zA-Z0-9-_]*",
    "S3Bucket": "[0-9A-Za-z\\.\\-_]*[0-9A-Za-z\\-_]",
}


def main():
    for service, path in MODELS.items():
        generate(service, path)


def generate(service, path):
    packed = (Path(botocore.__file__).parent / path).read_bytes()
    model = json.loads(gzip.decompress(packed))
    shapes = model["shapes"]
    reached = set()

    # Members of the second API are called by the names that they have on the wire, as those of the first are.
    def called(name):
        return name[:1].lower() + name[1:] if service == "apigatewayv2" else name

    def member(name, member):
        reach(member["shape"])
        described = {"shape": member["shape"]}
        if "location" in member:
            described["in"] = LOCATIONS[member["location"]]
        if member.get("locationName", called(name)) != called(name):
            described["name"] = member["locationName"]
        return described

    def members(found):
        return {called(name): member(name, value) for name, value in found["members"].items()}

    def reach(name):
        if name not in reached:
            reached.add(name)
            shape(name)

    def shape(name):
        found = shapes[name]
        described = {"type": found["type"]}
        for constraint in ("enum", "min", "max", "pattern"):
            if constraint in found:
                described[constraint] = found[constraint]
        if "required" in found:
            described["required"] = [called(name) for name in found["required"]]
        if "(?" in described.get("pattern", ""):
            described["matches"] = MATCHES.get(name, ".*")
        if found["type"] == "structure":
            described["members"] = members(found)
        elif found["type"] == "list":
            described["member"] = member("", found["member"])
        elif found["type"] == "map":
            described["key"] = member("", found["key"])
            described["member"] = member("", found["value"])
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
            described["payload"] = called(shapes[found["input"]["shape"]]["payload"])
        return described

    operations = {name: operation(found) for name, found in sorted(model["operations"].items())}
    lines = lambda table: ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in table.items())
    described_shapes = {name: shape(name) for name in sorted(reached)}
    text = (
        f'{{"source": "botocore {botocore.__version__}, {path}",\n'
        f'"operations": {{\n{lines(operations)}\n}},\n'
        f'"shapes": {{\n{lines(described_shapes)}\n}}}}\n'
    )
    json.loads(text)
    (Path(__file__).parent / f"{service}.json").write_text(text)


if __name__ == "__main__":
    main()
