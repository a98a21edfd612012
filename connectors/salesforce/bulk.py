"""Bulk API 2.0: a long answer as files of many rows, at a call each instead of one per 2,000."""

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

from connectors.salesforce.client import Client, Row
from connectors.salesforce.refusals import Unanswered, unknown_form
from connectors.sdk.contract import Context
from connectors.sdk.message import say

WORTH = 20_000  # rows from which on a job costs fewer calls than pages
PORTION = 25_000  # rows of one file: a few megabytes
PAGE = 2_000  # rows at a time, as a query gives them: a row takes ten times the room of its text
POLLS = 40  # 2 + 4 + ... + 30 + 30 seconds: a quarter of an hour
LONGEST = 30.0
FLAGS = ("Preferences", "Is")  # how the names of true or false begin
_ID = re.compile(r"[0-9A-Za-z]{15,18}")
_LOCATOR = re.compile(r"[0-9A-Za-z+/=_-]{1,200}")


def pages(client: Client, context: Context, source: str, soql: str) -> Iterator[list[Row]]:
    """The rows of a query, in portions; texts for what is a number or a flag become those.

    Raises `Unanswered` where Salesforce does not do it, before the first row.
    """
    job = _made(client, source, soql)
    _wait(client, context, source, job)
    locator = ""
    while True:
        response = client.ask(source, lambda sf, at=locator: _portion(sf, job, at))
        rows = _rows(response.content)
        while page := list(itertools.islice(rows, PAGE)):
            yield page
        following = response.headers.get("Sforce-Locator", "null")
        if following == "null":
            return
        if following == locator or not _LOCATOR.fullmatch(following):
            raise unknown_form("Sforce-Locator", source)
        locator = following


def _made(client: Client, source: str, soql: str) -> str:
    wanted = {"operation": "query", "query": soql}
    told: Any = client.ask(source, lambda sf: sf.restful("jobs/query", method="POST", json=wanted))
    job = _word(told, "id")
    if not _ID.fullmatch(job):
        raise unknown_form("id", source)
    return job


def _word(told: Any, name: str) -> str:
    """A word of an answer, or nothing where the answer is of another form."""
    try:
        return str(told[name])
    except (LookupError, TypeError):
        return ""


def _wait(client: Client, context: Context, source: str, job: str) -> None:
    """Ask whether the job is done, less and less often. All of the tenant pauses meanwhile."""
    for poll in itertools.count(1):
        told: Any = client.ask(source, lambda sf: sf.restful(f"jobs/query/{job}"))
        state = _word(told, "state")
        if state == "JobComplete":
            return
        if state not in ("UploadComplete", "InProgress") or poll == POLLS:
            raise Unanswered(
                say("salesforce.unanswered", object=source, code=f"job: {state}", status=200),
                hint=say("salesforce.unanswered_hint"),
            )
        context.http.pause(min(2.0**poll, LONGEST), refused=0)


def _portion(sf: Salesforce, job: str, locator: str) -> Response:
    params = {"maxRecords": str(PORTION)} | ({"locator": locator} if locator else {})
    response = sf.session.get(
        f"{sf.base_url}jobs/query/{job}/results",
        params=params,
        headers={**sf.headers, "Accept": "text/csv"},
    )
    if response.status_code != 200:
        exception_handler(response)
    return response


def _rows(content: bytes) -> Iterator[Row]:
    """Rows as a page of a query has them: `Owner.Email` in a part of its own, empty as None."""
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline=""))
    names = next(lines, list[str]())
    for values in lines:
        row: Row = {}
        for name, text in zip(names, values, strict=True):
            relation, _, last = name.rpartition(".")
            part: Any = row.setdefault(relation, {}) if relation else row
            part[last] = text == "true" if text and last.startswith(FLAGS) else text or None
        yield row
