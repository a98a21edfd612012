from __future__ import annotations

import pytest

from agent.classify.model import Severity
from agent.classify.rules import company
from connectors.sdk.records import UNKNOWN, Access, Audience, PrincipalKind
from tests.unit.classify.given import ago, exposure, judged, rules_on, view


@pytest.mark.parametrize("audience", [Audience.ORG_LINK, Audience.ORG_DISCOVERABLE])
def test_payroll_is_not_for_everybody(audience: Audience):
    seen = judged(exposure(audience, name="給与一覧_2026.xlsx", expires_at=None))
    assert "ORG-001" in [match.rule for match in seen.matches]
    assert seen.severity >= Severity.HIGH
    assert "ORG-001" not in rules_on(exposure(audience, name="契約書.docx"))
    assert "ORG-001" not in rules_on(exposure(Audience.EXT_NAMED, name="給与.xlsx"))


def test_the_everyone_claim_is_medium_and_high_where_guests_come_in():
    everyone = {
        "principal_kind": PrincipalKind.EVERYONE,
        "principal": "Everyone",
        "expires_at": UNKNOWN,
    }
    inside = judged(exposure(Audience.ORG_DISCOVERABLE, kind="site", **everyone))
    outside = judged(exposure(Audience.EXT_AUTHENTICATED_ANY, kind="site", **everyone))
    assert [m.rule for m in inside.matches] == [m.rule for m in outside.matches] == ["ORG-002"]
    assert (inside.severity.word, outside.severity.word) == ("medium", "medium")
    secret = judged(
        exposure(Audience.EXT_AUTHENTICATED_ANY, kind="site", name="顧客名簿", **everyone)
    )
    assert secret.severity >= Severity.HIGH


def test_a_domain_or_an_unknown_principal_is_not_the_claim():
    for kind in (PrincipalKind.DOMAIN, PrincipalKind.GROUP, PrincipalKind.UNKNOWN):
        seen = exposure(Audience.ORG_DISCOVERABLE, principal_kind=kind)
        assert "ORG-002" not in rules_on(seen)


def test_three_signs_on_a_wide_internal_share_are_worth_a_decision():
    wide = Audience.ORG_LINK
    assert rules_on(exposure(wide, name="議事録.docx", created_at=ago(900))) == []
    assert "ORG-005" not in rules_on(exposure(wide, name="契約書.docx"))
    assert "ORG-005" in rules_on(exposure(wide, name="契約書.docx", access=Access.EDIT))
    large = exposure(Audience.LARGE_INTERNAL, name="給与.docx", access=Access.EDIT)
    assert "ORG-005" in rules_on(large)
    partner = exposure(Audience.EXT_ALLOWLISTED, name="契約書.docx", reach=5_000)
    assert "ORG-005" not in rules_on(partner)


def test_an_unknown_age_or_reach_is_no_sign():
    seen = view(exposure(Audience.ORG_LINK, name="契約書.docx", created_at=UNKNOWN, reach=UNKNOWN))
    assert company.org_wide_with_risk_signals.check(seen) is None
