"""The second reading of a library, and everything that a delta leaves out or gets wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.m365.cursor import LibraryCursor
from connectors.m365.demo import Tenant
from connectors.m365.demo.edits import LibraryEditor
from connectors.m365.demo.errors import INVALID, RESYNC, error_response
from connectors.m365.demo.people import ALPHA, BETA
from connectors.m365.demo.permission_rows import anonymous, direct
from connectors.m365.facet_sample import MAX_SAMPLE, add_to_sample, sample_budget
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    Audience,
    Checkpoint,
    CountedItems,
    Item,
    Record,
    Removed,
    Started,
    Status,
)
from connectors.sdk.testing import ConnectorHarness, facts_in, scan

from .conftest import House, end_of, items_of

SALES = "営業部 / ドキュメント"
CUSTOMERS, OLD_LIST, AGENCIES = 1, 2, 4  # numbers in the demo's story
FULL, DELTA = Started(full=True, resumed=False), Started(full=False, resumed=False)


def last(records: list[Record]) -> str:
    return [r.cursor for r in records if isinstance(r, Checkpoint)][-1]


def desk(house: House) -> LibraryEditor:
    return house.tenant.editor(house.scope(SALES).id)


def calls(house: House, ending: str) -> int:
    return sum(path.endswith(ending) for _, path in house.opened.service.requests)


def test_nothing_has_happened_and_one_call_says_so(house: House) -> None:
    cursor = last(house.read(SALES))
    scope = house.scope(SALES)
    before = house.lent.http.meter.units
    records = list(house.connector.scan(scope, cursor))
    assert records[0] == DELTA
    assert facts_in(records) == []
    assert house.lent.http.meter.units - before == 1


@pytest.mark.parametrize(
    ("change", "reread"),
    [
        (lambda d: d.share(AGENCIES, direct(BETA)), {"代理店共有", "契約書_アルファ商事.docx"}),
        (lambda d: d.unshare(AGENCIES), {"代理店共有", "契約書_アルファ商事.docx"}),
        (lambda d: d.move(CUSTOMERS, AGENCIES), {"代理店共有", "顧客名簿_2020.xlsx"}),
        (lambda d: d.share(OLD_LIST, direct(ALPHA)), {"顧客名簿_2020.xlsx"}),
        (lambda d: d.rename(CUSTOMERS, "得意先"), set[str]()),
        (lambda d: d.restore_inheritance(OLD_LIST), {"顧客名簿_2020.xlsx"}),
    ],
    ids=["shared", "unshared", "moved", "file shared", "renamed", "inherits again"],
)
def test_what_a_change_touches_is_stated_again_and_nothing_else(
    house: House, change: Callable[[LibraryEditor], None], reread: set[str]
) -> None:
    cursor = last(house.read(SALES))
    change(desk(house))
    records = house.read(SALES, cursor)
    assert set(items_of(records)) - {"ドキュメント"} == reread  # the root comes with any change
    assert end_of(records).status is Status.COMPLETE


def test_an_item_that_inherits_again_is_stated_without_grants(house: House) -> None:
    cursor = last(house.read(SALES))
    desk(house).restore_inheritance(OLD_LIST)
    assert items_of(house.read(SALES, cursor))["顧客名簿_2020.xlsx"].grants == ()


def test_a_deleted_folder_takes_along_what_graph_does_not_name(house: House) -> None:
    first = house.read(SALES)
    gone = {"代理店共有", "契約書_アルファ商事.docx"}
    ids = {item.id for name, item in items_of(first).items() if name in gone}
    desk(house).delete(AGENCIES)
    records = house.read(SALES, last(first))
    assert {r.item_id for r in records if isinstance(r, Removed)} == ids


def test_only_what_is_new_is_counted_as_passed(house: House) -> None:
    cursor = last(house.read(SALES))
    desk(house).rename(3, "顧客名簿_2027.xlsx")
    desk(house).add("新規.xlsx", CUSTOMERS)
    records = house.read(SALES, cursor)
    assert [r.count for r in records if isinstance(r, CountedItems)] == [1]


@pytest.mark.parametrize("reply", [RESYNC, INVALID], ids=["410", "400"])
def test_a_token_that_graph_has_forgotten_means_reading_everything_once(
    house: House, reply: Response
) -> None:
    whole = house.read(SALES)
    house.lent.scan_state(house.scope(SALES)).put("o/stale", json.dumps({"item": {}}))
    refused: list[str] = []

    def fault(request: Request) -> Response | None:
        if "token" not in request.query or refused:
            return None
        refused.append(request.path)
        return reply

    house.fail(fault)
    records = house.read(SALES, last(whole))
    assert records[0] == FULL
    assert facts_in(records) == facts_in(whole)
    assert house.lent.scan_state(house.scope(SALES)).get("o/stale") is None


def resynced(house: House, pages: int, *, times: int = 1) -> None:
    """Graph wants the listing anew, so many times, where this many pages had been told."""
    told: list[str] = []

    def fault(request: Request) -> Response | None:
        if "token" not in request.query:
            return None
        told.append(request.path)
        return RESYNC if pages < len(told) <= pages + times else None

    house.fail(fault)


def test_a_resync_in_the_middle_of_a_delta_makes_it_a_full_reading(house: House) -> None:
    whole = house.read(SALES)
    for number in range(1, 9):
        desk(house).share(number, direct(ALPHA))
    resynced(house, 1)
    records = house.read(SALES, last(whole))
    assert [r for r in records if isinstance(r, Started)] == [DELTA, FULL]
    assert end_of(records).status is Status.COMPLETE
    anew = records[records.index(FULL) :]
    assert facts_in(anew) == facts_in(house.read(SALES))
    assert end_of(records).items == end_of(whole).items
    assert house.read(SALES, last(records))[0] == DELTA


def test_a_second_resync_leaves_the_full_reading_to_the_next_run(house: House) -> None:
    cursor = last(house.read(SALES))
    for number in range(1, 9):
        desk(house).share(number, direct(ALPHA))
    resynced(house, 1, times=99)
    records = house.read(SALES, cursor)
    assert str(end_of(records).reason) == "m365.resync"
    assert last(records) == ""


def test_deleted_items_come_seven_a_page_without_a_name_and_none_is_missed(tmp_path: Path) -> None:
    stage = ConnectorHarness("m365", tmp_path, size=200)
    tenant = stage.tenant
    assert isinstance(tenant, Tenant)
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        scope = next(s for s in connector.scopes() if s.title == "Department 00 / ドキュメント")
        cursor = last(scan(connector, lent, scope))
        for number in range(2, 22):
            tenant.editor(scope.id).delete(number)
        before = len(opened.service.requests)
        records = scan(connector, lent, scope, cursor)
        pages = [path for _, path in opened.service.requests[before:] if path.endswith("/delta")]
    assert len(pages) == 3
    assert len({r.item_id for r in records if isinstance(r, Removed)}) == 20
    assert end_of(records).status is Status.COMPLETE


def test_pages_without_items_are_not_the_end(house: House) -> None:
    whole = house.read(SALES)
    held: list[object] = []

    def fault(request: Request) -> Response | None:
        """Three empty pages before each that holds something."""
        if "/root/delta" not in request.path:
            return None
        answer = house.tenant.respond(request)
        held.append(None)
        if len(held) % 4 == 0:
            return answer
        query = "&".join(f"{k}={v}" for k, v in {**request.query, "try": str(len(held))}.items())
        link = f"{request.base}{request.path}?{query}"
        return replace(answer, body={"value": [], "@odata.nextLink": link})

    house.fail(fault)
    records = house.read(SALES)
    assert items_of(records) == items_of(whole)
    assert end_of(records).status is Status.COMPLETE


def test_of_an_item_that_comes_on_two_pages_the_last_counts(house: House) -> None:
    """Shared on one page, no longer on the next: it is stated again without a grant."""
    target = next(r for r in house.read(SALES) if isinstance(r, Item) and r.kind == "file")
    late: list[dict[str, object]] = []

    def fault(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        if "/root/delta" not in request.path or not isinstance(answer.body, dict):
            return None
        found = [i for i in answer.body["value"] if target.id.endswith(i["id"])]
        late.extend({k: v for k, v in i.items() if k != "shared"} for i in found)
        if "@odata.deltaLink" in answer.body:
            answer.body["value"] += late
        return answer

    house.fail(fault)
    records = [r for r in house.read(SALES) if isinstance(r, Item) and r.id == target.id]
    assert [bool(r.grants) for r in records] == [True, False]


def test_a_copy_made_when_inheritance_stopped_outlives_the_original(house: House) -> None:
    first = house.read(SALES)
    desk(house).break_inheritance(5)
    desk(house).unshare(AGENCIES)
    records = house.read(SALES, last(first))
    assert Audience.EXT_NAMED in {g.audience for g in items_of(records)["価格表_2026.xlsx"].grants}
    assert Audience.EXT_NAMED not in {g.audience for g in items_of(records)["代理店共有"].grants}


@pytest.mark.parametrize(("days", "first"), [(6.9, DELTA), (7, FULL)])
def test_after_a_week_everything_is_read_again(house: House, days: float, first: Started) -> None:
    cursor = last(house.read(SALES))
    house.lent.time.sleep(timedelta(days=days).total_seconds())
    assert house.read(SALES, cursor)[0] == first


def keeping(house: House, kept: str) -> None:
    """From now on Graph says that it keeps to these preferences."""

    def fault(request: Request) -> Response | None:
        if "/root/delta" not in request.path:
            return None
        answer = house.tenant.respond(request)
        return replace(answer, headers={"Preference-Applied": kept} if kept else {})

    house.fail(fault)


@pytest.mark.parametrize(
    ("kept", "status"),
    [("", Status.PARTIAL), ("hierarchicalsharing", Status.COMPLETE)],
    ids=["nothing", "no changes of sharing"],
)
def test_without_a_promise_to_show_changes_of_sharing_there_are_only_full_readings(
    house: House, kept: str, status: Status
) -> None:
    cursor = last(house.read(SALES))
    keeping(house, kept)
    records = house.read(SALES, cursor)
    assert records[0] == FULL
    assert end_of(records).status is status
    assert last(records) == ""


def test_a_reading_that_missed_something_is_followed_by_a_full_one(house: House) -> None:
    denied = error_response(403, "accessDenied")

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        assert isinstance(answer.body, dict)
        answer.body["responses"][0] |= {"status": 403, "body": denied.body}
        return answer

    house.fail(fault)
    records = house.read(SALES)
    assert end_of(records).status is Status.PARTIAL
    assert last(records) == ""


def test_a_domain_that_became_ours_is_a_reason_to_read_everything(house: House) -> None:
    cursor = json.loads(last(house.read(SALES)))
    cursor["basis"] = cursor["basis"].replace("example.co.jp", "old.example")
    assert house.read(SALES, json.dumps(cursor))[0] == FULL


def hide_facets(house: House) -> None:
    """Graph forgets to mark files, as it once did."""

    def fault(request: Request) -> Response | None:
        if "/root/delta" not in request.path:
            return None
        answer = house.tenant.respond(request)
        assert isinstance(answer.body, dict)
        for item in answer.body["value"]:
            if "file" in item:
                item.pop("shared", None)
        return answer

    house.fail(fault)


def test_a_missing_facet_is_noticed_and_then_every_item_is_asked(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = items_of(house.read(SALES))
    # a small library: ask them all
    monkeypatch.setattr("connectors.m365.facet_sample.MAX_COST_SHARE", 1.0)
    hide_facets(house)
    records = house.read(SALES)
    assert end_of(records).status is Status.PARTIAL
    assert str(end_of(records).reason) == "m365.doubtful"
    again = house.read(SALES, last(records))
    assert again[0] == FULL
    assert end_of(again).status is Status.COMPLETE
    exposed = {n for n, i in items_of(again).items() if i.may_be_exposed}
    assert exposed >= {n for n, i in whole.items() if i.may_be_exposed}


def test_below_a_folder_whose_list_is_refused_nothing_proves_a_facet_wrong(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The items below it have grants that no list which was read explains."""
    calm = last(house.read("広報 / ドキュメント"))
    monkeypatch.setattr("connectors.m365.facet_sample.MAX_COST_SHARE", 1.0)
    folders = [i for i in items_of(house.read(SALES)).values() if i.kind == "folder" and i.grants]
    refuse_parts(
        house, *(f"/items/{folder.id.rpartition('/')[2]}/permissions" for folder in folders)
    )
    assert end_of(house.read(SALES)).status is Status.PARTIAL
    assert house.read("広報 / ドキュメント", calm)[0] == DELTA  # not item by item


