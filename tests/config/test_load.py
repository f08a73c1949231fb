"""Loading: what is valid, where problems are placed, and what the loader bears."""

from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import LARGEST, Loaded, load, load_text
from config.model import SiteConfig
from config.problems import ConfigError, Problem


def test_the_smallest_configuration(loaded: Callable[..., Loaded]) -> None:
    """Version and site are enough; everything else has a default."""
    config = loaded("").config

    assert ("north", "USD", "UTC", 1.0) == (config.site.id, config.site.currency, config.site.timezone, config.site.pue)
    assert ("127.0.0.1", 9840) == (config.web.host, config.web.port)
    assert (30.0, 10.0, 256, 32) == (
        config.polling.interval_s,
        config.polling.timeout_s,
        config.polling.concurrency,
        config.polling.per_subnet,
    )


def test_operators_words_become_base_units(loaded: Callable[..., Loaded]) -> None:
    """Keys are the operator's, attributes carry their unit."""
    found = loaded(
        """
feeders: [{id: f1, contracted: "500 kW", reserve: "20 kW", cooling: {kind: hydro, capacity: "0.6 MW"}}]
devices: [{id: m1, host: 127.5.0.1, family: antminer, feeder: f1, username: root, password: "file:secrets/m1",
           ports: {api: 4028, http: 80}, power: "3068 W", power_grade: metered, hashrate: "104 TH/s", interval: 1m}]
pools: [{id: p1, url: "stratum+tcp://127.0.0.1:3333", user: "acct.watch", fee: "2%"}]
tariff: {price: "60 USD/MWh"}
signals: {hashprice: {static: "0.04122 USD/TH/day"}, btc_price: {static: "90000 USD"}}
"""
    )
    config = found.config

    assert (500_000.0, 20_000.0, 600_000.0) == (
        config.feeders[0].contracted_w,
        config.feeders[0].reserve_w,
        config.feeders[0].cooling.capacity_w,
    )
    assert (3068.0, 104e12, 60.0) == (
        config.devices[0].power_w,
        config.devices[0].hashrate_hs,
        config.devices[0].interval_s,
    )
    assert 0.02 == config.pools[0].fee_ratio
    assert 0.06 == config.tariff.price_per_kwh
    assert 41.22 == config.signals["hashprice"].static.value
    assert 90_000.0 == config.signals["btc_price"].static.value


def test_paths_start_at_the_files_folder(loaded: Callable[..., Loaded], tmp_path: Path) -> None:
    """A relative path is taken from the folder of the configuration; an absolute one stays."""
    found = loaded("ledger: {path: data/ledger.db}\nweb: {tls: {certificate: ./a.pem, key: /etc/site.key}}\n")

    assert f"{tmp_path}/data/ledger.db" == found.config.ledger.path
    assert (f"{tmp_path}/a.pem", "/etc/site.key") == (found.config.web.tls.certificate, found.config.web.tls.key)


