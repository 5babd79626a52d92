"""What transforms may do, by the last part of the request's path."""

import json
import urllib.request

from edgeway import Response

needs = {"headers": ["x-mode", "x-many", "content-type"], "query": True, "context": True, "body": True}


def change(request):
    return {
        "headers": {
            "x-set": f"of {request.headers['x-many']}",
            "x-list": ["a", "b"],
            "x-many": {"append": "3"},
            "x-secret": None,
        },
        "query": {"q": request.query["q"] + "!", "gone": None},
        "body": request.body.decode().upper(),
    }


def answer(request):
    body = [request.context.stage, request.context.stage_variables, request.path_parameters]
    headers = {"content-type": "application/json", "set-cookie": ["a=1", "b=2"]}
    return Response(418, headers, json.dumps(body, separators=(",", ":")))


def throw(request):
    raise RuntimeError("no socks")


def typo(request):
    return {"header": {}}


def fetch(request):
    urllib.request.urlopen("http://127.0.0.1:1/")


MODES = {function.__name__: function for function in (change, answer, throw, typo, fetch)}


def on_request(request):
    mode = MODES.get(request.path.rpartition("/")[2])
    return mode and mode(request)


def on_response(response):
    if response.context.resource_path != "/{mode}":
        raise ValueError("another route")
    if response.status_code == 418:
        return None
    return {
        "status_code": response.status_code + 1,
        "headers": {"x-type": response.headers["content-type"], "vary": {"append": ["origin", "accept"]}},
        "body": response.body + b"!",
    }
