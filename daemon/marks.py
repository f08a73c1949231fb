"""Acknowledgements and silences of findings: who keeps them."""

from typing import Protocol

from daemon.findings import Finding
from daemon.ledger import Ledger
from daemon.site import Site


class Marks(Protocol):
    """Where marks are kept."""

    def decorated(self, finding: Finding) -> Finding:
        """Give the finding with its marks."""
        ...

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:
        """Mark a finding as seen; False when there is no such finding."""
        ...

    async def silence(self, finding_id: str, *, until: float, by: str) -> bool:
        """Keep a finding quiet until then; False when there is no such finding."""
        ...


class NoMarks:
    """Keeps none, for a single look at the site."""

    def decorated(self, finding: Finding) -> Finding:
        """Give the finding as it is."""
        return finding

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:  # noqa: ARG002 - nothing is kept
        """Keep nothing."""
        return False

    async def silence(self, finding_id: str, *, until: float, by: str) -> bool:  # noqa: ARG002 - nothing is kept
        """Keep nothing."""
        return False


class LedgerMarks:
    """Marks that outlive a restart, told to the rules as well."""

    def __init__(self, ledger: Ledger, site: Site) -> None:
        self._ledger = ledger
        self._site = site

    def decorated(self, finding: Finding) -> Finding:
        """Give the finding with its marks."""
        return self._ledger.marks.decorated(finding)

    async def acknowledge(self, finding_id: str, *, by: str) -> bool:
        """Mark a finding as seen; False when there is no such finding."""
        known = self._site.engine.acknowledge(finding_id, by=by, now=self._site.clock.now())
        kept = await self._ledger.acknowledge(finding_id, by=by)
        return known is not None or kept is not None

    async def silence(self, finding_id: str, *, until: float, by: str) -> bool:
        """Keep a finding quiet until then; False when there is no such finding."""
        known = self._site.engine.silence(finding_id, until=until)
        kept = await self._ledger.silence(finding_id, until=until, by=by)
        return known is not None or kept is not None
