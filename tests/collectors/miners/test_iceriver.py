"""IceRiver's login, which the device asks for with a page instead of figures, and its sensors' nonsense."""

import pytest

from collectors.errors import Denied
from collectors.poll import collect
from collectors.registry import family as family_named
from collectors.target import Target

FAMILY = family_named("iceriver")
PANEL = "POST /user/userpanel?post=4"


def locked(panel, *, refusal):
    """Serve the panel to whoever carries the cookie of a login, and the refusal to all others."""

    def answers(request, headers, _body):
        if request.startswith("POST /user/loginpost?post=6"):
            is_right = request.endswith("&user=admin&pwd=a%26b")
            return 200, {"Set-Cookie": "sid=7; Path=/"} if is_right else {}, {"error": 0 if is_right else 1}
        if request == PANEL:
            return (200, {}, panel) if headers.get("cookie") == "sid=7" else refusal
        return 404, {}, ""

    return answers


@pytest.mark.parametrize(
    "refusal", [(200, {}, "<html>login</html>"), (302, {"Location": "/"}, ""), (200, {}, {"error": 1}), (401, {}, "")]
)
async def test_a_login_is_made_when_the_panel_asks_for_it(recordings, web_server, pages_of, refusal):
    """A page, a redirect, an error or a status: each means that a login is wanted, and one serves all polls."""
    panel = pages_of(recordings["iceriver/ks3m"])[PANEL]
    web = await web_server(locked(panel, refusal=refusal))
    target = Target("127.0.0.1", ports={"http": web.port}, username="admin", password="a&b")
    reading = await collect(target, FAMILY, timeout_s=5)
    assert 6.0015e12 == reading.hashrate_hs
    await collect(target, FAMILY, timeout_s=5)
    assert 1 == sum("loginpost" in one for one in web.heard)


@pytest.mark.parametrize("password", [None, "wrong"])
async def test_what_does_not_open_is_denied(recordings, web_server, pages_of, password):
    """Without credentials no login is sent; wrong ones are sent once and then left alone."""
    panel = pages_of(recordings["iceriver/ks3m"])[PANEL]
    web = await web_server(locked(panel, refusal=(200, {}, "<html>login</html>")))
    target = Target("127.0.0.1", ports={"http": web.port}, password=password)
    for _ in range(2):
        with pytest.raises(Denied):
            await collect(target, FAMILY, timeout_s=5)
    assert (1 if password else 0) == sum("loginpost" in one for one in web.heard)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("V1_02_ks3m_miner", "KS3M"),
        ("ICM168_ks0_miner", "KS0"),
        ("AL0_03_miner", "AL0"),
        ("ICM168_04_02_1810_10306_miner", "AL3"),
        ("ICM168_04_02_1810_99999_miner", None),
    ],
)
async def test_the_model_is_part_of_the_softwares_name(web_server, name, model):
    """A name with only numbers in it tells no model."""
    panel = {"data": {"rtpow": "1G", "softver1": name, "boards": []}}
    web = await web_server(lambda *_: (200, {}, panel))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert model == reading.model


@pytest.mark.parametrize(
    ("inlet", "outlet", "board"), [(49, 126, 49.0), (126, 49, 49.0), (49, 61, 61.0), (0, 55, 55.0), (255, -1, None)]
)
async def test_a_sensors_nonsense_is_left_out(web_server, inlet, outlet, board):
    """Two ends of one board are never eighty degrees apart."""
    part = {"no": 1, "chipnum": 3, "rtpow": "1G", "intmp": inlet, "outtmp": outlet}
    web = await web_server(lambda *_: (200, {}, {"data": {"rtpow": "1G", "boards": [part]}}))
    reading = await collect(Target("127.0.0.1", ports={"http": web.port}), FAMILY, timeout_s=5)
    assert board == reading.boards[0].board_temperature_c
