"""Jobs decoded."""

import contextlib
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.errors import Garbled
from collectors.pools.job import Job, decode_notify
from collectors.pools.recorded import decode_recording

PAYOUT_SCRIPT = "0014" + bytes(range(20)).hex()


def decode(recording, **changes) -> Job:
    told = {"extranonce1": recording["extranonce1"], "extranonce2_size": recording["extranonce2_size"]}
    return decode_notify(recording["notify"]["params"], **{**told, **changes})


def test_every_field_of_a_job(notify):
    """One job of our own making gives every field its value."""
    job = decode(notify())
    assert ("j1", 905_400, True, 0x20000000, 1_752_430_000, "17023aa6") == (
        job.id,
        job.height,
        job.clean,
        job.version,
        job.ntime,
        job.nbits,
    )
    assert "00000000" + "00112233" * 7 == job.previous_block
    assert 126271255279306.98 == pytest.approx(job.network_difficulty, rel=1e-12)
    assert job.network_difficulty * 2**32 / 600 == pytest.approx(job.network_hashrate_hs, rel=1e-12)
    assert (312_500_000, 316_000_000, 3_500_000) == (job.subsidy_sats, job.reward_sats, job.fees_sats)
    hashes = job.network_difficulty * 2**32
    assert 316_000_000 * 86_400 * 1e15 / hashes == pytest.approx(job.hashprice_sats_per_ph_day, rel=1e-12)
    assert (1025, 2048, False) == (job.transactions_min, job.transactions_max, job.empty)
    assert ("/our own pool/", "main", ()) == (job.pool_tag, job.chain, job.anomalies)
    assert (12, "scriptsig") == (job.extranonce_size, job.extranonce_location)
    paid, data = job.outputs
    assert (316_000_000, "p2wpkh", PAYOUT_SCRIPT) == (paid.value_sats, paid.kind, paid.script)
    assert (paid.address or "").startswith("bc1q")
    assert (0, "op_return", None) == (data.value_sats, data.kind, data.address)


@pytest.mark.parametrize("location", ["scriptsig", "scriptsig+sequence", "output"])
def test_the_extranonce_need_not_be_told(notify, location):
    """Without extranonce1 and size the money comes out the same."""
    told = decode(notify(location=location))
    untold = decode(notify(location=location), extranonce1=None, extranonce2_size=None)
    assert (told.height, told.reward_sats, told.pool_tag) == (untold.height, untold.reward_sats, untold.pool_tag)
    assert location == untold.extranonce_location


def test_a_tenth_parameter_is_passed_over(notify):
    """Some pools insert a parameter: the last one still says whether older work is void."""
    recording = notify(clean=False)
    recording["notify"]["params"].insert(8, "66000000")
    assert decode(recording).clean is False
    recording["notify"]["params"][-1] = True
    assert decode(recording).clean is True


def test_empty_block(notify):
    """No branches and no fees is an empty block of one transaction."""
    job = decode(notify(branches=0, outputs=[(312_500_000, b"\x51")]))
    assert (True, 1, 1, 0, ()) == (job.empty, job.transactions_min, job.transactions_max, job.fees_sats, job.anomalies)


def test_fees_without_transactions_are_an_anomaly(notify):
    """Fees need transactions; such a job is not called empty."""
    job = decode(notify(branches=0))
    assert job.empty is False
    assert ("fees_without_transactions",) == job.anomalies


def test_one_branch_is_two_transactions(notify):
    """One branch is exactly one transaction beside the coinbase."""
    job = decode(notify(branches=1))
    assert (2, 2) == (job.transactions_min, job.transactions_max)


def test_no_height_no_money(notify):
    """Without a height nothing is said of subsidy, fees and hashprice; the reward stays."""
    job = decode(notify(height=None))
    assert (None, None, None, None) == (job.height, job.subsidy_sats, job.fees_sats, job.hashprice_sats_per_ph_day)
    assert (316_000_000, "unknown", None) == (job.reward_sats, job.chain, job.outputs[0].address)
    assert "no_height" in job.anomalies


def test_regtest_halving(notify):
    """Regtest pays 12.5 BTC from height 300 on."""
    job = decode(notify(height=300, nbits="207fffff", outputs=[(1_250_000_700, b"\x00\x14" + bytes(20))]))
    assert ("regtest", 1_250_000_000, 700) == (job.chain, job.subsidy_sats, job.fees_sats)
    assert (job.outputs[0].address or "").startswith("bcrt1q")


