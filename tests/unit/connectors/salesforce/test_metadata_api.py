"""The Metadata API: two calls that read, words that must not be lost, answers that could bite."""

import re
from typing import Any
from urllib.parse import unquote
from xml.etree.ElementTree import Element, fromstring

import pytest

from connectors.salesforce.client import Client
from connectors.salesforce.connector import SHARING
from connectors.salesforce.demo import records, scenario
from connectors.salesforce.demo.tables import DEFINITIONS, PERMISSIONS
from connectors.salesforce.metadata_api import MetadataApi
from connectors.salesforce.settings import Settings
from connectors.salesforce.sharing_rules import SharingRule, describe_criteria, read_sharing_rules
from connectors.sdk.errors import AccessDenied, UnexpectedResponse
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import UNKNOWN, Setting, Status
from connectors.sdk.testing import ServedTenant, scan

TIER_C = (*PERMISSIONS, *DEFINITIONS)
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]><l>&c;</l>"""


def metadata(opened: ServedTenant) -> MetadataApi:
    _, lent = opened.connector()
    return MetadataApi(Client(Settings.model_validate(opened.table), lent))


def test_an_empty_element_is_the_widest_receiver_and_is_kept(open_tenant):
    rules = read_sharing_rules(
        metadata(open_tenant(permissions=TIER_C)), ["Application__c", "Case"]
    ).by_object
    everyone = SharingRule(
        name="Applicants_see_all",
        shared_to=frozenset({("allCustomerPortalUsers", "")}),
        criteria="*",
    )
    assert rules is not None
    assert everyone in rules["Application__c"]
    assert rules.get("Case", ()) == ()


def rule_of(kind: str, inner: str) -> Element:
    return fromstring(f'<{kind} xmlns="http://soap.sforce.com/2006/04/metadata">{inner}</{kind}>')


def item(field: str, operation: str, value: str = "") -> str:
    told = f"<value>{value}</value>" if value else "<value/>"
    return (
        f"<criteriaItems><field>{field}</field><operation>{operation}</operation>{told}"
        "</criteriaItems>"
    )


@pytest.mark.parametrize(
    ("kind", "inner", "criteria"),
    [
        ("sharingGuestRules", item("Status", "equals", "Published"), "Status equals Published"),
        ("sharingGuestRules", "", "*"),  # no criterion at all
        ("sharingGuestRules", item("LastName", "notEqual"), "*"),  # a field that is never empty
        ("sharingGuestRules", item("Email", "notEqual"), "Email notEqual (empty)"),
        ("sharingGuestRules", item("LastName", "equals"), "LastName equals (empty)"),
        (
            "sharingGuestRules",
            item("LastName", "notEqual") + item("Status", "equals", "New"),
            "LastName notEqual (empty) and Status equals New",
        ),
        (
            "sharingCriteriaRules",
            "<booleanFilter>1 OR 2</booleanFilter>"
            + item("A", "equals", "x")
            + item("B", "equals", "y"),
            "1 OR 2; 1: A equals x; 2: B equals y",
        ),
        ("sharingOwnerRules", "<sharedFrom/>", ""),  # it says whose records, not which
        ("sharingTerritoryRules", "<sharedFrom/>", ""),
    ],
)
def test_the_criteria_of_a_rule_are_told_in_the_vendors_words(kind, inner, criteria):
    assert describe_criteria(rule_of(kind, inner)) == criteria


def test_a_filter_that_lets_one_condition_do_may_leave_nothing_out():
    told = "<booleanFilter>1 OR 2</booleanFilter>" + item("LastName", "notEqual")
    inner = told + item("Status", "equals", "New")
    assert describe_criteria(rule_of("sharingGuestRules", inner)) == "*"


def test_ten_names_go_into_one_call(open_tenant):
    opened = open_tenant(permissions=TIER_C)
    read_sharing_rules(metadata(opened), records.LABELS)
    calls = -(-len(records.LABELS) // 10)
    assert opened.harness.tenant.metadata.calls == ["readMetadata"] * calls


@pytest.mark.parametrize(
    "body", [LAUGHS, b"<half", b"", b"<x/>", b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'><x/>"]
)
def test_an_answer_that_is_no_plain_tree_is_refused(open_tenant, body):
    opened = open_tenant(permissions=TIER_C)
    told = Response(body=body, headers={"Content-Type": "text/xml"})
    opened.harness.inject_fault(lambda r, _: told if "/Soap/" in r.path else None)
    with pytest.raises(UnexpectedResponse):
        list(metadata(opened).read("SharingSettings", ["Sharing"]))


def test_a_refusal_is_heard_at_once_though_it_comes_with_status_500(open_tenant):
    opened = open_tenant()
    with pytest.raises(AccessDenied) as refused:
        list(metadata(opened).read("SharingSettings", ["Sharing"]))
    assert refused.value.hint is not None
    assert refused.value.hint.key == "salesforce.rules_hint"
    assert sum("/Soap/" in path for _, path in opened.service.requests) == 1


def test_a_session_that_ended_is_renewed_here_as_well(open_tenant):
    opened = open_tenant(permissions=TIER_C)
    reader = metadata(opened)
    assert reader.list_names("CustomSite")
    opened.harness.tenant.end_sessions()
    assert len(reader.list_names("CustomSite")) == len(scenario.SITES)


@pytest.mark.parametrize(
    ("held", "visible", "standing"),
    [(PERMISSIONS, UNKNOWN, True), (TIER_C, True, False)],
)
def test_sharing_settings_are_read_in_tier_c_and_unknown_below(
    open_tenant, held, visible, standing
):
    opened = open_tenant(permissions=held)
    connector, lent = opened.connector()
    connector.tenant()
    records: list[Any] = scan(connector, lent, SHARING)
    told = {r.id: r.value for r in records if isinstance(r, Setting)}
    assert told["SharingSettings.enableCommunityUserVisibility"] is visible
    assert records[-1].standing is standing
    assert records[-1].status is (Status.SKIPPED if standing else Status.COMPLETE)
    assert records[-1].hint is not None or not standing


SAFE = (  # method, path, what the body may be
    ("POST", r"/services/oauth2/token", r"grant_type=.*"),
    ("GET", r"/services/data(/v[\d.]+/(query|tooling/query|limits|sobjects/\w+/describe).*)?", r""),
    ("GET", r"/services/data/v[\d.]+/jobs/query/\w+(/results)?", r""),
    ("POST", r"/services/data/v[\d.]+/jobs/query", r'\{"operation": "query", "query": "SELECT .*'),
    ("POST", r"/services/data/v[\d.]+/composite", r"\{.*\}"),
    ("POST", r"/services/Soap/m/[\d.]+", r".*<ns\d:(readMetadata|listMetadata)>.*"),
)


def test_nothing_is_ever_sent_that_could_change_anything(open_tenant):
    """Tier C could write; this program never does, in scan, doctor or plan."""
    opened = open_tenant(permissions=TIER_C, size=25_000)
    sent: list[Request] = []
    opened.harness.inject_fault(lambda request, _: sent.append(request))
    opened.scan_all()
    connector, _ = opened.connector()
    assert list(connector.checks())
    assert connector.estimate().parts
    assert {"composite", "query", "6"} & {r.path.rsplit("/")[-1][:9] for r in sent}
    for request in sent:
        body = request.body.decode()
        assert any(
            request.method == method
            and re.fullmatch(path, request.path)
            and re.fullmatch(allowed, body, re.DOTALL)
            for method, path, allowed in SAFE
        ), (request.method, request.path)
        if request.path.endswith("/composite"):
            for part in request.json()["compositeRequest"]:
                assert part["method"] == "GET"
                assert re.fullmatch(SAFE[1][1], unquote(part["url"]).split("?")[0])
