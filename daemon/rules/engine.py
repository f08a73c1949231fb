"""The rules at work: judgements in, transitions out; what stands of them is kept by `standing`. Pure.

Call `judge_device` after every poll of a device, answered or not, and `judge_site` with a fresh snapshot every few
seconds. Both give the transitions; nothing else is worth telling anybody.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from collectors.reading import Reading
from daemon.findings import Finding
from daemon.fleet import DeviceEntry, DeviceState
from daemon.rules.context import AllowedPools, Context, Cooling
from daemon.rules.episode import Change, Episode, Place
from daemon.rules.parts import PARTS, bits, changed
from daemon.rules.record import load, revived
from daemon.rules.rule import FINE, Judgement, Quiet, Scope
from daemon.rules.settings import Setting
from daemon.rules.snapshot import SUBJECTS, Snapshot
from daemon.rules.standing import Standing

SILENT = Judgement(holds=None, message="The device does not answer.")
GONE = "its subject is gone"
OFF = "its rule is switched off"
NOT_CONCERNED = "it no longer applies"
GAP_S = 900.0
"""Time between two judgements beyond which the rest counts as not seen, unless the device is polled more slowly."""


class Transition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One step that is worth telling: a finding opened, became worse, or closed."""

    kind: Literal["opened", "worse", "closed"]
    finding: Finding


NOTHING: tuple[Transition, ...] = ()
AWAKE: tuple[str, str | None] = ("", None)