def test_under_claim_gives_negative_fees(notify):
    """A pool that claims less than the subsidy has negative fees, and that is said."""
    job = decode(notify(outputs=[(300_000_000, b"\x51"), (0, bytes.fromhex("6a24aa21a9ed") + bytes(32))]))
    assert -12_500_000 == job.fees_sats
    assert ("under_claim",) == job.anomalies


def test_over_claim(notify):
    """More fees than blocks carry, or more money than there is, is said."""
    commitment = (0, bytes.fromhex("6a24aa21a9ed") + bytes(32))
    assert "over_claim" in decode(notify(outputs=[(20_000_000_000, b"\x51"), commitment])).anomalies
    assert "over_claim" in decode(notify(outputs=[(2**63 - 1, b"\x51"), commitment])).anomalies
    with pytest.raises(Garbled):
        decode(notify(outputs=[(2**63, b"\x51"), commitment]))


def test_wrong_chain(notify):
    """Bitcoin's height with another chain's difficulty and no commitment is not Bitcoin."""
    job = decode(notify(nbits="1802c0ff", outputs=[(312_500_000, b"\x00\x14" + bytes(20))]))
    assert ("unknown", None) == (job.chain, job.outputs[0].address)
    assert ("no_witness_commitment", "wrong_chain") == job.anomalies


def test_unexpected_nbits(notify):
    """Difficulty, commitment and height speak for Bitcoin, the table does not: it is said beside the chain."""
    job = decode(notify(nbits="1701ddab", height=921_002, ntime=1_795_363_016))
    assert ("main", ("unexpected_nbits",)) == (job.chain, job.anomalies)


def test_extranonce_mismatch(notify):
    """A told size that does not fit is named."""
    assert ("extranonce_mismatch",) == decode(notify(), extranonce1="aa", extranonce2_size=1).anomalies


def test_impossible_nbits(notify):
    """An nbits of zero gives no difficulty, hashrate or hashprice, and no error."""
    job = decode(notify(nbits="0"))
    assert (None, None, None) == (job.network_difficulty, job.network_hashrate_hs, job.hashprice_sats_per_ph_day)
    assert "00000000" == job.nbits


def test_a_dust_output_does_not_name_the_pool(notify):
    """One satoshi to a known pool's address is no evidence."""
    other = b"\x76\xa9\x14" + bytes.fromhex("7c154ed1dc59609e3d26abb2df2ea3d587cd8c41") + b"\x88\xac"
    rows = [(1, other), (312_500_000, b"\x00\x14" + bytes(20))]
    assert "/our own pool/" == decode(notify(outputs=rows)).pool_tag
    assert "Braiins Pool" == decode(notify(outputs=[(312_500_000, other)])).pool_tag


def test_a_number_for_an_id(notify):
    """Some pools number their jobs."""
    assert "918388" == decode(notify(job_id=918388)).id


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (0, None),
        (0, True),
        (1, "00" * 31),
        (1, "zz" * 32),
        (1, None),
        (2, "abc"),
        (2, 7),
        (3, "0x00"),
        (4, "00" * 32),
        (4, ["00" * 31]),
        (4, [None]),
        (4, ["00" * 32] * 33),
        (5, "0x20000000"),
        (5, ""),
        (5, "1_0"),
        (6, "123456789"),
        (6, -1),
        (7, 1_752_430_000),
    ],
)
def test_a_wrong_parameter_is_garbled(notify, place, value):
    """Each parameter is held to its form."""
    recording = notify()
    recording["notify"]["params"][place] = value
    with pytest.raises(Garbled):
        decode(recording)


@pytest.mark.parametrize("params", [None, [], {}, "x", [1] * 8, 5])
def test_wrong_params_are_garbled(params):
    """Anything but a list of nine is no notify."""
    with pytest.raises(Garbled):
        decode_notify(params, extranonce1=None, extranonce2_size=None)


def test_recording_forms(notify):
    """A recording may be the whole object or the bare message."""
    recording = notify()
    whole = decode_recording(json.dumps(recording).encode())
    bare = decode_recording(json.dumps(recording["notify"]).encode())
    assert (whole.height, whole.reward_sats) == (bare.height, bare.reward_sats)
    del recording["extranonce1"]
    recording["extranonce2_size"] = "8"
    assert whole.height == decode_recording(json.dumps(recording).encode()).height


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b"{", b'{"notify": 5}', b'{"method": "mining.submit", "params": []}']
)
def test_no_recording(text):
    """Anything else is Garbled."""
    with pytest.raises(Garbled):
        decode_recording(text)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=10) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=20,
)


