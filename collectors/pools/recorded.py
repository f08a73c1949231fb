"""A recorded `mining.notify` in a file: the message, and what the subscription had told before it."""

import orjson

from collectors.errors import Garbled
from collectors.pools.job import Job, decode_notify


def decode_recording(text: bytes) -> Job:
    """Decode `{"notify": {"params": […]}, "extranonce1": …|null, "extranonce2_size": …|null}`; Garbled when it is not.

    `extranonce2`, in hex, may be there as well, as the miner used it; where it is not, nobody can know it, and zeros
    stand in its place. A bare message (`{"method": "mining.notify", "params": […]}`) does too: the extranonce is then
    found by length.
    """
    try:
        recording = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Garbled(f"not JSON: {error}") from error
    if not isinstance(recording, dict):
        raise Garbled("a recording is a JSON object")
    notify = recording.get("notify", recording)
    if not isinstance(notify, dict) or notify.get("method", "mining.notify") != "mining.notify":
        raise Garbled("the recording holds no mining.notify")
    size = recording.get("extranonce2_size")
    return decode_notify(
        notify.get("params"),
        extranonce1=recording.get("extranonce1"),
        extranonce2_size=size if isinstance(size, int) and not isinstance(size, bool) else None,
        extranonce2=recording.get("extranonce2"),
    )
