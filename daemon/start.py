"""What has to be right before anything starts: the configuration, its rules, its secrets."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from config.dimensions import KINDS
from config.load import Loaded, load
from config.model import SiteConfig
from config.model.references import fits
from config.model.section import Location
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.pool.payout import PAID
from daemon.rules.settings import Setting, Settings, resolve

_OPERATORS_KEYS = {"for_s": "for", "clear_for_s": "clear_for", "dwell_s": "dwell"}


class StartError(Exception):
    """The daemon cannot start, or cannot take a configuration; the message says what to do."""


def load_checked(path: str | Path, *, secrets: bool = True) -> Loaded:
    """Load a configuration and hold it against the catalogue of rules as well; raises ConfigError. Reads files.

    The devices are in its `entries`; as they were written they would take some 2 kB each for good.
    """
    loaded = load(path, checks=(check_rules, check_payouts), secrets=secrets)
    return msgspec.structs.replace(loaded, config=loaded.config.model_copy(update={"devices": ()}))


def check_rules(config: SiteConfig) -> Iterable[tuple[Location, str]]:
    """Name every mistake under `rules:` with its place."""
    for problem in _settings(config).problems:
        rule, _, key = problem.path.partition(".")
        key = _OPERATORS_KEYS.get(key, key)
        yield ("rules", rule, key) if key else ("rules", rule), problem.message


def check_payouts(config: SiteConfig) -> Iterable[tuple[Location, str]]:
    """Name every signal of what a pool paid that counts in something else than the pool pays in."""
    for pool in config.pools:
        name, currency = PAID.name(pool.id), pool.payout.currency
        signal = config.signals.get(name)
        if signal is None:
            continue
        where = ("signals", name, "static" if signal.unit is None else "unit")
        if not fits(signal.measure, "bitcoin") and not fits(signal.measure, "money"):
            yield where, f"is {KINDS[signal.measure.dimension].noun}, but what a pool paid is an amount in {currency}"
        elif signal.measure.currency != currency:
            told = signal.measure.currency
            yield (
                where,
                f"is in {told}, but pool {pool.id} pays in {currency}; say `payout: {told}` there if that is wrong",
            )


def rules_in_force(config: SiteConfig) -> tuple[Setting, ...]:
    """Give the rules that a checked configuration leaves in force."""
    return _settings(config).rules


def _settings(config: SiteConfig) -> Settings:
    written = {rule: settings.written() for rule, settings in config.rules.items()}
    return resolve(written, catalogue=CATALOGUE, currency=config.site.currency)
