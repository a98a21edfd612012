"""Scopes that were not read."""

from __future__ import annotations

from agent.classify.model import Severity, Subject
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Coverage, Status


@rule("COV-001", Subject.SCOPE, "CCM:A&A-02", at_least=Severity.UNKNOWN)
def not_read(seen: Coverage) -> Evidence | None:
    """Match scopes that were not read completely, except permanent blind spots of the service."""
    if seen.status is Status.COMPLETE or seen.standing:
        return None
    return {"status": seen.status.value}
