"""Bulk API 2.0 queries: large results as CSV files, at one call per file.

A page of a REST query has at most 2,000 rows and costs one call each.

Sources:

Source: https://developer.salesforce.com/docs/atlas.en-us.252.0.api_asynch.meta/api_asynch/query_walkthrough.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_get_job_results.htm (read 2026-11-29)
Source: https://developer.salesforce.com/docs/atlas.en-us.238.0.api_asynch.meta/api_asynch/queries.htm (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

from requests import Response
from simple_salesforce.api import Salesforce
from simple_salesforce.util import exception_handler

from connectors.salesforce.client import Client
from connectors.salesforce.errors import QueryFailed, unexpected_response
from connectors.salesforce.query_pages import ROWS_PER_PAGE, Row
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say

# Number of rows from which on a job costs fewer calls than pages of a query. Computed from
# the call counts of both.
# Source: measured against a generated tenant, not documented
MIN_ROWS = 20_000
ROWS_PER_FILE = 25_000  # rows per result file (maxRecords): a few megabytes of CSV

MAX_POLLS = 40  # with pauses of 2, 4, 8, 16, 30, 30, ... seconds: 18 minutes
MAX_POLL_INTERVAL = 30.0  # seconds between two polls
BOOLEAN_PREFIXES = ("Preferences", "Is")  # name prefixes of the boolean fields in our queries
_ID = re.compile(r"[0-9A-Za-z]{15,18}")
_LOCATOR = re.compile(r"[0-9A-Za-z+/=_-]{1,200}")


def iter_pages(
    client: Client, context: ConnectorContext, source: str, soql: str
) -> Iterator[list[Row]]:
    """Yield the rows of a query in pages of up to `ROWS_PER_PAGE`, from a bulk query job.

    Cells are strings; those of boolean fields become booleans, empty ones None. Aggregates are not
    supported by the API.

    Source: https://developer.salesforce.com/docs/atlas.en-us.238.0.api_asynch.meta/api_asynch/queries.htm (read 2026-11-29)

    Raises:
        QueryFailed: Salesforce refused the job, or it failed or did not end in time; before the
            first row, except where a result file cannot be fetched.
        AccessDenied: The object is not visible to the audit user.
        UnexpectedResponse: A response of unknown form.
    """  # noqa: E501 -- an address
    job = _create_job(client, source, soql)
    _wait_for_job(client, context, source, job)
    locator = ""
    while True:
        response = client.call(source, lambda sf, at=locator: _download(sf, job, at))
        rows = _parse_csv(response.content)
        while page := list(itertools.islice(rows, ROWS_PER_PAGE)):
            yield page
        following = response.headers.get("Sforce-Locator", "null")
        if following == "null":
            return
        if following == locator or not _LOCATOR.fullmatch(following):
            raise unexpected_response("Sforce-Locator", source)
        locator = following


def _create_job(client: Client, source: str, soql: str) -> str:
    """Create a query job and return its id. Raise `UnexpectedResponse` if there is none."""
    request = {"operation": "query", "query": soql}
    response: Any = client.call(
        source, lambda sf: sf.restful("jobs/query", method="POST", json=request)
    )
    job = _string_field(response, "id")
    if not _ID.fullmatch(job):
        raise unexpected_response("id", source)
    return job


def _string_field(response: Any, name: str) -> str:
    """Return a field of a JSON response as text, or "" where the response has another form."""
    try:
        return str(response[name])
    except (LookupError, TypeError):
        return ""


def _wait_for_job(client: Client, context: ConnectorContext, source: str, job: str) -> None:
    """Poll the job with growing intervals until it is complete.

    All requests of the tenant pause meanwhile. Raise `QueryFailed` after `MAX_POLLS` polls or when
    the
    job ends in another state.
    """
    for poll in itertools.count(1):
        response: Any = client.call(source, lambda sf: sf.restful(f"jobs/query/{job}"))
        state = _string_field(response, "state")
        if state == "JobComplete":
            return
        if state not in ("UploadComplete", "InProgress") or poll == MAX_POLLS:
            raise QueryFailed(
                say("salesforce.unanswered", object=source, code=f"job: {state}", status=200),
                hint=say("salesforce.unanswered_hint"),
            )
        context.http.pause_all(min(2.0**poll, MAX_POLL_INTERVAL), refused=0)


def _download(sf: Salesforce, job: str, locator: str) -> Response:
    params = {"maxRecords": str(ROWS_PER_FILE)} | ({"locator": locator} if locator else {})
    response = sf.session.get(
        f"{sf.base_url}jobs/query/{job}/results",
        params=params,
        headers={**sf.headers, "Accept": "text/csv"},
    )
    if response.status_code != 200:
        exception_handler(response)
    return response


def _parse_csv(content: bytes) -> Iterator[Row]:
    """Parse a result file into rows as a REST query returns them.

    `Owner.Email` becomes a nested dictionary; empty cells become None. A row is built only when it
    is
    asked for.
    """
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    names = next(lines, list[str]())
    for values in lines:
        row: Row = {}
        for name, text in zip(names, values, strict=True):
            relation, _, last = name.rpartition(".")
            part: Any = row.setdefault(relation, {}) if relation else row
            part[last] = (
                text == "true" if text and last.startswith(BOOLEAN_PREFIXES) else text or None
            )
        yield row
