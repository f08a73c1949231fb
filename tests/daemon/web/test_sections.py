"""The page's parts as HTML: what an owner reads of tiers, spare capacity and its worth."""

from typing import Any

import pytest

from daemon.web.sections.capacity import capacity, uses
from daemon.web.sections.findings import findings
from daemon.web.sections.meters import meters
from daemon.web.sections.stress import stress
from daemon.web.sections.tiers import tiers

FEEDER: dict[str, Any] = {
    "feeder": "f<1>",
    "contracted_w": 48_000.0,
    "drawn_w": 37_500.0,
    "drawn_sd_w": 375.0,
    "drawn_basis": "meter",
    "reserve_w": 1920.0,
    "spare_w": 8580.0,
    "freed_w": 1323.0,
    "offered_w": 12_760.0,
    "offered_sd_w": 403.0,
    "firmness": "firm",
    "blockers": ["single_fibre", "lender"],
    "refusal": None,
    "currency": "USD",
    "cost_per_mwh": {"p10": 2.0, "p50": 2.5, "p90": 3.0},
    "uses_per_mwh": {
        "mine": {"p10": 56.0, "p50": 56.53, "p90": 57.0},
        "host": {"p10": 61.18, "p50": 61.18, "p90": 61.18},
    },
}
TIER: dict[str, Any] = {
    "above": 25.0,
    "below": 38.0,
    "devices": 1234,
    "hashrate_hs": 6.7e14,
    "power_w": 19_110.0,
    "hashrate_share": 0.26,
    "j_per_th": 28.3,
    "margin_per_day": -1.15,
    "break_even_price_per_kwh": 0.0531,
    "break_even_hashprice_per_ph_day": 36.28,
    "is_past_cut_off": True,
    "hold_or_sell": None,
}


def finding(number: int, **other: Any) -> dict[str, Any]:
    return {
        "id": f"f-{number}",
        "rule": "P-01",
        "subject": f"m{number}",
        "severity": "warn",
        "state": "open",
        "scope": "device",
        "message": "loses money",
        **other,
    }


def fleet(*tiers: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"currency": "USD", "cut_off_j_per_th": 29.614, "tiers": list(tiers), "unknown_devices": 0, **other}


@pytest.mark.parametrize(
    ("offer", "expected"),
    [
        (None, ">none<"),
        ({"feeder": "f<1>", "withdrawn": False, "kw_offered": 9.24, "expires": "2026-03-01T00:00:00Z"}, ">9.2 kW<"),
        ({"feeder": "f<1>", "withdrawn": True, "reason": "award <1>"}, 'title="award &lt;1&gt;">withdrawn<'),
        ({"feeder": "elsewhere", "withdrawn": False, "kw_offered": 9.2}, ">none<"),
    ],
)
def test_a_feeder_shows_the_last_word_about_its_offer(offer: dict[str, Any] | None, expected: str) -> None:
    """An offer stands with its power, a withdrawn one with its reason, and only on its own feeder."""
    assert expected in capacity([FEEDER], [offer] if offer else [])


def test_a_feeder_shows_how_sure_its_watts_are_and_what_stands_in_the_way() -> None:
    """Draw and promise carry their error, a refusal its reason, and blockers their meaning."""
    shown = capacity([FEEDER], [])
    assert "f&lt;1&gt;" in shown
    assert 'title="known by: meter ± 375 W">37.50 kW' in shown
    assert 'title="± 403 W">12.76 kW' in shown
    assert '<span title="one cut stops the network">single fibre</span>' in shown
    assert '<span title="named in the configuration">lender</span>' in shown
    assert 'title="breaks an award"' in capacity([{**FEEDER, "refusal": "breaks an award"}], [])


def test_uses_stand_on_one_axis_with_the_best_marked() -> None:
    """Each use that can be valued is a column; a span is shown where there is one, and a dash where there is none."""
    shown = uses([FEEDER, {**FEEDER, "uses_per_mwh": {"mine": FEEDER["uses_per_mwh"]["mine"]}}])
    assert "mining on it" in shown
    assert "selling it back" not in shown
    assert '<td class="n good">61.18</td>' in shown
    assert '<td class="n">56.53 (56.00 to 57.00)</td><td class="n good">61.18</td>' in shown
    assert '<td class="n good">56.53 (56.00 to 57.00)</td><td class="n">–</td>' in shown
    assert "USD per MWh before energy" in shown


def test_uses_are_left_out_while_nothing_can_be_valued() -> None:
    """Without a price for any use there is no table rather than an empty one."""
    assert "" == uses([{**FEEDER, "uses_per_mwh": {}}])


