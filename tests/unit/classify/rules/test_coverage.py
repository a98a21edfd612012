from __future__ import annotations

import pytest

from agent.classify.evaluator import Evaluator
from agent.classify.model import Severity
from connectors.sdk.records import Coverage, Status
from tests.unit.classify.given import NOW, policy

JUDGE = Evaluator(policy(), NOW)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.COMPLETE}))
def test_what_was_not_read_is_unknown_and_never_clean(status: Status):
    seen = JUDGE.evaluate_scope(Coverage(status=status))
    assert (seen.severity, seen.score) == (Severity.UNKNOWN, None)
    assert [(m.rule, m.evidence) for m in seen.matches] == [("COV-001", {"status": status.value})]


def test_a_standing_blind_spot_is_unknown_and_no_finding():
    seen = JUDGE.evaluate_scope(Coverage(status=Status.SKIPPED, standing=True))
    assert (seen.severity, seen.matches) == (Severity.UNKNOWN, ())


def test_what_was_read_completely_is_nothing_to_object_to():
    seen = JUDGE.evaluate_scope(Coverage(status=Status.COMPLETE))
    assert (seen.severity, seen.matches) == (Severity.INFO, ())
