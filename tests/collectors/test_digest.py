"""Digest authentication."""

import hashlib
import re

import pytest

from collectors.digest import challenge, realm


def parts(header):
    """Take an Authorization header apart."""
    assert header.startswith("Digest ")
    return {key: quoted or bare for key, quoted, bare in re.findall(r'(\w+)=(?:"([^"]*)"|([^,\s]+))', header)}


@pytest.mark.parametrize(("name", "digest"), [("MD5", hashlib.md5), ("SHA-256", hashlib.sha256)])
def test_the_response_is_the_standard_one(name, digest):
    """The response is the hash that RFC 7616 asks for, with the count and the client's nonce."""
    found = challenge(f'Digest realm="antMiner Configuration", nonce="n0", algorithm={name}, qop="auth", opaque="o"')
    sent = parts(found.authorization("GET", "/cgi-bin/stats.cgi", username="root", password="secret"))

    def hashed(text):
        return digest(text.encode()).hexdigest()

    secret, request = hashed("root:antMiner Configuration:secret"), hashed("GET:/cgi-bin/stats.cgi")
    expected = hashed(f"{secret}:n0:00000001:{sent['cnonce']}:auth:{request}")
    assert expected == sent["response"]
    assert "o" == sent["opaque"]


def test_each_use_of_a_nonce_counts_up():
    """A nonce that is used again carries a higher count, or the device would take it for a replay."""
    found = challenge('Digest realm="r", nonce="n", qop="auth"')
    counts = [parts(found.authorization("GET", "/", username="u", password="p"))["nc"] for _ in range(3)]
    assert ["00000001", "00000002", "00000003"] == counts


def test_old_servers_without_qop_are_answered():
    """Without qop the response has neither count nor client nonce."""
    found = challenge('Digest realm="r", nonce="n"')
    sent = parts(found.authorization("GET", "/x", username="u", password="p"))
    secret = hashlib.md5(b"u:r:p").hexdigest()
    request = hashlib.md5(b"GET:/x").hexdigest()
    assert hashlib.md5(f"{secret}:n:{request}".encode()).hexdigest() == sent["response"]
    assert "nc" not in sent


def test_the_strongest_of_several_offers_is_taken():
    """SHA-256 goes before MD5, and offers that we cannot answer are passed over."""
    weak, strong = 'Digest realm="r", nonce="1", algorithm=MD5', 'Digest realm="r", nonce="2", algorithm=SHA-256'
    for header in (f'Basic realm="b", {weak}, {strong}', f"{strong}\n{weak}"):
        assert "2" == challenge(header).nonce
    assert challenge('Digest realm="r", nonce="1", algorithm=SHA-512-256') is None
    assert challenge('Digest realm="r", nonce="1", qop="auth-int"') is None
    assert challenge('Basic realm="r"') is None
    assert challenge(None) is None


def test_staleness_and_realm_are_told():
    """A stale nonce is no wrong password; the realm tells families apart."""
    assert challenge('Digest realm="r", nonce="n", stale=TRUE').is_stale
    assert "blackMiner Configuration" == realm('Digest realm="blackMiner Configuration", nonce="x"')
    assert "luci" == realm("Basic realm=luci")
    assert realm("") is None