def refuse_parts(house: House, *endings: str) -> None:
    """Batch parts with one of these endings are refused from now on."""

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        asked = {part["id"] for part in request.json()["requests"] if part["url"].endswith(endings)}
        assert isinstance(answer.body, dict)
        for part in answer.body["responses"]:
            if part["id"] in asked:
                part |= {"status": 403, "body": INVALID.body, "headers": {}}
        return answer

    house.fail(fault)


def test_a_library_whose_facets_are_right_again_is_read_by_its_changes_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.m365.facet_sample.MAX_COST_SHARE", 1.0)
    hide_facets(house)
    doubted = house.read(SALES)
    still = house.read(SALES, last(doubted))  # the facets are still missing
    assert still[0] == house.read(SALES, last(still))[0] == FULL
    house.stage.inject_fault(None)
    proven = house.read(SALES, last(still))
    assert proven[0] == FULL
    connector, lent = house.opened.connector()
    connector.tenant()
    lent.scan_states = house.lent.scan_states
    after = scan(connector, lent, house.scope(SALES), last(proven))
    assert after[0] == Started(full=False, resumed=False)


def test_one_missing_facet_makes_the_next_libraries_doubtful_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = last(house.read("広報 / ドキュメント"))
    monkeypatch.setattr("connectors.m365.facet_sample.MAX_COST_SHARE", 1.0)
    hide_facets(house)
    house.read(SALES)
    again = house.read("広報 / ドキュメント", calm)
    assert again[0] == FULL  # item by item
    assert '"every": true' in last(again)


