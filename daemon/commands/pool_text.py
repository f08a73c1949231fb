"""How a pool and its job look on a terminal."""

from collectors.pools.job import Job, Output

_SATS_PER_BTC = 100_000_000
_MOST_OUTPUTS = 8


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
    return _line("pays", f"{_btc(output.value_sats)} to {payee}") if output.value_sats else _line("carries", payee)


def _btc(sats: int | None) -> str | None:
    return None if sats is None else f"{sats / _SATS_PER_BTC:.8f} BTC"


def _hashprice(sats: float | None) -> str | None:
    return None if sats is None else f"{sats:,.2f} sats per PH/s and day"
