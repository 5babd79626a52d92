from caching import *

# What may be of one client, or is not whole, is not kept.
for number, headers in enumerate([
    {"set-cookie": "session=of-one"},
    {"cache-control": "private"},
    {"cache-control": "no-store"},
    {"vary": "x-user"},
    {"vary": "*"},
    {"content-encoding": "br"},
]):
    check_kept(answering(f"private{number}", headers=headers), False)
for number, status in enumerate([301, 404, 429, 500, 503]):
    check_kept(answering(f"error{number}", status=status), False)
check_kept(answering("plain", headers={"vary": "host", "cache-control": "max-age=1"}), True)

# Credentials that nobody looked at here are for the backend to look at, each time.
kept = get("/open/mine")
assert get("/open/mine", authorization="Basic YWRhOng=") != kept
assert reached[-1][2]["authorization"] == "Basic YWRhOng="
assert get("/open/mine", authorization="Basic Ym86eA==") != kept
assert get("/open/mine") == kept, "nor do they leave anything"

# A HEAD is no GET, neither way.
status, headers, body = send("/open/head", "HEAD")
assert (status, body) == (200, "")
kept = get("/open/head")
assert kept.startswith("answer")
assert send("/open/head", "HEAD")[2] == ""
assert get("/open/head") == kept

# A part is no whole: it is not kept, and who asks for one of what is kept gets the whole.
status, headers, body = send("/open/part", range="bytes=0-1")
assert (status, body, headers["content-range"] is None) == (206, "an", False), (status, body)
kept = get("/open/part")
assert kept.startswith("answer"), kept
status, headers, body = send("/open/part", range="bytes=0-1")
assert (status, body, headers["content-range"]) == (200, kept, None), (status, body)
status, _, body = send("/open/part", if_none_match='"1"')
assert (status, body) == (200, kept)

# Another host name is another entry: functions and mappings are told by which they were reached.
path = f"/_aws/execute-api/{api}"


def at(host, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", node)
    connection.putrequest("GET", f"{path}/prod/open/hosts", skip_host=True)
    for name, value in {"host": host, **headers}.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


evil = at("evil.example")
good = at("good.example")
assert good != evil and good[0] == 200, (good, evil)
assert at("evil.example") == evil and at("good.example") == good
# Nor can one host name be had in several ways: those are told apart, or refused.
before = len(reached)
assert at("GOOD.example") != good and at("good.example:80") != good
assert len(reached) == before + 2

# A header that is not in the key comes to the backend of whoever asks first. What looks at one says so.
send(answering("forwarded", headers={"vary": "x-forwarded-host"}), x_forwarded_host="evil.example")
_, headers, _ = send(answering("forwarded", headers={"vary": "x-forwarded-host"}))
assert headers["x-forwarded-host-was"] == "None", headers
# Headers that are for the gateway change neither the key nor what is answered for it.
kept = get("/open/override")
assert send("/open/override", "POST", x_http_method_override="GET")[2] == kept
assert send("/open/override", x_http_method_override="DELETE")[2] != kept
assert get("/open/override") == kept

# A body that nobody expects chooses nothing.
assert send("/open/mine2", body=b"chosen")[2] != get("/open/mine2")

# The ids of a request are its own, whatever the answer says that is kept; what else it says is for all.
said = {"x-amz-apigw-id": "feigned", "x-amzn-trace-id": "feigned", "warning": "110 stale", "x-many": "one"}
for target in "/open/ids", answering("feigned", headers=said):
    before = len(reached)
    answers = [send(target)[1] for _ in range(4)]
    assert len(reached) == before + 1
    for name in "x-amzn-requestid", "x-amz-apigw-id", "date", "connection", "content-length":
        assert all(len(answer.get_all(name)) == 1 and answer[name] for answer in answers), (name, answers)
    for name in "x-amzn-requestid", "x-amz-apigw-id":
        assert len({answer[name] for answer in answers}) == 4, (name, answers)
    assert len({(answer["warning"], answer["x-many"]) for answer in answers}) == 1, answers
    # As AWS writes it.
    assert all("x-amzn-RequestId" in answer.keys() for answer in answers), answers
assert answers[3].get_all("warning") == ["110 stale"]
# Also the trace id of whoever fetched it.
traces = [answer.get_all("x-amzn-trace-id") for answer in answers[1:]]
assert all(len(trace) == 1 and trace[0].startswith("Root=1-") for trace in traces), traces
assert len({trace[0] for trace in traces}) == 3, traces
