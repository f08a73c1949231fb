"""A Stratum V2 session without sockets: bytes in, events out, and bytes to send; the same face as the V1 session.

It shakes hands, sets the mining connection up, opens an extended channel, and watches it. Extended jobs carry the
coinbase and tell as much as those of V1. Where a pool opens standard channels only, jobs show their block and
difficulty, and nothing of the money. There is no message that hands in work.
"""

from collectors.errors import Garbled
from collectors.pools import events
from collectors.pools.coinbase import locate
from collectors.pools.job import Header, Job, assemble, without_coinbase
from collectors.pools.opening import remedy, spoken_in
from collectors.pools.subsidy import BLOCKS_PER_PERIOD
from collectors.pools.target import difficulty_of
from collectors.pools.v2 import messages
from collectors.pools.v2.framing import Frame, FrameReader, seal
from collectors.pools.v2.noise import ANSWER_BYTES, Cipher, Initiator

VENDOR = "headframe"
HARDWARE = "pool watcher"
FIRMWARE = "0.1"

_REQUEST = 1
_HASHRATE_HS = 1e14  # one miner's; pools derive the channel's target from it
_EXTRANONCE_BYTES = 4
_JOBS_KEPT = 16
_ROLLING_MASK = "1fffe000"  # BIP320
_WITNESS_MARK = b"\x00\x01"
_WITNESS_BYTES = 34  # one stack item of 32 bytes, before the lock time
_LOCKTIME_BYTES = 4


