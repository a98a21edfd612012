from __future__ import annotations

import pytest

from agent.classify.rules import outside
from connectors.sdk.records import Access, Audience, PrincipalKind
from tests.unit.classify.given import exposure, judged, rules_on, view

POLICY = """
[organization]
approved_domains = ["partner.example"]
blocked_domains = ["rival.example"]

[[policy.vendors]]
name = "ACME"
domains = ["acme.example"]
contract = "C-123"
ends = 2027-03-31
owner = "sato@example.co.jp"

[[policy.vendors]]
name = "Former"
domains = ["former.example"]
contract = "C-7"
ends = 2026-11-20
"""


def outsider(*domains: str, **facts: object):
    facts = {"access": Access.VIEW} | facts
    return exposure(
        Audience.EXT_NAMED,
        principal_kind=PrincipalKind.GUEST,
        principal=f"x@{domains[0]}" if domains else "",
        principal_domains=domains,
        **facts,
    )


@pytest.mark.parametrize(
    ("domains", "rules"),
    [
        (("gmail.com",), ["EXT-001"]),
        (("mail.docomo.ne.jp",), ["EXT-001"]),
        (("stranger.example",), ["EXT-008", "EXT-002"]),
        ((), ["EXT-002"]),
        (("partner.example",), []),
        (("sub.partner.example",), []),
        (("acme.example",), []),
        (("acme.example", "stranger.example"), ["EXT-008", "EXT-002"]),
        (("acme.example", "stranger.example", "gmail.com"), ["EXT-008", "EXT-001"]),
        (("rival.example",), ["EXT-004", "EXT-008", "EXT-002"]),
        (("mail.rival.example",), ["EXT-004", "EXT-008", "EXT-002"]),
        (("former.example",), ["EXT-007", "EXT-002"]),
        (("example.co.jp",), []),
    ],
)
def test_an_outsider_is_judged_by_domain(domains: tuple[str, ...], rules: list[str]):
    assert rules_on(outsider(*domains), POLICY) == rules


def test_blocked_and_ended_are_high_whatever_the_score():
    for domain in ("rival.example", "former.example"):
        seen = judged(outsider(domain), POLICY)
        assert seen.severity.word == "high"
        assert seen.score is not None
        assert seen.score < 65


def test_the_contract_is_named():
    assert outside.contract_ended.check(view(outsider("former.example"), POLICY)) == {
        "vendor": "Former",
        "contract": "C-7",
        "ends": "2026-11-20",
    }


@pytest.mark.parametrize("access", list(Access))
def test_an_outsider_who_can_edit_is_objected_to_approved_or_not(access: Access):
    writes = access in (Access.EDIT, Access.MANAGE, Access.ALL_RECORDS, Access.UNKNOWN)
    for domain in ("partner.example", "stranger.example", "gmail.com"):
        assert ("EXT-003" in rules_on(outsider(domain, access=access), POLICY)) is writes
    for audience in (Audience.EXT_UNRESOLVED, Audience.EXT_AUTHENTICATED_ANY):
        assert ("EXT-003" in rules_on(exposure(audience, access=access))) is writes
    assert "EXT-003" not in rules_on(exposure(Audience.UNKNOWN, access=access))
    assert "EXT-003" not in rules_on(exposure(Audience.ORG_LINK, access=access))


def test_whoever_signs_in_is_objected_to_unless_it_is_the_claim():
    signed_in = Audience.EXT_AUTHENTICATED_ANY
    assert rules_on(exposure(signed_in, principal_kind=PrincipalKind.ROLE)) == ["EXT-009"]
    assert rules_on(exposure(signed_in, principal_kind=PrincipalKind.EVERYONE)) == ["ORG-002"]
