"""The Apollo's password, which it asks for inside an answer of 200, and versions that refuse the whole query."""

import json

import pytest

from collectors.errors import Denied
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("apollo")
REFUSED = {"data": None, "errors": [{"message": "Unauthorized"}]}


def locked(data, *, refusal, password='op"en'):
    """Serve the data to whoever carries the token of a login."""

    def answers(request, headers, body):
        assert "POST /api/graphql" == request
        query = json.loads(body)["query"]
        if "login" in query:
            is_right = json.dumps(password) in query
            result = {"accessToken": "acc"} if is_right else None
            return 200, {}, {"data": {"Auth": {"login": {"result": result, "error": None}}}}
        return (200, {}, data) if headers.get("authorization") == "Bearer acc" else refusal

    return answers


@pytest.mark.parametrize(
    "refusal",
    [
        (200, {}, REFUSED),
        (401, {}, ""),
        (400, {}, REFUSED),
        (200, {}, {"data": {"Miner": {"stats": {"result": None, "error": {"message": "jwt expired"}}}}}),
    ],
)
async def test_the_password_opens_it(recordings, web_server, pages_of, refusal):
    """However it refuses, a login follows; its token is kept between polls."""
    data = pages_of(recordings["apollo/apollo-with-standard-unit"])["POST /api/graphql"]
    web = await web_server(locked(data, refusal=refusal))
    target = Target("127.0.0.1", ports={"apollo": web.port}, password='op"en')
    assert 5.8e12 == (await collect(target, FAMILY, timeout_s=5)).hashrate_hs
    assert 5.8e12 == (await collect(target, FAMILY, timeout_s=5)).hashrate_hs
    assert 4 == len(web.heard)


@pytest.mark.parametrize(("password", "asked"), [(None, 1), ("wrong", 2)])
async def test_what_does_not_open_is_denied_and_left_alone(recordings, web_server, pages_of, password, asked):
    """Without a password no login is sent, a wrong one is sent once."""
    data = pages_of(recordings["apollo/apollo-with-standard-unit"])["POST /api/graphql"]
    web = await web_server(locked(data, refusal=(200, {}, REFUSED)))
    target = Target("127.0.0.1", ports={"apollo": web.port}, password=password)
    for _ in range(2):
        with pytest.raises(Denied):
            await collect(target, FAMILY, timeout_s=5)
    assert asked == len(web.heard)


async def test_a_version_that_refuses_the_whole_is_asked_in_parts(recordings, web_server, pages_of):
    """A query with a part that it does not know gives nothing; the parts do, and are asked alone from then on."""
    data = pages_of(recordings["apollo/apollo-with-standard-unit"])["POST /api/graphql"]["data"]

    def answers(_request, _headers, body):
        query = json.loads(body)["query"]
        names = [name for name in ("Miner", "Mcu") if name + "{" in query]
        if len(names) > 1:
            return 400, {}, {"errors": [{"message": "Cannot query field"}]}
        return 200, {}, {"data": {name: data[name] for name in names}}

    web = await web_server(answers)
    target = Target("127.0.0.1", ports={"apollo": web.port})
    reading = await collect(target, FAMILY, timeout_s=5)
    assert ("node-shelf-4", 5.8e12) == (reading.hostname, reading.hashrate_hs)
    await collect(target, FAMILY, timeout_s=5)
    assert 5 == len(web.heard)
