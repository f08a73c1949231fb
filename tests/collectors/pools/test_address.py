"""Scripts and their addresses."""

import pytest

from collectors.pools.address import base58check_decode, describe, kind_of


@pytest.mark.parametrize(
    ("script", "chain", "kind", "address"),
    [
        # BIP173 and BIP350 examples, and the address of the first block's key
        (
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
            "main",
            "p2wpkh",
            "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
        ),
        (
            "0014751e76e8199196d454941c45d1b3a323f1433bd6",
            "signet",
            "p2wpkh",
            "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
        ),
        (
            "00201863143c14c5166804bd19203356da136c985678cd4d27a1b8c6329604903262",
            "testnet4",
            "p2wsh",
            "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
        ),
        (
            "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
            "main",
            "p2tr",
            "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
        ),
        ("76a91462e907b15cbf27d5425399ebf6f0fb50ebb88f1888ac", "main", "p2pkh", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    ],
)
def test_published_addresses(script, chain, kind, address):
    """Every encoding gives the address that its own document prints."""
    assert (kind, address) == describe(bytes.fromhex(script), chain)


def test_regtest_has_its_own_prefix():
    """A regtest witness address starts with bcrt1, a test script address with 2."""
    assert (describe(b"\x00\x14" + bytes(20), "regtest")[1] or "").startswith("bcrt1q")
    assert (describe(b"\xa9\x14" + bytes(20) + b"\x87", "regtest")[1] or "").startswith("2")
    assert (describe(b"\xa9\x14" + bytes(20) + b"\x87", "main")[1] or "").startswith("3")


def test_unknown_chain_has_no_address():
    """Without a chain the kind is known and the address is not."""
    assert ("p2wpkh", None) == describe(b"\x00\x14" + bytes(20), "unknown")


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        (b"\x21" + b"\x02" * 33 + b"\xac", "p2pk"),
        (b"\x41" + b"\x04" * 65 + b"\xac", "p2pk"),
        (b"\x6a\x24\xaa\x21\xa9\xed" + bytes(32), "op_return"),
        (b"\x6a", "op_return"),
        (b"", "unknown"),
        (b"\x51\x02\x4e\x73", "unknown"),
        (b"\x00\x14" + bytes(19), "unknown"),
        (b"\x22" + bytes(34) + b"\xac", "unknown"),
    ],
)
def test_other_kinds_have_no_address(script, kind):
    """Bare keys, data and unknown forms are named as such."""
    assert (kind, None) == describe(script, "main")
    assert kind == kind_of(script)


def test_base58check_refuses_a_wrong_letter():
    """One changed letter breaks the checksum."""
    assert b"\x00" + bytes.fromhex("62e907b15cbf27d5425399ebf6f0fb50ebb88f18") == base58check_decode(
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    )
    with pytest.raises(ValueError, match="checksum"):
        base58check_decode("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb")
    with pytest.raises(ValueError, match="substring not found"):
        base58check_decode("0OIl")
    with pytest.raises(ValueError, match="checksum"):
        base58check_decode("11")
