"""`urllib.request` over `wasi:http`: there are no sockets, but with `"outbound": true` in edgeway.json
requests go where the function's `outbound` lets them.
"""

import functools
import http.client
import io
import socket
import urllib.error
import urllib.request

from componentize_py_types import Err

try:
    from wit_world.imports import outgoing_handler, streams
except ImportError:
    outgoing_handler = None  # not built in

if outgoing_handler is not None:
    try:  # the name depends on what else there is in the world
        from wit_world.imports import wasi_http_types as types
    except ImportError:
        from wit_world.imports import types

READ_BYTES_MAX = 64 * 1024
WRITE_BYTES_MAX = 4096  # what one blocking write takes
HOST_HEADERS = {"connection", "host", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}


class Handler(urllib.request.AbstractHTTPHandler):
    """In place of `HTTPHandler`, for `https` too: whatever opener is built has it."""

    def http_open(self, request):
        if outgoing_handler is None:
            raise urllib.error.URLError(
                'outgoing HTTP is not built in: write "outbound": true in edgeway.json, and grant the function '
                "its destinations with `outbound`"
            )
        try:
            return send(request)
        except Err as error:
            raise urllib.error.URLError(reason(error.value)) from error

    https_open = http_open
    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def send(request):
    headers = {name.lower(): value for name, value in request.header_items()}
    headers = [(name, str(value).encode("latin-1")) for name, value in headers.items() if name not in HOST_HEADERS]
    outgoing = types.OutgoingRequest(types.Fields.from_list(headers))
    outgoing.set_method(method(request.get_method()))
    outgoing.set_scheme(types.Scheme_Https() if request.type == "https" else types.Scheme_Http())
    outgoing.set_authority(request.host)
    outgoing.set_path_with_query(request.selector)
    body = outgoing.body()
    with outgoing_handler.handle(outgoing, options(request.timeout)) as future:
        write(body, request.data)
        with future.subscribe() as ready:
            ready.block()
        answer = future.get().value
    if isinstance(answer, Err):
        raise answer
    return Response(answer.value, request)


def method(name):
    known = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
    return getattr(types, f"Method_{name.capitalize()}")() if name in known else types.Method_Other(name)


def options(timeout):
    made = types.RequestOptions()
    if timeout is not socket._GLOBAL_DEFAULT_TIMEOUT and timeout is not None:
        nanoseconds = max(int(timeout * 1_000_000_000), 1)
        made.set_connect_timeout(nanoseconds)
        made.set_first_byte_timeout(nanoseconds)
        made.set_between_bytes_timeout(nanoseconds)
    return made


def write(body, data):
    """Whatever urllib takes: bytes, a file, an iterable of bytes."""
    if data is not None:
        if isinstance(data, (bytes, bytearray, memoryview)):
            data = [data]
        elif hasattr(data, "read"):
            data = iter(functools.partial(data.read, WRITE_BYTES_MAX), b"")
        with body.write() as stream:
            for part in map(bytes, data):
                for start in range(0, len(part), WRITE_BYTES_MAX):
                    stream.blocking_write_and_flush(part[start : start + WRITE_BYTES_MAX])
    types.OutgoingBody.finish(body, None)


class Body(io.RawIOBase):
    def __init__(self, response):
        self.body = response.consume()
        self.stream = self.body.stream()

    def readable(self):
        return True

    def readinto(self, buffer):
        try:
            data = self.stream.blocking_read(min(len(buffer), READ_BYTES_MAX))
        except Err as error:
            if isinstance(error.value, streams.StreamError_Closed):
                return 0
            raise http.client.IncompleteRead(b"") from error
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        if not self.closed:
            self.stream.__exit__(None, None, None)
            self.body.__exit__(None, None, None)
        super().close()


class Response(http.client.HTTPResponse):
    """What `urlopen` returns, without the socket that it is usually made of."""

    def __init__(self, response, request):
        io.BufferedIOBase.__init__(self)
        self.status = self.code = response.status()
        self.reason = self.msg = http.client.responses.get(self.status, "")
        self.version, self.debuglevel, self._method = 11, 0, request.get_method()
        self.headers = http.client.HTTPMessage()
        with response.headers() as headers:
            for name, value in headers.entries():
                self.headers[name] = value.decode("latin-1")
        self.url = request.full_url
        self.chunked, self.chunk_left, self.length, self.will_close = False, None, None, True
        self.fp = io.BufferedReader(Body(response), READ_BYTES_MAX)


def reason(code):
    """An error of `wasi:http` as what sockets raise."""
    if code is None:
        return OSError("the method or the URL is not valid")
    name = type(code).__name__.removeprefix("ErrorCode_")
    detail = getattr(code, "value", None)
    text = name if detail is None else f"{name}: {detail}"
    if name == "HttpRequestDenied":
        text += " (the function's `outbound` does not grant this destination)"
    if name.endswith("Timeout"):
        return TimeoutError(text)
    return ConnectionRefusedError(text) if name == "ConnectionRefused" else OSError(text)


urllib.request.HTTPHandler = Handler
