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
    """In units of 2³² hashes, whatever the algorithm; `shown_difficulty` is the algorithm's own."""
    algorithm: str = "sha256d"
    common: int = 1
    """How often a mix picks it, against its family's others; 0 only where it is asked for by its key."""
    picked_as: str | None = None
    """The family under which a mix picks it too, where that is not its own."""

    @property
    def shown_difficulty(self) -> float:
        """The share difficulty as devices of this algorithm write it: Scrypt's counts 2¹⁶ hashes for 1."""
        return self.share_difficulty * (65536.0 if self.algorithm == "scrypt" else 1.0)

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
            "antminer", "l3+", "L3+", "l3", 0.000504, 800,
            boards=4, chips=72, frequency_mhz=384, voltage_v=9.8, firmware="Tue Aug 15 11:37:49 CST 2017",
            fans=2, fan_full_rpm=6000,
            algorithm="scrypt", share_difficulty=0.5, common=0,
        ),
        _model(
            "antminer", "s17-pro", "S17 Pro", "2019", 53, 2094,
            chips=48, frequency_mhz=575, voltage_v=18.0, firmware="Thu Sep 05 14:12:20 CST 2019",
            common=0,
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
            "whatsminer", "m50", "M50", "2-old", 118, 3306,
            chips=105, frequency_mhz=640, voltage_v=12.9, firmware="20230114.10.REL",
            fans=2, fan_full_rpm=7200, common=0,
        ),
        _model(
            "whatsminer", "m50s", "M50S", "2", 126, 3276,
            chips=135, frequency_mhz=605, voltage_v=12.9, firmware="20230911.12.Rel",
            fans=2, fan_full_rpm=7200, common=2,
        ),
        _model(
            "whatsminer", "m60s", "M60S", "3", 186, 3344,
            chips=225, frequency_mhz=620, voltage_v=13.3, firmware="20250318.11.Rel",
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
            boards=4, chips=240, frequency_mhz=600, voltage_v=13.4, firmware="20250612.17.Rel",
            fans=0, cooling="immersion",
            share_difficulty=1048576.0,
        ),
        _model(
            "epic", "epic-s19-xp", "S19 XP", "1.5", 140, 3010,
            chips=110, frequency_mhz=485, voltage_v=12.9, firmware="PowerPlay-BMS v1.5.9",
        ),
        _model(
            "epic", "epic-s19j-pro", "S19j Pro", "1.15", 104, 3068,
            chips=126, frequency_mhz=545, voltage_v=13.4, firmware="PowerPlay-BMS v1.15.2",
        ),
        _model(
            "marafw", "marafw-s21", "S21", "terahash", 200, 3500,
            chips=108, frequency_mhz=490, voltage_v=14.2, firmware="rel 3.20_611", common=2,
        ),
        _model(
            "marafw", "marafw-ks5-pro", "KS5 Pro", "gigahash", 21, 3150,
            chips=92, frequency_mhz=600, voltage_v=13.0, firmware="rel 3.14_577",
            algorithm="kheavyhash", share_difficulty=32768.0,
        ),
        _model(
            "proto", "proto-rig", "Rig", "open", 819, 12000,
            boards=9, chips=100, frequency_mhz=900, voltage_v=14.1, firmware="1.8.2",
            fans=6, fan_full_rpm=6000, share_difficulty=1048576.0, common=2,
        ),
        _model(
            "proto", "proto-rig-locked", "Rig", "locked", 819, 12000,
            boards=9, chips=100, frequency_mhz=900, voltage_v=14.1, firmware="1.9.0",
            fans=6, fan_full_rpm=6000, share_difficulty=1048576.0,
        ),
        _model(
            "iceriver", "ks3m", "KS3M", "ks", 6, 3400,
            chips=18, frequency_mhz=800, voltage_v=12.0, firmware="V2_04_ks3m_miner",
            fan_full_rpm=6000, algorithm="kheavyhash", share_difficulty=8192.0, common=2,
        ),
        _model(
            "iceriver", "al3", "AL3", "al", 15, 3500,
            chips=156, frequency_mhz=875, voltage_v=12.0, firmware="ICM168_04_02_1810_10306_miner",
            fan_full_rpm=6000, algorithm="blake3", share_difficulty=16384.0,
        ),
        _model(
            "apollo", "apollo", "Apollo", "2", 6, 360,
            boards=2, chips=44, frequency_mhz=40, voltage_v=0.605, firmware="2.1.3",
            fans=2, fan_full_rpm=3600, share_difficulty=8192.0,
        ),
        _model(
            "fluminer", "fluminer-t3", "T3", "1", 115, 1700,
            boards=1, chips=96, frequency_mhz=600, voltage_v=12.6, firmware="1.0.9",
            fans=4, fan_full_rpm=4200, share_difficulty=131072.0,
        ),
        _model(
            "auradine", "at2880", "AT2880", "token", 260, 4680,
            chips=132, frequency_mhz=505, voltage_v=12.1, firmware="2024-06.11",
            fan_full_rpm=7700, common=2,
        ),
        _model(
            "auradine", "ai3680", "AI3680", "open", 360, 6840,
            chips=132, frequency_mhz=560, voltage_v=12.1, firmware="2023-12.27",
            fans=0, cooling="immersion", share_difficulty=1048576.0,
        ),
        _model(
            "goldshell", "kd-max", "KDMAX", "kd-max", 40.2, 3350,
            chips=84, frequency_mhz=840, voltage_v=12.09, firmware="2.2.3",
            fan_full_rpm=4500, algorithm="blake2s", share_difficulty=32768.0, common=2,
        ),
        _model(
            "goldshell", "kd-box-pro", "KDBoxPro", "kd-box", 2.6, 230,
            boards=1, chips=16, frequency_mhz=750, voltage_v=11.9, firmware="2.1.8",
            fans=2, fan_full_rpm=4500, algorithm="blake2s", share_difficulty=4096.0,
        ),
        _model(
            "goldshell", "goldshell-byte", "BYTE", "byte", 1, 110,
            boards=1, chips=16, frequency_mhz=500, voltage_v=12.0, firmware="2.2.11",
            fans=2, fan_full_rpm=4500, share_difficulty=2048.0,
        ),
        _model(
            "sealminer", "sealminer-a2", "A2", "2025", 226, 3729,
            chips=153, frequency_mhz=347, voltage_v=15.67, firmware="2025092201", fan_full_rpm=6000, common=2,
        ),
        _model(
            "sealminer", "sealminer-a2-pro", "A2 Pro", "2024", 255, 3790,
            chips=153, frequency_mhz=390, voltage_v=15.6, firmware="2024112001", fan_full_rpm=6000,
        ),
        _model(
            "sealminer", "sealminer-a2-pro-hydro", "A2 Pro Hydro", "2025", 500, 7450,
            chips=306, frequency_mhz=380, voltage_v=15.6, firmware="2025092201",
            fans=0, cooling="hydro", share_difficulty=1048576.0,
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
        _model(
            "hiveon", "hiveon-s19", "S19", "s19", 95, 3250,
            chips=76, frequency_mhz=650, voltage_v=13.6, firmware="Wed May 24 10:20:31 CST 2023",
            common=2,
        ),
        _model(
            "hiveon", "hiveon-t9+", "T9+", "t9", 10.5, 1432,
            chips=54, frequency_mhz=600, voltage_v=9.0, firmware="Tue Nov 13 09:12:44 CST 2018",
            fans=2, share_difficulty=32768.0,
        ),
        _model(
            "mskminer", "mskminer-s19", "S19", "2.6", 95, 3250,
            chips=88, frequency_mhz=640, voltage_v=14.2, firmware="3 Feb 2025 08:00:00 GMT",
        ),
        _model(
            "luxos", "luxos-s21", "S21", "2025", 200, 3500,
            chips=108, frequency_mhz=490, voltage_v=14.1, firmware="2025.6.10.142209",
        ),
        _model(
            "luxos", "luxos-s19j-pro", "S19j Pro", "2025", 104, 3068,
            chips=126, frequency_mhz=545, voltage_v=13.4, firmware="2025.6.10.142209",
        ),
        _model(
            "braiins", "braiins-s9", "S9", "api", 14, 1190,
            chips=63, frequency_mhz=650, voltage_v=8.9, firmware="0.2.0",
            fans=2, fan_full_rpm=6240, share_difficulty=32768.0,
        ),
        _model(
            "braiins", "braiins-s19j-pro", "S19j Pro", "24.09", 104, 3068,
            chips=126, frequency_mhz=545, voltage_v=13.4, firmware="2024-09-26-0-1c3b9d02-24.09-plus",
        ),
        _model(
            "braiins", "braiins-s19-xp", "S19 XP", "25.05", 140, 3010,
            chips=110, frequency_mhz=485, voltage_v=12.9, firmware="2025-06-12-0-5d7a10ce-25.05-plus",
        ),
        _model(
            "braiins", "braiins-s21", "S21", "25.11", 200, 3500,
            chips=108, frequency_mhz=490, voltage_v=13.9, firmware="2025-11-18-0-3fa2c7b9-25.11-plus",
            common=2,
        ),
        _model(
            "vnish", "vnish-s19j-pro", "S19j Pro", "1.2", 104, 3068,
            chips=126, frequency_mhz=545, voltage_v=13.6, firmware="1.2.6",
        ),
        _model(
            "vnish", "vnish-s19-pro+-hyd", "S19 Pro+ Hyd", "1.3", 198, 5445,
            boards=4, chips=180, frequency_mhz=510, voltage_v=13.1, firmware="1.3.1",
            fans=0, cooling="hydro",
            share_difficulty=524288.0,
        ),
        _model(
            "avalon", "avalon-1346", "1346", "a13", 110, 3250,
            chips=120, frequency_mhz=502, voltage_v=13.2, firmware="22070401_4ec6bb0_211fc83",
            common=2,
        ),
        _model(
            "avalon", "avalon-a15", "A15", "a15", 194, 3647,
            chips=160, frequency_mhz=346, voltage_v=11.9, firmware="24102401_25462b2_9ddf522",
            fans=2,
        ),
        _model(
            "avalon", "avalon-q", "Q", "q", 90, 1674,
            boards=1, chips=160, frequency_mhz=270, voltage_v=22.4, firmware="25052801_14a19a2",
            fans=4, fan_full_rpm=3000,
        ),
        _model(
            "avalon", "avalon-nano-3s", "Nano 3s", "nano", 6, 140,
            boards=1, chips=12, frequency_mhz=455, voltage_v=37.5, firmware="25021401_56abae7",
            fans=1, fan_full_rpm=3600, share_difficulty=8192.0,
        ),
        _model(
            "blackminer", "hammer-d10", "D10", "hammer", 0.005, 3500,
            chips=108, frequency_mhz=810, voltage_v=12.0, firmware="2023-05-28 17-20-35 CST",
            algorithm="scrypt", share_difficulty=8.0,
        ),
        _model(
            "blackminer", "volcminer-d1-pro", "D1 Pro", "volcminer", 0.02, 3700,
            chips=105, frequency_mhz=1000, voltage_v=12.0, firmware="2024-11-08 09-12-44 CST",
            algorithm="scrypt", share_difficulty=32.0,
        ),
        _model(
            "elphapex", "elphapex-dg1+", "DG1+", "dg1", 0.014, 3920,
            boards=4, chips=204, frequency_mhz=620, voltage_v=14.7, firmware="1.2.3",
            algorithm="scrypt", share_difficulty=16.0,
        ),
        _model(
            "innosilicon", "innosilicon-t3", "T3", "t3", 43, 2100,
            chips=84, frequency_mhz=850, voltage_v=12.0, firmware="t3_20200411_093128",
            share_difficulty=65536.0,
        ),
        _model(
            "innosilicon", "dragonmint-t1", "T1", "dragonmint", 16, 1480,
            chips=63, frequency_mhz=1332, voltage_v=12.0, firmware="t1_20180512_041511",
            fans=2, share_difficulty=32768.0,
        ),
        _model(
            "strongu", "stu-u8", "STU-U8", "u8", 46, 2100,
            chips=66, frequency_mhz=620, voltage_v=11.7, firmware="Wed Apr  8 10:21:45 CST 2020",
            fans=2, share_difficulty=65536.0,
        ),
        _model(
            "ebang", "ebit-e12+", "E12+", "e12", 50, 2500,
            boards=2, chips=108, frequency_mhz=785, voltage_v=12.0, firmware="9.1.0.32",
            fans=2, share_difficulty=65536.0,
        ),
        _model(
            "cgminer", "compac-f", "Compac F", "gekko", 0.2, 10,
            boards=1, chips=1, frequency_mhz=420, voltage_v=5.0, firmware="4.12.1",
            fans=0, share_difficulty=512.0,
        ),
        _model(
            "bfgminer", "zeus-blizzard", "Blizzard", "zeus", 1.4e-6, 45,
            boards=1, chips=6, frequency_mhz=328, voltage_v=12.0, firmware="5.5.0",
            fans=0, algorithm="scrypt", share_difficulty=0.002,
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
