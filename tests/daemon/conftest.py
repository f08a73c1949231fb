"""The daemon in a test's own loop may read procfs there: that is the kernel's memory and no disk."""

import pytest
from blockbuster import BlockBuster


@pytest.fixture(autouse=True)
def _procfs_is_no_disk(_loop_never_blocks: BlockBuster) -> None:
    """Let prometheus-client read the process's own figures."""
    for name in ("io.BufferedReader.read", "io.TextIOWrapper.read", "os.listdir"):
        _loop_never_blocks.functions[name].can_block_in("prometheus_client/process_collector.py", "collect")
