"""G-06: a date comes near that must not be missed. Pure."""

from daemon.rules.rule import DAY, FINE, Judgement, Need, Parameter, Parameters, Rule
from daemon.rules.snapshot import Snapshot


def report_due(snapshot: Snapshot, _: Snapshot, p: Parameters) -> Judgement | None:
    """Hold in the days before a configured date, and on its day; None without any date."""
    if not snapshot.dues:
        return None
    ahead = sorted((due.at, due.title) for due in snapshot.dues if -DAY < due.at - snapshot.now <= p["days"] * DAY)
    if not ahead:
        return FINE
    days = max(0.0, ahead[0][0] - snapshot.now) / DAY
    shown = "; ".join(f"{title} in {max(0.0, at - snapshot.now) / DAY:.0f} days" for at, title in ahead)
    return Judgement(
        holds=True,
        value=days,
        threshold=p["days"],
        unit="days",
        message=f"Due: {shown}.",
        evidence={"title": ahead[0][1], "at": ahead[0][0]},
    )


RULE = Rule(
    id="G-06",
    scope="site",
    group="compliance",
    title="report due",
    severity="warn",
    judge=report_due,
    for_s=0.0,
    clear_for_s=0.0,
    what="A registration, a report, a covenant or a contract has its date soon.",
    why="Missing it costs more than doing it.",
    do="Prepare it; `headframe report` gives the figures.",
    needs=(Need(text="dates: what is due and when; costs.hosting_until"),),
    parameters=(Parameter(name="days", default=14.0, dimension="number", low=1.0, high=366.0, text="days ahead"),),
    quiet=(),
)
