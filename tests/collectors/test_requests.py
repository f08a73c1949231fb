"""Reading only: every request that any collector can send, held against the commands that only read."""

import ast
import contextlib
import json
import re
from pathlib import Path

import pytest

from collectors import identify, registry
from collectors.errors import CollectError
from collectors.poll import collect
from collectors.record import record
from collectors.recording import Replay
from collectors.target import Ask, Target

ROOT = Path(__file__).resolve().parents[2]
FAMILY_FILES = sorted((ROOT / "collectors/miners").glob("*.py"))
NAMES = sorted(f"{path.parent.name}/{path.stem}" for path in (ROOT / "tests/fixtures").glob("*/*.json"))

RPC_READS = frozenset(
    (
        "asccount",
        "config",
        "devdetails",
        "devs",
        "edevs",
        "estats",
        "events",
        "fan",
        "fans",
        "frequency",
        "get_error_code",
        "get_miner_info",
        "get_version",
        "ipreport",
        "led",
        "litestats",
        "mode",
        "pools",
        "power",
        "profiles",
        "psu",
        "stats",
        "status",
        "summary",
        "temperature",
        "temps",
        "tunerstatus",
        "version",
        "voltage",
        "voltageget",
    )
)
FRAMED_READS = frozenset(("get.device.info", "get.miner.status"))
# words of a path that change something, whatever the vendor
WRITES = re.compile(
    r"(?i)(?:^|[/_.?&=-])(?:set|reset|reboot|restart|start|stop|update|upgrade|upload|write|delete|remove|add|save|apply"
    r"|switch|quit|wake|pause|resume|flash|factory(?!-info)|restore|passwd|patch)(?:[/_.?&=-]|$)"
)
# Pages that were looked at and only read. A family that wants another adds it here, after having looked at it.
PAGES = frozenset(
    (
        "/api/getPools",
        "/api/overview",
        "/api/summary",
        "/api/system/asic",
        "/api/system/info",
        "/api/v1/autotune/presets",
        "/api/v1/chains/factory-info",
        "/api/v1/configuration/miner",
        "/api/v1/cooling",
        "/api/v1/cooling/state",
        "/api/v1/errors",
        "/api/v1/hardware",
        "/api/v1/info",
        "/api/v1/miner/details",
        "/api/v1/miner/errors",
        "/api/v1/miner/hw/hashboards",
        "/api/v1/miner/stats",
        "/api/v1/mining",
        "/api/v1/network",
        "/api/v1/perf-summary",
        "/api/v1/performance/target-profiles",
        "/api/v1/performance/tuner-state",
        "/api/v1/pools",
        "/api/v1/settings",
        "/api/v1/summary",
        "/api/v1/system",
        "/api/v1/telemetry",
        "/api/v2/dashboard",
        "/api/v2/system",
        "/asccount",
        "/autotune/presets",
        "/capabilities",
        "/cgi-bin/get_miner_conf.cgi",
        "/cgi-bin/get_miner_status.cgi",
        "/cgi-bin/get_network_info.cgi",
        "/cgi-bin/get_power.cgi",
        "/cgi-bin/get_system_info.cgi",
        "/cgi-bin/get_system_info.php",
        "/cgi-bin/luci/admin/network/iface_status/lan",
        "/cgi-bin/pools.cgi",
        "/cgi-bin/stats.cgi",
        "/cgi-bin/summary.cgi",
        "/cgi-bin/system_info.cgi",
        "/chains/factory-info",
        "/fan",
        "/frequency",
        "/hashrate",
        "/info",
        "/ipreport",
        "/kaonsu/v1/brief",
        "/kaonsu/v1/fans",
        "/kaonsu/v1/hashboards",
        "/kaonsu/v1/miner_config",
        "/kaonsu/v1/network_config",
        "/kaonsu/v1/overview",
        "/kaonsu/v1/pools",
        "/led",
        "/mcb/cgminer",
        "/mcb/pools",
        "/mcb/setting",
        "/mcb/status",
        "/mode",
        "/network",
        "/perf-summary",
        "/psu",
        "/settings",
        "/summary",
        "/temperature",
        "/user/login",
        "/user/userpanel",
        "/voltage",
    )
)
# The only requests that are sent with POST: logins, and reads that a vendor made POST.
LOGINS = frozenset(
    (
        "/admin/login",
        "/api/auth",
        "/api/v1/auth/login",
        "/api/v1/unlock",
        "/cgi-bin/login.php",
        "/cgi-bin/luci",
        "/token",
        "/unlock",
        "/user/login",
        "/api/login",
        "/user/loginpost?post=6",
    )
)
READS_BY_POST = frozenset(
    (
        "/Cgminer/CgminerGetVal",
        "/Cgminer/CgminerStatus",
        "/Status/getsystemstatus",
        "/admininfo/Getadmininfo",
        "/alarm/GetAlarmLoop",
        "/api/getAll",
        "/api/getErrorDetail",
        "/api/graphql",
        "/api/info_v1",
        "/api/overview",
        "/graphql",
        "/user/userpanel?post=4",
    )
)
# what a body or an rpc question may hold beside the command: no setting has a place in these
BODIES = frozenset(("command", "username", "user", "password", "pw", "pwd", "word", "yuyan", "query", "post"))
QUESTIONS = frozenset(("command", "parameter", "new_api"))
PARAMETERS = frozenset(("0", "1", "2", "3"))
FRAMED_PARAMETERS = frozenset(("summary", "edevs", "pools", "edevs+pools+summary"))
QUERIES = frozenset(("username", "password", "cipher", "cgminercmd", "user", "pwd", "level"))
CLUES = frozenset(clue for family in registry.families() for clue in family.clues)
CONNECTING = frozenset(("create_connection", "open_connection", "sock_connect", "create_datagram_endpoint", "connect"))
# a family's only way to a device is the `Ask` that it is given
NETWORK = frozenset(("asyncio", "socket", "ssl", "aiohttp", "http", "urllib.request", "collectors.wire", "subprocess"))


