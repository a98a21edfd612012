"""A reading told page by page, and what is asked about its open files."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from connectors.sdk.errors import AccessDenied, ConnectorError, QuotaExhausted, UnexpectedResponse
from connectors.sdk.labels import FileLabels, Labels
from connectors.sdk.message import Message, say
from connectors.sdk.record_pages import map_pages
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    Coverage,
    Grant,
    Item,
    PrincipalKind,
    Record,
    Started,
    Status,
)

FULL, PLACE = Started(full=True, resumed=False), Checkpoint(cursor="c")
END = Coverage(status=Status.COMPLETE)
DENIED, BROKEN = AccessDenied(say("x.denied")), UnexpectedResponse(say("x.broken"))
SPENT = QuotaExhausted(say("x.spent"))


def item(name: str, kind: str = "file", audience: Audience = Audience.ANYONE_LINK) -> Item:
    link = Grant(
        id="g",
        audience=audience,
        access=Access.VIEW,
        principal="",
        principal_kind=PrincipalKind.LINK,
    )
    return Item(id=name, kind=kind, name=name, grants=(link,))


def reading(*records: Record, end: ConnectorError | None = None) -> Iterator[Record]:
    yield from records
    if end is not None:
        raise end


A, B, C = item("a"), item("b"), item("c")


def told(records: Iterator[Record]) -> list[list[Record]]:
    pages: list[list[Record]] = []

    def kept(page: Sequence[Record]) -> Sequence[Record]:
        pages.append([*page])
        return page

    list(map_pages(records, kept))
    return pages


def test_a_page_ends_with_a_checkpoint_or_the_end_and_a_start_is_one() -> None:
    pages = told(reading(FULL, A, B, PLACE, C, PLACE, END))
    assert pages == [[FULL], [A, B, PLACE], [C, PLACE], [END]]


def test_what_was_said_before_a_new_start_does_not_count() -> None:
    assert told(reading(FULL, A, FULL, B, END)) == [[FULL], [FULL], [B, END]]


def test_of_a_reading_that_breaks_off_the_rest_is_told_as_it_came() -> None:
    paged = map_pages(reading(FULL, A, end=DENIED), lambda page: page)
    assert [next(paged), next(paged)] == [FULL, A]
    with pytest.raises(AccessDenied):
        next(paged)


class Desk:
    """Who answers for labels, and is asked to show a sentence."""

    def __init__(self, **answers: Labels | ConnectorError) -> None:
        self.answers = answers
        self.asked: list[list[str]] = []
        self.shown: list[Message] = []

    def map(self, function: Any, things: Any) -> Iterator[Any]:
        return map(function, things)

    def show_message(self, message: Message) -> bool:
        self.shown.append(message)
        return True

    def ask(self, files: Sequence[Item]) -> list[Labels | ConnectorError]:
        self.asked.append([file.id for file in files])
        said = [self.answers.get(file.id, ()) for file in files]
        if SPENT in said:
            raise SPENT
        return said

    def labels(self, *records: Record) -> dict[str, Labels]:
        context: Any = self
        asking = FileLabels(context, self.ask, most=2, refused=say("x.refused"))
        return {
            r.id: r.labels for r in asking.with_labels(reading(*records)) if isinstance(r, Item)
        }


def test_only_open_files_are_asked_about_so_many_at_a_time() -> None:
    desk = Desk(a=("L",), b=UNKNOWN)
    shut, folder = item("shut", audience=Audience.NAMED_INTERNAL), item("folder", "folder")
    found = desk.labels(FULL, A, shut, B, folder, C, PLACE, END)
    assert desk.asked == [["a", "b"], ["c"]]
    assert found == {"a": ("L",), "b": UNKNOWN, "c": (), "shut": UNKNOWN, "folder": UNKNOWN}


@pytest.mark.parametrize(
    ("answers", "goes_on"),
    [
        ({"a": DENIED, "b": DENIED}, False),
        ({"a": DENIED, "b": ()}, True),
        ({"a": DENIED, "b": BROKEN}, True),  # the service was not well: it may be soon
    ],
)
def test_where_all_of_several_are_refused_no_more_is_asked(
    answers: dict[str, Labels | ConnectorError], goes_on: bool
) -> None:
    desk = Desk(**answers, c=("L",))
    found = desk.labels(FULL, A, B, PLACE, C, END)
    assert found["a"] is UNKNOWN
    assert found["c"] == (("L",) if goes_on else UNKNOWN)
    assert len(desk.shown) == (0 if goes_on else 1)


def test_one_file_that_is_refused_alone_says_nothing_of_the_others() -> None:
    desk = Desk(a=DENIED, b=("L",))
    assert desk.labels(FULL, A, PLACE, B, END) == {"a": UNKNOWN, "b": ("L",)}
    assert desk.shown == []


def test_a_quota_that_is_spent_ends_the_reading_before_the_page_is_done() -> None:
    desk = Desk(a=("L",), b=SPENT)
    with pytest.raises(QuotaExhausted):
        desk.labels(FULL, A, B, PLACE, END)
