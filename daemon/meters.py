"""Each feeder's meter held against its devices, as metrics, API and page show it. Pure."""

from collections.abc import Callable, Iterable
from math import sqrt

import msgspec

from daemon.economics.reconciliation import GapState, is_beyond
from daemon.rules.history.metered import Dark
from daemon.rules.snapshot import FeederFacts
from daemon.rules.wording import many, power


class MeterAccount(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One feeder's meter at one instant, in watts; None is not known.

    `unexplained_w` is the meter less `expected_w`: devices, losses and auxiliaries. It is None while the meter is
    silent or a device hides its watts, and never cut off at zero. `unexplained_sd_w` is one standard deviation of it.
    `silent_w` are the last watts of devices that do not answer, which may be part of it. `dark_for_s` is how long at
    least nine in ten devices have slept, None when they do not. `dark_w` is what the meter showed beyond sleeping
    devices when they last did for long, auxiliaries included, with `dark_sd_w` its error and `dark_at` the last second
    of it; None where that was never seen. `reason` says in one sentence what `state` means.
    """

    feeder: str
    name: str
    meter_w: float | None
    devices_w: float
    auxiliary_w: float
    expected_w: float | None
    unexplained_w: float | None
    unexplained_sd_w: float | None
    silent_w: float
    unknown_devices: int
    state: GapState
    reason: str
    dark_for_s: float | None
    dark_w: float | None = None
    dark_sd_w: float | None = None
    dark_at: float | None = None


def meter_accounts(
    feeders: Iterable[FeederFacts], *, dark: Callable[[str], Dark | None] = lambda _: None
) -> tuple[MeterAccount, ...]:
    """Give the account of every feeder that has a meter; `dark` gives what was seen of one while its devices slept."""
    return tuple(_account(facts, dark(facts.id)) for facts in feeders if facts.has_meter)


def site_unexplained_w(accounts: Iterable[MeterAccount]) -> float | None:
    """Sum up what fresh meters show beyond their devices; None when one of them has no figure, or there is none."""
    gaps = [one.unexplained_w for one in accounts if one.meter_w is not None]
    known = [gap for gap in gaps if gap is not None]
    return sum(known) if known and len(known) == len(gaps) else None


def _account(facts: FeederFacts, dark: Dark | None) -> MeterAccount:
    load, gap = facts.load, facts.compared
    is_known = gap is not None and gap.gap_w is not None and not load.unknown_devices
    state, reason = _state(facts)
    return MeterAccount(
        feeder=facts.id,
        name=facts.name,
        meter_w=facts.meter_w,
        devices_w=load.devices_w,
        auxiliary_w=facts.auxiliary_w,
        expected_w=facts.expected_w,
        unexplained_w=gap.gap_w if gap is not None and is_known else None,
        unexplained_sd_w=gap.sd_w if gap is not None and is_known else None,
        silent_w=load.silent_w,
        unknown_devices=load.unknown_devices,
        state=state,
        reason=reason,
        dark_for_s=facts.dark_for_s,
        dark_w=None if dark is None else dark.load_w,
        dark_sd_w=None if dark is None else sqrt(dark.variance),
        dark_at=None if dark is None else dark.at,
    )


def _state(facts: FeederFacts) -> tuple[GapState, str]:
    load, gap = facts.load, facts.compared
    if gap is None:
        return "unknown", "The feeder's meter is silent, or its value too old."
    if load.unknown_devices and gap.state != "missing":
        return (
            "unknown",
            f"{many(load.unknown_devices, 'device')} on the feeder hide their watts, or were not asked yet.",
        )
    if gap.state == "unexplained" and load.silent_w and gap.gap_w is not None:
        rest = gap.gap_w - load.silent_w
        if not is_beyond(rest, sd_w=gap.sd_w, expected_w=gap.expected_w):
            return "unknown", f"Devices that do not answer may draw {power(load.silent_w)} of it."
    return gap.state, gap.reason or "Meter and devices agree within their errors."
