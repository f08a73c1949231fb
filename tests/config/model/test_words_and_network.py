"""The fields without a unit: texts, names, hosts, networks, addresses, URLs."""

from typing import Any

import pytest

from config.model import network, words
from config.model.section import Refused
from config.scalars import scalar

TAKEN: list[tuple[Any, Any, Any]] = [
    (words.text, "S19j Pro", "S19j Pro"),
    (words.label, 7, "7"),
    (words.identifier, "10.0.0.1", "10.0.0.1"),
    (words.identifier, 12, "12"),
    (words.currency_code, "eur", "EUR"),
    (words.flag, True, True),
    (words.flag, scalar("off"), False),
    (words.pointer, "/data/0/a~1b", "/data/0/a~1b"),
    (words.pointer, "/", "/"),
    (words.signal_name, "btc_price", "btc_price"),
    (words.whole(1, 5), 5, 5),
    (network.host, "10.0.0.1", "10.0.0.1"),
    (network.host, "Miner.Example.NET", "miner.example.net"),
    (network.host, "[fd00::1]", "fd00::1"),
    (network.host, "FD00:0::1", "fd00::1"),
    (network.network, "10.0.0.0/24", "10.0.0.0/24"),
    (network.network, "fd00::/112", "fd00::/112"),
    (network.address_or_network, "10.0.0.9", "10.0.0.9"),
    (network.address_or_network, "10.0.0.9/24", "10.0.0.0/24"),
    (network.listen, "127.0.0.1:9840", "127.0.0.1:9840"),
    (network.listen, "[::1]:0", "[::1]:0"),
    (network.listen, "localhost:80", "localhost:80"),
    (network.http_url, "https://example.net/x?y=z", "https://example.net/x?y=z"),
    (network.pool_url, "stratum2+tcp://a.example.net:3336/9auq", "stratum2+tcp://a.example.net:3336/9auq"),
    (network.pool_url, "stratum+tls://[fd00::1]:443", "stratum+tls://[fd00::1]:443"),
    (network.file_path, "a/b.csv", "a/b.csv"),
]


@pytest.mark.parametrize(("read", "written", "value"), TAKEN, ids=[f"{case[0].__name__}-{case[1]}" for case in TAKEN])
def test_taken(read: Any, written: Any, value: Any) -> None:
    """What is right is taken, in one spelling."""
    assert value == read(written)


REFUSED: list[tuple[Any, Any, str]] = [
    (words.text, 5, "put it in quotes"),
    (words.text, ["a"], "expected text, not a list"),
    (words.text, None, "expected text, not nothing"),
    (words.text, " ", "not an empty one"),
    (words.text, "a\nb", "line break"),
    (words.text, "x" * 5000, "longer than"),
    (words.text, scalar("no"), 'write "no" in quotes'),
    (words.label, True, "expected text"),
    (words.identifier, "my miner", "an id has"),
    (words.identifier, "x" * 64, "an id has"),
    (words.identifier, "../a", "an id has"),
    (words.currency_code, "BTC", "not BTC"),
    (words.currency_code, "XYZ", "not a currency code"),
    (words.flag, "true", 'not "true"'),
    (words.flag, 1, "the number 1"),
    (words.whole(1, 5), 6, "between 1 and 5"),
    (words.whole(1, 5), True, "not true"),
    (words.whole(1, 5), 1.0, "the number 1.0"),
    (words.whole(1, 5), scalar("0o5"), "in quotes"),
    (words.pointer, "data", "a JSON pointer"),
    (words.pointer, "/a~2", "a JSON pointer"),
    (words.signal_name, "BTC price", "small letters"),
    (network.host, "http://10.0.0.1", "without a scheme"),
    (network.host, "10.0.0.1:4028", "without a port"),
    (network.host, "10.0.0.0/24", "`cidr`"),
    (network.host, "10.0.0", "not an IPv4 address"),
    (network.host, "a..b", "neither an address"),
    (network.host, "-a", "neither an address"),
    (network.host, "mi ner", "neither an address"),
    (network.network, "10.0.0.1", "expected a network"),
    (network.network, "10.0.0.1/24", "did you mean 10.0.0.0/24?"),
    (network.network, "10.0.0.0/33", "is not a network"),
    (network.network, "10.0.0.0/8", "wider than"),
    (network.address_or_network, "hall", "neither an address nor"),
    (network.listen, "127.0.0.1", "HOST:PORT"),
    (network.listen, ":9840", "HOST:PORT"),
    (network.listen, "127.0.0.1:99999", "HOST:PORT"),
    (network.listen, "::1:80", "HOST:PORT"),
    (network.http_url, "ftp://example.net", "expected an address"),
    (network.http_url, "http://u:p@example.net", "must not carry credentials"),
    (network.http_url, "http://[::1", "not a URL"),
    (network.http_url, "http://a:99999/", "not a URL"),
    (network.pool_url, "stratum+tcp://a.example.net", "expected host and port"),
    (network.pool_url, "tcp://a.example.net:1", "begins with"),
    (network.pool_url, "stratum+tcp://u:p@a.example.net:1", "must not carry credentials"),
]


@pytest.mark.parametrize(
    ("read", "written", "message"), REFUSED, ids=[f"{case[0].__name__}-{case[1]!s:.20}" for case in REFUSED]
)
def test_refused(read: Any, written: Any, message: str) -> None:
    """What is wrong is refused with what to do."""
    with pytest.raises(Refused) as caught:
        read(written)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "inside"),
    [
        ("127.0.0.1", True),
        ("127.5.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("a.net", False),
    ],
)
def test_loopback(name: str, inside: bool) -> None:
    """Only this machine's own addresses are loopback."""
    assert inside == network.is_loopback(name)
