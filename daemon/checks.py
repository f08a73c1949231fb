"""What only the daemon can say of a configuration: that its rules and their parameters exist."""

from collections.abc import Iterable, Iterator

from config.load import Check
from config.model import SiteConfig
from config.model.section import Location
from daemon.rules.catalogue import CATALOGUE
from daemon.rules.settings import resolve


def rule_settings(config: SiteConfig) -> Iterator[tuple[Location, str]]:
    """Hold `rules:` against the catalogue."""
    written = {rule: settings.written() for rule, settings in config.rules.items()}
    for problem in resolve(written, catalogue=CATALOGUE, currency=config.site.currency).problems:
        rule, _, key = problem.path.partition(".")
        yield ("rules", rule, *((_KEYS.get(key, key),) if key else ())), problem.message


_KEYS = {"for_s": "for", "clear_for_s": "clear_for", "dwell_s": "dwell"}
CHECKS: Iterable[Check] = (rule_settings,)
