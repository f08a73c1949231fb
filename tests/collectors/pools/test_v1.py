"""The Stratum V1 session: scripts of what pools say, and a model that says it in any order."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from collectors.errors import Garbled
from collectors.pools import events
from collectors.pools.v1 import AGENT, MAX_JUNK_LINES, MAX_LINE_BYTES, Session, error_text


class Playbook:
    """A session with its outgoing messages read, and lines fed as a pool writes them."""

    def __init__(self, **options):
        self.session = Session(**options)

    def sent(self):
        return [json.loads(message.data) for message in self.session.outgoing()]

    def hear(self, *messages):
        text = b"".join(
            (message if isinstance(message, bytes) else json.dumps(message).encode()) + b"\n" for message in messages
        )
        return self.session.receive(text)

    def subscribe(self):
        """Bring the session to where it waits for jobs."""
        self.sent()
        self.hear({"id": 1, "result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}, "error": None})
        self.sent()
        self.hear({"id": 2, "result": [[], "a1b2c3d4", 8], "error": None})
        return self


@pytest.fixture
def book():
    return Playbook(user="account.watch", password="x")


def kinds(found):
    return [type(event).__name__ for event in found]


def test_the_usual_order(book, notify):
    """Configure, subscribe, authorize, each after the answer before it; then difficulty and job."""
    (configure,) = book.sent()
    assert ("mining.configure", 1) == (configure["method"], configure["id"])
    found = book.hear({"result": {"version-rolling": True, "version-rolling.mask": "1fffe000"}, "id": 1, "error": None})
    assert [events.Configured(version_mask="1fffe000")] == found
    (subscribe,) = book.sent()
    assert ("mining.subscribe", [AGENT]) == (subscribe["method"], subscribe["params"])
    found = book.hear({"result": [[["mining.notify", "s"]], "A1B2C3D4", 8], "id": 2, "error": None})
    assert [events.Subscribed(), events.ExtranonceSet(extranonce1="a1b2c3d4", extranonce2_size=8)] == found
    (authorize,) = book.sent()
    assert ("mining.authorize", ["account.watch", "x"]) == (authorize["method"], authorize["params"])
    found = book.hear(
        {"result": True, "error": None, "id": 3},
        {"params": [42.0], "id": None, "method": "mining.set_difficulty"},
        notify()["notify"],
    )
    assert ["Authorized", "DifficultySet", "JobReceived"] == kinds(found)
    assert 905_400 == found[2].job.height
    assert [] == book.sent()


def test_without_a_user_nothing_is_authorized(notify):
    """A session without a user asks for nothing after the subscription."""
    book = Playbook().subscribe()
    assert [] == book.sent()


def test_job_and_difficulty_before_the_authorize_answer(book, notify):
    """Solo pools answer authorize last."""
    book.subscribe()
    book.sent()
    found = book.hear(
        notify()["notify"], {"method": "mining.set_difficulty", "params": [1000]}, {"id": 3, "result": True}
    )
    assert ["JobReceived", "DifficultySet", "Authorized"] == kinds(found)


def test_difficulty_and_mask_before_the_configure_answer(book):
    """Some pools push before they answer."""
    found = book.hear(
        {"id": None, "method": "mining.set_difficulty", "params": [16383.75]},
        {"id": None, "method": "mining.set_version_mask", "params": ["1fffe000"]},
    )
    assert [events.DifficultySet(difficulty=16383.75), events.VersionMaskSet(mask="1fffe000")] == found


def test_job_before_the_subscription(book, notify):
    """A job before the extranonce is known is decoded by length."""
    found = book.hear(notify()["notify"])
    assert 12 == found[0].job.extranonce_size


def test_ten_parameters(book, notify):
    """The last parameter says whether older work is void."""
    message = notify(clean=False)["notify"]
    message["params"].insert(8, "66000000")
    assert False is book.hear(message)[0].job.clean


def test_chunks_of_any_size(book, notify):
    """Bytes may come one by one, with carriage returns and empty lines between."""
    text = b"\r\n\n" + json.dumps(notify()["notify"]).encode() + b"\r\n"
    found = [event for byte in text for event in book.session.receive(bytes([byte]))]
    assert ["JobReceived"] == kinds(found)


def test_configure_refused(book):
    """A server that does not know configure is subscribed to all the same."""
    book.sent()
    found = book.hear({"id": 1, "error": "-3:method not found"})
    assert [events.Refused(step="configure", message="-3:method not found")] == found
    assert ["mining.subscribe"] == [message["method"] for message in book.sent()]


def test_version_rolling_refused(book):
    """A configure answer without rolling has no mask."""
    assert [events.Configured(version_mask=None)] == book.hear({"id": 1, "result": {"version-rolling": False}})


def test_hurry_subscribes_without_the_answer(book):
    """A server that is silent on configure is subscribed to when the driver says so, once."""
    book.sent()
    assert book.session.configuring
    book.session.hurry()
    book.session.hurry()
    assert ["mining.subscribe"] == [message["method"] for message in book.sent()]
    assert not book.session.configuring


def test_late_configure_answer(book):
    """An answer to configure after the subscription does not subscribe again."""
    book.sent()
    book.session.hurry()
    book.sent()
    book.hear({"id": 2, "result": [[], "aa", 4]})
    book.sent()
    book.hear({"id": 1, "result": {}})
    assert [] == book.sent()


def test_configure_answer_between_hurry_and_subscription(book):
    """The subscription that is under way is not asked for twice."""
    book.session.hurry()
    book.sent()
    book.hear({"id": 1, "result": {}})
    assert [] == book.sent()


def test_without_configure():
    """A session may leave configure out."""
    assert ["mining.subscribe"] == [message["method"] for message in Playbook(configure=False).sent()]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"result": "Initialising", "error": None}, "Initialising"),
        ({"result": False, "error": [25, "Not subscribed", None]}, "Not subscribed"),
        ({"result": None, "error": {"code": 20, "message": "full", "data": None}}, "full"),
        ({"result": [[], "zz", 8]}, "no reason given"),
        ({"result": [[], "aa", -1]}, "no reason given"),
        ({"result": [[], "aa", True]}, "no reason given"),
        ({"result": [8]}, "no reason given"),
        ({"result": {}}, "no reason given"),
        ({"error": True}, "no reason given"),
    ],
)
def test_refused_subscriptions(book, answer, words):
    """A subscription that tells no extranonce is refused, with whatever words there are."""
    book.sent()
    book.hear({"id": 1, "result": {}})
    book.sent()
    assert [events.Refused(step="subscribe", message=words)] == book.hear({"id": 2, **answer})
    assert not book.session.subscribed


def test_subscription_with_text_for_the_size(book):
    """A size given as text is a size."""
    book.hear({"id": 1, "result": {}})
    found = book.hear({"id": 2, "result": [[["a", "b"], ["c", "d"]], "00112233445566", "3"]})
    assert 3 == found[1].extranonce2_size


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ({"result": True}, True),
        ({"result": True, "error": None}, True),
        ({"result": "ok", "error": None}, True),
        ({"result": False, "error": "Failed subscription"}, False),
        ({"result": None, "error": [24, "Unauthorized worker", None]}, False),
        ({"result": None, "error": None}, False),
        ({"result": False}, False),
        ({"error": [20, "no"]}, False),
    ],
)
def test_authorize_answers(book, answer, accepted):
    """Only a true result without error authorizes."""
    book.subscribe().sent()
    (event,) = book.hear({"id": 3, **answer})
    assert accepted is isinstance(event, events.Authorized)


def test_ids_given_back_as_text(book):
    """An id that comes back as text is the same id."""
    assert ["Configured"] == kinds(book.hear({"id": "1", "result": {}}))


@pytest.mark.parametrize("identity", [None, True, 99, -1, "abc", [1], {"a": 1}, 1.0])
def test_answers_to_nothing(book, identity):
    """An answer to a question that was not asked is passed over."""
    assert [] == book.hear({"id": identity, "result": True, "error": None})


def test_a_method_beside_a_result_is_an_answer(book):
    """Some servers repeat the method in their answer."""
    assert ["Configured"] == kinds(book.hear({"id": 1, "method": "mining.configure", "result": {}}))


@pytest.mark.parametrize("value", [0, -5, "x", None, True, [], 1e400])
def test_nonsense_difficulties(book, value):
    """Only a number above zero is a difficulty."""
    (event,) = book.hear(
        json.dumps({"method": "mining.set_difficulty", "params": [value]}).replace("Infinity", "1e400").encode()
    )
    assert isinstance(event, events.Junk)


@pytest.mark.parametrize("value", [0.002, 42, "512", 9427.960695338843])
def test_difficulties(book, value):
    """Difficulties are numbers of any kind."""
    (event,) = book.hear({"method": "mining.set_difficulty", "params": [value]})
    assert float(value) == event.difficulty


def test_set_extranonce_counts_from_the_next_job(book, notify):
    """A new extranonce is used for the jobs after it."""
    book.subscribe()
    found = book.hear(
        {"method": "mining.set_extranonce", "params": ["aabbccddee", 3]},
        notify(extranonce1=b"\xaa\xbb\xcc\xdd\xee", extranonce2_size=3)["notify"],
        {"method": "mining.set_extranonce", "params": ["nonsense", 3]},
    )
    assert ["ExtranonceSet", "JobReceived"] == kinds(found)
    assert (8, ()) == (found[1].job.extranonce_size, found[1].job.anomalies)


@pytest.mark.parametrize(
    ("params", "host", "port", "wait"),
    [
        ([], None, None, 0.0),
        (["pool2.example.net", "3335", 0], "pool2.example.net", 3335, 0.0),
        (["pool2.example.net", 3335, "30"], "pool2.example.net", 3335, 30.0),
        (["pool2.example.net"], "pool2.example.net", None, 0.0),
        (["", 0, 0], None, None, 0.0),
        ([None, 70000, 1e9], None, None, 3600.0),
        ("nonsense", None, None, 0.0),
    ],
)
def test_reconnect_in_every_form(book, params, host, port, wait):
    """Ports and waits are read as numbers or text; what cannot be is left out."""
    found = book.hear({"id": None, "method": "client.reconnect", "params": params})
    assert [events.ReconnectAsked(host=host, port=port, wait_s=wait)] == found


def test_messages_are_shown_printable(book):
    """Control characters in a pool's words never reach the terminal."""
    found = book.hear({"method": "client.show_message", "params": ["hello\x1b[2J"]})
    assert [events.MessageShown(text="hello?[2J")] == found


