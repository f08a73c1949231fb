"""The Headframe configuration of a pretend site: everything an operator would have written for it."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from simulator.devices.device import Device, Wire
from simulator.pool.server import Pool

if TYPE_CHECKING:
    from simulator.site import Site

USER = "pretend.watch"
OWNER = "pretend"
_SECRETS = "secrets"
_WEBHOOK_FILE = "webhook"
_USUAL_PORTS: Mapping[Wire, int] = {"line": 4028, "frame": 4433, "http": 80, "apollo": 5000, "auradine": 8080}


def configuration(site: "Site", *, secrets: str | None = None) -> dict[str, Any]:
    """Give the configuration as plain data.

    `secrets` is the folder in which the daemon will find the passwords of the families and the key for webhooks, as
    `write` makes it; without one the devices are asked only what they tell everybody, and no webhook is sent.
    """
    sections: dict[str, Any] = {
        "version": 1,
        "site": {
            "id": "pretend",
            "name": "Pretend site",
            "currency": "USD",
            "timezone": site.timezone,
            "pue": 1.03,
        },
        "feeders": [
            {
                "id": feeder.id,
                "contracted": kilowatts(feeder.contracted_w),
                "reserve": kilowatts(feeder.reserve_w),
                "auxiliary": kilowatts(feeder.auxiliary_w),
                "loss": "1%",
                "meter": f"meter_{feeder.id}",
            }
            for feeder in site.plan.feeders
        ],
        "racks": [
            {
                "id": rack.id,
                "feeder": rack.feeder,
                "row": rack.row,
                "position": rack.position,
                "slots": rack.slots,
                "cooling": rack.cooling,
            }
            for rack in site.plan.racks
        ],
        "devices": [_device(device, site.ports) for device in site.devices.values()],
        "pools": [_pool(pool, site.pool_fingerprint) for pool in site.pools.values()],
        "tariff": {"price": f"{site.market.power_price_per_mwh / 1000:.4f} USD/kWh", "signal": "power_price"},
        "signals": {
            "btc_price": _fetched(f"{site.services.url}/price", "/btc_price", "USD/BTC"),
            "power_price": _fetched(f"{site.services.url}/price", "/power_price", "USD/MWh"),
            **{
                f"meter_{feeder.id}": _fetched(f"{site.services.url}/meter/{feeder.id}", "/kw", "kW")
                for feeder in site.plan.feeders
            },
        },
        "web": {"listen": "127.0.0.1:9840"},
    }
    if secrets is not None:
        sections["credentials"] = [
            {"family": family, "username": username, "password": f"file:{secrets}/{family}"}
            for family, (username, _) in _logins(site).items()
        ]
        own = _own_logins(site)
        for entry in sections["devices"]:
            if entry["id"] in own:
                entry |= {"username": own[entry["id"]][0], "password": f"file:{secrets}/{entry['id']}"}
        sections["hooks"] = [
            {
                "id": "sink",
                "kind": "webhook",
                "url": f"{site.services.url}/hook",
                "secret": f"file:{secrets}/{_WEBHOOK_FILE}",
            }
        ]
    return sections


def write(site: "Site", path: Path, *, sections: Mapping[str, Any] | None = None) -> Path:
    """Write the configuration to a file and its secrets beside it, readable by their owner alone; give their folder.

    `sections` are put in, or in place of the site's own. It blocks, so a loop calls it in a thread.
    """
    folder = path.parent / _SECRETS
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    logins = {**_logins(site), **_own_logins(site)}
    passwords = {name: password for name, (_, password) in logins.items()}
    for name, secret in {**passwords, _WEBHOOK_FILE: site.sink.secret}.items():
        (folder / name).touch(mode=0o600)
        (folder / name).write_text(secret + "\n", encoding="utf-8")
    content = {**configuration(site, secrets=_SECRETS), **(sections or {})}
    path.write_text(render(content), encoding="utf-8")
    return folder


def render(sections: Mapping[str, Any]) -> str:
    """Write plain data as YAML that people can read: sections apart, one device a line."""
    parts = []
    for name, content in sections.items():
        if isinstance(content, list):
            lines = "".join(f"  - {_flow(item)}\n" for item in content)
            parts.append(f"{name}:\n{lines}" if content else f"{name}: []\n")
        else:
            parts.append(yaml.safe_dump({name: content}, sort_keys=False, allow_unicode=True, width=120))
    return "\n".join(parts)


def kilowatts(power_w: float) -> str:
    """Write watts as kW, to the watt."""
    return f"{power_w / 1000:.3f}".rstrip("0").rstrip(".") + " kW"


def _logins(site: "Site") -> dict[str, tuple[str, str]]:
    """Give name and password of each family here that asks for them: those of its first device."""
    found: dict[str, tuple[str, str]] = {}
    for device in site.devices.values():
        if device.login is not None:
            found.setdefault(device.identity.model.family, device.credentials)
    return found


def _own_logins(site: "Site") -> dict[str, tuple[str, str]]:
    """Give name and password of each device that has others than its family here."""
    families = _logins(site)
    return {
        name: device.credentials
        for name, device in site.devices.items()
        if device.login is not None and device.credentials != families[device.identity.model.family]
    }


def _device(device: Device, ports: Mapping[str, int]) -> dict[str, Any]:
    identity = device.identity
    changed = {name: ports[wire] for name, wire in device.wires.items() if ports[wire] != _USUAL_PORTS[wire]}
    return {
        "id": identity.id,
        "host": identity.address,
        "family": identity.model.family,
        "rack": identity.rack,
        "slot": identity.slot,
        **({"ports": changed} if changed else {}),
    }


def _pool(pool: Pool, fingerprint: str | None) -> dict[str, Any]:
    pinned = {"mode": "pin", "sha256": fingerprint} if fingerprint else {"mode": "insecure"}
    tls = {"tls": pinned} if pool.tls else {}
    return {"id": pool.plan.id, "url": pool.url, "user": USER, "fee": pool.plan.fee, **tls}


def _fetched(url: str, pointer: str, unit: str) -> dict[str, Any]:
    return {"http": {"url": url, "pointer": pointer, "interval": "10s"}, "unit": unit}


def _flow(item: Any) -> str:
    return yaml.safe_dump(item, sort_keys=False, allow_unicode=True, default_flow_style=True, width=10_000).strip()
