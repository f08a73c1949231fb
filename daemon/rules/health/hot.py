"""H-01: chips or boards come near the temperature at which a device protects or harms itself. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import BETWEEN, FINE, MINUTE, Judgement, Need, Parameter, Parameters, Rule, unknown

NO_SENSOR = unknown("No sensor of its boards gives a plausible temperature.")
# Sensors that are broken or absent read 0, -1, 127, 128 or 255; silicon does not work at these.
COLDEST_C = 0.0
HOTTEST_C = 126.0
# Firmware that shows board sensors puts the chips about this much above them.
BOARD_BELOW_CHIP_C = 15.0


def hot(device: DeviceState, _: Context, p: Parameters) -> Judgement | None:
    """Hold within a few degrees of the limit, critically so at the limit; clear well below.

    The limit is the model's or the configuration's where known, else the parameter's. Chip and board sensors have
    limits of their own, and the one that is nearer to its limit speaks.
    """
    reading = device.reading
    if reading is None:
        return NO_SENSOR
    chip = board = COLDEST_C
    for one in reading.boards:
        temperature = one.chip_temperature_c
        if temperature is not None and chip < temperature < HOTTEST_C:
            chip = temperature
        temperature = one.board_temperature_c
        if temperature is not None and board < temperature < HOTTEST_C:
            board = temperature
    chip_limit = device.entry.chip_limit_c
    if chip_limit is None:
        chip_limit, board_limit = p["chip_limit"], p["board_limit"]
    else:
        board_limit = chip_limit - BOARD_BELOW_CHIP_C
    if chip > COLDEST_C and (board <= COLDEST_C or chip_limit - chip <= board_limit - board):
        now, limit, where = chip, chip_limit, "chips"
    elif board > COLDEST_C:
        now, limit, where = board, board_limit, "boards"
    else:
        return NO_SENSOR
    left = limit - now
    if left > p["within"]:
        return FINE if left > p["clear_by"] else BETWEEN
    at_limit = left <= 0.0
    how = "at" if at_limit else f"{left:.0f} °C below"
    return Judgement(
        holds=True,
        severity="crit" if at_limit else None,
        value=now,
        threshold=limit - p["within"],
        unit="°C",
        message=f"Its {where} are at {now:.0f} °C, {how} the limit of {limit:.0f} °C.",
        evidence={
            "temperature_c": now,
            "limit_c": limit,
            "sensor": where,
            "limit_from": "default" if device.entry.chip_limit_c is None else "model or configuration",
            "temperature_inlet_c": reading.temperature_inlet_c,
        },
    )


RULE = Rule(
    id="H-01",
    scope="device",
    group="health",
    title="hot",
    severity="warn",
    judge=hot,
    for_s=5 * MINUTE,
    clear_for_s=15 * MINUTE,
    what="The hottest chip or board is within a few degrees of its limit, or at it.",
    why="At the limit the firmware stops the board; below it, heat costs watts and life.",
    do="Look at airflow, fans and filters; lower the preset until that is done.",
    needs=(Need(text="a chip or board temperature in the reading; the model's limit where known"),),
    parameters=(
        Parameter(
            name="chip_limit",
            default=95.0,
            dimension="temperature",
            low=40.0,
            high=125.0,
            text="limit of the chips where the model's is not known: 15 C above a board's last stop",
        ),
        Parameter(
            name="board_limit",
            default=80.0,
            dimension="temperature",
            low=30.0,
            high=125.0,
            text="limit of board sensors where the model's is not known; LuxOS allows its stop at up to 75 C",
        ),
        Parameter(
            name="within",
            default=5.0,
            dimension="temperature",
            low=0.0,
            high=50.0,
            text="distance from the limit at which it holds",
            difference=True,
        ),
        Parameter(
            name="clear_by",
            default=8.0,
            dimension="temperature",
            low=0.0,
            high=60.0,
            text="distance from the limit at which it clears",
            difference=True,
        ),
    ),
    quiet=("maintenance",),
    rests_on=("boards",),
)
