"""Apex that does not ask who calls: what is code, what is only said."""

from typing import Any

import pytest

from connectors.salesforce.apex import ignores_sharing
from connectors.salesforce.connector import CODE
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.scenario import INQUIRY_SITE
from connectors.sdk.records import UNKNOWN, Access, GrantCause, Item, Status
from connectors.sdk.testing import ServedTenant, scan

CALL = "@AuraEnabled public static void go() {}"


@pytest.mark.parametrize(
    ("source", "open_to_all"),
    [
        ("public without sharing class A { " + CALL + " }", True),
        ("public WITHOUT  Sharing class A { @auraenabled static void go() {} }", True),
        ("public without\n sharing class A { @RemoteAction static void go() {} }", True),
        ("@RestResource(urlMapping='/x') global without sharing class A {}", True),
        ("global without sharing class A { webservice static void go() {} }", True),
        ("public class A { without sharing class B {} " + CALL + " }", True),
        ("public with sharing class A { " + CALL + " }", False),
        ("public inherited sharing class A { " + CALL + " }", False),
        ("public class A { " + CALL + " }", False),
        ("public without sharing class A { static void go() {} }", False),
        ("// without sharing\npublic class A { " + CALL + " }", False),
        ("/* without sharing */ public class A { " + CALL + " }", False),
        ("/* open: without sharing @AuraEnabled", False),
        ("class A { String s = 'without sharing'; " + CALL + " }", False),
        (r"class A { String s = 'it\'s without sharing'; " + CALL + " }", False),
        ("class A { String s = '''\nwithout sharing\n'''; " + CALL + " }", False),
        ("without sharing class A { String s = '// '; " + CALL + " }", True),
        ("without sharing class A { String s = '/*'; " + CALL + " /* */ }", True),
        ("without sharing class A { // @AuraEnabled\n void go() {} }", False),
        ("withoutsharing class A { " + CALL + " }", False),
    ],
)
def test_comments_and_texts_say_nothing(source, open_to_all):
    assert ignores_sharing(source) is open_to_all


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
    for row in opened.harness.tenant.tables["ApexClass"].rows:
        if row["Name"] == "FormController":
            row["Body"] = body
    coverage = reading(opened)[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key == "salesforce.hidden_source"
    assert "FormController" in str(coverage.reason)


@pytest.mark.parametrize("source", ["SetupEntityAccess", "ApexClass"])
def test_a_hidden_object_is_a_gap(open_tenant, source):
    opened = open_tenant()
    del opened.harness.tenant.tables[source]
    coverage = reading(opened)[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.hint.key == "salesforce.setup_permission"
