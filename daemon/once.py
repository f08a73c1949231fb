"""Everything polled one time: what `run` would publish, without a ledger, hooks or a server."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from config.load import Loaded
from config.secret import SecretError
from daemon.clock import Clock, SystemClock
from daemon.fleet import DeviceState
from daemon.inventory import inventory
from daemon.marks import NoMarks
from daemon.metrics.own import OwnMetrics
from daemon.outside import facts_of, inputs_of
from daemon.pool_watch import PoolWatch
from daemon.roster import Roster
from daemon.rules.engine import Engine, Transition
from daemon.signal_watch import SignalWatch
from daemon.site import Site
from daemon.start import StartError, rules_in_force
from daemon.tasks import Tasks
from daemon.view import View
from daemon.watch import Watch

# Pools and signals get this long to say something; who has nothing by then has nothing to say now.
PATIENCE_S = 10.0
LOOK_S = 0.05


async def survey(
    loaded: Loaded,
    *,
    only: str | None = None,
    clock: Clock | None = None,
    patience_s: float = PATIENCE_S,
    polled: Callable[[int, int], None] = lambda _done, _all: None,
) -> View:
    """Poll every device once (or `only` one), hear every pool's first job and every signal, and give the view of it.

    Raises StartError when a secret cannot be read or `only` names no device. `polled` is told the progress.
    """
    clock = clock or SystemClock()
    config = loaded.config
    try:
        listed = await asyncio.to_thread(inventory, loaded)
        sources = await asyncio.to_thread(SignalWatch.prepare, loaded)
        passwords = await asyncio.to_thread(PoolWatch.prepare, loaded)
    except (SecretError, OSError) as error:
        raise StartError(str(error)) from error
    for one in listed:  # nothing is written down here, so what was guessed already is not known
        one.target.logins = tuple(login for login in one.target.logins if not login.is_vendors)
    if only is not None:
        listed = [one for one in listed if one.entry.id == only]
        if not listed:
            raise StartError(f"no device is called {only}")
    site = Site(config, clock=clock, engine=Engine(rules_in_force(config)), tell=_tell_nobody)
    own = OwnMetrics()
    watch = Watch(clock=clock, own=own, outcome=_Later())
    roster = Roster(site=site, watch=watch)
    roster.take(listed)
    async with Tasks() as tasks:
        signals = SignalWatch(clock=clock, tasks=tasks)
        pools = PoolWatch(clock=clock, tasks=tasks)
        await signals.take(config, sources)
        await pools.take(config, passwords)
        await asyncio.gather(
            _until(lambda: signals.have_answered and pools.have_answered, patience_s=patience_s),
            _poll(watch.ask, roster.ids, at_once=config.polling.concurrency, polled=polled),
        )
        site.network = pools.network_state()
        await site.reprice(signals.quotes(), facts=lambda: facts_of(site, signals))
        for device in site.fleet:
            if device.stale:
                site.lost(device)
            else:
                site.answered(device)
        await site.look_around(inputs_of(site, signals, pools))
        documents = pools.documents()
    return View(
        site=site,
        watch=watch,
        own=own,
        pools=lambda: documents,
        notices=lambda: [f"No verdicts. {missing}"] if (missing := site.market.prices.missing) else [],
        ready=lambda: True,
        marks=NoMarks(),
    )


async def _poll(
    ask: Callable[[str], Awaitable[None]], ids: Sequence[str], *, at_once: int, polled: Callable[[int, int], None]
) -> None:
    places = asyncio.Semaphore(at_once)
    done = 0

    async def one(device_id: str) -> None:
        nonlocal done
        async with places:
            await ask(device_id)
        done += 1
        polled(done, len(ids))

    await asyncio.gather(*(one(device_id) for device_id in ids))


async def _until(is_done: Callable[[], bool], *, patience_s: float) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while loop.time() < until:
        if is_done():
            return
        await asyncio.sleep(LOOK_S)


class _Later:
    """Judges nothing while prices are still on their way: every device is judged once, when they are known."""

    def answered(self, device: DeviceState) -> None:
        """Leave it for later."""

    def lost(self, device: DeviceState) -> None:
        """Leave it for later."""


def _tell_nobody(_: Sequence[Transition]) -> None:
    """Findings of one look are shown with the rest; nobody is alerted."""
