"""The daemon's memory across restarts, in one SQLite file.

`ledger` is what the rest of the daemon calls. Behind it, `journal` gathers changes for `disk`, which writes them in a
thread; `outbox`, `marks` and `sums` hold what is needed at hand; `schema` and `tables` are the file's own language.
"""

from daemon.ledger.ledger import Ledger as Ledger
from daemon.ledger.records import Delivery as Delivery
from daemon.ledger.records import DeviceDay as DeviceDay
from daemon.ledger.records import Event as Event
from daemon.ledger.records import Health as Health
from daemon.ledger.records import Receipt as Receipt
from daemon.ledger.records import SiteHour as SiteHour
