"""How the dashboards ask: matchers for the chosen job and site, and what is too long to stand in a panel."""

from typing import Any

DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
SCOPE = 'job=~"$job",site=~"$site"'

ON_DEVICE = "on (job, site, device)"
_HASHING = "headframe_device_hashrate_hashes_per_second{%s} > 0"
_DRAWING = "headframe_device_power_watts{%s}"
EFFICIENCY = f"1e12 * sum({_DRAWING} and {ON_DEVICE} {_HASHING}) / sum({_HASHING} and {ON_DEVICE} {_DRAWING})"

_ACCEPTED = "sum(rate(headframe_device_shares_accepted_total{%s}[$__rate_interval]))"
_REJECTED = "sum(rate(headframe_device_shares_rejected_total{%s}[$__rate_interval]))"
REJECTED_RATIO = f"{_REJECTED} / ({_ACCEPTED} + {_REJECTED} > 0) or vector(0)"


def query(expr: str, *, legend: str = "__auto") -> dict[str, Any]:
    """Make a query; each `%s` becomes the matchers for job and site."""
    return {"expr": expr.replace("%s", SCOPE), "legendFormat": legend, "datasource": DATASOURCE}


def placed(labels: str) -> str:
    """Join what the device is or where it stands onto a device's series."""
    return f"* {ON_DEVICE} group_left ({labels}) max by (job, site, device, {labels}) (headframe_device_info{{%s}})"


def or_zero(expr: str, label: str) -> str:
    """Show a zero instead of an empty panel while a thing has never happened."""
    return f'({expr}) or label_replace(vector(0), "{label}", "none", "", "")'


def quantile(q: float, histogram: str, *by: str) -> str:
    """Estimate a quantile of a histogram over the last interval."""
    return (
        f"histogram_quantile({q}, sum by ({', '.join([*by, 'le'])}) (rate({histogram}_bucket{{%s}}[$__rate_interval])))"
    )
