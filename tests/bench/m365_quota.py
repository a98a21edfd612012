"""Microsoft 365 where little may be asked, and beside a peer: printed by `tests.bench.m365`.

One connector in this process, one request at a time, on a clock that only waiting moves: so each
refusal is known before the next request leaves, and one that leaves too early is our own fault.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors.m365.demo import Tenant
from connectors.m365.demo.libraries import Library
from connectors.m365.demo.people import ALPHA, EMPLOYEES
from connectors.m365.demo.permission_rows import PermissionRow, anonymous, direct, organization
from connectors.m365.demo.scenario import DEFAULT_ROWS, LibrarySpec, Node, SiteSpec
from connectors.m365.demo.throttling import RateLimit, permission_lists, resource_units
from connectors.sdk.http.ordered_pool import OrderedThreadPool
from connectors.sdk.interface import Connector
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Coverage, Status
from connectors.sdk.testing import ConnectorHarness, FakeContext, scan, scan_order

MINUTE, SHARE = 1250, 0.8  # units; the share that the configuration allows itself
FILES, FOLDERS = 440, 61
CLI = "CLI for Microsoft 365 (links only)                     2280   5000"


class Doorman:
    """Counts the requests that arrive while Graph has asked for silence."""

    def __init__(self, tenant: Tenant, clock: Callable[[], float]) -> None:
        self._tenant = tenant
        self._clock = clock
        self._until = 0.0
        self.early = 0

    def watch(self, request: Request, _times: int) -> Response | None:
        """A fault that is none."""
        self.early += request.path.startswith("/v1.0") and self._clock() < self._until
        answer = self._tenant.respond(request)
        body = answer.body if isinstance(answer.body, dict) else {}
        parts = [(p["status"], p["headers"]) for p in body.get("responses", ())]
        for status, headers in [(answer.status, answer.headers), *parts]:
            if status == 429:
                self._until = max(self._until, self._clock() + int(headers["Retry-After"]))
        return answer


@contextmanager
def opened(tenant: Tenant) -> Generator[tuple[ConnectorHarness, Connector, FakeContext]]:
    """A connector that asks this tenant one thing at a time."""
    with TemporaryDirectory() as name:
        stage = ConnectorHarness("m365", Path(name))
        stage.tenant = tenant  # pyright: ignore[reportAttributeAccessIssue] -- its size is fixed
        with stage.open() as served:
            served.table["quota_share"] = SHARE
            connector, lent = served.connector()
            lent._pool = OrderedThreadPool(1)
            yield stage, connector, lent


def small_quota() -> bool:
    """A tenant of the lowest tier that holds us to it; whether we kept within it."""
    tenant = Tenant(20_000)
    tenant.licences = 500
    with opened(tenant) as (stage, connector, lent):
        limit = RateLimit(MINUTE, 60, resource_units, lent.time)
        early, minutes = _limited(tenant, stage, connector, lent, limit)
    wasted = limit.units_refused / limit.units_requested
    print(
        f"{MINUTE} units a minute: {limit.units_requested} asked in {minutes:.1f} minutes,"
        f" {wasted:.2%} of them refused, {early} requests during a Retry-After"
    )
    return wasted <= 0.01 and not early


def few_lists() -> bool:
    """Lists of permissions are held to 300 in five minutes, of which nobody told."""
    tenant = Tenant(20_000)
    with opened(tenant) as (stage, connector, lent):
        limit = RateLimit(300, 300, permission_lists, lent.time)
        early, minutes = _limited(tenant, stage, connector, lent, limit)
    refused = limit.units_refused / limit.units_requested
    print(
        f"300 permission lists in 5 minutes, untold: {limit.units_requested} asked in"
        f" {minutes:.1f} minutes, {refused:.2%} of them refused,"
        f" {early} requests during a Retry-After"
    )
    return not early


def _limited(
    tenant: Tenant,
    stage: ConnectorHarness,
    connector: Connector,
    lent: FakeContext,
    limit: RateLimit,
) -> tuple[int, float]:
    """A full scan under a limit: how many requests came too early, and minutes of its clock."""
    tenant.limits = (limit,)
    doorman, begun = Doorman(tenant, lent.time), lent.time()
    stage.inject_fault(doorman.watch)
    connector.tenant()
    for scope in scan_order(connector.scopes()):
        end = scan(connector, lent, scope)[-1]
        assert isinstance(end, Coverage)
        closed = scope.id.startswith("site:") or end.standing
        assert closed or end.status is Status.COMPLETE, end
    return doorman.early, (lent.time() - begun) / 60


def beside_a_peer() -> None:
    """The library that the peer was measured on, read as a whole tenant would be."""
    print(f"{FILES} files in {FOLDERS} folders, per 1,000 files     requests  units")
    for every in (200, 50, 20, 1):
        with opened(_library(every)) as (_, connector, lent):
            connector.tenant()
            for scope in connector.scopes():
                if scope.id.startswith("b!"):
                    scan(connector, lent, scope)
            meter = lent.http.meter
        own = -(-FILES // every) / FILES
        name = f"tojimari, {own:.1%} of the files with permissions of their own"
        calls, spent = meter.calls / FILES * 1000, meter.units / FILES * 1000
        print(f"{name:<53}{calls:>6.0f}{spent:>7.0f}")
    print(CLI)


def _library(own_every: int) -> Tenant:
    """A tenant of one library; the last of its folders is the plain one that every shelf has."""
    folders = [Node(f"folder {n}", kind="folder") for n in range(FOLDERS - 1)]
    files = [
        Node(f"file {n}.docx", _rows(n) if n % own_every == 0 else (), folders[n % 60].name)
        for n in range(FILES)
    ]
    shelf = LibrarySpec("Documents", "Shared Documents", DEFAULT_ROWS, (*folders, *files), plain=1)
    place = SiteSpec("Team", "/sites/team", (shelf,))
    library = Library(place, shelf)
    tenant = Tenant()
    tenant._site_specs, tenant._libraries = {place.id: place}, {library.id: library}
    return tenant


def _rows(number: int) -> tuple[PermissionRow, ...]:
    key = str(number)
    rows = (anonymous(key), organization(key), direct(ALPHA), direct(EMPLOYEES[0], "write"))
    return (rows[number % len(rows)],)
