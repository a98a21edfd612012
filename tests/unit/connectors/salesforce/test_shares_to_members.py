"""What is shared with partners and customers otherwise than by a rule, and what accounts open.

Source: https://developer.salesforce.com/docs/platform/object-reference/references/standard-objects/object-accountshare.html (read 2026-11-30)
"""  # noqa: E501 -- an address

from typing import Any

import pytest

from connectors.salesforce.demo import scenario
from connectors.salesforce.demo.scenario import INQUIRY_SITE, LOPEZ, PARTNER_SET
from connectors.salesforce.demo.soql import WEIGHT
from connectors.salesforce.share_queries import record_field, share_table
from connectors.sdk.records import UNKNOWN, Access, GrantCause, Status
from connectors.sdk.testing import ServedTenant
from tests.unit.connectors.salesforce.given import (
    GUEST,
    MANY,
    ONE,
    Open,
    grant_of,
    reading,
    rows,
    tenant_of,
)


def share(opened: ServedTenant, name: str, who: str, cause: str, count: int, **more: Any) -> None:
    row = {"Id": "", record_field(name): f"r{cause}{who}{count}"} | more
    rows(opened, share_table(name)).append(
        row | {"UserOrGroupId": who, "RowCause": cause, WEIGHT: count}
    )


def let_read(opened: ServedTenant, holder: str, *names: str) -> None:
    template = rows(opened, "ObjectPermissions")[1]
    rows(opened, "ObjectPermissions").extend(
        template
        | {"ParentId": holder, "SobjectType": name, "PermissionsCreate": False}
        | {"PermissionsEdit": False}
        for name in names
    )


def partner(opened: ServedTenant, number: int = 0) -> str:
    return [u["Id"] for u in rows(opened, "User") if u["UserType"] == "PowerPartner"][number]


@pytest.mark.parametrize("cause", ["Manual", "Xyz__c", "ARImplicit", "Team", "LpuImplicit"])
@pytest.mark.parametrize(
    ("group", "audience"),
    [
        (scenario.ALL_PARTNERS, MANY),
        (scenario.ALLIANCE, MANY),  # a public group that holds all partners
        (scenario.SHOP_ROLE, ONE),  # one portal role
    ],
)
def test_a_share_with_a_group_of_partners_is_stated_whatever_its_cause(
    open_tenant: Open, cause: str, group: str, audience
) -> None:
    opened = open_tenant()
    share(opened, "Ticket__c", group, cause, 150)
    items, coverage, _ = reading(opened)
    grant = grant_of(items, "Ticket__c", f"{cause}/{group}")
    assert (grant.audience, grant.reach, grant.cause) == (audience, 150, GrantCause.DIRECT)
    assert coverage.status is Status.COMPLETE


@pytest.mark.parametrize("cause", ["Manual", "Xyz__c", "Sales Team", "ARImplicit"])
def test_a_share_with_a_partner_is_a_grant_of_named_people(open_tenant: Open, cause: str) -> None:
    opened = open_tenant()
    for number in range(90):
        share(opened, "Ticket__c", partner(opened, number % 2), cause, number)
    items, coverage, _ = reading(opened)
    grant = grant_of(items, "Ticket__c", f"{cause}/User")
    assert (grant.audience, grant.reach, grant.cause) == (ONE, 90, GrantCause.DIRECT)
    assert coverage.status is Status.COMPLETE


def test_a_queue_with_partners_owns_records_that_they_see(open_tenant: Open) -> None:
    opened = open_tenant()
    member = {"GroupId": scenario.QUEUE, "UserOrGroupId": partner(opened)}
    rows(opened, "GroupMember").append(member)
    share(opened, "Ticket__c", scenario.QUEUE, "Owner", 21)
    grant = grant_of(reading(opened)[0], "Ticket__c", f"Owner/{scenario.QUEUE}")
    assert (grant.audience, grant.reach, grant.cause) == (ONE, 21, GrantCause.OWNERSHIP)


@pytest.mark.parametrize(
    ("who", "cause"),
    [
        (scenario.STAFF, "Manual"),  # insiders
        (scenario.ALL_INSIDERS, "Manual"),
        (scenario.ALL_CUSTOMERS, "Manual"),  # none of them has Read
        (LOPEZ.id, "Manual"),
        ("partner", "Owner"),  # its own
        ("partner", "PortalImplicit"),  # its own account
        ("partner", "RelatedPortalUser"),
        ("partner", "ImplicitParent"),
        (scenario.SHOP_ROLE, "PortalImplicit"),
        ("customer", "Manual"),
    ],
)
def test_what_belongs_to_the_reader_or_reaches_nobody_outside_is_not_stated(
    open_tenant: Open, who: str, cause: str
) -> None:
    opened = open_tenant()
    customers = [u["Id"] for u in rows(opened, "User") if u["UserType"] == "CSPLite"]
    named = {"partner": partner(opened), "customer": customers[0]}
    share(opened, "Ticket__c", named.get(who, who), cause, 5)
    assert "Ticket__c" not in reading(opened)[0]


