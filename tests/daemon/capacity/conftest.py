"""A feeder to work with, in one line."""

import pytest

from daemon.capacity.feeder import feeder_capacity
from daemon.capacity.load import FeederLoad
from daemon.capacity.plan import FeederPlan


@pytest.fixture
def capacity():
    """Work out a feeder of 500 kW with 20 kW in reserve; `plan` and `load` change what they name."""

    def worked_out(*, plan=None, load=None, **more):
        fields = {"id": "f1", "contracted_w": 500e3, "reserve_w": 20e3} | (plan or {})
        return feeder_capacity(
            FeederPlan(**fields), load=FeederLoad(feeder="f1", **(load or {})), currency="USD", **more
        )

    return worked_out
