"""Hiveon firmware on Antminers: stock's words with the firmware's name in them, watts of the chains, and a fee pool.

On the T9 each board is three chains, on connectors that are not neighbours.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from simulator.devices.antminer import Antminer, Habits
from simulator.devices.antminer_cgi import chip_string

_FEE = 0.03
_T9_CONNECTORS = ((2, 9, 10), (3, 11, 12), (4, 13, 14))


class Hiveon(Antminer):
    """One Antminer with Hiveon: open on 4028, stock's web pages behind digest."""

    table: ClassVar[Mapping[str, Habits]] = MappingProxyType(
        {
            "s19": Habits(
                program="BMMiner", program_version="1.0.0 hiveon", api="3.1", miner_version="uart_trans.1.3",
                joins=False,
            ),
            "t9": Habits(
                program="BMMiner", program_version="2.0.0", api="3.1", miner_version="22.8.1.3", chains=3,
                fan_names=(3, 6), sensors=1, chips_a_group=6, pages="old",
            ),
        }
    )  # fmt: skip

    __slots__ = ()

    def kind_text(self) -> str:
        """Name the firmware behind the model."""
        name = self.identity.model.name
        return f"Antminer {name} Hiveon" if self.identity.model.dialect == "t9" else f"Antminer {name} (hiveon 1.02)"

    def more_stats(self) -> dict[str, Any]:
        """Give the watts: each chain's and their sum, or on a T9 the sum alone and as a text."""
        working = self.boards_working()
        if self.identity.model.dialect == "t9":
            return {"chain_power": f"{round(self.machine.power_w)} W"}
        each = {f"chain_power{board + 1}": round(self.machine.power_w / working) for board in range(working)}
        return {**each, "total_power": round(self.machine.power_w)}

    def pools(self) -> dict[str, Any]:
        """List the maker's own pool behind the operator's."""
        own = [self.pool(index) for index in range(len(self.accounts()))]
        fee = {
            **own[-1],
            "POOL": len(own),
            "Priority": len(own),
            "URL": "DevFee",
            "User": "DevFee",
            "Accepted": self._fee(),
        }
        return self.section("POOLS", [*own, fee])

    def counters(self) -> dict[str, Any]:
        """Count the maker's shares among all."""
        return {**super().counters(), "Accepted": self.machine.accepted + self._fee()}

    def _fee(self) -> int:
        return int(self.machine.accepted * _FEE)

    def _chain(self, place: int) -> dict[str, Any]:
        if self.identity.model.dialect != "t9":
            return super()._chain(place)
        if place >= self.boards_working():
            return {f"chain_acn{number}": 0 for number in _T9_CONNECTORS[place]}
        board_c, chip_c = (round(value) for value in self.board_temperatures_c(place))
        chips, rate_hs = self.identity.model.chips // 3, self.machine.board_hs[place] / 3
        keys: dict[str, Any] = {}
        for number in _T9_CONNECTORS[place]:
            keys |= {
                f"chain_acn{number}": chips,
                f"chain_acs{number}": chip_string(chips, group=6),
                f"chain_hw{number}": self.machine.hardware_errors[place] // 3,
                f"chain_rate{number}": f"{rate_hs / 1e9:.2f}",
                f"temp{number}": board_c,
                f"temp2_{number}": chip_c,
                f"freq_avg{number}": self.identity.model.frequency_mhz,
            }
        return keys
