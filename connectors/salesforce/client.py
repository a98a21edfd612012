"""What is asked and answered: queries alone, in pages and in bundles, on one renewed session."""

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
"""The rows of a statement, its count, or why it was refused."""
T = TypeVar("T")

BUNDLE = 5  # queries of one composite request, which counts as one call
DESCRIBED = 25  # other parts of one
_PAGE = {"records", "done", "totalSize"}


class Client:
    """Read-only questions to one organization. Safe to use from every scope's thread."""

    def __init__(self, settings: Settings, context: Context) -> None:
        self._http = context.http
        self._map = context.map
        self._reserve = settings.api_reserve
        self._sign_in = SignIn(settings, context)

    @property
    def user_id(self) -> str:
        """The id (005...) of the audit user."""
        return self._sign_in.session().user_id

    @property
    def instance_url(self) -> str:
        """Where the organization lives, without a slash at the end."""
        return self._sign_in.session().instance_url

    def rows(self, soql: str) -> Iterator[Row]:
        """All rows of a query, page by page."""
        for page in self.pages(soql):
            yield from page

    def pages(self, soql: str) -> Iterator[list[Row]]:
        """A query's answer in pages of up to 2,000 rows. Raises `LostPlace` between them."""
        source = source_of(soql)
        yield from self._pages(self.ask(source, lambda sf: sf.query(soql)), source)

    def count(self, soql: str) -> int:
        """The answer to a `SELECT COUNT()`."""
        return total_of(self.ask(source_of(soql), lambda sf: sf.query(soql)), source_of(soql))

    def tooling(self, soql: str) -> list[Row]:
        """The first page of an answer of the Tooling API."""
        source, path = source_of(soql), f"query/?q={quote(soql)}"
        return _page(self.ask(source, lambda sf: sf.toolingexecute(path)), source)["records"]

    def answers(self, statements: Iterable[str]) -> Iterator[Answer]:
        """For each statement its rows, its count, or why it was refused; five cost one call.

        The answers keep the order. What ends the whole reading is raised.
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
        """For each object its fields as the API describes them, or why not."""
        for bundle in batched(names, DESCRIBED):
            yield from self._bundle([(name, f"sobjects/{name}/describe") for name in bundle])

    def ask(self, source: str, call: Callable[[Salesforce], T]) -> T:
        """One question about `source`; a session that has ended is renewed once."""
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
        if usage := sf.api_usage.get("api-usage"):
            check_allowance(usage.used, usage.total, self._reserve)
        return answer

    def _pages(self, first: object, source: str) -> Iterator[list[Row]]:
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
        """The answers to several GETs, sent as one: (what it is about, path below the version)."""

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
    """The rows of an answer; none where it was refused."""
    return answer if isinstance(answer, list) else []


def needed(answer: Answer) -> list[Row]:
    """Rows without which nothing can be read. Raises the refusal."""
    if isinstance(answer, Refused):
        raise answer
    return rows_of(answer)


def check_allowance(used: int, total: int, reserve: float) -> None:
    """Stop before the calls that are left to others. Raises `QuotaExhausted`."""
    if used > (1 - reserve) * total:
        raise QuotaExhausted(
            say("salesforce.reserve", used=used, total=total, reserve=f"{reserve:.0%}"),
            hint=say("salesforce.reserve_hint"),
        )


def source_of(soql: str) -> str:
    """The object that a statement reads."""
    return soql.partition(" FROM ")[2].split()[0]


def total_of(answer: object, source: str) -> int:
    """What a count came to."""
    return int(_page(answer, source)["totalSize"])


def _page(answer: object, source: str) -> Row:
    if not isinstance(answer, dict) or not answer.keys() >= _PAGE:
        raise unknown_form("records", source)
    return cast("Row", answer)


def _part(status: int, body: object, source: str) -> Row | Refused:
    if status == 200 and isinstance(body, dict):
        return cast("Row", body)
    error = error_of(status, code_of(body), source)
    if isinstance(error, Refused):
        return error
    raise error
