"""The law of one loss: an answer costs what it was asked about, and nothing else.

For every request that a scan of a demo tenant makes, the request is answered badly, for ever. All
that does not hang on that answer is read as before, word for word; what hangs on it is missing in a
scope whose coverage says so with a next step.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from connectors.sdk.errors import ConnectorError
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Checkpoint, Coverage, Record, Scope, Started, Status
from connectors.sdk.testing import ConnectorHarness, FakeContext, ServedTenant, scan, scan_order

HTML = b"<!DOCTYPE html><html><title>Sign in to your account</title></html>"
OTHER_SHAPE = {"unexpected": {"shape": [1, None, {"of": "an answer"}]}}


Edited = Callable[[str, dict[str, Any]], dict[str, Any]]
"""Returns an edited object; it gets the absolute address and the object."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A bad answer: `body` is JSON, or an HTML page as bytes."""

    name: str
    status: int
    body: object

    def response(self) -> Response:
        """Return it as the answer to a request of its own."""
        kind = "text/html" if isinstance(self.body, bytes) else "application/json"
        return Response(status=self.status, body=self.body, headers={"Content-Type": kind})


ANSWERS = (
    *(Answer(str(s), s, {"error": {"code": "odd"}}) for s in (400, 403, 404, 409, 423, 500)),
    Answer("html", 200, HTML),
    Answer("other", 200, OTHER_SHAPE),
)


class NoBatch:
    """The requests of a service that puts one question into each request."""

    def questions(self, request: Request) -> list[str]:
        """Return what a request asks for, as text; a batch asks for several things."""
        query = "&".join(f"{k}={v}" for k, v in sorted(request.query.items()))
        return [f"{request.method} {request.path}" + (f"?{query}" if query else "")]

    def answered(
        self, request: Request, bad: Mapping[str, Answer], tenant: Callable[[Request], Response]
    ) -> Response:
        """Return the response to a request of whose questions some are answered badly."""
        (question,) = self.questions(request)
        return bad[question].response() if question in bad else tenant(request)

    def edited(
        self, request: Request, edit: Edited, tenant: Callable[[Request], Response]
    ) -> Response:
        """Return the response with every JSON object in it edited."""
        response = tenant(request)
        if not isinstance(response.body, dict) or response.status >= 400:
            return response
        query = "&".join(f"{k}={v}" for k, v in request.query.items())
        address = f"{request.base}{request.path}" + (f"?{query}" if query else "")
        return replace(response, body=edit(address, cast("dict[str, Any]", response.body)))


class GraphBatch(NoBatch):
    """The requests of Microsoft Graph: a `$batch` of JSON holds up to 20 questions."""

    def questions(self, request: Request) -> list[str]:
        """Return the question of each part; a batch itself is none."""
        if not request.path.endswith("/$batch"):
            return super().questions(request)
        return [_part_question(part) for part in request.json()["requests"]]

    def answered(
        self, request: Request, bad: Mapping[str, Answer], tenant: Callable[[Request], Response]
    ) -> Response:
        """Return the response with some parts replaced."""
        if not request.path.endswith("/$batch"):
            return super().answered(request, bad, tenant)
        response = tenant(request)
        if response.status >= 400:
            return response
        asked = {part["id"]: _part_question(part) for part in request.json()["requests"]}
        body: Any = response.body
        for part in body["responses"]:
            answer = bad.get(asked[part["id"]])
            if answer is not None:
                text = answer.body.decode() if isinstance(answer.body, bytes) else answer.body
                part |= {"status": answer.status, "body": text, "headers": {}}
        return response

    def edited(
        self, request: Request, edit: Edited, tenant: Callable[[Request], Response]
    ) -> Response:
        """Return the response with the bodies of its parts edited."""
        if not request.path.endswith("/$batch"):
            return super().edited(request, edit, tenant)
        response = tenant(request)
        if response.status >= 400:
            return response
        root = request.base + request.path.removesuffix("/$batch")
        asked = {
            part["id"]: root + unquote(str(part["url"])) for part in request.json()["requests"]
        }
        body: Any = response.body
        for part in body["responses"]:
            if part["status"] < 400 and isinstance(part["body"], dict):
                part["body"] = edit(asked[part["id"]], part["body"])
        return response


def _part_question(part: Mapping[str, Any]) -> str:
    url = urlsplit(str(part["url"]))
    query = "&".join(f"{k}={v}" for k, v in sorted(parse_qsl(url.query, keep_blank_values=True)))
    return f"{part['method']} /v1.0{unquote(url.path)}" + (f"?{query}" if query else "")


Hangs = Callable[[re.Match[str], Scope, Record], bool]
"""Whether a fact of a scope hangs on the answer to the question that matched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossRow:
    """What the law has to know of a service.

    Attributes:
        service: Its name.
        essential: Questions without which there is no scan at all: the sign-in and the tenant.
        hangs: For questions, the facts that hang on them; the first pattern that matches counts. On
            a question without a pattern nothing hangs.
        means_none: Questions to which the vendor's 404 means that there is none of it.
        codec: How the service puts questions into requests.
        prepare: Changes the table of the configuration before the connector is opened.
    """

    service: str
    essential: str
    hangs: Sequence[tuple[str, Hangs]]
    means_none: str = r"\A\Z"
    codec: NoBatch = field(default_factory=NoBatch)
    prepare: Callable[[ServedTenant], None] = lambda _opened: None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one scan of a tenant gave: scopes, records, why a listing of scopes ended, calls."""

    scopes: dict[str, Scope]
    records: dict[str, list[Record]]
    error: str
    calls: int

    def facts(self, scope: str) -> list[Record]:
        """Return the facts of a scope."""
        return [r for r in self.records.get(scope, ()) if not isinstance(r, _NO_FACTS)]

    def records_differ(self, other: Reading) -> bool:
        """Whether the facts of two readings differ."""
        ids = self.records.keys() | other.records.keys()
        return any(self.facts(id_) != other.facts(id_) for id_ in ids)

    def coverage(self, scope: str) -> Coverage | None:
        """Return the coverage of a scope, None where it was not listed."""
        last = self.records.get(scope, [None])[-1]
        return last if isinstance(last, Coverage) else None


