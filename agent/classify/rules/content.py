"""What lies there: credentials, recordings, plans, code, answers, archives, exports.

These rules ask for no severity of their own: the score hears the same facts. They say in words why
it is high.
"""

from __future__ import annotations

from typing import Final

from agent.classify.model import QUARTERS, REACHES_OUT, SensitivityLevel, Severity
from agent.classify.name_signs import ANSWERS, EXPORT
from agent.classify.rule_input import CONTAINER_KINDS, GROUP_KINDS, UNUSABLE_STATES, ExposureContext
from agent.classify.rules.registry import Evidence, rule
from connectors.sdk.records import Access, Audience, GrantCause

WHOLE: Final = frozenset({Audience.ORG_LINK, Audience.ORG_DISCOVERABLE, Audience.LARGE_INTERNAL})
BEYOND_GROUPS: Final = REACHES_OUT - {Audience.LARGE_INTERNAL}
OUTSIDE: Final = REACHES_OUT - WHOLE
OPEN: Final = frozenset({Audience.ANYONE_LINK, Audience.PUBLIC_DISCOVERABLE})


def _read(seen: ExposureContext, topic: str, least: SensitivityLevel) -> Evidence | None:
    """Return the words that speak of a topic, where the content can be read and is sensitive."""
    about = seen.sensitivity.topic == topic and seen.level >= least
    return {"terms": _terms(seen)} if about and not seen.shows_no_content else None


def _terms(seen: ExposureContext) -> str:
    return ", ".join(seen.sensitivity.terms) or seen.item.name


@rule("DATA-001", REACHES_OUT, "I:A.8.3", "CCM:DSP-17")
def credentials(seen: ExposureContext) -> Evidence | None:
    """Match passwords, keys, tokens and configurations that hold them."""
    return _read(seen, "credentials", SensitivityLevel.S3)


@rule("DATA-002", REACHES_OUT, "I:A.8.3", "CCM:DSP-17")
def recording(seen: ExposureContext) -> Evidence | None:
    """Match recordings of confidential talks."""
    return _read(seen, "recording", SensitivityLevel.S2)


@rule("DATA-003", REACHES_OUT, "I:A.5.14", "CCM:DSP-17")
def before_publication(seen: ExposureContext) -> Evidence | None:
    """Match plans, drafts and results before they are published or decided."""
    return _read(seen, "plan_secret", SensitivityLevel.S2)


@rule("DATA-004", REACHES_OUT, "I:A.8.3", "CCM:DSP-17")
def source_code(seen: ExposureContext) -> Evidence | None:
    """Match source code and scripts of the organization."""
    return _read(seen, "source_code", SensitivityLevel.S2)


@rule("DATA-005", REACHES_OUT, "I:A.5.34", "CCM:DSP-17")
def form_answers(seen: ExposureContext) -> Evidence | None:
    """Match answers to a form that others than its makers can read."""
    answers = seen.item.kind == "form" or ANSWERS in seen.sensitivity.signs
    readable = answers and not seen.shows_no_content and not seen.declared_public
    return {} if readable and seen.level >= SensitivityLevel.S1 else None


@rule("DATA-006", BEYOND_GROUPS, "I:A.8.3", "CCM:IAM-05")
def group_archive(seen: ExposureContext) -> Evidence | None:
    """Match archives of messages of a group that more than its members can read."""
    archive = seen.item.kind in GROUP_KINDS and not seen.shows_no_content
    return {} if archive and seen.level >= SensitivityLevel.S1 else None


@rule("DATA-007", REACHES_OUT, "I:A.8.3", "CCM:DSP-17")
def exported_records(seen: ExposureContext) -> Evidence | None:
    """Match exports, dumps and backups."""
    exported = EXPORT in seen.sensitivity.signs and seen.item.kind == "file"
    readable = exported and not seen.shows_no_content
    return {"terms": seen.item.name} if readable and seen.level >= SensitivityLevel.S2 else None


@rule("DATA-008", REACHES_OUT, "I:A.8.3", "CCM:DSP-17")
def contradicts_declaration(seen: ExposureContext) -> Evidence | None:
    """Match items declared public whose names speak of something that is not for the public."""
    grave = sum(seen.sensitivity.shares[-2:])
    doubted = seen.declared_public and 2 * grave >= QUARTERS // 2
    return {} if doubted and not seen.shows_no_content else None


@rule("DATA-009", REACHES_OUT, "I:A.5.18", "CCM:IAM-07")
def unknown_content(seen: ExposureContext) -> Evidence | None:
    """Match content that no name tells, where nobody answers for it or anyone may change it."""
    untold = seen.level is SensitivityLevel.NONE and not seen.shows_no_content
    left = seen.item.owner_state in UNUSABLE_STATES
    changed = seen.audience in OPEN and seen.allows(Access.EDIT)
    many = seen.audience in OPEN and seen.item.kind in CONTAINER_KINDS
    return {} if untold and (left or changed or many) else None


@rule("DATA-010", REACHES_OUT, "I:A.5.34", "CCM:DSP-17")
def personal_data(seen: ExposureContext) -> Evidence | None:
    """Match personal data, health and pay beyond the people who work with it."""
    if seen.level is not SensitivityLevel.S3 or seen.shows_no_content:
        return None
    return None if seen.sensitivity.topic == "credentials" else {"terms": _terms(seen)}


@rule("DATA-011", REACHES_OUT, "I:A.8.3", "CCM:DSP-17")
def confidential_business(seen: ExposureContext) -> Evidence | None:
    """Match contracts, prices, finance, legal matters and security beyond those who need them."""
    known = seen.sensitivity.topic in ("plan_secret", "source_code", "recording")
    if seen.level is not SensitivityLevel.S2 or seen.shows_no_content or known:
        return None
    return {"terms": _terms(seen)}


@rule("DATA-012", REACHES_OUT, "I:A.8.2", "CCM:IAM-05", at_least=Severity.LOW)
def left_over(seen: ExposureContext) -> Evidence | None:
    """Match rights that are left from an older setup, or reach every record from outside."""
    left = seen.grant.cause is GrantCause.LEFTOVER and not seen.is_guest_object
    every = seen.audience in OUTSIDE and seen.grant.access is Access.ALL_RECORDS
    every = every and not seen.is_guest_object
    if not left and not every:
        return None
    return {"variant": "left"} if left else {}
