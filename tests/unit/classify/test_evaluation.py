"""The figures on names are told as they are, and do not get worse unnoticed."""

from collections import Counter
from pathlib import Path

from agent.classify.model import SensitivityLevel
from tests.evaluation.__main__ import LEVELS, cases, figures, page

DOCS = Path(__file__).parents[3] / "docs" / "rules-evaluation.md"


def test_the_page_is_generated_from_the_corpus():
    assert DOCS.read_text(encoding="utf-8") == page()
    assert "say nothing about a given tenant" in page()


def test_the_corpus_is_large_each_name_stands_once_and_half_is_held_back():
    every = list(cases())
    assert len(every) >= 600
    assert max(Counter(case.name for case in every).values()) == 1
    held = sum(case.held_back for case in every)
    assert 0.45 < held / len(every) < 0.55
    assert {case.truth for case in every} == {SensitivityLevel.NONE, *LEVELS}


def test_names_that_were_held_back_are_told_about_as_well():
    held = [case for case in cases() if case.held_back]
    for level in LEVELS:
        assert figures(held, level).precision >= 0.95
        assert figures(held, level).recall >= 0.80
