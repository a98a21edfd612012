from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from agent.classify.evaluator import Evaluator
from agent.classify.model import Evaluation, Severity
from connectors.sdk.records import UNKNOWN, Principal, PrincipalKind, State
from tests.unit.classify.given import NOW, ago, policy


def guest(**facts: Any) -> Evaluation:
    known: dict[str, Any] = {
        "id": "u1",
        "kind": PrincipalKind.GUEST,
        "name": "Guest",
        "state": State.ACTIVE,
        "created_at": ago(400),
        "invited_at": None,
        "last_sign_in": ago(1),
    }
    return Evaluator(policy(), NOW).evaluate_principal(Principal(**known | facts))


def rules(judgement: Evaluation) -> list[str]:
    return [match.rule for match in judgement.matches]


@pytest.mark.parametrize(
    ("last", "dormant"), [(ago(90), False), (ago(91), True), (None, True), (UNKNOWN, False)]
)
def test_a_guest_is_dormant_only_where_the_last_sign_in_is_known(
    last: datetime | None, dormant: bool
):
    assert ("GUEST-001" in rules(guest(last_sign_in=last))) is dormant


def test_who_never_signed_in_is_counted_from_the_day_the_account_was_made():
    assert rules(guest(last_sign_in=None, created_at=ago(10))) == []
    assert rules(guest(last_sign_in=None, created_at=UNKNOWN)) == []


@pytest.mark.parametrize(
    ("invited", "open_"), [(ago(30), False), (ago(31), True), (None, False), (UNKNOWN, False)]
)
def test_an_invitation_is_open_for_too_long_after_a_month(invited: datetime | None, open_: bool):
    seen = guest(state=State.PENDING, invited_at=invited, last_sign_in=None)
    assert (rules(seen) == ["GUEST-002"]) is open_
    assert seen.severity is (Severity.LOW if open_ else Severity.INFO)
    assert seen.score is None


def test_only_guests_are_meant():
    for kind in set(PrincipalKind) - {PrincipalKind.GUEST}:
        assert rules(guest(kind=kind, state=State.PENDING, invited_at=ago(99))) == []
        assert rules(guest(kind=kind, last_sign_in=ago(999))) == []


def test_what_could_change_the_answer_is_named():
    assert guest(last_sign_in=UNKNOWN).unknowns == ("last_sign_in",)
    assert guest(state=State.PENDING, invited_at=UNKNOWN).unknowns == ("invited_at",)
    assert guest(state=State.UNKNOWN, last_sign_in=ago(99)).unknowns == ("state",)
    assert guest().unknowns == ()
    assert guest(state=State.DISABLED, last_sign_in=UNKNOWN).unknowns == ()
