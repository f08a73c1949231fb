"""H-04: a hashboard is missing, at fault, or hashes nothing. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.history.devices import SETTLING_S
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameters, Rule, unknown
from daemon.rules.wording import hashrate, many

NO_BOARDS = unknown("The reading names no boards.")


def dead_board(device: DeviceState, _: Context, __: Parameters) -> Judgement | None:
    """Hold while a board of a device that runs, or that says fault, is missing, at fault, or hashes nothing."""
    reading = device.reading
    if reading is None or not reading.boards:
        return NO_BOARDS
    if reading.state not in {"hashing", "fault"} or (reading.uptime_s is not None and reading.uptime_s < SETTLING_S):
        return BETWEEN
    dead = None
    for board in reading.boards:
        if board.state in {"missing", "fault"} or board.hashrate_hs == 0.0:
            dead = [board] if dead is None else [*dead, board]
    if dead is None:
        return FINE
    names = ", ".join(f"{board.index} ({_why(board.state)})" for board in dead)
    expected = device.expected_hs
    lost = None if expected is None else expected * len(dead) / len(reading.boards)
    cost = "" if lost is None else f" That is about {hashrate(lost)}."
    return Judgement(
        holds=True,
        value=float(len(reading.boards) - len(dead)),
        threshold=float(len(reading.boards)),
        unit="boards",
        message=f"{many(len(dead), 'board')} of {len(reading.boards)} not working: {names}.{cost}",
        evidence={
            "boards": names,
            "serials": ", ".join(board.serial for board in dead if board.serial) or None,
            "lost_hs": lost,
        },
    )


def _why(state: str) -> str:
    return state if state in {"missing", "fault"} else "hashes nothing"


RULE = Rule(
    id="H-04",
    scope="device",
    group="health",
    title="dead board",
    severity="high",
    judge=dead_board,
    for_s=15 * MINUTE,
    clear_for_s=30 * MINUTE,
    what="One of the hashboards does not answer or does no work.",
    why="A third of the device's income is gone, while fans and control board cost the same.",
    do="Restart it once; then reseat the cables, then repair or swap the board.",
    needs=(Need(text="boards in the reading, with the missing ones named by the model"),),
    rests_on=("condition", "boards"),
)
