"""How much the books take on disk."""

import random
import sqlite3

from daemon.ledger import schema
from daemon.ledger.tables import DEVICE_DAYS

DEVICES, DAYS = 1000, 6


def test_a_year_of_twenty_thousand_devices_fits_in_two_gibibytes(tmp_path) -> None:
    """Reckoned from rows in which every column holds a figure of full size."""
    chance, path = random.Random(1), tmp_path / "ledger.db"
    connection = sqlite3.connect(path, isolation_level=None)
    schema.prepare(connection)
    connection.execute("BEGIN")
    marks = ", ".join("?" * (2 + len(DEVICE_DAYS.columns)))
    put = f"INSERT INTO device_days (day, device, {', '.join(DEVICE_DAYS.columns)}) VALUES ({marks})"
    largest = [2_000_000_000 if column.endswith("_nano") else 86_400_000 for column in DEVICE_DAYS.columns]
    largest[:3] = [400_000_000, 400_000_000, 20_000_000_000]
    for day in range(20_000, 20_000 + DAYS):
        rows = ((day, n, *(chance.randrange(most // 2, most) for most in largest)) for n in range(DEVICES))
        connection.executemany(put, rows)
    connection.execute("COMMIT")
    connection.close()
    year = path.stat().st_size / (DEVICES * DAYS) * 20_000 * 365
    assert year < 2 * 2**30
