"""Salesforce's refusals in our words, and the calls that are left to others."""

from typing import Any

import pytest

from connectors.salesforce.client import check_daily_quota, queried_object
from connectors.salesforce.errors import (
    ObjectAbsent,
    QueryFailed,
    QueryLocatorExpired,
    QueryTimedOut,
    map_error,
    permission_hint,
)
from connectors.sdk.errors import AccessDenied, QuotaExhausted, UnexpectedResponse
from connectors.sdk.local_server import Response
from connectors.sdk.records import Status
from connectors.sdk.testing import scan


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "REQUEST_LIMIT_EXCEEDED", QuotaExhausted),
        (403, "INSUFFICIENT_ACCESS", AccessDenied),
        (403, "API_DISABLED_FOR_ORG", AccessDenied),
        (403, "API_CURRENTLY_DISABLED", AccessDenied),
        (403, "SOMETHING_NEW", AccessDenied),
        (400, "INVALID_TYPE", ObjectAbsent),
        (400, "INVALID_FIELD", AccessDenied),
        (400, "QUERY_TIMEOUT", QueryTimedOut),
        (400, "EXCEEDED_ID_LIMIT", QueryFailed),
        (400, "MALFORMED_QUERY", QueryFailed),
        (400, "INVALID_QUERY_LOCATOR", QueryLocatorExpired),
        (404, "NOT_FOUND", UnexpectedResponse),
        (414, "?", UnexpectedResponse),
    ],
)
def test_every_refusal_has_a_kind_and_a_next_step(status, code, kind):
    error = map_error(status, code, "Site")
    assert type(error) is kind
    assert error.hint is not None


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("Site", "setup_permission"),
        ("EntityDefinition", "setup_permission"),
        ("CaseShare", "data_permission"),
        ("Member__Share", "data_permission"),
        ("ContentDistribution", "files_permission"),
    ],
)
def test_the_hint_names_the_permission_that_shows_the_object(source, hint):
    assert permission_hint(source).key == f"salesforce.{hint}"
    assert queried_object(f"SELECT Id FROM {source} WHERE Id = 'x'") == source


@pytest.mark.parametrize(
    ("used", "reserve", "spent"),
    [(4500, 0.1, False), (4501, 0.1, True), (5000, 0.0, False), (2501, 0.5, True)],
)
def test_the_reserve_of_the_daily_calls_is_left_to_others(used, reserve, spent):
    if spent:
        with pytest.raises(QuotaExhausted):
            check_daily_quota(used, 5000, reserve)
    else:
        check_daily_quota(used, 5000, reserve)


@pytest.mark.parametrize("reserve", [0.0, 0.5])
def test_a_small_allowance_ends_the_reading_and_says_so(open_tenant, reserve):
    opened = open_tenant(limit=12)
    opened.table["api_reserve"] = reserve
    connector, lent = opened.connector()
    connector.tenant()
    coverage: Any = scan(connector, lent, next(iter(connector.scopes())))[-1]
    assert coverage.status is Status.PARTIAL
    assert coverage.reason.key in ("salesforce.limit", "salesforce.reserve")
    assert opened.harness.tenant.used <= 12 * (1 - reserve) + 1 + 4  # four lanes may be under way


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        [],
        {"done": False, "totalSize": 2, "records": []},
        {"done": False, "totalSize": 2, "records": [], "nextRecordsUrl": "@evil.example/"},
        {"done": False, "totalSize": 2, "records": [], "nextRecordsUrl": "/services/data/x"},
    ],
)
def test_an_answer_of_an_unknown_form_is_said_and_never_followed(open_tenant, body):
    opened = open_tenant()
    connector, lent = opened.connector()
    connector.tenant()
    opened.harness.inject_fault(lambda _request, _times: Response(body=body))
    for scope in list(connector.scopes())[:2]:
        coverage: Any = scan(connector, lent, scope)[-1]
        assert coverage.status is Status.PARTIAL
        assert coverage.reason.key == "salesforce.unknown_answer"
    assert len(opened.service.requests) < 20
