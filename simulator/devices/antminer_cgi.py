"""The web pages of a stock Antminer: CGI answers behind digest, in the shape that `new_api` gives on port 4028 too."""

from typing import TYPE_CHECKING, Any

import orjson

from simulator.wire.http import WebAnswer, WebRequest

if TYPE_CHECKING:
    from simulator.devices.antminer import Antminer

_HOME = b'<!DOCTYPE html><html><head><title>Antminer</title></head><body><div id="app"></div></body></html>\n'
_CHANGING = frozenset({"reboot", "reset_conf", "blink", "upgrade", "passwd"})


class Pages:
    """What one Antminer's web server answers; `dialect` is old (S9), new, or 2025."""

    __slots__ = ("_device", "_dialect", "_guard")

    def __init__(self, device: "Antminer", *, realm: str, dialect: str) -> None:
        self._device = device
        self._dialect = dialect
        self._guard = device.digest(realm=realm)

    def answer(self, request: WebRequest) -> WebAnswer:
        """Let the user pass, then give the page; every page is behind the password, the first one too."""
        device = self._device
        refused = device.challenged(self._guard, request)
        if refused is not None:
            return refused
        if request.path in {"/", "/index.html"}:
            return WebAnswer(kind="text/html", body=_HOME)
        page = request.path.removeprefix("/cgi-bin/").removesuffix(".cgi")
        if page.startswith("set_") or page in _CHANGING or request.method != "GET":
            device.writes.append(page)
            return WebAnswer(status=403, kind="text/html", body=b"<h1>403 - Forbidden</h1>")
        device.refresh()
        document = self._old_page(page) if self._dialect == "old" else self._page(page)
        if document is None:
            return WebAnswer(status=404, kind="text/html", body=b"<h1>404 - Not Found</h1>")
        return WebAnswer(kind="text/plain" if self._dialect == "old" else "application/json", body=document)

    def _old_page(self, page: str) -> bytes | None:
        if page in {"miner_stats", "miner_summary", "miner_pools"}:
            return self._device.part(page.removeprefix("miner_"))
        return self._page(page) if page in {"get_system_info", "get_network_info", "get_miner_conf"} else None

    def _page(self, page: str) -> bytes | None:
        device = self._device
        match page:
            case "stats":
                return device.encode(stats_page(device))
            case "summary":
                return device.encode(_summary_page(device))
            case "pools":
                return device.part("pools")
            case "get_system_info":
                return orjson.dumps(self._system())
            case "get_network_info":
                return orjson.dumps(self._network())
            case "get_miner_conf":
                return orjson.dumps(self._configuration())
            case "get_blink_status":
                return b'{"blink":false}'
            case "miner_type" if self._dialect == "2025":
                return orjson.dumps({"miner_type": f"Antminer {device.identity.model.name}", "subtype": "CVCtrl_BHB68"})
        return None

    def _network(self) -> dict[str, Any]:
        identity = self._device.identity
        return {
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": identity.mac,
            "ipaddress": identity.address,
            "netmask": "255.0.0.0",
            "conf_nettype": "DHCP",
            "conf_hostname": "Antminer",
        }

    def _system(self) -> dict[str, Any]:
        identity = self._device.identity
        serial = {"old": {}, "2025": {"serial_no": identity.serial}}.get(self._dialect, {"serinum": identity.serial})
        return {
            "minertype": f"Antminer {identity.model.name}",
            "nettype": "DHCP",
            "netdevice": "eth0",
            "macaddr": identity.mac,
            "hostname": "Antminer",
            "ipaddress": identity.address,
            "netmask": "255.0.0.0",
            "gateway": "",
            "dnsservers": "",
            "system_mode": "GNU/Linux",
            "system_kernel_version": "Linux 4.6.0-xilinx #1 SMP PREEMPT",
            "system_filesystem_version": identity.model.firmware,
            "firmware_type": "Release",
            **serial,
        }

    def _configuration(self) -> dict[str, Any]:
        device, mode = self._device, 1 if self._device.kind == "sleeping" else 0
        pools = [{"url": account.url, "user": account.user, "pass": ""} for account in device.accounts()]
        frequency = str(int(device.identity.model.frequency_mhz))
        return {
            "pools": pools,
            "api-listen": True,
            "api-network": True,
            "api-groups": "A:stats:pools:devs:summary:version",
            "api-allow": "A:0/0,W:*",
            "bitmain-fan-ctrl": False,
            "bitmain-fan-pwm": "100",
            "bitmain-use-vil": True,
            "bitmain-freq": frequency,
            **({} if self._dialect == "old" else {"bitmain-work-mode": str(mode), "bitmain-freq-level": ""}),
            **({"miner-mode": mode} if self._dialect == "2025" else {}),
        }


