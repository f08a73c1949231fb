"""The document of `headframe stress` as text to read."""

from typing import Any


def lines(document: dict[str, Any]) -> list[str]:
    """Set scenarios and tiers as two tables."""
    return [
        f"Money per day in {document['currency']}, cash basis; `best` has those off that lose.",
        *_devices(document),
        *_treasury(document),
        "",
        *_scenarios(document["scenarios"]),
        "",
        *_tiers(document),
    ]


def _devices(document: dict[str, Any]) -> list[str]:
    left_out = [
        f"{document[key]} {words}"
        for key, words in (("silent_devices", "do not answer"), ("idle_devices", "are asleep"))
        if document[key]
    ]
    told = f"{document['devices']} devices"
    return [f"{told}; {' and '.join(left_out)}, and stand in no figure." if left_out else f"{told}."]


def _treasury(document: dict[str, Any]) -> list[str]:
    held, currency = document["treasury"], document["currency"]
    if held is None:
        return ["No treasury is given, so there is no runway."]
    parts = [
        f"{amount:,.8g} {code}" + (f" at {held['rates'][code]:,.6g}" if code in held["rates"] else "")
        for code, amount in held["holdings"].items()
    ]
    worth = held["reason"] if held["value"] is None else f"{held['value']:,.2f} {currency}"
    fixed = f"fixed costs {held['fixed_costs_per_day']:,.2f} {currency} a day"
    return [f"Treasury: {', '.join(parts)}: {worth.rstrip('.')}; {fixed}."]


def _scenarios(rows: list[dict[str, Any]]) -> list[str]:
    width = max(len(row["scenario"]) for row in rows)
    text = [f"{'scenario':<{width}}  {'hashprice':>9}  {'margin':>12}  {'best':>12}  {'turned':>7}  {'MW':>7}  runway"]
    for row in rows:
        days = row["runway_days"]
        text.append(
            f"{row['scenario']:<{width}}  {_money(row['hashprice_per_ph_day']):>9}  {_money(row['margin_per_day']):>12}"
            f"  {_money(row['margin_best_per_day']):>12}  {row['turned_devices']:>7}  {row['turned_w'] / 1e6:>7.3f}"
            f"  {row['runway_reason'] if days is None else f'{days:,.0f} days'}"
        )
    return text


def _tiers(document: dict[str, Any]) -> list[str]:
    cut_off = document["cut_off_j_per_th"]
    text = [
        f"Cut-off: {'not known' if cut_off is None else f'{cut_off:.2f} J/TH'}",
        "",
        f"{'J/TH':>9}  {'devices':>7}  {'PH/s':>10}  {'MW':>8}  {'mean':>6}  {'margin':>12}  state",
    ]
    for row in document["tiers"]:
        span = "-".join("" if row[side] is None else f"{row[side]:g}" for side in ("above", "below"))
        petahash, megawatts = row["hashrate_hs"] / 1e15, row["power_w"] / 1e6
        text.append(
            f"{span:>9}  {row['devices']:>7}  {petahash:>10.3f}  {megawatts:>8.3f}  {row['j_per_th']:>6.1f}"
            f"  {_money(row['margin_per_day']):>12}  {_state(row)}"
        )
    if document["unknown_devices"]:
        text += ["", f"{document['unknown_devices']} devices lack hashrate or power and stand in no tier."]
    return text


def _state(row: dict[str, Any]) -> str:
    words = {None: "not known", True: "past the cut-off", False: "pays its energy"}[row["is_past_cut_off"]]
    choice = row.get("hold_or_sell")
    if choice is None:
        return words
    return f"{words}; {choice['choice']} (held {_band(choice, 'hold')}, sold {_band(choice, 'sale')} a TH)"


def _money(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _band(choice: dict[str, Any], side: str) -> str:
    low, high = choice[f"{side}_low"], choice[f"{side}_high"]
    return "?" if low is None or high is None else f"{low:.2f} to {high:.2f}"
