"""Write what connectors read into the store, one transaction for each checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agent.collect.reader import Page, Task, read
from agent.store.facts import Facts
from connectors.sdk.records import Checkpoint, Coverage, Fact, Record, Scope, Started


class Watcher(Protocol):
    """Is informed about the progress of a scan."""

    def saw(self, scope: Scope, records: Sequence[Record]) -> None:
        """Take note of records of a scope that were read."""
        ...


def collect(
    tenants: Sequence[Sequence[Task]], facts: Facts, run_id: str, *, workers: int, watcher: Watcher
) -> None:
    """Read all tasks and store their facts.

    Memory holds the facts of each scope since its last checkpoint. Raise whatever a connector's
    thread raised; a `ConnectorError` becomes coverage instead.

    Args:
        tenants: The tasks of each tenant.
        workers: The number of threads for each tenant.
        watcher: Is informed about each page of records.
    """
    heard: dict[int, list[Fact]] = {}
    for page in read(tenants, workers):
        key = page.task.key
        for record in page.records:
            match record:
                case Started():
                    facts.begin(key, record, run_id)
                    heard[key] = []
                case Checkpoint(cursor=cursor):
                    _commit(facts, page, heard[key], cursor)
                    heard[key] = []
                case Coverage():
                    facts.finish(key, heard.pop(key, []), record)
                case fact:
                    heard[key].append(fact)
        watcher.saw(page.task.scope, page.records)


def _commit(facts: Facts, page: Page, heard: list[Fact], cursor: str) -> None:
    facts.commit(page.task.key, heard, cursor, page.memory)
    page.task.notebook.stored()
