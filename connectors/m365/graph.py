"""The transport to Microsoft Graph: pages, batches, tokens and the request quota.

Sources:
    Source: https://learn.microsoft.com/en-us/graph/json-batching (read 2026-11-29)
    Source: https://learn.microsoft.com/en-us/graph/throttling (read 2026-11-29)
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import requests
from requests.structures import CaseInsensitiveDict

from connectors.m365.auth import TokenSource
from connectors.m365.errors import AccessDenied, map_error
from connectors.m365.resource_units import quota_for_licences, request_cost
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.http import HttpSession
from connectors.sdk.http.batch_retry import send_batch
from connectors.sdk.http.transport import MAX_RETRY_AFTER, SERVER_ERRORS
from connectors.sdk.listing_guard import ListingGuard
from connectors.sdk.message import say

Json = dict[str, Any]
Headers = Mapping[str, str]

# Source: https://learn.microsoft.com/en-us/graph/json-batching (read 2026-11-29)
BATCH = 20  # parts: Graph refuses a larger batch
NO_HEADERS: Headers = {}
# A batch of 20 permission lists costs 100 units.
# Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)  # noqa: E501 -- an address
LOW_REMAINING_UNITS = 100  # units: with fewer left, the next batch would be refused


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of Graph, to a request of its own or to a part of a batch."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: Json


UNREADABLE = 599  # stands for the status of an answer that makes no sense
_UNREADABLE = Answer(UNREADABLE, {}, {})
_BROKEN = SERVER_ERRORS | {UNREADABLE}
MAX_BROKEN_PARTS = 20  # parts that stayed broken in one run: then a broken part is final


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing.

    Attributes:
        values: The objects of the page.
        next: The path of the next page; empty on the last one.
        changes: On the last page of a delta the path to the changes from now on; else empty.
        headers: The headers of the response.
    """

    values: list[Json]
    next: str
    changes: str
    headers: Mapping[str, str]

    @property
    def ids(self) -> Iterator[object]:
        """The ids of the objects, in their order."""
        return (value.get("id") for value in self.values)


@dataclass(slots=True)
class Listing:
    """A complete listing that was requested in a batch, or the error that stands in its place.

    Attributes:
        values: The objects, or those of them that were to be kept.
        pages: The number of pages.
        error: Why there is no complete listing.
        total: The number of all objects.
    """

    values: list[Json] = field(default_factory=list[Json])
    pages: int = 1
    error: ConnectorError | None = None
    total: int = 0


