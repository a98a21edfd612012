"""Match waivers with findings, and detect findings that have become wider than accepted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from agent.classify.finding import Finding
from agent.classify.model import Subject
from agent.classify.policy_config import Waiver
from agent.classify.scoring import access_at_least, audience_at_least
from connectors.sdk.records import Access, Audience, frozen_record


@dataclass(frozen=True, slots=True)
class WaiverStatus:
    """A waiver and its effect today.

    Attributes:
        status: `holds`, `expired`, `too_long`, `wider` (void because a finding became wider) or
            `unused`.
        findings: The number of findings that it waives.
        by_command: True if it was written by `tojimari waive`.
    """

    waiver: Waiver
    status: str
    findings: int
    by_command: bool


@frozen_record
class InvalidWaiver:
    """A waiver that names a finding and is invalid.

    Attributes:
        why: `expired`, `wider` or `too_long`.
        audience: The audience of the finding now, as is `access`.
    """

    why: str  # expired | wider | too_long
    reason: str
    approved_by: str
    expires: date
    audience: str
    access: str


def matches(waiver: Waiver, finding: Finding, containers: Collection[str]) -> bool:
    """Return True if all criteria of the waiver match; expiry and width are not compared.

    Args:
        containers: Ids of the containers that the item lies in.
    """
    return all(
        (
            waiver.finding in (None, finding.id),
            waiver.item in (None, finding.subject_id),
            waiver.container is None or waiver.container in (finding.subject_id, *containers),
            waiver.rule is None or set(finding.rules) == {waiver.rule},
            waiver.principal is None or _is_only_principal(waiver.principal, finding),
        )
    )


def is_exceeded(finding: Finding, waiver: Waiver) -> bool:
    """Return True if the finding has a wider audience or more access than the waiver accepts."""
    audience, access = finding.audience, finding.access
    wider = waiver.max_audience is not None and not audience_at_least(
        waiver.max_audience, Audience(audience) if audience else Audience.NAMED_INTERNAL
    )
    more = waiver.max_access is not None and not access_at_least(
        waiver.max_access, Access(access) if access else Access.VIEW_ONLY
    )
    return wider or more


def describe_invalid_waiver(waiver: Waiver, finding: Finding, why: str) -> InvalidWaiver:
    """Return the description of a waiver that names the finding and is invalid.

    Args:
        why: `expired`, `wider` or `too_long`.
    """
    return InvalidWaiver(
        why=why,
        reason=waiver.reason,
        approved_by=waiver.approved_by,
        expires=waiver.expires,
        audience=finding.audience,
        access=finding.access,
    )


def _is_only_principal(principal: str, finding: Finding) -> bool:
    """Return True if the finding has no other principal: a waiver of one person waives no other."""
    subject = (finding.subject_id,) if finding.subject is Subject.PRINCIPAL else ()
    who = {name.casefold() for name in (*finding.principals, *subject)}
    return principal.casefold() in who and len(set(finding.principals)) <= 1
