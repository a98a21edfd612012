from __future__ import annotations

import tomllib
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from agent import text
from agent.classify.evaluator import Evaluator
from agent.classify.model import Confidence, Sensitivity, SensitivityLevel, Severity
from agent.classify.scoring import POINTS, total_score
from agent.classify.sensitivity import shares_of
from connectors.sdk.records import UNKNOWN, Access, Audience, PrincipalKind, State
from tests.unit.classify.given import NOW, ago, exposure, judged, policy, rules_on

SHAPES = [
    (PrincipalKind.LINK, "file"),
    (PrincipalKind.LINK, "folder"),
    (PrincipalKind.LINK, "document"),
    (PrincipalKind.GUEST, "file"),
    (PrincipalKind.EVERYONE, "site"),
    (PrincipalKind.ROLE, "object"),
    (PrincipalKind.SITE_GUEST, "object"),
    (PrincipalKind.SITE_GUEST, "record_set"),
    (PrincipalKind.SITE_GUEST, "code"),
    (PrincipalKind.EVERYONE, "group"),
    (PrincipalKind.EVERYONE, "document_folder"),
    (PrincipalKind.ROLE, "registration"),
    (PrincipalKind.DOMAIN, "channel"),
]
AGES = (29, 179, 364, 1095)  # the last day of each step
REACHES = (9, 999, 99_999, 100_000)


def test_whatever_is_high_or_critical_some_rule_objects_to():
    """183,040 exposures. The expiry and the password are unknown: fewest rules, no credit."""
    judge = Evaluator(policy(), NOW)
    sentences = tomllib.loads(
        Path(text.__path__[0], "rules", "en.toml").read_text(encoding="utf-8")
    )
    looked_at, said = 0, set[str]()
    audiences = set(Audience) - {Audience.NAMED_INTERNAL}
    for (kind, what), age, dormant, reach in product(SHAPES, AGES, (False, True), REACHES):
        for audience, access in product(audiences, Access):
            seen = exposure(
                audience,
                access=access,
                kind=what,
                principal_kind=kind,
                reach=reach,
                created_at=ago(age),
                item_created_at=ago(age),
                last_activity=ago(400 if dormant else 1),
                expires_at=UNKNOWN,
                password=UNKNOWN,
            )
            for level in SensitivityLevel:
                certain = Sensitivity(level=level, shares=shares_of(level))
                verdict = judge._result(judge._context(seen, audience, certain))
                looked_at += 1
                assert verdict.severity < Severity.HIGH or verdict.matches, (seen, level)
                for match in verdict.matches:
                    if match.rule not in said:
                        said.add(match.rule)
                        variant = match.evidence.get("variant")
                        reason = f"reason_{variant}" if variant else "reason"
                        assert sentences[match.rule][reason].format(**match.evidence)
    assert looked_at == 183_040


def test_the_points_add_up_to_the_score():
    seen = judged(exposure(name="顧客名簿.xlsx", created_at=ago(2200), access=Access.EDIT))
    assert set(seen.points) <= {
        "audience.anyone_link", "access.edit", "change", "sensitivity.s3", "age",
        "control.expiry", "floor.F1",
    }  # fmt: skip
    assert {"audience.anyone_link", "sensitivity.s3", "control.expiry"} <= set(seen.points)
    assert seen.score == total_score(seen.points)
    assert seen.severity >= Severity.HIGH


def test_matches_come_with_the_highest_floor_first_then_by_id():
    seen = exposure(
        name="顧客名簿.xlsx",
        access=Access.EDIT,
        expires_at=None,
        created_at=ago(400),
        owner_state=State.DELETED,
    )
    assert rules_on(seen) == [
        "LINK-001", "LINK-009", "LINK-003", "DATA-010", "LINK-002", "LINK-004",
    ]  # fmt: skip


def test_severity_is_the_higher_of_band_and_floors():
    assert judged(exposure(access=Access.EDIT, password=True)).severity is Severity.MEDIUM
    assert judged(exposure(name="顧客名簿.xlsx")).severity >= Severity.HIGH
    assert judged(exposure(Audience.EXT_NAMED)).severity <= Severity.LOW


