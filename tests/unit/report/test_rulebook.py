"""The catalogue for people is what the code says."""

import json
from pathlib import Path

import pytest

from agent.classify.posture import posture_rules
from agent.classify.rules.registry import catalogue
from agent.errors import ConfigError
from agent.report.rulebook import entries, entry_of, told, written
from agent.text import Text
from tools.rule_docs import page

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(("language", "name"), [("en", "rules.md"), ("ja", "rules.ja.md")])
def test_the_page_is_generated_from_the_code(language: str, name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == page(language)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_rule_is_told_in_both_languages(language: str) -> None:
    text = Text(language)
    found = {entry.id: entry for entry in entries(text)}
    assert set(found) == {*catalogue(), *posture_rules()}
    for entry in found.values():
        assert entry.title in written(entry, text)
        assert json.loads(told(entry))["id"] == entry.id
        assert entry.references


def test_a_wrong_id_names_the_nearest() -> None:
    assert entry_of("link-001", Text("en")).id == "LINK-001"
    with pytest.raises(ConfigError, match="LINK-0"):
        entry_of("LINK-01", Text("en"))
