"""Each feeder's meter held against its devices: what is not explained, and how sure that is."""

from collections.abc import Sequence
from html import escape

from daemon.web import numbers as show
from daemon.web.sections.table import Document, number, table

_HEADS = ("feeder", "*meter", "*devices", "*expected", "*unexplained", "*its error", "what that means")
_TONES = {"agrees": "good", "unexplained": "bad", "missing": "bad", "unknown": "soft"}


def meters(accounts: Sequence[Document]) -> str:
    """Write the feeders that have meters; '' where none has."""
    rows = "".join(_row(account) for account in accounts)
    note = "the meter less devices, losses and auxiliaries; the error is one standard deviation"
    return table("Meters against devices", _HEADS, rows, note=note)


def _row(account: Document) -> str:
    state = str(account["state"])
    dark = account.get("dark_for_s")
    words = str(account["reason"])
    if dark is not None:
        words += f" Its devices have slept for {show.age(dark)}."
    return (
        f"<tr><td>{escape(str(account['feeder']))}</td>{number(show.power(account['meter_w']))}"
        f"{number(show.power(account['devices_w']))}{number(show.power(account['expected_w']))}"
        f"{number(show.power(account['unexplained_w']), tone=_TONES.get(state, ''))}"
        f"{number(show.power(account['unexplained_sd_w']))}<td>{escape(words)}</td></tr>"
    )
