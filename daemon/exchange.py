"""Signals in another currency, taken at the rate that another signal tells. Pure."""

from collections.abc import Mapping

import msgspec

from collectors.signals.reading import SignalReading
from config.currencies import BITCOIN


def exchanged(
    readings: Mapping[str, SignalReading], *, currency: str, exchange: Mapping[str, str]
) -> dict[str, SignalReading]:
    """Bring every reading in a foreign currency into the site's; bitcoin stays, the market knows its price.

    `exchange` names for each currency the signal that tells what one unit of it is worth. Without a usable rate the
    reading is missing and says why; its age is that of the older of the two.
    """
    if not exchange:
        return dict(readings)
    return {
        name: reading
        if reading.currency in {None, BITCOIN, currency} or reading.currency not in exchange
        else _exchanged(reading, rate=readings.get(exchange[reading.currency or ""]), currency=currency)
        for name, reading in readings.items()
    }


def rates_of(
    readings: Mapping[str, float | None], *, exchange: Mapping[str, str], btc_price: float | None
) -> dict[str, float]:
    """Give what one unit of each currency is worth; a rate that is not known is left out."""
    known = {code: readings.get(signal) for code, signal in exchange.items()} | {BITCOIN: btc_price}
    return {code: rate for code, rate in known.items() if rate is not None and rate > 0.0}


def _exchanged(reading: SignalReading, *, rate: SignalReading | None, currency: str) -> SignalReading:
    foreign = reading.currency or ""
    unit = reading.unit.replace(foreign, currency, 1)
    worth = rate.value if rate is not None and rate.state == "ok" else None
    if worth is None or not worth > 0.0:
        why = (rate.reason or "its signal has no usable value") if rate is not None else "no signal tells it"
        return msgspec.structs.replace(
            reading,
            value=None,
            unit=unit,
            currency=currency,
            state="missing" if reading.state == "ok" else reading.state,
            reason=reading.reason if reading.state != "ok" else f"what a {foreign} is worth is not known: {why}",
            sources={},
        )
    ages = [at for at in (reading.at, None if rate is None or rate.is_fixed else rate.at) if at is not None]
    return msgspec.structs.replace(
        reading,
        value=None if reading.value is None else reading.value * worth,
        unit=unit,
        currency=currency,
        at=min(ages, default=None),
        sources={name: value * worth for name, value in reading.sources.items()},
    )
