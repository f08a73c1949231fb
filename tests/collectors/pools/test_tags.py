"""Pools named by payout, by tag, and by their own words."""

import json

import pytest

from collectors.pools.address import base58check_decode
from collectors.pools.coinbase import height_of
from collectors.pools.tags import ADDRESSES, TAGS, pool_of, raw_tag


def test_the_list_is_sound():
    """Tags come longest first and in lower case, addresses have right checksums."""
    lengths = [len(tag) for tag, _ in TAGS]
    assert lengths == sorted(lengths, reverse=True)
    assert len({tag for tag, _ in TAGS}) == len(TAGS)
    for address in ADDRESSES:
        if address.startswith("bc1"):
            assert address == address.lower()
        else:
            assert 21 == len(base58check_decode(address))


def test_tag_in_any_case():
    """A tag is found without regard to case, amid binary."""
    assert "AntPool" == pool_of(b"\x00\xffmined BY antpool\x01\x02", scripts=[])


def test_longest_tag_wins():
    """A pool inside another pool's tag is named by the longer one."""
    assert "TATMAS Pool" == pool_of(b"/ViaBTC/TATMAS Pool/", scripts=[])
    assert "Solo CK" == pool_of(b"/solo.ckpool.org/", scripts=[])


def test_emoji_tag():
    """F2Pool's fish is read through the binary around it."""
    assert "F2Pool" == pool_of(b"\xfa\xbe\xff\xf0\x9f\x90\x9f\x08", scripts=[])


def test_payout_beats_tag():
    """Anyone can write a tag; the payout script names who is paid."""
    script = b"\x76\xa9\x14" + base58check_decode("1CK6KHY6MHgYvmRQ4PAafKYDrg1ejbH1cE")[1:] + b"\x88\xac"
    assert "Braiins Pool" == pool_of(b"/AntPool/", scripts=[script])


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        (b"p8!/hobby pool/x", "/hobby pool/"),
        (b"\x04\x01\x02\x03\x04words of mine\x00", "words of mine"),
        (b"ab\x00longer words\x00/short/", "longer words"),
        (b"/P2SH/\x00" + b"\xfabe", None),
        (b"\x00\x01\x02", None),
        (b"12345678\x00++--", None),
        (b"\xfa\xbe\x6d\x6d" + b"looks like text but is a hash!!!" + b"\x01\x00\x00\x00\x00\x00\x00\x00/tag/", "/tag/"),
    ],
)
def test_raw_tag_is_the_longest_legible_text(text, tag):
    """Unknown pools keep their own words; noise, numbers and merged-mining hashes are not words."""
    assert tag == raw_tag(text)


@pytest.mark.shared
def test_real_coinbases(shared):
    """Real input scripts give their pools' names."""
    recorded = json.loads((shared / "stratum" / "pool-tags-real-coinbases.json").read_text())
    for block in recorded["blocks"]:
        script = bytes.fromhex(block["scriptsig"])
        height, size = height_of(script, known=len(script))
        assert (block["height"], block["pool"]) == (height, pool_of(script[size:], scripts=[]))
