"""`headframe pool`, from the command line."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.pools.recorded import decode_recording
from collectors.pools.state import PoolState
from daemon.cli import main
from daemon.commands.pool_table import table

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def recording(tmp_path):
    """Give the path of a recorded notify of a regtest block, made by hand."""
    script = "5a" + b"/lab/".hex()
    params = [
        "7f",
        "ab" * 32,
        "0100000001" + "00" * 32 + "ffffffff" + "06" + script,
        "ffffffff" + "01" + "00f2052a01000000" + "160014" + "11" * 20 + "00000000",
        [],
        "20000000",
        "207fffff",
        "6a000000",
        True,
    ]
    path = tmp_path / "notify.json"
    path.write_text(
        json.dumps(
            {"notify": {"method": "mining.notify", "params": params}, "extranonce1": None, "extranonce2_size": None}
        )
    )
    return path


def test_decode_prints_one_document(recording, capfd):
    """`pool decode --json` prints the job and exits 0."""
    assert 0 == main(["pool", "decode", str(recording), "--json"])
    job = json.loads(capfd.readouterr().out)["job"]
    assert (10, "regtest", 5_000_000_000, True) == (job["height"], job["chain"], job["reward_sats"], job["empty"])
    assert job["outputs"][0]["address"].startswith("bcrt1q")


def test_decode_for_people(recording, capfd):
    """Without --json the same is told in lines."""
    assert 0 == main(["pool", "decode", str(recording)])
    out = capfd.readouterr().out
    assert "none (empty block)" in out
    assert "50.00000000 BTC" in out


def test_decode_of_nonsense_is_garbled(tmp_path, capfd):
    """A file that holds no job is an error document and exit 6."""
    path = tmp_path / "x.json"
    path.write_text("[1, 2]")
    assert 6 == main(["pool", "decode", str(path), "--json"])
    error = json.loads(capfd.readouterr().out)["error"]
    assert ("garbled", str(path)) == (error["reason"], error["target"])


def test_decode_of_no_file_is_usage(tmp_path, capfd):
    """A file that is not there is exit 2, said on standard error without --json."""
    assert 2 == main(["pool", "decode", str(tmp_path / "none.json")])
    captured = capfd.readouterr()
    assert "" == captured.out
    assert "none.json" in captured.err


def test_probe_of_a_closed_port_is_unreachable(capfd):
    """Nobody there is exit 3 and one error document."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        port = plug.getsockname()[1]
        assert 3 == main(["pool", "probe", f"stratum+tcp://127.0.0.1:{port}", "--json"])
    assert "unreachable" == json.loads(capfd.readouterr().out)["error"]["reason"]


def test_probe_of_a_silent_port(capfd):
    """A port that says nothing gives the whole document without a job, and exit 4, for people as well."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        plug.listen()
        url = f"stratum+tcp://127.0.0.1:{plug.getsockname()[1]}"
        assert 4 == main(["pool", "probe", url, "--wait", "0.2", "--json"])
        document = json.loads(capfd.readouterr().out)
        assert 4 == main(["pool", "probe", url, "--wait", "0.2"])
    assert (url, "sv1", None, None) == tuple(document[key] for key in ("url", "protocol", "job", "authorized"))
    assert document["tcp_connect_s"] > 0
    assert "no job came in time" in capfd.readouterr().out


def test_probe_usage(tmp_path, capfd):
    """A bad URL, an unreadable password file and a bad wait are exit 2."""
    assert 2 == main(["pool", "probe", "http://127.0.0.1:1", "--json"])
    assert "usage" == json.loads(capfd.readouterr().out)["error"]["reason"]
    url = "stratum+tcp://127.0.0.1:1"
    assert 2 == main(["pool", "probe", url, "--password-file", str(tmp_path / "none")])
    capfd.readouterr()
    assert 2 == main(["pool", "probe", url, "--wait", "-1"])
    assert "--wait" in capfd.readouterr().err


def test_watch_draws_a_table(capfd):
    """Each round is one table with a line for every pool; one that is not there says so."""
    with socket.socket() as plug:
        plug.bind(("127.0.0.1", 0))
        url = f"stratum+tcp://127.0.0.1:{plug.getsockname()[1]}"
        assert 0 == main(["pool", "watch", url, "--every", "0.2", "--rounds", "2"])
    lines = capfd.readouterr().out.splitlines()
    assert 4 == len(lines)
    assert ["pool", "state", "latency", "height"] == lines[0].split()[:4]
    assert "down: unreachable" in lines[-1]


def test_watch_takes_the_pools_of_a_configuration(tmp_path, capfd):
    """With --config the pools and their names come from the file; an invalid file is exit 1."""
    file = tmp_path / "site.yaml"
    pool = '{id: north, url: "stratum+tcp://127.0.0.1:9", user: "acct.watch", password: "x"}'
    file.write_text(f"version: 1\nsite: {{id: s}}\npools: [{pool}]\n")
    assert 0 == main(["pool", "watch", "--config", str(file), "--every", "0.1", "--rounds", "1"])
    assert "north" in capfd.readouterr().out
    file.write_text("version: 1\npools: 5\n")
    assert 1 == main(["pool", "watch", "--config", str(file)])


def test_watch_usage(capfd):
    """Nothing to watch, and a URL that is none, are exit 2."""
    assert 2 == main(["pool", "watch"])
    assert 2 == main(["pool", "watch", "ftp://x:1"])


def test_watch_ends_with_ctrl_c():
    """An interrupt ends the table with exit 0 and without a traceback."""
    words = [sys.executable, "-m", "headframe", "pool", "watch", "stratum+tcp://127.0.0.1:9", "--every", "0.1"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True) as process:
        assert process.stdout is not None
        assert "pool" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
    assert (0, "") == (process.returncode, errors)


def test_the_table_of_a_pool_that_works(recording):
    """A pool with a job shows its height, age, fees and tag; another chain is named."""
    job = decode_recording(recording.read_bytes())
    state = PoolState(
        id="p1", url="u", protocol="sv1", up=True, job=job, last_job_at=100.0, rtt_s=0.0015, difficulty=42.0
    )
    head, row = table([state], now=103.0)
    assert head.startswith("pool  state")
    for text in ("up", "1.5 ms", "10", "3 s", "0.0000", "42", "empty block"):
        assert text in row
    waiting = PoolState(id="p2", url="u", protocol="sv1")
    assert "connecting" in table([waiting], now=0.0)[1]
    waiting.connected = True
    assert "no job yet" in table([waiting], now=0.0)[1]
