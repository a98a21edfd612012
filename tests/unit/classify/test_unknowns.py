"""What is remembered of guesses must be what guessing again would say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.classify.judge import Judge
from connectors.sdk.records import UNKNOWN, Access, Audience, Cause, PrincipalKind, State
from tests.unit.classify.given import NOW, exposure, policy

DAYS = st.sampled_from([0, 1, 29, 30, 31, 179, 180, 364, 365, 366, 1094, 1095, 4000])
DATES = st.one_of(st.just(UNKNOWN), DAYS.map(lambda days: NOW - timedelta(days=days)))
ENDS = st.one_of(
    st.sampled_from([None, UNKNOWN]), DAYS.map(lambda days: NOW + timedelta(days=days))
)
FACTS = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["notes.txt", "顧客名簿.xlsx", "議事録.docx"]),
        "kind": st.sampled_from(["file", "folder", "document", "object", "group"]),
        "access": st.sampled_from(Access),
        "principal_kind": st.sampled_from(PrincipalKind),
        "principal_domains": st.sampled_from([(), ("gmail.com",), ("a.example",)]),
        "owner": st.sampled_from([None, UNKNOWN, "sato@example.co.jp", "x@a.example"]),
        "owner_state": st.sampled_from(State),
        "created_at": DATES,
        "item_created_at": DATES,
        "last_activity": st.one_of(st.none(), DATES),
        "expires_at": ENDS,
        "password": st.sampled_from([True, False, UNKNOWN]),
        "reach": st.sampled_from([0, 1, 9, 10, 999, 1000, 100_000, UNKNOWN]),
        "cause": st.sampled_from(Cause),
        "live": st.booleans(),
        "guests": st.sampled_from([0, 3]),
    }
)
SHARED = Judge(policy(), NOW)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(Audience), FACTS)
def test_remembering_changes_no_answer(audience: Audience, facts: dict[str, Any]) -> None:
    seen = exposure(audience, **facts)
    assert SHARED.exposure(seen) == Judge(policy(), NOW).exposure(seen)
