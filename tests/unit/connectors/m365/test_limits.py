"""A service that lets an application ask far less than it has published."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.m365.demo import Tenant
from connectors.m365.demo.libraries import Library
from connectors.m365.demo.scenario import DEFAULT_ROWS, LibrarySpec, SiteSpec
from connectors.m365.demo.throttling import RateLimit, permission_lists
from connectors.sdk.http import Budget
from connectors.sdk.http.ordered_pool import OrderedThreadPool
from connectors.sdk.records import Checkpoint, Coverage, Item, Record, Scope, Status
from connectors.sdk.testing import ConnectorHarness, ServedTenant, facts_in, scan

from .conftest import end_of

ITEMS, OWN_EVERY = 14_000, 8
LISTS = ITEMS // OWN_EVERY
PLACE = SiteSpec(
    "保管", "/sites/keep", (LibrarySpec("保管庫", "Archive", DEFAULT_ROWS, plain=ITEMS),)
)
MOST, SECONDS = 300, 300  # what Microsoft says of its Specific Sharing APIs, whichever they are


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[ServedTenant]:
    stage = ConnectorHarness("m365", tmp_path)
    tenant = Tenant()
    stage.tenant = tenant  # pyright: ignore[reportAttributeAccessIssue] -- its size is fixed
    library = Library(PLACE, PLACE.libraries[0], OWN_EVERY)
    tenant._site_specs, tenant._libraries = {PLACE.id: PLACE}, {library.id: library}
    with stage.open() as opened:
        yield opened


class Night:
    """Runs one after the other in a capped tenant, on one clock and with one memory."""

    def __init__(self, opened: ServedTenant) -> None:
        connector, self.lent = opened.connector()
        self.lent._pool = OrderedThreadPool(1)  # on this clock those who wait together wait in turn
        connector.tenant()
        self._opened = opened
        self._connector = connector
        self.scope: Scope = next(connector.scopes())
        self.limit = RateLimit(MOST, SECONDS, permission_lists, self.lent.time)
        tenant = opened.harness.tenant
        assert isinstance(tenant, Tenant)
        tenant.limits = (self.limit,)

    def read(self, cursor: str | None = None, *, minutes: float | None = None) -> list[Record]:
        """A run that may take so many minutes."""
        seconds = None if minutes is None else minutes * 60
        budget = Budget(seconds=seconds, clock=self.lent.time)
        self.lent.http.transport._budget = budget
        return scan(self._connector, self.lent, self.scope, cursor)


def stated(records: list[Record]) -> set[str]:
    return {r.id for r in records if isinstance(r, Item)}


def test_a_scan_that_may_read_sixty_lists_a_minute_waits_and_ends_complete(
    opened: ServedTenant,
) -> None:
    night = Night(opened)
    begun = night.lent.time()
    records = night.read()
    assert end_of(records).status is Status.COMPLETE
    assert len(stated(records)) >= LISTS
    windows = (night.lent.time() - begun) / SECONDS
    assert abs(windows - LISTS / MOST) < 2  # the first and the last are not whole


def test_a_run_of_a_few_minutes_says_how_long_the_rest_takes_and_goes_on_there(
    opened: ServedTenant,
) -> None:
    night = Night(opened)
    first = night.read(minutes=16)
    end = end_of(first)
    assert (end.status, end.cut_off, str(end.reason)) == (
        Status.PARTIAL,
        True,
        "sdk.minutes_spent",
    )
    told = re.fullmatch(r"m365\.rest_hint minutes='(\d+)' lists='(\d+)'", str(end.hint))
    assert told is not None
    cursor = [r.cursor for r in first if isinstance(r, Checkpoint)][-1]
    begun = night.lent.time()
    rest = night.read(cursor)
    taken = (night.lent.time() - begun) / 60
    assert end_of(rest).status is Status.COMPLETE
    assert len(stated(first) | stated(rest)) >= LISTS
    assert int(told[2]) == pytest.approx(len(stated(rest)), rel=0.1)
    assert taken / 2 <= int(told[1]) <= taken * 2


def test_runs_of_a_few_minutes_come_to_an_end(opened: ServedTenant) -> None:
    night = Night(opened)
    cursor, ends, items = None, list[Coverage](), set[str]()
    while not ends or ends[-1].status is not Status.COMPLETE:
        assert len(ends) < 12
        records = night.read(cursor, minutes=6)
        cursor = [cursor, *(r.cursor for r in records if isinstance(r, Checkpoint))][-1]
        items |= stated(records)
        ends.append(end_of(records))
        night.lent.time.sleep(SECONDS)
    assert len(ends) > 2
    assert len(items) >= LISTS


def test_where_nothing_was_read_no_time_is_made_up(opened: ServedTenant) -> None:
    night = Night(opened)
    records = night.read(minutes=0)
    assert facts_in(records) == []
    assert str(end_of(records).hint) == "sdk.resume_later"
