"""Where records cannot be read or counted, something is unknown, and nothing is clean."""

from typing import Any

import pytest

from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.people import assignment
from connectors.salesforce.demo.scenario import INQUIRY_SITE
from connectors.salesforce.demo.soql import WEIGHT
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    UNKNOWN,
    Status,
)
from tests.unit.connectors.salesforce.given import (
    GUEST,
    Open,
    grant_of,
    reading,
    rows,
    tenant_of,
)


def test_rows_of_a_rule_for_an_unknown_receiver_belong_to_the_only_reader(
    open_tenant: Open,
) -> None:
    opened = open_tenant()
    receiver = vendor_id("00G", 99)
    unknown = {"Id": "", "UserOrGroupId": receiver, "RowCause": "GuestRule", WEIGHT: 7}
    rows(opened, "Member__Share").append(dict(unknown))
    rows(opened, "ContactShare").append(dict(unknown))
    items = reading(opened)[0]
    assert grant_of(items, "Member__c", f"GuestRule/{receiver}").reach == 7
    whose = {g.reach for g in items["Contact"].grants if g.id == f"GuestRule/{receiver}"}
    assert whose == {UNKNOWN}  # two guests read it


def test_a_child_of_unknown_parents_has_an_unknown_reach(open_tenant: Open) -> None:
    opened = open_tenant()
    for row in rows(opened, "EntityDefinition"):
        if row["QualifiedApiName"] == "Case":  # no master-detail field tells the parent
            row["InternalSharingModel"] = row["ExternalSharingModel"] = "ControlledByParent"
    items = reading(opened)[0]
    assert {g.reach for g in items["Case"].grants} == {UNKNOWN}
    queries = tenant_of(opened).received_queries
    assert not any(" FROM CaseShare WHERE UserOrGroupId" in s for s in queries)


def test_an_object_without_a_share_table_has_an_unknown_reach(open_tenant: Open) -> None:
    """Salesforce has no such table for some objects; the item says that nobody can tell."""
    opened = open_tenant()
    del tenant_of(opened).tables["CaseShare"]
    items, coverage, _ = reading(opened)
    assert {g.reach for g in items["Case"].grants} == {UNKNOWN}
    assert coverage.status is Status.COMPLETE


def test_a_count_that_takes_too_long_makes_the_scope_partial(open_tenant: Open) -> None:
    opened = open_tenant()

    def too_slow(request: Request, _times: int) -> Response | None:
        if not request.path.endswith("/composite") or b"CaseShare" not in request.body:
            return None
        answer = opened.harness.tenant.respond(request)
        body: Any = answer.body
        for part in body["compositeResponse"]:
            if "UserOrGroupId" in str(part["body"]):
                part["httpStatusCode"] = 400
                part["body"] = [{"errorCode": "QUERY_TIMEOUT", "message": "too long"}]
        return answer

    opened.harness.inject_fault(too_slow)
    items, coverage, _ = reading(opened)
    assert UNKNOWN in {g.reach for g in items["Case"].grants}
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.unclear"


def test_without_view_all_data_no_count_is_believed(open_tenant: Open) -> None:
    """Salesforce does not refuse: it leaves rows out, and zero would look clean."""
    items, coverage, _ = reading(open_tenant(permissions=("PermissionsViewSetup",)))
    objects = [i for i in items.values() if i.kind == "object"]
    assert {"Case", "Contact", "Lead", "Quote__c"} <= items.keys()
    assert {g.reach for item in objects for g in item.grants} == {UNKNOWN}
    assert coverage.status is Status.PARTIAL
    assert "View All Data" in str(coverage.hint)


def test_without_query_all_files_files_on_records_are_not_called_clean(open_tenant: Open) -> None:
    held = set(PERMISSIONS) - {"PermissionsQueryAllFiles"}
    items, coverage, _ = reading(open_tenant(permissions=held))
    assert "Case.ContentDocumentLinks" not in items
    assert coverage.status is Status.PARTIAL
    assert "Query All Files" in str(coverage.hint)


def test_without_view_setup_the_scope_is_denied_and_names_it(open_tenant: Open) -> None:
    held = set(PERMISSIONS) - {"PermissionsViewSetup"}
    items, coverage, _ = reading(open_tenant(permissions=held))
    assert items == {}
    assert coverage.status is Status.DENIED
    assert coverage.hint.key == "salesforce.setup_permission"


@pytest.mark.parametrize(
    "source",
    [
        "FieldPermissions",
        "EntityDefinition",
        "GroupMember",
        "Network",
        "NetworkSelfRegistration",
        "User",
        "Group",
    ],
)
def test_a_hidden_setup_object_makes_the_scope_partial_and_keeps_what_guests_read(
    open_tenant: Open, source: str
) -> None:
    opened = open_tenant()
    whole = {n for n, i in reading(opened)[0].items() if i.grants[0].audience is GUEST}
    del tenant_of(opened).tables[source]
    items, coverage, _ = reading(opened)
    assert whole - {"Case.ContentDocumentLinks"} <= items.keys()
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key in ("salesforce.not_visible", "salesforce.unclear")
    assert coverage.hint is not None


@pytest.mark.parametrize(("visibility", "found"), [("AllUsers", True), ("InternalUsers", False)])
def test_files_of_children_are_unknown_or_none_but_never_passed_over(
    open_tenant: Open, visibility: str, found: bool
) -> None:
    """Which of them reach the guest, no query tells; whether there are any, one does."""
    opened = open_tenant()
    child = vendor_id("a00", 1)
    rows(opened, "SeminarGuest__c")[1]["Id"] = child
    file = {"Id": "", "LinkedEntityId": child, "Visibility": visibility, WEIGHT: 3}
    rows(opened, "ContentDocumentLink").append(file)
    items, coverage, _ = reading(opened)
    name = "SeminarGuest__c.ContentDocumentLinks"
    assert (name in items) is found
    if found:
        assert {g.reach for g in items[name].grants} == {UNKNOWN}
        assert coverage.reason.key == "salesforce.unclear_files"


def test_without_field_rights_all_of_the_schema_counts(open_tenant: Open) -> None:
    opened = open_tenant()
    del tenant_of(opened).tables["FieldPermissions"]
    assert reading(opened)[0]["Member__c"].data == ("email", "phone", "birth_date")


def test_a_hidden_network_object_closes_no_site(open_tenant: Open) -> None:
    opened = open_tenant()
    del tenant_of(opened).tables["Network"]
    items, coverage, _ = reading(opened)
    assert items["Contest__c"].grants[0].live is True  # nobody says that it is closed
    assert "Network" in str(coverage.reason)


def test_a_permission_set_group_that_names_no_object_is_a_gap(open_tenant: Open) -> None:
    opened = open_tenant()
    silent = assignment(INQUIRY_SITE.guest, "Guest", vendor_id("0PS", 300), {}, bundled=True)
    rows(opened, "PermissionSetAssignment").append(silent)
    coverage = reading(opened)[1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.set_groups"


def test_a_permission_set_that_is_not_shown_is_a_gap_and_no_bug(open_tenant: Open) -> None:
    opened = open_tenant()
    for row in rows(opened, "PermissionSetAssignment"):
        if row["PermissionSetId"] == INQUIRY_SITE.profile_set:
            row["PermissionSet"] = None
    items, coverage, _ = reading(opened)
    assert "Contact" in items
    assert coverage.status is Status.PARTIAL
    assert "PermissionSet" in str(coverage.reason)
