"""Several commands of the cgminer API in one request, where the device can; one by one where it cannot.

Whether a device takes joined commands is found out once and remembered, and so are commands that it does not know.
"""

from typing import TYPE_CHECKING, Any

from collectors import cgminer
from collectors.errors import CollectError, Denied, Garbled, TimedOut, Unreachable
from collectors.value import first

if TYPE_CHECKING:
    from collectors.target import Ask

Answers = dict[str, dict[str, Any]]

_UNKNOWN_S = 600.0  # firmware does not learn a command without being replaced
_TRIAL = 0.5  # of the time that is left, for a device that may hang at a joined command


async def commands(ask: "Ask", names: tuple[str, ...], *, port: str) -> Answers:
    """Give what was answered, without what was refused or could not be read; see `Ask.commands`."""
    memory = ask.memory
    wanted = tuple([name for name in names if not _is_unknown(ask, name)]) if "unknown" in memory else names
    joins = memory.get("joined")  # None until it was tried
    if len(wanted) > 1 and joins is not False:
        try:
            document = await ask.rpc("+".join(wanted), port=port, share=1.0 if joins else _TRIAL)
        except (Garbled, TimedOut):
            if joins:
                # firmware may have been replaced: the next poll finds out again
                del memory["joined"]
                raise
            # some firmwares close or hang at a joined command: it is asked for once, then never again
            memory["joined"] = False
        else:
            answers = _parts(ask, wanted, document)
            memory["joined"] = bool(answers)
            if answers:
                ask.has_answered = True
                return answers
    return await _one_by_one(ask, wanted, port=port)


def _parts(ask: "Ask", names: tuple[str, ...], document: dict[str, Any]) -> Answers:
    answers: Answers = {}
    for name in names:
        reply = first(document.get(name))
        if reply and not cgminer.is_refusal(reply):
            answers[name] = reply
        elif reply:
            _note_refusal(ask, name, reply)
    return answers


async def _one_by_one(ask: "Ask", names: tuple[str, ...], *, port: str) -> Answers:
    answers: Answers = {}
    failure: CollectError | None = None
    for name in names:
        try:
            reply = await ask.rpc(name, port=port)
        except Garbled as error:
            failure = error
            ask.fields.missed(name)
            continue
        except (TimedOut, Unreachable) as error:
            if not answers:
                raise
            # what was answered before it fell silent is a reading, and nothing more is to be had of it now
            ask.warn(f"rpc {name}", f"{name}: {error}")
            break
        ask.warn(f"rpc {name}", None)
        if not cgminer.is_refusal(reply):
            answers[name] = reply
        elif cgminer.is_denial(reply):
            failure = Denied(f"the device does not let this address ask for {name}")
        else:
            _note_refusal(ask, name, reply)
    if not answers and failure is not None:
        raise failure
    return answers


def _is_unknown(ask: "Ask", command: str) -> bool:
    until: float = ask.memory.get("unknown", {}).get(command, 0.0)
    return ask.loop.time() < until


def _note_refusal(ask: "Ask", command: str, reply: dict[str, Any]) -> None:
    if not cgminer.is_denial(reply):
        ask.memory.setdefault("unknown", {})[command] = ask.loop.time() + _UNKNOWN_S
