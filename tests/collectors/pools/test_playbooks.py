"""Conversations as programs in the field hold them, in our own words: what a watcher makes of each, line by line."""

import json

import pytest

from collectors.errors import Garbled
from collectors.pools import events
from collectors.pools.v1 import MAX_LINE_BYTES, Session


def lines(*messages, end=b"\n"):
    """Write messages as a server does."""
    return b"".join(
        (message if isinstance(message, bytes) else json.dumps(message).encode()) + end for message in messages
    )


def begun(**options):
    """Give a session that has asked to subscribe."""
    session = Session(**options)
    session.outgoing()
    session.receive(lines({"id": 1, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}}))
    session.outgoing()
    return session


def of(kind, found):
    return [event for event in found if isinstance(event, kind)]


SUBSCRIBED = {"id": 2, "error": None, "result": [[["mining.notify", "x"]], "a1b2c3d4", 8]}


def test_everything_in_one_segment(notify):
    """A pool that answers and pushes in one write, with carriage returns, is read to its end."""
    session = begun(user="u")
    found = session.receive(
        lines(
            {"id": None, "method": "mining.set_difficulty", "params": [16384]},
            SUBSCRIBED,
            {"id": 3, "result": True, "error": None},
            notify()["notify"],
            notify(job_id="j2")["notify"],
            end=b"\r\n",
        )
    )
    # the answer to an authorization that was not asked for yet belongs to nothing
    assert ["DifficultySet", "Subscribed", "ExtranonceSet", "JobReceived", "JobReceived"] == [
        type(event).__name__ for event in found if not isinstance(event, events.Authorized)
    ]


@pytest.mark.parametrize(
    "result",
    [
        [[["mining.set_difficulty", "1"], ["mining.notify", "1"]], "a1b2c3d4", 8],
        [[["mining.notify", "761aae13"]], "a1b2c3d4", 8],
        [["mining.notify", "ae6812eb"], "a1b2c3d4", 8],
        [[], "a1b2c3d4", 8],
        [None, "a1b2c3d4", "8"],
        ["a1b2c3d4", 8, []],
        ["a1b2c3d4", 8],
    ],
)
def test_subscriptions_in_every_shape(result):
    """The list of subscriptions is long, short, flat, absent or last; the extranonce is found all the same."""
    found = begun().receive(lines({"id": 2, "jsonrpc": "2.0", "result": result}))
    assert [events.ExtranonceSet(extranonce1="a1b2c3d4", extranonce2_size=8)] == of(events.ExtranonceSet, found)


@pytest.mark.parametrize(
    ("told", "size"),
    [(["af4c"], 8), (["af4c", 6], 6), (["af4c", None], 8), (["", 12], 12)],
)
def test_an_extranonce_that_changes(told, size):
    """A new extranonce without a size keeps the one before."""
    session = begun()
    session.receive(lines(SUBSCRIBED))
    found = session.receive(lines({"id": None, "method": "mining.set_extranonce", "params": told}))
    assert [events.ExtranonceSet(extranonce1=told[0], extranonce2_size=size)] == found


@pytest.mark.parametrize(
    ("text", "difficulty"),
    [
        (b"1.6384E4", 16384.0),
        (b"1e-3", 0.001),
        (b"65536.0000001", 65536.0000001),
        (b'"1e6"', 1e6),
        (b"18446744073709551616", 2.0**64),
    ],
)
def test_difficulties_as_they_are_written(text, difficulty):
    """Exponents, text and numbers beyond 64 bits are difficulties."""
    found = begun().receive(b'{"method":"mining.set_difficulty","params":[' + text + b'],"id":null}\n')
    assert [events.DifficultySet(difficulty=difficulty)] == found


@pytest.mark.parametrize(
    "method", ["mining.set_goal", "mining.set_target", "mining.set_share_target", "client.set_extranonce", "pool.stats"]
)
def test_what_a_watcher_need_not_know(method):
    """Announcements of other dialects are passed over without a word, and are no junk."""
    session = begun()
    assert [] == session.receive(lines({"id": None, "method": method, "params": ["x", {"y": 1}]}))
    assert [] == session.outgoing()


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        (None, (None, None, 0.0)),
        ([], (None, None, 0.0)),
        (["", 8333], (None, 8333, 0.0)),
        (["", "3334", "60"], (None, 3334, 60.0)),
        ([None, None, 30], (None, None, 30.0)),
        (["eu.pool.example.net", 3333.0, 1.5], ("eu.pool.example.net", 3333, 1.5)),
        (["eu.pool.example.net", "nonsense", -4], ("eu.pool.example.net", None, 0.0)),
        (["[2001:db8::1]", 3333], ("2001:db8::1", 3333, 0.0)),
        ({"host": "evil.example"}, (None, None, 0.0)),
    ],
)
def test_calls_to_reconnect(params, asked):
    """Host, port and wait may be missing, empty, null or text, each by itself."""
    host, port, wait_s = asked
    message = {"id": None, "method": "client.reconnect"} | ({} if params is None else {"params": params})
    expected = events.ReconnectAsked(host=host, port=port, wait_s=wait_s)
    assert [expected] == begun().receive(lines(message))


