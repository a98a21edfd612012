"""What is published quotes what was said of each organization by what never saw it."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from agent.classify.measured_rules import FILE, RuleMeasure, measured_rules
from agent.classify.model import Severity
from agent.classify.rules.registry import all_rules
from connectors.sdk.records import Audience
from tests.evaluation.folders import BrokenFolder
from tests.evaluation.judgements import (
    read_leave_one_out,
    read_leave_one_out_names,
)
from tests.evaluation.page import page
from tests.evaluation.rules_file import rules_file, rules_without_match
from tests.unit.evaluation.given import (
    folder_of,
    judgement,
    name_judgement,
    with_names,
    write_jsonl,
)

DOCS = Path(__file__).parents[3] / "docs"

SAID: Mapping[str, Any] = {
    "company": "x",
    "id": "L1",
    "severity": "high",
    "score": 70,
    "rules": ["LINK-001"],
    "sensitivity": "s3",
    "topic": "health",
}
NAMED: Mapping[str, Any] = {"company": "x", "id": "N1", "level": "s3", "topic": "health"}


@pytest.mark.parametrize(
    ("language", "name"), [("en", "evaluation.md"), ("ja", "evaluation.ja.md")]
)
def test_the_page_is_generated_from_the_files(language: str, name: str) -> None:
    said = page(language, read_leave_one_out(), read_leave_one_out_names())
    assert (DOCS / name).read_text(encoding="utf-8") == said, (
        f"python -m tests.evaluation page {language} > docs/{name}"
    )


def test_the_measures_of_rules_are_generated_from_the_files() -> None:
    text = files("agent.classify").joinpath(FILE).read_text(encoding="utf-8")
    assert text == rules_file(read_leave_one_out()), (
        f"python -m tests.evaluation rules > agent/classify/{FILE}"
    )


def test_every_measured_rule_exists_and_its_measures_are_shares() -> None:
    assert measured_rules()
    assert measured_rules().keys() <= all_rules().keys()
    for measure in measured_rules().values():
        assert measure.matches > 0
        assert 0 <= measure.precision <= 1
        assert 0 <= measure.recall <= 1


def test_a_rule_is_written_with_its_matches_precision_and_recall() -> None:
    judged = [
        judgement("shut_now", "fix_soon", rules=("LINK-001", "LINK-003")),
        judgement("fix_soon", "fix_soon", rules=("LINK-003",)),
        judgement("fine", "review", rules=("LINK-003",)),
        judgement("fine", "fix_soon", rules=("LINK-001", "LINK-006")),
        judgement("shut_now", "shut_now"),
    ]
    table = tomllib.loads(rules_file(judged))
    assert table["corpus"] == {"exposures": 4, "acted_on": 3}
    assert {rule: RuleMeasure(**row) for rule, row in table["rules"].items()} == {
        "LINK-001": RuleMeasure(matches=1, precision=1.0, recall=0.333),
        "LINK-003": RuleMeasure(matches=3, precision=0.667, recall=0.667),
    }
    assert "LINK-006" in rules_without_match(judged)  # matched only where labellers disagree
    assert "LINK-001" not in rules_without_match(judged)
    assert "GUEST-001" not in rules_without_match(judged)  # is about accounts


def test_what_was_said_is_joined_with_the_labels_in_the_order_of_the_corpus(
    tmp_path: Path,
) -> None:
    partner = {"audience": "ext_named", "principals": ["a@partner.example"]}
    folder_of(tmp_path, lines=[{}, partner], labels=[["fine", "shut_now"]] * 2)
    lines = [{**SAID, "id": "L2", "score": None, "topic": ""}, SAID]
    file = write_jsonl(tmp_path / "said.jsonl", lines)
    first, second = read_leave_one_out(file, tmp_path, ["x"])
    assert (first.of.id, first.score, first.topic, first.of.must_act) == ("L1", 70, "health", False)
    assert (second.of.id, second.score, second.topic) == ("L2", None, "")
    assert second.audience is Audience.EXT_ALLOWLISTED  # as the policy of its folder says
    assert second.of.must_shut is True


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "said.jsonl: x L1 has no line."),
        ([SAID, SAID], "said.jsonl:2: x L1 has a line already."),
        ([SAID, {**SAID, "id": "L9"}], "said.jsonl: x L9 is not in the corpus."),
        ([{**SAID, "score": "70"}], "said.jsonl:1: score is no whole number."),
        ([{**SAID, "score": True}], "said.jsonl:1: score is no whole number."),
        ([{**SAID, "rules": "LINK-001"}], "said.jsonl:1: rules is no list of texts."),
        ([{**SAID, "rules": ["LINK-999"]}], "said.jsonl:1: LINK-999 is no rule."),
        ([{**SAID, "company": None}], "said.jsonl:1: company is no text."),
        (
            [{**SAID, "severity": "unknown"}],
            "said.jsonl:1: severity is none of info, low, medium, high, critical.",
        ),
        (
            [{**SAID, "sensitivity": "s4"}],
            "said.jsonl:1: sensitivity is none of public, none, s1, s2, s3.",
        ),
    ],
)
def test_a_file_that_does_not_fit_the_corpus_is_refused(
    tmp_path: Path, lines: list[Mapping[str, Any]], sentence: str
) -> None:
    folder_of(tmp_path, lines=[{}], labels=[])
    file = write_jsonl(tmp_path / "said.jsonl", lines)
    with pytest.raises(BrokenFolder) as refused:
        read_leave_one_out(file, tmp_path, ["x"])
    assert str(refused.value) == f"{tmp_path}/{sentence}"


def test_a_topic_must_be_one_of_the_model(tmp_path: Path) -> None:
    folder_of(tmp_path, lines=[{}], labels=[])
    file = write_jsonl(tmp_path / "said.jsonl", [{**SAID, "topic": "weather"}])
    with pytest.raises(BrokenFolder, match=r"said\.jsonl:1: topic is none of personal, health, "):
        read_leave_one_out(file, tmp_path, ["x"])


def test_what_was_said_of_names_is_joined_with_their_labels(tmp_path: Path) -> None:
    with_names(folder_of(tmp_path), ["a", "b"], [["s3,health", "s1,business"]])
    file = write_jsonl(tmp_path / "said.jsonl", [{**NAMED, "id": "N2"}, NAMED])
    judged = read_leave_one_out_names(file, tmp_path, ["x"])
    assert [(said.of.name, said.level.word, said.of.levels) for said in judged] == [
        ("a", "s3", ("s3",)),
        ("b", "s3", ("s1",)),
    ]
    write_jsonl(file, [NAMED])
    with pytest.raises(BrokenFolder, match="x N2 has no line"):
        read_leave_one_out_names(file, tmp_path, ["x"])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder_of(tmp_path)
    with pytest.raises(BrokenFolder, match=r"gone\.jsonl: there is no such file"):
        read_leave_one_out(tmp_path / "gone.jsonl", tmp_path, ["x"])


EN = """\
| | agreed | to act | precision | recall | AUC | urgent: precision | urgent: recall | both would \
close it today, below medium |
|---|---|---|---|---|---|---|---|---|
| a | 2 | 1 | 0.50 | 1.00 | 1.00 | - | 0.00 | 0 |
| b | 1 | 1 | - | 0.00 | - | - | 0.00 | 1 |
| all | 3 | 2 | 0.50 | 0.50 | 0.50 | - | 0.00 | 1 |
"""
JA = """\
| 公開範囲 | 一致した件数 | 対処すべきもの | 適合率 | 再現率 | 見逃し | 過大 |
|---|---|---|---|---|---|---|
| リンクを知っている社内の全員 | 2 | 1 | 0.50 | 1.00 | 0 | 1 |
| リンクを知っている全員 | 1 | 1 | - | 0.00 | 1 | 0 |
"""


@pytest.mark.parametrize(("language", "table"), [("en", EN), ("ja", JA)])
def test_the_page_holds_the_figures_of_every_company_and_group(language: str, table: str) -> None:
    judged = [
        judgement("shut_now", "shut_now", score=80, company="a"),
        judgement("fine", "fine", score=60, company="a"),
        judgement(
            "shut_now",
            "shut_now",
            score=10,
            severity=Severity.INFO,
            audience=Audience.ANYONE_LINK,
            company="b",
        ),
    ]
    assert table in page(language, judged, [name_judgement("s3,health", "s3,health")])


@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_page_says_what_it_cannot_say(language: str) -> None:
    said = (DOCS / f"evaluation{'.ja' if language == 'ja' else ''}.md").read_text(encoding="utf-8")
    for words in {
        "en": ("No\nfigure on this page comes from a real tenant", "no base rate", "flatters"),
        "ja": ("実在のテナントの数値は一つもありません", "実際の発生率を表すものではなく"),
    }[language]:
        assert words.replace("\n", " ") in said.replace("\n", " ")
