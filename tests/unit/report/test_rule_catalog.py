"""The catalogue for people is what the code says."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from agent.classify.measured_rules import measured_rules
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


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        (
            "en",
            "Precision and recall: {precision:.2f} and {recall:.2f}, measured on {matches} matches "
            "in the labelled corpus (docs/evaluation.md)",
        ),
        (
            "ja",
            "適合率と再現率：{precision:.2f}、{recall:.2f}（評価用データの {matches} 件に該当。"
            "docs/evaluation.ja.md）",
        ),
    ],
)
def test_a_rule_shows_its_measured_precision_and_recall(language: str, sentence: str) -> None:
    text = Text(language)
    assert measured_rules()
    for rule, measured in measured_rules().items():
        entry = find_rule(rule, text)
        said = sentence.format(**asdict(measured))
        assert render_rule(entry, text).splitlines()[-1] == said
        assert json.loads(to_json(entry))["measured"] == asdict(measured)


@pytest.mark.parametrize(
    ("language", "no_match", "not_measured"),
    [
        (
            "en",
            "Precision and recall: unknown, because no exposure of the labelled corpus matches "
            "this rule (docs/evaluation.md)",
            "Precision and recall: unknown, because the labelled corpus contains exposures only "
            "(docs/evaluation.md)",
        ),
        (
            "ja",
            "適合率と再現率：不明（評価用データに、このルールに該当するものがありません。"
            "docs/evaluation.ja.md）",
            "適合率と再現率：不明（評価用データには、この種類の対象が含まれていません。"
            "docs/evaluation.ja.md）",
        ),
    ],
)
def test_a_rule_without_a_measure_says_why(language: str, no_match: str, not_measured: str) -> None:
    text = Text(language)
    unmeasured = [entry for entry in rule_entries(text) if entry.measured is None]
    assert {"GUEST-001", "COV-001"} <= {entry.id for entry in unmeasured}
    for entry in unmeasured:
        said = no_match if entry.subject in ("exposure", "verdict") else not_measured
        assert render_rule(entry, text).splitlines()[-1] == said
        assert json.loads(to_json(entry))["measured"] is None
