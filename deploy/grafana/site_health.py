"""The rows of the site overview that tell whether things run: hashing, heat, pools, the watch itself."""

from panels import GREEN, RED, YELLOW, Json, lines, stat, steps, table
from queries import REJECTED_RATIO, or_zero, placed, quantile, query

HOTTEST_CHIP = "max by (job, site, device) (headframe_device_chip_temperature_celsius{%s})"


def hashing() -> list[Json]:
    """Give the row on what is hashed, by what, and how hot."""
    return [
        lines(
            "Hashrate",
            "Reported, and expected of the devices that are listed with or tell an expectation.",
            query("sum(headframe_site_hashrate_hashes_per_second{%s})", legend="reported"),
            query("sum(headframe_device_hashrate_expected_hashes_per_second{%s})", legend="expected"),
            unit="Hs",
            width=8,
        ),
        lines(
            "Hashrate by model",
            "Reported hashrate of each model.",
            query(
                f"sum by (make, model) (headframe_device_hashrate_hashes_per_second{{%s}} {placed('make, model')})",
                legend="{{make}} {{model}}",
            ),
            unit="Hs",
            stacked=True,
            width=8,
        ),
        lines(
            "Devices by state",
            "Unknown means stale: no good reading for three intervals.",
            query("sum by (state) (headframe_device_state{%s})", legend="{{state}}"),
            unit="none",
            stacked=True,
            width=8,
        ),
        lines(
            "Rejected shares",
            "Rejected over accepted and rejected, all devices.",
            query(REJECTED_RATIO, legend="rejected"),
            unit="percentunit",
            width=8,
        ),
        lines(
            "Hottest chips by rack",
            "The hottest chip sensor of each rack.",
            query(
                f"max by (rack) (headframe_device_chip_temperature_celsius{{%s}} {placed('rack')})", legend="{{rack}}"
            ),
            unit="celsius",
            width=8,
        ),
        table(
            "Hottest devices",
            "The ten devices with the hottest chips.",
            query(f"topk(10, {HOTTEST_CHIP} {placed('model, rack')})"),
            unit="celsius",
            columns={"device": "Device", "model": "Model", "rack": "Rack"},
            decimals=0,
            width=8,
        ),
    ]