@pytest.mark.parametrize("identity", [7, "srv-7", 7.5, True, "", [1], {"n": 1}])
@pytest.mark.parametrize("method", ["client.get_version", "mining.ping", "client.ping", "mining.get_transactions"])
def test_questions_under_any_id(identity, method):
    """What a server asks is answered under its own id, whatever that is made of, even while ours has the same."""
    session = begun()
    assert [events.Questioned(method=method)] == session.receive(
        lines({"id": identity, "method": method, "params": []})
    )
    (answer,) = session.outgoing()
    assert identity == json.loads(answer.data)["id"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"id":3,"result":null,"error":[24,"init_auth: nobody",null]}', "init_auth: nobody"),
        (b'{"id":3,"result":false,"error":true}', "no reason given"),
        (b'{"id":3,"result":false}', "no reason given"),
        (b'{"id":3,"result":null,"error":null}', "no reason given"),
        (b'{"id":"3","error":{"code":24,"message":"Unauthorized worker","data":null}}', "Unauthorized worker"),
        (b'{"id":3,"result":false,"error":[24,"\xce\xb4\xca\xda\xc8\xa8",null]}', None),
        (b'{"id":3,"result":false,"error":[24]}', "24"),
        (b'{"id":3,"result":false,"error":[]}', "no reason given"),
        (b'{"id":3,"result":false,"error":-1}', "no reason given"),
    ],
)
def test_a_user_that_is_refused(line, words):
    """A refusal is one in every form, in encodings other than UTF-8 as well."""
    session = begun(user="nobody")
    session.receive(lines(SUBSCRIBED))
    session.outgoing()
    (event,) = session.receive(line + b"\n")
    assert isinstance(event, events.Refused)
    assert "authorize" == event.step
    assert words is None or words == event.message


def test_an_error_that_belongs_to_nothing():
    """Words under no id are shown, for they may be the only reason that is ever given."""
    found = begun().receive(lines({"id": None, "result": None, "error": [20, "you are banned", None]}))
    assert [events.MessageShown(text="you are banned")] == found


def test_a_job_as_long_as_they_come(notify):
    """A coinbase with hundreds of payouts is one line of many segments."""
    outputs = [(1_000, bytes([0, 20]) + place.to_bytes(20, "big")) for place in range(1500)]
    line = lines(notify(outputs=outputs)["notify"])
    assert MAX_LINE_BYTES > len(line) > MAX_LINE_BYTES / 3
    session = begun()
    session.receive(lines(SUBSCRIBED))
    found = [event for start in range(0, len(line), 1448) for event in session.receive(line[start : start + 1448])]
    assert [1500] == [len(event.job.outputs) for event in of(events.JobReceived, found)]


def test_keep_alives_and_padding(notify):
    """Empty lines, blanks and NULs between the messages are nothing."""
    found = begun().receive(b"\n\r\n \t\n\0\0\n" + lines(SUBSCRIBED, b"\0", notify()["notify"], end=b"\0\n"))
    assert ["Subscribed", "ExtranonceSet", "JobReceived"] == [type(event).__name__ for event in found]


def test_a_repeated_configure_may_be_refused():
    """A pool that wants the question only once answers with an error, which is an answer all the same."""
    session = begun()
    session.receive(lines(SUBSCRIBED))
    assert session.ping()
    (question,) = session.outgoing()
    answer = {"id": json.loads(question.data)["id"], "result": None, "error": [21, "ConfigurationOutOfOrder", None]}
    assert [events.Echoed()] == session.receive(lines(answer))


@pytest.mark.parametrize(
    ("opening", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n", "speaks HTTP"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "speaks TLS"),
        (bytes(range(234)), "speaks Stratum V2"),
        (b"\x00\x00\x12\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00d", "no Stratum"),
    ],
)
def test_another_protocol_is_named_at_once(opening, words):
    """The first bytes of something else end the session with what to do."""
    with pytest.raises(Garbled, match=words):
        Session().receive(opening)


def test_bytes_that_look_foreign_later_are_junk(notify):
    """Once a pool has spoken, a garbled line is a garbled line."""
    session = begun()
    session.receive(lines(SUBSCRIBED))
    (event,) = session.receive(b"\x15\x03\x01\x00\x02\x02\x46\n")
    assert isinstance(event, events.Junk)
    assert ["JobReceived"] == [type(event).__name__ for event in session.receive(lines(notify()["notify"]))]
