"""Hosts, networks, addresses to listen on, URLs and paths."""

import ipaddress
import re
from typing import Annotated, Any
from urllib.parse import SplitResult, urlsplit

from pydantic import PlainValidator, WithJsonSchema

from config.model.section import SURROUNDINGS, Refused
from config.model.words import text

LARGEST_NETWORK = 65_536
"""Addresses that one network may hold; a wider one is a slip of the prefix."""

POOL_SCHEMES = ("stratum+tcp", "stratum+ssl", "stratum+tls", "stratum2+tcp")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_NUMERIC = re.compile(r"[0-9.]+")


def host(value: Any) -> str:
    """Take an address or a host name, without port and scheme."""
    taken = text(value)
    if "://" in taken:
        raise Refused("expected a host without a scheme, such as 10.0.0.7")
    try:
        return str(ipaddress.ip_address(taken.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    if "/" in taken:
        raise Refused("expected one host; a network goes under `cidr`")
    if re.fullmatch(r"[^:]+:[0-9]+", taken):
        raise Refused("expected a host without a port; ports go under `ports`")
    if _NUMERIC.fullmatch(taken):
        raise Refused(f'"{taken[:40]}" is not an IPv4 address')
    if len(taken) > 253 or not all(_LABEL.fullmatch(part) for part in taken.removesuffix(".").split(".")):
        raise Refused(f'"{taken[:40]}" is neither an address nor a host name')
    return taken.lower()


def network(value: Any) -> str:
    """Take a network such as 10.0.0.0/24, at most 65,536 addresses wide."""
    taken = text(value)
    if "/" not in taken:
        raise Refused("expected a network such as 10.0.0.0/24")
    try:
        parsed = ipaddress.ip_network(taken)
    except ValueError:
        try:
            meant = ipaddress.ip_network(taken, strict=False)
        except ValueError:
            raise Refused(f'"{taken[:43]}" is not a network; expected one such as 10.0.0.0/24') from None
        raise Refused(f"{taken} names a host inside a network; did you mean {meant}?") from None
    if parsed.num_addresses > LARGEST_NETWORK:
        raise Refused(f"{parsed} is wider than {LARGEST_NETWORK} addresses; split it, or check the prefix")
    return str(parsed)


def address_or_network(value: Any) -> str:
    """Take one address, or a network of any width."""
    taken = text(value)
    try:
        return str(ipaddress.ip_network(taken, strict=False)) if "/" in taken else str(ipaddress.ip_address(taken))
    except ValueError:
        raise Refused(f'"{taken[:43]}" is neither an address nor a network') from None


def listen(value: Any) -> str:
    """Take HOST:PORT to listen on; an IPv6 address stands in brackets, port 0 lets the system choose."""
    taken = text(value)
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]\s]+):([0-9]{1,5})", taken)
    if match is None or int(match[2]) > 65535:
        raise Refused('expected HOST:PORT such as "127.0.0.1:9840"')
    return f"[{host(match[1])}]:{match[2]}" if match[1].startswith("[") else f"{host(match[1])}:{match[2]}"


def host_and_port(address: str) -> tuple[str, int]:
    """Part an address to listen on; brackets are taken off."""
    name, _, port = address.rpartition(":")
    return name.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(name: str) -> bool:
    """Tell whether only this machine can reach the host."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def split_url(taken: str) -> SplitResult:
    """Part a URL; raises ValueError when its port or brackets are wrong."""
    try:
        parts = urlsplit(taken)
        _ = parts.port
    except ValueError:
        raise Refused("is not a URL: its host or port is wrong") from None
    return parts


def http_url(value: Any) -> str:
    """Take an http or https URL without credentials inside."""
    taken = text(value)
    parts = split_url(taken)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused('expected an address such as "https://example.net/path"')
    if parts.username or parts.password:
        raise Refused("a URL must not carry credentials; give them by reference under `headers`")
    return taken


def pool_url(value: Any) -> str:
    """Take the URL of a pool: a Stratum scheme, a host and a port."""
    taken = text(value)
    parts = split_url(taken)
    if parts.scheme not in POOL_SCHEMES:
        raise Refused(f"expected a URL that begins with {', '.join(f'{name}://' for name in POOL_SCHEMES)}")
    if not parts.hostname or not parts.port:
        raise Refused('expected host and port, such as "stratum+tcp://pool.example.net:3333"')
    if parts.username or parts.password:
        raise Refused("a pool's URL must not carry credentials; give `user` and `password`")
    return taken


def file_path(value: Any) -> str:
    """Take a path; a relative one is taken from the configuration file's folder where that is known."""
    taken = text(value)
    folder = SURROUNDINGS.get().folder
    if folder is None or taken.startswith("/"):
        return taken
    return f"{folder.rstrip('/')}/{taken.removeprefix('./')}" if folder != "." else taken


def _text_like(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "examples": [example]})


Host = Annotated[str, PlainValidator(host), _text_like("10.0.0.7")]
Network = Annotated[str, PlainValidator(network), _text_like("10.0.0.0/24")]
AddressOrNetwork = Annotated[str, PlainValidator(address_or_network), _text_like("10.0.0.1")]
Listen = Annotated[str, PlainValidator(listen), _text_like("127.0.0.1:9840")]
HttpUrl = Annotated[str, PlainValidator(http_url), _text_like("https://example.net/price")]
PoolUrl = Annotated[
    str,
    PlainValidator(pool_url),
    WithJsonSchema({"type": "string", "examples": ["stratum+tcp://pool.example.net:3333"]}),
]
FilePath = Annotated[str, PlainValidator(file_path), _text_like("inventory.csv")]
