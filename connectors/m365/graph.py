"""The transport: pages and batches of Graph, its tokens and its pace. Knows no path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import requests
from requests.structures import CaseInsensitiveDict

from connectors.m365.auth import Auth
from connectors.m365.pace import price_of, quota_of
from connectors.m365.refusals import AccessDenied, NotFound, refusal
from connectors.sdk.errors import ConnectorError, UnexpectedResponse
from connectors.sdk.http import Http
from connectors.sdk.http.batch_retry import send_batch
from connectors.sdk.http.courier import BROKEN, PATIENCE
from connectors.sdk.message import say

Json = dict[str, Any]
Headers = Mapping[str, str]

BATCH = 20  # parts; Graph refuses more
NO_HEADERS: Headers = {}
NARROW = 100  # units: a batch of permission lists


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of Graph, on its own or as a part of a batch."""

    status: int
    headers: Mapping[str, str]  # names in any case
    body: Json


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a listing. `next` is the path of the rest; empty when this is the end.

    The end of a delta has a link of its own: `changes` is the path to what changes from then on.
    """

    values: list[Json]
    next: str
    changes: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Listing:
    """A whole listing that was asked for in a batch, or why there is none."""

    values: list[Json] = field(default_factory=list[Json])
    pages: int = 1
    refused: ConnectorError | None = None


class Graph:
    """Reads one tenant. Every path begins with a slash, below the root of the configured Graph."""

    def __init__(self, http: Http, root: str, auth: Auth, share: float) -> None:
        self._http = http
        self._root = root
        self._auth = auth
        self._share = share

    def keep_pace(self, licences: int) -> None:
        """Go as fast, and for as long a day, as a tenant with so many licences may."""
        quota = quota_of(licences)
        self._http.keep_pace(quota.minute * self._share, price_of, quota.day * self._share)

    def get(self, path: str, headers: Headers = NO_HEADERS) -> Json:
        """One object. Raises what `refusal` says."""
        return self._checked(path, self._send("GET", path, headers)).body

    def page(self, path: str, headers: Headers = NO_HEADERS) -> Page:
        """One page of a listing."""
        answer = self._checked(path, self._send("GET", path, headers))
        following = self._below_root(answer.body.get("@odata.nextLink"))
        if following == path:
            raise UnexpectedResponse(
                say("m365.endless", path=_place(path)), hint=say("m365.report")
            )
        changes = self._below_root(answer.body.get("@odata.deltaLink"))
        return Page(_values(path, answer.body), following, changes, answer.headers)

    def pages(self, path: str, headers: Headers = NO_HEADERS) -> Iterator[Page]:
        """Every page of a listing."""
        while path:
            page = self.page(path, headers)
            yield page
            path = page.next

    def listings(self, paths: Sequence[str], headers: Headers = NO_HEADERS) -> list[Listing]:
        """Whole listings, at most a batch of them, in the order of the paths."""
        answers = self.batch(paths, headers)
        return [self.whole(p, a, headers) for p, a in zip(paths, answers, strict=True)]

    def batch(
        self, paths: Sequence[str], headers: Headers = NO_HEADERS, *, method: str = "GET"
    ) -> list[Answer]:
        """The answers to at most 20 reads, in their order, refusals included.

        Graph wants some questions posted.

        Graph throttles each part on its own, behind the back of the courier: what was told to
        wait is asked again here, and all threads wait for it.
        """
        return send_batch(
            lambda left: self._parts({n: paths[n] for n in left}, headers, method),
            len(paths),
            http=self._http,
            host=urlsplit(self._root).netloc,
            is_throttled=lambda answer: answer.status == 429,
            is_broken=lambda answer: answer.status in BROKEN,
        )  # a part that stays broken is returned: it costs only what it was asked about

    def whole(self, path: str, answer: Answer, headers: Headers = NO_HEADERS) -> Listing:
        """The listing that begins with an answer of a batch."""
        if answer.status >= 400:
            return Listing(refused=refusal(path, answer.status, answer.body))
        listing = Listing(_values(path, answer.body))
        following = self._below_root(answer.body.get("@odata.nextLink"))
        try:
            for page in self.pages(following, headers):
                listing.values += page.values
                listing.pages += 1
        except (AccessDenied, NotFound) as refused:
            return Listing(refused=refused)
        return listing

    def _parts(self, paths: Mapping[int, str], headers: Headers, method: str) -> dict[int, Answer]:
        """Send a batch; its parts once more with a new token where Graph refuses the token."""
        answers = self._sent(paths, headers, method)
        refused = {n: path for n, path in paths.items() if answers[n].status == 401}
        if refused:
            self._auth.renew(self._auth.token())
            answers |= self._sent(refused, headers, method)
        return answers

    def _sent(self, paths: Mapping[int, str], headers: Headers, method: str) -> dict[int, Answer]:
        parts: list[Json] = [
            {"id": str(n), "method": method, "url": path} for n, path in paths.items()
        ]
        if headers:
            for part in parts:
                part["headers"] = dict(headers)
        answer = self._send("POST", "/$batch", NO_HEADERS, {"requests": parts})
        replies = self._checked(next(iter(paths.values())), answer).body.get("responses", [])
        answers = {int(r["id"]): _part_of(r) for r in replies}
        if answers.keys() != paths.keys():
            raise UnexpectedResponse(
                say("m365.unreadable", path="/$batch"), hint=say("m365.report")
            )
        return answers

    def _send(self, method: str, path: str, headers: Headers, body: Json | None = None) -> Answer:
        """Send; once more with a new token where Graph refuses one before its time."""
        answer = Answer(401, {}, {})
        for _ in range(2):
            token = self._auth.token()
            response = self._http.request(
                method,
                self._root + path,
                headers={"Authorization": f"Bearer {token}", **headers},
                json=body,
            )
            answer = _answer_of(path, response)
            if answer.status != 401:
                break
            self._auth.renew(token)
        self._go_easy(answer.headers)
        return answer

    def _go_easy(self, headers: Headers) -> None:
        """Wait where the next batch would be refused: refused calls are charged, too."""
        left, reset = headers.get("RateLimit-Remaining", ""), headers.get("RateLimit-Reset", "")
        if left.isdecimal() and reset.isdecimal() and int(left) < NARROW:
            self._http.pause(min(float(reset), PATIENCE), refused=0)

    def _checked(self, path: str, answer: Answer) -> Answer:
        if answer.status >= 400:
            raise refusal(path, answer.status, answer.body)
        return answer

    def _below_root(self, link: str | None) -> str:
        """The path of a link. Our token follows no link to another host."""
        if not link:
            return ""
        if link.startswith(self._root + "/"):
            return link[len(self._root) :]
        version = self._root.rpartition("/")[2]  # a gateway may leave Microsoft's own host in links
        _, found, rest = link.partition(f"/{version}/")
        if not found:
            raise UnexpectedResponse(say("m365.foreign_link"), hint=say("m365.report"))
        return f"/{rest}"


def _answer_of(path: str, response: requests.Response) -> Answer:
    body = _object(_decoded(response.content))
    if body is None and response.status_code < 400:
        raise UnexpectedResponse(say("m365.unreadable", path=_place(path)), hint=say("m365.report"))
    return Answer(response.status_code, response.headers, body or {})


def _decoded(raw: bytes) -> object:
    """JSON, or None. Half a letter in a file's name is legal JSON, and orjson refuses it."""
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw)
    except ValueError:
        return None


def _object(body: object) -> Json | None:
    return cast(Json, body) if isinstance(body, dict) else None


def _part_of(reply: Json) -> Answer:
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict(reply.get("headers") or {})
    return Answer(int(reply["status"]), headers, _object(reply.get("body")) or {})


def _values(path: str, body: Json) -> list[Json]:
    values = body.get("value")
    if not isinstance(values, list):
        raise UnexpectedResponse(say("m365.unreadable", path=_place(path)), hint=say("m365.report"))
    return cast(list[Json], values)


def _place(path: str) -> str:
    """A path without its query, whose tokens are nobody's business."""
    return path.partition("?")[0]