def stats_page(device: "Antminer") -> dict[str, Any]:
    """Give `stats.cgi`, which is also the answer to `stats` with `new_api`."""
    model, machine = device.identity.model, device.machine
    watts = {} if device.habits.watts is None else _watts(device)
    body = {
        "elapsed": int(machine.elapsed_s()),
        **_rates(device),
        "chain_num": device.boards_working(),
        "fan_num": model.fans,
        "fan": [device.fan_rpm(index) for index in range(model.fans)],
        "hwp_total": 0.0001,
        **watts,
        "miner-mode": 1 if device.kind == "sleeping" else 0,
        "freq-level": 100,
        "chain": [_chain(device, index) for index in range(device.boards_working())],
    }
    return {"STATUS": _status(device, "stats"), "INFO": _info(device), "STATS": [body]}


def chip_string(chips: int, *, group: int) -> str:
    """Draw a board's chips the way bmminer does: one `o` each, in groups."""
    groups = ["o" * min(group, chips - start) for start in range(0, chips, group)]
    return " " + " ".join(groups)


def _summary_page(device: "Antminer") -> dict[str, Any]:
    machine = device.machine
    body = {
        "elapsed": int(machine.elapsed_s()),
        **_rates(device),
        "hw_all": sum(machine.hardware_errors),
        "bestshare": int(machine.best_share),
        "status": [_health(device, name) for name in ("rate", "network", "fans", "temp")],
    }
    return {"STATUS": _status(device, "summary"), "INFO": _info(device), "SUMMARY": [body]}


def _health(device: "Antminer", name: str) -> dict[str, Any]:
    faults = {
        ("rate", "missing-board"): ("R:1", "Hashrate is low: a chain is not found"),
        ("rate", "low-hashrate"): ("R:1", "Hashrate is low"),
        ("temp", "hot"): ("P:1", "Temperature is too high"),
    }
    fault = faults.get((name, device.kind or ""))
    if fault is None:
        return {"type": name, "status": "s", "code": 0, "msg": ""}
    return {"type": name, "status": "e", "code": fault[0], "msg": fault[1]}


def _rates(device: "Antminer") -> dict[str, Any]:
    machine = device.machine
    return {
        "rate_5s": round(machine.windows_hs[5.0] / 1e9, 2),
        "rate_30m": round(machine.windows_hs[1800.0] / 1e9, 2),
        "rate_avg": round(machine.average_hs() / 1e9, 2),
        "rate_ideal": round(device.identity.model.hashrate_hs / 1e9, 1),
        "rate_unit": "GH/s",
    }


def _watts(device: "Antminer") -> dict[str, Any]:
    if not device.habits.watts:
        return {"watt": 0, "jt": 0.0}
    power_w, rate_th = device.machine.power_w, device.machine.hashrate_hs / 1e12
    return {"watt": round(power_w), "jt": round(power_w / rate_th, 2) if rate_th else 0.0}


def _chain(device: "Antminer", index: int) -> dict[str, Any]:
    model, machine = device.identity.model, device.machine
    board_c, chip_c = (round(value) for value in device.board_temperatures_c(index))
    water = {"temp_in": [board_c - 12], "temp_out": [board_c - 6]} if model.cooling == "hydro" else {}
    return {
        "index": index,
        "freq_avg": int(model.frequency_mhz),
        "rate_ideal": round(model.hashrate_hs / model.boards / 1e9, 1),
        "rate_real": round(machine.board_hs[index] / 1e9, 2),
        "asic_num": model.chips,
        "asic": chip_string(model.chips, group=device.habits.chips_a_group),
        "temp_pic": [board_c - 9, board_c - 9, board_c - 4, board_c - 4],
        "temp_pcb": [board_c - 8, board_c - 7, board_c, board_c - 1],
        "temp_chip": [chip_c - 9, chip_c - 8, chip_c, chip_c - 2],
        **water,
        "hw": machine.hardware_errors[index],
        "eeprom_loaded": True,
        "sn": f"{device.identity.serial}B{index}",
        "hwp": 0.0001,
    }


def _info(device: "Antminer") -> dict[str, Any]:
    model = device.identity.model
    return {
        "miner_version": device.habits.miner_version,
        "CompileTime": model.firmware,
        "type": f"Antminer {model.name}",
    }


def _status(device: "Antminer", name: str) -> dict[str, Any]:
    return {"STATUS": "S", "when": int(device.world.now()), "Msg": name, "api_version": "1.0.0"}
