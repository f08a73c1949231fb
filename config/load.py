"""Read a configuration: all of it, or every problem at once."""

from collections.abc import Callable, Iterable
from hashlib import sha256
from pathlib import Path as FilePath
from typing import Any

import msgspec
from pydantic import ValidationError

from config.files import FileProblem, read_bytes
from config.inventory import DeviceSpec, Ground, expand
from config.migrate import FutureVersion, migrate
from config.model.devices import Device
from config.model.polling import Polling
from config.model.references import Guesses, ids
from config.model.section import SURROUNDINGS, Location, Surroundings, as_items, as_mapping
from config.model.whole import VERSION, SiteConfig
from config.model.words import named
from config.origin import Origin
from config.problems import ConfigError, Problem, in_order
from config.secret import SecretError, SecretRef, exposure, references, resolve
from config.tree import Node, Path, Position, Table, dotted, has_empty, plain, position_of
from config.wording import words
from config.yaml_text import read

LARGEST = 16 * 2**20
"""Bytes that a configuration may have."""

FILE = "file"
"""Stands for the path where a problem is the whole file's."""

Check = Callable[[SiteConfig], Iterable[tuple[Location, str]]]
"""A further check: yields places, in the operator's keys, and messages.

It is given the configuration, or, when something else is wrong, one with nothing but those of its rules that are right.
"""


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """A configuration that may be used.

    `entries` are all devices, in the order of the file; `folder` is where relative paths and secrets start;
    `warnings` are worth telling but stop nothing. `digest` is a SHA-256, in hex, of the file and of the
    inventories that it names, in their order.
    """

    path: str
    folder: str
    config: SiteConfig
    entries: list[DeviceSpec]
    warnings: tuple[Problem, ...] = ()
    digest: str = ""


def load(path: str | FilePath, *, checks: Iterable[Check] = (), secrets: bool = False) -> Loaded:
    """Read and check a configuration file, with the inventories that it names.

    Raises ConfigError with every problem that was found. With `secrets` each secret is read as well, so that one that
    is missing is a problem, and one that others may read a warning. Reads files: not for an event loop.
    """
    file = str(path)
    text = _text(file)
    return _Loading(file, text).loaded(checks=checks, secrets=secrets)


def load_text(text: str, *, file: str, checks: Iterable[Check] = ()) -> Loaded:
    """Check a configuration that is no file (yet); relative paths start at the folder of `file`."""
    return _Loading(file, text).loaded(checks=checks, secrets=False)