@pytest.mark.parametrize(
    ("method", "result", "error"),
    [
        ("client.get_version", AGENT, None),
        ("mining.ping", "pong", None),
        ("mining.frobnicate", None, [-3, "Method not found", None]),
    ],
)
def test_questions_are_answered(book, method, result, error):
    """A request of the pool's gets an answer under its own id."""
    book.sent()
    assert [events.Questioned(method=method)] == book.hear({"id": "srv-7", "method": method, "params": []})
    assert [{"id": "srv-7", "result": result, "error": error}] == book.sent()


def test_unknown_notifications_are_passed_over(book):
    """What wants no answer and is not known is no event."""
    book.sent()
    assert [] == book.hear({"id": None, "method": "mining.frobnicate", "params": {}})
    assert [] == book.sent()


def test_ping_repeats_configure(book):
    """The harmless question is the first one again, one at a time, and its answer an echo."""
    assert not book.session.ping()
    book.subscribe().sent()
    assert book.session.ping()
    assert not book.session.ping()
    (question,) = book.sent()
    assert "mining.configure" == question["method"]
    assert ["Echoed"] == kinds(book.hear({"id": question["id"], "result": {"version-rolling": True}}))
    assert book.session.ping()
    (question,) = book.sent()
    assert ["Echoed"] == kinds(book.hear({"id": question["id"], "error": [-3, "Method not found", None]}))


