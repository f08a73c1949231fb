"""Recording a device: all that may be asked is, nothing private is kept, and the recording reads as the device did."""

import json
import re
from pathlib import Path

import pytest

from collectors import identify, registry
from collectors.errors import Unreachable
from collectors.poll import collect
from collectors.record import record
from collectors.recording import read_again
from collectors.registry import family as family_named
from collectors.target import Target

FOLDER = Path(__file__).resolve().parents[1] / "fixtures"
NAMES = sorted(
    f"{path.parent.name}/{path.stem}" for path in FOLDER.glob("*/*.json") if path.parent.name in registry.TABLE
)
PRIVATE = ("mac", "serial", "hostname")
MEANINGLESS = {"antminer", "antMiner", "Antminer"}  # host names that every device of its kind has


def shape(document):
    """Give a reading without what is private or changes from one second to the next."""
    plain = {name: value for name, value in document.items() if name not in (*PRIVATE, "warnings", "vendor_login")}
    plain["pools"] = [
        {**pool, "url": pool["url"] is not None, "user": pool["user"] is not None, "last_share_age_s": None}
        for pool in document["pools"]
    ]
    plain["boards"] = [{**board, "serial": board["serial"] is not None} for board in document["boards"]]
    return plain


def ports_of(pretend, family=None):
    known = {name: pretend.ports.get(port, 1) for name, port in identify.PORTS.items()}
    return {**known, **(pretend.ports_of(family) if family else {})}


@pytest.mark.parametrize("name", NAMES)
async def test_a_recording_reads_as_the_device_did(name, recordings, device):
    """Every recorded device, recorded anew, gives the same reading, and knows nothing of whose it is."""
    original = recordings[name]
    family = family_named(original["family"])
    pretend = await device(original["requests"], joins=original.get("joins", True))
    more = original.get("credentials", {})
    wanted = await collect(Target("127.0.0.1", ports=pretend.ports_of(family), **more), family, timeout_s=5)
    made = await record(Target("127.0.0.1", ports=ports_of(pretend, family), **more), family=family, timeout_s=20)
    again = await read_again(made.document, family=family)
    assert shape(wanted.document()) == shape(again.document())
    text = json.dumps(made.document, ensure_ascii=False)
    private = {wanted.mac, wanted.serial, *(board.serial for board in wanted.boards)}
    private |= {pool.user for pool in wanted.pools} | {wanted.hostname}
    private -= MEANINGLESS | {wanted.model, wanted.make}
    assert [] == [word for word in private if word and len(word) > 2 and word in text]
    urls = [pool["url"] for pool in made.document["expected"].get("pools", [])]
    assert [] == [url for url in urls if url and not re.search(r"pool-\d+\.example|192\.0\.2\.", url)]


@pytest.mark.parametrize("name", NAMES)
async def test_a_recorded_device_is_identified_from_its_recording(name, recordings, device):
    """What identification needs is in the recording too, and serves it over real sockets."""
    original = recordings[name]
    family = family_named(original["family"])
    pretend = await device(original["requests"], joins=original.get("joins", True))
    made = await record(
        Target("127.0.0.1", ports=ports_of(pretend, family), **original.get("credentials", {})),
        family=family,
        timeout_s=20,
    )
    replayed = await device(made.document["requests"], joins=made.document.get("joins", True))
    found = await identify.identify(Target("127.0.0.1", ports=ports_of(replayed, family)), timeout_s=5)
    assert original["family"] == found.family.name


PLANTED = (
    "bc1qplantedwalletaddress0123456789abcdefgh",
    "1PLantedWa11etAddressXyzAbcdefgHJk",
    "secretworker17",
    "hunter2-secret",
    "row-c-shelf-9",
    "a4:5e:60:c1:d2:e3",
    "a45e60c1d2e3",
    "A4-5E-60-C1-D2-E3",
    "YNAHD123456789",
    "BOARDSN0042",
    "10.55.7.21",
    "10.55.7.1",
    "btc.private-farm.net",
    "operator@private-farm.net",
    "fe80::a65e:60ff:fec1:d2e3",
    "poolaccount",
    "0201aaBB44ccDD55",
    "far-away.private-pool.com",
)


