"""Pool URLs."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.pools.address import base58check
from collectors.pools.url import BadUrl, authority_key, parse, same_site

KEY = bytes(range(32))


@pytest.mark.parametrize(
    ("url", "protocol", "tls", "host", "port"),
    [
        ("stratum+tcp://pool.example.net:3333", "sv1", False, "pool.example.net", 3333),
        ("stratum+ssl://pool.example.net:443/", "sv1", True, "pool.example.net", 443),
        ("stratum+tls://127.0.0.1:3334", "sv1", True, "127.0.0.1", 3334),
        ("stratum2+tcp://[::1]:34254", "sv2", False, "::1", 34254),
        (" stratum+tcp://[2001:db8::7]:3333 ", "sv1", False, "2001:db8::7", 3333),
    ],
)
def test_schemes_hosts_and_ports(url, protocol, tls, host, port):
    """Every scheme is read, IPv6 addresses lose their brackets."""
    endpoint = parse(url)
    assert (protocol, tls, host, port, None) == (
        endpoint.protocol,
        endpoint.tls,
        endpoint.host,
        endpoint.port,
        endpoint.authority,
    )


@pytest.mark.parametrize("prefix", [b"\x01\x00", b""])
def test_both_forms_of_the_authority_key(prefix):
    """A key is read with its version bytes and without."""
    text = base58check(prefix + KEY)
    assert KEY == parse(f"stratum2+tcp://pool.example.net:34254/{text}").authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pool.example.net:3333",
        "http://pool.example.net:3333",
        "stratum+tcp://pool.example.net",
        "stratum+tcp://pool.example.net:0",
        "stratum+tcp://pool.example.net:99999",
        "stratum+tcp://:3333",
        "stratum+tcp://user:secret@pool.example.net:3333",
        "stratum+tcp://pool.example.net:3333/path",
        "stratum+tcp://pool.example.net:3333?x=1",
        "stratum+tcp://[::1:3333",
        "stratum2+tcp://pool.example.net:34254/notakey0",
        "stratum2+tcp://pool.example.net:34254/" + base58check(b"\x02\x00" + KEY),
        "stratum2+tcp://pool.example.net:34254/" + base58check(KEY[:31]),
    ],
)
def test_bad_urls(url):
    """Anything else is refused with a reason."""
    with pytest.raises(BadUrl):
        parse(url)


@given(st.text())
def test_any_text_is_a_url_or_bad(text):
    """No text raises anything but BadUrl."""
    for url in (text, f"stratum+tcp://{text}", f"stratum2+tcp://h:1/{text}"):
        with contextlib.suppress(BadUrl):
            parse(url)


@pytest.mark.shared
def test_published_authority_key(shared):
    """The key that the specification prints is read."""
    known = json.loads((shared / "stratum" / "sv2-authority-and-init.json").read_text())
    assert bytes.fromhex(known["raw_ca_public_key"]) == parse(known["url"]).authority
    example = known["sri_example_keypair"]
    assert bytes.fromhex(example["authority_public_xonly"]) == authority_key(example["authority_public_key"])


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("eu.pool.example", "us.pool.example", True),
        ("pool.example", "pool.example", True),
        ("POOL.example.", "pool.example", True),
        ("pool.example.co.uk", "other.example.co.uk", True),
        ("pool.co.uk", "evil.co.uk", False),
        ("pool.example", "pool.example.evil.net", False),
        ("pool.example.net", "pool2.example.org", False),
        ("localhost", "elsewhere", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "11.0.0.1", False),
        ("::1", "[::1]", False),
    ],
)
def test_same_site(first, second, same):
    """Names under one registrable domain belong together; addresses only when equal."""
    assert same is same_site(first, second)
