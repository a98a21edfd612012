"""What guests can read: one test for each trap of the facts."""

from typing import Any

import pytest

from connectors.salesforce.demo.soql import WEIGHT
from connectors.salesforce.demo.story import (
    CAMPAIGN,
    CAREERS,
    CLOSED,
    DESK,
    LOPEZ,
    PARTNERS,
    SEMINAR_SET,
    vendor_id,
)
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.records import UNKNOWN, Access, Audience, Item, Setting, Status
from connectors.sdk.testing import Opened, read


def reading(opened: Opened) -> tuple[dict[str, Item], Any, list[Any]]:
    connector, lent = opened.connector()
    connector.tenant()
    records = read(connector, lent, next(iter(connector.scopes())))
    return {r.id: r for r in records if isinstance(r, Item)}, records[-1], [*records]


def reach(item: Item) -> dict[tuple[str, str], Any]:
    return {(g.id, g.principal): g.reach for g in item.grants}


def rows(opened: Opened, source: str) -> list[dict[str, Any]]:
    tenant: Any = opened.stage.tenant
    return tenant.tables[source].rows


def test_left_over_rows_reach_a_guest_through_nested_groups_and_by_hand(open_tenant):
    items, coverage, _ = reading(open_tenant())
    assert coverage.status is Status.COMPLETE
    assert reach(items["Case"])[DESK.profile_set, DESK.label] == 2898 + 14
    assert reach(items["Contact"])[DESK.profile_set, DESK.label] == 12157
    assert reach(items["Member__c"])[DESK.profile_set, DESK.label] == 1204


def test_every_grant_is_public_and_names_the_site_and_its_guest(open_tenant):
    items, _, _ = reading(open_tenant())
    for item in items.values():
        for grant in item.grants:
            assert grant.audience is Audience.PUBLIC_DISCOVERABLE
            assert grant.principal
            assert grant.principal_id.startswith("005")


def test_two_site_rows_of_one_guest_are_one_grant(open_tenant):
    items, _, _ = reading(open_tenant())
    assert [g.principal for g in items["Member__c"].grants] == [DESK.label]


def test_an_inactive_site_and_an_unpublished_one_are_closed_doors(open_tenant):
    opened = open_tenant()
    items, _, _ = reading(opened)
    assert [g.live for g in items["Contest__c"].grants] == [False]  # under construction
    case = {g.id: g.live for g in items["Case"].grants}
    assert case.pop(CAMPAIGN.profile_set) is False  # an inactive site reads it,
    assert set(case.values()) == {True}  # and an active one


def test_a_right_beside_the_profile_counts_for_each_guest_that_holds_it(open_tenant):
    items, _, _ = reading(open_tenant())
    entry = items["SeminarEntry__c"]
    assert reach(entry) == {
        (SEMINAR_SET, PARTNERS.label): 96,
        (SEMINAR_SET, CAREERS.label): 0,
    }
    assert {g.access for g in entry.grants} == {Access.EDIT}


def test_a_right_without_rows_is_stated_with_reach_zero(open_tenant):
    items, _, _ = reading(open_tenant())
    assert reach(items["Lead"]) == {(CAREERS.profile_set, CAREERS.label): 0}
    assert items["Lead"].grants[0].access is Access.VIEW


def test_rows_without_read_are_no_right(open_tenant):
    items, _, _ = reading(open_tenant())
    assert [g.principal for g in items["Opportunity"].grants] == [PARTNERS.label]
    assert items["Opportunity"].grants[0].reach == 0


def test_view_all_reaches_every_record(open_tenant):
    posting = reading(open_tenant())[0]["JobPosting__c"]
    assert posting.grants[0].access is Access.ALL_RECORDS
    assert posting.grants[0].reach == 37


def test_kinds_of_data_are_those_of_fields_that_a_guest_may_read(open_tenant):
    items, _, _ = reading(open_tenant())
    assert items["Contact"].data == ("person", "email", "phone", "birth_date")
    assert items["Member__c"].data == ("email", "birth_date")  # the phone field is hidden
    assert items["SeminarEntry__c"].data == ("person",)  # a required field hides from nobody
    assert items["Opportunity"].data == ()


def test_rows_of_a_rule_for_an_unknown_receiver_belong_to_the_only_reader(open_tenant):
    opened = open_tenant()
    unknown = {
        "Id": "",
        "UserOrGroupId": vendor_id("00G", 99),
        "RowCause": "GuestRule",
        WEIGHT: 7,
    }
    rows(opened, "Member__Share").append(dict(unknown))
    rows(opened, "ContactShare").append(dict(unknown))
    items, coverage, _ = reading(opened)
    assert items["Member__c"].grants[0].reach == 1204 + 7
    assert {g.reach for g in items["Contact"].grants} == {UNKNOWN}  # two guests read it: whose?
    assert coverage.status is Status.PARTIAL
    assert "Contact" in str(coverage.reason)


def test_an_object_controlled_by_its_parent_has_an_unknown_reach(open_tenant):
    opened = open_tenant()
    for row in rows(opened, "EntityDefinition"):
        if row["QualifiedApiName"] == "Contact":
            row["InternalSharingModel"] = row["ExternalSharingModel"] = "ControlledByParent"
    items, coverage, _ = reading(opened)
    assert {g.reach for g in items["Contact"].grants} == {UNKNOWN}
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.unclear"
    assert not any("ContactShare" in soql for soql in opened.stage.tenant.asked)


