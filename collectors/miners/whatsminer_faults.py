"""Whatsminer's fault codes and what they mean.

The meanings are public (the vendor's service pages); the words are ours.
Codes of one kind share their first digits and count boards or sensors in the last.
"""

from collections.abc import Iterator
from typing import Any

from collectors.reading import DeviceError
from collectors.value import text

_MOST = 64
_REASONS = ("reason", "msg", "desc")

# codes, or spans of them
_SPANS: dict[str, str] = {
    "100": "a fan fails",
    "110": "the intake fan gives no or a wrong speed",
    "111": "the exhaust fan gives no or a wrong speed",
    "120": "the intake fan is more than 2000 rpm off its target",
    "121": "the exhaust fan is more than 2000 rpm off its target",
    "130": "the intake fan is more than 3000 rpm off its target",
    "131": "the exhaust fan is more than 3000 rpm off its target",
    "140": "the fans run too fast: the air is too warm or blocked",
    "200": "no power supply is found",
    "201": "the power supply does not belong to this model's configuration",
    "202": "the power supply's output voltage is wrong",
    "203": "the power supply protects itself: its surroundings are too hot",
    "204": "the power supply limits its current: its surroundings are too hot",
    "205": "the power supply's current is wrong",
    "206": "the mains voltage is too low",
    "207": "the power supply limits its input current: the mains is bad",
    "208": "the power supply's power reading is wrong",
    "209": "the power supply's voltage is off its setting",
    "210": "the power supply reports a fault",
    "211": "the power supply's output current is wrong: restart it",
    "212": "the power supply's output voltage is at the end of its range",
    "213": "the power supply's input and output do not match",
    "214": "the power supply's input power does not move",
    "215": "the power supply's output voltage could not be set",
    "216": "the power has not moved for too long",
    "217": "the power supply could not be switched on",
    "218": "the mains is below 230 V, too low for the high power mode",
    "219": "the power supply's input current is wrong",
    "233-235": "the power supply's output stage is too hot",
    "236-238": "the power supply's output current is too high",
    "239": "the power supply's output voltage is too high",
    "240": "the power supply's output voltage is too low",
    "241": "the power supply's outputs share the current unevenly",
    "243-245": "the power supply's input stage is too hot",
    "246-249": "the power supply's input voltage or current is too high",
    "250-251": "the mains voltage is too low",
    "253-254": "the power supply's fan fails",
    "255-256": "the power supply gives more power than it may",
    "257": "the power supply's input current is too high on its primary side",
    "263": "talking to the power supply is disturbed",
    "264": "the power supply does not answer the control board",
    "265-266": "the power supply reports a fault that it cannot name",
    "267": "the power supply's watchdog has cut in",
    "268": "the power supply's output current is too high",
    "269": "the power supply's input current is too high",
    "270": "the mains voltage is too high",
    "271": "the mains voltage is too low",
    "272": "the power supply gives more power than it should",
    "273": "the power supply draws more power than it should",
    "274": "the power supply's fan is weak",
    "275": "the power supply is near its temperature limit",
    "276-280": "the power supply reports a fault that it cannot name",
    "281-296": "the power supply reports a fault of its maker's own numbering",
    "329": "the control board does not reach the temperature sensors",
    "360-363": "a hashboard is too hot",
    "370": "the temperature around the device jumps about",
    "380": "no humidity sensor is found",
    "381-382": "the humidity sensor cannot be read",
    "383": "the air is too humid: it protects itself",
    "400": "a hashboard's memory chip fails",
    "500": "a hashboard fails",
    "600": "the air around the device is too warm",
    "610": "the air around the device is too warm for the high performance mode",
    "700": "the control board has no valid hardware address",
    "701": "the control board does not know these chips",
    "710": "the control board restarted by itself",
    "711": "the control board restarted by itself and has slowed down: renew the firmware",
    "712": "the control board restarted by itself",
    "713": "the clock jumped: the network is unstable",
    "800": "the mining program's checksum is wrong: the firmware was altered",
    "801": "the monitoring program's checksum is wrong: the firmware was altered",
    "802": "the remote service's checksum is wrong: the firmware was altered",
    "810": "firmware or boards are made for another way of cooling",
    "820": "firmware or boards are made for another way of cooling",
    "901": "the power it draws is off its rating",
    "2000": "no pool is configured",
    "2010": "every pool is disabled",
    "2020": "the first pool cannot be reached",
    "2021": "the second pool cannot be reached",
    "2022": "the third pool cannot be reached",
    "2030": "the pool rejects many shares",
    "2040": "the pool does not allow version rolling",
    "2310": "the hashrate is too low",
    "2320": "the hashrate is too low",
    "2330": "the hashrate falls off too much",
    "2340": "the hashrate falls off too much",
    "2350": "the hashrate falls off",
    "5080": "the chips' temperature calibration failed: restore the factory settings",
    "8000": "the vendor's tool is too old",
    "8010": "the frequency is too low",
    "8020": "the hashrate is too low",
    "8035": "the air around the device is too warm",
    "8100": "the chips' data are wrong",
    "8200": "the power supply's version is wrong",
    "8210": "the model is wrong",
    "8220": "the version information is wrong",
    "8300": "the power level is not set",
    "8400": "the firmware is too old",
    "8410": "the firmware does not fit this model",
    "8700": "power supply and model do not match",
    "9000": "the mining program crashed",
    "9010": "the mining program crashed",
    "9999": "a fault that the device cannot name",
    "100001": "a system file has a false signature: look for malware",
    "100002": "a start-up file has a false signature: look for malware",
    "100003": "a program file has a false signature: look for malware",
}
# codes whose last digit counts boards
_BOARD_WORDS: dict[str, str] = {
    "30": "its temperature sensor is not found",
    "32": "its temperature cannot be read",
    "35": "it is too hot and protects itself",
    "41": "its memory chip is not found",
    "42": "its memory chip holds nonsense",
    "43": "its chips are of another bin than stated",
    "44": "its memory chip states a wrong number of chips",
    "45": "its memory chip does not answer reliably",
    "51": "it belongs to another model",
    "52": "its chips' bin does not fit the others",
    "53": "it is not found",
    "54": "its chips' identities cannot be read",
    "55": "it has bad chips",
    "56": "its chips share the voltage unevenly",
    "57": "talking to its chips fails",
    "58": "its chips do not reset",
    "59": "its frequency is too low",
    "72": "its answers to the control board are damaged",
    "211": "it failed a step of the factory's test",
    "501": "its chips get too little voltage",
    "502": "its chips' voltage moves about",
    "503": "its chips' temperatures differ too much",
    "504": "its hottest chip is much hotter than the rest",
    "505": "it has stopped: its chips are too hot",
    "507": "its coolant flow is out of bounds",
    "509": "its chips' temperature calibration is uneven",
    "511": "it did not reach its frequency in time",
    "512": "its answers have many checksum errors",
    "513": "it is unstable",
    "517": "it did not reach its frequency in time",
}
# codes that go on with a board's digit and a chip's number
_CHIP_WORDS: dict[str, str] = {
    "52": "gives wrong results",
    "53": "gives too few results",
    "54": "is too hot and protects itself",
    "55": "was reset",
    "56": "gives no results",
}
_WORDS = {
    str(code): words
    for span, words in _SPANS.items()
    for code in range(int(span.partition("-")[0]), int(span.rpartition("-")[2]) + 1)
}
_CHIP_DIGITS = range(4, 7)


