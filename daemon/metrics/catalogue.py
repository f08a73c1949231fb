"""Every metric of the daemon, in the order of the page."""

from daemon.metrics.text import PREFIX, Kind, Metric

STALE = "Absent while the device is stale."


def _device(name: str, help_: str, *more: str, kind: Kind = "gauge", unit: str = "") -> Metric:
    return Metric(name=f"{PREFIX}device_{name}", kind=kind, help=help_, labels=("device", *more), unit=unit)


DEVICE_INFO = _device(
    "info",
    "What the device is; always 1. Stays while the device is stale.",
    "make",
    "model",
    "family",
    "firmware_version",
    "rack",
    "feeder",
    "mac",
)
DEVICE_UP = _device("up", "1 when the newest poll was answered and the reading is fresh, else 0.")
DEVICE_STATE = _device("state", "One series a state, 1 for the one the device is in; unknown while stale.", "state")
DEVICE_HASHRATE = _device(
    "hashrate_hashes_per_second", f"Hashrate as the device reports it, shortest window. {STALE}", unit="H/s"
)
DEVICE_HASHRATE_EXPECTED = _device(
    "hashrate_expected_hashes_per_second",
    f"Hashrate that the device, the configuration or the model table expects. {STALE}",
    unit="H/s",
)
DEVICE_POWER = _device("power_watts", f"Power draw, with how it is known. {STALE}", "grade", unit="W")
DEVICE_EFFICIENCY = _device("efficiency_joules_per_terahash", f"Power over hashrate. {STALE}", unit="J/TH")
DEVICE_BOARD_TEMPERATURE = _device(
    "board_temperature_celsius", f"Hottest plausible board sensor. {STALE}", "board", unit="°C"
)
DEVICE_CHIP_TEMPERATURE = _device(
    "chip_temperature_celsius", f"Hottest plausible chip sensor of the board. {STALE}", "board", unit="°C"
)
DEVICE_BOARD_HASHRATE = _device(
    "board_hashrate_hashes_per_second", f"Hashrate of one board. {STALE}", "board", unit="H/s"
)
DEVICE_FAN = _device("fan_speed_rpm", f"Fan speed; a stopped fan is 0. {STALE}", "fan", unit="rpm")
DEVICE_ACCEPTED = _device(
    "shares_accepted_total", f"Shares accepted, by the device's own counter. {STALE}", kind="counter"
)
DEVICE_REJECTED = _device(
    "shares_rejected_total", f"Shares rejected, by the device's own counter. {STALE}", kind="counter"
)
DEVICE_STALE = _device("shares_stale_total", f"Shares stale, by the device's own counter. {STALE}", kind="counter")
DEVICE_UPTIME = _device("uptime_seconds", f"Age of the hashing process. {STALE}", unit="s")
DEVICE_ENERGY = _device(
    "energy_joules_total",
    f"Energy summed from power between readings, by the grade of the power; gaps count nothing. {STALE}",
    "grade",
    kind="counter",
    unit="J",
)
DEVICE_LAST_READING = _device(
    "last_reading_timestamp_seconds",
    "Epoch time of the newest good reading. Stays while the device is stale.",
    unit="s",
)
DEVICE_REVENUE = _device(
    "revenue_per_day",
    f"Expected revenue a day after pool fee and rejects, at this instant's prices. {STALE}",
    "currency",
)
DEVICE_COST = _device(
    "cost_per_day",
    f"One term of the marginal cost a day: energy, demand, hosting or maintenance. {STALE}",
    "term",
    "currency",
)
DEVICE_MARGIN = _device("margin_per_day", f"Revenue minus all cost terms a day, cash basis. {STALE}", "currency")
DEVICE_VERDICT = _device(
    "verdict",
    f"One series a verdict, 1 for the one that holds: is the margin surely above or below zero? {STALE}",
    "verdict",
)
DEVICE_BREAK_EVEN = _device(
    "break_even_price_per_kilowatt_hour", f"Power price at which the margin is zero. {STALE}", "currency"
)
_DAY = "over the last day's seconds that both accounts cover, renewed every ten minutes"
DEVICE_REPORTED = _device(
    "hashrate_reported_mean_hashes_per_second",
    f"Mean of what the device reports, {_DAY}. {STALE}",
    unit="H/s",
)
DEVICE_PROVED = _device(
    "hashrate_proved_hashes_per_second",
    f"Hashrate that accepted shares prove, {_DAY}. {STALE}",
    unit="H/s",
)
DEVICE_PROVED_LOW = _device(
    "hashrate_proved_low_hashes_per_second", f"Lower end of the proved hashrate's 95 % interval. {STALE}", unit="H/s"
)
DEVICE_PROVED_HIGH = _device(
    "hashrate_proved_high_hashes_per_second", f"Upper end of the proved hashrate's 95 % interval. {STALE}", unit="H/s"
)

