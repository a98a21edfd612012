"""Bulk API 2.0 of the simulated organization: jobs that take a while, and their result files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any, Protocol

from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.soql import (
    Parser,
    SoqlError,
    Statement,
    Table,
    checked,
    first_of,
    value_of,
)
from connectors.sdk.local_server import Request, Response


class Queried(Protocol):
    """The organization that a job queries."""

    received_queries: list[str]

    @property
    def tables(self) -> Mapping[str, Table]:
        """Return the tables by the names of their objects."""
        ...


class BulkJobs:
    """The query jobs. A job is complete at the third poll."""

    def __init__(self, tenant: Queried) -> None:
        self._tenant = tenant
        self._jobs: dict[str, tuple[Statement, Table]] = {}
        self._polls: dict[str, int] = {}

    def respond(self, request: Request, rest: str) -> Response:
        """Create a job, return its state, or return one of its result files."""
        job, _, part = rest.removeprefix("jobs/query").strip("/").partition("/")
        if request.method == "POST" and not job:
            return self._create(request.json())
        if request.method != "GET" or job not in self._jobs:
            return Response(status=404, body=[{"errorCode": "NOT_FOUND", "message": "no job"}])
        if part == "results":
            return self._results(job, request)
        self._polls[job] += 1
        done = self._polls[job] > 2
        return Response(body={"id": job, "state": "JobComplete" if done else "InProgress"})

    def _create(self, request: Any) -> Response:
        self._tenant.received_queries.append(request["query"])
        try:
            if request["operation"] != "query":
                raise SoqlError("INVALIDJOB", "only queries")
            statement = Parser(request["query"], self._tenant.tables).statement()
            if statement.counts or statement.groups:
                raise SoqlError("API_ERROR", "Aggregate Relationships not supported in Bulk Query")
            if statement.source not in self._tenant.tables:
                raise SoqlError("INVALIDENTITY", f"{statement.source} is not supported")
            table = self._tenant.tables[statement.source]
            checked(statement, table)
        except SoqlError as refused:
            return Response(status=400, body=[{"errorCode": refused.code, "message": "refused"}])
        job = vendor_id("750", len(self._jobs) + 1)
        self._jobs[job] = statement, table
        self._polls[job] = 0
        return Response(body={"id": job, "state": "UploadComplete", "operation": "query"})

    def _results(self, job: str, request: Request) -> Response:
        statement, table = self._jobs[job]
        most = int(request.query.get("maxRecords", "10000"))
        start = int(request.query.get("locator") or first_of(statement, table))
        text = io.StringIO()
        lines = csv.writer(text)
        lines.writerow(statement.fields)
        certain = len(table.rows) if table.certain is None else table.certain
        written, at = 0, start
        while written < most and at < len(table.rows):
            row = table.rows[at]
            if at >= certain or statement.test(row):
                lines.writerow(_cell(value_of(row, name)) for name in statement.fields)
                written += 1
            at += 1
        locator = str(at) if at < len(table.rows) else "null"
        headers = {"Content-Type": "text/csv", "Sforce-Locator": locator}
        return Response(body=text.getvalue().encode(), headers=headers)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)