def test_a_sample_is_the_same_for_the_same_reading_and_another_for_the_next() -> None:
    items = [{"id": f"01{n}"} for n in range(1000)]
    one = LibraryCursor("", "2026-11-01T00:00:00+00:00", "")
    other = replace(one, full_since="2026-11-08T00:00:00+00:00")
    drawn = add_to_sample(items, one)  # pyright: ignore[reportArgumentType] -- an item needs no more
    assert len(drawn) == MAX_SAMPLE
    assert drawn == add_to_sample(items[::-1], one)  # pyright: ignore[reportArgumentType] -- as above
    assert drawn != add_to_sample(items, other)  # pyright: ignore[reportArgumentType] -- as above


def test_the_control_costs_a_twentieth_at_most_on_average() -> None:
    place = LibraryCursor("", "2026-11-01T00:00:00+00:00", "", page=3, own=60)
    asked = sum(sample_budget(f"b!{n}", place) for n in range(2000)) / 2000
    assert asked * 5 == pytest.approx(0.05 * (4 + 5 * 60), rel=0.05)
    assert sample_budget("b!x", replace(place, own=10_000)) == MAX_SAMPLE


def test_half_a_letter_in_a_name_is_survived(house: House) -> None:
    def fault(request: Request) -> Response | None:
        if "/root/delta" not in request.path:
            return None
        answer = house.tenant.respond(request)
        raw = json.dumps(answer.body).replace("\\u9867\\u5ba2\\u540d", "\\ud83d")
        headers = {"Content-Type": "application/json", **answer.headers}
        return Response(body=raw.encode(), headers=headers)

    house.fail(fault)
    records = house.read(SALES)
    assert end_of(records).status is Status.COMPLETE
    assert any("\ud83d" in name for name in items_of(records))


@pytest.mark.parametrize(("left", "waits"), [("99", True), ("100", False), ("many", False)])
def test_a_nearly_spent_minute_is_sat_out(house: House, left: str, waits: bool) -> None:
    scope = house.scope(SALES)
    told = {"RateLimit-Limit": "1250", "RateLimit-Remaining": left, "RateLimit-Reset": "30"}

    def fault(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        return replace(answer, headers={**answer.headers, **told})

    house.fail(fault)
    before = house.lent.http.meter.throttled_seconds
    assert end_of(list(house.connector.scan(scope, None))).status is Status.COMPLETE
    assert (house.lent.http.meter.throttled_seconds - before >= 30) == waits
    assert house.lent.http.meter.refused == 0


def test_a_link_made_above_an_item_that_stopped_inheriting_still_reaches_it(house: House) -> None:
    first = house.read(SALES)
    desk(house).break_inheritance(5)
    desk(house).share(AGENCIES, anonymous("late"))
    records = house.read(SALES, last(first))
    item = items_of(records)["価格表_2026.xlsx"]
    assert isinstance(item, Item)
    assert Audience.ANYONE_LINK in {g.audience for g in item.grants}