class Engine(Standing):
    """All rules in force, and the state of every finding; one for a site."""

    def __init__(self, settings: Iterable[Setting], *, gap_s: float = GAP_S) -> None:
        super().__init__()
        self.gap_s = gap_s
        # The last reading of every device of which no rule held anything, under what was allowed and cooled so.
        self._calm: dict[str, tuple[Reading, DeviceEntry]] = {}
        self._allowed: AllowedPools | None = None
        self._cooling: Mapping[str, Cooling] | None = None
        self._take(settings)

    # Judging

    def judge_device(self, device: DeviceState, context: Context) -> Sequence[Transition]:
        """Judge one device after its poll; in good health by those rules alone that what is new may concern."""
        entry, reading = device.entry, device.reading
        active = self._devices.get(entry.id)
        if device.missed or device.stale:
            self._calm.pop(entry.id, None)
            return self._judge_silent(device, context, active)
        if active is not None:
            self._calm.pop(entry.id, None)
            return self._judge_active(device, context, active)
        if context.allowed is not self._allowed or context.cooling is not self._cooling:
            self._calm.clear()
            self._allowed, self._cooling = context.allowed, context.cooling
        rules = self._device_rules
        calm = self._calm.get(entry.id)
        if calm is not None and reading is not None and calm[1] is entry:
            rules = self._concerned[changed(calm[0], reading)]
        is_calm = True
        for judge, parameters, setting in rules:
            judgement = judge(device, context, parameters)
            if judgement is not FINE and judgement is not None and judgement.holds:
                is_calm = False
                self._begin_device(setting, device, context, judgement)
        if is_calm and reading is not None:
            self._calm[entry.id] = (reading, entry)
            return NOTHING
        self._calm.pop(entry.id, None)
        active = self._devices.get(entry.id)
        return NOTHING if active is None else self._opened_now(active)

    def judge_site(self, snapshot: Snapshot, *, only: Scope | None = None) -> list[Transition]:
        """Judge feeders, models, pools, signals and the site, or `only` one of these kinds.

        A subject that is no longer there closes its findings.
        """
        changes: list[Transition] = []
        for judge, parameters, setting in self._site_rules:
            if only is not None and setting.rule.scope != only:
                continue
            active = self._site.setdefault(setting.rule.key, {})
            seen: set[str] = set()
            for subject, facts in SUBJECTS[setting.rule.scope](snapshot):
                seen.add(subject)
                judgement = judge(facts, snapshot, parameters)
                episode = active.get(subject)
                if judgement is None:
                    if episode is not None:
                        self._end(episode, snapshot.now, note=NOT_CONCERNED, into=changes)
                elif episode is not None or judgement.holds:
                    self._judge_subject(setting, subject, episode, judgement, snapshot=snapshot, into=changes)
            for subject in [subject for subject in active if subject not in seen]:
                self._end(active[subject], snapshot.now, note=GONE, into=changes)
        return changes

    # The operator's hand and the configuration's

    def configure(self, settings: Iterable[Setting], *, now: float) -> list[Transition]:
        """Take changed settings; timers go on, and findings of rules that are no longer in force close."""
        self._take(settings)
        changes: list[Transition] = []
        for episode in list(self._by_id.values()):
            setting = self._settings.get(episode.setting.rule.key)
            if setting is None:
                self._end(episode, now, note=OFF, into=changes)
            else:
                episode.setting = setting
        return changes

    def keep_devices(self, device_ids: Iterable[str], *, now: float) -> list[Transition]:
        """Close the findings of every device that is not named: it has left the inventory."""
        kept = frozenset(device_ids)
        changes: list[Transition] = []
        for device_id in self._calm.keys() - kept:
            del self._calm[device_id]
        for device_id in [known for known in self._devices if known not in kept]:
            for episode in list(self._devices[device_id].values()):
                self._end(episode, now, note=GONE, into=changes)
        return changes

    def restore_state(self, written: bytes) -> int:
        """Take up what `export_state` gave, on top of nothing; gives the number of findings.

        Findings of rules that are no longer in force are left out. Raises ValueError when the bytes are not such a
        state, or one of a newer version; nothing is changed then.
        """
        episodes = load(written, self._settings)
        for episode in episodes:
            self._keep(episode, is_device=episode.setting.rule.scope == "device")
        return len(episodes)

    def adopt(self, findings: Iterable[Finding]) -> list[Finding]:
        """Take up open findings that were told, but opened after the restored state was written down.

        One that is known of the same rule on the same subject gives way. Gives back those whose rule is not in force.
        """
        refused = []
        for finding in findings:
            setting = self._settings.get(f"{finding.rule}/{finding.scope}")
            if setting is None:
                refused.append(finding)
                continue
            is_device = finding.scope == "device"
            key, subject = setting.rule.key, finding.subject
            known = self._devices.get(subject, {}).get(key) if is_device else self._site.get(key, {}).get(subject)
            if known is not None:
                self._drop(known)
            self._keep(revived(finding, setting), is_device=is_device)
        return refused

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Every rule in force."""
        return tuple(self._settings.values())

    def setting(self, key: str) -> Setting | None:
        """Give the rule of a key such as `H-09/feeder` as it is in force; None when it is not."""
        return self._settings.get(key)

    # Inside

    def _take(self, settings: Iterable[Setting]) -> None:
        self._settings = {setting.rule.key: setting for setting in settings}
        rules = [(one.rule.judge, one.parameters, one) for one in self._settings.values()]
        self._device_rules = tuple(row for row in rules if row[2].rule.scope == "device")
        self._calm.clear()
        # By the bits of what has changed: the rules that it may concern.
        self._concerned = [
            tuple(row for row in self._device_rules if _may_begin(row[2], seen)) for seen in range(1 << len(PARTS))
        ]
        self._silence_rules = tuple(row for row in self._device_rules if row[2].rule.on_silence)
        # What explains others away is judged before them.
        order: dict[Scope, int] = {"site": 0, "feeder": 1}
        site = [row for row in rules if row[2].rule.scope != "device"]
        self._site_rules = tuple(sorted(site, key=lambda row: order.get(row[2].rule.scope, 2)))

    def _judge_active(self, device: DeviceState, context: Context, active: dict[str, Episode]) -> Sequence[Transition]:
        changes: list[Transition] = []
        gap_s = max(self.gap_s, 3 * device.entry.interval_s)
        for judge, parameters, setting in self._device_rules:
            judgement = judge(device, context, parameters)
            if judgement is FINE and setting.rule.key not in active:
                continue
            self._judge_one(setting, device, context, active, judgement, gap_s=gap_s, into=changes)
        return changes

    def _judge_silent(
        self, device: DeviceState, context: Context, active: dict[str, Episode] | None
    ) -> Sequence[Transition]:
        """A poll failed: only rules about silence learn anything; the rest is unknown once the reading is stale."""
        changes: list[Transition] = []
        known = active if active is not None else {}
        gap_s = max(self.gap_s, 3 * device.entry.interval_s)
        for judge, parameters, setting in self._silence_rules:
            judgement = judge(device, context, parameters)
            if judgement is not FINE:
                self._judge_one(setting, device, context, known, judgement, gap_s=gap_s, into=changes)
        if device.stale:
            for episode in known.values():
                if not episode.setting.rule.on_silence:
                    episode.step(SILENT, now=context.now, gap_s=gap_s)
        return changes

    def _judge_one(
        self,
        setting: Setting,
        device: DeviceState,
        context: Context,
        active: dict[str, Episode],
        judgement: Judgement | None,
        *,
        gap_s: float,
        into: list[Transition],
    ) -> None:
        episode = active.get(setting.rule.key)
        if episode is None:
            if judgement is not None and judgement.holds:
                begun = self._begin_device(setting, device, context, judgement)
                if begun is not None and begun.state == "open":
                    into.append(Transition(kind="opened", finding=begun.finding()))
        elif judgement is None:
            self._end(episode, context.now, note=NOT_CONCERNED, into=into)
        else:
            quiet, cause = self._quiet(setting, device, context) if judgement.holds else AWAKE
            change = episode.step(judgement, now=context.now, gap_s=gap_s, quiet=quiet, cause=cause)
            if change is not None:
                self._told(episode, change, into=into)

    def _begin_device(
        self, setting: Setting, device: DeviceState, context: Context, judgement: Judgement
    ) -> Episode | None:
        if self._quiet(setting, device, context) is not AWAKE:
            return None
        entry = device.entry
        place = Place(rack=entry.rack, slot=entry.slot, feeder=entry.feeder)
        episode = Episode(setting, subject=entry.id, now=context.now, place=place)
        episode.step(judgement, now=context.now, gap_s=self.gap_s)
        self._keep(episode, is_device=True)
        return episode

    def _opened_now(self, active: dict[str, Episode]) -> Sequence[Transition]:
        """Give what opened on the very first judgement, of a device that had no finding before."""
        opened = [episode for episode in active.values() if episode.state == "open"]
        return [Transition(kind="opened", finding=episode.finding()) for episode in opened]

    def _judge_subject(
        self,
        setting: Setting,
        subject: str,
        episode: Episode | None,
        judgement: Judgement,
        *,
        snapshot: Snapshot,
        into: list[Transition],
    ) -> None:
        rule = setting.rule
        quiet, cause = AWAKE
        if judgement.holds:
            quiet = _window(rule.quiet, (subject, snapshot.site), snapshot.maintenance, snapshot.curtailed)
            if not quiet:
                quiet, cause = self._explained(rule.upstream, subject, snapshot.site)
        if episode is None:
            if quiet:
                return
            place = Place(feeder=subject if rule.scope == "feeder" else None)
            episode = Episode(setting, subject=subject, now=snapshot.now, place=place)
            self._keep(episode, is_device=False)
        change = episode.step(judgement, now=snapshot.now, gap_s=self.gap_s, quiet=quiet, cause=cause)
        if change is not None:
            self._told(episode, change, into=into)

    def _quiet(self, setting: Setting, device: DeviceState, context: Context) -> tuple[str, str | None]:
        """Say in words why the rule may not open on this device now, and which finding explains it; else AWAKE."""
        entry, rule = device.entry, setting.rule
        if "maintenance" in rule.quiet and entry.maintenance:
            return "the device is in maintenance", None
        if "idle" in rule.quiet and not device.missed and device.reading and device.reading.state == "sleeping":
            return "the device sleeps by plan", None
        if context.maintenance or context.curtailed:
            places = (entry.id, entry.rack, entry.feeder, context.site)
            window = _window(rule.quiet, places, context.maintenance, context.curtailed)
            if window:
                return window, None
        return self._explained(rule.upstream, entry.feeder, context.site) if rule.upstream else AWAKE

    def _explained(self, upstream: Sequence[str], feeder: str | None, site: str) -> tuple[str, str | None]:
        for key in upstream:
            above = self._site.get(key)
            episode = above.get(site if key.endswith("/site") else feeder or "") if above else None
            if episode is not None and episode.is_holding:
                return f"explained by {episode.id}", episode.id
        return AWAKE

    def _told(self, episode: Episode, change: Change, *, into: list[Transition]) -> None:
        if change == "forgotten":
            self._drop(episode)
            return
        if change == "closed":
            self._drop(episode)
        into.append(Transition(kind=change, finding=episode.finding()))

    def _end(self, episode: Episode, now: float, *, note: str, into: list[Transition]) -> None:
        self._told(episode, episode.close(now, note=note), into=into)


def _may_begin(setting: Setting, seen: int) -> bool:
    """Tell whether a rule that does not hold may do so after a change of these parts."""
    parts = setting.rule.rests_on
    return parts is None or bool(bits(parts) & seen)


def _window(
    quiet: Sequence[Quiet], places: Iterable[str | None], maintenance: frozenset[str], curtailed: frozenset[str]
) -> str:
    if "maintenance" in quiet and maintenance and not maintenance.isdisjoint(places):
        return "a maintenance window is on"
    if "idle" in quiet and curtailed and not curtailed.isdisjoint(places):
        return "it is curtailed by plan"
    return ""