def test_no_ping_where_configure_was_not_answered(book):
    """A server that stays silent on configure would not answer a ping either."""
    book.sent()
    book.session.hurry()
    book.hear({"id": 2, "result": [[], "aa", 4]})
    assert not book.session.ping()


def test_no_ping_after_one_was_not_answered(book):
    """A ping that was given up is not tried again."""
    book.subscribe()
    assert book.session.ping()
    book.session.forget_ping()
    assert not book.session.ping()


@pytest.mark.parametrize("line", [b"not json at all", b"[1,2]", b"5", b"{}", b'{"id": 5, "params": []}', b"\xff\xfe{"])
def test_junk_is_named_and_survived(book, line, notify):
    """A line that is no message is told and passed over."""
    found = book.hear(line, notify()["notify"])
    assert ["Junk", "JobReceived"] == kinds(found)


def test_nothing_but_junk_ends_the_session(book):
    """After some lines of junk in a row it is not a pool."""
    with pytest.raises(Garbled):
        book.hear(*[b"junk"] * (MAX_JUNK_LINES + 1))


def test_a_message_between_junk_resets_the_count(book):
    """Junk here and there does not add up."""
    for _ in range(4):
        book.hear(*[b"junk"] * MAX_JUNK_LINES, {"method": "mining.set_difficulty", "params": [1]})