class Graph:
    """The requests to Graph for one tenant.

    A path starts with a slash and is appended to the configured root of Graph. Every method that
    sends may raise `SignInError` (no token), and `QuotaExhausted`, `Unreachable` or
    `UnexpectedResponse` of the HTTP layer, which retries what may be retried.
    """

    def __init__(self, http: HttpSession, root: str, auth: TokenSource, share: float) -> None:
        self._http = http
        self._root = root
        self._auth = auth
        self._share = share
        self._broken = 0

    def set_quota(self, licences: int) -> None:
        """Limit the units per minute and day to the configured share of the tenant's quota."""
        quota = quota_for_licences(licences)
        self._http.set_rate_limit(quota.minute * self._share, request_cost, quota.day * self._share)

    def get(self, path: str, headers: Headers = NO_HEADERS) -> Json:
        """Return one object.

        Raises:
            ConnectorError: The error that the status of the response is mapped to.
        """
        return self._raise_for_status(path, self._send("GET", path, headers)).body

    def page(self, path: str, headers: Headers = NO_HEADERS) -> Page:
        """Return one page of a listing.

        Raises:
            ConnectorError: The error that the status of the response is mapped to.
            UnexpectedResponse: The page links to itself, or to a host that is not Graph.
        """
        return self._page_of(path, self._raise_for_status(path, self._send("GET", path, headers)))

    def _page_of(self, path: str, answer: Answer) -> Page:
        """Return a successful answer as a page.

        Raises:
            UnexpectedResponse: It has no list, links to itself, or to a host that is not Graph.
        """
        following = self._relative_path(answer.body.get("@odata.nextLink"))
        if following == path:
            raise UnexpectedResponse(
                say("m365.endless", path=_path_only(path)), hint=say("m365.report")
            )
        changes = self._relative_path(answer.body.get("@odata.deltaLink"))
        return Page(_values(path, answer.body), following, changes, answer.headers)

    def pages(self, path: str, headers: Headers = NO_HEADERS) -> Iterator[Page]:
        """Iterate over the pages of a listing, from the given path to the last one."""
        guard = ListingGuard(_path_only(path))
        while path:
            page = self.page(path, headers)
            guard.check(page.next, page.ids)
            yield page
            path = page.next

    def listings(self, paths: Sequence[str], headers: Headers = NO_HEADERS) -> list[Listing]:
        """Return complete listings of at most `BATCH` paths, in their order.

        An error of one listing stands in its place.
        """
        answers = self.batch(paths, headers)
        return [self.follow_pages(p, a, headers) for p, a in zip(paths, answers, strict=True)]

    def batch(
        self, paths: Sequence[str], headers: Headers = NO_HEADERS, *, method: str = "GET"
    ) -> list[Answer]:
        """Return the responses to at most `BATCH` reads, in their order, errors included.

        Some reads of Graph are requests with the method POST.

        Graph throttles each part of a batch on its own, with the status 429 inside a response of
        200, which the HTTP layer does not see: throttled parts are sent again here, and all
        threads wait.

        Source: https://learn.microsoft.com/en-us/graph/throttling (read 2026-11-29)

        A part that stays broken is returned: it costs only what it was asked about. After
        `MAX_BROKEN_PARTS` of them no other one is sent again for that reason in this run.

        Raises:
            QuotaExhausted: Parts are still throttled after the last attempt, or the pause that
                Graph asks for is longer than a run waits.
        """
        answers = send_batch(
            lambda left: self._send_batch({n: paths[n] for n in left}, headers, method),
            len(paths),
            http=self._http,
            host=urlsplit(self._root).netloc,
            is_throttled=lambda answer: answer.status == 429,
            is_broken=lambda answer: self._is_broken(answer.status),
        )
        self._broken += sum(answer.status in _BROKEN for answer in answers)
        return answers

    def _is_broken(self, status: int) -> bool:
        return status in _BROKEN and self._broken < MAX_BROKEN_PARTS

    def objects(self, paths: Sequence[str], headers: Headers = NO_HEADERS) -> list[Answer]:
        """Return the responses to at most `BATCH` reads of one object each.

        A success without an id is no object, and counts as unreadable.
        """
        return [as_object_answer(answer) for answer in self.batch(paths, headers)]

    def gone(self, paths: Sequence[str]) -> list[bool]:
        """Return for at most `BATCH` objects whether Graph cannot find them (404).

        One listing of an object that answers 404 does not say that the object does not exist.
        """
        return [answer.status == 404 for answer in self.batch(paths)]

    def follow_pages(
        self,
        path: str,
        answer: Answer,
        headers: Headers = NO_HEADERS,
        *,
        keep: Callable[[Json], bool] = lambda _: True,
    ) -> Listing:
        """Return the complete listing that starts with a response of a batch.

        An answer that is refused or makes no sense becomes a part of the result: it costs only
        what it was asked about. So does a listing that is shorter than it says itself.

        Args:
            path: The path of the first page.
            answer: The first page.
            headers: The headers for the other pages.
            keep: Whether an object is kept; the others are only counted.

        Raises:
            ConnectorError: No token, no quota, or no answer.
        """
        if answer.status >= 400:
            return Listing(error=map_error(path, answer.status, answer.body))
        listing = Listing()
        counted = answer.body.get("@odata.count")
        try:
            first = self._page_of(path, answer)
            for number, page in enumerate(chain((first,), self.pages(first.next, headers))):
                listing.values += filter(keep, page.values)
                listing.total += len(page.values)
                listing.pages = number + 1
        except (AccessDenied, UnexpectedResponse) as refused:
            return Listing(error=refused)
        if isinstance(counted, int) and listing.total < counted:
            listing.error = UnexpectedResponse(
                say("m365.too_short", path=_path_only(path), read=listing.total, count=counted),
                hint=say("m365.report"),
            )
        return listing

    def _send_batch(
        self, paths: Mapping[int, str], headers: Headers, method: str
    ) -> dict[int, Answer]:
        """Send one batch; return its parts by number.

        Parts are answered in any order.

        Source: https://learn.microsoft.com/en-us/graph/json-batching (read 2026-11-29)

        """
        answers = self._sent(paths, headers, method)
        refused = {n: path for n, path in paths.items() if answers[n].status == 401}
        if refused:
            self._auth.invalidate(self._auth.token())
            answers |= self._sent(refused, headers, method)
        return answers

    def _sent(self, paths: Mapping[int, str], headers: Headers, method: str) -> dict[int, Answer]:
        parts: list[Json] = [
            {"id": str(n), "method": method, "url": path} for n, path in paths.items()
        ]
        if headers:
            for part in parts:
                part["headers"] = dict(headers)
        try:
            body = self._raise_for_status(
                "/$batch", self._send("POST", "/$batch", NO_HEADERS, {"requests": parts})
            ).body
        except (AccessDenied, UnexpectedResponse):
            return self._one_by_one(paths, headers, method)
        replies = body.get("responses")
        answers = dict.fromkeys(paths, _UNREADABLE)  # a part without an answer costs itself
        for reply in cast(list[object], replies) if isinstance(replies, list) else ():
            number, answer = _parse_part(reply)
            if number in answers:
                answers[number] = answer
        return answers

    def _one_by_one(
        self, paths: Mapping[int, str], headers: Headers, method: str
    ) -> dict[int, Answer]:
        """Send the parts of a batch that was refused as a whole as requests of their own.

        One part that Graph cannot read must not cost the others.
        """
        answers: dict[int, Answer] = {}
        for number, path in paths.items():
            try:
                answers[number] = self._send(method, path, headers)
            except UnexpectedResponse:
                answers[number] = _UNREADABLE
        return answers

    def _send(self, method: str, path: str, headers: Headers, body: Json | None = None) -> Answer:
        """Send a request; send it once more with a new token after a 401."""
        answer = Answer(401, {}, {})
        for _ in range(2):
            token = self._auth.token()
            response = self._http.request(
                method,
                self._root + path,
                headers={"Authorization": f"Bearer {token}", **headers},
                json=body,
            )
            answer = _parse_response(path, response)
            if answer.status != 401:
                break
            self._auth.invalidate(token)
        self._slow_down(answer.headers)
        return answer

    def _slow_down(self, headers: Headers) -> None:
        """Pause all threads where too few units are left for the next batch.

        Refused requests count against the quota, too. The headers are sent from 80 % of the
        application's units per minute on.

        Source: https://learn.microsoft.com/en-us/sharepoint/dev/general-development/how-to-avoid-getting-throttled-or-blocked-in-sharepoint-online (read 2026-11-29)
        """  # noqa: E501 -- an address
        left, reset = headers.get("RateLimit-Remaining", ""), headers.get("RateLimit-Reset", "")
        if left.isdecimal() and reset.isdecimal() and int(left) < LOW_REMAINING_UNITS:
            self._http.pause_all(min(float(reset), MAX_RETRY_AFTER), refused=0)

    def _raise_for_status(self, path: str, answer: Answer) -> Answer:
        """Return a successful response. Raise the error that a status from 400 on is mapped to."""
        if answer.status >= 400:
            raise map_error(path, answer.status, answer.body)
        return answer

    def _relative_path(self, link: object) -> str:
        """Return the path of a link below the root of Graph; empty where there is no link.

        Raises:
            UnexpectedResponse: The link leads elsewhere, so the token must not be sent there, or
                it is no text.
        """
        if link is None or link == "":
            return ""
        if not isinstance(link, str):
            raise UnexpectedResponse(say("m365.foreign_link"), hint=say("m365.report"))
        if link.startswith(self._root + "/"):
            return link[len(self._root) :]
        version = self._root.rpartition("/")[2]  # a gateway may leave Microsoft's own host in links
        _, found, rest = link.partition(f"/{version}/")
        if not found:
            raise UnexpectedResponse(say("m365.foreign_link"), hint=say("m365.report"))
        return f"/{rest}"


