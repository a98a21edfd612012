"""Many links: a job instead of pages, and pages where a job is refused."""

from typing import Any

import pytest

from connectors.salesforce import bulk
from connectors.salesforce.bulk import _parse_csv
from connectors.salesforce.connector import FILES
from connectors.sdk.local_server import Response
from connectors.sdk.records import Checkpoint, Status
from connectors.sdk.testing import ServedTenant, facts_in, scan


def reading(opened: ServedTenant, cursor: str | None = None) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, FILES, cursor)]


@pytest.fixture
def small(monkeypatch):
    """Jobs from 100 rows on, in files of 250."""
    monkeypatch.setattr(bulk, "MIN_ROWS", 100)
    monkeypatch.setattr(bulk, "ROWS_PER_FILE", 250)


def test_a_job_tells_the_same_as_pages(open_tenant, small, monkeypatch):
    opened = open_tenant(size=1200)
    in_bulk = reading(opened)
    assert any("/jobs/query" in path for _, path in opened.service.requests)
    monkeypatch.setattr(bulk, "MIN_ROWS", 10**9)
    assert facts_in(in_bulk) == facts_in(reading(opened))
    assert in_bulk[-1].status is Status.COMPLETE


def test_a_job_goes_on_after_the_last_whole_document(open_tenant, small):
    opened = open_tenant(size=1200)
    whole = reading(opened)
    places = [i for i, r in enumerate(whole) if isinstance(r, Checkpoint) and r.cursor]
    assert len(places) > 3
    for at in places[1::2]:
        rest = reading(opened, whole[at].cursor)
        assert facts_in(whole[:at]) + facts_in(rest) == facts_in(whole)


def test_where_a_job_is_refused_pages_are_read(open_tenant, small):
    opened = open_tenant(size=1200)
    whole = reading(opened)
    no = Response(status=400, body=[{"errorCode": "INVALIDENTITY", "message": "no"}])
    opened.harness.inject_fault(lambda r, _: no if r.path.endswith("/jobs/query") else None)
    assert facts_in(reading(opened)) == facts_in(whole)


@pytest.mark.parametrize("state", ["Failed", "Aborted", "Sleeping"])
def test_a_job_that_fails_is_replaced_by_pages(open_tenant, small, state):
    opened = open_tenant(size=1200)
    whole = reading(opened)
    told = Response(body={"id": "750Q00000000001IAA", "state": state})
    opened.harness.inject_fault(lambda r, _: told if "/jobs/query/" in r.path else None)
    assert facts_in(reading(opened)) == facts_in(whole)


def test_a_session_that_ends_within_a_job_loses_nothing(open_tenant, small):
    opened = open_tenant(size=1200)
    whole = reading(opened)

    def ended(request: Any, times: int) -> None:
        if request.path.endswith("/results") and times == 1:
            opened.harness.tenant.end_sessions()

    opened.harness.inject_fault(ended)
    assert facts_in(reading(opened)) == facts_in(whole)


@pytest.mark.parametrize("locator", ["../../x", "https://evil.example/", ""])
def test_a_locator_of_another_form_is_never_followed(open_tenant, small, locator):
    opened = open_tenant(size=1200)
    told = Response(body=b"Id\n", headers={"Sforce-Locator": locator, "Content-Type": "text/csv"})
    opened.harness.inject_fault(lambda r, _: told if r.path.endswith("/results") else None)
    coverage = reading(opened)[-1]
    assert coverage.status is Status.COMPLETE  # the pages of a query take the place of the job
    files = [path for _, path in opened.service.requests if "/results" in path]
    assert len(files) == 1


def test_cells_become_what_a_page_has():
    told = b'Id,Name,Owner.Email,Owner.IsActive,PreferencesExpires\n05D,"a ""b"",\nc",,true,false\n'
    assert list(_parse_csv(told)) == [
        {
            "Id": "05D",
            "Name": 'a "b",\nc',
            "Owner": {"Email": None, "IsActive": True},
            "PreferencesExpires": False,
        }
    ]
