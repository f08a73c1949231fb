"""Where the ledger lies: the daemon writes it, the reports read it."""

import os
from pathlib import Path

from config.load import Loaded

LEDGER_NAME = "headframe.sqlite"


def ledger_path(loaded: Loaded) -> Path:
    """Give the ledger's place: as configured, else in the service's state folder, else beside the configuration."""
    if loaded.config.ledger.path is not None:
        return Path(loaded.config.ledger.path)
    folder = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    return Path(folder or loaded.folder) / LEDGER_NAME
