"""From single devices, networks and inventory files to one list."""

from collections.abc import Callable

import pytest

from config.inventory import MOST_DEVICES
from config.load import Loaded
from config.model.reference import REMEDY

SITE = """
feeders: [{id: f1, contracted: "500 kW"}, {id: f2, contracted: "500 kW"}]
racks: [{id: r1, feeder: f1}, {id: r2, feeder: f2}]
polling: {interval: 45s, timeout: 5s}
devices:
"""


def test_a_single_device_takes_what_is_general(loaded: Callable[..., Loaded]) -> None:
    """Without an id the host is the id; rack, polling and grade fill in what was not said."""
    (spec,) = loaded(SITE + '  - {host: Miner-7.hall.example, rack: r2, power: "3 kW"}\n').entries

    assert ("miner-7.hall.example", "miner-7.hall.example", "f2", 45.0, 5.0, "spec") == (
        spec.id,
        spec.host,
        spec.feeder,
        spec.interval_s,
        spec.timeout_s,
        spec.power_grade,
    )
    assert spec.enabled
    assert (None, None, None) == (spec.family, spec.password, spec.hashrate_hs)


def test_a_network_gives_every_host_but_the_excluded(loaded: Callable[..., Loaded]) -> None:
    """Network and broadcast address are no hosts; addresses and networks may be left out."""
    specs = loaded(
        SITE + "  - {cidr: 10.0.0.0/29, exclude: [10.0.0.1, 10.0.0.4/31], rack: r1, family: avalon}\n"
    ).entries

    assert ["10.0.0.2", "10.0.0.3", "10.0.0.6"] == [spec.id for spec in specs]
    assert {("avalon", "r1", "f1")} == {(spec.family, spec.rack, spec.feeder) for spec in specs}


@pytest.mark.parametrize(
    ("network", "hosts"), [("10.0.0.4/31", 2), ("10.0.0.4/32", 1), ("10.0.0.0/24", 254), ("fd00::/126", 3)]
)
def test_widths_of_networks(loaded: Callable[..., Loaded], network: str, hosts: int) -> None:
    """Small networks have no addresses to spare."""
    assert hosts == len(loaded(SITE + f'  - {{cidr: "{network}"}}\n').entries)


def test_a_row_wins_over_what_is_shared(loaded: Callable[..., Loaded]) -> None:
    """Keys beside `inventory` hold where a row leaves its cell empty."""
    specs = loaded(
        SITE + "  - {inventory: a.csv, rack: r1, family: antminer, interval: 2m, maintenance: true}\n",
        a_csv="""id,host,rack,family,power,power_grade,password,port_api,port_http,maintenance
m1,10.0.0.1,,,3068 W,metered,file:s1,4029,8080,no
m2,10.0.0.2,r2,whatsminer,,,,,,
""",
    ).entries

    first, second = specs
    assert ("r1", "f1", "antminer", 3068.0, "metered", "file:s1", {"api": 4029, "http": 8080}, False, 120.0) == (
        first.rack,
        first.feeder,
        first.family,
        first.power_w,
        first.power_grade,
        str(first.password),
        first.ports,
        first.maintenance,
        first.interval_s,
    )
    assert ("r2", "f2", "whatsminer", None, None, None, {}, True) == (
        second.rack,
        second.feeder,
        second.family,
        second.power_w,
        second.power_grade,
        second.password,
        second.ports,
        second.maintenance,
    )
    assert second.origin.file.endswith("a.csv")
    assert (3, 1) == (second.origin.line, second.origin.column)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfhost,id\r\n10.0.0.1,m1\r\n",
        b"host,id\r10.0.0.1,m1\r",
        b'HOST , Id\n"10.0.0.1","m1"\n\n\n',
    ],
    ids=["excel", "old-mac", "quoted"],
)
def test_files_of_other_programs(loaded: Callable[..., Loaded], content: bytes) -> None:
    """Byte order marks, line ends, quotes and blank lines make no difference."""
    (spec,) = loaded(SITE + "  - inventory: a.csv\n", a_csv=content).entries

    assert ("m1", "10.0.0.1") == (spec.id, spec.host)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "a.csv:1:1: csv: is empty; the first row names the columns"),
        (b"id\nm1\n", "a.csv:1:1: host: the column is missing"),
        (b"id,host\nm\xe4,10.0.0.1\n", "a.csv:2:2: csv: is not UTF-8 text; save it as CSV UTF-8"),
        (b"id,host\nm\x001,10.0.0.1\n", "a.csv:2:2: csv: has a NUL byte in it; save it as CSV UTF-8"),
        (b"host,port_api\n10.0.0.1,http\n", 'a.csv:2:10: port_api: expected a whole number, not "http"'),
        (
            b"host,rack,feeder\n10.0.0.1,r1,f2\n",
            'a.csv:2:13: feeder: is "f2", but rack "r1" hangs on feeder "f1"',
        ),
        (b'host,rack\n10.0.0.1,"r9"\n', 'a.csv:2:10: rack: no rack has the id "r9"'),
        (
            b"host,password\n10.0.0.1,hunter2\n",
            f"a.csv:2:10: password: {REMEDY}",
        ),
    ],
)
def test_what_an_inventory_may_have_wrong(problems: Callable[..., list[str]], content: bytes, problem: str) -> None:
    """Problems of an inventory are told by its own name and place."""
    assert [problem] == problems(SITE + "  - inventory: a.csv\n", a_csv=content)


def test_inventories_are_judged_even_when_something_else_is_wrong(problems: Callable[..., list[str]]) -> None:
    """A mistake in the configuration does not hide those of the rows."""
    found = problems("web: 5\ndevices: [{host: 1.2.3}, {inventory: a.csv}]\n", a_csv="host,power\n10.0.0.1,3\n")

    assert ["site.yaml:3", "site.yaml:4", "a.csv:2"] == [":".join(each.split(":")[:2]) for each in found]


def test_a_slip_of_a_prefix_does_not_make_a_million_devices(problems: Callable[..., list[str]]) -> None:
    """A site has a bounded number of devices."""
    entries = "".join(f"  - cidr: 10.{number}.0.0/16\n" for number in range(4))

    assert any(f"more than {MOST_DEVICES:,} devices" in each for each in problems(SITE + entries))


def test_twenty_thousand_rows(loaded: Callable[..., Loaded]) -> None:
    """A large site's inventory is read whole."""
    content = "id,host,family,model,rack,slot,password,power,power_grade,port_api\n" + "".join(
        f"m{n},10.{n >> 16}.{n >> 8 & 255}.{n & 255},antminer,S19j Pro,r1,{n % 40},file:s,3068 W,metered,4028\n"
        for n in range(20_000)
    )
    specs = loaded(SITE + "  - inventory: a.csv\n", a_csv=content).entries

    assert 20_000 == len(specs)
    assert ("m19999", 20_001) == (specs[-1].id, specs[-1].origin.line)
