"""What people say of findings is kept, and counted against the rules that spoke."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from agent.classify.finding import Finding
from agent.store import feedback
from agent.store.facts import FactStore
from tests.unit.store.test_findings import NOW, OPEN, Life


@pytest.fixture
def life(engine: Engine, facts: FactStore, tenant: int) -> Life:
    return Life(engine, facts, tenant)


def numbered(count: int) -> list[Finding]:
    return [replace(OPEN, id=f"tjm1:{n:03}") for n in range(count)]


def test_a_mark_survives_judging_and_the_end_of_its_finding(life: Life, engine: Engine) -> None:
    life.run(OPEN)
    feedback.set_feedback(engine, OPEN, False, NOW)
    life.run(replace(OPEN, access="view"))
    assert feedback.feedback(engine, [life.tenant]) == {OPEN.id: False}
    life.run()
    assert feedback.feedback_of(engine, OPEN.id) is False


def test_the_last_word_counts_and_can_be_taken_back(life: Life, engine: Engine) -> None:
    life.run(OPEN)
    feedback.set_feedback(engine, OPEN, False, NOW)
    feedback.set_feedback(engine, OPEN, True, NOW)
    assert feedback.feedback(engine, [life.tenant]) == {OPEN.id: True}
    feedback.set_feedback(engine, OPEN, None, NOW)
    assert feedback.feedback(engine, [life.tenant]) == {}
    assert feedback.feedback_of(engine, OPEN.id) is None


@pytest.mark.parametrize(
    ("marked", "right", "share", "poor"),
    [(19, 0, None, False), (20, 20, 1.0, False), (20, 10, 0.5, False), (20, 9, 0.45, True)],
)
def test_precision_is_told_from_twenty_marks_on_and_is_poor_below_half(
    life: Life, engine: Engine, marked: int, right: int, share: float | None, poor: bool
) -> None:
    found = numbered(marked)
    life.run(*found)
    for at, finding in enumerate(found):
        feedback.set_feedback(engine, finding, at < right, NOW)
    [told] = feedback.rule_precisions(engine, [life.tenant])
    assert (told.name, told.marked, told.right) == ("LINK-001", marked, right)
    assert (told.share, told.is_poor) == (share, poor)


def test_a_mark_counts_for_every_rule_of_its_finding_but_not_for_news(
    life: Life, engine: Engine
) -> None:
    both = replace(OPEN, evidence={"LINK-001": {}, "EXT-002": {}, "CHG-001": {}})
    life.run(both)
    feedback.set_feedback(engine, both, True, NOW)
    life.run(OPEN)  # fewer rules today: the mark was about yesterday's
    assert [p.name for p in feedback.rule_precisions(engine, [life.tenant])] == [
        "EXT-002",
        "LINK-001",
    ]


def test_another_tenants_marks_are_not_counted(life: Life, engine: Engine) -> None:
    life.run(OPEN)
    feedback.set_feedback(engine, OPEN, True, NOW)
    assert feedback.rule_precisions(engine, [life.tenant + 1]) == []
    assert feedback.feedback(engine, [life.tenant + 1]) == {}
