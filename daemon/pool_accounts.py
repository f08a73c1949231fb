"""Pool accounts as few as metrics bear: what each one's devices report and prove in a day. Pure."""

from collections.abc import Iterable

import msgspec

from daemon.economics.work import Truth, Work, truth_of

MOST = 64
OTHER = "other"


class Account(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One account at one pool host; `day` is None until hashrate and shares were seen together."""

    host: str
    account: str
    devices: int
    day: Truth | None = None
    credited_hs: float | None = None


class AccountSum(msgspec.Struct, kw_only=True):
    """The works of an account's devices, each as of one second; `seconds` is the longest span."""

    devices: int = 0
    seconds: float = 0.0
    work: Work = Work()

    def add(self, day: Work | None) -> None:
        """Take in one device."""
        self.devices += 1
        if day is not None:
            self.seconds = max(self.seconds, day.seconds)
            self.work = self.work.beside(day.per_second())

    def truth(self) -> Truth | None:
        """Hold both accounts against each other, over the span that the rates came from; None without work."""
        truth = truth_of(self.work)
        return None if truth is None else msgspec.structs.replace(truth, seconds=self.seconds)


def account_of(user: str) -> str:
    """Cut a pool user to the account before its worker: `acct.rig7` is `acct`."""
    return user.partition(".")[0]


def largest(accounts: Iterable[tuple[tuple[str, str], AccountSum, float | None]]) -> list[Account]:
    """Keep the accounts with most devices; the rest becomes one, `other`, without a credit of its own."""
    ordered = sorted(accounts, key=lambda one: (-one[1].devices, one[0]))
    kept = [
        Account(host=host, account=account, devices=total.devices, day=total.truth(), credited_hs=credited)
        for (host, account), total, credited in ordered[:MOST]
    ]
    rest = AccountSum()
    for _, total, _ in ordered[MOST:]:
        rest.devices += total.devices
        rest.seconds = max(rest.seconds, total.seconds)
        rest.work = rest.work.beside(total.work)
    if rest.devices:
        kept.append(Account(host=OTHER, account=OTHER, devices=rest.devices, day=rest.truth()))
    return kept
