from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from agent.classify.finding import Finding
from agent.classify.model import Severity, Subject
from agent.classify.policy_config import PolicyConfig, Waiver
from agent.classify.scoring import POINTS
from agent.classify.waivers import InvalidWaiver
from connectors.sdk.records import Audience
from tests.unit.classify.given import policy

TODAY = date(2026, 11, 21)

FINDING = Finding(
    id="tjm1:0f3c",
    subject=Subject.EXPOSURE,
    subject_id="drive/item",
    service="m365",
    connector="files",
    tenant_id="t",
    scope_id="s",
    scope_title="S",
    title="notes.txt",
    kind="file",
    severity=Severity.MEDIUM,
    audience="anyone_link",
    access="view",
    principals=("x@partner.example",),
    evidence={"LINK-003": {"max_days": "30"}},
)


def outcome(
    waiver: str, finding: Finding = FINDING, today: date = TODAY
) -> Waiver | InvalidWaiver | None:
    toml = f'[[policy.waivers]]\nreason = "r"\napproved_by = "CISO"\nexpires = 2027-03-31\n{waiver}'
    return replace(policy(toml), today=today).find_waiver(finding)


def waived(waiver: str, finding: Finding = FINDING, today: date = TODAY) -> bool:
    return isinstance(outcome(waiver, finding, today), Waiver)


@pytest.mark.parametrize(
    ("waiver", "holds"),
    [
        ('finding = "tjm1:0f3c"', True),
        ('finding = "tjm1:ffff"', False),
        ('item = "drive/item"', True),
        ('item = "other"', False),
        ('principal = "X@partner.example"', True),
        ('principal = "y@partner.example"', False),
        ('rule = "LINK-003"', True),
        ('rule = "LINK-001"', False),
        ('item = "drive/item"\nrule = "LINK-001"', False),
        ('item = "drive/item"\nmax_audience = "anyone_link"\nmax_access = "view"', True),
        ('item = "drive/item"\nmax_audience = "ext_named"', False),
        ('item = "drive/item"\nmax_access = "view_only"', False),
    ],
)
def test_a_waiver_holds_where_all_that_it_names_does(waiver: str, holds: bool):
    assert waived(waiver) is holds


@pytest.mark.parametrize(
    ("waiver", "today", "change", "why"),
    [
        ('item = "drive/item"', date(2027, 4, 1), {}, "expired"),
        ('item = "drive/item"', date(2026, 3, 1), {}, "too_long"),
        ('item = "drive/item"\nmax_access = "view"', TODAY, {"access": "edit"}, "wider"),
        ('item = "drive/item"\nmax_audience = "ext_named"', TODAY, {}, "wider"),
    ],
)
def test_why_a_waiver_does_not_hold_is_said(
    waiver: str, today: date, change: dict[str, str], why: str
):
    lapse = outcome(waiver, replace(FINDING, **change), today)
    assert isinstance(lapse, InvalidWaiver)
    assert (lapse.why, lapse.approved_by) == (why, "CISO")
    assert outcome('item = "other"') is None


def test_a_waiver_of_a_container_covers_what_lies_in_it_and_itself():
    inside = policy(
        '[[policy.waivers]]\ncontainer = "top"\nreason = "r"\napproved_by = "a"\n'
        "expires = 2027-01-01"
    )
    assert isinstance(inside.find_waiver(FINDING, ["sub", "top"]), Waiver)
    assert isinstance(inside.find_waiver(replace(FINDING, subject_id="top")), Waiver)
    assert inside.find_waiver(FINDING, ["other"]) is None


def test_a_waiver_is_void_after_its_last_day():
    assert waived('item = "drive/item"', today=date(2027, 3, 31))
    assert not waived('item = "drive/item"', today=date(2027, 4, 1))


