"""Reading only: every request that any collector can send, held against the commands that only read."""

import re

import pytest

from collectors import identify, registry

RPC_READS = frozenset(
    (
        "version",
        "summary",
        "stats",
        "estats",
        "litestats",
        "devs",
        "edevs",
        "devdetails",
        "pools",
        "config",
        "power",
        "temps",
        "fans",
        "events",
        "profiles",
        "status",
        "get_version",
        "get_miner_info",
        "get_error_code",
        "get_psu",
        "healthchipget",
        "voltageget",
        "tunerstatus",
        "asccount",
        "coin",
        "limits",
        "fanctrl",
        "atm",
        "check",
        "notify",
        "usbstats",
        "netaddr",
        "freqget",
        "tempctrl",
        "lcd",
        "psu",
        "fan",
        "temperature",
        "mode",
        "led",
        "ipreport",
        "frequency",
        "voltage",
    )
)
FRAMED_READS = frozenset(("get.device.info", "get.miner.status"))
# words of a path that change something, whatever the vendor
WRITES = re.compile(
    r"(?i)(?:^|[/_.?&=-])(?:set|reset|reboot|restart|start|stop|update|upgrade|upload|write|delete|remove|add|save|apply"
    r"|switch|quit|wake|pause|resume|flash|factory(?!-info)|restore|passwd|patch)(?:[/_.?&=-]|$)"
)
# what is sent with POST: logins, and reads that a vendor made POST
POSTS = re.compile(
    r"(?i)login|auth|unlock|token|session|graphql|/luci$|userpanel|getall|overview|geterrordetail|info_v1|summary"
    r"|cgminerstatus|getsystemstatus|cgminergetval|getalarmloop|getadmininfo"
)


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
        assert POSTS.search(what)
    else:
        assert "GET" == kind
        assert not WRITES.search(what)


def test_identification_asks_nothing_that_no_family_may():
    """Finding a device out sends only reading commands and the pages that families name as clues."""
    for request in identify.requests():
        kind, _, what = request.partition(" ")
        assert (kind == "GET" and not WRITES.search(what)) or what in RPC_READS | FRAMED_READS


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
