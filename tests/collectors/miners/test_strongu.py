"""StrongU: known by its boards' names, models out of them."""

import pytest

from collectors.evidence import Evidence
from collectors.family import SURE
from collectors.miners import strongu
from collectors.value import Fields


@pytest.mark.parametrize(
    ("name", "model"), [("u6", "STU-U6"), ("u2000", "STU-U2"), ("u1++", "STU-U1++"), ("STU-U8", "STU-U8"), ("x", None)]
)
def test_the_model_is_what_the_boards_are_called(name, model):
    """Boards are named by number, by a thousand times the number, or by the product."""
    assert model == strongu._model(Fields(), [{"Name": name}])


@pytest.mark.parametrize(
    "replies",
    [
        {"rpc summary": {"SUMMARY": [{"Elapsed": 5, "Miner type": "dash"}]}},
        {"rpc devs": {"DEVS": [{"ASC": 0, "Name": "u6", "volt": 10.5}]}},
    ],
)
def test_the_coin_or_a_board_tells_the_family(replies):
    """Nobody else names the coin in the summary, or boards `u6` with their volts."""
    evidence = Evidence()
    evidence.replies.update(replies)
    assert SURE == strongu.recognises(evidence)