@pytest.mark.parametrize(
    ("change", "value"),
    [("audience", "public_discoverable"), ("access", "edit"), ("access", "unknown")],
)
def test_a_waiver_is_void_once_the_exposure_widens(change: str, value: str):
    bounds = 'item = "drive/item"\nmax_audience = "anyone_link"\nmax_access = "view"'
    assert not waived(bounds, replace(FINDING, **{change: value}))


def test_accepting_one_rule_or_one_person_accepts_no_other():
    two_rules = replace(FINDING, evidence={"LINK-001": {}, "LINK-003": {}})
    assert not waived('rule = "LINK-003"', two_rules)
    two_people = replace(FINDING, principals=("x@partner.example", "z@partner.example"))
    assert not waived('principal = "x@partner.example"', two_people)


def test_a_finding_on_a_principal_is_waived_by_its_id():
    guest = replace(
        FINDING, subject=Subject.PRINCIPAL, subject_id="u1", principals=(), audience="", access=""
    )
    assert waived('principal = "u1"\nmax_audience = "ext_named"', guest)


ORGANIZATION = """
[organization]
internal_domains = ["Example.co.jp", "sister.example"]
approved_domains = ["partner.example", "smalloffice.nifty.com"]
blocked_domains = ["bad.partner.example", "blockedvendor.example"]
consumer_domains = ["catv.example"]

[[policy.vendors]]
name = "V"
domains = ["blockedvendor.example", "vendor.example"]
ends = 2026-11-21

[[policy.vendors]]
name = "Old"
domains = ["old.example"]
ends = 2026-11-20
"""


@pytest.mark.parametrize(
    ("domains", "audience"),
    [
        (["EXAMPLE.co.jp"], "named_internal"),
        (["tenant.example"], "named_internal"),
        (["mail.sister.example."], "named_internal"),
        (["notsister.example"], "ext_named"),
        (["partner.example"], "ext_allowlisted"),
        (["bad.partner.example"], "ext_named"),
        (["vendor.example"], "ext_allowlisted"),
        (["blockedvendor.example"], "ext_named"),
        (["old.example"], "ext_named"),
        (["nifty.com"], "ext_consumer"),
        (["smalloffice.nifty.com"], "ext_allowlisted"),
        (["catv.example"], "ext_consumer"),
        (["kita.catv.example"], "ext_consumer"),
        (["sister.example", "partner.example"], "ext_allowlisted"),
        (["partner.example", "gmail.com", "x.example"], "ext_consumer"),
        ([], "ext_named"),
        ([""], "ext_named"),
    ],
)
def test_policy_says_what_an_outsider_is(domains: list[str], audience: str):
    compiled = policy(ORGANIZATION, ("tenant.example",))
    assert compiled.audience_of(Audience.EXT_NAMED, domains) == audience


@pytest.mark.parametrize("audience", sorted(set(Audience) - {Audience.EXT_NAMED}))
def test_other_audiences_are_facts(audience: Audience):
    assert policy(ORGANIZATION).audience_of(audience, ["partner.example"]) is audience


def test_a_vendor_with_one_contract_in_force_has_not_ended():
    renewed = ORGANIZATION + '[[policy.vendors]]\nname = "Old"\ndomains = ["old.example"]\nends = '
    assert policy(ORGANIZATION).expired_vendor(["x.example", "a.old.example"])
    assert policy(renewed + "2027-01-01").expired_vendor(["old.example"]) is None
    latest = policy(renewed + "2026-11-01").expired_vendor(["old.example"])
    assert latest is not None
    assert latest.ends == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("path", "public"),
    [
        ("/sites/press/a.pdf", True),
        ("/sites/Press/2026/a.pdf", True),
        ("/sites/pressure/a.pdf", False),
        ("/x/sites/press/a.pdf", False),
    ],
)
def test_public_is_what_the_administrator_declares(path: str, public: bool):
    compiled = policy('[policy]\npublic_paths = ["files:/sites/press/*", "web:*"]')
    assert compiled.declared_public("files", path) is public
    assert not compiled.declared_public("other", path)
    assert not policy().declared_public("files", path)