def test_a_file_named_without_folder_keeps_short_paths(
    write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages name files as the operator would from where they stand."""
    monkeypatch.chdir(write("devices: [{inventory: a.csv}]\n", a_csv="host\n10.0.0.1\n").parent)

    assert "a.csv:2" == str(load("site.yaml").entries[0].origin)


def test_empty_sections_count_as_none(loaded: Callable[..., Loaded]) -> None:
    """A section whose entries are all commented out is the same as one that is not there."""
    config = loaded("devices:\nhooks:\nsignals:\nmqtt:\nweb: {token: }\n").config

    assert ((), (), {}, None, None) == (config.devices, config.hooks, config.signals, config.mqtt, config.web.token)


def test_anchors_and_merge_keys_work(loaded: Callable[..., Loaded]) -> None:
    """What devices share may be written once."""
    found = loaded(
        """
devices:
  - &old {host: 10.0.0.1, family: antminer, interval: 2m}
  - {<<: *old, host: 10.0.0.2}
  - <<: [{interval: 5m}, *old]
    host: 10.0.0.3
"""
    )

    assert [("10.0.0.1", 120.0), ("10.0.0.2", 120.0), ("10.0.0.3", 300.0)] == [
        (device.host, device.interval_s) for device in found.config.devices
    ]
    assert {"antminer"} == {device.family for device in found.config.devices}


@pytest.mark.parametrize("word", ["yes", "on", "true", "True", "TRUE"])
def test_true_is_true_however_yaml_writes_it(loaded: Callable[..., Loaded], word: str) -> None:
    """Where only true or false can be meant, every YAML spelling is understood."""
    assert loaded(f"web: {{reload: {word}}}\n").config.web.reload is True


def test_times_need_no_quotes(loaded: Callable[..., Loaded]) -> None:
    """Where only a time of day can be meant, 17:30 is half past five and no number in base 60."""
    found = loaded('tariff: {price: "1 USD/kWh", periods: [{from: 17:30, to: 20:00, price: "2 USD/kWh"}]}\n')
    period = found.config.tariff.periods[0]

    assert (1050, 1200) == (period.from_minute, period.to_minute)


@pytest.mark.parametrize("mark", ["\ufeff", ""])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_byte_order_mark_and_line_ends(tmp_path: Path, mark: str, ending: str) -> None:
    """Files from other systems are read as they are, and lines are counted the same."""
    path = tmp_path / "site.yaml"
    path.write_bytes((mark + ending.join(["version: 1", "site: {id: north}", "pools: 5", ""])).encode())
    with pytest.raises(ConfigError) as caught:
        load(path)

    assert [(3, 8, "pools")] == [(each.line, each.column, each.path) for each in caught.value.problems]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version: 1\nsite: {id: \xff}\n", "2:12: file: is not UTF-8 text; save it as UTF-8"),
        ("version: 1\n".encode("utf-16"), "1:1: file: is UTF-16; save it as UTF-8"),
        (b"version: 1\nsite: {id: a\x00}\n", "2:13: yaml: has a character that is not printable"),
        (b"#" * (LARGEST + 1), "1:1: file: is larger than 16 MiB"),
    ],
    ids=["latin", "utf16", "nul", "large"],
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes, message: str) -> None:
    """What is no UTF-8 text of a bearable size is refused with the place."""
    path = tmp_path / "site.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load(path)

    assert str(caught.value.problems[0]).startswith(f"{path}:{message}")


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    """What cannot be opened is a problem like any other."""
    for path, why in ((tmp_path / "none.yaml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError) as caught:
            load(path)
        assert f"{path}:1:1: file: cannot be read: {why}" == str(caught.value)


def test_problems_are_sorted_and_said_once(problems: Callable[..., list[str]]) -> None:
    """Problems stand in the order of the file."""
    lines = [
        int(each.split(":")[1])
        for each in problems("web: {listen: x}\npools: [{id: a}]\ndevices: [{}]\nsite_: 1\nlog: 3\n")
    ]

    assert sorted(lines) == lines
    assert len(lines) >= 5


def test_a_wrong_value_does_not_hide_a_wrong_reference(problems: Callable[..., list[str]]) -> None:
    """Broken references and broken values of the same entry come together."""
    found = problems("devices: [{host: 10.0.0.1, feeder: f9, power: 3068}]\n")

    assert ["site.yaml:3:36: devices.0.feeder", "site.yaml:3:47: devices.0.power"] == [
        each.split(": ", 2)[0] + ": " + each.split(": ", 2)[1] for each in found
    ]


def test_a_secret_is_never_repeated(problems: Callable[..., list[str]]) -> None:
    """A password that was written into the file does not come back in a message."""
    found = problems(
        """
devices: [{host: 10.0.0.1, password: hunter2secret}, {host: 10.0.0.2, password: [hunter2secret]}]
mqtt: {host: 10.0.0.9, password: "flie:hunter2secret"}
hooks: [{id: a, kind: webhook, url: "https://example.net", secret: "whsec_hunter2secret"}]
signals: {btc_price: {unit: USD/BTC, http: {url: "https://u:hunter2secret@example.net/x"}}}
"""
    )

    assert 5 == len(found)
    assert not any("hunter2" in each for each in found)


def test_a_key_with_odd_characters_stays_on_its_line(problems: Callable[..., list[str]]) -> None:
    """Whatever a key is made of, its problem is one line of bearable length."""
    found = problems('"two\\nlines and \\e[31m": 1\n"": 2\n' + "x" * 100 + ": 3\n")

    assert ["two?lines?and??[31m", '""', "x" * 63 + "…"] == [each.split(": ")[1] for each in found]


def test_checks_of_others_are_placed_too(write: Callable[..., Path]) -> None:
    """A further check names keys, and its problem gets their line and column."""
    path = write("rules:\n  P-01:\n    band: 5%\n")

    with pytest.raises(ConfigError) as caught:
        load(path, checks=[lambda _: [(("rules", "P-01", "band"), "is too narrow")]])

    assert (Problem(file=str(path), line=5, column=11, path="rules.P-01.band", message="is too narrow"),) == (
        caught.value.problems
    )


def test_checks_see_the_rules_even_when_something_else_is_wrong(write: Callable[..., Path]) -> None:
    """A rule's mistake is told together with all others."""
    seen: list[SiteConfig] = []

    def check(config: SiteConfig) -> list[tuple[tuple[str, ...], str]]:
        seen.append(config)
        return [(("rules", "P-01"), "is unheard of")]

    with pytest.raises(ConfigError) as caught:
        load(write("pools: 5\nrules: {P-01: {}, p-2: {}}\n"), checks=[check])

    assert ["P-01"] == list(seen[0].rules)
    assert ["pools", "rules.P-01", "rules.p-2"] == [each.path for each in caught.value.problems]


def test_secrets_are_read_only_when_asked(write: Callable[..., Path], tmp_path: Path) -> None:
    """Without `secrets` a missing one is no problem; with it, it is, and one open to others is a warning."""
    path = write(
        'web: {token: "file:token"}\ndevices: [{inventory: a.csv}]\n', a_csv='host,password\n10.0.0.1,"file:missing"\n'
    )
    (tmp_path / "token").write_text("t0ken\n")
    (tmp_path / "token").chmod(0o644)

    assert () == load(path).warnings
    with pytest.raises(ConfigError, match=r"a\.csv:2:1: password: file:missing cannot be read") as caught:
        load(path, secrets=True)
    assert 1 == len(caught.value.problems)

    (tmp_path / "missing").write_text("x")
    (tmp_path / "missing").chmod(0o600)
    warnings = load(path, secrets=True).warnings
    assert ["web.token"] == [warning.path for warning in warnings]
    assert "chmod 600" in warnings[0].message
    assert "t0ken" not in str(warnings)


def test_text_that_is_no_file_yet(tmp_path: Path) -> None:
    """A configuration may be checked before it is written."""
    found = load_text("version: 1\nsite: {id: a}\nledger: {path: l.db}\n", file=str(tmp_path / "new.yaml"))

    assert f"{tmp_path}/l.db" == found.config.ledger.path
