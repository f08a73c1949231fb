"""The capacity offers that stand, published: to a file, over the API and MQTT, as events; kept across restarts."""

import asyncio
import contextlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import orjson

from config.load import Loaded
from daemon.capacity.book import LIFETIME_S, OfferBook
from daemon.capacity.feeder import FeederCapacity
from daemon.clock import Clock

log = logging.getLogger(__name__)

Document = dict[str, Any]


class _Told(msgspec.Struct, kw_only=True):
    """The last word about one feeder's offer, and when it was said."""

    document: Document
    at: float


class Offers:
    """Tells `tell` of each new, renewed, changed or withdrawn offer, and keeps the file that is configured.

    A withdrawal stays among the documents until the feeder offers again, or for one lifetime after the feeder is gone.
    `trouble` says why the file could not be written, None while all is well; it is tried again at every update.
    """

    def __init__(self, *, clock: Clock, tell: Callable[[Document], None]) -> None:
        self._clock = clock
        self._tell = tell
        self._told: dict[str, _Told] = {}
        self._book = OfferBook(site="")
        self._path: Path | None = None
        self._is_owed = False
        self.trouble: str | None = None

    def configure(self, loaded: Loaded) -> None:
        """Take a configuration; offers that stand go on under it and are changed at the next update."""
        config, standing = loaded.config, self._book.standing
        self._book = OfferBook(
            site=config.site.id,
            pue=config.site.pue,
            notice_s=config.capacity.notice_s,
            smallest_w=config.capacity.min_offer_w,
        )
        self._book.standing = standing
        file = config.capacity.offer_file
        self._path = None if file is None else Path(loaded.folder) / file
        self._is_owed, self.trouble = True, None

    def documents(self) -> list[Document]:
        """List the last word about each feeder, by feeder."""
        return [self._told[feeder].document for feeder in sorted(self._told)]

    async def update(self, capacities: Iterable[FeederCapacity]) -> None:
        """Hold the offers against the capacities of now, tell what changed, and write the file when it is owed."""
        now = self._clock.now()
        current = list(capacities)
        for document in self._book.update(current, now=now):
            self._told[document["feeder"]] = _Told(document=document, at=now)
            self._is_owed = True
            self._tell(document)
        there = {capacity.feeder for capacity in current}
        for feeder in [feeder for feeder, told in self._told.items() if feeder not in there]:
            if self._told[feeder].at + LIFETIME_S <= now:
                del self._told[feeder]
                self._is_owed = True
        if self._path is not None and self._is_owed:
            await self._write(self._path)

    def export_state(self) -> bytes:
        """Write the offers down, so that a restart renews or withdraws what was promised."""
        return msgspec.json.encode({"standing": list(self._book.standing.values()), "told": self._told})

    def restore_state(self, written: bytes) -> None:
        """Take up what `export_state` gave; raises ValueError when it is something else."""
        try:
            parts = msgspec.json.decode(written, type=dict[str, msgspec.Raw])
            told = msgspec.json.decode(parts["told"], type=dict[str, _Told])
            self._book.load(bytes(parts["standing"]))
        except (msgspec.MsgspecError, KeyError) as error:
            raise ValueError(f"not a book of offers: {error}") from error
        self._told = told

    async def _write(self, path: Path) -> None:
        text = orjson.dumps({"offers": self.documents()}, option=orjson.OPT_INDENT_2) + b"\n"
        self._is_owed = False
        try:
            await asyncio.to_thread(_replace, path, text)
        except OSError as error:
            self._is_owed = True
            trouble = f"{path} cannot be written ({error.strerror or error}); its offers expire by themselves"
            if trouble != self.trouble:
                log.warning("capacity offers: %s", trouble)
            self.trouble = trouble
        else:
            self.trouble = None


def _replace(path: Path, text: bytes) -> None:
    """Write beside the file and swap, so that a reader never sees half of it; readable by everyone."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            os.fchmod(file.fileno(), 0o644)
        Path(name).replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
