"""The site at a glance: does it hash, does it pay, is there room, does the watch itself work."""

import site_health
from panels import GREEN, ORANGE, RED, Json, bars, dashboard, lines, stat, steps, table, where
from queries import EFFICIENCY, or_zero, placed, query


def build() -> Json:
    """Make the dashboard."""
    return dashboard(
        uid="headframe-site",
        title="Headframe / Site overview",
        description="One site or several: hashing, money, power and what it could do instead, pools, the watch itself.",
        variables=where(),
        rows={
            "Now": _now(),
            "Money": _money(),
            "Power and capacity": _power(),
            "Hashing and heat": site_health.hashing(),
            "Pools and network": site_health.pools(),
            "The watch itself": site_health.watch(),
        },
    )


def _now() -> list[Json]:
    return [
        stat(
            "Answering",
            "Share of the listed devices whose newest poll was answered.",
            query("avg(headframe_device_up{%s})"),
            unit="percentunit",
            colors=steps(RED, (0.9, ORANGE), (0.97, GREEN)),
            width=4,
            height=4,
        ),
        stat(
            "Hashrate",
            "Sum over the devices with a fresh reading.",
            query("sum(headframe_site_hashrate_hashes_per_second{%s})"),
            unit="Hs",
            width=4,
            height=4,
        ),
        stat(
            "Power",
            "The devices' power, by the best known grade of each.",
            query('sum(headframe_site_power_watts{%s,source="devices"})'),
            unit="watt",
            width=4,
            height=4,
        ),
        stat(
            "Efficiency",
            "Power over hashrate of the devices that tell both.",
            query(EFFICIENCY),
            unit="suffix: J/TH",
            decimals=1,
            width=4,
            height=4,
        ),
        stat(
            "Margin a day",
            "Revenue after pool fee and rejects, minus energy and other running costs, at this moment's prices.",
            query("sum by (currency) (headframe_site_margin_per_day{%s})", legend="{{currency}}"),
            unit="none",
            decimals=2,
            colors=steps(RED, (0, GREEN)),
            width=4,
            height=4,
        ),
        stat(
            "Open findings",
            "What the rules hold open now, by severity.",
            query(or_zero("sum by (severity) (headframe_finding_active{%s})", "severity"), legend="{{severity}}"),
            unit="none",
            width=4,
            height=4,
        ),
    ]


def _money() -> list[Json]:
    return [
        lines(
            "Margin a day",
            "The whole site's margin at the prices of each moment.",
            query("sum by (site, currency) (headframe_site_margin_per_day{%s})", legend="{{site}} {{currency}}"),
            unit="none",
            decimals=2,
        ),
        lines(
            "Verdicts",
            "Devices by verdict. Undecided: the margin is smaller than what is not known about watts and hashes.",
            query("sum by (verdict) (headframe_device_verdict{%s})", legend="{{verdict}}"),
            unit="none",
            stacked=True,
        ),
        table(
            "Lowest margins",
            "The twenty devices that earn least or lose most a day.",
            query(f"bottomk(20, headframe_device_margin_per_day{{%s}} {placed('model, rack, feeder')})"),
            unit="none",
            columns={"device": "Device", "model": "Model", "rack": "Rack", "feeder": "Feeder", "currency": "Currency"},
            decimals=2,
            height=10,
        ),
        lines(
            "Running costs a day",
            "Sum of the devices' cost terms.",
            query("sum by (term, currency) (headframe_device_cost_per_day{%s})", legend="{{term}} {{currency}}"),
            unit="none",
            stacked=True,
            decimals=2,
            width=6,
            height=10,
        ),
        lines(
            "Hashprice",
            "What one PH/s earns a day before pool fee, as the money uses it.",
            query("headframe_network_hashprice_per_petahash_day{%s}", legend="{{site}} {{currency}}"),
            unit="none",
            decimals=2,
            width=6,
            height=10,
        ),
    ]


def _power() -> list[Json]:
    return [
        lines(
            "Power by source",
            "What the devices draw and what the meters say.",
            query("sum by (site, source) (headframe_site_power_watts{%s})", legend="{{site}} {{source}}"),
            unit="watt",
            width=8,
        ),
        lines(
            "Power by feeder",
            "The devices' power on each feeder.",
            query(f"sum by (feeder) (headframe_device_power_watts{{%s}} {placed('feeder')})", legend="{{feeder}}"),
            unit="watt",
            stacked=True,
            width=8,
        ),
        lines(
            "Power by how it is known",
            "Metered watts decide verdicts, nameplates rarely do.",
            query("sum by (grade) (headframe_device_power_watts{%s})", legend="{{grade}}"),
            unit="watt",
            stacked=True,
            width=8,
        ),
        bars(
            "Spare capacity",
            "By feeder: contracted minus drawn minus reserve, and what stopping the unprofitable devices would free.",
            query("sum by (feeder, kind) (headframe_capacity_spare_watts{%s})", legend="{{feeder}} {{kind}}"),
            unit="watt",
            colors=steps(RED, (0, GREEN)),
            width=8,
        ),
        lines(
            "Energy drawn",
            "Average power from the energy counters, by grade; gaps in the readings count nothing.",
            query(
                "sum by (grade) (rate(headframe_device_energy_joules_total{%s}[$__rate_interval]))", legend="{{grade}}"
            ),
            unit="watt",
            stacked=True,
            width=8,
        ),
        bars(
            "Power by rack",
            "The devices' power in each rack.",
            query(f"sum by (rack) (headframe_device_power_watts{{%s}} {placed('rack')})", legend="{{rack}}"),
            unit="watt",
            width=8,
        ),
    ]
