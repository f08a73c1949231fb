"""S-11: a device opens to the password that it was delivered with. Pure."""

from daemon.fleet import DeviceState
from daemon.rules.context import Context
from daemon.rules.rule import FINE, Judgement, Need, Parameters, Rule

MESSAGE = (
    "It opens to its vendor's own user name and password: anybody in its network can set its pools, its firmware "
    "and its power."
)


def vendor_login(device: DeviceState, _: Context, __: Parameters) -> Judgement | None:
    """Hold while the vendor's own login is what opens the device."""
    reading = device.reading
    if reading is None:
        return None
    if not reading.vendor_login:
        return FINE
    return Judgement(
        holds=True,
        value=1.0,
        threshold=0.0,
        unit="logins",
        message=MESSAGE,
        evidence={"host": device.entry.host, "family": reading.family, "firmware_version": reading.firmware_version},
    )


RULE = Rule(
    id="S-11",
    scope="device",
    group="site",
    title="vendor's own login",
    severity="warn",
    judge=vendor_login,
    for_s=0.0,
    clear_for_s=0.0,
    clear_polls=2,
    what="The device opens to the user name and password that it was delivered with.",
    why="Whoever gets into its network can point it at another pool, and worms that look for such devices exist.",
    do="Set a password of your own, and list it under `credentials`.",
    needs=(Need(text="`credentials` with `vendor_default: true`, without which no such login is tried"),),
    quiet=(),
)
