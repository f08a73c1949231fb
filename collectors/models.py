"""The model table: what a model is made of and what its label says, by bin.

From here, and from nothing a device said, come `chips_expected`, missing boards, spec power and a nominal hashrate.
"""

import csv
import functools
import re
from importlib.resources import files

import msgspec
from msgspec.structs import force_setattr

from collectors.rate import unit_between
from collectors.reading import Board, Reading

# the label of a bin and what the device expects of itself differ by rounding and by the odd chip, bins by 4 % or more
_BIN_TOLERANCE = 0.02
# no machine does so many times its best label, and none expects so little of itself
_IMPOSSIBLE, _UNLIKELY = 20.0, 0.02
_RATE_UNITS = {"TH/s": 1e12, "GH/s": 1e9, "MH/s": 1e6, "KH/s": 1e3, "kSol/s": 1e3}
_SEPARATORS = re.compile(r"[\s_.+()/-]+")
_WHATSMINER_BIN = re.compile(r"v[a-z]*\d+[a-z]?\d*$")
# what stands before a model's own name, by make: what devices, labels and shops put there
_PREFIXES = {
    "antminer": ("bitmain", "antminer"),
    "whatsminer": ("microbt", "whatsminer"),
    "avalon": ("canaan", "avalonminer", "avalon"),
    "sealminer": ("bitdeer", "sealminer"),
    "auradine": ("auradine", "teraflux"),
    "ebang": ("ebang", "ebit"),
}
_AVALON_SERIES = re.compile(r"a(?=\d)")
_LONG_WORDS = (("+", "plus"), ("hydro", "hyd"), ("immersion", "imm"))


