"""Gather a support bundle: versions, the configuration without secrets, its problems, and what a running daemon says.

Look through it before you hand it on: host names, addresses and pool users of the site are in it; passwords, tokens
and keys are not.
"""

import argparse
from typing import Any

PACKAGES = (
    "aiohttp",
    "aiomqtt",
    "cryptography",
    "msgspec",
    "orjson",
    "prometheus-client",
    "pydantic",
    "pyyaml",
    "uvloop",
)
PATHS = ("/api/v1/site", "/api/v1/findings", "/api/v1/pools", "/api/v1/network", "/api/v1/capacity")
LOST_SHOWN = 50


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser.add_argument("--config", required=True, metavar="FILE", help="configuration of the site")


def run(arguments: argparse.Namespace) -> int:
    """Print the bundle as one JSON document; 0 also when the configuration is invalid, for that is worth knowing."""
    import platform
    import sys

    from config.problems import ConfigError
    from daemon.commands.output import print_json
    from daemon.loop import run_in_loop
    from daemon.start import load_checked

    bundle: dict[str, Any] = {
        "headframe": _version("headframe"),
        "python": sys.version,
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
    }
    try:
        loaded = load_checked(arguments.config, secrets=False)
    except ConfigError as error:
        bundle["problems"] = [str(problem) for problem in error.problems]
    else:
        bundle["warnings"] = [str(warning) for warning in loaded.warnings]
        bundle["devices"] = len(loaded.entries)
        bundle["configuration"] = _readable(loaded.config.model_dump(by_alias=True, exclude_defaults=True))

        async def look() -> None:
            bundle["daemon"] = await _daemon(loaded)

        run_in_loop(look())
    print_json(bundle)
    return 0


async def _daemon(loaded: Any) -> dict[str, Any]:
    """Ask a running daemon, where there is one, what it thinks of the site and of itself."""
    from collectors.errors import CollectError
    from collectors.web import device_tls, fetch
    from config.secret import SecretError, resolve

    web = loaded.config.web
    host = f"[{web.host}]" if ":" in web.host else web.host
    base = f"{'https' if web.tls else 'http'}://{host}:{web.port}"
    found: dict[str, Any] = {"address": base}
    headers: dict[str, str] = {}
    try:
        if web.token is not None:
            headers["Authorization"] = f"Bearer {resolve(web.token, base=loaded.folder)}"
        for path in PATHS:
            answer = await fetch(
                "GET", base + path, headers=headers, timeout_s=5.0, tls=device_tls() if web.tls else None
            )
            found[path] = answer.json() if answer.is_fine else f"HTTP {answer.status}"
        answer = await fetch(
            "GET",
            base + f"/api/v1/devices?sort=worst&limit={LOST_SHOWN}",
            headers=headers,
            timeout_s=5.0,
            max_bytes=8 << 20,
            tls=device_tls() if web.tls else None,
        )
        if answer.is_fine:
            found["lost_devices"] = [
                {key: device[key] for key in ("id", "reason", "detail", "missed", "age_s")}
                for device in answer.json()
                if not device["up"]
            ]
    except (CollectError, SecretError) as error:
        found["error"] = str(error)
    return found


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _readable(value: Any) -> Any:
    """Make plain data of a dumped configuration; references to secrets show where, never what."""
    if isinstance(value, dict):
        return {str(key): _readable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_readable(inner) for inner in value]
    return value if isinstance(value, bool | int | float | str | None) else str(value)