class Session:
    """One connection's conversation.

    `authority` is the pool's x-only key; without it the channel is encrypted and unproved. `now` is the epoch time
    against which the server's certificate is held. `learned` is the memory of difficulty periods (see the V1 session).
    `initiator` fixes the handshake's ephemeral key, for tests.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        authority: bytes | None,
        now: float,
        user: str | None = None,
        learned: dict[int, int] | None = None,
        initiator: Initiator | None = None,
    ) -> None:
        self.user = user
        self.subscribed = False
        self.heard = False
        self._host = host
        self._port = port
        self._authority = authority
        self._now = now
        self._learned: dict[int, int] = {} if learned is None else learned
        self._initiator: Initiator | None = initiator or Initiator()
        self._answer = bytearray()
        self._reader: FrameReader | None = None
        self._outward: Cipher | None = None
        self._extended = True
        self._channel: int | None = None
        self._group: int | None = None
        self._prefix = b""
        self._size = 0
        self._rolling: bool | None = None
        self._jobs: dict[int, messages.ExtendedJob | messages.StandardJob] = {}
        self._block: messages.NewPreviousHash | None = None
        self._outgoing = [events.Outgoing(step="noise", data=self._initiator.greeting)]

    @property
    def configuring(self) -> bool:
        """There is no optional answer to wait for."""
        return False

    def outgoing(self) -> list[events.Outgoing]:
        """Take what is to be sent, in order."""
        taken, self._outgoing = self._outgoing, []
        return taken

    def hurry(self) -> None:
        """There is nothing to hurry."""

    def ping(self) -> bool:
        """There is no harmless question in this protocol."""
        return False

    def forget_ping(self) -> None:
        """There is no question to forget."""

    def receive(self, data: bytes) -> list[events.Event]:
        """Take bytes from the pool.

        Raises Garbled when they do not open or are no messages, Denied when the certificate does not stand up.
        """
        found: list[events.Event] = []
        if self._reader is None:
            data = self._shake_hands(data, found)
        if self._reader is not None and data:
            for frame in self._reader.receive(data):
                self.heard = True
                if frame.extension == 0:
                    message = messages.read(frame.kind, frame.payload)
                    if message is not None:
                        self._heard(message, found)
        return found

    def _shake_hands(self, data: bytes, found: list[events.Event]) -> bytes:
        """Gather the answer to the greeting; give what follows it."""
        self._answer += data
        if self._initiator is None:
            return b""
        if len(self._answer) < ANSWER_BYTES:
            spoken = spoken_in(bytes(self._answer))
            if spoken is not None and spoken in {"http", "tls", "stratum v1"}:
                raise Garbled(remedy(spoken))
            return b""
        answer, rest = bytes(self._answer[:ANSWER_BYTES]), bytes(self._answer[ANSWER_BYTES:])
        self._answer.clear()
        try:
            self._outward, inward, certificate = self._initiator.finish(answer)
        except Garbled as error:
            raise Garbled("the answer to the handshake does not open: this port speaks no Stratum V2") from error
        self._initiator = None
        self._reader = FrameReader(inward)
        if self._authority is not None:
            certificate.check(self._authority, now=self._now)
        found.append(
            events.Encrypted(
                authenticated=self._authority is not None,
                server_key=certificate.server_key.hex(),
                valid_until=certificate.not_valid_after,
            )
        )
        setup = messages.setup_connection(
            host=self._host, port=self._port, vendor=VENDOR, hardware=HARDWARE, firmware=FIRMWARE, device=""
        )
        self._send("subscribe", messages.SETUP_CONNECTION, setup)
        return rest

    def _heard(self, message: messages.Message, found: list[events.Event]) -> None:
        match message:
            case messages.SetupConnectionSuccess():
                found.append(events.Subscribed())
                self._open_channel()
            case messages.SetupConnectionError():
                found.append(events.Refused(step="setup", message=events.words(message.code)))
            case messages.ChannelOpened() if message.request == _REQUEST:
                self._opened(message, found)
            case messages.ChannelRefused():
                self._refused(message, found)
            case messages.Reconnect():
                found.append(
                    events.ReconnectAsked(
                        host=events.words(message.host) or None, port=message.port or None, wait_s=0.0
                    )
                )
            case messages.GroupSet() if self._channel in message.channels:
                self._group = message.group
            case messages.ChannelClosed() if self._is_ours(message.channel):
                found.append(events.Ended(reason=events.words(message.reason)))
            case messages.TargetSet() if self._is_ours(message.channel):
                found += _difficulty(message.target)
            case messages.ExtranoncePrefixSet() if self._is_ours(message.channel):
                self._prefix = message.prefix
                found.append(self._extranonce())
            case messages.NewPreviousHash() if self._is_ours(message.channel):
                self._new_block(message, found)
            case messages.ExtendedJob() | messages.StandardJob() if self._is_ours(message.channel):
                self._new_job(message, found)
            case _:
                pass

    def _open_channel(self) -> None:
        user = self.user or ""
        if self._extended:
            kind = messages.OPEN_EXTENDED_CHANNEL
            payload = messages.open_extended_channel(
                request=_REQUEST, user=user, hashrate_hs=_HASHRATE_HS, extranonce_size=_EXTRANONCE_BYTES
            )
        else:
            kind = messages.OPEN_STANDARD_CHANNEL
            payload = messages.open_standard_channel(request=_REQUEST, user=user, hashrate_hs=_HASHRATE_HS)
        self._send("authorize", kind, payload)

    def _opened(self, message: messages.ChannelOpened, found: list[events.Event]) -> None:
        self.subscribed = True
        self._channel, self._group = message.channel, message.group
        self._prefix, self._size = message.extranonce_prefix, message.extranonce_size or 0
        found.append(self._extranonce())
        if self.user is not None:
            found.append(events.Authorized())
        found += _difficulty(message.target)

    def _refused(self, message: messages.ChannelRefused, found: list[events.Event]) -> None:
        """Try a standard channel once where an extended one is refused for another reason than the user."""
        if self._extended and "user" not in message.code:
            self._extended = False
            self._open_channel()
            return
        said = events.words(message.code)
        if self.user is None:
            found.append(events.Refused(step="subscribe", message=f"{said}; it may open channels to known users only"))
        else:
            found.append(events.Refused(step="authorize", message=said))

    def _is_ours(self, channel: int) -> bool:
        """Say whether a message is for our channel, by its own number or its group's."""
        return self._channel is not None and (self._group is None or channel in (self._channel, self._group))

    def _new_job(self, message: messages.ExtendedJob | messages.StandardJob, found: list[events.Event]) -> None:
        rolling = isinstance(message, messages.ExtendedJob) and message.version_rolling
        if rolling and not self._rolling:
            found.append(events.VersionMaskSet(mask=_ROLLING_MASK))
        self._rolling = rolling
        if message.min_ntime is None or self._block is None:
            # Without a block to work on, even a job that could begin at once waits for the one that names it.
            self._jobs[message.job] = message
            while len(self._jobs) > _JOBS_KEPT:
                del self._jobs[next(iter(self._jobs))]
        else:
            found.append(self._job(message, block=self._block, ntime=message.min_ntime, clean=False))

    def _new_block(self, block: messages.NewPreviousHash, found: list[events.Event]) -> None:
        """Put the job that waited for this block to work; the others waited in vain."""
        self._block = block
        job = self._jobs.pop(block.job, None)
        self._jobs.clear()
        if job is not None:
            found.append(self._job(job, block=block, ntime=block.min_ntime, clean=True))

    def _job(
        self,
        message: messages.ExtendedJob | messages.StandardJob,
        *,
        block: messages.NewPreviousHash,
        ntime: int,
        clean: bool,
    ) -> events.Event:
        header = Header(
            id=str(message.job),
            previous_block=block.previous[::-1].hex(),
            clean=clean,
            version=message.version,
            ntime=ntime,
            nbits=block.nbits,
        )
        if isinstance(message, messages.StandardJob):
            return events.JobReceived(job=without_coinbase(header))
        prefix, suffix = _without_witness(message.coinbase_prefix, message.coinbase_suffix)
        try:
            located = locate(prefix, suffix, extranonce1=self._prefix, extranonce2_size=self._size)
        except Garbled as error:
            return events.JobGarbled(message=str(error))
        job = assemble(
            header, located=located, branches=message.branches, mismatch=located.derived, learned=self._learned
        )
        self._learn(job)
        return events.JobReceived(job=job)

    def _learn(self, job: Job) -> None:
        if job.chain == "main" and job.height is not None:
            self._learned.clear()
            self._learned[job.height // BLOCKS_PER_PERIOD] = int(job.nbits, 16)

    def _extranonce(self) -> events.ExtranonceSet:
        return events.ExtranonceSet(extranonce1=self._prefix.hex(), extranonce2_size=self._size)

    def _send(self, step: events.Step, kind: int, payload: bytes) -> None:
        if self._outward is not None:
            frame = Frame(extension=0, kind=kind, payload=payload)
            self._outgoing.append(events.Outgoing(step=step, data=seal(frame, cipher=self._outward)))


def _difficulty(target: int) -> list[events.Event]:
    difficulty = difficulty_of(target)
    return [] if difficulty is None else [events.DifficultySet(difficulty=difficulty)]


def _without_witness(prefix: bytes, suffix: bytes) -> tuple[bytes, bytes]:
    """Take the witness out of a coinbase that still has it: marker and flag in front, one item before the lock time."""
    if prefix[4:6] != _WITNESS_MARK:
        return prefix, suffix
    cut = len(suffix) - _WITNESS_BYTES - _LOCKTIME_BYTES
    return prefix[:4] + prefix[6:], suffix[: max(cut, 0)] + suffix[-_LOCKTIME_BYTES:]