def every_request():
    return sorted({(family.name, request) for family in registry.families() for request in family.requests})


@pytest.mark.parametrize(("name", "request_text"), every_request())
def test_a_collector_can_only_read(name, request_text):
    """Each request of each family is a command that reads, a GET of a page that reads, or a login."""
    kind, _, what = request_text.partition(" ")
    if kind == "rpc":
        assert what in RPC_READS
    elif kind == "framed":
        assert what in FRAMED_READS
    elif kind == "POST":
        assert what in LOGINS | READS_BY_POST
    else:
        assert "GET" == kind
        assert what in PAGES
        assert not WRITES.search(what)


def test_the_lists_name_nothing_that_nobody_asks():
    """What nobody asks any more stands in no list of what may be asked."""
    asked = {request.partition(" ")[2] for request in {one for _, one in every_request()} | identify.requests()}
    assert set() == (LOGINS | READS_BY_POST | PAGES | RPC_READS | FRAMED_READS) - asked


class Overhearing(Replay):
    """A replayed conversation that keeps what would have been sent, bodies included."""

    def __init__(self, recording, *, family):
        super().__init__(recording, family=family)
        self.questions = []
        self.pages = []

    async def _exchange(self, request, *, port, share=1.0):
        self.questions.append(json.loads(request))
        return await super()._exchange(request, port=port, share=share)

    async def fetch(self, method, path, **more):
        self.pages.append((method, path, more))
        return await super().fetch(method, path, **more)


@pytest.mark.parametrize("name", NAMES)
async def test_what_is_sent_has_no_place_for_a_setting(name, recordings):
    """Questions and bodies hold commands, queries and credentials only; no GraphQL text is a mutation."""
    recording = recordings[name]
    family = registry.family(recording["family"])
    # with credentials at hand, so that logins are sent too
    ask = Overhearing({"credentials": {"username": "u", "password": "p"}, **recording}, family=family)
    with contextlib.suppress(CollectError):
        await family.collect(ask)
    assert ask.questions or ask.pages
    for question in ask.questions:
        assert question.keys() <= QUESTIONS
        assert str(question.get("parameter", "0")) in PARAMETERS
    for method, path, more in ask.pages:
        assert f"{method} {path}" in family.requests
        body = {**(more.get("json") or {}), **(more.get("form") or {})}
        assert not more.get("body")
        assert body.keys() <= BODIES or path in LOGINS
        assert "mutation" not in str(body.get("query", "")).lower()
        assert "GET" == method or path in LOGINS | READS_BY_POST


