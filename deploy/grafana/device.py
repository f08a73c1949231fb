"""One device: what it is, how it runs, what it earns and how that is known."""

from panels import GREEN, ORANGE, RED, YELLOW, Json, dashboard, lines, stat, steps, table, variable, where
from queries import query

ONE = '{%s,device="$device"}'


def build() -> Json:
    """Make the dashboard."""
    chosen = variable("device", label="Device", of='headframe_device_info{job=~"$job",site=~"$site"}', many=False)
    return dashboard(
        uid="headframe-device",
        title="Headframe / Device",
        description="One miner: readings, boards, fans, shares, money.",
        variables=[*where(), chosen],
        rows={"What it is": _identity(), "How it runs": _running(), "What it earns": _money()},
    )


def _identity() -> list[Json]:
    return [
        table(
            "Device",
            "What the device says it is and where the inventory has it.",
            query(f"headframe_device_info{ONE}"),
            unit="none",
            columns={
                "device": "Device",
                "make": "Make",
                "model": "Model",
                "firmware_version": "Firmware",
                "family": "Family",
                "feeder": "Feeder",
                "rack": "Rack",
                "mac": "MAC",
            },
            width=24,
            height=4,
        ),
        stat(
            "Answers",
            "1 when the newest poll was answered.",
            query(f"headframe_device_up{ONE}"),
            unit="none",
            colors=steps(RED, (1, GREEN)),
            width=4,
            height=4,
        ),
        stat(
            "State",
            "The state that holds now; unknown while stale.",
            query(f"max by (state) (headframe_device_state{ONE} == 1)", legend="{{state}}"),
            unit="none",
            width=4,
            height=4,
        ),
        stat(
            "Age of the reading",
            "Time since the newest good answer.",
            query(f"time() - headframe_device_last_reading_timestamp_seconds{ONE}"),
            unit="s",
            colors=steps(GREEN, (90, ORANGE), (300, RED)),
            width=4,
            height=4,
        ),
        stat(
            "Uptime",
            "Age of the hashing process.",
            query(f"headframe_device_uptime_seconds{ONE}"),
            unit="s",
            width=4,
            height=4,
        ),
        stat(
            "Efficiency",
            "Power over hashrate.",
            query(f"headframe_device_efficiency_joules_per_terahash{ONE}"),
            unit="suffix: J/TH",
            decimals=1,
            width=4,
            height=4,
        ),
        stat(
            "Verdict",
            "The verdict that holds now.",
            query(f"max by (verdict) (headframe_device_verdict{ONE} == 1)", legend="{{verdict}}"),
            unit="none",
            width=4,
            height=4,
        ),
    ]


def _running() -> list[Json]:
    return [
        lines(
            "Hashrate",
            "Reported, shortest window, and expected.",
            query(f"headframe_device_hashrate_hashes_per_second{ONE}", legend="reported"),
            query(f"headframe_device_hashrate_expected_hashes_per_second{ONE}", legend="expected"),
            unit="Hs",
            width=8,
        ),
        lines(
            "Hashrate by board",
            "A missing board has no curve.",
            query(f"headframe_device_board_hashrate_hashes_per_second{ONE}", legend="board {{board}}"),
            unit="Hs",
            stacked=True,
            width=8,
        ),
        lines(
            "Power",
            "With how it is known.",
            query(f"headframe_device_power_watts{ONE}", legend="{{grade}}"),
            unit="watt",
            width=8,
        ),
        lines(
            "Chips",
            "Hottest plausible chip sensor of each board.",
            query(f"headframe_device_chip_temperature_celsius{ONE}", legend="board {{board}}"),
            unit="celsius",
            colors=steps(GREEN, (85, YELLOW), (95, RED)),
            width=8,
        ),
        lines(
            "Boards",
            "Hottest plausible board sensor of each board.",
            query(f"headframe_device_board_temperature_celsius{ONE}", legend="board {{board}}"),
            unit="celsius",
            width=8,
        ),
        lines(
            "Fans",
            "A stopped fan stands at zero.",
            query(f"headframe_device_fan_speed_rpm{ONE}", legend="fan {{fan}}"),
            unit="rotrpm",
            width=8,
        ),
        lines(
            "Shares a minute",
            "By the device's own counters; a restart of the miner is taken for what it is.",
            query(f"60 * rate(headframe_device_shares_accepted_total{ONE}[$__rate_interval])", legend="accepted"),
            query(f"60 * rate(headframe_device_shares_rejected_total{ONE}[$__rate_interval])", legend="rejected"),
            unit="none",
            width=12,
        ),
        lines(
            "Energy drawn",
            "Average power from the energy counter.",
            query(f"rate(headframe_device_energy_joules_total{ONE}[$__rate_interval])", legend="{{grade}}"),
            unit="watt",
            width=12,
        ),
    ]


def _money() -> list[Json]:
    return [
        lines(
            "Margin a day",
            "Revenue minus all running cost terms, at the prices of each moment.",
            query(f"headframe_device_margin_per_day{ONE}", legend="margin {{currency}}"),
            query(f"headframe_device_revenue_per_day{ONE}", legend="revenue {{currency}}"),
            unit="none",
            decimals=2,
        ),
        lines(
            "Running costs a day",
            "Each cost term.",
            query(f"headframe_device_cost_per_day{ONE}", legend="{{term}} {{currency}}"),
            unit="none",
            stacked=True,
            decimals=2,
            width=6,
        ),
        lines(
            "Break-even power price",
            "Above this price a kWh the device loses money.",
            query(f"headframe_device_break_even_price_per_kilowatt_hour{ONE}", legend="{{currency}}/kWh"),
            unit="none",
            decimals=4,
            width=6,
        ),
    ]
