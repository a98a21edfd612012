"""However a library changes and wherever a reading is cut off, the store ends up as if all of it
had been read anew."""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from agent.store import engine, schema
from agent.store.facts import FactStore
from agent.store.scan_state import StoredScanState
from connectors.m365.demo import Tenant
from connectors.m365.demo.edits import LibraryEditor
from connectors.m365.demo.errors import RESYNC
from connectors.m365.demo.people import ALPHA, GMAIL, SUZUKI
from connectors.m365.demo.permission_rows import (
    PermissionRow,
    anonymous,
    direct,
    everyone_except_external,
    organization,
)
from connectors.sdk.demo import NOW
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Checkpoint, Coverage, Record, Scope, Started, Status
from connectors.sdk.records import Tenant as Known
from connectors.sdk.scan_guard import guarded_scan
from connectors.sdk.testing import ConnectorHarness, ServedTenant

TITLES = ("営業部 / ドキュメント", "人事 / ドキュメント")
ROWS: tuple[PermissionRow, ...] = (
    anonymous("new"),
    anonymous("new", "edit"),
    organization("new"),
    direct(ALPHA),
    direct(GMAIL, "write"),
    direct(SUZUKI),
    everyone_except_external(),
)


class Books:
    """One store, and the reading of a library into it."""

    def __init__(self, opened: ServedTenant, folder: Path) -> None:
        self._opened = opened
        self.engine: Engine = engine.open_store(folder)
        self._facts = FactStore(self.engine, lambda: NOW)
        self._tenant = self._facts.ensure_tenant("m365", "m365", Known(id="t", name="t"))
        self._runs = 0

    def read(self, scope: Scope, *, until: int | None = None, full: bool = False) -> bool:
        """Read on; cut off after so many records. Whether everything was read."""
        connector, lent = self._opened.connector()
        connector.tenant()
        self._runs += 1
        (planned,) = self._facts.plan_scopes(self._tenant, [scope], f"run {self._runs}", full=full)
        notebook = lent.scan_states[scope.id] = StoredScanState(self.engine, planned.key)  # pyright: ignore[reportArgumentType] -- the store's memory in place of the test's
        heard: list[Any] = []
        records = guarded_scan(connector, scope, planned.cursor, clock=lent.time)
        for record in records if until is None else islice(records, until):
            self._take(planned.key, record, heard, notebook)
            if isinstance(record, Coverage):
                assert record.status is Status.COMPLETE, record
                return True
        return False

    def _take(self, key: int, record: Record, heard: list[Any], notebook: StoredScanState) -> None:
        match record:
            case Started():
                self._facts.begin_scope(key, record, f"run {self._runs}")
            case Checkpoint(cursor=cursor):
                self._facts.commit(key, heard, cursor, notebook.take_writes())
                notebook.committed()
                heard.clear()
            case Coverage():
                self._facts.finish_scope(key, heard, record)
            case fact:
                heard.append(fact)

    def content(self) -> dict[str, set[tuple[Any, ...]]]:
        """What is stored, without the times of this reading."""
        kept: dict[str, set[tuple[Any, ...]]] = {}
        with self.engine.connect() as db:
            for table in (schema.item, schema.grant, schema.container):
                late = {"round", "first_seen", "last_seen"}
                columns = [c for c in table.c if c.name not in late]
                kept[table.name] = {tuple(row) for row in db.execute(select(*columns))}
        return kept


@pytest.fixture(scope="module")
def stage(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[ConnectorHarness, ServedTenant]]:
    stage = ConnectorHarness("m365", tmp_path_factory.mktemp("stage"))
    with stage.open() as opened:
        yield stage, opened


def scope_of(opened: ServedTenant, title: str) -> Scope:
    connector, _ = opened.connector()
    return next(s for s in connector.scopes() if s.title == title)


Step = tuple[str, int, int, int]
steps = st.lists(
    st.tuples(
        st.sampled_from(
            ["share", "unshare", "shut", "restore", "rename", "move", "delete", "recover", "add"]
        ),
        st.integers(0, 40),
        st.integers(0, 40),
        st.integers(0, len(ROWS) - 1),
    ),
    min_size=1,
    max_size=8,
)


