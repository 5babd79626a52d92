from caching import *

# Time to live, of a method of its own: none, the longest, and what is longer.
METHOD = "~1open~1{name}/GET"
setting(METHOD, enabled="true", ttlInSeconds="0")
wait("no caching", lambda: not is_kept("/open/first"))
assert is_kept("/signed/first", credentials=ada), "the others are cached as before"
for seconds in "3601", "-1", "x":
    try:
        setting(METHOD, ttlInSeconds=seconds)
        raise Exception(f"{seconds} seconds are taken")
    except gateway.exceptions.BadRequestException as refused:
        assert "Invalid" in str(refused), refused
setting(METHOD, ttlInSeconds="3600")
wait("caching", lambda: is_kept("/open/first"))
kept = get("/open/first")
# An entry is as old as the method lets it be now.
setting(METHOD, ttlInSeconds="1")
wait("the end of its time", lambda: get("/open/first") != kept)
setting(METHOD, ttlInSeconds="3600")
wait("a longer time", lambda: is_kept("/open/first"))

# What is kept in clear text is not what is wanted encrypted, and the other way round.
for encrypted in "true", "false":
    before = check_kept("/open/first?a=b", True)
    setting(METHOD, dataEncrypted=encrypted)
    wait("another entry", lambda: get("/open/first") != before[2])
    wait("it to be kept", lambda: is_kept("/open/first"))
    status, headers, body = check_kept("/open/first", True)
    assert headers["x-forwarded-host-was"] == "None", headers

# A POST is cached by a setting of its own alone.
assert send("/open/first", "POST", body=b"x")[2] != send("/open/first", "POST", body=b"x")[2]
setting("~1open~1{name}/POST", enabled="true")
wait("the POST", lambda: send("/open/post", "POST", body=b"x")[2] == send("/open/post", "POST", body=b"x")[2])

# A canary of the stage's own deployment: it asks the stage's cache, or one of its own.
kept = check_kept("/open/first", True)[2]
patch(**{"/canarySettings/percentTraffic": "100.0", "/canarySettings/useStageCache": "false"})
wait("the cache of the canary", lambda: get("/open/first") != kept)
own = check_kept("/open/first", True)[2]
patch(**{"/canarySettings/useStageCache": "true"})
wait("the cache of the stage", lambda: get("/open/first") == kept)
patch(**{"/canarySettings/useStageCache": "false"})
wait("a new one of the canary", lambda: get("/open/first") not in (kept, own))
own = check_kept("/open/first", True)[2]
# Both are flushed at once.
gateway.flush_stage_cache(restApiId=api, stageName="prod")
wait("the flush", lambda: get("/open/first") != own)
own = check_kept("/open/first", True)[2]
gateway.update_stage(restApiId=api, stageName="prod",
                     patchOperations=[dict(op="remove", path="/canarySettings")])
wait("the stage itself", lambda: get("/open/first") != own)
assert check_kept("/open/first", True)[2] != kept, "the stage's cache was flushed, too"

# Who may make the gateway forget: whose policy allows it, signed; others get what the stage says.
FRESH = {"cache_control": "max-age=0"}
kept = check_kept("/signed/first", True, credentials=ada)[2]
fresh = get("/signed/first", credentials=ada, **FRESH)
assert fresh not in (kept, ""), fresh
assert get("/signed/first", credentials=bob) == fresh, "it took the place of the one before"


def refused_forgetting(**more):
    status, headers, body = send("/signed/first", **more, **FRESH)
    return status, headers["warning"] is not None, body == fresh


assert refused_forgetting(credentials=bob) == (200, True, True)
status, headers, body = send("/open/first", **FRESH)
assert (status, headers["warning"] is None) == (200, False), headers
for strategy, expected in [
    ("SUCCEED_WITHOUT_RESPONSE_HEADER", (200, False, True)),
    ("FAIL_WITH_403", (403, False, False)),
    ("SUCCEED_WITH_RESPONSE_HEADER", (200, True, True)),
]:
    setting("*/*", unauthorizedCacheControlHeaderStrategy=strategy)
    wait(strategy, lambda: refused_forgetting(credentials=bob) == expected)
status, _, body = send("/signed/first", **FRESH)
assert status == 403 and "Missing Authentication Token" in body, body
setting("*/*", requireAuthorizationForCacheControl="false")
wait("anybody", lambda: refused_forgetting(credentials=bob) == (200, False, False))
