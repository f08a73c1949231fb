"""How long an observer waits for what."""

import msgspec


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long an observer waits for what, in seconds.

    Usual idle limits are 600 s, usual job intervals 10 to 60 s. `renew_after_s` is spread by a tenth either way, and
    no two renewals come within `renew_least_s`, whatever the pool asks for. A connection that gave work and lived for
    `idle_limit_s` before the pool ended it was ended for idleness; one that lived for `settled_s` ends the backoff.
    """

    connect_s: float = 10.0
    first_job_s: float = 30.0
    renew_after_s: float = 540.0
    renew_least_s: float = 10.0
    retry_renewal_s: float = 30.0
    ping_every_s: float = 90.0
    echo_s: float = 10.0
    silent_s: float = 300.0
    idle_limit_s: float = 45.0
    settled_s: float = 60.0
