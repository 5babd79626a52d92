"""What a transform in Python may import: `from edgeway import Response`."""


class Response:
    """What `on_response` gets; and what `on_request` returns to answer in place of the integration.

    Values of `headers` are texts, or lists of them in an answer. `context` is None unless asked for.
    """

    def __init__(self, status_code=200, headers=None, body=b"", context=None):
        self.status_code = status_code
        self.headers = {} if headers is None else headers
        self.body = body
        self.context = context
