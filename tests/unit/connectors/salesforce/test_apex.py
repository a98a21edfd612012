"""Code that guests can run without sharing: by class, page, flow and package."""

from typing import Any

import pytest

from connectors.salesforce.connector import CODE
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.scenario import CLOSED_SITE, INQUIRY_SITE, PARTNER_SET
from connectors.sdk.records import UNKNOWN, Access, GrantCause, Item, Setting, Status
from connectors.sdk.testing import ServedTenant, scan
from tests.unit.connectors.salesforce.given import tenant_of


def reading(opened: ServedTenant) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, CODE)]


def test_a_class_that_guests_may_call_is_an_item_with_every_guest_that_may(open_tenant):
    records = reading(open_tenant())
    (item,) = (r for r in records if isinstance(r, Item))
    assert (item.id, item.kind, item.name) == (vendor_id("01p", 1), "code", "InquiryController")
    (grant,) = item.grants
    assert (grant.id, grant.principal, grant.cause) == (
        INQUIRY_SITE.profile_set,
        INQUIRY_SITE.label,
        GrantCause.CODE,
    )
    assert (grant.access, grant.reach) == (Access.UNKNOWN, UNKNOWN)  # only its author knows
    assert records[-1].status is Status.COMPLETE


@pytest.mark.parametrize("body", [None, "(hidden)"])
def test_source_of_the_organization_that_is_hidden_is_a_gap_and_not_safe(open_tenant, body):
    opened = open_tenant()
    for row in tenant_of(opened).tables["ApexClass"].rows:
        if row["Name"] == "FormController":
            row["Body"] = body
    coverage = reading(opened)[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.hidden_source"
    assert "FormController" in str(coverage.reason)


@pytest.mark.parametrize("source", ["SetupEntityAccess", "ApexClass"])
def test_a_hidden_object_is_a_gap(open_tenant, source):
    opened = open_tenant()
    del tenant_of(opened).tables[source]
    coverage = reading(opened)[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.hint.key == "salesforce.setup_permission"


def add_class(opened: ServedTenant, number: int, name: str, body: str, **more: Any) -> str:
    class_id = vendor_id("01p", number)
    row = {"Id": class_id, "Name": name, "NamespacePrefix": None, "ApiVersion": 60.0, "Body": body}
    tenant_of(opened).tables["ApexClass"].rows.append(row | more)
    return class_id


def grant_code(opened: ServedTenant, entity: str, kind: str, holder: str = "") -> None:
    tenant_of(opened).tables["SetupEntityAccess"].rows.append(
        {
            "ParentId": holder or CLOSED_SITE.profile_set,
            "SetupEntityId": entity,
            "SetupEntityType": kind,
        }
    )


def add_page(opened: ServedTenant, markup: str, **more: Any) -> str:
    page = vendor_id("066", 1)
    row = {"Id": page, "Name": "MemberList", "NamespacePrefix": None, "Markup": markup}
    tenant_of(opened).tables["ApexPage"].rows.append(row | more)
    grant_code(opened, page, "ApexPage")
    return page


def stated(opened: ServedTenant) -> tuple[set[str], Any]:
    records = reading(opened)
    return {r.name for r in records if isinstance(r, Item)}, records[-1]


REST = "@RestResource(urlMapping='/x') global class A { @HttpGet global static void go() {} }"


@pytest.mark.parametrize(("version", "found"), [(60.0, True), (66.0, True), (67.0, False)])
def test_a_class_without_a_keyword_runs_as_its_version_says(open_tenant, version, found):
    opened = open_tenant()
    number = add_class(opened, 50, "NoKeywordRest", REST, ApiVersion=version)
    grant_code(opened, number, "ApexClass")
    assert ("NoKeywordRest" in stated(opened)[0]) is found


@pytest.mark.parametrize(
    ("markup", "body", "found"),
    [
        ('<apex:page controller="MemberCtrl">', "public class MemberCtrl {}", True),
        ('<apex:page controller="membercTRL">', "public without sharing class M {}", True),
        (
            '<apex:page standardController="Case" extensions="Other,MemberCtrl">',
            "public class MemberCtrl {}",
            True,
        ),
        ('<apex:page controller="MemberCtrl">', "public with sharing class MemberCtrl {}", False),
        ('<apex:page standardController="Case">', "public class MemberCtrl {}", False),
        ('<!-- <apex:page controller="MemberCtrl"> -->', "public class MemberCtrl {}", False),
    ],
)
def test_a_page_of_a_guest_runs_its_controllers_without_a_grant_of_theirs(
    open_tenant, markup, body, found
):
    opened = open_tenant()
    add_class(opened, 51, "MemberCtrl", body)
    add_page(opened, markup)
    names, coverage = stated(opened)
    assert ("MemberCtrl" in names) is found
    assert coverage.status is Status.COMPLETE
    for item in reading(opened):
        if isinstance(item, Item) and item.name == "MemberCtrl":
            assert [g.principal_id for g in item.grants] == [CLOSED_SITE.guest]
            assert [g.id for g in item.grants] == [CLOSED_SITE.profile_set]


def test_a_page_that_no_guest_has_runs_nothing(open_tenant):
    opened = open_tenant()
    add_class(opened, 51, "MemberCtrl", "public class MemberCtrl {}")
    page = {"Id": vendor_id("066", 2), "Name": "P", "NamespacePrefix": None}
    tenant_of(opened).tables["ApexPage"].rows.append(
        page | {"Markup": '<apex:page controller="MemberCtrl">'}
    )
    grant_code(opened, vendor_id("066", 2), "ApexPage", PARTNER_SET)
    assert "MemberCtrl" not in stated(opened)[0]


@pytest.mark.parametrize(
    ("helper", "found"),
    [
        ("public without sharing class Helper {}", True),
        ("public class Helper {}", False),  # it runs as its caller does
        ("public with sharing class Helper {}", False),
        ("// without sharing\npublic class Helper {}", False),
    ],
)
def test_a_class_that_asks_and_uses_one_that_does_not_is_stated(open_tenant, helper, found):
    opened = open_tenant()
    caller = "public with sharing class Asks { @AuraEnabled static void go() { Helper.all(); } }"
    grant_code(opened, add_class(opened, 52, "Asks", caller), "ApexClass")
    add_class(opened, 53, "Helper", helper)
    assert ("Asks" in stated(opened)[0]) is found


def test_managed_classes_and_pages_are_named_and_not_judged(open_tenant):
    opened = open_tenant()
    add_page(opened, '<apex:page controller="vendor.Members">')
    records = reading(opened)
    (setting,) = (r for r in records if isinstance(r, Setting))
    assert (setting.id, setting.value) == (
        "SetupEntityAccess.ManagedApexClasses",
        "vendor.Members, vendor.Packaged",
    )
    assert records[-1].status is Status.COMPLETE


def add_flow(opened: ServedTenant, mode: str | None, *, active: bool = True) -> str:
    flow, version = vendor_id("300", 1), vendor_id("301", 1)
    tables = tenant_of(opened).tables
    tables["FlowDefinitionView"].rows.append(
        {
            "DurableId": flow,
            "ApiName": "PRSE_Property_Penalty_Details",
            "Label": "Penalty details",
            "ActiveVersionId": version if active else None,
        }
    )
    tables["FlowVersionView"].rows.append({"DurableId": version, "RunInMode": mode})
    return flow


@pytest.mark.parametrize(
    ("mode", "active", "found", "status"),
    [
        ("SystemModeWithoutSharing", True, True, Status.COMPLETE),
        ("SystemModeWithoutSharing", False, False, Status.COMPLETE),
        ("SystemModeWithSharing", True, False, Status.COMPLETE),
        ("DefaultMode", True, False, Status.COMPLETE),
        ("SomethingNew", True, False, Status.PARTIAL),
        (None, True, False, Status.PARTIAL),
    ],
)
def test_a_flow_of_a_guest_is_stated_if_it_runs_without_sharing(
    open_tenant, mode, active, found, status
):
    opened = open_tenant()
    flow = add_flow(opened, mode, active=active)
    grant_code(opened, flow, "FlowDefinition", INQUIRY_SITE.profile_set)
    names, coverage = stated(opened)
    assert ("Penalty details" in names) is found
    assert coverage.status is status
    if status is Status.PARTIAL:
        assert "PRSE_Property_Penalty_Details" in str(coverage.reason)


def test_a_flow_that_no_guest_may_run_is_not_stated(open_tenant):
    opened = open_tenant()
    grant_code(opened, add_flow(opened, "SystemModeWithoutSharing"), "FlowDefinition", PARTNER_SET)
    assert "Penalty details" not in stated(opened)[0]


@pytest.mark.parametrize("source", ["FlowDefinitionView", "FlowVersionView"])
def test_flows_that_are_hidden_are_a_gap(open_tenant, source):
    opened = open_tenant()
    flow = add_flow(opened, "SystemModeWithoutSharing")
    grant_code(opened, flow, "FlowDefinition", INQUIRY_SITE.profile_set)
    del tenant_of(opened).tables[source]
    assert stated(opened)[1].status is Status.PARTIAL
