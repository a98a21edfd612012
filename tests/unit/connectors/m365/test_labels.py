"""Sensitivity labels of open files: asked for only where somebody wants them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connectors.m365.demo.scenario import CONFIDENTIAL
from connectors.m365.graph import Answer
from connectors.m365.labels import EXTRACT_ACTION, parse_labels
from connectors.m365.resource_units import path_cost
from connectors.sdk.errors import ConnectorError
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import UNKNOWN, Item, Started, Status
from connectors.sdk.testing import ConnectorHarness

from .conftest import House, end_of, items_of

SALES, PRESS = "営業部 / ドキュメント", "広報 / ドキュメント"
CONTRACT, CUSTOMERS = "契約書_アルファ商事.docx", "顧客名簿_2020.xlsx"


@pytest.fixture
def labelling(tmp_path: Path) -> Iterator[House]:
    stage = ConnectorHarness("m365", tmp_path)
    with stage.open() as opened:
        opened.table["sensitivity_labels"] = True
        connector, lent = opened.connector()
        connector.tenant()
        yield House(stage, opened, connector, lent)


def test_an_open_file_tells_its_label_and_a_file_without_one_that_it_has_none(
    labelling: House,
) -> None:
    items = items_of(labelling.read(SALES))
    assert items[CONTRACT].labels == (CONFIDENTIAL,)
    assert items[CUSTOMERS].labels == ()


def test_nobody_is_asked_without_the_wish(house: House) -> None:
    assert items_of(house.read(SALES))[CONTRACT].labels is UNKNOWN


def test_only_open_files_are_asked_about_each_once(labelling: House) -> None:
    asked: list[str] = []

    def listened(request: Request) -> None:
        if request.path.endswith("/$batch"):
            urls = [str(part["url"]) for part in request.json()["requests"]]
            asked.extend(url for url in urls if url.endswith(EXTRACT_ACTION))

    labelling.fail(listened)
    files = [r for r in labelling.read(PRESS) if isinstance(r, Item) and r.kind == "file"]
    wanted = [file.id.partition("/")[2] for file in files if file.may_be_exposed]
    assert sorted(url.split("/")[4] for url in asked) == sorted(wanted)
    assert 1 < len(wanted) < len(files)


def test_a_reading_from_before_the_wish_is_done_anew_with_it(house: House, tmp_path: Path) -> None:
    first = house.read(SALES)
    cursor = first[-2].cursor  # pyright: ignore[reportAttributeAccessIssue]
    house.opened.table["sensitivity_labels"] = True
    connector, lent = house.opened.connector()
    connector.tenant()
    again = House(house.stage, house.opened, connector, lent).read(SALES, cursor)
    (started,) = [r for r in again if isinstance(r, Started)]
    assert started.full
    assert items_of(again)[CONTRACT].labels == (CONFIDENTIAL,)


def test_who_may_not_ask_reads_on_without_labels(labelling: House) -> None:
    labelling.fail(refused)
    records = labelling.read(SALES)
    assert end_of(records).status is Status.COMPLETE
    assert items_of(records)[CONTRACT].labels is UNKNOWN


def refused(request: Request) -> Response | None:
    """Graph refuses every part of a batch that asks for labels."""
    parts: list[dict[str, Any]] = request.json()["requests"] if request.method == "POST" else []
    if not any(part["url"].endswith(EXTRACT_ACTION) for part in parts):
        return None
    denied = {"status": 403, "headers": {}, "body": {"error": {"code": "accessDenied"}}}
    return Response(body={"responses": [{"id": part["id"], **denied} for part in parts]})


LABEL = {"sensitivityLabelId": "a", "assignmentMethod": "standard", "tenantId": "t"}
ANSWERS = {
    "one, in the envelope of an action": (200, {"value": {"labels": [LABEL]}}, ("a",)),
    "one, without it": (200, {"labels": [LABEL]}, ("a",)),
    "two, of two tenants": (
        200,
        {"labels": [LABEL, LABEL | {"sensitivityLabelId": "b"}]},
        ("a", "b"),
    ),
    "none": (200, {"value": {"labels": []}}, ()),
    "nothing that we know": (200, {"value": {}}, UNKNOWN),
    "null": (200, {"labels": None}, UNKNOWN),
    "a type that carries none": (415, {"error": {"code": "unsupportedMediaType"}}, ()),
    "the same, in a word": (400, {"error": {"code": "notSupported"}}, ()),
    "encrypted twice": (423, {"error": {"code": "fileDoubleKeyEncrypted"}}, None),
    "cannot be opened": (400, {"error": {"code": "fileDecryptionNotSupported"}}, None),
    "locked": (423, {"error": {"code": "notAllowed"}}, None),
    "gone": (404, {"error": {"code": "itemNotFound"}}, None),
    "broken": (500, {}, None),
}


@pytest.mark.parametrize(("status", "body", "labels"), ANSWERS.values(), ids=ANSWERS)
def test_what_is_not_told_is_unknown_or_a_refusal_and_never_no_label(
    status: int, body: dict[str, Any], labels: object
) -> None:
    said = parse_labels("/drives/d/items/i", Answer(status, {}, body))
    assert isinstance(said, ConnectorError) if labels is None else said == labels


def test_a_question_for_a_label_is_charged_like_what_is_posted() -> None:
    assert path_cost(f"/drives/d/items/i/{EXTRACT_ACTION}") == 2.0
