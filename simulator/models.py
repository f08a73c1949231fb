"""The models that the simulator can be: figures as their makers print them, and which dialect each one speaks."""

from typing import Literal

import msgspec

CoolingKind = Literal["air", "hydro", "immersion"]


class Model(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One model with one firmware: `dialect` names a set of habits that its family's module knows."""

    key: str
    family: str
    name: str
    dialect: str
    hashrate_hs: float
    power_w: float
    chips: int
    frequency_mhz: float
    voltage_v: float
    firmware: str
    boards: int = 3
    fans: int = 4
    fan_full_rpm: int = 6600
    cooling: CoolingKind = "air"
    share_difficulty: float = 262144.0
    common: int = 1
    """How often a mix picks it, against its family's others; 0 only where it is asked for by its key."""
    picked_as: str | None = None
    """The family under which a mix picks it too, where that is not its own."""

    @property
    def efficiency_j_per_th(self) -> float:
        """J/TH as printed on the box."""
        return self.power_w / (self.hashrate_hs / 1e12)


def _model(family: str, key: str, name: str, dialect: str, th_s: float, power_w: float, **rest: object) -> Model:
    fields = {"key": key, "family": family, "name": name, "dialect": dialect, "power_w": power_w, **rest}
    return msgspec.convert({"hashrate_hs": th_s * 1e12, **fields}, Model)


MODELS: dict[str, Model] = {
    model.key: model
    for model in (
        _model(
            "antminer", "s9", "S9", "s9", 13.5, 1323,
            chips=63, frequency_mhz=637, voltage_v=8.8, firmware="Fri Nov 17 17:37:49 CST 2017",
            fans=2,
            fan_full_rpm=6240, share_difficulty=32768.0,
        ),
        _model(
            "antminer", "s19-pro", "S19 Pro", "2020", 110, 3250,
            chips=114, frequency_mhz=525, voltage_v=13.0, firmware="Thu Aug 19 10:02:14 CST 2021",
        ),
        _model(
            "antminer", "s19j-pro", "S19j Pro", "2021", 104, 3068,
            chips=126, frequency_mhz=545, voltage_v=13.7, firmware="Wed Mar 16 09:41:22 CST 2022",
            common=3,
        ),
        _model(
            "antminer", "s19-xp", "S19 XP", "2020", 140, 3010,
            chips=110, frequency_mhz=585, voltage_v=13.2, firmware="Mon Sep 26 15:20:07 CST 2022",
            common=2,
        ),
        _model(
            "antminer", "t21", "T21", "2023", 190, 3610,
            chips=108, frequency_mhz=610, voltage_v=14.4, firmware="Tue Apr 02 11:30:45 CST 2024",
        ),
        _model(
            "antminer", "s21", "S21", "2023", 200, 3500,
            chips=108, frequency_mhz=490, voltage_v=14.2, firmware="Thu Jan 11 18:12:36 CST 2024",
            common=3,
        ),
        _model(
            "antminer", "s21-xp-hyd", "S21 XP Hyd.", "2025", 473, 5676,
            chips=160, frequency_mhz=495, voltage_v=14.9, firmware="Fri Feb 21 16:05:59 CST 2025",
            fans=4,
            cooling="hydro", share_difficulty=1048576.0,
        ),
        _model(
            "whatsminer", "m20s", "M20S", "1", 68, 3360,
            chips=105, frequency_mhz=648, voltage_v=11.8, firmware="20210322.22.REL",
            fans=2, fan_full_rpm=7200,
            share_difficulty=131072.0,
        ),
        _model(
            "whatsminer", "m30s++", "M30S++", "2-msg", 112, 3472,
            chips=117, frequency_mhz=690, voltage_v=12.6, firmware="20231009.13.REL",
            fans=2, fan_full_rpm=7200, common=2,
        ),
        _model(
            "whatsminer", "m50s", "M50S", "2", 126, 3276,
            chips=135, frequency_mhz=605, voltage_v=12.9, firmware="20230911.12.Rel",
            fans=2, fan_full_rpm=7200, common=2,
        ),
        _model(
            "whatsminer", "m60s", "M60S", "3", 186, 3344,
            chips=110, frequency_mhz=620, voltage_v=13.3, firmware="20250318.11.Rel",
            fans=2, fan_full_rpm=7200, common=2,
        ),
        _model(
            "whatsminer", "m63s", "M63S", "3-only", 390, 7215,
            boards=4, chips=184, frequency_mhz=595, voltage_v=13.5, firmware="20250612.17.Rel",
            fans=0, cooling="hydro",
            share_difficulty=1048576.0,
        ),
        _model(
            "whatsminer", "m66s", "M66S", "3-only", 298, 5513,
            boards=4, chips=152, frequency_mhz=600, voltage_v=13.4, firmware="20250612.17.Rel",
            fans=0, cooling="immersion",
            share_difficulty=1048576.0,
        ),
        _model(
            "axeos", "bitaxe-supra", "Supra", "2.4", 0.7, 14,
            boards=1, chips=1, frequency_mhz=485, voltage_v=1.2, firmware="v2.4.2",
            fans=1, fan_full_rpm=7000,
            share_difficulty=1000.0,
        ),
        _model(
            "axeos", "bitaxe-gamma", "Gamma", "2.9", 1.2, 18,
            boards=1, chips=1, frequency_mhz=525, voltage_v=1.15, firmware="v2.10.1",
            fans=1, fan_full_rpm=7000,
            share_difficulty=2000.0, common=2,
        ),
        _model(
            "nerdaxe", "nerdqaxe++", "NerdQAxe++", "nerd", 4.8, 72,
            boards=1, chips=4, frequency_mhz=600, voltage_v=1.15, firmware="v1.0.33",
            fans=1, fan_full_rpm=5200,
            share_difficulty=8000.0, picked_as="axeos",
        ),
    )
}  # fmt: skip


FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(model.family for model in MODELS.values()))


def of_family(name: str) -> tuple[Model, ...]:
    """Give a family's models, each as often as it is common, or the one model of that key. KeyError: neither."""
    if name in FAMILIES:
        return tuple(
            model for model in MODELS.values() if name in (model.family, model.picked_as) for _ in range(model.common)
        )
    return (MODELS[name],)
