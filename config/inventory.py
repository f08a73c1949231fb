"""From what the operator listed (single devices, networks, inventory files) to one flat list of devices."""

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from config.files import FileProblem, read_bytes
from config.inventory_file import LARGEST, Listed, listed
from config.model.devices import Device, Family, PowerGrade
from config.model.polling import Polling
from config.model.reference import SecretRef
from config.model.references import Guesses
from config.model.words import named
from config.origin import Origin
from config.problems import Problem
from config.tree import Path, dotted

MOST_DEVICES = 200_000
"""Devices of one site; more is a slip of a prefix."""


class DeviceSpec(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One device as the operator described it, with all that is shared filled in; None where nothing was said.

    `origin` is the place in the configuration or the inventory file. `power_grade` is `spec` where a power was given
    without a grade.
    """

    id: str
    host: str
    family: Family | None = None
    model: str | None = None
    feeder: str | None = None
    rack: str | None = None
    slot: str | None = None
    username: str | None = None
    password: SecretRef | None = None
    ports: dict[str, int] = {}
    power_w: float | None = None
    power_grade: PowerGrade | None = None
    hashrate_hs: float | None = None
    chip_limit_c: float | None = None
    interval_s: float
    timeout_s: float
    serial: str | None = None
    mac: str | None = None
    maintenance: bool = False
    enabled: bool = True
    origin: Origin


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What the devices stand on: the racks with their feeders, the feeders, the polling, and places in the file.

    `read` is told the content of every inventory file.
    """

    feeders: Iterable[str]
    racks: Mapping[str, str | None]
    polling: Polling
    place: Callable[[Path], Origin]
    report: Callable[[Problem], None]
    read: Callable[[bytes], object]


def expand(devices: Iterable[tuple[int, Device]], *, ground: Ground) -> list[DeviceSpec]:
    """Give every device, in the order of the file; report what is listed twice, and what an inventory has wrong.

    `devices` come with their places in the list. Reads the inventory files.
    """
    roll = _Roll(ground)
    for place, device in devices:
        if device.inventory is not None:
            _from_file(place, device, device.inventory, roll)
        elif device.cidr is not None:
            _from_network(place, device, device.cidr, roll)
        else:
            roll.enter(_spec(device, device, ground, _origin(ground, place)), _in_yaml(ground, place))
        if len(roll.specs) > MOST_DEVICES:
            roll.tell(ground.place(("devices", place)), f"devices.{place}", f"more than {MOST_DEVICES:,} devices")
            break
    return roll.specs


class _Roll:
    """The devices entered so far."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.guesses = Guesses()
        self.specs: list[DeviceSpec] = []
        self._by_id: dict[str, DeviceSpec] = {}
        self._by_host: dict[tuple[str, frozenset[tuple[str, int]]], DeviceSpec] = {}

    def twin(self, spec: DeviceSpec) -> DeviceSpec | None:
        """Find the device that stands at the same host and ports already; None when that place is free."""
        return self._by_host.get((spec.host, frozenset(spec.ports.items())))

    def enter(self, spec: DeviceSpec, place: Callable[[str], tuple[Origin, str]]) -> None:
        """Take a device, or report that its host or id is taken."""
        twin, namesake = self.twin(spec), self._by_id.get(spec.id)
        if twin is not None:
            origin, path = place("host")
            self.tell(origin, path, f'{spec.host} is listed already as "{twin.id}" ({twin.origin}); list it once')
        elif namesake is not None:
            origin, path = place("id")
            self.tell(origin, path, f'"{spec.id}" is used already ({namesake.origin})')
        else:
            self.add(spec)

    def add(self, spec: DeviceSpec) -> None:
        self.specs.append(spec)
        self._by_id[spec.id] = spec
        self._by_host[spec.host, frozenset(spec.ports.items())] = spec

    def tell(self, origin: Origin, path: str, message: str) -> None:
        self.ground.report(
            Problem(file=origin.file, line=origin.line, column=origin.column, path=path, message=message)
        )


def _from_file(place: int, shared: Device, file: str, roll: _Roll) -> None:
    try:
        content = read_bytes(file, largest=LARGEST)
    except FileProblem as error:
        where: Path = ("devices", place, "inventory")
        roll.tell(roll.ground.place(where), dotted(where), f"{file} {error}")
        return
    roll.ground.read(content)
    for row in listed(content, file=file, report=roll.ground.report):
        _check_row(row, shared, roll)
        if row.device is None:
            continue
        spec = _spec(row.device, shared, roll.ground, row.place("row"))
        roll.enter(spec, lambda column, row=row: (row.place(column), column))  # type: ignore[misc]
        if len(roll.specs) > MOST_DEVICES:
            return


def _check_row(row: Listed, shared: Device, roll: _Roll) -> None:
    """Hold a row's feeder and rack against the sections of the same name."""
    ground = roll.ground
    for column, known in (("feeder", ground.feeders), ("rack", ground.racks)):
        name = row.cells.get(column)
        if name is not None and name not in known:
            roll.tell(
                row.place(column), column, f"no {column} has the id {named(name)}{roll.guesses.near(name, known)}"
            )
    feeder, rack = row.cells.get("feeder", shared.feeder), row.cells.get("rack", shared.rack)
    supplied = ground.racks.get(rack) if rack is not None else None
    if supplied is not None and feeder is not None and supplied != feeder:
        message = f"is {named(feeder)}, but rack {named(rack)} hangs on feeder {named(supplied)}"
        roll.tell(row.place("feeder"), "feeder", message)


def _from_network(place: int, device: Device, network: str, roll: _Roll) -> None:
    origin = _origin(roll.ground, place)
    where: Path = ("devices", place, "cidr")
    first: str | None = None
    taken = 0
    for host in _hosts(place, device, network, roll):
        spec = _spec(device, device, roll.ground, origin, host=host)
        twin = roll.twin(spec)
        if twin is None:
            roll.enter(spec, _in_yaml(roll.ground, place))
        else:
            taken += 1
            first = first or f'{host} as "{twin.id}" ({twin.origin})'
    if first is not None:
        message = f"{taken} of its hosts are listed already, first {first}; put them under `exclude`"
        roll.tell(roll.ground.place(where), dotted(where), message)


def _hosts(place: int, device: Device, network: str, roll: _Roll) -> Iterator[str]:
    whole = ipaddress.ip_network(network)
    left_out = []
    for number, text in enumerate(device.exclude):
        part = ipaddress.ip_network(text)
        if part.version != whole.version or not part.overlaps(whole):
            where: Path = ("devices", place, "exclude", number)
            roll.tell(roll.ground.place(where), dotted(where), f"lies outside of {network}")
        left_out.append(part)
    for host in whole.hosts():
        if not any(host in part for part in left_out):
            yield str(host)


def _spec(device: Device, shared: Device, ground: Ground, origin: Origin, *, host: str | None = None) -> DeviceSpec:
    """Lay a device over what is shared; its rack tells the feeder where nothing else does."""
    own = device.model_fields_set
    chosen = {name: getattr(device if name in own else shared, name) for name in _SHARED}
    address = host or device.host or ""
    if chosen["feeder"] is None and chosen["rack"] is not None:
        chosen["feeder"] = ground.racks.get(chosen["rack"])
    if chosen["power_w"] is None:
        chosen["power_grade"] = None
    elif chosen["power_grade"] is None:
        chosen["power_grade"] = "spec"
    chosen["interval_s"] = chosen["interval_s"] or ground.polling.interval_s
    chosen["timeout_s"] = chosen["timeout_s"] or ground.polling.timeout_s
    return DeviceSpec(id=device.id or address, host=address, origin=origin, **chosen)


_SHARED = tuple(name for name in DeviceSpec.__struct_fields__ if name not in {"id", "host", "origin"})


def _origin(ground: Ground, place: int) -> Origin:
    return ground.place(("devices", place))


def _in_yaml(ground: Ground, place: int) -> Callable[[str], tuple[Origin, str]]:
    def found(key: str) -> tuple[Origin, str]:
        where: Path = ("devices", place, key)
        return ground.place(where), dotted(where)

    return found
