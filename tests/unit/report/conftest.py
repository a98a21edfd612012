"""Findings and sentences to report on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.classify.finding import Finding, TrackedFinding
from agent.classify.model import Severity, Subject
from agent.text import Text

WHEN = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Spoken(Text):
    """The real sentences, and those of two made-up rules."""

    def __init__(self, language: str) -> None:
        super().__init__(language)
        self._sentences = self._sentences | {
            "TEST-001.title": "Anyone may do it",
            "TEST-001.reason": "Anyone with the link {access}.",
            "TEST-001.fix": "Remove the link.",
            "TEST-002.title": "It never ends",
            "TEST-002.reason": "The link never expires.",
            "TEST-002.fix": "Set an end.",
        }


FINDING = Finding(
    id="tjm1:00",
    subject=Subject.EXPOSURE,
    subject_id="drive/item",
    service="m365",
    connector="head office",
    tenant_id="tenant",
    scope_id="site",
    scope_title="Sales",
    title="customers.xlsx",
    kind="file",
    severity=Severity.HIGH,
    score=71,
    principals=("a@x.example", "b@y.example"),
    reach=1,
    evidence={"TEST-001": {"access": "edit"}, "TEST-002": {}},
    unknowns=("expires_at",),
)


def kept(**changes) -> TrackedFinding:
    return TrackedFinding(
        finding=replace(FINDING, **changes),
        state="new",
        first_seen=WHEN,
        last_seen=WHEN,
        changed_at=WHEN,
    )


@pytest.fixture
def spoken():
    return Spoken("en")
