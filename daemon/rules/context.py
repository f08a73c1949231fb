"""What a device's rules may know beside the device itself: the hour, its peers, the allowed pools. Pure."""

from collections.abc import Callable, Iterable, Mapping
from fnmatch import fnmatchcase

import msgspec

from daemon.economics.hull import Origin
from daemon.rules.history.devices import DeviceHistory
from daemon.rules.history.work import WorkHistory

Cooling = str
"""`air`, `hydro` or `immersion`."""

_REMEMBERED = 20000
"""Endpoints whose answer is kept: more than any site has workers, little memory."""


class Peers(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How efficient the devices of one model are: their number, the median J/TH and its scaled deviation (MAD)."""

    devices: int
    median_j_per_th: float
    deviation_j_per_th: float


class BetterSetting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The operating point that would earn most at today's prices; money per day against the present point.

    `margin_per_day` is what it leaves after its energy, `gain_per_day` how much more that is than now.
    """

    name: str
    power_w: float
    hashrate_hs: float
    gain_per_day: float
    gain_sd_per_day: float
    margin_per_day: float = 0.0
    origin: Origin = "seen"
    is_current: bool = False


class AllowedPools:
    """Which pool endpoints and workers may stand on a device; patterns with `*`, hosts without scheme and port.

    Each entry is a pair of a host pattern and a user pattern; a pool's own entry is made by `of_pool`. `also` are
    further judges of a URL and a user, such as the configuration's own patterns.
    """

    __slots__ = ("_known", "also", "entries")

    def __init__(
        self, entries: Iterable[tuple[str, str]] = (), *, also: Iterable[Callable[[str, str | None], bool]] = ()
    ) -> None:
        self.entries = tuple((host.lower(), user) for host, user in entries)
        self.also = tuple(also)
        self._known: dict[tuple[str | None, str | None], bool] = {}

    def __bool__(self) -> bool:
        return bool(self.entries or self.also)

    @staticmethod
    def of_pool(url: str, *, user: str | None = None) -> tuple[str, str]:
        """Allow a pool's host with every worker of the configured account, or any worker when no user is given."""
        if not user:
            return host_of(url), "*"
        return host_of(url), user.split(".", 1)[0] + "*"

    def allows(self, url: str | None, user: str | None) -> bool:
        """An empty slot is allowed; anything else must match an entry, host and user together."""
        asked = (url, user)
        answer = self._known.get(asked)
        if answer is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            answer = self._known[asked] = self._matches(url, user)
        return answer

    def _matches(self, url: str | None, user: str | None) -> bool:
        host = host_of(url or "")
        if not host:
            return True
        return any(
            fnmatchcase(host, pattern) and (pattern_user == "*" or _is_worker(user or "", pattern_user))
            for pattern, pattern_user in self.entries
        ) or any(judge(url or "", user) for judge in self.also)


def host_of(url: str) -> str:
    """Cut a pool address to its host in small letters: no scheme, credentials, port or path; '' when there is none."""
    rest = url.strip().lower().rpartition("://")[2].partition("/")[0].rpartition("@")[2]
    if rest.startswith("["):
        return rest.partition("]")[0].lstrip("[")
    return rest.partition(":")[0]


def _is_worker(user: str, pattern: str) -> bool:
    """An account's pattern `acct*` takes the account and its workers, never an account that merely begins alike."""
    if pattern.endswith("*") and "." not in pattern:
        account = pattern[:-1]
        return user == account or user.startswith((f"{account}.", f"{account}_", f"{account}/"))
    return fnmatchcase(user, pattern)


class Context:
    """The daemon keeps one of these and moves `now` on; all else changes with configuration, market or survey.

    `cooling` is by device id, else by feeder id. `peers` is by model key, `better` by device id, None in it where a
    price is missing. `maintenance` and
    `curtailed` hold ids of devices, racks, feeders or the site that are in a window now. `frozen` says why verdicts
    may not be trusted at present, or ''.
    """

    __slots__ = (
        "allowed",
        "better",
        "cooling",
        "currency",
        "curtailed",
        "frozen",
        "history",
        "maintenance",
        "now",
        "peers",
        "site",
        "work",
    )

    def __init__(
        self, *, site: str, now: float, history: DeviceHistory | None = None, work: WorkHistory | None = None
    ) -> None:
        self.site = site
        self.now = now
        self.history = history or DeviceHistory()
        self.work = work or WorkHistory()
        self.currency = "USD"
        self.allowed = AllowedPools()
        self.cooling: Mapping[str, Cooling] = {}
        self.peers: Mapping[str, Peers] = {}
        self.better: Mapping[str, BetterSetting | None] = {}
        self.maintenance: frozenset[str] = frozenset()
        self.curtailed: frozenset[str] = frozenset()
        self.frozen = ""