def as_object_answer(answer: Answer) -> Answer:
    """Return the answer to a read of one object; a success without an id is unreadable."""
    return answer if answer.status >= 400 or answer.body.get("id") else _UNREADABLE


def _parse_response(path: str, response: requests.Response) -> Answer:
    """Return a response. Raise `UnexpectedResponse` for a success that is no JSON object."""
    body = _as_object(_decode_json(response.content))
    if body is None and response.status_code < 400:
        raise UnexpectedResponse(
            say("m365.unreadable", path=_path_only(path)), hint=say("m365.report")
        )
    return Answer(response.status_code, response.headers, body or {})


def _decode_json(raw: bytes) -> object:
    """Decode JSON; return None where it is none.

    A file name with half of a surrogate pair is legal JSON, and orjson refuses it.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _as_object(body: object) -> Json | None:
    return cast(Json, body) if isinstance(body, dict) else None


def _parse_part(reply: object) -> tuple[int, Answer]:
    """Return the number and the answer of a part; -1 for one that cannot be told."""
    part = _as_object(reply) or {}
    number, status = str(part.get("id", "")), part.get("status")
    if not number.isdecimal() or not isinstance(status, int):
        return -1, _UNREADABLE
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict(_as_object(part.get("headers")) or {})
    body = _as_object(part.get("body"))
    if body is None and status < 400:
        return int(number), _UNREADABLE
    return int(number), Answer(status, headers, body or {})


def _values(path: str, body: Json) -> list[Json]:
    """Return the objects of a page. Raise `UnexpectedResponse` where they are no list."""
    values = body.get("value")
    if not isinstance(values, list) or not all(
        isinstance(v, dict) for v in cast(list[Any], values)
    ):
        raise UnexpectedResponse(
            say("m365.unreadable", path=_path_only(path)), hint=say("m365.report")
        )
    return cast(list[Json], values)


def _path_only(path: str) -> str:
    """Return a path without its query, which may hold a token."""
    return path.partition("?")[0]
