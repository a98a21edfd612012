"""What people say of findings is kept, and counted against the rules that spoke."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from agent.classify.finding import Finding
from agent.classify.model import Severity
from agent.store import feedback
from agent.store.facts import FactStore
from agent.store.findings import anonymize_resolved
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
    every = feedback.precisions(feedback.marks(engine, [life.tenant]))
    assert [(one.group, one.name) for one in every] == [
        ("rule", "LINK-001"),
        ("severity", "high"),
        ("audience", "anyone_link"),
        ("sensitivity", "none"),
    ]
    assert {(one.marked, one.right, one.share, one.is_poor) for one in every} == {
        (marked, right, share, poor)
    }
    assert all((one.interval is None) == (share is None) for one in every)
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


def test_severities_are_told_from_the_highest_and_audiences_from_the_widest(
    life: Life, engine: Engine
) -> None:
    one, two = numbered(2)
    two = replace(two, severity=Severity.LOW, audience="ext_named", sensitivity="s3")
    life.run(one, two)
    for finding in (one, two):
        feedback.set_feedback(engine, finding, True, NOW)
    told = feedback.precisions(feedback.marks(engine, [life.tenant]))
    assert [one.name for one in told] == [
        "LINK-001", "high", "low", "anyone_link", "ext_named", "s3", "none",
    ]  # fmt: skip


def test_a_mark_is_about_the_finding_as_it_was_marked(life: Life, engine: Engine) -> None:
    life.run(OPEN)
    feedback.set_feedback(engine, OPEN, False, NOW)
    life.run(replace(OPEN, severity=Severity.LOW, evidence={"LINK-002": {}}))
    (mark,) = feedback.marks(engine, [life.tenant])
    assert (mark.id, mark.right, mark.rules) == (OPEN.id, False, ("LINK-001",))
    assert mark.finding == OPEN


def test_a_mark_of_an_older_program_is_about_the_finding_as_it_is(
    life: Life, engine: Engine
) -> None:
    life.run(OPEN)
    feedback.set_feedback(engine, OPEN, True, NOW)
    with engine.begin() as db:
        db.execute(text("UPDATE mark SET body = ''"))
    lower = replace(OPEN, severity=Severity.LOW)
    life.run(lower)
    assert [mark.finding for mark in feedback.marks(engine, [life.tenant])] == [lower]


def test_names_leave_a_mark_with_those_of_its_finding_and_its_rules_still_count(
    life: Life, engine: Engine
) -> None:
    both = numbered(2)
    life.run(*both)
    for finding in both:
        feedback.set_feedback(engine, finding, True, NOW)
    life.run(both[0])
    anonymize_resolved(engine, NOW + timedelta(days=400))
    found = list(feedback.marks(engine, [life.tenant]))
    assert [mark.finding for mark in found] == [both[0], None]
    counts = {one.name: one.marked for one in feedback.precisions(found)}
    assert counts == {"LINK-001": 2, "high": 1, "anyone_link": 1, "none": 1}
    with engine.connect() as db:
        bodies = db.execute(text("SELECT body FROM mark WHERE finding = 'tjm1:001'")).scalar_one()
    assert bodies == ""
