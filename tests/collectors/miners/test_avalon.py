"""Avalon: where the modules' texts are found, what the supply says, real answers of three generations."""

import pytest

from collectors.identify import identify
from collectors.miners import avalon
from collectors.miners.avalon import FAMILY
from collectors.poll import collect
from collectors.target import Target
from collectors.value import Fields


@pytest.mark.parametrize(
    ("product", "own", "model"),
    [
        ("AvalonMiner 1246-83", "1246-83-21072802_4ec6bb0", "1246"),
        ("AvalonMiner 15-194", "15-194-24102401_25462b2", "A15"),
        ("Avalon Nano3s", "Nano3s-25021401_56abae7", "Nano 3s"),
        ("Avalon Mini3", "Mini3-25021401_56abae7", "Mini 3"),
        ("Avalon Q", "Q-25052801_14a19a2", "Q"),
        (None, "8411803-14b0f10", "841"),
        (None, "7411706-3162860", "741"),
        (None, "1246-83-21072802_4ec6bb0", "1246"),
    ],
)
def test_the_model_is_the_product_without_its_bin(product, own, model):
    """The product names the model; old firmware has it only in its version's first digits."""
    version = {} if product is None else {"PROD": product}
    assert model == avalon._model(Fields(), version, [{"Ver": own}])


@pytest.mark.parametrize(
    ("module", "watts"),
    [
        ({"PS": "0 1209 1187 297 3526 1188 3731", "WALLPOWER": "3725"}, 3725.0),
        ({"PS": "0 1214 1316 242 3189 1320 3504"}, 3504.0),
        ({"PS": "0 1215 2082 53 1106 2089"}, 1106.0),
        ({"PS": "0 0 27541 4 0 3756 133"}, 133.0),
        ({"PS": "0 0 nan inf"}, None),
        ({}, None),
    ],
)
def test_watts_are_those_drawn_from_the_wall(module, watts):
    """The last place of `PS` counts; older supplies have only what they put out, the oldest nothing."""
    assert watts == avalon._power(module)


async def test_the_answer_that_has_the_modules_is_remembered(recordings, device):
    """A firmware without the short answer is asked for it once, then one joined request is a poll."""
    pretend = await device(recordings["avalon/a1346-one-board-too-hot"]["requests"])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY))
    await collect(target, FAMILY, timeout_s=5)
    pretend.heard.clear()
    await collect(target, FAMILY, timeout_s=5)
    assert ["rpc summary+estats+pools"] == pretend.heard


async def test_texts_gone_empty_are_looked_for_elsewhere(recordings, device):
    """When the remembered answer has no modules any more, the others are tried, and the totals are read anyway."""
    pretend = await device(recordings["avalon/q-asleep"]["requests"])
    target = Target("127.0.0.1", ports=pretend.ports_of(FAMILY))
    target.memory["modules_in"] = "estats"
    first = await collect(target, FAMILY, timeout_s=5)
    assert () == first.boards
    second = await collect(target, FAMILY, timeout_s=5)
    assert ("sleeping", 1) == (second.state, len(second.boards))


@pytest.mark.shared
@pytest.mark.parametrize(
    ("case", "model", "state", "watts", "limit", "chips"),
    [
        ("avalon/avalon-24102401", "A15", "hashing", 3731.0, 3515.0, [160, 160, 160]),
        ("avalon/avalon-q-and-a", "Q", "sleeping", 146.0, 800.0, [160]),
    ],
)
async def test_real_answers_are_read(case, model, state, watts, limit, chips, real_answers, device):
    """A hall machine at work and a home one asleep: watts, limit, chips of each board, nothing unread."""
    pretend = await device(real_answers(case))
    ports = {"http": 1, "framed": 1, **pretend.ports_of(FAMILY)}
    assert "avalon" == (await identify(Target("127.0.0.1", ports=ports), timeout_s=5)).family.name
    reading = await collect(Target("127.0.0.1", ports=ports), FAMILY, timeout_s=5)
    assert (model, state, watts, limit, chips, ()) == (
        reading.model,
        reading.state,
        reading.power_w,
        reading.power_limit_w,
        [board.chips for board in reading.boards],
        reading.unread,
    )