DEVICE_METRICS = (
    DEVICE_INFO,
    DEVICE_UP,
    DEVICE_STATE,
    DEVICE_HASHRATE,
    DEVICE_HASHRATE_EXPECTED,
    DEVICE_POWER,
    DEVICE_EFFICIENCY,
    DEVICE_BOARD_TEMPERATURE,
    DEVICE_CHIP_TEMPERATURE,
    DEVICE_BOARD_HASHRATE,
    DEVICE_FAN,
    DEVICE_ACCEPTED,
    DEVICE_REJECTED,
    DEVICE_STALE,
    DEVICE_UPTIME,
    DEVICE_ENERGY,
    DEVICE_LAST_READING,
    DEVICE_REVENUE,
    DEVICE_COST,
    DEVICE_MARGIN,
    DEVICE_VERDICT,
    DEVICE_BREAK_EVEN,
    DEVICE_REPORTED,
    DEVICE_PROVED,
    DEVICE_PROVED_LOW,
    DEVICE_PROVED_HIGH,
)


def _gauge(name: str, help_: str, *label_names: str, kind: Kind = "gauge", unit: str = "") -> Metric:
    return Metric(name=f"{PREFIX}{name}", kind=kind, help=help_, labels=label_names, unit=unit)


POOL_UP = _gauge("pool_up", "1 while the pool is connected and gives work, else 0.", "pool")
POOL_CONNECT = _gauge("pool_connect_seconds", "TCP connect time of the newest connection.", "pool", unit="s")
POOL_FIRST_JOB = _gauge(
    "pool_first_job_seconds", "From the start of the connect to the first job, newest connection.", "pool", unit="s"
)
POOL_LAST_JOB = _gauge("pool_last_job_timestamp_seconds", "Epoch time of the newest job.", "pool", unit="s")
POOL_DIFFICULTY = _gauge("pool_difficulty", "Share difficulty that the pool asks for.", "pool")
POOL_JOBS = _gauge("pool_jobs_total", "Jobs received.", "pool", kind="counter")
POOL_LAG = _gauge(
    "pool_new_block_lag_seconds", "How long after the first pool this one moved to the newest block.", "pool", unit="s"
)
POOL_RECONNECTS = _gauge(
    "pool_reconnects_total", "Connections opened again, by bounded reason.", "pool", "reason", kind="counter"
)
_ACCOUNT = ("host", "account")
ACCOUNT_DEVICES = _gauge(
    "pool_account_devices",
    "Devices that mine at this host for this account (the user up to its first dot); the 64 largest accounts, and the "
    "rest summed up as other. Renewed every minute.",
    *_ACCOUNT,
)
ACCOUNT_REPORTED = _gauge(
    "pool_account_hashrate_reported_mean_hashes_per_second",
    f"Sum of what the account's devices report, means {_DAY}.",
    *_ACCOUNT,
    unit="H/s",
)
ACCOUNT_PROVED = _gauge(
    "pool_account_hashrate_proved_hashes_per_second",
    "Hashrate that the account's accepted shares prove, of the same time.",
    *_ACCOUNT,
    unit="H/s",
)
ACCOUNT_PROVED_LOW = _gauge(
    "pool_account_hashrate_proved_low_hashes_per_second",
    "Lower end of the proved hashrate's 95 % interval.",
    *_ACCOUNT,
    unit="H/s",
)
ACCOUNT_PROVED_HIGH = _gauge(
    "pool_account_hashrate_proved_high_hashes_per_second",
    "Upper end of the proved hashrate's 95 % interval.",
    *_ACCOUNT,
    unit="H/s",
)
ACCOUNT_CREDITED = _gauge(
    "pool_account_hashrate_credited_hashes_per_second",
    "Hashrate that the pool's own statistics credit, where a signal gives them and is not too old.",
    *_ACCOUNT,
    unit="H/s",
)
NETWORK_DIFFICULTY = _gauge("network_difficulty", "Network difficulty from the pools' jobs.")
NETWORK_HASHRATE = _gauge(
    "network_hashrate_hashes_per_second", "Network hashrate that the difficulty stands for.", unit="H/s"
)
NETWORK_HEIGHT = _gauge("network_height", "Height of the block being worked on.")
NETWORK_HASHPRICE = _gauge(
    "network_hashprice_per_petahash_day", "Hashprice that the money uses: gross, per PH/s and day.", "currency"
)
NETWORK_FEES = _gauge(
    "network_block_fees_bitcoin", "Fees per block, mean of the last full jobs of up to 144 heights.", unit="BTC"
)
SITE_POWER = _gauge("site_power_watts", "Power of the whole site, by source: devices or meter.", "source", unit="W")
SITE_UNEXPLAINED = _gauge(
    "site_power_unexplained_watts",
    "Sum of the feeders' unexplained power; absent while one that has a fresh meter has no figure.",
    unit="W",
)
FEEDER_POWER = _gauge(
    "feeder_power_watts",
    "Power of a feeder that has a meter, by source: devices (their own watts, no losses or auxiliaries) or meter.",
    "feeder",
    "source",
    unit="W",
)
FEEDER_UNEXPLAINED = _gauge(
    "feeder_power_unexplained_watts",
    "A feeder's meter minus what its devices, losses and auxiliaries should draw; below zero the devices claim more. "
    "Absent while the meter is silent, or a device hides its watts or was not asked yet.",
    "feeder",
    unit="W",
)
FEEDER_UNEXPLAINED_ERROR = _gauge(
    "feeder_power_unexplained_error_watts",
    "One standard deviation of the unexplained power, of meter and devices together.",
    "feeder",
    unit="W",
)
SITE_HASHRATE = _gauge("site_hashrate_hashes_per_second", "Sum over the fresh devices.", unit="H/s")
SITE_MARGIN = _gauge("site_margin_per_day", "Sum of the devices' cash margins.", "currency")
CAPACITY_SPARE = _gauge(
    "capacity_spare_watts",
    "Power of a feeder that could do something else: spare now, or freed if the unprofitable devices stopped.",
    "feeder",
    "kind",
    unit="W",
)
FINDING_ACTIVE = _gauge("finding_active", "1 for each open finding.", "rule", "subject", "severity")

SITE_METRICS = (
    POOL_UP,
    POOL_CONNECT,
    POOL_FIRST_JOB,
    POOL_LAST_JOB,
    POOL_DIFFICULTY,
    POOL_JOBS,
    POOL_LAG,
    POOL_RECONNECTS,
    ACCOUNT_DEVICES,
    ACCOUNT_REPORTED,
    ACCOUNT_PROVED,
    ACCOUNT_PROVED_LOW,
    ACCOUNT_PROVED_HIGH,
    ACCOUNT_CREDITED,
    NETWORK_DIFFICULTY,
    NETWORK_HASHRATE,
    NETWORK_HEIGHT,
    NETWORK_HASHPRICE,
    NETWORK_FEES,
    SITE_POWER,
    SITE_UNEXPLAINED,
    FEEDER_POWER,
    FEEDER_UNEXPLAINED,
    FEEDER_UNEXPLAINED_ERROR,
    SITE_HASHRATE,
    SITE_MARGIN,
    CAPACITY_SPARE,
    FINDING_ACTIVE,
)
