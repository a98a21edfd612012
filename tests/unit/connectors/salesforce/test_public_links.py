"""Public links: whole documents, pages, resuming, what is left out."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from connectors.salesforce import queries
from connectors.salesforce.connector import FILES
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.tables import PERMISSIONS
from connectors.sdk.demo import NOW
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    Access,
    Checkpoint,
    Item,
    Started,
    State,
    Status,
)
from connectors.sdk.testing import ServedTenant, facts_in, scan


def reading(opened: ServedTenant, cursor: str | None = None) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, FILES, cursor)]


def items_of(records: list[Any]) -> dict[str, Any]:
    return {r.name: r for r in records if isinstance(r, Item)}


def test_the_story_of_links_is_told(open_tenant):
    records = reading(open_tenant())
    items = items_of(records)
    customers = items["顧客一覧.xlsx"]
    assert customers.grants[0].expires_at is None
    assert customers.grants[0].password is False
    assert NOW - customers.grants[0].created_at > timedelta(days=5 * 365)
    assert items['見積書 "Acme, Inc.".pdf'].grants[0].password is True
    assert items['=HYPERLINK("引継ぎ"),退職者.csv'].owner_state is State.DISABLED
    assert [g.access for g in items["会社案内 2026.pdf"].grants] == [Access.VIEW, Access.VIEW_ONLY]
    assert "旧価格表.pdf" not in items  # expired
    assert "入札結果 (today only).pdf" in items  # it expires, but only this afternoon
    assert [g.expires_at for g in items["商談資料.pptx"].grants] == [None]
    assert records[-1].status is Status.COMPLETE


def test_no_document_is_cut_by_a_page(open_tenant):
    opened = open_tenant(size=4500)
    records = reading(opened)
    ids = [r.id for r in records if isinstance(r, Item)]
    assert len(ids) == len(set(ids))
    grants = sorted(g.id for r in records if isinstance(r, Item) for g in r.grants)
    expected = opened.harness.tenant.expected_exposures()
    assert grants == sorted({d.grant_id for d in expected if d.item_id.startswith("069")})
    assert sum("/query/01g" in path for _, path in opened.service.requests) == 2


def test_a_forgotten_place_is_found_again_by_the_last_document(open_tenant):
    opened = open_tenant(size=4500)
    whole = reading(opened)
    tenant: Any = opened.harness.tenant

    def forget(request: Any, times: int) -> None:
        if "/query/01g" in request.path and times == 1:
            tenant.expire_query_locators()

    opened.harness.inject_fault(forget)
    assert facts_in(reading(opened)) == facts_in(whole)


def test_a_place_that_is_always_forgotten_costs_a_question_a_page_and_nothing_more(open_tenant):
    opened = open_tenant(size=4500)
    whole = reading(opened)
    opened.harness.inject_fault(lambda r, _: opened.harness.tenant.expire_query_locators())
    assert facts_in(reading(opened)) == facts_in(whole)


def test_a_document_with_more_links_than_a_page_is_whole_or_not_read_at_all(open_tenant):
    opened = open_tenant()
    table = opened.harness.tenant.tables["ContentDistribution"]
    many = [table.rows[0] | {"Id": vendor_id("05D", n)} for n in range(4100)]
    opened.harness.tenant.tables["ContentDistribution"] = replace(table, rows=many, certain=None)
    (item,) = items_of(reading(opened)).values()
    assert len(item.grants) == 4100
    opened.harness.inject_fault(lambda r, _: opened.harness.tenant.expire_query_locators())
    records = reading(opened)
    assert items_of(records) == {}  # asking again would never get further
    assert records[-1].status is Status.PARTIAL


@pytest.mark.parametrize("cursor", ["01g-2000", "' OR Id != '", '{"page": 1}'])
def test_a_cursor_that_is_no_document_starts_over(open_tenant, cursor):
    records = reading(open_tenant(), cursor)
    assert records[0] == Started(full=True, resumed=False)
    assert "顧客一覧.xlsx" in items_of(records)


def test_the_last_cursor_is_the_start(open_tenant):
    cursors = [r.cursor for r in reading(open_tenant(size=50)) if isinstance(r, Checkpoint)]
    assert cursors[-1] == ""
    assert all(len(c) == 18 for c in cursors[:-1])


@pytest.mark.parametrize(
    ("lacking", "hint"),
    [
        ("PermissionsQueryAllFiles", "Query All Files"),
        ("PermissionsDistributeFromPersWksp", "Creation of Content Deliveries"),
    ],
)
def test_without_a_permission_the_rest_is_not_called_clean(open_tenant, lacking, hint):
    records = reading(open_tenant(permissions=set(PERMISSIONS) - {lacking}))
    coverage = records[-1]
    assert coverage.status is Status.PARTIAL
    assert hint in str(coverage.hint)


def test_links_that_lead_to_no_visible_document_are_items_of_their_own(open_tenant):
    opened = open_tenant()
    table = opened.harness.tenant.tables["ContentDistribution"]
    lost = {"ContentDocumentId": None, "ContentDocument": None, "Owner": None}
    some = [row | lost for row in table.rows[:2]]
    opened.harness.tenant.tables["ContentDistribution"] = replace(table, rows=some, certain=None)
    records = reading(opened)
    assert [r.id for r in records if isinstance(r, Item)] == [row["Id"] for row in some]


def test_the_statement_holds_no_quotation_mark_of_its_values():
    assert queries.quote_value("O'Brien\\") == r"'O\'Brien\\'"


def test_a_thousand_links_cost_less_than_one_call(open_tenant):
    opened = open_tenant(size=10_000)
    coverage = reading(opened)[-1]
    assert coverage.status is Status.COMPLETE
    assert coverage.calls <= 1 + 10_010 / 2000 + 1


@pytest.mark.parametrize(
    ("held", "status"),
    [
        (PERMISSIONS, Status.COMPLETE),  # deliveries are switched off: there are no links
        (tuple(p for p in PERMISSIONS if "Distribute" not in p), Status.DENIED),
    ],
)
def test_an_organization_without_content_deliveries_has_no_links(open_tenant, held, status):
    opened = open_tenant(permissions=held)
    del opened.harness.tenant.tables["ContentDistribution"]
    connector, lent = opened.connector()
    connector.tenant()
    coverage: Any = [*scan(connector, lent, FILES)][-1]
    assert coverage.status is status
    assert coverage.items == 0
    if status is Status.COMPLETE:
        assert coverage.reason.key == "salesforce.no_deliveries"


def too_slow(opened, slow) -> list[str]:
    """Let queries about links take too long where `slow` says so; return all of them."""
    asked: list[str] = []

    def fault(request: Request, _times: int) -> Response | None:
        soql = request.query.get("q", "")
        if "FROM ContentDistribution" not in soql:
            return None
        asked.append(soql)
        error = [{"errorCode": "QUERY_TIMEOUT", "message": "too long"}]
        return Response(status=400, body=error) if slow(soql, len(asked)) else None

    opened.harness.inject_fault(fault)
    return asked


def links_of(opened) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, FILES)]


@pytest.mark.parametrize(
    ("slow", "queries_sent"),
    [
        pytest.param(lambda _soql, number: number == 1, 4, id="once"),
        pytest.param(lambda soql, _number: "LIMIT" not in soql, None, id="without a limit"),
        pytest.param(
            lambda soql, _number: "LIMIT" not in soql or "LIMIT 2000" in soql,
            None,
            id="with a limit of 2000",
        ),
    ],
)
def test_links_that_take_too_long_are_asked_again_and_in_portions(open_tenant, slow, queries_sent):
    opened = open_tenant(size=4500)
    whole = [r for r in links_of(opened) if isinstance(r, Item)]
    asked = too_slow(opened, slow)
    records = links_of(opened)
    assert [r for r in records if isinstance(r, Item)] == whole
    assert records[-1].status is Status.COMPLETE
    assert len(asked) < 40
    if queries_sent is not None:
        assert sum("ORDER BY" in soql for soql in asked) <= queries_sent


def test_links_that_take_too_long_in_any_portion_are_a_gap(open_tenant):
    opened = open_tenant()
    too_slow(opened, lambda _soql, _number: True)
    coverage = links_of(opened)[-1]
    assert coverage.status is Status.PARTIAL
    assert "QUERY_TIMEOUT" in str(coverage.reason)


def test_a_count_of_links_that_takes_too_long_loses_no_link(open_tenant):
    opened = open_tenant()
    whole = [r for r in links_of(opened) if isinstance(r, Item)]

    def fault(request: Request, _times: int) -> Response | None:
        if not request.path.endswith("/composite") or b"ContentDistribution" not in request.body:
            return None
        answer = opened.harness.tenant.respond(request)
        body: Any = answer.body
        for part in body["compositeResponse"]:
            if not part["body"].get("records"):
                part["httpStatusCode"] = 400
                part["body"] = [{"errorCode": "QUERY_TIMEOUT", "message": "too long"}]
        return answer

    opened.harness.inject_fault(fault)
    records = links_of(opened)
    assert [r for r in records if isinstance(r, Item)] == whole
    assert records[-1].status is Status.COMPLETE
