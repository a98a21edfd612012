"""Many links, and what happens in the middle of them: nothing is lost, nothing told twice."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.salesforce import bulk
from connectors.salesforce.connector import FILES
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Checkpoint, Item, Status
from connectors.sdk.testing import ServedTenant, facts_in, scan

Fault = Callable[[Any], Response | None]


@pytest.fixture(params=["pages", "bulk"])
def opened(
    open_tenant: Callable[..., ServedTenant], request: Any, monkeypatch: Any
) -> ServedTenant:
    """4,500 links: three pages, or five files of a job."""
    if request.param == "bulk":
        monkeypatch.setattr(bulk, "MIN_ROWS", 100)
        monkeypatch.setattr(bulk, "ROWS_PER_FILE", 1000)
    return open_tenant(size=4500)


def reading(opened: ServedTenant, cursor: str | None = None) -> list[Any]:
    connector, lent = opened.connector()
    connector.tenant()
    return [*scan(connector, lent, FILES, cursor)]


def further(request: Request) -> bool:
    """Whether a request goes on in a long answer."""
    return "/query/01g" in request.path or request.query.get("locator", "") != ""


def failed(status: int, code: str) -> Response:
    return Response(status=status, body=[{"errorCode": code, "message": "no"}])


DISTURBANCES: dict[str, Fault] = {
    "the session ends": lambda tenant: tenant.end_sessions(),
    "the service is down": lambda _: failed(503, "SERVER_UNAVAILABLE"),
    "the line is cut before a word": lambda _: Response(cut="before"),
    "the line is cut in the middle": lambda _: Response(cut="middle", body=b"x" * 100),
    "the place is forgotten": lambda _: failed(400, "INVALID_QUERY_LOCATOR"),
}


@pytest.mark.parametrize("name", DISTURBANCES)
def test_what_happens_in_the_middle_of_an_answer_changes_nothing_of_it(
    opened: ServedTenant, name: str
) -> None:
    whole = reading(opened)
    happened: list[str] = []

    def once(request: Request, _times: int) -> Response | None:
        if happened or not further(request):
            return None
        happened.append(name)
        return DISTURBANCES[name](opened.harness.tenant)

    opened.harness.inject_fault(once)
    records = reading(opened)
    assert happened
    assert facts_in(records) == facts_in(whole)
    assert records[-1].status is Status.COMPLETE


@pytest.mark.parametrize("code", ["REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE"])
def test_what_ends_a_run_in_the_middle_lets_the_next_one_go_on_from_there(
    opened: ServedTenant, code: str
) -> None:
    """The cursor is a document: a day later the place in the answer is gone, and it is not."""
    whole = reading(opened)
    status = 403 if code == "REQUEST_LIMIT_EXCEEDED" else 503
    opened.harness.inject_fault(lambda r, _: failed(status, code) if further(r) else None)
    first = reading(opened)
    assert first[-1].status is Status.PARTIAL
    opened.harness.inject_fault(None)
    tenant: Any = opened.harness.tenant
    tenant.expire_query_locators()
    at = max(i for i, record in enumerate(first) if isinstance(record, Checkpoint))
    second = reading(opened, first[at].cursor)
    told = [r for r in (*first[:at], *second) if isinstance(r, Item)]
    assert told == [r for r in whole if isinstance(r, Item)]