def work(desk: LibraryEditor, changed: list[Step], deleted: list[int]) -> None:
    """Do it all; what a step is about is taken from what is there by then."""
    for what, one, other, which in changed:
        items, folders = desk.items(), desk.folders()
        if not items:
            return
        item, folder = items[one % len(items)], folders[other % len(folders)]
        every = [0, *items]
        any_ = every[one % len(every)]
        acts: dict[str, Callable[[], object]] = {
            "share": lambda n=any_, w=which: desk.share(n, ROWS[w]),
            "unshare": lambda n=any_: desk.unshare(n),
            "shut": lambda n=item: desk.break_inheritance(n),
            "restore": lambda n=item: desk.restore_inheritance(n),
            "rename": lambda n=item, w=which: desk.rename(n, f"renamed {w}"),
            "move": lambda n=item, f=folder: desk.move(n, f),
            "delete": lambda n=item: (deleted.append(n), desk.delete(n)),
            "recover": lambda: desk.undelete(deleted.pop()) if deleted else None,
            "add": lambda f=folder, w=which: desk.add(f"new {w}", f, "folder" if w % 2 else "file"),
        }
        acts[what]()


MOVE = [("move", 0, 2, 0)]  # 顧客, where somebody has a link of his own, goes to the agencies


@example(title=TITLES[0], days=[MOVE], cut=[])
@example(title=TITLES[0], days=[MOVE, [("delete", 3, 0, 0)], [("recover", 0, 0, 0)]], cut=[9, 4])
@example(title=TITLES[0], days=[[("share", 0, 0, 0)], [("unshare", 0, 0, 0)]], cut=[5, 2])
@example(title=TITLES[1], days=[[("shut", 4, 0, 0), ("share", 3, 0, 0)]], cut=[])
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a shorter story would take minutes
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    title=st.sampled_from(TITLES),
    days=st.lists(steps, min_size=1, max_size=3),
    cut=st.lists(st.integers(1, 30), max_size=6),
)
def test_reading_changes_ends_as_reading_everything_anew_does(
    stage: tuple[ConnectorHarness, ServedTenant],
    tmp_path_factory: pytest.TempPathFactory,
    title: str,
    days: list[list[Step]],
    cut: list[int],
) -> None:
    tenant: Any = Tenant()
    opened = stage[1]
    stage[0].tenant = tenant
    scope = scope_of(opened, title)
    kept = Books(opened, tmp_path_factory.mktemp("kept"))
    assert kept.read(scope)
    deleted: list[int] = []
    breaks = iter(cut)
    for day in days:
        work(tenant.editor(scope.id), day, deleted)
        while (until := next(breaks, None)) is not None and not kept.read(scope, until=until):
            pass
        assert kept.read(scope)
    fresh = Books(opened, tmp_path_factory.mktemp("fresh"))
    assert fresh.read(scope)
    assert kept.content() == fresh.content()
    kept.engine.dispose()
    fresh.engine.dispose()


def test_a_delta_that_breaks_off_with_a_resync_ends_as_reading_everything_anew_does(
    tmp_path: Path,
) -> None:
    stage = ConnectorHarness("m365", tmp_path)
    tenant: Any = stage.tenant
    with stage.open() as opened:
        scope = scope_of(opened, TITLES[0])
        kept = Books(opened, tmp_path / "kept")
        assert kept.read(scope)
        desk: LibraryEditor = tenant.editor(scope.id)
        for number in range(1, 8):
            desk.share(number, ROWS[number - 1])
        desk.delete(4)
        told: list[str] = []

        def fault(request: Request, _times: int) -> Response | None:
            told.extend([request.path] if "token" in request.query else [])
            return RESYNC if len(told) == 2 and "token" in request.query else None

        stage.inject_fault(fault)
        assert kept.read(scope)
        assert len(told) > 2
        stage.inject_fault(None)
        fresh = Books(opened, tmp_path / "fresh")
        assert fresh.read(scope)
    assert kept.content() == fresh.content()
    kept.engine.dispose()
    fresh.engine.dispose()
