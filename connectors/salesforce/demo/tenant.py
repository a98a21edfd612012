"""HTTP interface of the simulated organization: token endpoint, versions, REST, SOAP, sites."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jwt

from connectors.salesforce.demo.aura_endpoint import AuraEndpoint
from connectors.salesforce.demo.bulk_jobs import BulkJobs
from connectors.salesforce.demo.credentials import CONSUMER_KEY, CONSUMER_SECRET, private_key
from connectors.salesforce.demo.expected_exposures import count_other_items, expected_exposures
from connectors.salesforce.demo.ids import vendor_id
from connectors.salesforce.demo.links import LINKS, Links
from connectors.salesforce.demo.metadata_endpoint import MetadataEndpoint
from connectors.salesforce.demo.objects import description_of
from connectors.salesforce.demo.scenario import AUDITOR, ORGANIZATION
from connectors.salesforce.demo.soql import (
    Parser,
    SoqlError,
    Statement,
    Table,
    checked,
    first_of,
    grouped,
    page_of,
    total_of,
)
from connectors.salesforce.demo.tables import (
    DEFINITIONS,
    PERMISSIONS,
    addresses_at,
    tables_of,
)
from connectors.sdk.demo import ExpectedExposure
from connectors.sdk.local_server import Request, Response

VERSIONS = ("59.0", "60.0", "63.0", "64.0", "68.0")
MAX_URL_LENGTH = 16_384  # characters of an address
QUERIES_PER_COMPOSITE = 5  # in one composite request
SUBREQUESTS_PER_COMPOSITE = 25
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tenant:
    """Example K.K., with about `size` public links besides those of the scenario.

    `permissions` are those of the audit user, `limit` is the daily number of API calls. `old`
    switches secure guest access off, as before 2021; `communities` adds Experience Cloud with
    partners and customers.
    """

    def __init__(
        self,
        size: int = 0,
        *,
        permissions: Iterable[str] = PERMISSIONS,
        limit: int = 100_000,
        old: bool = False,
        communities: bool = True,
    ) -> None:
        may = frozenset(permissions)
        self.tables = tables_of(size, may, old=old, communities=communities)
        self.received_queries: list[str] = []
        self.metadata = MetadataEndpoint(allowed=not may.isdisjoint(DEFINITIONS), secure=not old)
        self.jobs = BulkJobs(self)
        self.aura = AuraEndpoint()
        self.used = 0
        self._limit = limit
        self._links = Links(size)
        self._tokens: set[str] = set()
        self._numbers = itertools.count(1)
        self._locators: dict[str, tuple[Statement, Table, int]] = {}
        documents = len({link.document for link in LINKS if link.works})
        self.items = documents + size - size // 11 + count_other_items()

    def expected_exposures(self) -> Iterator[ExpectedExposure]:
        """Yield every grant that reaches a record, and every active link."""
        yield from expected_exposures(self._links)

    def end_sessions(self) -> None:
        """End all sessions: every token is refused from now on."""
        self._tokens.clear()

    def expire_query_locators(self) -> None:
        """Drop all query cursors, as Salesforce does after two days."""
        self._locators.clear()

    def respond(self, request: Request) -> Response:
        """Answer as Salesforce does, on one host for administrators and site visitors."""
        if (shown := self.aura.respond(request)) is not None:
            return shown
        if "DomainSite" in self.tables:
            self.tables["DomainSite"] = addresses_at(urlsplit(request.base).netloc)
        if request.path == "/services/oauth2/token" and request.method == "POST":
            return self._token(request)
        if request.path in ("/services/data", "/services/data/"):
            return Response(
                body=[
                    {"label": f"v{v}", "url": f"/services/data/v{v}", "version": v}
                    for v in VERSIONS
                ]
            )
        soap = request.path.startswith("/services/Soap/m/")
        if self._token_of(request, soap=soap) not in self._tokens:
            if soap:
                return self.metadata.fault("sf:INVALID_SESSION_ID")
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self.used += 1
        if self.used > self._limit:
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        if soap:
            return self.metadata.respond(request)
        response = self._data(request)
        usage = {"Sforce-Limit-Info": f"api-usage={self.used}/{self._limit}"}
        return Response(
            status=response.status, body=response.body, headers={**response.headers, **usage}
        )

    def _token_of(self, request: Request, *, soap: bool) -> str:
        if soap:
            return self.metadata.session_of(request)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return token if scheme == "Bearer" else ""

    def open_session(self) -> str:
        """Return a new access token, as the Salesforce CLI shows one."""
        token = f"{ORGANIZATION[0][:15]}!demo{next(self._numbers):08d}"
        self._tokens.add(token)
        return token

    def _token(self, request: Request) -> Response:
        form = request.form()
        if form.get("grant_type") == "client_credentials":
            if form.get("client_id") != CONSUMER_KEY:
                return _oauth_error("invalid_client_id", "client identifier invalid")
            if form.get("client_secret") != CONSUMER_SECRET:
                return _oauth_error("invalid_client", "invalid client credentials")
        elif form.get("grant_type") == _BEARER:
            if refusal := _refused(form.get("assertion", "")):
                return _oauth_error(*refusal)
        else:
            return _oauth_error("unsupported_grant_type", "grant type not supported")
        return Response(
            body={
                "access_token": self.open_session(),
                "instance_url": request.base,
                "id": f"{request.base}/id/{ORGANIZATION[0]}/{AUDITOR.id}",
                "token_type": "Bearer",
                "scope": "api",
            }
        )

    def _data(self, request: Request) -> Response:
        version, _, rest = request.path.removeprefix("/services/data/v").partition("/")
        if version not in VERSIONS:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        if request.method == "POST" and rest == "composite":
            return self._composite(request, version)
        if rest.startswith("jobs/query"):
            return self.jobs.respond(request, rest)
        if request.method != "GET":
            return _error(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")
        return self._get(request.path, rest, request.query, version, request.base)

    def _get(self, path: str, rest: str, query: Any, version: str, base: str) -> Response:
        """Answer a GET, alone or as a part of a composite request."""
        try:
            if rest in ("query", "query/"):
                return self._query(query.get("q", ""), version)
            if rest in ("tooling/query", "tooling/query/"):
                return self._tooling(query.get("q", ""))
            if rest.startswith("query/"):
                return self._more(path, version)
        except SoqlError as refused:
            return _error(400, refused.code, str(refused))
        if rest == "":
            return Response(body={"identity": f"{base}/id/{ORGANIZATION[0]}/{AUDITOR.id}"})
        if rest == "limits":
            left = max(0, self._limit - self.used)
            return Response(body={"DailyApiRequests": {"Max": self._limit, "Remaining": left}})
        described = description_of(rest.removeprefix("sobjects/").removesuffix("/describe"))
        if described and rest.endswith("/describe"):
            return Response(body=described)
        return _error(404, "NOT_FOUND", "The requested resource does not exist")

    def _composite(self, request: Request, version: str) -> Response:
        """Answer several GETs that count as one call."""
        parts: list[Any] = request.json()["compositeRequest"]
        queries = [p for p in parts if "/query" in urlsplit(str(p["url"])).path]
        if len(parts) > SUBREQUESTS_PER_COMPOSITE or len(queries) > QUERIES_PER_COMPOSITE:
            return _error(400, "LIMIT_EXCEEDED", "too many parts")
        answers: list[Any] = []
        for part in parts:
            url = urlsplit(str(part["url"]))
            path = unquote(url.path)
            rest = path.removeprefix(f"/services/data/v{version}/")
            if part["method"] != "GET" or rest == path:
                answer = _error(405, "METHOD_NOT_ALLOWED", "HTTP Method not allowed")
            else:
                query = {k: v[0] for k, v in parse_qs(url.query).items()}
                answer = self._get(path, rest, query, version, request.base)
            answers.append(
                {
                    "body": answer.body,
                    "httpHeaders": {},
                    "httpStatusCode": answer.status,
                    "referenceId": part["referenceId"],
                }
            )
        return Response(body={"compositeResponse": answers})

    def _tooling(self, soql: str) -> Response:
        self.received_queries.append(soql)
        if Parser(soql).statement().source != "SecurityHealthCheck":
            raise SoqlError("INVALID_TYPE", "sObject type is not supported.")
        return _answer([{"Score": "54"}], 1)

    def _query(self, soql: str, version: str) -> Response:
        self.received_queries.append(soql)
        if len(soql) > MAX_URL_LENGTH:
            return _error(414, "URI_TOO_LONG", "The requested URI is too long")
        statement = Parser(soql, self.tables).statement()
        if statement.source not in self.tables:
            message = f"sObject type '{statement.source}' is not supported."
            raise SoqlError("INVALID_TYPE", message)
        table = self.tables[statement.source]
        checked(statement, table)
        if statement.counts:
            if not statement.groups:
                return _answer([], total_of(statement, table))
            rows = grouped(statement, table)
            return _answer(rows, len(rows))
        return self._page(statement, table, first_of(statement, table), version)

    def _more(self, path: str, version: str) -> Response:
        if path not in self._locators:
            raise SoqlError("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(*self._locators[path], version)

    def _page(self, statement: Statement, table: Table, start: int, version: str) -> Response:
        rows, following = page_of(statement, table, start)
        total = total_of(statement, table)
        if following is None:
            return _answer(rows, total)
        locator = f"{vendor_id('01g', next(self._numbers))}-{following}"
        url = f"/services/data/v{version}/query/{locator}"
        self._locators[url] = (statement, table, following)
        return _answer(rows, total, url)


def _answer(rows: list[dict[str, Any]], total: int, url: str = "") -> Response:
    more: dict[str, object] = {"nextRecordsUrl": url} if url else {}
    return Response(body={"totalSize": total, "done": not url, **more, "records": rows})


def _refused(assertion: str) -> tuple[str, str] | None:
    """Return why a signed request is refused, or None. Its expiry is not checked."""
    try:
        claims = jwt.decode(
            assertion,
            private_key().public_key(),
            algorithms=["RS256"],
            audience=("https://login.salesforce.com", "https://test.salesforce.com"),
            options={"verify_exp": False, "require": ["exp", "iss", "sub", "aud"]},
        )
    except jwt.PyJWTError:
        return "invalid_grant", "invalid assertion"
    if claims["iss"] != CONSUMER_KEY:
        return "invalid_client_id", "client identifier invalid"
    if claims["sub"] != AUDITOR.mail:
        return "invalid_grant", "user hasn't approved this consumer"
    return None


def _error(status: int, code: str, message: str) -> Response:
    return Response(status=status, body=[{"errorCode": code, "message": message}])


def _oauth_error(error: str, description: str) -> Response:
    return Response(status=400, body={"error": error, "error_description": description})
