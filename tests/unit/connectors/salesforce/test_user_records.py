"""Users have sharing and no object permission: who outside reads names, mails and phones of staff.

Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_user.htm (read 2026-11-30)
"""  # noqa: E501 -- an address

from typing import Any

import pytest

from connectors.salesforce.demo import scenario
from connectors.salesforce.demo.records import GUEST_RULES
from connectors.salesforce.demo.scenario import INQUIRY_SITE, PARTNER_SITE
from connectors.salesforce.demo.soql import WEIGHT
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.records import Access, GrantCause, Status
from connectors.sdk.testing import ServedTenant
from tests.unit.connectors.salesforce.given import (
    GUEST,
    MANY,
    TIER_C,
    Open,
    grant_of,
    reading,
    rows,
    tenant_of,
)


def share(opened: ServedTenant, who: str, cause: str, count: int) -> None:
    row = {"Id": "", "UserId": "u", "UserOrGroupId": who, "RowCause": cause, WEIGHT: count}
    rows(opened, "UserShare").append(row)


def test_users_that_a_guest_rule_opens_are_stated(open_tenant: Open) -> None:
    opened = open_tenant()
    share(opened, INQUIRY_SITE.guest, "GuestRule", 30)
    items, coverage, _ = reading(opened)
    grant = grant_of(items, "User", f"GuestRule/{INQUIRY_SITE.guest}")
    assert (grant.audience, grant.reach, grant.cause) == (GUEST, 30, GrantCause.RULE)
    assert grant.access is Access.VIEW
    assert [g.principal for g in items["User"].grants] == [INQUIRY_SITE.label]
    assert items["User"].data == ("person", "email", "phone")
    assert coverage.status is Status.COMPLETE


def test_in_tier_c_the_rule_about_users_has_its_name(
    open_tenant: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    active = (("IsActive", "equals", "True"),)
    rule = ("Professional_Guest_Sharing", "guestUser", INQUIRY_SITE.nickname, active)
    monkeypatch.setitem(GUEST_RULES, "User", (rule,))
    opened = open_tenant(permissions=TIER_C)
    share(opened, INQUIRY_SITE.guest, "GuestRule", 30)
    grant = grant_of(reading(opened)[0], "User", "Professional_Guest_Sharing")
    assert (grant.reach, grant.criteria) == (30, "IsActive equals True")


@pytest.mark.parametrize(
    ("who", "cause", "name", "reach"),
    [
        (scenario.ALL_PARTNERS, "Rule", f"Rule/{scenario.ALL_PARTNERS}", 12),
        (scenario.ALL_CUSTOMERS, "Rule", f"Rule/{scenario.ALL_CUSTOMERS}", 12),
        (scenario.ALL_PARTNERS, "Manual", f"Manual/{scenario.ALL_PARTNERS}", 12),
    ],
)
def test_users_shared_with_partners_or_customers_are_stated(
    open_tenant: Open, who: str, cause: str, name: str, reach: int
) -> None:
    opened = open_tenant()
    share(opened, who, cause, reach)
    items = reading(opened)[0]
    grant = grant_of(items, "User", name)
    assert (grant.audience, grant.reach) == (MANY, reach)
    assert items["User"].data == ("person", "email", "phone")


def test_an_open_external_default_of_users_lets_all_members_see_all_users(
    open_tenant: Open,
) -> None:
    opened = open_tenant()
    for row in rows(opened, "EntityDefinition"):
        if row["QualifiedApiName"] == "User":
            row["ExternalSharingModel"] = "Read"
    items = reading(opened)[0]
    grants = items["User"].grants
    assert {(g.id, g.cause, g.reach) for g in grants} == {
        ("ExternalSharingModel", GrantCause.DEFAULT, len(rows(opened, "User")))
    }
    assert {g.audience for g in grants} == {MANY}  # and no guest: guests have no default


@pytest.mark.parametrize(
    ("who", "cause"),
    [
        (scenario.ALL_INSIDERS, "Rule"),
        (scenario.STAFF, "Manual"),
        (INQUIRY_SITE.guest, "Owner"),  # the row of each user about itself
        (PARTNER_SITE.guest, "Owner"),
    ],
)
def test_users_that_reach_nobody_outside_are_not_stated(
    open_tenant: Open, who: str, cause: str
) -> None:
    opened = open_tenant()
    share(opened, who, cause, 30)
    items, coverage, _ = reading(opened)
    assert "User" not in items
    assert coverage.status is Status.COMPLETE


@pytest.mark.parametrize(
    ("shown", "data"),
    [
        ((), ("person",)),
        (("Email",), ("person", "email")),
        (("MobilePhone",), ("person", "phone")),
        (("WorkPhone", "StreetAddress"), ("person", "phone", "address")),
    ],
)
def test_kinds_of_data_are_those_that_users_show_to_guests(
    open_tenant: Open, shown: tuple[str, ...], data: tuple[str, ...]
) -> None:
    opened = open_tenant()
    share(opened, INQUIRY_SITE.guest, "GuestRule", 30)
    for row in rows(opened, "User"):
        for field in [f for f in row if f.endswith("ToGuestUsers")]:
            row[field] = any(part in field for part in shown)
    assert reading(opened)[0]["User"].data == data


def test_users_that_nobody_can_count_are_a_gap(open_tenant: Open) -> None:
    opened = open_tenant()
    del tenant_of(opened).tables["UserShare"]
    coverage = reading(opened)[1]
    assert coverage.status is Status.PARTIAL
    assert "User" in str(coverage.reason)


@pytest.mark.parametrize("right", ["PermissionsViewAllData", "PermissionsModifyAllData"])
def test_view_all_data_opens_all_users(open_tenant: Open, right: str) -> None:
    opened = open_tenant(permissions=PERMISSIONS)
    for row in rows(opened, "PermissionSetAssignment"):
        if row["PermissionSetId"] == INQUIRY_SITE.profile_set:
            row["PermissionSet"][right] = True
    grant: Any = grant_of(reading(opened)[0], "User", INQUIRY_SITE.profile_set)
    assert (grant.access, grant.reach) == (Access.ALL_RECORDS, len(rows(opened, "User")))
