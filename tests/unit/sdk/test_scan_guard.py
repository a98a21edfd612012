"""Whatever happens in a scan, its books are opened once and closed once."""

from collections.abc import Iterator

import pytest

from connectors.sdk.errors import AccessDenied, ConnectorError, QuotaExhausted
from connectors.sdk.message import say
from connectors.sdk.records import (
    Coverage,
    Item,
    Record,
    Scope,
    Started,
    Status,
    Tenant,
)
from connectors.sdk.scan_guard import guarded_scan

SCOPE = Scope(id="s", title="S")
BEGUN = Started(full=True, resumed=False)
THING = Item(id="1", kind="file", name="a")
WHY = say("x.why")
HINT = say("x.hint")


class Plain:
    """A connector that yields what it was given, raising what is an error."""

    def __init__(self, *script: Record | Exception) -> None:
        self.script = script

    def tenant(self) -> Tenant:
        return Tenant(id="t", name="T")

    def scopes(self) -> Iterator[Scope]:
        yield SCOPE

    def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
        for step in self.script:
            if isinstance(step, Exception):
                raise step
            yield step


@pytest.mark.parametrize(
    ("script", "status", "reason"),
    [
        ((BEGUN, THING, Coverage(status=Status.COMPLETE)), Status.COMPLETE, None),
        ((BEGUN, AccessDenied(WHY, hint=HINT)), Status.DENIED, WHY),
        ((AccessDenied(WHY, hint=HINT),), Status.DENIED, WHY),
        ((BEGUN, THING, AccessDenied(WHY, hint=HINT)), Status.PARTIAL, WHY),
        ((BEGUN, QuotaExhausted(WHY)), Status.PARTIAL, WHY),
        ((BEGUN, THING, ConnectorError(WHY)), Status.PARTIAL, WHY),
        ((BEGUN, KeyError("bug")), Status.PARTIAL, say("sdk.bug", kind="KeyError")),
        ((BEGUN, THING), Status.PARTIAL, say("sdk.bug", kind="Coverage")),
        ((), Status.PARTIAL, say("sdk.bug", kind="Coverage")),
        ((THING, BEGUN), Status.PARTIAL, say("sdk.bug", kind="Started")),
    ],
)
def test_a_scan_opens_once_and_closes_once(
    script: tuple[Record | Exception, ...], status: Status, reason: object
) -> None:
    records = list(guarded_scan(Plain(*script), SCOPE, None))
    kinds = [type(r) for r in records]
    assert kinds[0] is Started
    assert kinds.count(Started) == kinds.count(Coverage) == 1
    last = records[-1]
    assert isinstance(last, Coverage)
    assert (last.status, last.reason) == (status, reason)
    assert last.items == kinds.count(Item)


def test_what_was_told_before_a_reading_began_again_is_not_counted() -> None:
    done = Coverage(status=Status.COMPLETE)
    last = list(guarded_scan(Plain(BEGUN, THING, THING, BEGUN, THING, done), SCOPE, None))[-1]
    assert isinstance(last, Coverage)
    assert last.items == 1


def test_nothing_is_read_after_the_books_are_closed() -> None:
    script = (BEGUN, Coverage(status=Status.COMPLETE), KeyError("never reached"))
    assert len(list(guarded_scan(Plain(*script), SCOPE, None))) == 2


def test_a_scan_that_fails_before_it_begins_is_accounted_for_like_any_other() -> None:
    class Refusing(Plain):
        def scan(self, scope: Scope, cursor: str | None) -> Iterator[Record]:
            raise ValueError(scope.id)  # not a generator: it fails when it is called

    last = list(guarded_scan(Refusing(), SCOPE, None))[-1]
    assert isinstance(last, Coverage)
    assert last.reason == say("sdk.bug", kind="ValueError")
