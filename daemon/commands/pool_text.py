"""How a pool and its job look on a terminal."""

from collectors.pools.job import Job, Output
from collectors.pools.probe import PoolReading

_SATS_PER_BTC = 100_000_000
_MOST_OUTPUTS = 8


def reading_lines(reading: PoolReading) -> list[str]:
    """Give what a probe found, one line each."""
    proof = {None: "no (plain TCP)", True: "yes", False: "no (encrypted, but not verified)"}
    lines = [
        _line("pool", reading.url),
        _line("address", reading.address),
        _line("authenticated", proof[reading.authenticated]),
        _line("connect", _ms(reading.tcp_connect_s)),
        _line("TLS handshake", _ms(reading.tls_handshake_s)),
        _line("Noise handshake", _ms(reading.noise_handshake_s)),
        _line("subscribe", _ms(reading.subscribe_s)),
        _line("authorize", _ms(reading.authorize_s)),
        _line("first job", _ms(reading.first_job_s)),
        _line("share difficulty", reading.difficulty),
        _line("extranonce", f"{reading.extranonce1 or '-'} + {reading.extranonce2_size} bytes"),
        _line("version mask", reading.version_rolling_mask),
    ]
    if reading.asked_to_reconnect is not None:
        lines.append(_line("asked to go to", reading.asked_to_reconnect))
    if reading.message is not None:
        lines.append(_line("the pool says", reading.message))
    return [*lines, "", *(job_lines(reading.job) if reading.job else ["no job came in time"])]


def job_lines(job: Job) -> list[str]:
    """Give a job's facts, one line each; what it did not say is a dash."""
    transactions = "-"
    if job.transactions_min is not None:
        transactions = f"{job.transactions_min} to {job.transactions_max}"
    lines = [
        _line("job", job.id),
        _line("chain", job.chain),
        _line("height", job.height),
        _line("previous block", job.previous_block),
        _line("pool tag", job.pool_tag),
        _line("difficulty", None if job.network_difficulty is None else f"{job.network_difficulty:,.6g}"),
        _line("reward", _btc(job.reward_sats)),
        _line("fees", _btc(job.fees_sats)),
        _line("transactions", "none (empty block)" if job.empty else transactions),
        _line("hashprice", _hashprice(job.hashprice_sats_per_ph_day)),
    ]
    lines += [_output_line(output) for output in job.outputs[:_MOST_OUTPUTS]]
    if len(job.outputs) > _MOST_OUTPUTS:
        lines.append(_line("", f"and {len(job.outputs) - _MOST_OUTPUTS} more outputs"))
    if job.anomalies:
        lines.append(_line("odd", ", ".join(job.anomalies)))
    return lines


def _line(name: str, value: object) -> str:
    return f"{name:<16} {'-' if value is None else value}"


def _output_line(output: Output) -> str:
    payee = output.address or f"{output.kind} {output.script}"
    if output.extranonce_at is not None:
        offset, length = output.extranonce_at
        payee += f" ({length} bytes from byte {offset} on are the extranonce, open until mined)"
    return _line("pays", f"{_btc(output.value_sats)} to {payee}") if output.value_sats else _line("carries", payee)


def _ms(seconds: float | None) -> str | None:
    return None if seconds is None else f"{seconds * 1e3:.2f} ms"


def _btc(sats: int | None) -> str | None:
    return None if sats is None else f"{sats / _SATS_PER_BTC:.8f} BTC"


def _hashprice(sats: float | None) -> str | None:
    return None if sats is None else f"{sats:,.2f} sats per PH/s and day"