def pools() -> list[Json]:
    """Give the row on pools and the network that their jobs show."""
    return [
        stat(
            "Pools",
            "1 while the pool is connected and gives work.",
            query("min by (pool) (headframe_pool_up{%s})", legend="{{pool}}"),
            unit="none",
            colors=steps(RED, (1, GREEN)),
            width=6,
            height=6,
        ),
        lines(
            "Age of the newest job",
            "How long each pool has been silent.",
            query("time() - max by (pool) (headframe_pool_last_job_timestamp_seconds{%s})", legend="{{pool}}"),
            unit="s",
            width=6,
            height=6,
        ),
        lines(
            "Connect and first job",
            "TCP connect, and from the start of the connect to the first job; newest connection.",
            query("max by (pool) (headframe_pool_connect_seconds{%s})", legend="{{pool}} connect"),
            query("max by (pool) (headframe_pool_first_job_seconds{%s})", legend="{{pool}} first job"),
            unit="s",
            width=6,
            height=6,
        ),
        lines(
            "Reconnects",
            "Connections opened again, by reason.",
            query(
                or_zero(
                    "sum by (pool, reason) (increase(headframe_pool_reconnects_total{%s}[$__rate_interval]))", "reason"
                ),
                legend="{{pool}} {{reason}}",
            ),
            unit="none",
            width=6,
            height=6,
        ),
        stat(
            "Height",
            "Height of the block that the pools work on.",
            query("max(headframe_network_height{%s})"),
            unit="none",
            decimals=0,
            width=6,
            height=4,
        ),
        stat(
            "Network hashrate",
            "What the difficulty stands for.",
            query("max(headframe_network_hashrate_hashes_per_second{%s})"),
            unit="Hs",
            width=6,
            height=4,
        ),
        stat(
            "Difficulty",
            "Network difficulty, from the pools' jobs.",
            query("max(headframe_network_difficulty{%s})"),
            unit="short",
            decimals=2,
            width=6,
            height=4,
        ),
        stat(
            "Fees a block",
            "Mean of the last full jobs of up to 144 heights.",
            query("max(headframe_network_block_fees_bitcoin{%s})"),
            unit="suffix: BTC",
            decimals=4,
            width=6,
            height=4,
        ),
        lines(
            "Reported, proved, credited",
            "By pool account: what its devices report, what their accepted shares prove with the 95 % interval of "
            "chance, and what the pool says that it credits, where a signal gives it. All are means of a day.",
            *(
                query(
                    f"sum by (host, account) (headframe_pool_account_hashrate_{name}_hashes_per_second{{%s}})",
                    legend=f"{{{{host}}}} {{{{account}}}} {legend}",
                )
                for name, legend in (
                    ("reported_mean", "reported"),
                    ("proved", "proved"),
                    ("proved_low", "at least"),
                    ("proved_high", "at most"),
                    ("credited", "credited"),
                )
            ),
            unit="Hs",
            width=12,
        ),
        table(
            "Reported beyond the shares",
            "How far a device's report lies above its shares' 95 % interval, the ten highest; below zero is within.",
            query(
                "topk(10, sum by (job, site, device) (headframe_device_hashrate_reported_mean_hashes_per_second{%s}) "
                "/ sum by (job, site, device) (headframe_device_hashrate_proved_high_hashes_per_second{%s}) - 1)"
            ),
            unit="percentunit",
            columns={"device": "Device"},
            decimals=1,
            width=12,
        ),
    ]


def watch() -> list[Json]:
    """Give the row on the daemon's own health."""
    return [
        lines(
            "Polls a second",
            "Completed polls, good and bad, by family.",
            query(
                "sum by (family) (rate(headframe_collect_duration_seconds_count{%s}[$__rate_interval]))",
                legend="{{family}}",
            ),
            unit="ops",
            stacked=True,
            width=8,
        ),
        lines(
            "Poll duration",
            "Nine in ten polls of the family are done within this time.",
            query(quantile(0.9, "headframe_collect_duration_seconds", "family"), legend="{{family}}"),
            unit="s",
            width=8,
        ),
        lines(
            "Lost polls",
            "Polls a second without a reading, by reason.",
            query(
                or_zero("sum by (reason) (rate(headframe_collect_errors_total{%s}[$__rate_interval]))", "reason"),
                legend="{{reason}}",
            ),
            unit="ops",
            stacked=True,
            width=8,
        ),
        lines(
            "Lateness",
            "How late nine in ten polls begin, and the worst pause of the event loop in the last minute.",
            query(quantile(0.9, "headframe_poll_lag_seconds"), legend="polls"),
            query("max(headframe_event_loop_lag_seconds{%s})", legend="event loop"),
            unit="s",
            width=8,
        ),
        lines(
            "Queues",
            "What waits in each queue.",
            query(or_zero("sum by (queue) (headframe_queue_length{%s})", "queue"), legend="{{queue}}"),
            unit="none",
            width=8,
        ),
        stat(
            "Newest configuration taken",
            "0 when the file on disk was refused and the one before is still in force.",
            query("min by (site) (headframe_config_last_reload_successful{%s})", legend="{{site}}"),
            unit="none",
            colors=steps(RED, (1, GREEN)),
            width=4,
        ),
        stat(
            "Memory",
            "Resident memory of the daemon.",
            query("sum by (site) (process_resident_memory_bytes{%s})", legend="{{site}}"),
            unit="bytes",
            colors=steps(GREEN, (1e9, YELLOW)),
            width=4,
        ),
    ]
