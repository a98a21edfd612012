"""Labels of open files: asked for only where somebody wants them."""

from typing import Any

import pytest

from connectors.google.demo.responses import error
from connectors.google.demo.scenario import CONFIDENTIAL, SALES
from connectors.google.errors import NotFound
from connectors.google.labels import parse_labels
from connectors.sdk.local_server import Request, Response
from connectors.sdk.message import say
from connectors.sdk.records import UNKNOWN, Checkpoint, Item, Started, Status
from connectors.sdk.testing import ConnectorHarness

from .test_reading import SATO, at_parts, items, reading

LABELS = (CONFIDENTIAL.partition("/")[0], CONFIDENTIAL)


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def test_an_open_file_tells_its_label_with_what_is_chosen_in_it(stage):
    with stage.open() as opened:
        opened.table["drive_labels"] = True
        mine, shared = items(reading(opened, SATO)), items(reading(opened, SALES))
    assert mine["納期一覧.xlsx"].labels == LABELS
    assert mine["顧客名簿.xlsx"].labels == ()
    assert shared["+81 電話帳.csv"].labels == LABELS  # in the name of the drive's reader


def test_nobody_is_asked_without_the_wish(stage):
    with stage.open() as opened:
        found = items(reading(opened, SATO))
        assert not [path for _, path in opened.service.requests if path.endswith("listLabels")]
    assert found["納期一覧.xlsx"].labels is UNKNOWN


def test_only_open_files_are_asked_about_each_once(stage):
    asked: list[str] = []

    def listening(request: Request) -> None:
        if request.path.endswith("/listLabels"):
            asked.append(request.path.split("/")[-2])

    at_parts(stage, listening)
    with stage.open() as opened:
        opened.table["drive_labels"] = True
        found = [r for r in reading(opened, SATO) if isinstance(r, Item)]
    wanted = [f.id for f in found if f.kind == "file" and f.may_be_exposed]
    assert sorted(asked) == sorted(wanted)
    assert 2 < len(wanted) < len(found)


@pytest.mark.parametrize("key", [SATO, SALES])
def test_a_reading_from_before_the_wish_is_done_anew_with_it(stage, key):
    with stage.open() as opened:
        first = reading(opened, key)
        cursor = [r for r in first if isinstance(r, Checkpoint)][-1].cursor
        assert not next(r for r in reading(opened, key, cursor) if isinstance(r, Started)).full
        opened.table["drive_labels"] = True
        again = reading(opened, key, cursor)
    assert next(r for r in again if isinstance(r, Started)).full


def test_who_may_not_ask_reads_on_without_labels(stage):
    asked: list[str] = []

    def refusing(request: Request) -> Response | None:
        if not request.path.endswith("/listLabels"):
            return None
        asked.append(request.path)
        return error(403, "forbidden", "Labels are off")

    at_parts(stage, refusing)
    with stage.open() as opened:
        opened.table["drive_labels"] = True
        records = reading(opened, SATO)
    assert records[-1].status is Status.COMPLETE
    assert items(records)["納期一覧.xlsx"].labels is UNKNOWN
    assert len(asked) == len(set(asked))


@pytest.mark.parametrize("refused", [False, True])
def test_all_pages_of_the_labels_of_a_file_are_read_or_none_counts(stage, refused):
    respond = stage.tenant.respond

    def cut(request: Request) -> Response | None:
        if not request.path.endswith("/listLabels"):
            return None
        if request.query.get("pageToken") == "second":
            return error(403, "forbidden", "no") if refused else respond(request)
        answer: Any = respond(request)
        if answer.body["labels"]:
            return Response(body={"labels": [{"id": "First"}], "nextPageToken": "second"})
        return answer

    at_parts(stage, cut)
    with stage.open() as opened:
        opened.table["drive_labels"] = True
        found = items(reading(opened, SATO))["納期一覧.xlsx"].labels
    assert found == (UNKNOWN if refused else ("First", *LABELS))


GONE = NotFound(say("google.not_found"))
ANSWERS: dict[str, tuple[Any, object]] = {
    "none": ([], ()),
    "without fields": ([{"id": "L"}], ("L",)),
    "a text": ([{"id": "L", "fields": {"F": {"text": ["x"]}}}], ("L",)),
    "a choice": ([{"id": "L", "fields": {"F": {"selection": ["C"]}}}], ("L", "L/C")),
    "two choices, another label": (
        [{"id": "L", "fields": {"F": {"selection": ["C", "D"]}}}, {"id": "M", "fields": {}}],
        ("L", "L/C", "L/D", "M"),
    ),
    "gone": (GONE, GONE),
}


@pytest.mark.parametrize(("answer", "labels"), ANSWERS.values(), ids=ANSWERS)
def test_labels_are_told_by_their_ids_and_a_refusal_as_it_is(answer, labels):
    assert parse_labels(answer) == labels
