"""The catalogue for people is what the code says."""

import json
from pathlib import Path

import pytest

from agent.classify.rules.registry import all_rules
from agent.classify.settings_baseline import expected_setting_rules
from agent.errors import ConfigError
from agent.report.rule_catalog import find_rule, render_rule, rule_entries, to_json
from agent.text import Text
from tools.rule_docs import render_rules_page

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize(("language", "name"), [("en", "rules.md"), ("ja", "rules.ja.md")])
def test_the_page_is_generated_from_the_code(language: str, name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == render_rules_page(language)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_every_rule_is_told_in_both_languages(language: str) -> None:
    text = Text(language)
    found = {entry.id: entry for entry in rule_entries(text)}
    assert set(found) == {*all_rules(), *expected_setting_rules()}
    for entry in found.values():
        assert entry.title in render_rule(entry, text)
        assert json.loads(to_json(entry))["id"] == entry.id
        assert entry.references


def test_a_wrong_id_names_the_nearest() -> None:
    assert find_rule("link-001", Text("en")).id == "LINK-001"
    with pytest.raises(ConfigError, match="LINK-0"):
        find_rule("LINK-01", Text("en"))