@given(st.lists(json_values, max_size=12))
def test_any_params_are_a_job_or_garbled(params):
    """No JSON makes anything but a job or Garbled."""
    with contextlib.suppress(Garbled):
        decode_notify(params, extranonce1=None, extranonce2_size=None)


@given(
    coinbase=st.binary(max_size=150),
    nbits=st.integers(0, 2**32 - 1),
    ntime=st.integers(0, 2**32 - 1),
    values=st.lists(st.integers(0, 2**61), min_size=1, max_size=3),
)
def test_any_values_stay_finite(coinbase, nbits, ntime, values):
    """Hostile values and scripts give finite numbers or None."""
    rows = b"".join(value.to_bytes(8, "little") + bytes([len(coinbase)]) + coinbase for value in values)
    raw = b"\x01\x00\x00\x00\x01" + bytes(32) + b"\xff" * 4 + bytes([len(coinbase)]) + coinbase
    raw += bytes(4) + bytes([len(values)]) + rows + bytes(4)
    params = ["j", "00" * 32, raw.hex(), "", [], "20000000", f"{nbits:x}", f"{ntime:x}", True]
    job = decode_notify(params, extranonce1=None, extranonce2_size=None)
    assert sum(values) == job.reward_sats
    for number in (job.network_difficulty, job.network_hashrate_hs, job.hashprice_sats_per_ph_day):
        assert number is None or math.isfinite(number)
    json.dumps(job.document(), allow_nan=False)


def test_the_extranonce_in_an_output_is_marked(notify):
    """The bytes that a job leaves open are named, and zeros but for the pool's part; a miner's own are taken."""
    recording = notify(location="output")
    told = {"extranonce1": recording["extranonce1"], "extranonce2_size": 8}
    job = decode_notify(recording["notify"]["params"], **told)
    assert [(2, 12), None, None] == [output.extranonce_at for output in job.outputs]
    assert "6a0c" + "a1b2c3d4" + "00" * 8 == job.outputs[0].script
    mined = decode_notify(recording["notify"]["params"], **told, extranonce2="5507000000000000")
    assert "6a0c" + "a1b2c3d4" + "5507000000000000" == mined.outputs[0].script
    short = decode_notify(recording["notify"]["params"], **told, extranonce2="55")
    assert "extranonce_mismatch" in short.anomalies
    assert [None, None] == [
        output.extranonce_at for output in decode_notify(notify()["notify"]["params"], **told).outputs
    ]


@pytest.mark.shared
def test_a_mined_coinbase_is_whole(shared):
    """With the miner's extranonce a recorded coinbase's scripts are exact, the one that holds it included."""
    recording = json.loads((shared / "stratum" / "notify-ocean-845699.json").read_text())
    recording["extranonce2"] = recording["extranonce2_used_for_hashes"]
    job = decode_recording(json.dumps(recording).encode())
    assert [row["script"] for row in recording["expected"]["outputs"]] == [output.script for output in job.outputs]
    assert [2] == [place for place, output in enumerate(job.outputs) if output.extranonce_at == (4, 12)]


@pytest.mark.shared
def test_recorded_jobs(shared):
    """Every recorded job beside the checkout decodes to what is known of it."""
    known = {
        "job_id": "id",
        "height": "height",
        "prevhash_display": "previous_block",
        "nbits": "nbits",
        "ntime": "ntime",
        "version": "version",
        "clean_jobs": "clean",
        "outputs_sum": "reward_sats",
        "subsidy": "subsidy_sats",
        "fees": "fees_sats",
        "extranonce_total": "extranonce_size",
        "extranonce_location": "extranonce_location",
    }
    files = sorted((shared / "stratum").glob("notify-*.json"))
    assert files
    for file in files:
        recording = json.loads(file.read_text())
        expected = recording["expected"]
        job = decode_recording(file.read_bytes())
        assert {name: expected[name] for name in known} == {name: getattr(job, field) for name, field in known.items()}
        assert expected["difficulty"] == pytest.approx(job.network_difficulty, rel=1e-12)
        assert expected["tx_count_range_incl_coinbase"] == [job.transactions_min, job.transactions_max]
        assert {"main": "main", "test": "testnet3", "regtest": "regtest"}[recording["network"]] == job.chain
        assert [(row["value"], row["address"], row["type"].partition(":")[0]) for row in expected["outputs"]] == [
            (output.value_sats, output.address, output.kind) for output in job.outputs
        ]
