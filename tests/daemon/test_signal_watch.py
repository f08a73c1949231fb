"""Signals reach the market and the rules with their ages, reasons and second opinions."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from config.load import Loaded, load_text
from daemon.clock import SystemClock
from daemon.market import Quote
from daemon.signal_watch import SignalWatch
from daemon.tasks import Tasks

SITE = 'version: 1\nsite: {id: north}\ntariff: {price: "0.05 USD/kWh", signal: spot}\nsignals:\n'
FILES = """
  spot: {file: {path: spot, interval: 20ms}, unit: USD/MWh, fallback: [other, fixed]}
  other: {file: {path: other, interval: 20ms}, unit: USD/MWh}
  fixed: {static: "500 USD/MWh"}
"""

Watch = Callable[[str], Awaitable[SignalWatch]]


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    async with Tasks() as tasks:
        watched = SignalWatch(clock=SystemClock(), tasks=tasks)

        async def take(signals: str) -> SignalWatch:
            loaded = _load(tmp_path, signals)
            await watched.take(loaded.config, SignalWatch.prepare(loaded))
            return watched

        yield take


def _load(folder: Path, signals: str) -> Loaded:
    return load_text(SITE + signals, file=str(folder / "site.yaml"))


async def _answered(watch: SignalWatch) -> None:
    while not watch.have_answered:
        await asyncio.sleep(0.01)


async def test_quotes_and_facts(watch, tmp_path) -> None:
    """The market gets values with ages and reasons, the rules what is fresh and who else measures."""
    (tmp_path / "spot").write_text("45")
    (tmp_path / "other").write_text("46")
    signals = await watch(FILES)
    await _answered(signals)
    quote, fixed = signals.quotes()["spot"], signals.quotes()["fixed"]
    assert (0.045, "USD", None) == (quote.value, quote.currency, quote.reason)
    assert quote.age_s is not None
    assert Quote(value=0.5, age_s=0.0, currency="USD") == fixed
    facts = signals.facts()["spot"]
    assert [2, 1, 0] == [signals.facts()[name].claimants for name in ("spot", "other", "fixed")]
    assert (0.045, True, "USD/kWh", {"spot": 0.045, "other": 0.046}) == (
        facts.value,
        facts.ok,
        facts.unit,
        facts.sources,
    )


async def test_reason(watch, tmp_path) -> None:
    """A signal without a value says why, in words that can stand in a verdict."""
    (tmp_path / "other").write_text("soon")
    signals = await watch("  spot: {file: {path: spot}, unit: USD/MWh}\n")
    await _answered(signals)
    quote = signals.quotes()["spot"]
    assert (None, None) == (quote.value, quote.age_s)
    assert quote.reason is not None
    assert "cannot be read" in quote.reason
    assert not signals.facts()["spot"].ok


async def test_hashprice_beside_the_jobs(watch, tmp_path) -> None:
    """The hashprice in use is compared with the one from the pools' jobs in its own currency; a fixed one is not."""
    (tmp_path / "feed").write_text("41.22")
    spot = '  spot: {static: "50 USD/MWh"}\n  btc_price: {static: "100000 USD/BTC"}\n'
    signals = await watch("  hashprice: {file: {path: feed}, unit: USD/PH/day}\n" + spot)
    await _answered(signals)
    compared = signals.facts(computed_hashprice=40.0)["hashprice"]
    assert (41.22, {"hashprice": 41.22, "pools' jobs": 40.0}) == (compared.value, compared.sources)
    signals = await watch('  hashprice: {static: "41.22 USD/PH/day"}\n' + spot)
    assert {} == signals.facts(computed_hashprice=40.0)["hashprice"].sources
    (tmp_path / "feed").write_text("0.0004122")
    signals = await watch("  hashprice: {file: {path: feed}, unit: BTC/PH/day}\n" + spot)
    await _answered(signals)
    compared = signals.facts(computed_hashprice=40.0)["hashprice"]
    assert {"hashprice": 0.0004122, "pools' jobs": 0.0004} == pytest.approx(compared.sources)


async def test_reload(watch, tmp_path) -> None:
    """A reload keeps what is known of signals that stayed, and forgets those that went."""
    (tmp_path / "spot").write_text("45")
    signals = await watch(FILES)
    await _answered(signals)
    (tmp_path / "spot").unlink()
    await watch(FILES.replace('fixed: {static: "500 USD/MWh"}', 'fixed: {static: "400 USD/MWh"}'))
    assert (0.045, 0.4) == (signals.quotes()["spot"].value, signals.quotes()["fixed"].value)
    await watch('  spot: {static: "1 USD/MWh"}\n')
    assert ["spot"] == list(signals.quotes())


def test_missing_certificate(tmp_path) -> None:
    """A broker's certificate that is not there keeps the configuration from being taken, with its reason."""
    signals = (
        "  spot: {mqtt: {topic: price}, unit: USD/MWh}\nmqtt: {host: broker.example.net, tls: {ca: missing.pem}}\n"
    )
    with pytest.raises(FileNotFoundError):
        SignalWatch.prepare(_load(tmp_path, signals))