def test_an_object_without_a_share_table_has_an_unknown_reach(open_tenant):
    opened = open_tenant()
    del opened.stage.tenant.tables["CaseShare"]
    items, coverage, _ = reading(opened)
    assert {g.reach for g in items["Case"].grants} == {UNKNOWN}
    assert coverage.status is Status.PARTIAL


def test_without_view_all_data_no_count_is_believed(open_tenant):
    """Salesforce does not refuse: it leaves rows out, and zero would look clean."""
    held = set(PERMISSIONS) - {"PermissionsViewAllData"}
    items, coverage, _ = reading(open_tenant(held=held))
    assert {g.reach for item in items.values() for g in item.grants} == {UNKNOWN}
    assert coverage.status is Status.PARTIAL
    assert "View All Data" in str(coverage.hint)


def test_without_view_setup_the_scope_is_denied_and_names_it(open_tenant):
    held = set(PERMISSIONS) - {"PermissionsViewSetup"}
    items, coverage, _ = reading(open_tenant(held=held))
    assert items == {}
    assert coverage.status is Status.DENIED
    assert coverage.hint.key == "salesforce.setup_permission"


@pytest.mark.parametrize("source", ["FieldPermissions", "EntityDefinition", "GroupMember"])
def test_a_hidden_setup_object_makes_the_scope_partial_and_keeps_the_rights(open_tenant, source):
    opened = open_tenant()
    whole = reading(opened)[0]
    del opened.stage.tenant.tables[source]
    items, coverage, _ = reading(opened)
    assert items.keys() == whole.keys()
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.not_visible"
    assert coverage.hint.key == "salesforce.setup_permission"


def test_without_field_rights_all_of_the_schema_counts(open_tenant):
    opened = open_tenant()
    del opened.stage.tenant.tables["FieldPermissions"]
    assert reading(opened)[0]["Member__c"].data == ("email", "phone", "birth_date")


def test_an_organization_without_experience_cloud_has_only_plain_sites(open_tenant):
    opened = open_tenant()
    del opened.stage.tenant.tables["Network"]
    sites = rows(opened, "Site")
    sites[:] = [site for site in sites if site["SiteType"] == "Visualforce"]
    items, coverage, _ = reading(opened)
    assert coverage.status is Status.COMPLETE
    assert items.keys() == {"JobPosting__c", "Lead", "SeminarEntry__c"}


def test_a_hidden_network_object_closes_no_site(open_tenant):
    opened = open_tenant()
    del opened.stage.tenant.tables["Network"]
    items, coverage, _ = reading(opened)
    assert items["Contest__c"].grants[0].live is True  # nobody says that it is closed
    assert coverage.status is Status.PARTIAL
    assert "Network" in str(coverage.reason)


def test_an_organization_without_sites_is_clean_and_complete(open_tenant):
    opened = open_tenant()
    rows(opened, "Site").clear()
    items, coverage, _ = reading(opened)
    assert items == {}
    assert coverage.status is Status.COMPLETE


def test_a_permission_set_group_that_names_no_object_is_a_gap(open_tenant):
    opened = open_tenant()
    rows(opened, "PermissionSetAssignment").append(
        {
            "AssigneeId": DESK.guest,
            "Assignee": {"UserType": "Guest"},
            "PermissionSetId": vendor_id("0PS", 300),
            "PermissionSetGroupId": vendor_id("0PG", 1),
            "PermissionSet": dict.fromkeys(("PermissionsApiEnabled", *PERMISSIONS), False),
        }
    )
    coverage = reading(opened)[1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.set_groups"


def test_groups_that_hold_each_other_do_not_go_round_for_ever(open_tenant):
    opened = open_tenant()
    members = rows(opened, "GroupMember")
    members.append({"GroupId": members[0]["GroupId"], "UserOrGroupId": members[1]["GroupId"]})
    assert reach(reading(opened)[0]["Case"])[DESK.profile_set, DESK.label] == 2912


def test_options_of_sites_and_the_api_right_of_guests_are_settings(open_tenant):
    _, _, records = reading(open_tenant())
    settings = {(r.id, r.subject): r.value for r in records if isinstance(r, Setting)}
    assert settings["OptionsGuestChatterEnabled", DESK.label] is True
    assert settings["OptionsSelfRegistrationEnabled", CLOSED.label] is True
    assert settings["PermissionsApiEnabled", PARTNERS.label] is True
    assert settings["PermissionsApiEnabled", DESK.label] is False


def test_rows_of_insiders_are_never_asked_for(open_tenant):
    opened = open_tenant()
    reading(opened)
    assert not any(LOPEZ.id in soql for soql in opened.stage.tenant.asked)
    assert not any("Profile" in soql for soql in opened.stage.tenant.asked)


def test_a_reading_costs_two_calls_an_object_at_most_and_a_dozen_beside(open_tenant):
    opened = open_tenant()
    _, coverage, _ = reading(opened)
    assert coverage.calls <= 12 + 2 * coverage.items
