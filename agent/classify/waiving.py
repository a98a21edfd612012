"""Which finding a waiver speaks of, and whether the finding has outgrown it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from agent.classify.exposure import allows, is_as_wide
from agent.classify.finding import Finding
from agent.classify.model import Subject
from agent.classify.tables import Waiver
from connectors.sdk.records import Access, Audience, record


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver and what has become of it: it `holds`, is `expired`, `too_long`, void because
    something became `wider`, or `unused`.

    `findings`: how many it holds. `by_command`: it was written by this program.
    """

    waiver: Waiver
    status: str
    findings: int
    by_command: bool


@record
class Lapse:
    """A waiver that names a finding and does not hold: it is over, exceeded, or too long."""

    why: str  # expired | wider | too_long
    reason: str
    approved_by: str
    expires: date
    audience: str
    access: str


def covers(waiver: Waiver, finding: Finding, containers: Collection[str]) -> bool:
    """Whether all that the waiver names is this finding; when and how wide is not asked."""
    return all(
        (
            waiver.finding in (None, finding.id),
            waiver.item in (None, finding.subject_id),
            waiver.container is None or waiver.container in (finding.subject_id, *containers),
            waiver.rule is None or set(finding.rules) == {waiver.rule},
            waiver.principal is None or _only(waiver.principal, finding),
        )
    )


def exceeds(finding: Finding, waiver: Waiver) -> bool:
    """Whether it is open to more people, or for more, than was accepted."""
    audience, access = finding.audience, finding.access
    wider = waiver.max_audience is not None and not is_as_wide(
        waiver.max_audience, Audience(audience) if audience else Audience.NAMED_INTERNAL
    )
    more = waiver.max_access is not None and not allows(
        waiver.max_access, Access(access) if access else Access.VIEW_ONLY
    )
    return wider or more


def lapse_of(waiver: Waiver, finding: Finding, why: str) -> Lapse:
    """What there is to say of a waiver that does not hold."""
    return Lapse(
        why=why,
        reason=waiver.reason,
        approved_by=waiver.approved_by,
        expires=waiver.expires,
        audience=finding.audience,
        access=finding.access,
    )


def _only(principal: str, finding: Finding) -> bool:
    """Whether nobody else is let in: accepting one person accepts no other behind the link."""
    subject = (finding.subject_id,) if finding.subject is Subject.PRINCIPAL else ()
    who = {name.casefold() for name in (*finding.principals, *subject)}
    return principal.casefold() in who and len(set(finding.principals)) <= 1
