"""Write what connectors read into the store, one transaction for each checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agent.collect.reader import Page, Task, read
from agent.store.facts import FactStore
from connectors.sdk.records import Checkpoint, Coverage, Fact, Record, Scope, Started


class ProgressListener(Protocol):
    """Is informed about the progress of a scan."""

    def on_records(self, scope: Scope, records: Sequence[Record]) -> None:
        """Take note of records of a scope that were read."""
        ...


def ingest(
    tenants: Sequence[Sequence[Task]],
    facts: FactStore,
    run_id: str,
    *,
    workers: int,
    listener: ProgressListener,
) -> None:
    """Read all tasks and store their facts.

    Memory holds the facts of each scope since its last checkpoint. Raise whatever a connector's
    thread raised; a `ConnectorError` becomes coverage instead.

    Args:
        tenants: The tasks of each tenant.
        workers: The number of threads for each tenant.
        listener: Is informed about each page of records.
    """
    pending: dict[int, list[Fact]] = {}
    for page in read(tenants, workers):
        key = page.task.key
        for record in page.records:
            match record:
                case Started():
                    facts.begin_scope(key, record, run_id)
                    pending[key] = []
                case Checkpoint(cursor=cursor):
                    _commit(facts, page, pending[key], cursor)
                    pending[key] = []
                case Coverage():
                    facts.finish_scope(key, pending.pop(key, []), record)
                case fact:
                    pending[key].append(fact)
        listener.on_records(page.task.scope, page.records)


def _commit(facts: FactStore, page: Page, records: list[Fact], cursor: str) -> None:
    facts.commit(page.task.key, records, cursor, page.state_writes)
    page.task.scan_state.committed()
