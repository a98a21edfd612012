"""Secure guest access is on everywhere since 2021, whatever `enableSecureGuestAccess` reads.

Source: https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_sharingsettings.htm (read 2026-11-30)
"""  # noqa: E501 -- an address

import pytest

from connectors.salesforce.connector import SHARING
from connectors.salesforce.demo import scenario
from connectors.salesforce.demo.scenario import CAMPAIGN_SITE, CAREERS_SITE, INQUIRY_SITE
from connectors.sdk.records import Access, GrantCause, Setting, Status
from connectors.sdk.testing import scan
from tests.unit.connectors.salesforce.given import GUEST, TIER_C, Open, grant_of, reading, rows


def open_by_default(opened, *names: str) -> None:
    for row in rows(opened, "EntityDefinition"):
        if row["QualifiedApiName"] in names:
            row["ExternalSharingModel"] = "Read"


@pytest.mark.parametrize("reads_secure", [True, False], ids=["reads true", "reads false"])
@pytest.mark.parametrize(
    ("name", "grant", "cause", "reach", "access"),
    [
        ("Contact", "Inquiry_contacts", GrantCause.RULE, 12157, Access.ALL_RECORDS),
        (
            "Contact",
            f"GuestParentImplicit/{CAMPAIGN_SITE.guest}",
            GrantCause.PARENT,
            44,
            Access.VIEW,
        ),
        ("Case", f"Owner/{scenario.QUEUE}", GrantCause.LEFTOVER, 2898, Access.CREATE),
        ("Case", f"Manual/{INQUIRY_SITE.guest}", GrantCause.LEFTOVER, 14, Access.CREATE),
        ("Case", f"Owner/{CAMPAIGN_SITE.guest}", GrantCause.OWNERSHIP, 310, Access.VIEW),
        ("Faq__c", "Faq_public", GrantCause.RULE, 25, Access.VIEW),
        ("Lead", CAREERS_SITE.profile_set, GrantCause.RIGHT, 0, Access.VIEW),
    ],
)
def test_an_open_default_hides_no_path_of_a_guest_and_is_none(
    open_tenant: Open, name, grant, cause, reach, access, reads_secure
):
    opened = open_tenant(permissions=TIER_C, old=not reads_secure)
    open_by_default(opened, "Contact", "Case", "Faq__c", "Lead")
    items, coverage, _ = reading(opened)
    found = grant_of(items, name, grant)
    assert (found.cause, found.reach, found.access) == (cause, reach, access)
    guests = [g for i in items.values() for g in i.grants if g.audience is GUEST]
    assert GrantCause.DEFAULT not in {g.cause for g in guests}
    assert coverage.status is Status.COMPLETE


def test_what_the_setting_reads_changes_nothing(open_tenant: Open):
    def grants(*, old: bool):
        items = reading(open_tenant(permissions=TIER_C, old=old))[0]
        return {n: i.grants for n, i in items.items()}

    assert grants(old=True) == grants(old=False)


def test_a_setting_without_effect_is_not_stated(open_tenant: Open):
    opened = open_tenant(permissions=TIER_C, old=True)
    connector, lent = opened.connector()
    connector.tenant()
    settings = {r.id for r in scan(connector, lent, SHARING) if isinstance(r, Setting)}
    assert "SharingSettings.enableSecureGuestAccess" not in settings
    assert "SharingSettings.enableCommunityUserVisibility" in settings


@pytest.mark.parametrize("name", ["Order__c", "Price__c"])
def test_an_open_default_ends_the_search_for_no_member(open_tenant: Open, name):
    """A rule to partners outlives the default that is closed."""
    opened = open_tenant(permissions=TIER_C)
    open_by_default(opened, "Price__c", "Order__c")
    causes = {g.cause for g in reading(opened)[0][name].grants}
    assert GrantCause.DEFAULT in causes
    assert (GrantCause.RULE in causes) is (name == "Price__c")


@pytest.mark.parametrize("right", ["PermissionsViewAllData", "PermissionsModifyAllData"])
def test_view_all_ends_the_search_for_no_guest(open_tenant: Open, right):
    opened = open_tenant(permissions=TIER_C)
    for row in rows(opened, "PermissionSetAssignment"):
        if row["PermissionSetId"] == INQUIRY_SITE.profile_set:
            row["PermissionSet"][right] = True
    items = reading(opened)[0]
    assert grant_of(items, "Contact", INQUIRY_SITE.profile_set).reach == 212000
    assert grant_of(items, "Contact", "Inquiry_contacts").reach == 12157
    assert grant_of(items, "Case", f"Owner/{scenario.QUEUE}").access is Access.CREATE


def test_view_all_ends_the_search_for_no_member(open_tenant: Open):
    opened = open_tenant(permissions=TIER_C)
    for row in rows(opened, "ObjectPermissions"):
        if row["SobjectType"] == "Price__c":
            row["PermissionsViewAllRecords"] = True
    items = reading(opened)[0]
    assert grant_of(items, "Price__c", scenario.PARTNER_SET).cause is GrantCause.RIGHT
    assert grant_of(items, "Price__c", "Prices_to_alliance").reach == 88