@pytest.mark.parametrize("name", NAMES)
async def test_what_goes_over_the_wire_only_reads(name, recordings, device):
    """Identified, polled twice and recorded over real sockets, with a login at hand: every byte sent is of a read."""
    recording = recordings[name]
    family = registry.family(recording["family"])
    pretend = await device(recording["requests"], joins=recording.get("joins", True))
    known = {port: pretend.ports.get(number, 1) for port, number in identify.PORTS.items()}
    target = Target(
        "127.0.0.1",
        ports={**known, **pretend.ports_of(family)},
        **{"username": "u", "password": "p", **recording.get("credentials", {})},
    )
    for _ in range(2):
        with contextlib.suppress(CollectError):
            await identify.identify(target, timeout_s=5)
        with contextlib.suppress(CollectError):
            await collect(target, family, timeout_s=5)
    with contextlib.suppress(CollectError):
        await record(target, family=family, timeout_s=10)
    assert len(pretend.heard) == len(pretend.bodies) > 0
    for request, body in zip(pretend.heard, pretend.bodies, strict=True):
        only_reads(request, body)


def only_reads(request, body):
    """Hold one request, as it came over the wire, against everything that may be asked."""
    kind, _, what = request.partition(" ")
    if kind == "rpc":
        question = json.loads(body)
        assert set(what.split("+")) <= RPC_READS
        assert question.keys() <= QUESTIONS
        assert str(question.get("parameter", "0")) in PARAMETERS
    elif kind == "framed":
        question = json.loads(body)
        assert (question["cmd"] in FRAMED_READS, question.keys() <= {"cmd", "param"}) == (True, True)
        assert question.get("param", "edevs") in FRAMED_PARAMETERS
    elif kind == "GET":
        page, _, query = what.partition("?")
        assert (b"", True) == (body, page == "/" or page in PAGES | CLUES)
        assert {part.partition("=")[0] for part in query.split("&") if query} <= QUERIES
        assert not WRITES.search(what)
    else:
        assert "POST" == kind
        assert what in LOGINS | READS_BY_POST or what.partition("?")[0] in LOGINS
        assert b"mutation" not in body.lower()


def test_only_one_place_sends_to_devices():
    """Below `collectors`, connections are opened in four files, and only the conversation uses the device's client."""
    opening, using = set(), set()
    for path in sorted((ROOT / "collectors").rglob("*.py")):
        name = path.relative_to(ROOT / "collectors").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in CONNECTING:
                opening.add(name)
            if isinstance(node, ast.ImportFrom) and {alias.name for alias in node.names} & {"exchange", "web"}:
                using.add(name)
    assert {"wire.py", "discover.py", "pools/dial.py", "pools/transport.py"} == opening
    assert {"target.py", "web.py"} == {name for name in using if not name.startswith("signals/")}


@pytest.mark.parametrize("path", FAMILY_FILES, ids=lambda path: path.stem)
def test_a_family_has_no_other_way_to_the_network(path):
    """No family's file imports sockets, clients or processes, and none reaches for the client behind its `Ask`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    named = {
        f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set() == NETWORK & (imported | named)
    assert set() == {"collectors.web", "collectors.web.request", "collectors.web.fetch"} & named
    assert "_exchange" not in {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


@pytest.mark.parametrize("request_text", ["rpc reboot", "rpc switchpool", "GET /cgi-bin/reboot.cgi", "POST /reboot"])
async def test_what_is_not_listed_is_refused_before_it_is_sent(request_text):
    """A request that its family does not list never reaches the network."""
    family = registry.family("antminer")
    ask = Ask(Target("127.0.0.1"), ports={"api": 1, "http": 1}, requests=family.requests, timeout_s=1.0)
    kind, _, what = request_text.partition(" ")
    with pytest.raises(RuntimeError, match="not among the reading requests"):
        await (ask.rpc(what) if kind == "rpc" else ask.fetch(kind, what))
    with pytest.raises(RuntimeError, match="not among the reading requests"):
        await ask.rpc("summary+reboot")


def test_identification_asks_nothing_that_no_family_may():
    """Finding a device out sends only reading commands and the pages that families name as clues."""
    for request in identify.requests():
        kind, _, what = request.partition(" ")
        reads = READS_BY_POST if kind == "POST" else RPC_READS | FRAMED_READS
        assert (kind == "GET" and not WRITES.search(what)) or what in reads


def test_every_family_is_what_the_table_says():
    """Names agree, each family has a first port, and no two families share a name."""
    families = registry.families()
    assert list(registry.TABLE) == [family.name for family in families]
    for family in families:
        assert family.ports
        assert {f"GET {path}" for path in family.clues} <= family.requests | {"GET /"}


def test_an_unknown_family_is_told_which_are_known():
    """A mistyped name is answered with the names there are."""
    with pytest.raises(registry.UnknownFamily, match="antminer"):
        registry.family("antminr")
