"""Read several scopes of several tenants in parallel threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import Event, Thread

from agent.store.scan_state import StoredScanState
from connectors.sdk.interface import Connector
from connectors.sdk.records import Checkpoint, Coverage, Record, Scope
from connectors.sdk.scan_guard import guarded_scan

PAGE_SIZE = 500  # records in a page


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A scope to be read.

    Attributes:
        key: The key of the scope in the store.
        cursor: Where to resume; None for the beginning.
    """

    connector: Connector
    scope: Scope
    key: int
    cursor: str | None
    scan_state: StoredScanState


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some records of a scope, in order.

    Attributes:
        state_writes: The connector's state to commit with these records; empty unless they end with
            a checkpoint.
    """

    task: Task
    records: Sequence[Record]
    state_writes: Mapping[str, str | None] = field(default_factory=dict[str, str | None])


def read(tenants: Sequence[Sequence[Task]], workers: int) -> Iterator[Page]:
    """Yield the records of every scope in pages; within a scope the order is kept.

    Each tenant has `workers` threads of its own. Its last scopes begin when all others have been
    read *and taken*. Before them, scopes whose scan failed for a transient reason before any record
    are tried once more; only that second attempt is yielded. The queue is bounded: if the caller is
    slower, reading waits. If the caller stops, the threads end.

    Raise whatever a thread raised.
    """
    pages = _BoundedQueue(size=workers * 2)
    tenant_workers = [_TenantWorkers(tasks, workers, pages) for tasks in tenants if tasks]
    try:
        for tenant_worker in tenant_workers:
            tenant_worker.start()
        while any(each.waiting for each in tenant_workers):
            tenant_worker, page = pages.take()
            if isinstance(page, BaseException):
                raise page
            if tenant_worker.retry_later(page):
                continue
            yield page
            if isinstance(page.records[-1], Coverage):
                tenant_worker.scope_done()
    finally:
        pages.closed.set()


class _TenantWorkers:
    """The threads of one tenant.

    Its scopes come in waves: first most of them, then retries, then the last ones.
    """

    def __init__(self, tasks: Sequence[Task], workers: int, pages: _BoundedQueue) -> None:
        first = [t for t in tasks if not t.scope.last]
        last = [t for t in tasks if t.scope.last]
        self._waves = [wave for wave in (first, last) if wave]
        self._refused: list[Task] = []
        self._retried = False
        self._running = 0  # scopes of this wave that have not ended
        self._workers = workers
        self._pages = pages
        self._queue: Queue[Task] = Queue()
        self.waiting = len(tasks)

    def start(self) -> None:
        """Start the threads on the first wave."""
        self._next_wave()
        for _ in range(min(self._workers, self.waiting)):
            Thread(target=self._work, name="scan", daemon=True).start()

    def scope_done(self) -> None:
        """Count a scope as done; start the next wave when the last scope of a wave is done."""
        self.waiting -= 1
        self._scope_left_wave()

    def retry_later(self, page: Page) -> bool:
        """Return True and schedule a second attempt if the page is a transient failure."""
        *before, last_record = page.records
        if not isinstance(last_record, Coverage) or not last_record.transient or len(before) != 1:
            return False
        if self._retried:
            return False
        self._refused.append(page.task)
        self._scope_left_wave()
        return True

    def _scope_left_wave(self) -> None:
        self._running -= 1
        if self._running:
            return
        if self._refused and not self._retried:
            self._retried = True
            self._waves.insert(0, self._refused)
        self._next_wave()

    def _next_wave(self) -> None:
        wave = self._waves.pop(0) if self._waves else []
        self._running = len(wave)
        for task in wave:
            self._queue.put(task)

    def _work(self) -> None:
        while not self._pages.closed.is_set():
            try:
                task = self._queue.get(timeout=0.2)
            except Empty:
                continue
            try:
                if not self._read_scope(task):
                    return
            except BaseException as error:  # noqa: BLE001 -- handed to the one who waits for the page
                self._pages.put((self, error))
                return

    def _read_scope(self, task: Task) -> bool:
        """Put the records of a scope into the queue; return False once the caller has stopped."""
        records: list[Record] = []
        for record in guarded_scan(task.connector, task.scope, task.cursor):
            records.append(record)
            durable = isinstance(record, Checkpoint)
            if durable or isinstance(record, Coverage) or len(records) >= PAGE_SIZE:
                memory = task.scan_state.take_writes() if durable else {}
                if not self._pages.put(
                    (self, Page(task=task, records=records, state_writes=memory))
                ):
                    return False
                records = []
        return True


QueueEntry = tuple[_TenantWorkers, Page | BaseException]


class _BoundedQueue:
    """A bounded queue whose producers stop waiting once it is closed."""

    def __init__(self, *, size: int) -> None:
        self._queue: Queue[QueueEntry] = Queue(maxsize=size)
        self.closed = Event()

    def take(self) -> QueueEntry:
        """Return the next page; wake up twice a second, so that Ctrl-C works on every system."""
        while True:
            try:
                return self._queue.get(timeout=0.5)
            except Empty:
                continue

    def put(self, page: QueueEntry) -> bool:
        """Put a page into the queue, waiting for room; return False if the queue was closed."""
        while not self.closed.is_set():
            try:
                self._queue.put(page, timeout=0.2)
            except Full:
                continue
            return True
        return False