@pytest.mark.parametrize("newline", [b"", b"\n"])
def test_endless_lines_are_garbled(book, newline):
    """A line beyond the limit ends the session, whether it ends or not."""
    with pytest.raises(Garbled, match="line of more than"):
        book.session.receive(b"x" * (MAX_LINE_BYTES + 1) + newline)


def test_an_unreadable_job_is_told(book, notify):
    """A job that cannot be read is an event of its own, and the session goes on."""
    message = notify()["notify"]
    message["params"][6] = "no nbits"
    found = book.hear(message, notify()["notify"])
    assert ["JobGarbled", "JobReceived"] == kinds(found)


def test_proved_periods_vouch_for_later_empty_jobs(notify):
    """An empty job without commitment is Bitcoin's after a full one with the same nbits beyond the table."""
    learned = {}
    book = Playbook(learned=learned).subscribe()
    facts = {"height": 957_444, "nbits": "1701f000", "ntime": 1_788_000_000}
    empty = notify(**facts, branches=0, outputs=[(312_500_000, b"\x51")])["notify"]
    found = book.hear(empty, notify(**facts)["notify"], empty)
    assert ["unknown", "main", "main"] == [event.job.chain for event in found]
    assert {957_444 // 2016: 0x1701F000} == learned


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ([21, "Job not found", None], "Job not found"),
        ([20, "ntime out of range"], "ntime out of range"),
        ("Failed subscription", "Failed subscription"),
        ({"code": 22, "message": "Duplicate share", "data": None}, "Duplicate share"),
        ([24], "24"),
        ([], "no reason given"),
        (True, "no reason given"),
        (None, "no reason given"),
    ],
)
def test_errors_in_every_form(error, words):
    """Lists, objects and plain text all have words."""
    assert words == error_text(error)


@given(st.lists(st.binary(max_size=60)))
def test_any_bytes_are_events_or_garbled(chunks):
    """No bytes raise anything but Garbled."""
    session = Session(user="u")
    with contextlib.suppress(Garbled):
        for chunk in chunks:
            session.receive(chunk)
            session.receive(b'{"id":1,"result":[[],"' + chunk.hex().encode() + b'",4]}\n')


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
METHODS = [
    "mining.notify",
    "mining.set_difficulty",
    "mining.set_extranonce",
    "mining.set_version_mask",
    "client.reconnect",
    "client.show_message",
    "client.get_version",
    "mining.ping",
    "other",
]


