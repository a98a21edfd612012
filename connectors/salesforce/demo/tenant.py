"""The organization's HTTP surface: token endpoint, versions, queries."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from typing import Any

import jwt

from connectors.salesforce.demo.keys import CONSUMER_KEY, CONSUMER_SECRET, private_key
from connectors.salesforce.demo.links import Links
from connectors.salesforce.demo.soql import (
    Parser,
    Refused,
    Statement,
    Table,
    checked,
    first_of,
    grouped,
    page_of,
    total_of,
)
from connectors.salesforce.demo.story import (
    AUDITOR,
    DESK,
    LEFT_OVER,
    LINKS,
    ORGANIZATION,
    QUEUE,
    RIGHTS,
    SHARES,
    vendor_id,
)
from connectors.salesforce.demo.tables import PERMISSIONS, tables_of
from connectors.sdk.loopback import Request, Response
from connectors.sdk.records import Access, Audience
from connectors.sdk.testing import Door

VERSIONS = ("59.0", "60.0", "63.0", "64.0", "68.0")
LONGEST = 16_384  # characters of an address
_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Tenant:
    """Example K.K., with about `size` public links beside those of the story.

    `held` are the permissions of the audit user, `limit` is the daily number of API calls.
    """

    def __init__(
        self, size: int = 0, *, held: Iterable[str] = PERMISSIONS, limit: int = 100_000
    ) -> None:
        self.tables = tables_of(size, held)
        self.asked: list[str] = []
        self.used = 0
        self._limit = limit
        self._links = Links(size)
        self._tokens: set[str] = set()
        self._numbers = itertools.count(1)
        self._places: dict[str, tuple[Statement, Table, int]] = {}
        documents = len({link.document for link in LINKS if link.works})
        self.items = documents + size - size // 11 + len({r.target for r in RIGHTS})

    def doors(self) -> Iterator[Door]:
        """Every right of a guest that reaches a record, and every link that works."""
        for right in RIGHTS:
            for site in right.sites:
                if right.access is Access.ALL_RECORDS or _reached(right.target, site.guest):
                    yield Door(
                        item_id=right.target,
                        grant_id=right.holder,
                        principal=site.label,
                        audience=Audience.PUBLIC_DISCOVERABLE,
                        access=right.access,
                    )
        for document, number, link in self._links.working():
            yield Door(
                item_id=document,
                grant_id=number,
                principal="",
                audience=Audience.ANYONE_LINK,
                access=Access.VIEW if link.download else Access.VIEW_ONLY,
            )

    def end_sessions(self) -> None:
        """From now on every token is too old."""
        self._tokens.clear()

    def forget_places(self) -> None:
        """As after two days: no long answer goes on."""
        self._places.clear()

    def respond(self, request: Request) -> Response:
        """Answer as Salesforce does."""
        if request.path == "/services/oauth2/token" and request.method == "POST":
            return self._token(request)
        if request.path in ("/services/data", "/services/data/"):
            return Response(
                body=[
                    {"label": f"v{v}", "url": f"/services/data/v{v}", "version": v}
                    for v in VERSIONS
                ]
            )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or token not in self._tokens:
            return _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        self.used += 1
        if self.used > self._limit:
            return _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        response = self._data(request)
        usage = {"Sforce-Limit-Info": f"api-usage={self.used}/{self._limit}"}
        return Response(
            status=response.status, body=response.body, headers={**response.headers, **usage}
        )

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
        token = f"{ORGANIZATION[0][:15]}!demo{next(self._numbers):08d}"
        self._tokens.add(token)
        return Response(
            body={
                "access_token": token,
                "instance_url": request.base,
                "id": f"{request.base}/id/{ORGANIZATION[0]}/{AUDITOR.id}",
                "token_type": "Bearer",
                "scope": "api",
            }
        )

    def _data(self, request: Request) -> Response:
        version, _, rest = request.path.removeprefix("/services/data/v").partition("/")
        if request.method != "GET" or version not in VERSIONS:
            return _error(404, "NOT_FOUND", "The requested resource does not exist")
        try:
            if rest in ("query", "query/"):
                return self._query(request.query.get("q", ""), version)
            if rest.startswith("query/"):
                return self._more(request.path, version)
        except Refused as refused:
            return _error(400, refused.code, str(refused))
        return _error(404, "NOT_FOUND", "The requested resource does not exist")

    def _query(self, soql: str, version: str) -> Response:
        self.asked.append(soql)
        if len(soql) > LONGEST:
            return _error(414, "URI_TOO_LONG", "The requested URI is too long")
        statement = Parser(soql).statement()
        if statement.source not in self.tables:
            message = f"sObject type '{statement.source}' is not supported."
            raise Refused("INVALID_TYPE", message)
        table = self.tables[statement.source]
        checked(statement, table)
        if statement.counts:
            if "" in statement.counts:
                return _answer([], total_of(statement, table))
            rows = grouped(statement, table)
            return _answer(rows, len(rows))
        return self._page(statement, table, first_of(statement, table), version)

    def _more(self, path: str, version: str) -> Response:
        if path not in self._places:
            raise Refused("INVALID_QUERY_LOCATOR", "invalid query locator")
        return self._page(*self._places[path], version)

    def _page(self, statement: Statement, table: Table, start: int, version: str) -> Response:
        rows, following = page_of(statement, table, start)
        total = total_of(statement, table)
        if following is None:
            return _answer(rows, total)
        locator = f"{vendor_id('01g', next(self._numbers))}-{following}"
        url = f"/services/data/v{version}/query/{locator}"
        self._places[url] = (statement, table, following)
        return _answer(rows, total, url)


def _reached(target: str, guest: str) -> bool:
    """Whether a row goes to the guest, or to a group that holds it."""
    receivers = {guest, LEFT_OVER, QUEUE} if guest == DESK.guest else {guest}
    return any(who in receivers for who, _, _ in SHARES[target])


def _answer(rows: list[dict[str, Any]], total: int, url: str = "") -> Response:
    more: dict[str, object] = {"nextRecordsUrl": url} if url else {}
    return Response(body={"totalSize": total, "done": not url, **more, "records": rows})


def _refused(assertion: str) -> tuple[str, str] | None:
    """Why a signed request is not accepted. Its end is not checked: the demo has no clock."""
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