def _text(file: str) -> str:
    """Read the file as text; raises ConfigError."""

    def refuse(message: str, position: Position = (1, 1)) -> ConfigError:
        return ConfigError([Problem(file=file, line=position[0], column=position[1], path=FILE, message=message)])

    try:
        content = read_bytes(file, largest=LARGEST)
    except FileProblem as error:
        raise refuse(str(error)) from None
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refuse("is UTF-16; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        place = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise refuse("is not UTF-8 text; save it as UTF-8", place) from None


class _Loading:
    """One reading of one file: the tree, and the problems so far."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.folder = str(FilePath(file).parent)
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self._broken = False
        self._digest = sha256()
        self._taken(text.encode())
        self.root = self._tree(text)

    def loaded(self, *, checks: Iterable[Check], secrets: bool) -> Loaded:
        """Check everything; raises ConfigError unless all is well."""
        if isinstance(self.root, Table) and not self._broken:
            config, entries = self._checked(self.root)
            for check in checks:
                for where, message in check(config or self._rules_alone(self.root)):
                    self._tell(where, message)
            if config is not None:
                if secrets:
                    self._read_secrets(config, entries)
                if not self.problems:
                    return Loaded(
                        path=self.file,
                        folder=self.folder,
                        config=config,
                        entries=entries,
                        warnings=tuple(in_order(self.warnings)),
                        digest=self._digest.hexdigest(),
                    )
        raise ConfigError(in_order(self.problems))

    def _tree(self, text: str) -> Node | None:
        root = read(text, self._at)
        if root is None and not self.problems:
            self._at((1, 1), FILE, "is empty; `headframe init` writes an example to start from")
        elif root is not None and not isinstance(root, Table):
            self._at(root.position, FILE, 'expected keys and values such as "version: 1", not a list or a single value')
        if isinstance(root, Table):
            try:
                migrate(root, lambda place, message: self._at(place, "version", message))
            except FutureVersion:
                self._broken = True
        return root

    def _taken(self, content: bytes) -> None:
        """Add one file to the digest, its length first, so that two files are never one."""
        self._digest.update(len(content).to_bytes(8, "big") + content)

    def _checked(self, root: Table) -> tuple[SiteConfig | None, list[DeviceSpec]]:
        data = plain(root)
        token = SURROUNDINGS.set(Surroundings(folder=self.folder))
        try:
            config: SiteConfig | None = None
            try:
                config = SiteConfig.model_validate(data)
            except ValidationError as error:
                for where, message, of_key in words(error, data, SiteConfig):
                    self._tell(where, message, of_key=of_key)
            if has_empty(root):
                self._tell_unknown(plain(root, keeps_empty=True))
            entries = self._expanded(data, config)
        finally:
            SURROUNDINGS.reset(token)
        return config, entries

    def _tell_unknown(self, data: dict[str, Any]) -> None:
        """Tell keys that nobody knows: without a value they would pass, as `{currency:EUR}` without its space does."""
        try:
            SiteConfig.model_validate(data)
        except ValidationError as error:
            for where, message, of_key in words(error, data, SiteConfig, kind="extra_forbidden"):
                self._tell(where, message, of_key=of_key)

    def _expanded(self, data: dict[str, Any], config: SiteConfig | None) -> list[DeviceSpec]:
        """Expand the devices, those that are right when not all are, so that inventories are judged as well."""
        if config is not None:
            devices = list(enumerate(config.devices))
            polling = config.polling
        else:
            wrong = self._entries_with_problems("devices")
            devices = [(place, device) for place, device in _valid_devices(data) if str(place) not in wrong]
            polling = Polling()
        racks = as_items(data.get("racks"))
        ground = Ground(
            feeders=ids(data.get("feeders")),
            racks={name: _text_or_none(as_mapping(racks[place]).get("feeder")) for name, place in ids(racks).items()},
            polling=polling,
            place=self._origin,
            report=self.problems.append,
            read=self._taken,
        )
        before = len(self.problems)
        entries = expand(devices, ground=ground)
        if config is not None and len(self.problems) == before:
            self._check_maintenance(config, entries)
        return entries

    def _rules_alone(self, root: Table) -> SiteConfig:
        rules = as_mapping(plain(root).get("rules"))
        wrong = self._entries_with_problems("rules")
        right = {name: settings for name, settings in rules.items() if name not in wrong}
        return SiteConfig.model_validate({"version": VERSION, "site": {"id": "site"}, "rules": right})

    def _entries_with_problems(self, section: str) -> set[str]:
        """Name the entries of a section, by number or key, that have a problem."""
        paths = (problem.path.split(".", 2) for problem in self.problems)
        return {path[1] for path in paths if path[0] == section and len(path) > 1}

    def _check_maintenance(self, config: SiteConfig, entries: list[DeviceSpec]) -> None:
        known = {entry.id for entry in entries} if config.maintenance else set()
        guesses = Guesses()
        for place, window in enumerate(config.maintenance):
            for number, name in enumerate(window.devices):
                if name not in known:
                    message = f"no device has the id {named(name)}{guesses.near(name, known)}"
                    self._tell(("maintenance", place, "devices", number), message)

    def _read_secrets(self, config: SiteConfig, entries: list[DeviceSpec]) -> None:
        found: dict[SecretRef, tuple[Origin, str]] = {}
        for where, reference in references(config):
            found.setdefault(reference, (self._origin(where), dotted(where)))
        for entry in entries:
            if entry.password is not None:
                found.setdefault(entry.password, (entry.origin, "password"))
        for reference, (origin, path) in found.items():
            try:
                resolve(reference, base=self.folder)
            except SecretError as error:
                self.problems.append(_problem(origin, path, str(error)))
                continue
            open_to_others = exposure(reference, base=self.folder)
            if open_to_others is not None:
                self.warnings.append(_problem(origin, path, open_to_others))

    def _origin(self, where: Path) -> Origin:
        line, column = position_of(self._some_root(), where)
        return Origin(file=self.file, line=line, column=column)

    def _tell(self, where: Path, message: str, *, of_key: bool = False) -> None:
        self._at(position_of(self._some_root(), where, of_key=of_key), dotted(where) or FILE, message)

    def _at(self, position: Position, path: str, message: str) -> None:
        line, column = position
        self.problems.append(Problem(file=self.file, line=line, column=column, path=path, message=message))

    def _some_root(self) -> Node:
        assert self.root is not None
        return self.root


def _valid_devices(data: dict[str, Any]) -> Iterable[tuple[int, Device]]:
    for place, raw in enumerate(as_items(data.get("devices"))):
        try:
            yield place, Device.model_validate(raw)
        except ValidationError:
            # Its problems are reported by the validation of the whole.
            continue


def _text_or_none(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None


def _problem(origin: Origin, path: str, message: str) -> Problem:
    return Problem(file=origin.file, line=origin.line, column=origin.column, path=path, message=message)
