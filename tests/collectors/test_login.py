"""What opens a device: own credentials, shared ones, guesses; each refused one is left alone, guesses for a day."""

import time

import msgspec
import pytest

from collectors.errors import CollectError, Denied
from collectors.login import Attempt, KnownLogin
from collectors.target import Ask, Target

PAGE = [{"transport": "http", "port": 80, "request": "GET /a", "reply": {"page": "a"}}]
REALM = "antMiner Configuration"
VENDOR = (("root", "root"), ("root", "ltc@dog"))


def ask_of(target, *, family="antminer", vendor=VENDOR):
    requests = frozenset(("GET /a", "POST /login"))
    return Ask(target, ports={"http": 80}, requests=requests, timeout_s=5, credentials=vendor, family=family)


def target_of(pretend, *logins, **more):
    return Target("127.0.0.1", ports={"http": pretend.ports[80]}, logins=logins, **more)


def guess(username=None, password=None, **more):
    return KnownLogin(username=username, password=password, is_vendors=True, **more)


class Gate:
    """A login page with a session: `tried` lists what was sent, `right` opens it."""

    def __init__(self, right):
        self.right = right
        self.tried = []

    def __call__(self, request, headers, body):
        if request == "POST /login":
            pair = tuple(part.partition("=")[2].replace("%40", "@") for part in body.split("&"))
            self.tried.append(pair)
            return (200, {}, {"token": "t"}) if pair == self.right else (401, {}, {})
        return (200, {}, {"page": "a"}) if headers.get("token") == "t" else (401, {}, {})


async def log_in(ask):
    username, password = ask.credentials()
    answer = await ask.fetch("POST", "/login", form={"username": username, "password": password})
    return {"Token": ask.judged(answer, path="/login")["token"]}


async def polled(target, times=1, **more):
    """Poll a page so often; gives what the last poll gave, None when it was denied."""
    found = None
    for _ in range(times):
        try:
            found = await ask_of(target, **more).authorised("GET", "/a", login=log_in)
        except Denied:
            found = None
    return found


async def test_guesses_are_tried_in_order_until_one_opens(web_server):
    """The second of the vendor's logins opens: both were tried, once each, and it goes on being used."""
    gate = Gate(("root", "ltc@dog"))
    target = Target("127.0.0.1", ports={"http": (await web_server(gate)).port}, logins=[guess()])
    assert {"page": "a"} == await polled(target)
    assert list(VENDOR) == gate.tried
    assert ask_of(target).has_vendor_login
    target.memory.clear()  # a restart of the device or of ours
    assert {"page": "a"} == await polled(target, 3)
    assert [*VENDOR, VENDOR[1]] == gate.tried


async def test_guesses_are_tried_once_a_day(web_server):
    """Refused guesses are left alone for a day, however often the device restarts; then they are tried once more."""
    gate = Gate(("admin", "own"))
    target = Target("127.0.0.1", ports={"http": (await web_server(gate)).port}, logins=[guess()])
    for _ in range(4):
        assert await polled(target, 2) is None
        target.memory.clear()
    assert list(VENDOR) == gate.tried
    assert not ask_of(target).has_vendor_login
    yesterday = {mark: msgspec.structs.replace(one, at=one.at - 86401) for mark, one in target.attempts.items()}
    target.attempts.update(yesterday)
    assert await polled(target, 3) is None
    assert [*VENDOR, *VENDOR] == gate.tried


