"""What a device said while it was being identified."""

from collectors.evidence import Evidence
from collectors.web import Answer


def test_silence_is_not_kept_while_a_command_may_still_be_asked():
    """Weighing before an answer came must not hide the answer."""
    evidence = Evidence()
    assert "" == evidence.says("stats")
    evidence.replies["rpc stats"] = {"Type": "Antminer S19 (Vnish 1.2)"}
    assert "VNISH" in evidence.says("stats")


def test_a_page_tells_status_and_where_it_leads():
    """A redirect has no text, and says where the page is."""
    evidence = Evidence()
    evidence.pages["GET /"] = Answer(status=308, headers={"location": "/overview"}, body=b"moved")
    assert (308, "/overview", "") == (evidence.status(), evidence.location(), evidence.page())
    assert (None, "") == (evidence.status("/other"), evidence.location("/other"))
