"""The demo is as strict as the service, so that the connector cannot cheat."""

from typing import Any

import pytest

from connectors.salesforce.demo import Tenant
from connectors.salesforce.demo.credentials import CONSUMER_KEY, CONSUMER_SECRET
from connectors.salesforce.demo.ids import long_id, vendor_id
from connectors.sdk.local_server import Request


def asked(method: str, path: str, **rest: Any) -> Request:
    sent: dict[str, Any] = {
        "query": {},
        "headers": {},
        "body": b"",
        "base": "https://127.0.0.1:1",
    } | rest
    return Request(method=method, path=path, **sent)


@pytest.fixture
def query():
    tenant = Tenant(5000)
    body = f"grant_type=client_credentials&client_id={CONSUMER_KEY}&client_secret={CONSUMER_SECRET}"
    reply: Any = tenant.respond(asked("POST", "/services/oauth2/token", body=body.encode())).body
    headers = {"authorization": f"Bearer {reply['access_token']}"}

    def ask(soql: str, path: str = "/services/data/v64.0/query/") -> Any:
        return tenant.respond(asked("GET", path, query={"q": soql}, headers=headers))

    return ask


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id, Colour FROM Site", "INVALID_FIELD"),
        ("SELECT Id FROM Site WHERE Colour = 'red'", "INVALID_FIELD"),
        ("SELECT Id FROM Sight", "INVALID_TYPE"),
        ("SELECT Id, DistributionPublicUrl FROM ContentDistribution", "INVALID_FIELD"),
        ("SELECT Id, Password FROM ContentDistribution", "INVALID_FIELD"),
        ("SELECT Id FROM CaseShare WHERE ", "MALFORMED_QUERY"),
        ("SELECT Id FROM Site WHERE Id = DROP", "MALFORMED_QUERY"),
        ("SELECT COUNT() FROM EntityDefinition", "MALFORMED_QUERY"),
        ("SELECT Label FROM EntityDefinition WHERE Label != 'x'", "MALFORMED_QUERY"),
        ("SELECT Label FROM FieldDefinition", "MALFORMED_QUERY"),
        ("SELECT RowCause, COUNT(Id) n FROM CaseShare", "MALFORMED_QUERY"),
        ("SELECT Id FROM ContentDistribution WHERE PreferencesExpires = 'no'", "INVALID_FIELD"),
    ],
)
def test_what_salesforce_refuses_the_demo_refuses(query, soql, code):
    response = query(soql)
    assert (response.status, response.body[0]["errorCode"]) == (400, code)


def test_a_page_holds_2000_rows_and_the_next_one_needs_its_locator(query):
    page = query("SELECT Id FROM ContentDistribution ORDER BY ContentDocumentId, Id").body
    assert (len(page["records"]), page["done"], page["totalSize"]) == (2000, False, 5010)
    total, url = 2000, page["nextRecordsUrl"]
    while url:
        page = query("", url).body
        total, url = total + len(page["records"]), page.get("nextRecordsUrl")
    assert total == 5010
    wrong = query("", f"/services/data/v64.0/query/{vendor_id('01g', 7)}-2000")
    assert (wrong.status, wrong.body[0]["errorCode"]) == (400, "INVALID_QUERY_LOCATOR")


def test_a_stranger_is_told_that_the_session_is_invalid_and_a_wrong_path_that_it_is_none(query):
    for headers in ({}, {"authorization": "Bearer x"}):
        response: Any = Tenant().respond(
            asked("GET", "/services/data/v64.0/query", headers=headers)
        )
        assert (response.status, response.body[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
    assert query("SELECT Id FROM Site", "/services/data/v64.0/sobjects").status == 404
    assert query("SELECT Id FROM Site", "/services/data/v40.0/query").status == 404


def test_every_answer_tells_the_calls_that_are_used(query):
    headers = query("SELECT Id FROM Site").headers
    assert headers["Sforce-Limit-Info"] == "api-usage=1/100000"


def test_ids_have_the_checksum_of_their_capitals():
    assert long_id("001A0000006Vm9u") == "001A0000006Vm9uIAC"
    assert vendor_id("069", 1) == "069Q00000000001IAA"


@pytest.mark.parametrize("size", [0, 1, 10, 11, 12, 250])
def test_the_demo_knows_how_many_things_a_scan_passes_by(open_tenant, size):
    opened = open_tenant(size=size)
    read = [r for rs in opened.scan_all().values() for r in rs if hasattr(r, "grants")]
    assert len(read) == opened.harness.tenant.items