def faults(codes: Any) -> tuple[DeviceError, ...]:
    """Give the faults of a list of numbers, texts, or objects that have the code as a key; of one text or object too.

    Codes that firmware lists twice are given once; 0 and empty ones are no faults.
    """
    found: dict[str, DeviceError] = {}
    for code, reason in _pairs(codes):
        if code and code.strip("0") and code not in found and len(found) < _MOST:
            found[code] = DeviceError(code=code, message=meaning(code) or reason or "a fault without a known meaning")
    return tuple(found.values())


def meaning(code: str) -> str | None:
    """Give the words for a code, None for one that stands in no table."""
    if code in _WORDS:
        return _WORDS[code]
    words = _BOARD_WORDS.get(code[:-1])
    if words is not None:
        return f"board {code[-1]}: {words}"
    words = _CHIP_WORDS.get(code[:2]) if len(code) in _CHIP_DIGITS else None
    return None if words is None else f"board {code[2]}: chip {int(code[3:])} {words}"


def _pairs(codes: Any) -> Iterator[tuple[str, str | None]]:
    for entry in codes if isinstance(codes, list) else (codes,):
        if isinstance(entry, dict):
            reason = next((text(entry[name]) for name in _REASONS if name in entry), None)
            for name in (*entry, *_plain(entry.get("code"))):
                if name.isascii() and name.isdigit():
                    yield name, reason
        else:
            yield from ((code, None) for code in _plain(entry))


def _plain(value: Any) -> list[str]:
    """Give the codes of a number or of a text such as `"110,600"`."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        value = text(value)
    if not isinstance(value, str):
        return []
    parts = (part.strip() for part in value.replace(";", ",").split(","))
    return [part for part in parts if part.isascii() and part.isdigit()]