async def test_a_guess_that_was_cut_off_counts_as_tried(listen):
    """When the device hangs at a guess, it is not sent again at the next poll."""
    heard = []

    async def handler(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        heard.append(head.split(" HTTP")[0])
        await reader.read()

    target = Target("127.0.0.1", ports={"http": await listen(handler)}, logins=[guess("root", "root")])
    for _ in range(3):
        ask = Ask(target, ports={"http": 80}, requests=frozenset(("GET /a", "POST /login")), timeout_s=0.3)
        with pytest.raises(CollectError):
            await ask.authorised("GET", "/a", login=log_in)
        target.memory.clear()
    assert ["POST /login"] == heard


async def test_the_own_login_comes_first_and_guesses_only_after_it_was_refused(web_server):
    """A device that was set back to its vendor's login is opened; one that takes its own is never guessed at."""
    gate = Gate(("root", "own"))
    port = (await web_server(gate)).port
    target = Target("127.0.0.1", ports={"http": port}, username="root", password="own", logins=[guess()])
    assert {"page": "a"} == await polled(target, 2)
    assert [("root", "own")] == gate.tried
    gate.right = ("root", "root")
    target.memory.clear()
    assert {"page": "a"} == await polled(target)
    assert [("root", "own"), ("root", "root")] == gate.tried[1:]
    assert ask_of(target).has_vendor_login


async def test_the_own_login_that_works_again_ends_the_finding(web_server):
    """After the operator has set a password of his own the device is on its vendor's no more."""
    gate = Gate(("root", "root"))
    port = (await web_server(gate)).port
    target = Target("127.0.0.1", ports={"http": port}, logins=[guess()])
    await polled(target)
    assert ask_of(target).has_vendor_login
    gate.right = ("root", "own")
    after = Target("127.0.0.1", ports={"http": port}, username="root", password="own", logins=[guess()])
    after.attempts = target.attempts
    assert {"page": "a"} == await polled(after)
    assert not ask_of(after).has_vendor_login


async def test_a_wrong_own_login_is_sent_ever_more_seldom(web_server):
    """Ten minutes after it was refused it is sent once more, then after twenty, forty, and at last every six hours."""
    gate = Gate(("root", "right"))
    target = Target("127.0.0.1", ports={"http": (await web_server(gate)).port}, username="root", password="wrong")
    for waits_s in (600, 1200, 2400, 4800, 9600, 19200, 21600, 21600):
        assert await polled(target) is None
        tried = len(gate.tried)
        target.memory.clear()
        target.own_refused_at -= waits_s - 1
        assert (await polled(target), tried) == (None, len(gate.tried))
        target.memory.clear()
        target.own_refused_at -= 1
    assert 8 == len(gate.tried)


async def test_without_leave_nothing_is_guessed(web_server):
    """A target that was not given leave sends no login at all."""
    gate = Gate(("root", "root"))
    target = Target("127.0.0.1", ports={"http": (await web_server(gate)).port})
    assert await polled(target, 3) is None
    assert [] == gate.tried


@pytest.mark.parametrize(
    ("family", "used"), [("antminer", ("ant", "1")), ("avalon", ("all", "2")), (None, ("all", "2"))]
)
async def test_a_shared_login_is_for_its_family(web_server, family, used):
    """A login of one family is sent to devices of that family alone, and only the first that fits."""
    gate = Gate(used)
    shared = [
        KnownLogin(family="antminer", username="ant", password="1"),
        KnownLogin(username="all", password="2"),
        guess("x", "y", family="hiveon"),
    ]
    target = Target("127.0.0.1", ports={"http": (await web_server(gate)).port}, logins=shared)
    assert {"page": "a"} == await polled(target, family=family)
    assert [used] == gate.tried


async def test_digest_tries_the_guesses_too(device):
    """Behind digest authentication the next guess goes out with the next challenge, and the right one is kept."""
    pretend = await device(PAGE, digest=("root", "ltc@dog", REALM))
    target = target_of(pretend, guess())
    assert {"page": "a"} == await ask_of(target).get("/a", auth="digest")
    assert ["GET /a"] * 3 == pretend.heard
    assert ask_of(target).has_vendor_login
    assert {"page": "a"} == await ask_of(target).get("/a", auth="digest")
    assert ["GET /a"] * 4 == pretend.heard
    wrong = await device(PAGE, digest=("root", "own", REALM))
    target = target_of(wrong, guess())
    for _ in range(3):
        with pytest.raises(Denied):
            await ask_of(target).get("/a", auth="digest")
        target.memory.clear()
    # three requests with the challenge and two guesses, then one a restart that learns that credentials are wanted
    assert ["GET /a"] * 5 == wrong.heard


async def test_attempts_are_told_and_do_not_spell_the_password(web_server):
    """Whoever keeps the attempts hears of each, and what is kept names no password."""
    told = []
    target = Target("127.0.0.1", ports={"http": (await web_server(Gate(VENDOR[1]))).port}, logins=[guess()])
    target.attempted = told.append
    began = time.time()
    await polled(target)
    assert {target} == set(told)
    assert [False, True] == [one.opened for one in target.attempts.values()]
    assert all(isinstance(one, Attempt) and one.at >= began - 1 for one in target.attempts.values())
    assert not any("root" in mark or "ltc" in mark for mark in target.attempts)