def test_the_digest_changes_with_what_changes_a_judgement_and_with_nothing_else():
    same = policy().digest()
    assert same == policy('[organization]\nname = "Example"').digest()
    default = POINTS["age.30"]
    assert same == policy(f'[policy.scoring]\n"age.30" = {default}').digest()
    waiver = '[[policy.waivers]]\nitem = "i"\nreason = "r"\napproved_by = "a"\nexpires = 2027-01-01'
    assert same == policy(waiver).digest()
    others = [
        "[policy]\nlink_max_days = 31",
        '[policy.scoring]\n"age.30" = 99',
        "[policy.terms]\nmodel = true",
        '[organization]\napproved_domains = ["partner.example"]',
        '[policy.rules."LINK-003"]\nenabled = false\nreason = "r"',
        "[policy]\n" + ORGANIZATION.split("\n\n", 1)[1],
    ]
    digests = {policy(toml).digest() for toml in others} | {policy("", ("x.example",)).digest()}
    assert len(digests | {same}) == len(others) + 2


def test_the_example_of_the_documentation_loads():
    compiled = policy("""
[policy]
link_max_days = 30
guest_dormant_days = 90
public_paths = ["sharepoint:/sites/press/*"]

[[policy.vendors]]
name = "ACME"
domains = ["acme.example"]
contract = "C-123"
ends = 2027-03-31
owner = "sato@example.co.jp"

[policy.rules."EXT-002"]
severity = "low"
enabled = true
reason = "partner-heavy business"

[[policy.waivers]]
finding = "tjm1:0f3c"
reason = "Public recruiting page"
approved_by = "CISO"
expires = 2027-03-31
max_audience = "anyone_link"
max_access = "view"
""")
    override = compiled.override("EXT-002")
    assert override is not None
    assert override.floor is Severity.LOW
    assert compiled.override("EXT-001") is None
    assert compiled.table.large_group == 500


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"link_max_day": 3}, "Extra inputs"),
        ({"link_max_days": "30"}, "valid integer"),
        ({"link_max_days": 0}, "greater than or equal"),
        ({"scoring": {"audience.anyone_lnk": 1}}, "did you mean audience.anyone_link?"),
        ({"scoring": {"age": {"31": 1}}}, "unknown point age.31"),
        ({"scoring": {"dormant": "3"}}, "valid integer"),
        ({"rules": {"LINK-01": {"reason": "r"}}}, "unknown rule LINK-01"),
        ({"rules": {"LINK-001": {}}}, "Field required"),
        ({"rules": {"LINK-001": {"reason": ""}}}, "at least 1 character"),
        ({"rules": {"LINK-001": {"reason": "r", "severity": "bad"}}}, "'info', 'low'"),
        ({"vendors": [{"name": "V", "domains": [], "ends": TODAY}]}, "at least 1 item"),
        ({"vendors": [{"name": "V", "domains": ["jp"], "ends": TODAY}]}, "jp is a public suffix"),
        ({"vendors": [{"name": "V", "domains": ["acme"], "ends": TODAY}]}, "not a mail domain"),
        ({"vendors": [{"name": "V", "domains": [7], "ends": TODAY}]}, "valid string"),
        ({"waivers": [{"reason": "r", "approved_by": "a", "expires": TODAY}]}, "names neither"),
        (
            {"waivers": [{"item": "", "reason": "r", "approved_by": "a", "expires": TODAY}]},
            "names neither",
        ),
        (
            {"waivers": [{"rule": "X", "reason": "r", "approved_by": "a", "expires": TODAY}]},
            "unknown rule",
        ),
        ({"waivers": [{"item": "i", "approved_by": "a", "expires": TODAY}]}, "Field required"),
    ],
)
def test_what_is_wrong_in_the_tables_is_refused(table: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said.replace("?", r"\?")):
        PolicyConfig.model_validate(table)
