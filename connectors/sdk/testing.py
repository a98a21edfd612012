"""The contract tests that every connector inherits.

A connector's `demo` module (see `connectors.sdk.demo.Demo`) is the tenant. A test module provides
the fixture `demo`; each test opens the real connector over real HTTPS against that tenant.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from connectors.sdk.demo import LINK_CANARY, NOW, Demo, DemoTenant
from connectors.sdk.errors import ConnectorError, SignInError
from connectors.sdk.http import HttpSession, ThrottlingTransport
from connectors.sdk.http.ordered_pool import OrderedThreadPool
from connectors.sdk.interface import Connector, ScanState, Signer
from connectors.sdk.local_server import (
    LocalCertificateAuthority,
    LocalHttpsServer,
    Request,
    Response,
)
from connectors.sdk.message import Message, say
from connectors.sdk.records import (
    Audience,
    Checkpoint,
    Coverage,
    Item,
    PrincipalKind,
    Record,
    Scope,
    Started,
    State,
    Status,
)
from connectors.sdk.scan_guard import guarded_scan
from connectors.sdk.services import load_demo, load_service

A = TypeVar("A")
B = TypeVar("B")

Fault = Callable[[Request, int], Response | None]
"""Returns a response instead of the tenant; gets the count of this address, from 1."""


class FakeClock:
    """A clock that only `sleep` moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Move the clock without waiting."""
        self.seconds += seconds


class InMemoryScanState:
    """A connector's state of one scope in a dictionary."""

    def __init__(self, kept: Mapping[str, str] | None = None) -> None:
        self.values = dict(kept or {})

    def get(self, key: str) -> str | None:
        """Return the value of a key, or None."""
        return self.values.get(key)

    def put(self, key: str, value: str | None) -> None:
        """Set a value; None deletes the key."""
        if value is None:
            self.values.pop(key, None)
        else:
            self.values[key] = value

    def items(self, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Yield all keys with this prefix and their values, in the order of the keys."""
        yield from sorted((k, v) for k, v in self.values.items() if k.startswith(prefix))


class FakeContext:
    """The context of a test: the real HTTP session, a clock that never waits, state in memory."""

    def __init__(self, ca_bundle: Path, folder: Path) -> None:
        self.time = FakeClock()
        transport = ThrottlingTransport(
            user_agent="NONISV|tojimari|tojimari/test (gzip)",
            ca_bundle=str(ca_bundle),
            sleep=self.time.sleep,
            clock=self.time,
            now=self.now,
        )
        self.http = HttpSession(transport)
        self.folder = folder
        self.scan_states: dict[str, InMemoryScanState] = {}
        self.groups_seen: dict[str, None] = {}
        self.owners_seen: dict[str, None] = {}
        self.shown_messages: list[Message] = []
        self.watched = True  # a person is at the terminal
        self._pool = OrderedThreadPool(4)

    def map(self, function: Callable[[A], B], items: Iterable[A], /) -> Iterator[B]:
        """Call a function for each item in threads; yield results in order."""
        return self._pool.map(function, items)

    def scan_state(self, scope: Scope, /) -> ScanState:
        """Return the connector's state of a scope."""
        return self.scan_states.setdefault(scope.id, InMemoryScanState())

    def groups(self) -> Iterator[str]:
        """Yield the groups that grants have named so far."""
        yield from list(self.groups_seen)

    def owners(self) -> Iterator[str]:
        """Yield the owners of the items so far and the creators of their grants."""
        yield from sorted(self.owners_seen)

    def note(self, record: Record) -> None:
        """Remember the groups, owners and creators that an item mentions."""
        if not isinstance(record, Item):
            return
        for grant in record.grants:
            if grant.principal_kind is PrincipalKind.GROUP and grant.principal_id:
                self.groups_seen[grant.principal_id] = None
        owner = record.owner if record.owner_state is State.UNKNOWN else None
        people = (owner, *(grant.created_by for grant in record.grants))
        if record.may_be_exposed:
            self.owners_seen |= {p.lower(): None for p in people if isinstance(p, str) and "@" in p}

    def secret(self, reference: str, /) -> bytes:
        """Return the content of a `file:` below the folder of the test, or of `env:`."""
        kind, _, rest = reference.partition(":")
        return os.environ[rest].encode() if kind == "env" else (self.folder / rest).read_bytes()

    def signer(self, reference: str, /) -> Signer:
        """Raise `SignInError`: no test machine has a certificate store."""
        raise SignInError(say("sdk.bug", kind=reference), hint=say("sdk.bug_hint"))

    def show_message(self, message: Message, /) -> bool:
        """Remember the message; return `watched`."""
        self.shown_messages.append(message)
        return self.watched

    def now(self) -> datetime:
        """Return today of the demo tenants, moved by the clock."""
        return NOW + timedelta(seconds=self.time.seconds - 1000.0)


class ConnectorHarness:
    """The demo tenant of one service; opens connectors to it."""

    def __init__(self, service: str, folder: Path, *, size: int = 0) -> None:
        self.service = service
        self.folder = folder
        self.demo: Demo = load_demo(service)
        self.tenant: DemoTenant = self.demo.Tenant(size)
        self.authority = LocalCertificateAuthority(folder)
        self._fault: Fault | None = None
        self._times: Counter[str] = Counter()

    def inject_fault(self, fault: Fault | None) -> None:
        """Let a fault answer requests before the tenant does; None for no fault."""
        self._times.clear()
        self._fault = fault

    def respond(self, request: Request) -> Response:
        """Return the response of the fault, if it has one, else of the tenant."""
        key = f"{request.method} {request.path} {sorted(request.query.items())}"
        self._times[key] += 1
        refused = self._fault(request, self._times[key]) if self._fault else None
        return refused or self.tenant.respond(request)

    @contextmanager
    def open(self) -> Generator[ServedTenant]:
        """Serve the tenant while the body of the `with` statement runs."""
        with LocalHttpsServer(self.respond, self.authority) as service:
            yield ServedTenant(self, service)


class ServedTenant:
    """A tenant that is being served: makes connectors, scans scopes."""

    def __init__(self, harness: ConnectorHarness, service: LocalHttpsServer) -> None:
        self.harness = harness
        self.service = service
        self.table: dict[str, object] = harness.demo.table(service.url, harness.folder)

    def connector(self) -> tuple[Connector, FakeContext]:
        """Return a new connector with a new context."""
        module = load_service(self.harness.service)
        context = FakeContext(self.harness.authority.bundle, self.harness.folder)
        return module.connect(module.Settings.model_validate(self.table), context), context

    def scan_all(self) -> dict[str, list[Record]]:
        """Return the records of all scopes, the last ones read last."""
        connector, context = self.connector()
        connector.tenant()
        return {s.id: scan(connector, context, s) for s in scan_order(connector.scopes())}


def scan_order(scopes: Iterable[Scope]) -> list[Scope]:
    """Return the scopes in the order in which the agent reads them."""
    return sorted(scopes, key=lambda s: s.last)


def scan(
    connector: Connector, context: FakeContext, scope: Scope, cursor: str | None = None
) -> list[Record]:
    """Return the records of a scope as the agent sees them; the context notes what they mention."""
    records: list[Record] = []
    for record in guarded_scan(connector, scope, cursor, clock=context.time):
        records.append(record)
        context.note(record)
    return records


def facts_in(records: Iterable[Record]) -> list[Record]:
    """Return the records that are facts about the tenant."""
    return [r for r in records if not isinstance(r, Started | Checkpoint | Coverage)]


class ConnectorContractTests:
    """Contract tests. Inherit them in a test module that provides the fixture `harness`."""

    def test_a_scope_opens_with_started_and_closes_with_one_coverage(
        self, harness: ConnectorHarness
    ) -> None:
        with harness.open() as opened:
            for records in opened.scan_all().values():
                kinds = [type(r) for r in records]
                assert kinds[0] is Started
                assert kinds[-1] is Coverage
                assert kinds.count(Started) == kinds.count(Coverage) == 1

    def test_scopes_come_in_a_stable_order_with_ids_of_their_own(
        self, harness: ConnectorHarness
    ) -> None:
        with harness.open() as opened:
            once, again = (list(opened.connector()[0].scopes()) for _ in range(2))
        assert once == again
        assert len({s.id for s in once}) == len(once) > 0

    def test_an_undisturbed_scan_finds_every_exposure_and_nothing_else(
        self, harness: ConnectorHarness
    ) -> None:
        """By the tenant's own truth. Whether a grant is inherited is the agent's to find out."""
        with harness.open() as opened:
            items = [r for rs in opened.scan_all().values() for r in rs if isinstance(r, Item)]
        grants = {(i.id, g.id, g.principal): g for i in items for g in i.grants}
        expected = {
            (d.item_id, d.grant_id, d.principal): d for d in harness.tenant.expected_exposures()
        }
        assert expected
        for key, exposure in expected.items():
            grant = grants[key]
            own_group = grant.principal_kind is PrincipalKind.GROUP  # its members tell how wide
            assert own_group or grant.audience is exposure.audience, key
            assert grant.access is exposure.access, key
        made = {(grant, principal) for _, grant, principal in expected}
        invented = {
            (g.id, g.principal)
            for i in items
            for g in i.grants
            if g.audience is not Audience.NAMED_INTERNAL and g.reach != 0
        } - made  # an inherited grant has the id of the grant that it comes from
        assert invented == set()

    def test_resuming_from_any_checkpoint_loses_and_repeats_nothing(
        self, harness: ConnectorHarness
    ) -> None:
        with harness.open() as opened:
            connector, context = opened.connector()
            connector.tenant()
            for scope in scan_order(connector.scopes()):
                whole: list[Record] = []
                kept: dict[int, dict[str, str]] = {}
                for record in guarded_scan(connector, scope, None, clock=context.time):
                    context.note(record)
                    if isinstance(record, Checkpoint):
                        kept[len(whole)] = dict(context.scan_state(scope).items())
                    whole.append(record)
                kept.pop(len(whole) - 2, None)  # the last is where the next reading begins
                for at, memory in kept.items():
                    checkpoint = whole[at]
                    assert isinstance(checkpoint, Checkpoint)
                    after, other = opened.connector()
                    after.tenant()
                    other.scan_states[scope.id] = InMemoryScanState(memory)
                    other.groups_seen, other.owners_seen = (
                        dict(context.groups_seen),
                        dict(context.owners_seen),
                    )
                    rest = scan(after, other, scope, checkpoint.cursor)
                    assert rest[0] == Started(full=_full(whole), resumed=True)
                    assert facts_in(whole[:at]) + facts_in(rest) == facts_in(whole)

    def test_reading_on_in_an_unchanged_tenant_says_nothing_new(
        self, harness: ConnectorHarness
    ) -> None:
        with harness.open() as opened:
            connector, context = opened.connector()
            connector.tenant()
            for scope in scan_order(connector.scopes()):
                first = scan(connector, context, scope)
                cursors = [r.cursor for r in first if isinstance(r, Checkpoint)]
                again = scan(connector, context, scope, cursors[-1] or None if cursors else None)
                assert all(fact in facts_in(first) for fact in facts_in(again))
                assert _status(again) is _status(first)

    def test_a_refused_permission_is_denied_or_partial_and_names_a_next_step(
        self, harness: ConnectorHarness
    ) -> None:
        with harness.open() as opened:
            connector, context = opened.connector()
            connector.tenant()
            scopes = scan_order(connector.scopes())
            harness.inject_fault(lambda _request, _times: harness.demo.DENIED)
            for scope in scopes:
                coverage = scan(connector, context, scope)[-1]
                assert isinstance(coverage, Coverage)
                assert coverage.status is not Status.COMPLETE
                assert coverage.reason is not None
                assert coverage.hint is not None

    def test_a_throttling_storm_ends_well(self, harness: ConnectorHarness) -> None:
        with harness.open() as opened:
            calm = opened.scan_all()
            harness.inject_fault(
                lambda _request, times: harness.demo.THROTTLED if times < 3 else None
            )
            assert _facts(opened.scan_all()) == _facts(calm)

    def test_a_cut_line_and_a_broken_gateway_are_survived(self, harness: ConnectorHarness) -> None:
        faults = (
            Response(cut="before"),
            Response(cut="middle", body=b"x" * 100),
            Response(status=502, body=b"<html>", headers={"Content-Type": "text/html"}),
        )
        with harness.open() as opened:
            calm = opened.scan_all()
            harness.inject_fault(lambda _request, times: faults[times - 1] if times < 4 else None)
            assert _facts(opened.scan_all()) == _facts(calm)

    def test_an_endless_storm_is_partial_and_never_clean(self, harness: ConnectorHarness) -> None:
        with harness.open() as opened:
            connector, context = opened.connector()
            connector.tenant()
            scopes = scan_order(connector.scopes())
            harness.inject_fault(lambda _request, _times: harness.demo.THROTTLED)
            for scope in scopes:
                coverage = scan(connector, context, scope)[-1]
                assert isinstance(coverage, Coverage)
                assert coverage.status is not Status.COMPLETE

    def test_a_refused_sign_in_is_a_sign_in_error(self, harness: ConnectorHarness) -> None:
        refusal = Response(status=400, body={"error": "invalid_client", "error_description": "no"})
        with harness.open() as opened:
            harness.inject_fault(lambda _request, _times: refusal)
            connector, _ = opened.connector()
            try:
                connector.tenant()
            except ConnectorError as error:
                assert type(error).__name__ == "SignInError"
                assert error.hint is not None
            else:
                raise AssertionError

    def test_no_record_carries_the_url_of_a_sharing_link(self, harness: ConnectorHarness) -> None:
        with harness.open() as opened:
            for records in opened.scan_all().values():
                assert LINK_CANARY not in repr(records)

    def test_nothing_is_ever_changed(self, harness: ConnectorHarness) -> None:
        with harness.open() as opened:
            opened.scan_all()
            assert {method for method, _ in opened.service.requests} <= {"GET", "POST"}


def _facts(readings: Mapping[str, list[Record]]) -> dict[str, list[Record]]:
    return {scope: facts_in(records) for scope, records in readings.items()}


def _status(records: list[Record]) -> Status:
    last = records[-1]
    assert isinstance(last, Coverage)
    return last.status


def _full(records: list[Record]) -> bool:
    first = records[0]
    assert isinstance(first, Started)
    return first.full
