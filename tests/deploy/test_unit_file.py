"""The systemd unit: it parses, it is hardened, and it says what the daemon relies on."""

import configparser
from pathlib import Path

import pytest

UNIT = "systemd/headframe.service"


@pytest.fixture
def settings(deploy: Path) -> dict[str, list[str]]:
    """Every setting of the unit, repeated ones in order."""
    found: dict[str, list[str]] = {}
    for line in (deploy / UNIT).read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.server
def test_exposure_is_low(deploy, tool) -> None:
    """The audit of systemd rates the unit at no more than 1.5 of 10."""
    audit = tool("systemd-analyze", "security", "--offline=true", "--threshold=15", deploy / UNIT)

    assert 0 == audit.returncode, audit.stdout[-400:]


@pytest.mark.server
def test_unit_is_valid(deploy, tool, tmp_path) -> None:
    """The whole unit is read by systemd without a complaint, given commands that exist."""
    stub = tmp_path / "headframe.service"
    stub.write_text((deploy / UNIT).read_text().replace("/opt/headframe/bin/headframe", "/bin/true"))

    verdict = tool("systemd-analyze", "verify", "--man=no", stub)

    assert (0, "") == (verdict.returncode, verdict.stderr)


def test_start_and_reload_check_the_configuration_first(settings) -> None:
    """Neither a start nor a reload gets past a broken configuration, and a reload then sends the signal."""
    assert ["/opt/headframe/bin/headframe check-config /etc/headframe/site.yaml"] == settings["ExecStartPre"]
    assert [
        "/opt/headframe/bin/headframe check-config /etc/headframe/site.yaml",
        "/bin/kill -HUP $MAINPID",
    ] == settings["ExecReload"]


def test_daemon_is_watched(settings) -> None:
    """The daemon reports to systemd itself, is missed within minutes, and is started again for ever."""
    assert ["notify"] == settings["Type"]
    assert 30 <= int(settings["WatchdogSec"][0]) <= 180
    assert ["on-failure"] == settings["Restart"]
    assert ["0"] == settings["StartLimitIntervalSec"]


def test_stop_gives_the_daemon_its_five_seconds(settings) -> None:
    """The wait for the end is longer than the daemon takes at most."""
    assert int(settings["TimeoutStopSec"][0]) > 5


def test_only_internet_and_local_sockets(settings) -> None:
    """No packet, netlink or other exotic socket can be opened."""
    assert ["AF_INET AF_INET6 AF_UNIX"] == settings["RestrictAddressFamilies"]


def test_no_user_of_its_own_and_state_in_its_place(settings) -> None:
    """The account lives only as long as the service; the ledger's directory is private to it."""
    assert ["yes"] == settings["DynamicUser"]
    assert (["headframe"], ["0700"]) == (settings["StateDirectory"], settings["StateDirectoryMode"])
    assert ["headframe"] == settings["ConfigurationDirectory"]


def test_credentials_are_shown(deploy) -> None:
    """The unit shows how a secret is handed over, in a drop-in that parses."""
    lines = (deploy / UNIT).read_text().splitlines()
    first = lines.index("#   [Service]")
    example = [line.removeprefix("#   ") for line in lines[first : first + 4]]

    parser = configparser.ConfigParser(strict=False)
    parser.optionxform = str
    parser.read_string("\n".join(example))

    assert {"LoadCredential", "LoadCredentialEncrypted"} == set(parser["Service"])
