"""Facts, cursor and coverage into the store, one transaction a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from agent.collect.reader import Page, Task, read
from agent.store.facts import Facts
from connectors.sdk.records import Checkpoint, Coverage, Fact, Record, Scope, Started


class Watcher(Protocol):
    """Who is told how the reading goes."""

    def saw(self, scope: Scope, records: Sequence[Record]) -> None:
        """Records of a scope have been stored."""
        ...


def collect(
    tenants: Sequence[Sequence[Task]], facts: Facts, run_id: str, *, workers: int, watcher: Watcher
) -> None:
    """Read all tasks into the store. Memory holds what came since the scopes' last checkpoints."""
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
