"""In which order the scopes of a tenant are read, and what is tried twice."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from agent.collect.reader import Task, read
from connectors.sdk.records import Checkpoint, Coverage, Record, Scope, Started, Status

BEGUN = Started(full=True, resumed=False)
REFUSED = Coverage(status=Status.DENIED, standing=True, transient=True)
DONE = Coverage(status=Status.COMPLETE)


class Reluctant:
    """Refuses a scope whose name tells so, as often as the name tells."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        self.order.append(scope.id)
        yield BEGUN
        refusals = int(scope.id.partition("-")[2] or 0)
        yield REFUSED if self.order.count(scope.id) <= refusals else DONE


class Blank:
    """A notebook in which nobody writes."""

    def take_writes(self) -> dict[str, str | None]:
        return {}


def tasks(connector: Any, *ids: str) -> list[Task]:
    return [
        Task(
            connector=connector,
            scope=Scope(id=id_, title=id_, last=id_.startswith("last")),
            key=key,
            cursor=None,
            scan_state=Blank(),  # pyright: ignore[reportArgumentType]
        )
        for key, id_ in enumerate(ids)
    ]


@pytest.mark.parametrize("workers", [1, 4])
def test_what_is_refused_for_the_moment_is_tried_once_more_before_the_last_scopes(
    workers: int,
) -> None:
    connector = Reluctant()
    pages = list(read([tasks(connector, "a", "last", "b-1", "c-9", "d")], workers))
    ends = {p.task.scope.id: getattr(p.records[-1], "status", None) for p in pages}
    assert len(pages) == len(ends) == 5
    assert ends.pop("c-9") is Status.DENIED
    assert set(ends.values()) == {Status.COMPLETE}
    assert Counter(connector.order) == {"a": 1, "b-1": 2, "c-9": 2, "d": 1, "last": 1}
    assert connector.order[-1] == "last"
    assert set(connector.order[4:6]) == {"b-1", "c-9"}


@pytest.mark.parametrize("only", ["a-1", "last-1"])
def test_one_scope_alone_is_tried_once_more_too(only: str) -> None:
    (page,) = read([tasks(Reluctant(), only)], 2)
    assert getattr(page.records[-1], "status", None) is Status.COMPLETE


def test_what_has_told_something_is_never_taken_back() -> None:
    class Half(Reluctant):
        def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
            yield BEGUN
            yield Checkpoint(cursor="1")
            yield REFUSED

    pages = list(read([tasks(Half(), "a")], 2))
    assert [type(r) for p in pages for r in p.records] == [Started, Checkpoint, Coverage]
