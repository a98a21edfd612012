"""Sharing sets name profiles as the Metadata API does: in no language, and by id where possible."""

import pytest

from connectors.salesforce.demo import metadata_endpoint, records
from connectors.salesforce.demo.ids import vendor_id
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Status
from tests.unit.connectors.salesforce.given import (
    MANY,
    TIER_C,
    Open,
    grant_of,
    reading,
    rows,
    tenant_of,
)

PROFILE = vendor_id("00e", 301)


@pytest.mark.parametrize("label", ["Partner Community", "パートナーコミュニティ", "Mitglied"])
@pytest.mark.parametrize("name", ["Partner Community", "PlatformPortal", "HighVolumePortal"])
def test_a_profile_is_joined_by_its_id_and_not_by_its_translated_label(
    open_tenant: Open, monkeypatch: pytest.MonkeyPatch, label: str, name: str
) -> None:
    monkeypatch.setitem(
        records.SHARING_SETS,
        "Bids_of_region",
        (name, (("Bid__c", "Region__c", "Account.Region__c"),)),
    )
    monkeypatch.setitem(metadata_endpoint.PROFILES, name, PROFILE)
    opened = open_tenant(permissions=TIER_C)
    for row in rows(opened, "PermissionSetAssignment"):
        profile = row["PermissionSet"].get("Profile")
        if profile and profile["Name"] == "Partner Community":
            profile["Name"] = label
    items, coverage, _ = reading(opened)
    grant = grant_of(items, "Bid__c", "Bids_of_region")
    assert (grant.audience, grant.principal) == (MANY, label)
    assert coverage.status is Status.COMPLETE


def test_a_profile_of_the_same_label_and_another_id_is_another(
    open_tenant: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(metadata_endpoint.PROFILES, "Partner Community", vendor_id("00e", 999))
    assert "Bid__c" not in reading(open_tenant(permissions=TIER_C))[0]


def test_where_profiles_cannot_be_listed_names_are_compared_and_the_scope_is_partial(
    open_tenant: Open,
) -> None:
    opened = open_tenant(permissions=TIER_C)

    def fault(request: Request, _times: int) -> Response | None:
        wanted = b"listMetadata" in request.body and b">Profile<" in request.body
        return tenant_of(opened).metadata.fault("sf:UNKNOWN_EXCEPTION") if wanted else None

    opened.harness.inject_fault(fault)
    items, coverage, _ = reading(opened)
    assert "Bid__c" in items
    assert coverage.status is Status.PARTIAL


@pytest.mark.parametrize(
    ("user_field", "stated"),
    [
        ("Account", False),
        ("Contact", False),
        ("Contact.Account", False),
        ("Contact.RelatedAccount", True),  # all accounts that the contact is related to
        ("Contact.RelatedAccount.Id", True),
        ("Account.Parent", True),
        ("Account.Region__c", True),
        ("Manager", True),
    ],
)
def test_only_the_account_and_the_contact_themselves_are_ones_own(
    open_tenant: Open, monkeypatch: pytest.MonkeyPatch, user_field: str, stated: bool
) -> None:
    line = ("Bid__c", "Account__c", user_field)
    monkeypatch.setitem(records.SHARING_SETS, "Bids_of_region", ("Partner Community", (line,)))
    items = reading(open_tenant(permissions=TIER_C))[0]
    assert ("Bid__c" in items) is stated
