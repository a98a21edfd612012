"""Read-only requests to one organization: queries, composite requests, describes.

The session is shared and renewed once when Salesforce has ended it.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html (read 2026-11-29)
"""  # noqa: E501 -- an address

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

from connectors.salesforce.auth import SalesforceSession, SessionSource
from connectors.salesforce.composite import (
    QUERIES_PER_COMPOSITE,
    SUBREQUESTS_PER_COMPOSITE,
    Part,
    get_all,
)
from connectors.salesforce.errors import QueryRefusal, error_code, map_error, unexpected_response
from connectors.salesforce.query_pages import (
    PartialRows,
    Row,
    follow_pages,
    require_page,
    total_size,
)
from connectors.salesforce.settings import Settings
from connectors.sdk.batched import batched
from connectors.sdk.errors import AccessDenied, QuotaExhausted, SignInError, UnexpectedResponse
from connectors.sdk.interface import ConnectorContext
from connectors.sdk.message import say

QueryResult = list[Row] | int | QueryRefusal
"""The rows of a statement, its count, or the error that refused it."""
T = TypeVar("T")


class Client:
    """Read-only client of one organization. Safe to use from the threads of all scopes.

    Every method raises `SignInError` if the sign-in is refused, and `QuotaExhausted` if the daily
    calls are spent.
    """

    def __init__(self, settings: Settings, context: ConnectorContext) -> None:
        self._http = context.http
        self._map = context.map
        self._reserve = settings.api_reserve
        self._sessions = SessionSource(settings, context)

    @property
    def user_id(self) -> str:
        """The id (005...) of the audit user. Raises as `SessionSource.session`."""
        return self._sessions.session().user_id

    @property
    def instance_url(self) -> str:
        """The address of the organization, without a trailing slash."""
        return self._sessions.session().instance_url

    def iter_rows(self, soql: str) -> Iterator[Row]:
        """Yield all rows of a query, page by page. Raises as `iter_pages`."""
        for page in self.iter_pages(soql):
            yield from page

    def iter_pages(self, soql: str) -> Iterator[list[Row]]:
        """Yield the result of a query in pages of up to 2,000 rows.

        Raises:
            AccessDenied: The object or a field is not visible to the audit user.
            QueryFailed: Salesforce refused this statement.
            QueryLocatorExpired: Between two pages, when the query cursor no longer exists.
        """
        source = queried_object(soql)
        yield from self._follow_pages(self.call(source, lambda sf: sf.query(soql)), source)

    def count(self, soql: str) -> int:
        """Return the result of a `SELECT COUNT()` statement. Raises as `iter_pages`."""
        return total_size(
            self.call(queried_object(soql), lambda sf: sf.query(soql)), queried_object(soql)
        )

    def tooling_query(self, soql: str) -> list[Row]:
        """Return the first page of a Tooling API query. Raises as `iter_pages`."""
        source, path = queried_object(soql), f"query/?q={quote(soql)}"
        return require_page(self.call(source, lambda sf: sf.toolingexecute(path)), source)[
            "records"
        ]

    def batch_query(self, statements: Iterable[str]) -> Iterator[QueryResult]:
        """Yield for each statement its rows, its count, or the error that refused it.

        The results keep the order of the statements. Five statements cost one call. A statement
        without a usable answer is asked again. Only errors that end the whole scan are raised:
        `SignInError`, `QuotaExhausted`, `Unreachable`.
        """
        batches = batched(statements, QUERIES_PER_COMPOSITE)
        for batch, responses in self._map(self._composite_queries, batches):
            for soql, answer in zip(batch, responses, strict=True):
                if not isinstance(answer, dict):
                    yield answer
                elif soql.startswith("SELECT COUNT() "):
                    yield int(answer["totalSize"])
                else:
                    yield self._all_rows(answer, queried_object(soql))

    def describe_objects(self, names: Iterable[str]) -> Iterator[Row | QueryRefusal]:
        """Yield for each object its describe result, or the error that refused it, in order."""
        for batch in batched(names, SUBREQUESTS_PER_COMPOSITE):
            yield from self._composite([(name, f"sobjects/{name}/describe") for name in batch])

    def call(self, source: str, request: Callable[[Salesforce], T]) -> T:
        """Run one request and return its result; renew an ended session once.

        Args:
            source: The object that the request is about, for the error message.
            request: Makes the request on a simple-salesforce client.

        Raises:
            SignInError: The renewed session was refused as well.
            ConnectorError: The mapped error of the response (see `map_error`).
        """
        session = self._sessions.session()
        try:
            return self._call_once(session, source, request)
        except SalesforceExpiredSession:
            self._sessions.invalidate(session)
        try:
            return self._call_once(self._sessions.session(), source, request)
        except SalesforceExpiredSession:
            raise SignInError(
                say("salesforce.session"), hint=say("salesforce.session_hint")
            ) from None

    def _call_once(
        self, session: SalesforceSession, source: str, request: Callable[[Salesforce], T]
    ) -> T:
        """Run one request on a session and check the daily calls afterwards.

        Raise the mapped error of the response, `SalesforceExpiredSession` if the session has ended,
        and
        `QuotaExhausted` if only the reserved calls are left.
        """
        sf = Salesforce(
            session_id=session.token,
            instance_url=session.instance_url,
            version=session.version,
            session=self._http,
            object_pairs_hook=None,
        )
        del sf.headers["X-PrettyPrint"]
        try:
            answer = request(sf)
        except SalesforceExpiredSession:
            raise
        except SalesforceError as error:
            raise map_error(error.status, error_code(error.content), source) from None
        except ValueError:  # not JSON
            raise unexpected_response("JSON", source) from None
        # From the header `Sforce-Limit-Info: api-usage=18/5000`, present in every REST response.
        # Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm (read 2026-08-15)  # noqa: E501 -- an address
        if usage := sf.api_usage.get("api-usage"):
            check_daily_quota(usage.used, usage.total, self._reserve)
        return answer

    def _follow_pages(self, first: object, source: str) -> Iterator[list[Row]]:
        """Yield the rows of a first page and of all that follow it. Raise as `follow_pages`."""

        def fetch(url: str) -> object:
            return self.call(source, lambda sf: sf.query_more(url, identifier_is_url=True))

        return follow_pages(first, source, fetch)

    def _all_rows(self, first: Row, source: str) -> list[Row] | QueryRefusal:
        """Return the rows of all pages; those so far, as `PartialRows`, if one is lost."""
        rows: list[Row] = []
        try:
            for page in self._follow_pages(first, source):
                rows += page
        except AccessDenied as refused:
            return refused
        except UnexpectedResponse as lost:
            return PartialRows(rows, lost) if rows else lost
        return rows

    def _composite_queries(
        self, statements: Sequence[str]
    ) -> tuple[Sequence[str], list[Row | QueryRefusal]]:
        parts = [(queried_object(soql), f"query/?q={quote(soql)}") for soql in statements]
        return statements, self._composite(parts)

    def _composite(self, parts: Sequence[Part]) -> list[Row | QueryRefusal]:
        return get_all(parts, self.call, lambda seconds: self._http.pause_all(seconds, refused=0))


def rows_or_empty(answer: QueryResult) -> list[Row]:
    """Return the rows of a result; none if it was refused or is a count."""
    return answer if isinstance(answer, list) else []


def require_rows(answer: QueryResult) -> list[Row]:
    """Return the rows of a result that the scan needs; raise the error that refused it."""
    if isinstance(answer, QueryRefusal):
        raise answer
    return rows_or_empty(answer)


def check_daily_quota(used: int, total: int, reserve: float) -> None:
    """Raise `QuotaExhausted` if only the reserved share of the daily calls is left.

    Args:
        used: Calls of the organization in the last 24 hours.
        total: Allowed calls in 24 hours.
        reserve: Share of `total` left to other programs, from 0 to 1.
    """
    if used > (1 - reserve) * total:
        raise QuotaExhausted(
            say("salesforce.reserve", used=used, total=total, reserve=f"{reserve:.0%}"),
            hint=say("salesforce.reserve_hint"),
        )


def queried_object(soql: str) -> str:
    """Return the name of the object that a SOQL statement reads."""
    return soql.partition(" FROM ")[2].split()[0]
