"""The catalogue as a whole: complete, consistent, told in words, and every rule tried through its life."""

from pathlib import Path

import pytest

from config.dimensions import KINDS
from daemon.cli import main
from daemon.rules.catalogue import CATALOGUE, find
from daemon.rules.docs import TESTS, markdown, rule_document
from daemon.rules.rule import GROUPS

HERE = Path(__file__).parent


def test_every_rule_is_tried_through_its_life():
    """No rule stands in the catalogue without a test of its own."""
    tried = "".join(file.read_text() for file in HERE.glob("test_*.py"))
    assert [] == [rule.key for rule in CATALOGUE if rule.key not in tried]


def test_at_least_what_was_promised():
    """The catalogue has its rules, each key once, ordered by group and id."""
    ids = list(dict.fromkeys(rule.id for rule in CATALOGUE))
    assert 72 == len(ids)
    assert len(CATALOGUE) == len({rule.key for rule in CATALOGUE})
    order = [(GROUPS.index(rule.group), rule.id) for rule in CATALOGUE]
    assert sorted(order) == order


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.key)
def test_a_rule_is_whole(rule):
    """It has its words, its inputs, and defaults within their bounds."""
    for text in (rule.title, rule.what, rule.why, rule.do):
        assert text.strip() == text != ""
    for sentence in (rule.what, rule.why, rule.do):
        assert sentence.endswith(".")
    assert rule.needs
    for parameter in rule.parameters:
        assert parameter.low <= parameter.default <= parameter.high, parameter.name
        assert parameter.dimension in KINDS
        assert parameter.name not in {"enabled", "for", "clear_for", "dwell", "severity"}
    assert rule.for_s >= 0.0
    assert rule.clear_for_s >= 0.0


def test_the_same_parameter_of_one_id_is_the_same():
    """Rules that share an id share the meaning and default of a parameter."""
    for rule in CATALOGUE:
        named = {parameter.name: parameter for parameter in rule.parameters}
        for other in find(rule.id):
            assert all(named.get(one.name, one) == one for one in other.parameters)


def test_the_page_names_every_rule_parameter_and_signal():
    """docs/rules.md is made from the catalogue and leaves nothing out."""
    page = markdown()
    for rule in CATALOGUE:
        assert f"### {rule.id} " in page
        assert rule.do in page
        for parameter in rule.parameters:
            assert f"| `{parameter.name}` |" in page
        for need in rule.needs:
            assert need.signal is None or f"`{need.signal}`" in page


def test_a_rule_as_json_has_its_figures_in_base_units():
    """A document gives seconds and base units, with their names."""
    document = rule_document(find("c-01")[0])
    assert ("C-01", 30 * 86400.0) == (document["id"], document["for_s"])
    assert {"name": "spare", "default": 100e3, "unit": "W"}.items() <= document["parameters"][0].items()


def test_find_knows_no_rule_by_another_name():
    """An id that is not there gives nothing."""
    assert () == find("Z-99")


def test_the_example_on_the_page_comes_true(tmp_path):
    """The story that the page shows is played, as it stands there."""
    text = TESTS.split("```yaml\n")[1].split("```")[0]
    file = tmp_path / "rules.yaml"
    file.write_text(text)
    assert 0 == main(["rules", "test", str(file)])
