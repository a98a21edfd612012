from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from agent import classify, text
from agent.classify.model import Subject
from agent.classify.rules.registry import Rule, all_rules
from agent.classify.settings_baseline import (
    ExpectedSetting,
    expected_setting_rules,
    expected_settings,
)

RULES = list(all_rules().values())


def load(package: Any, *path: str) -> dict[str, Any]:
    return tomllib.loads(Path(package.__path__[0], *path).read_text(encoding="utf-8"))


TEXTS = {language: load(text, "rules", f"{language}.toml") for language in ("en", "ja")}
POSTURES = {language: load(text, "postures", f"{language}.toml") for language in ("en", "ja")}
FRAMEWORKS = load(classify, "references.toml")["framework"]


def braces(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_all_the_rules_that_were_asked_for_are_there():
    assert {*all_rules(), *expected_setting_rules()} >= {
        *(f"LINK-{n:03}" for n in range(1, 11)),
        *(f"ORG-00{n}" for n in range(1, 5)),
        *(f"EXT-00{n}" for n in range(1, 9)),
        *(f"GUEST-00{n}" for n in range(1, 7)),
        *(f"GRP-00{n}" for n in range(1, 4)),
        *(f"SF-{n:03}" for n in range(1, 12)),
        *("TEAM-001", "TEAM-002", "GOV-001", "GOV-002", "COV-001", "CHG-001", "CHG-002"),
    }


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: Rule[Any]):
    assert re.fullmatch(r"[A-Z]{2,5}-\d{3}", rule.id)
    assert rule.references
    assert rule.check.__doc__
    assert bool(rule.audiences) is (rule.subject is Subject.EXPOSURE)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_cites_only_what_its_baseline_still_holds(rule: Rule[Any]):
    for reference in rule.references:
        [framework] = [f for f in FRAMEWORKS if reference.startswith(f["prefix"])]
        name = reference.removeprefix(framework["prefix"])
        assert name in framework["ids"], reference
        assert not any(fnmatch(name, gone) for gone in framework["retired"]), reference


def test_no_id_of_a_baseline_is_both_valid_and_retired():
    for framework in FRAMEWORKS:
        assert framework["framework"] and framework["version"]
        for name in framework["ids"]:
            assert not any(fnmatch(name, gone) for gone in framework["retired"]), name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_the_same_in_both_languages(rule: Rule[Any]):
    english, japanese = TEXTS["en"][rule.id], TEXTS["ja"][rule.id]
    assert list(english) == list(japanese)
    plain = [part for part in english if not part.startswith("reason_")]
    assert plain == ["title", "why", "reason", "fix"]
    for part in english:
        assert english[part] and japanese[part]
        assert braces(english[part]) == braces(japanese[part])
        if part != "title":
            assert english[part].endswith(".")
            assert japanese[part].endswith("。")
        if not part.startswith("reason"):  # also in the variants that evidence asks for
            assert not braces(english[part])


@pytest.mark.parametrize("posture", expected_settings(), ids=lambda posture: posture.setting)
def test_a_posture_cites_what_its_baseline_still_holds_and_is_explained(posture: ExpectedSetting):
    assert posture.references
    for reference in posture.references:
        [framework] = [f for f in FRAMEWORKS if reference.startswith(f["prefix"])]
        assert reference.removeprefix(framework["prefix"]) in framework["ids"], reference
    for texts in POSTURES.values():
        assert list(texts[posture.rule]) == ["title", "why", "fix"]
        assert all(texts[posture.rule].values())


def test_no_text_of_a_posture_is_left_without_it():
    for texts in POSTURES.values():
        assert set(texts) == {*expected_setting_rules(), "setting"}


def test_no_text_is_left_without_its_rule():
    assert set(TEXTS["en"]) == set(TEXTS["ja"]) == {*all_rules(), "custom"}
