from __future__ import annotations

import pytest

from agent.classify.model import Confidence, Evaluation, Severity
from agent.classify.rules import sites
from connectors.sdk.records import UNKNOWN, Access, Audience, GrantCause, PrincipalKind
from tests.unit.classify.given import exposure, judged, rules_on, view

VISITORS = Audience.PUBLIC_DISCOVERABLE


def guest(**facts: object):
    return exposure(
        VISITORS,
        **{
            "kind": "object",
            "id": "Contact",
            "name": "取引先責任者",
            "path": "取引先責任者",
            "principal_kind": PrincipalKind.SITE_GUEST,
            "principal": "お問い合わせ窓口",
            "expires_at": UNKNOWN,
            "password": UNKNOWN,
            "reach": 4_200,
            "data": ("person", "email"),
        }
        | facts,
    )


@pytest.mark.parametrize("reach", [1, 4_200, UNKNOWN])
def test_visitors_who_read_personal_records_are_grave(reach: object):
    seen = judged(guest(reach=reach))
    assert seen.severity >= Severity.HIGH
    assert {match.rule: match.evidence for match in seen.matches} == {
        "DATA-010": {"terms": "person, email"},
        "SF-001": {
            "object": "取引先責任者",
            "site": "お問い合わせ窓口",
            "reach": "?" if reach is UNKNOWN else str(reach),
        },
    }


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ("", {}),
        ("*", {"variant": "all"}),
        ("A equals b", {"variant": "criteria", "criteria": "A equals b"}),
    ],
)
def test_a_rule_for_visitors_says_which_records(criteria: str, told: dict[str, str]):
    seen = guest(cause=GrantCause.RULE, id="Rule_1", criteria=criteria)
    known = {"object": "取引先責任者", "site": "お問い合わせ窓口", "rule": seen.grant.id}
    assert sites.guest_sharing_rule.check(view(seen)) == known | told


@pytest.mark.parametrize("access", list(Access))
def test_a_right_that_reaches_nothing_is_latent_and_has_no_score(access: Access):
    seen = judged(guest(reach=0, access=access))
    assert (seen.severity, seen.score, seen.points) == (Severity.INFO, None, {})
    assert [m.rule for m in seen.matches] == ["SF-001"]
    assert seen.matches[0].evidence["latent"] == "true"
    assert seen.overexposed


def test_a_latent_right_of_another_kind_is_nothing_to_object_to():
    assert judged(exposure(Audience.EXT_NAMED, reach=0)) == Evaluation(
        severity=Severity.INFO,
        confidence=Confidence.MEDIUM,
        audience=Audience.EXT_NAMED,
        unknowns=("domain",),
    )


def test_other_items_and_other_principals_are_not_guest_objects():
    assert "SF-001" not in rules_on(guest(kind="document"))
    assert "SF-001" not in rules_on(guest(principal_kind=PrincipalKind.UNKNOWN))
    assert "LINK-006" in rules_on(guest(kind="document"))


@pytest.mark.parametrize(
    ("access", "floor"),
    [
        (Access.CREATE, Severity.MEDIUM),
        (Access.EDIT, Severity.MEDIUM),
        (Access.MANAGE, Severity.MEDIUM),
        (Access.UNKNOWN, Severity.MEDIUM),
        (Access.ALL_RECORDS, Severity.CRITICAL),
    ],
)
def test_visitors_who_write_or_read_all_are_objected_to(access: Access, floor: Severity):
    seen = view(guest(access=access))
    assert sites.guest_writes_or_reads_all.check(seen)
    assert sites.guest_writes_or_reads_all.floor_for(seen) is floor


def test_a_form_may_add_its_records_and_not_change_them():
    for form in ("Case", "Lead"):
        assert "SF-002" not in rules_on(guest(id=form, access=Access.CREATE))
        assert "SF-002" in rules_on(guest(id=form, access=Access.EDIT))
    assert "SF-002" not in rules_on(guest(access=Access.VIEW))


def test_on_a_closed_site_floors_count_one_step_less():
    closed = judged(
        guest(live=False, access=Access.ALL_RECORDS, name="Survey", path="Survey", data=())
    )
    assert not [reason for reason in closed.points if reason.startswith("floor.")]
    open_ = judged(guest(access=Access.ALL_RECORDS, name="Survey", path="Survey", data=()))
    assert (closed.severity, open_.severity) == (Severity.HIGH, Severity.CRITICAL)
    assert judged(exposure(live=False, access=Access.EDIT)).severity is Severity.LOW
    assert judged(exposure(access=Access.EDIT)).severity is Severity.MEDIUM


def test_a_public_link_needs_an_end_and_a_password():
    document = {"kind": "document", "id": "069"}
    linked = exposure(**document, expires_at=None, password=False)
    assert sites.public_link_without_expiry_or_password.check(view(linked)) == {
        "missing": "expiry, password"
    }
    assert "SF-007" in rules_on(exposure(**document, password=False))
    assert "SF-007" in rules_on(exposure(**document, password=True, expires_at=None))
    assert "SF-007" not in rules_on(exposure(**document, password=True))
    assert "SF-007" not in rules_on(exposure(**document, password=UNKNOWN, expires_at=UNKNOWN))
    assert "SF-007" not in rules_on(exposure(kind="file", expires_at=None))
