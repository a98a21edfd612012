"""A finding as it is stored, reported and sent to a SIEM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from agent.classify.model import Confidence, Severity, Subject
from connectors.sdk.records import frozen_record


@frozen_record
class Finding:
    """A subject judged too open. Flat words, ready for a file; texts are made at the exits.

    Several people behind one link are one finding with several `principals`.

    The order of the fields is the order of the stored cells: append only. A field that is added
    has a default, which older stores are read with.

    Attributes:
        id: See `agent.classify.model.finding_id`.
        subject_id: The item's id, the principal's id or the scope's id.
        title: The name of the subject, as its owner chose it.
        kind: The item's or principal's kind, the coverage status for a scope.
        reach: Items or records; None where it means nothing, "unknown" where nobody told.
        expires_at: ISO time, "" for never, "unknown".
        points: Reason -> points; they explain the score.
        evidence: Rule id -> values for its sentence, in the order of the matches.
        unknowns: Names of facts that could change the judgement.
        reason: For a scope: why it was not read, as a JSON-encoded `Message`, with its hint.
        terms: What says how sensitive it is; `sensitivity_source` is where, as in `Sensitivity`.
    """

    id: str
    subject: Subject
    subject_id: str
    service: str
    connector: str
    tenant_id: str
    scope_id: str
    scope_title: str
    title: str
    kind: str
    severity: Severity
    score: int | None = None
    confidence: Confidence = Confidence.HIGH
    path: str = ""
    url: str = ""
    owner: str = ""
    grant_id: str = ""
    audience: str = ""
    access: str = ""
    principals: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    via_group: str = ""
    expires_at: str = ""
    password: str = ""
    reach: int | str | None = None
    sensitivity: str = ""
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    points: Mapping[str, int] = field(default_factory=dict[str, int])
    unknowns: tuple[str, ...] = ()
    reason: str = ""
    hint: str = ""
    sensitivity_source: str = ""
    terms: tuple[str, ...] = ()

    @property
    def rules(self) -> tuple[str, ...]:
        """Return the rules that matched, the highest floor first."""
        return tuple(self.evidence)

    def fingerprint(self) -> str:
        """Return a hash of what makes it the same or another: a change of it is worth an event.

        Neither name nor score is part of it: a renamed file or one more day of age is no news.
        """
        parts = (
            self.severity.word,
            _lasting_rules(tuple(self.evidence)),
            self.audience,
            self.access,
            self.expires_at,
            self.password,
            ",".join(sorted(self.principals)),
        )
        return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()


@lru_cache(maxsize=4096)
def _lasting_rules(rules: tuple[str, ...]) -> str:
    """Return the rules that describe the finding, without those that describe a run."""
    return ",".join(sorted(rule for rule in rules if not rule.startswith("CHG-")))


@frozen_record
class TrackedFinding:
    """A finding with its life so far.

    `state` is one of `new` `open` `changed` `resolved` `returned` `waived` `not_compared`.
    """

    finding: Finding
    state: str
    first_seen: datetime
    last_seen: datetime
    changed_at: datetime
    occurrence: int = 1
    waived_until: str = ""
    waived_by: str = ""
