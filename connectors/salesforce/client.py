"""Read-only requests to one organization: queries, composite requests, describes.

The session is shared and renewed once when Salesforce has ended it.

Sources:

Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-query.md (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)
Source: https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html (read 2026-11-29)
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar, cast
from urllib.parse import quote

from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError, SalesforceExpiredSession

from connectors.salesforce.auth import Session, SignIn
from connectors.salesforce.refusals import Refused, code_of, error_of, unknown_form
from connectors.salesforce.settings import Settings
from connectors.sdk.batched import batched
from connectors.sdk.contract import Context
from connectors.sdk.errors import QuotaExhausted, SignInError
from connectors.sdk.message import say

Row = dict[str, Any]
Answer = list[Row] | int | Refused
"""The rows of a statement, its count, or the error that refused it."""
T = TypeVar("T")

# Subrequests of one composite request, which counts as one call: at most 5 queries, or 25 others.
# Source: https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-post.html (read 2026-11-29)  # noqa: E501
BUNDLE = 5
DESCRIBED = 25
_PAGE = {"records", "done", "totalSize"}


class Client:
    """Read-only client of one organization. Safe to use from the threads of all scopes.

    Every method raises `SignInError` if the sign-in is refused, `QuotaExhausted` if the daily calls
    are spent, and `UnexpectedResponse` for a response of unknown form.
    """

    def __init__(self, settings: Settings, context: Context) -> None:
        self._http = context.http
        self._map = context.map
        self._reserve = settings.api_reserve
        self._sign_in = SignIn(settings, context)

    @property
    def user_id(self) -> str:
        """The id (005...) of the audit user. Raises as `SessionSource.session`."""
        return self._sign_in.session().user_id

    @property
    def instance_url(self) -> str:
        """The address of the organization, without a trailing slash."""
        return self._sign_in.session().instance_url

    def rows(self, soql: str) -> Iterator[Row]:
        """Yield all rows of a query, page by page. Raises as `iter_pages`."""
        for page in self.pages(soql):
            yield from page

    def pages(self, soql: str) -> Iterator[list[Row]]:
        """Yield the result of a query in pages of up to 2,000 rows.

        Raises:
            AccessDenied: The object or a field is not visible to the audit user.
            QueryFailed: Salesforce refused this statement.
            QueryLocatorExpired: Between two pages, when the query cursor no longer exists.
        """
        source = source_of(soql)
        yield from self._pages(self.ask(source, lambda sf: sf.query(soql)), source)

    def count(self, soql: str) -> int:
        """Return the result of a `SELECT COUNT()` statement. Raises as `iter_pages`."""
        return total_of(self.ask(source_of(soql), lambda sf: sf.query(soql)), source_of(soql))

    def tooling(self, soql: str) -> list[Row]:
        """Return the first page of a Tooling API query. Raises as `iter_pages`."""
        source, path = source_of(soql), f"query/?q={quote(soql)}"
        return _page(self.ask(source, lambda sf: sf.toolingexecute(path)), source)["records"]

    def answers(self, statements: Iterable[str]) -> Iterator[Answer]:
        """Yield for each statement its rows, its count, or the error that refused it.

        The results keep the order of the statements. Five statements cost one call. Only errors
        that end
        the whole scan are raised: `SignInError`, `QuotaExhausted`, `UnexpectedResponse`.
        """
        bundles = batched(statements, BUNDLE)
        for bundle, told in self._map(self._bundle_of_queries, bundles):
            for soql, answer in zip(bundle, told, strict=True):
                if not isinstance(answer, dict):
                    yield answer
                elif "COUNT()" in soql:
                    yield total_of(answer, source_of(soql))
                else:
                    yield [row for page in self._pages(answer, source_of(soql)) for row in page]

    def describes(self, names: Iterable[str]) -> Iterator[Row | Refused]:
        """Yield for each object its describe result, or the error that refused it, in order."""
        for bundle in batched(names, DESCRIBED):
            yield from self._bundle([(name, f"sobjects/{name}/describe") for name in bundle])

    def ask(self, source: str, call: Callable[[Salesforce], T]) -> T:
        """Run one request and return its result; renew an ended session once.

        Args:
            source: The object that the request is about, for the error message.
            request: Makes the request on a simple-salesforce client.

        Raises:
            SignInError: The renewed session was refused as well.
            ConnectorError: The mapped error of the response (see `map_error`).
        """
        session = self._sign_in.session()
        try:
            return self._once(session, source, call)
        except SalesforceExpiredSession:
            self._sign_in.drop(session)
        try:
            return self._once(self._sign_in.session(), source, call)
        except SalesforceExpiredSession:
            raise SignInError(
                say("salesforce.session"), hint=say("salesforce.session_hint")
            ) from None

    def _once(self, session: Session, source: str, call: Callable[[Salesforce], T]) -> T:
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
            answer = call(sf)
        except SalesforceExpiredSession:
            raise
        except SalesforceError as error:
            raise error_of(error.status, code_of(error.content), source) from None
        except ValueError:  # not JSON
            raise unknown_form("JSON", source) from None
        # From the header `Sforce-Limit-Info: api-usage=18/5000`, present in every REST response.
        # Source: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/headers_api_usage.htm (read 2026-08-15)  # noqa: E501
        if usage := sf.api_usage.get("api-usage"):
            check_allowance(usage.used, usage.total, self._reserve)
        return answer

    def _pages(self, first: object, source: str) -> Iterator[list[Row]]:
        """Yield the rows of a first page and of all that follow it.

        Raise `UnexpectedResponse` for a following page that is missing or the same again.
        """
        answer, asked = _page(first, source), ""
        while True:
            yield answer["records"]
            if answer["done"]:
                return
            url = str(answer.get("nextRecordsUrl"))
            if not url.startswith("/services/data/") or url == asked:
                raise unknown_form("nextRecordsUrl", source)
            asked = url
            more = self.ask(source, lambda sf, u=url: sf.query_more(u, identifier_is_url=True))
            answer = _page(more, source)

    def _bundle_of_queries(
        self, statements: Sequence[str]
    ) -> tuple[Sequence[str], list[Row | Refused]]:
        parts = [(source_of(soql), f"query/?q={quote(soql)}") for soql in statements]
        return statements, self._bundle(parts)

    def _bundle(self, parts: Sequence[tuple[str, str]]) -> list[Row | Refused]:
        """Send several GETs as one composite request and return their results in order.

        Each part is a pair of the object that it is about and a path below the version. Raise
        `UnexpectedResponse` if the response does not hold every part.
        """

        def call(sf: Salesforce) -> Any:
            base = f"/services/data/v{sf.sf_version}/"
            wanted = [
                {"method": "GET", "url": base + path, "referenceId": f"part{number}"}
                for number, (_, path) in enumerate(parts)
            ]
            body = {"allOrNone": False, "compositeRequest": wanted}
            return sf.restful("composite", method="POST", json=body)

        answer = self.ask(parts[0][0], call)
        try:
            told = {
                p["referenceId"]: (p["httpStatusCode"], p["body"])
                for p in answer["compositeResponse"]
            }
            return [_part(*told[f"part{n}"], source) for n, (source, _) in enumerate(parts)]
        except (LookupError, TypeError):
            raise unknown_form("compositeResponse", parts[0][0]) from None


def rows_of(answer: Answer) -> list[Row]:
    """Return the rows of a result; none if it was refused or is a count."""
    return answer if isinstance(answer, list) else []


def needed(answer: Answer) -> list[Row]:
    """Return the rows of a result that the scan needs; raise the error that refused it."""
    if isinstance(answer, Refused):
        raise answer
    return rows_of(answer)


def check_allowance(used: int, total: int, reserve: float) -> None:
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


def source_of(soql: str) -> str:
    """Return the name of the object that a SOQL statement reads."""
    return soql.partition(" FROM ")[2].split()[0]


def total_of(answer: object, source: str) -> int:
    """Return the `totalSize` of a query result. Raise `UnexpectedResponse` if it has none."""
    return int(_page(answer, source)["totalSize"])


def _page(answer: object, source: str) -> Row:
    """Return a query response. Raise `UnexpectedResponse` if it has another form."""
    if not isinstance(answer, dict) or not answer.keys() >= _PAGE:
        raise unknown_form("records", source)
    return cast("Row", answer)


def _part(status: int, body: object, source: str) -> Row | Refused:
    """Return the body of a subresponse, or the error of this one request; raise other errors."""
    if status == 200 and isinstance(body, dict):
        return cast("Row", body)
    error = error_of(status, code_of(body), source)
    if isinstance(error, Refused):
        return error
    raise error