_NO_FACTS = (Started, Checkpoint, Coverage)


class OneLoss:
    """Scans of the demo tenant of a service in which one question is answered badly."""

    def __init__(self, row: LossRow, folder: Path) -> None:
        self.row = row
        self.harness = ConnectorHarness(row.service, folder)
        self.asked: dict[str, None] = {}
        self.bad: dict[str, Answer] = {}
        self.harness.inject_fault(self._fault)

    def _fault(self, request: Request, _times: int) -> Response:
        self.asked |= dict.fromkeys(self.row.codec.questions(request))
        return self.row.codec.answered(request, self.bad, self.harness.tenant.respond)

    def read(self, opened: ServedTenant) -> Reading:
        """Scan the tenant, with `bad` as it is now.

        Raises:
            ConnectorError: The tenant cannot be opened.
        """
        connector, context = opened.connector()
        connector.tenant()
        scopes: dict[str, Scope] = {}
        error = ""
        try:
            scopes.update((scope.id, scope) for scope in connector.scopes())
        except ConnectorError as stopped:
            error = str(stopped.message)
            assert stopped.hint is not None
        records = {s.id: scan(connector, context, s) for s in scan_order(scopes.values())}
        return Reading(scopes, records, error, _calls(context))

    def questions(self, opened: ServedTenant) -> tuple[Reading, list[str]]:
        """Return a calm scan and every distinct question that it asked."""
        self.asked.clear()
        calm = self.read(opened)
        return calm, list(self.asked)

    def violations(self, calm: Reading, opened: ServedTenant, question: str) -> Iterator[str]:
        """Yield every breach of the law where one question is answered badly in each way."""
        for answer in ANSWERS:
            if answer.status == 404 and re.search(self.row.means_none, question):
                continue
            self.bad = {question: answer}
            try:
                lost = self.read(opened)
            except ConnectorError as error:
                if not re.search(self.row.essential, question) or error.hint is None:
                    yield f"{answer.name}: the tenant cannot be opened: {error.message}"
                continue
            finally:
                self.bad = {}
            yield from (f"{answer.name}: {p}" for p in self._breaches(calm, lost, question))

    def _breaches(self, calm: Reading, lost: Reading, question: str) -> Iterator[str]:
        hangs = self._hangs_on(question)
        changed = [
            scope
            for id_, scope in calm.scopes.items()
            if id_ not in lost.scopes or calm.facts(id_) != lost.facts(id_)
        ]
        for scope in changed:
            yield from _lost_besides(scope, calm, lost, lambda fact, s=scope: hangs(s, fact))
        told = [scope for scope in changed if _is_told(scope, lost)]
        for scope in changed:
            # the last scope reads what the others name: their rows speak for it
            if scope not in told and not (scope.last and told):
                yield f"{scope.title} lost facts, and nothing says so with a next step"
        for id_ in calm.scopes.keys() - {scope.id for scope in changed}:
            was, now = calm.coverage(id_), lost.coverage(id_)
            if _complete(now) and not _complete(was):
                yield f"{id_} is complete and was not"
        if lost.calls > 3 * calm.calls + 200:
            yield f"{lost.calls} calls instead of {calm.calls}"

    def _hangs_on(self, question: str) -> Callable[[Scope, Record], bool]:
        for pattern, hangs in self.row.hangs:
            if found := re.search(pattern, question):
                return lambda scope, fact, found=found, hangs=hangs: hangs(found, scope, fact)
        return lambda _scope, _fact: False


def _lost_besides(
    scope: Scope, calm: Reading, lost: Reading, hangs: Callable[[Record], bool]
) -> Iterator[str]:
    """Yield what a scope lost, or got, that does not hang on the answer."""
    kept = [fact for fact in calm.facts(scope.id) if not hangs(fact)]
    still = [fact for fact in lost.facts(scope.id) if not hangs(fact)]
    if kept != still:
        gone = [f for f in kept if f not in still] or [f for f in still if f not in kept]
        yield f"{scope.title}: {len(gone)} facts that do not hang on it: {gone[:1]}"


def _is_told(scope: Scope, lost: Reading) -> bool:
    """Whether the coverage of a reading says, with a next step, that a scope lost facts."""
    told = lost.coverage(scope.id)
    if told is None:  # the scope was not even listed
        return bool(lost.error) or any(
            other.stands_for and scope.url.startswith(other.stands_for)
            for other in lost.scopes.values()
        )
    named = told.reason is not None and told.hint is not None
    return named and told.status is not Status.COMPLETE and not told.standing


def _complete(coverage: Coverage | None) -> bool:
    return coverage is not None and coverage.status is Status.COMPLETE


def _calls(context: FakeContext) -> int:
    return context.http.meter.calls