class Bin(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One label of a model."""

    hashrate_hs: float
    power_w: float | None


class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One model; None where no source says."""

    make: str
    name: str
    algorithm: str
    boards: int | None
    chips_per_board: tuple[int, ...]  # more than one where a model was built with different boards, fewest first
    fans: int | None
    cooling: str | None
    chip_limit_c: float | None
    bins: tuple[Bin, ...]
    highest_hs: float | None  # the best label

    def bin(self, expected_hs: float | None) -> Bin | None:
        """Give the bin whose label is what the device expects of itself; the only one when it says nothing."""
        if expected_hs is None:
            return self.bins[0] if len(self.bins) == 1 else None
        nearest = min(self.bins, key=lambda one: abs(one.hashrate_hs - expected_hs), default=None)
        if nearest is None or abs(nearest.hashrate_hs - expected_hs) > _BIN_TOLERANCE * nearest.hashrate_hs:
            return None
        return nearest

    def chips(self, answering: int | None) -> int | None:
        """Give how many chips a board has, where at most `answering` were seen on one; None when that is too many."""
        for chips in self.chips_per_board:
            if chips >= (answering or 0):
                return chips
        return None


def key(make: str, model: str) -> str:
    """Give a model's name in the form used for comparing: no case, blanks, hyphens, dots or make.

    Hydro is Hyd, and an Avalon A1346 is a 1346.
    """
    maker, plain = make.lower(), model.lower()
    for long, short in _LONG_WORDS:
        plain = plain.replace(long, short)
    plain = _SEPARATORS.sub("", plain)
    for prefix in _PREFIXES.get(maker, (maker,)):
        plain = plain.removeprefix(prefix) or plain
    if maker == "avalon":
        plain = _AVALON_SERIES.sub("", plain, count=1) if plain.startswith("a") else plain
    return f"{maker} {plain}"


@functools.lru_cache(maxsize=1024)
def find(make: str | None, model: str | None) -> Model | None:
    """Find a model as a device writes it; None when the table does not know it."""
    if not make or not model:
        return None
    name = key(make, model)
    found = _TABLE.get(name)
    if found is None and make == "Whatsminer":
        # the last digit of M50S VH53 is a bin of its chips; the table has M50S VH50, else M50S for all of them
        base = _WHATSMINER_BIN.sub("", name)
        found = _TABLE.get(f"{name[:-1]}0") or _TABLE.get(base)
    return found


def completed(reading: Reading, *, warnings: tuple[str, ...] = (), vendor_login: bool = False) -> Reading:
    """Add what the model table knows and the device did not say: chips expected, missing boards, spec power.

    Only a device that hashes is given power: its label says nothing of sleep, start or fault. `warnings` and
    `vendor_login` are the poll's own part of the reading. Nobody else may have the reading yet, for it is completed
    in place: a copy of it and of its boards would cost each poll more than what is added.
    """
    if warnings:
        force_setattr(reading, "warnings", warnings)
    if vendor_login:
        force_setattr(reading, "vendor_login", vendor_login)
    model, known = _labelled(reading.make, reading.model, reading.hashrate_expected_hs)
    if model is None:
        return reading
    highest = model.highest_hs
    if highest is not None and _is_in_doubt(reading, highest_hs=highest):
        reading = _in_its_unit(reading, model=model)
        known = model.bin(reading.hashrate_expected_hs)
    if reading.boards:
        _complete_boards(reading, model=model)
    if reading.algorithm is None:
        force_setattr(reading, "algorithm", model.algorithm)
    if known is None:
        return reading
    if reading.hashrate_expected_hs is None:
        force_setattr(reading, "hashrate_expected_hs", known.hashrate_hs)
    if reading.power_w is None and known.power_w is not None and reading.state == "hashing":
        force_setattr(reading, "power_w", known.power_w)
        force_setattr(reading, "power_grade", "spec")
    return reading


def _is_in_doubt(reading: Reading, *, highest_hs: float) -> bool:
    """Tell a rate that no machine of the model can reach, or an expectation that none of them has."""
    expected, rate = reading.hashrate_expected_hs, reading.hashrate_hs
    return (rate is not None and rate > _IMPOSSIBLE * highest_hs) or (
        bool(expected) and not _UNLIKELY * highest_hs < (expected or 0.0) < _IMPOSSIBLE * highest_hs
    )


def _in_its_unit(reading: Reading, *, model: Model) -> Reading:
    """Put rates right that were counted in another unit than their label says, proved by the model's own label.

    A rate a thousand times too high can be nothing else; one too low may be a fault and stays. What a device expects
    of itself does not depend on how it fares, so it is put right both ways.
    """
    label = model.highest_hs or 0.0
    changes: dict[str, object] = {}
    if reading.hashrate_expected_hs:
        slip = unit_between(reading.hashrate_expected_hs, label)
        if slip is not None:
            changes["hashrate_expected_hs"] = reading.hashrate_expected_hs * slip
    usual = max(reading.hashrate_averages_hs.values(), default=reading.hashrate_hs or 0.0)
    slip = unit_between(usual, label) if usual > _IMPOSSIBLE * label else None
    if slip is not None:
        changes["hashrate_hs"] = None if reading.hashrate_hs is None else reading.hashrate_hs * slip
        changes["hashrate_averages_hs"] = {name: rate * slip for name, rate in reading.hashrate_averages_hs.items()}
        changes["boards"] = tuple(
            board if board.hashrate_hs is None else msgspec.structs.replace(board, hashrate_hs=board.hashrate_hs * slip)
            for board in reading.boards
        )
    return msgspec.structs.replace(reading, **changes) if changes else reading


@functools.lru_cache(maxsize=4096)
def _labelled(make: str | None, model: str | None, expected_hs: float | None) -> tuple[Model | None, Bin | None]:
    """Find a model and its bin; a device expects the same of itself at nearly every poll."""
    found = find(make, model)
    return found, None if found is None else found.bin(expected_hs)


def _complete_boards(reading: Reading, *, model: Model) -> None:
    boards = reading.boards
    chips = model.chips(max([board.chips or 0 for board in boards]))
    if chips is not None:
        for board in boards:
            if board.chips_expected is None:
                force_setattr(board, "chips_expected", chips)
    if model.boards is None or len(boards) >= model.boards:
        return
    taken = {board.index for board in boards}
    free = (index for index in range(2 * model.boards + len(boards)) if index not in taken)
    missing = [
        Board(index=next(free), chips_expected=chips, state="missing") for _ in range(model.boards - len(boards))
    ]
    force_setattr(reading, "boards", tuple(sorted((*boards, *missing), key=lambda board: board.index)))


def _bin(row: dict[str, str]) -> Bin:
    return Bin(
        hashrate_hs=float(row["hashrate"]) * _RATE_UNITS[row["unit"]],
        power_w=float(row["power_w"]) if row["power_w"] else None,
    )


def _read() -> dict[str, Model]:
    """Read the table; a model has a row for each of its bins, or one without a rate where no label is known.

    A Whatsminer's row of one chip bin (M50S VH50) has the labels of the model (M50S).
    """
    models: dict[str, Model] = {}
    text = files("collectors.miners").joinpath("models.csv").read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        name = key(row["make"], row["model"])
        known = models.get(name)
        if row["hashrate"]:
            bins = (*(known.bins if known else ()), _bin(row))
        else:
            of = models.get(_WHATSMINER_BIN.sub("", name)) if row["make"] == "Whatsminer" else None
            bins = of.bins if of else ()
        model = Model(
            make=row["make"],
            name=row["model"],
            algorithm=row["algorithm"],
            boards=int(row["boards"]) if row["boards"] else None,
            chips_per_board=tuple(sorted(int(chips) for chips in row["chips_per_board"].split("|") if chips)),
            fans=int(row["fans"]) if row["fans"] else None,
            cooling=row["cooling"] or None,
            chip_limit_c=float(row["chip_limit_c"]) if row["chip_limit_c"] else None,
            bins=bins,
            highest_hs=max((one.hashrate_hs for one in bins), default=None),
        )
        for alias in (row["model"], *filter(None, row["aliases"].split("|"))):
            models[key(row["make"], alias)] = model
    return models


# read when the module is, because reading files has no place inside the event loop
_TABLE = _read()