def planted_requests():
    """Give an old Antminer whose every corner holds something private."""
    wallet, base58, worker, password, host, colon, bare, dashed, serial, board, address, gateway, pool, mail, six = (
        PLANTED[:15]
    )
    status = [{"STATUS": "S", "When": 5, "Msg": f"asked by {address}", "Description": "cgminer"}]
    pools = [
        {
            "POOL": 0,
            "URL": f"stratum+tcp://{pool}:3333",
            "User": f"{wallet}.{worker}",
            "Status": "Alive",
            "Pass": password,
        },
        {"POOL": 1, "URL": f"stratum+ssl://{base58}:{password}@{pool}:443/x", "User": "poolaccount.5", "Accepted": 7},
        {"POOL": 2, "URL": f"{pool}:25", "User": base58, "Stratum URL": pool},
    ]
    stats = {"Elapsed": 600, "GHS 5s": 13500.5, "miner_sn": serial, "chain_sn1": board, "Miner": "30.0.1.3"}
    stats["message"] = 'Failed to resolve ("far-away.private-pool.com", 3336)'
    stats["note"] = f"{serial} at {host} ({mail}) DNA[0201aaBB44ccDD55] via {six}"
    system = {"macaddr": colon, "hostname": host, "ipaddress": address, "gateway": gateway, "serinum": serial}
    system |= {
        "netmask": "255.255.255.0",
        "name": bare,
        "also": dashed,
        "cpuSerial": 123456789,
        "minertype": "Antminer S9",
    }
    page = f'<html><input name="pool1user" value="{wallet}.{worker}"><input name=pool1pw value="{password}">{colon}'
    broken = f'{{"pools":[{{"url":"stratum+tcp://{pool}:3333","user":"{wallet}.{worker}","pass":"{password}",}}'
    rpc = {
        "version": {"STATUS": status, "VERSION": [{"Type": "Antminer S9", "Miner": "30.0.1.3", "API": "3.1"}]},
        "summary": {"STATUS": status, "SUMMARY": [{"Elapsed": 600, "GHS 5s": 13500.5}]},
        "stats": {"STATUS": status, "STATS": [{"Type": "Antminer S9"}, stats]},
        "pools": {"STATUS": status, "POOLS": pools},
    }
    web = {"/cgi-bin/get_system_info.cgi": system, "/": page, "/cgi-bin/get_miner_conf.cgi": broken}
    found = [{"transport": "rpc", "port": 4028, "request": name, "reply": reply} for name, reply in rpc.items()]
    for path, body in web.items():
        kind = "raw" if isinstance(body, str) else "reply"
        found.append({"transport": "http", "port": 80, "request": f"GET {path}", kind: body})
    return found


async def test_nothing_planted_survives(device):
    """Wherever it stands and however it is spelled, what is private is gone, and numbers are as they were."""
    pretend = await device(planted_requests())
    target = Target("127.0.0.1", ports=ports_of(pretend), username="operator9", password=PLANTED[3])
    made = await record(target, timeout_s=20)
    text = json.dumps(made.document, ensure_ascii=False)
    assert [] == [word for word in (*PLANTED, "operator9") if word.lower() in text.lower()]
    assert ("antminer", "S9") == (made.document["family"], made.document["model"])
    assert ("13500.5" in text, "30.0.1.3" in text, "255.255.255.0" in text) == (True, True, True)
    expected = made.document["expected"]
    assert 13500.5e9 == expected["hashrate_hs"]
    assert "02:00:00:00:00:01" == expected["mac"]


async def test_the_same_stays_the_same(device):
    """One wallet, one pool, one hardware address: each has one stand-in, in whatever form it is written."""
    pretend = await device(planted_requests())
    made = await record(Target("127.0.0.1", ports=ports_of(pretend)), timeout_s=20)
    replies = {str(one["request"]): one.get("reply", one.get("raw")) for one in made.document["requests"]}
    first, second, third = replies["pools"]["POOLS"]
    assert ("stratum+tcp", "3333") == (first["URL"].split("://")[0], first["URL"].rpartition(":")[2])
    hosts = {re.search(r"pool-\d+\.example", one["URL"])[0] for one in (first, second, third)}
    assert 1 == len(hosts)
    system = replies["GET /cgi-bin/get_system_info.cgi"]
    assert ("02:00:00:00:00:01", "020000000001", "02-00-00-00-00-01") == (
        system["macaddr"],
        system["name"],
        system["also"],
    )
    assert first["User"] in replies["GET /"]