def test_a_partner_who_left_is_nobody(open_tenant: Open) -> None:
    opened = open_tenant()
    for user in rows(opened, "User"):
        if user["Id"] == partner(opened):
            user["IsActive"] = False
    share(opened, "Ticket__c", partner(opened), "Manual", 5)
    assert "Ticket__c" not in reading(opened)[0]


LEVELS = {"CaseAccessLevel": "Read", "OpportunityAccessLevel": "Edit", "ContactAccessLevel": "None"}


def accounts_with_children(opened: ServedTenant) -> None:
    for name, count in (("Case", 86), ("Opportunity", 96), ("Contact", 70)):
        table = tenant_of(opened).tables[name]
        tenant_of(opened).tables[name] = type(table)(
            fields=table.fields | {"AccountId"},
            rows=[{**r, "AccountId": None} for r in table.rows]
            + [{"Id": "", "Name": "", "AccountId": "acc1", WEIGHT: count}],
        )


@pytest.mark.parametrize(
    ("name", "reach"), [("Case", 86), ("Opportunity", 96), ("Contact", None), ("Account", 100)]
)
@pytest.mark.parametrize("cause", ["Rule", "Manual"])
def test_an_account_share_opens_cases_and_opportunities_by_its_levels(
    open_tenant: Open, name: str, reach: int | None, cause: str
) -> None:
    opened = open_tenant()
    let_read(opened, PARTNER_SET, "Account", "Case", "Opportunity", "Contact")
    accounts_with_children(opened)
    levels = LEVELS | {"AccountId": "acc1"}
    share(opened, "Account", scenario.ALL_PARTNERS, cause, 100, **levels)
    items, coverage, _ = reading(opened)
    found = {g.reach: g for g in items[name].grants if g.principal_id == scenario.ALL_PARTNERS}
    assert [*found] == ([] if reach is None else [reach])
    for grant in found.values():
        assert grant.audience is MANY
        assert name == "Account" or grant.cause is GrantCause.PARENT
    assert coverage.status is Status.COMPLETE


def test_an_account_share_opens_cases_though_no_partner_may_read_accounts(
    open_tenant: Open,
) -> None:
    opened = open_tenant()
    let_read(opened, PARTNER_SET, "Case")
    accounts_with_children(opened)
    share(opened, "Account", scenario.ALL_PARTNERS, "Rule", 9, **LEVELS | {"AccountId": "acc1"})
    items = reading(opened)[0]
    assert grant_of(items, "Case", f"AccountShare/{scenario.ALL_PARTNERS}").reach == 86
    assert "Account" not in items


def test_an_account_shared_with_a_guest_by_hand_opens_its_cases(open_tenant: Open) -> None:
    opened = open_tenant()
    accounts_with_children(opened)
    share(opened, "Account", INQUIRY_SITE.guest, "Manual", 4, **LEVELS | {"AccountId": "acc1"})
    grant = grant_of(reading(opened)[0], "Case", f"AccountShare/{INQUIRY_SITE.guest}")
    assert (grant.audience, grant.reach, grant.cause) == (GUEST, 86, GrantCause.PARENT)


def test_an_account_team_of_partners_opens_a_number_of_cases_that_nobody_counts(
    open_tenant: Open,
) -> None:
    opened = open_tenant()
    let_read(opened, PARTNER_SET, "Case")
    accounts_with_children(opened)
    share(opened, "Account", partner(opened), "Team", 3, **LEVELS | {"AccountId": "acc1"})
    grant = grant_of(reading(opened)[0], "Case", "AccountShare/User")
    assert (grant.audience, grant.reach, grant.cause) == (ONE, UNKNOWN, GrantCause.PARENT)


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("Account", "AccountId"),
        ("Asset", "AssetId"),
        ("Campaign", "CampaignId"),
        ("Case", "CaseId"),
        ("Contact", "ContactId"),
        ("EngagementInteraction", "EngagementInteractionId"),
        ("Individual", "IndividualId"),
        ("Lead", "LeadId"),
        ("Opportunity", "OpportunityId"),
        ("Order", "OrderId"),
        ("User", "UserId"),
        ("WorkOrder", "ParentId"),
        ("ServiceAppointment", "ParentId"),
        ("ContactRequest", "ParentId"),
        ("Product2", "ParentId"),
        ("Faq__c", "ParentId"),
        ("vendor__Faq__c", "ParentId"),
    ],
)
def test_the_record_of_a_share_table_is_looked_up_and_not_built(name: str, field: str) -> None:
    """Of 585 standard share tables 574 name it ParentId."""
    assert record_field(name) == field


def test_the_access_of_a_share_is_that_of_the_permission(open_tenant: Open) -> None:
    opened = open_tenant()
    share(opened, "Order__c", scenario.ALL_PARTNERS, "Manual", 7)
    grant = grant_of(reading(opened)[0], "Order__c", f"Manual/{scenario.ALL_PARTNERS}")
    assert grant.access is Access.EDIT