LOWER = """
[policy.rules."LINK-003"]
severity = "info"
reason = "links are reviewed every week"
"""


def test_where_every_rule_is_overridden_the_administrator_has_the_word_even_against_the_band():
    assert judged(exposure(expires_at=None), LOWER).severity is Severity.INFO
    raised = LOWER.replace('"info"', '"critical"')
    assert judged(exposure(expires_at=None), raised).severity is Severity.CRITICAL


def test_an_override_of_one_rule_leaves_the_others_and_the_band():
    both = exposure(expires_at=None, owner_state=State.DELETED)
    assert judged(both, LOWER).severity is Severity.MEDIUM
    found = [m.rule for m in judged(both, LOWER).matches]
    assert found == ["LINK-009", "LINK-003", "DATA-009"]


def test_an_override_without_a_severity_leaves_the_floor():
    only = '[policy.rules."LINK-003"]\nreason = "kept on purpose"'
    assert judged(exposure(expires_at=None), only).severity >= Severity.LOW


def test_a_disabled_rule_does_not_match():
    off = '[policy.rules."LINK-003"]\nenabled = false\nreason = "the tenant enforces it"'
    assert rules_on(exposure(expires_at=None), off) == []


def test_an_outsider_of_an_internal_domain_is_no_exposure():
    seen = judged(
        exposure(Audience.EXT_NAMED, principal_domains=("group.example",), name="給与.xlsx"),
        '[organization]\ninternal_domains = ["group.example"]',
    )
    assert (seen.audience, seen.score, seen.severity) == (
        Audience.NAMED_INTERNAL,
        0,
        Severity.INFO,
    )
    assert not seen.overexposed


def test_points_can_be_set_by_the_policy():
    seen = judged(exposure(), "[policy.scoring]\naudience.anyone_link = 40\ncontrol.expiry.30 = 0")
    assert seen.points["audience.anyone_link"] == 40
    assert "control.expiry" not in seen.points
    assert POINTS["audience.anyone_link"] != 40


def test_confidence_says_how_sure_audience_and_sensitivity_are():
    assert judged(exposure(name="給与.xlsx")).confidence is Confidence.MEDIUM
    assert judged(exposure(data=("person", "email"))).confidence is Confidence.HIGH
    assert judged(exposure(data=("person",))).confidence is Confidence.MEDIUM
    assert judged(exposure(Audience.UNKNOWN, data=("person",))).confidence is Confidence.LOW


FACTS: dict[str, Any] = {
    "expires_at": UNKNOWN,
    "password": UNKNOWN,
    "created_at": UNKNOWN,
    "owner_state": State.UNKNOWN,
    "last_activity": UNKNOWN,
    "reach": UNKNOWN,
    "item_created_at": UNKNOWN,
}


def test_unknown_facts_are_named_where_they_could_change_the_answer():
    seen = judged(exposure(name="給与.xlsx", **FACTS))
    assert seen.unknowns == (
        "expires_at",
        "password",
        "created_at",
        "owner_state",
        "last_activity",
        "reach",
    )
    assert judged(exposure()).unknowns == ()


def test_an_unknown_fact_that_changes_nothing_is_not_named():
    """Nothing is wider, and no service gives these grants an end or a password."""
    guest = exposure(
        Audience.PUBLIC_DISCOVERABLE,
        kind="object",
        principal_kind=PrincipalKind.SITE_GUEST,
        data=("person",),
        **FACTS,
    )
    assert judged(guest).unknowns == ("owner_state", "last_activity", "reach")
    young = exposure(**FACTS | {"item_created_at": ago(3)})
    assert "created_at" not in judged(young).unknowns


def test_an_unknown_access_or_audience_is_named():
    seen = judged(exposure(Audience.EXT_NAMED, access=Access.UNKNOWN))
    assert seen.unknowns == ("domain", "access")
    assert "audience" in judged(exposure(Audience.UNKNOWN)).unknowns


@pytest.mark.parametrize("end", [timedelta(days=-3), timedelta(0), timedelta(days=9999)])
def test_no_date_is_too_strange(end: timedelta):
    assert judged(exposure(expires_at=NOW + end, created_at=NOW - end)).score is not None