def test_tiers_show_the_cut_off_and_the_choice() -> None:
    """A tier past the cut-off is marked, and hold or sell shows both sides of the choice."""
    choice = {"choice": "sell", "hold_low": -1.0, "hold_high": 1.0, "sale_low": 2.0, "sale_high": 6.0}
    shown = tiers(fleet(TIER, {**TIER, "above": 38.0, "below": None, "hold_or_sell": choice}, unknown_devices=2))
    assert "what needs more than 29.6 J/TH does not pay its energy; 2 devices cannot be placed" in shown
    assert '<td class="bad">25 to 38</td><td class="n">1,234</td>' in shown
    assert '<td class="n bad">−1.15 USD</td>' in shown
    assert "no resale price" in shown
    assert "from 38" in shown
    assert 'held it is worth −1.00 USD to 1.00 USD, sold 2.00 USD to 6.00 USD">sell</span>' in shown


def test_tiers_without_prices_are_absent_and_not_zero() -> None:
    """Money that is not known is a dash, and no cut-off is claimed."""
    bare = {**TIER, "margin_per_day": None, "break_even_price_per_kwh": None, "break_even_hashprice_per_ph_day": None}
    shown = tiers(fleet({**bare, "above": None, "below": 15.0, "is_past_cut_off": False}, cut_off_j_per_th=None))
    assert 3 == shown.count('<td class="n">–</td>')
    assert "does not pay its energy" not in shown
    assert "below 15" in shown


def test_a_flood_of_findings_is_cut_and_counted() -> None:
    """The first are shown and the rest are counted, so that the page stays light when a hall goes dark."""
    shown = findings(
        [finding(number) for number in range(3)] + [finding(9, state="pending")], counts={"open": 5, "pending": 1}
    )
    assert 3 == shown.count("<tr data-finding=")
    assert "3 of 5 shown, 1 pending" in shown


def test_marked_findings_say_so() -> None:
    """What somebody has seen or silenced is told, and is not offered again to be marked."""
    seen = findings(
        [finding(1, acknowledged_by="ann", silenced_until=1_700_000_000.0)], counts={"open": 1, "pending": 0}
    )
    assert '<tr data-finding="f-1" data-seen data-silent>' in seen
    assert "seen by ann" in seen
    assert "silenced" in seen


def test_each_blow_shows_what_turns_and_how_long_the_money_lasts() -> None:
    """Margins are coloured by their sign; a runway is days, without end, or absent with its reason."""
    scenario = {
        "scenario": "bitcoin -30%",
        "hashprice_per_ph_day": 26.43,
        "price_per_kwh": 0.05,
        "margin_per_day": -7.17,
        "margin_best_per_day": 6.58,
        "turned_devices": 6,
        "turned_w": 19_670.0,
        "treasury": 6000.0,
        "runway_days": 143.4,
        "runway_reason": "",
    }
    endless = {**scenario, "runway_days": None, "runway_reason": "The margin bears the fixed costs."}
    unknown = {**endless, "treasury": None, "runway_reason": "No treasury is configured."}
    shown = stress({"currency": "USD", "scenarios": [scenario, endless, unknown]})
    assert '<td class="n bad">−7.17 USD</td><td class="n good">6.58 USD</td>' in shown
    assert '<td class="n">6</td><td class="n">19.67 kW</td><td class="n">143 days</td>' in shown
    assert '<td class="n good" title="The margin bears the fixed costs.">without end</td>' in shown
    assert '<td class="n" title="No treasury is configured.">–</td>' in shown
    assert "" == stress({"currency": "USD", "scenarios": []})


def test_meters_are_held_against_devices() -> None:
    """Each feeder with a meter has what is unexplained, its error and what that means; a silent one has dashes."""
    told = {
        "feeder": "f<1>", "meter_w": 330_000.0, "devices_w": 300_000.0, "expected_w": 302_000.0,
        "unexplained_w": 28_000.0, "unexplained_sd_w": 4500.0, "state": "unexplained", "reason": "More than & that.",
        "dark_for_s": 1800.0,
    }  # fmt: skip
    silent = {**told, "feeder": "f2", "meter_w": None, "unexplained_w": None, "unexplained_sd_w": None,
              "state": "unknown", "dark_for_s": None}  # fmt: skip
    page = meters([told, silent])
    for words in ("f&lt;1&gt;", "330.00 kW", "28.00 kW", "4,500 W", "More than &amp; that.", "slept for 30 min"):
        assert words in page
    assert 3 == page.count("–")
    assert "" == meters([])