class AnyPool(RuleBasedStateMachine):
    """A pool that says anything in any order; whatever it does, the session keeps its promises."""

    @initialize(user=st.none() | st.just("account.watch"), configure=st.booleans())
    def begin(self, user, configure):
        self.session = Session(user=user, password="x", configure=configure)
        self.user = user
        self.questions = {}
        self.asked = []
        self.subscribed = False
        self.collect()

    def collect(self):
        for message in self.session.outgoing():
            sent = json.loads(message.data)
            assert message.data.endswith(b"\n")
            if "method" in sent:
                self.asked.append(sent["method"])
                self.questions[sent["id"]] = sent["method"]

    def hear(self, message):
        found = self.session.receive(json.dumps(message).encode() + b"\n")
        self.collect()
        return found

    @rule(method=st.sampled_from(METHODS), params=json_values, identity=st.none() | st.integers(100, 103))
    def says(self, method, params, identity):
        found = self.hear({"id": identity, "method": method, "params": params})
        assert len(found) <= 1

    @rule(data=st.data(), result=json_values, error=json_values)
    def answers(self, data, result, error):
        if not self.questions:
            return
        identity = data.draw(st.sampled_from(sorted(self.questions)))
        method = self.questions.pop(identity)
        found = self.hear({"id": identity, "result": result, "error": error})
        assert found
        if method == "mining.subscribe":
            self.subscribed = self.subscribed or any(isinstance(event, events.Subscribed) for event in found)

    @rule(data=st.data())
    def answers_well(self, data):
        if not self.questions:
            return
        identity = data.draw(st.sampled_from(sorted(self.questions)))
        method = self.questions.pop(identity)
        result = {"mining.configure": {"version-rolling": False}, "mining.subscribe": [[], "aabb", 4]}.get(method, True)
        found = self.hear({"id": identity, "result": result, "error": None})
        expected = {
            "mining.configure": (events.Configured, events.Echoed),
            "mining.subscribe": (events.Subscribed,),
            "mining.authorize": (events.Authorized,),
        }[method]
        assert isinstance(found[0], expected)
        self.subscribed = self.subscribed or method == "mining.subscribe"

    @rule()
    def hurries(self):
        self.session.hurry()
        self.collect()

    @rule()
    def pings(self):
        if self.session.ping():
            assert self.subscribed
        self.collect()

    @invariant()
    def asks_in_order_and_never_mines(self):
        firsts = [name for name in dict.fromkeys(self.asked) if name != "mining.configure"]
        assert firsts == ["mining.subscribe", "mining.authorize"][: len(firsts)]
        assert self.asked.count("mining.subscribe") <= 1
        assert self.asked.count("mining.authorize") == (1 if self.subscribed and self.user is not None else 0)
        assert self.session.subscribed == self.subscribed
        assert set(self.asked) <= {"mining.configure", "mining.subscribe", "mining.authorize"}


AnyPool.TestCase.settings = settings(max_examples=40, stateful_step_count=30)
TestAnyPool = AnyPool.TestCase


def test_no_code_can_send_a_share():
    """The word for handing in work does not occur in the collectors."""
    from pathlib import Path

    import collectors

    folder = Path(collectors.__file__).parent / "pools"
    for file in folder.rglob("*.py"):
        assert "mining.sub" + "mit" not in file.read_text()
        assert "Submit" + "Shares" not in file.read_text()


@pytest.mark.shared
@pytest.mark.parametrize("name", ["ckpool-transcript", "ckpool-transcript-poolmode", "datum-transcript"])
def test_recorded_conversations(shared, name):
    """Everything that real pools said on the wire is understood: nothing is junk, every job is read."""
    lines = (shared / "stratum" / f"{name}.txt").read_text().splitlines()
    book = Playbook(user="u")
    found = []
    for line in lines:
        _, mark, text = line.split(None, 2)
        if mark == "#" and text.startswith("connect "):
            book = Playbook(user="u")
        if mark == "<":
            found += book.hear(text.encode())
    jobs = [event.job for event in found if isinstance(event, events.JobReceived)]
    assert jobs
    assert not [event for event in found if isinstance(event, events.Junk | events.JobGarbled)]
    assert {"scriptsig"} == {job.extranonce_location for job in jobs}