async def test_only_reading_requests_are_sent(device):
    """A recording asks nothing that neither the family nor identification may ask."""
    pretend = await device(planted_requests())
    await record(Target("127.0.0.1", ports=ports_of(pretend)), timeout_s=20)
    allowed = family_named("antminer").requests | identify.requests()
    parts = {f"rpc {part}" for one in pretend.heard if one.startswith("rpc ") for part in one[4:].split("+")}
    assert set() == (parts | {one for one in pretend.heard if not one.startswith("rpc ")}) - allowed


async def test_of_an_unknown_device_all_that_was_heard_is_kept(device):
    """A device that nobody recognises is recorded as far as identification goes, redacted as any other."""
    page = "<html><title>Some Other Miner</title> 10.1.2.3</html>"
    pretend = await device([{"transport": "http", "port": 80, "request": "GET /", "raw": page}])
    made = await record(Target("127.0.0.1", ports=ports_of(pretend)), timeout_s=20)
    assert (None, {}) == (made.document["family"], made.document["expected"])
    assert ["<html><title>Some Other Miner</title> 192.0.2.1</html>"] == [
        one["raw"] for one in made.document["requests"]
    ]
    assert made.notes[0].startswith("not identified")


async def test_nobody_there_is_no_recording():
    """Where nothing listens there is nothing to write."""
    ports = dict.fromkeys(identify.PORTS, 1)
    with pytest.raises(Unreachable):
        await record(Target("127.0.0.1", ports=ports), timeout_s=5)
    with pytest.raises(Unreachable):
        await record(Target("127.0.0.1", ports=ports), family=family_named("antminer"), timeout_s=5)


async def test_what_a_password_opens_is_recorded_without_it(recordings, device):
    """Pages behind digest authentication are in the recording, the credentials, nonces and challenges are not."""
    pretend = await device(
        recordings["antminer/s19j-pro"]["requests"], digest=("root", "s3cret-word", "antMiner Configuration")
    )
    target = Target("127.0.0.1", ports=ports_of(pretend), username="root", password="s3cret-word")
    made = await record(target, timeout_s=20)
    text = json.dumps(made.document)
    assert "antminer" == made.document["family"]
    assert [] == [word for word in ("s3cret-word", "nonce") if word in text]
    assert {"mac", "serial"} <= made.document["expected"].keys()
    again = await read_again(made.document, family=family_named("antminer"))
    assert made.document["expected"]["mac"] == again.mac


async def test_a_session_is_recorded_without_its_token(recordings, listen):
    """A login's answer is recorded so that the replay can log in, with neither password nor token in it."""
    pages = {one["request"]: one for one in recordings["braiins/s19j-pro-rest"]["requests"]}

    async def handler(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        request = head.split(" HTTP")[0]
        length = re.search(r"(?i)content-length: (\d+)", head)
        body = json.loads(await reader.readexactly(int(length[1])) or b"{}") if length else {}
        status, answer = 404, {"message": "none"}
        if request == "POST /api/v1/auth/login":
            is_right = body.get("password") == "s3cret-word"
            status, answer = (200, {"token": "t0k3n-of-mine", "timeout_s": 3600}) if is_right else (401, {})
        elif request.startswith("GET /api") and "t0k3n-of-mine" not in head:
            status, answer = 401, {"message": "log in"}
        elif request in pages and "reply" in pages[request]:
            status, answer = 200, pages[request]["reply"]
        text = json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n" % (status, len(text)) + text)
        await writer.drain()

    ports = {**dict.fromkeys(identify.PORTS, 1), "http": await listen(handler)}
    target = Target("127.0.0.1", ports=ports, username="root", password="s3cret-word")
    made = await record(target, family=family_named("braiins"), timeout_s=20)
    text = json.dumps(made.document)
    assert [] == [word for word in ("s3cret-word", "t0k3n-of-mine", "SERIAL-A1", "row-a-1") if word in text]
    assert ("S19j Pro", 1.01e14) == (made.document["model"], made.document["expected"]["hashrate_hs"])
