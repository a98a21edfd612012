import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from connectors.m365.client import PermissionList
from connectors.m365.demo.errors import NOT_FOUND, RESYNC, error_response
from connectors.m365.demo.people import (
    AFFILIATES,
    ALPHA,
    BETA,
    ENGINEERS,
    GMAIL,
    PLAZA,
    SALES_TEAM,
)
from connectors.m365.graph import Listing
from connectors.m365.owner_group import OwnerGroup, group_grants
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import (
    UNKNOWN,
    Access,
    Audience,
    Checkpoint,
    Container,
    CountedItems,
    Grant,
    Item,
    PrincipalKind,
    Removed,
    Started,
    Status,
)
from connectors.sdk.testing import facts_in, scan

from .conftest import House, end_of, items_of

SALES, PRESS, HR = "営業部 / ドキュメント", "広報 / ドキュメント", "人事 / ドキュメント"


def edited(house: House, part: str, change: Callable[[dict[str, object]], object]) -> None:
    """From now on the tenant's answers to some paths are changed."""

    def fault(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        if part not in request.path or not isinstance(answer.body, dict):
            return None
        change(answer.body)
        return answer

    house.fail(fault)


def once(reply: Response) -> Callable[[Request], Response | None]:
    """The first page that goes on from a token is refused so."""
    refused: list[str] = []

    def fault(request: Request) -> Response | None:
        if "token" not in request.query or refused:
            return None
        refused.append(request.path)
        return reply

    return fault


def parts(house: House, path_end: str, reply: Response) -> None:
    """From now on the batch parts with this ending are answered so."""

    def change(body: dict[str, object], wanted: set[str]) -> None:
        for part in body["responses"]:  # pyright: ignore[reportGeneralTypeIssues]
            if part["id"] in wanted:
                part |= {"status": reply.status, "body": reply.body, "headers": {}}

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        asked = {p["id"] for p in request.json()["requests"] if p["url"].endswith(path_end)}
        assert isinstance(answer.body, dict)
        change(answer.body, asked)
        return answer

    house.fail(fault)


def test_a_six_year_old_link_to_a_customer_list_is_found_with_its_owner_and_age(
    house: House,
) -> None:
    item = items_of(house.read(SALES))["顧客名簿_2020.xlsx"]
    link = next(g for g in item.grants if g.audience is Audience.ANYONE_LINK)
    assert (link.access, link.expires_at, link.password) == (Access.VIEW, None, UNKNOWN)
    assert item.owner == "hanako.yamamoto@example.co.jp"
    assert str(item.created_at) == "2020-09-30 08:00:00+00:00"


def test_partners_of_two_companies_meet_in_one_folder(house: House) -> None:
    folder = items_of(house.read(SALES))["代理店共有"]
    met = {g.principal for g in folder.grants if g.audience is Audience.EXT_NAMED}
    assert met == {ALPHA.mail, BETA.mail}


def test_a_guest_without_a_link_is_found_behind_the_empty_facet(house: House) -> None:
    item = items_of(house.read(SALES))["契約書_アルファ商事.docx"]
    own = next(g for g in item.grants if g.principal == GMAIL.mail)
    assert (own.audience, own.access) == (Audience.EXT_NAMED, Access.EDIT)
    assert {g.principal for g in item.grants} >= {ALPHA.mail, BETA.mail}  # the folder's, repeated


def test_what_only_inherits_costs_no_call_and_is_only_counted(house: House) -> None:
    records = house.read(SALES)
    named = items_of(records)
    assert "価格表_2026.xlsx" not in named
    passed = sum(r.count for r in records if isinstance(r, CountedItems))
    assert len(named) + passed == end_of(records).items == 10


def test_a_library_that_everybody_inside_may_read_says_so_at_its_root(house: House) -> None:
    root = items_of(house.read("営業部 / 全社共有"))["全社共有"]
    assert root.kind == "library"
    assert Audience.ORG_DISCOVERABLE in {g.audience for g in root.grants}


def test_rows_beyond_the_first_page_are_read_too(house: House) -> None:
    crowd = items_of(house.read(HR))["説明会_参加者.xlsx"].grants
    assert len(crowd) == 24 + 3
    assert ALPHA.mail in {g.principal for g in crowd}


def test_an_item_that_is_named_twice_on_a_page_counts_as_the_last(house: House) -> None:
    names = {r.name for r in house.read(PRESS) if isinstance(r, Container)}
    assert "配布物" in names
    assert "old 配布物" not in names


def test_the_tree_hangs_together_and_starts_at_the_decoded_path(house: House) -> None:
    records = house.read(PRESS)
    tree = {r.id: r for r in records if isinstance(r, Container)}
    (top,) = (c for c in tree.values() if c.parent_id is None)
    assert top.name == "/sites/press/Shared Documents"
    assert all(i.parent_id in tree for i in records if isinstance(i, Item) and i.kind != "library")


def test_nothing_is_open_but_the_doors_and_every_door_is_as_wide_as_it_is(house: House) -> None:
    readings = house.opened.scan_all().values()
    items = [r for records in readings for r in records if isinstance(r, Item)]
    grants = {(i.id, g.id, g.principal, g.audience, g.access) for i in items for g in i.grants}
    doors = {
        (d.item_id, d.grant_id, d.principal, d.audience, d.access)
        for d in house.tenant.expected_exposures()
    }
    through_groups = {d[2] for d in doors - grants}
    assert through_groups == {SALES_TEAM.mail, PLAZA.mail, ENGINEERS.name, AFFILIATES.name}
    made = {(grant_id, principal) for _, grant_id, principal, _, _ in doors}
    outside = {g for g in grants if g[3] is not Audience.NAMED_INTERNAL}
    assert {(g[1], g[2]) for g in outside} <= made


def test_an_unconfirmed_preference_makes_the_library_partial(house: House) -> None:
    def unconfirmed(request: Request) -> Response | None:
        answer = house.tenant.respond(request)
        return replace(answer, headers={}) if "/root/delta" in request.path else None

    house.fail(unconfirmed)
    end = end_of(house.read(PRESS))
    assert end.status is Status.PARTIAL
    assert str(end.reason) == "m365.not_hierarchical"


def test_an_item_that_vanished_meanwhile_is_skipped(house: House) -> None:
    target = items_of(house.read(PRESS))["個人情報保護方針.pdf"].id.partition("/")[2]
    house.fail(lambda r: answered(house, r, target, NOT_FOUND))
    records = house.read(PRESS)
    assert "個人情報保護方針.pdf" not in items_of(records)
    assert end_of(records).status is Status.COMPLETE


def answered(house: House, request: Request, address: str, reply: Response) -> Response | None:
    """Answer all that has the text in its address with a reply, in batches, too."""
    if address in request.path:
        return reply
    if not request.path.endswith("/$batch"):
        return None
    answer = house.tenant.respond(request)
    asked = {p["id"] for p in request.json()["requests"] if address in p["url"]}
    assert isinstance(answer.body, dict)
    for part in answer.body["responses"]:
        if part["id"] in asked:
            part |= {"status": reply.status, "body": reply.body, "headers": {}}
    return answer


ODD = (
    *(error_response(status, "odd") for status in (400, 403, 404, 409, 423, 500, 501)),
    Response(body={}),
    Response(body={"value": None}),
    Response(body={"value": ["x"]}),
    Response(body={"value": [{"id": "p", "link": "x"}]}),
    Response(body={"value": [{"roles": ["read"]}]}),
    Response(body=[]),
    Response(body="<html>"),
)


@pytest.mark.parametrize("reply", ODD, ids=lambda r: f"{r.status} {r.body}"[:40])
@pytest.mark.parametrize("name", ["個人情報保護方針.pdf", "ドキュメント"])
def test_one_odd_permission_list_costs_one_item(house: House, name: str, reply: Response) -> None:
    whole = items_of(house.read(PRESS))
    target = whole[name].id.partition("/")[2]
    parts(house, f"{target}/permissions", reply)
    records = house.read(PRESS)
    assert whole.keys() - items_of(records).keys() == {name}
    end = end_of(records)
    assert (end.status, str(end.reason)) == (Status.PARTIAL, "m365.items_unread count='1'")
    assert end.hint is not None


def test_a_batch_that_is_refused_as_a_whole_costs_nothing(house: House) -> None:
    whole = house.read(PRESS)
    house.fail(
        lambda r: error_response(400, "BadRequest") if r.path.endswith("/$batch") else None,
    )
    assert facts_in(house.read(PRESS)) == facts_in(whole)


@pytest.mark.parametrize("reply", [Response(body={}), Response(body={"responses": [1, {}]})])
def test_a_batch_without_answers_costs_what_it_asked_for(house: House, reply: Response) -> None:
    scope = house.scope(PRESS)
    house.fail(lambda r: reply if r.path.endswith("/$batch") else None)
    records = scan(house.connector, house.lent, scope)
    assert items_of(records) == {}
    assert end_of(records).status is Status.PARTIAL


@pytest.mark.parametrize("top", [{"size": 4096}, {"size": 0, "folder": {"childCount": 3}}])
def test_a_library_that_lists_nothing_and_is_not_empty_is_not_complete(
    house: House, top: dict[str, object]
) -> None:
    def empty(body: dict[str, object]) -> None:
        values: list[dict[str, object]] = body["value"]  # pyright: ignore[reportAssignmentType]
        body["value"] = [v | top for v in values if "root" in v]
        body["@odata.deltaLink"] = body.pop("@odata.nextLink", None) or body["@odata.deltaLink"]

    edited(house, "/root/delta", empty)
    end = end_of(house.read(PRESS))
    assert (end.status, str(end.reason)) == (Status.PARTIAL, "m365.not_empty")


@pytest.mark.parametrize("links", [("a", "b"), ("a",), tuple(map(str, range(50)))])
def test_a_listing_that_goes_round_ends_with_a_sentence(
    house: House, links: tuple[str, ...]
) -> None:
    calls: list[str] = []

    def fault(request: Request) -> Response | None:
        if "/root/delta" not in request.path:
            return None
        calls.append(request.path)
        link = f"{request.base}{request.path}?token={links[len(calls) % len(links)]}"
        return Response(body={"value": [{"id": "x", "file": {}}], "@odata.nextLink": link})

    house.fail(fault)
    end = end_of(house.read(PRESS))
    assert len(calls) < 10
    assert (end.status, str(end.reason).partition(" ")[0]) == (
        Status.PARTIAL,
        "sdk.endless" if len(links) > 1 else "m365.endless",
    )


def test_a_library_of_the_system_is_read_and_one_of_a_retention_policy_is_not(
    house: House,
) -> None:
    found = items_of(house.read("営業部 / サイトのリソース ファイル"))
    assert Audience.ANYONE_LINK in {g.audience for g in found["顧客訪問メモ.one"].grants}
    assert not [s for s in house.connector.scopes() if "保管" in s.title]


def test_the_group_behind_a_site_may_edit_in_its_libraries(house: House) -> None:
    for title in (SALES, "営業部 / サイトのリソース ファイル"):
        root = next(i for i in items_of(house.read(title)).values() if i.kind == "library")
        (grant,) = (g for g in root.grants if g.id == f"group/{SALES_TEAM.id}")
        assert (grant.access, grant.principal_kind) == (Access.EDIT, PrincipalKind.GROUP)
        assert (grant.principal, grant.principal_id) == (SALES_TEAM.mail, SALES_TEAM.id)
    roots = list(items_of(house.read("共同企画プロジェクト / 企画書")).values())
    assert not [g for i in roots for g in i.grants if g.id.startswith("group/")]


def test_the_group_behind_a_site_is_known_without_a_listing(house: House) -> None:
    scope = house.scope(SALES)
    connector, lent = house.opened.connector()
    connector.tenant()
    records = scan(connector, lent, scope)
    assert facts_in(records) == facts_in(house.read(SALES))


@pytest.mark.parametrize(
    ("rows", "access"),
    [
        (("write", "read", "owner"), Access.EDIT),
        (("read", "owner"), Access.VIEW),
        (("owner",), None),
        ((), None),
    ],
)
def test_the_group_behind_a_site_has_what_the_members_of_the_site_have(
    rows: tuple[str, ...], access: Access | None
) -> None:
    grants = [
        Grant(
            id=role,
            audience=Audience.NAMED_INTERNAL,
            access={"write": Access.EDIT, "read": Access.VIEW, "owner": Access.MANAGE}[role],
            principal=role,
            principal_kind=PrincipalKind.SITE_GROUP,
        )
        for role in rows
    ]
    made = group_grants(OwnerGroup("g", "G"), grants)
    assert [g.access for g in made] == ([access] if access else [])
    again = group_grants(OwnerGroup("g", "G"), [*grants, *made])
    assert again == ()


def test_an_item_that_will_not_tell_is_neither_clean_nor_silent(house: House) -> None:
    target = items_of(house.read(PRESS))["個人情報保護方針.pdf"].id.partition("/")[2]
    parts(house, f"{target}/permissions", error_response(403, "accessDenied"))
    records = house.read(PRESS)
    assert "個人情報保護方針.pdf" not in items_of(records)
    assert str(end_of(records).reason) == "m365.items_unread count='1'"
    assert end_of(records).status is Status.PARTIAL


def test_a_removed_item_is_reported_as_removed(house: House) -> None:
    def remove(body: dict[str, object]) -> None:
        body["value"] += [{"id": "01GONE", "deleted": {"state": "deleted"}}]  # pyright: ignore[reportOperatorIssue]

    edited(house, "/root/delta", remove)
    records = house.read(PRESS)
    assert {r.item_id.partition("/")[2] for r in records if isinstance(r, Removed)} == {"01GONE"}


def test_a_refused_cursor_starts_over(house: House) -> None:
    whole = house.read(PRESS)
    cursor = next(r.cursor for r in whole if isinstance(r, Checkpoint))
    house.fail(once(RESYNC))
    records = house.read(PRESS, cursor)
    assert records[0] == Started(full=True, resumed=False)
    assert facts_in(records) == facts_in(whole)


@pytest.mark.parametrize("cursor", ["nonsense", "[]", json.dumps({"next": "/x", "prefer": "old"})])
def test_a_cursor_of_another_version_starts_over(house: House, cursor: str) -> None:
    records = house.read(PRESS, cursor)
    assert records[0] == Started(full=True, resumed=False)
    assert end_of(records).status is Status.COMPLETE


def test_a_resync_in_the_middle_reads_everything_once_more(house: House) -> None:
    whole = items_of(house.read(SALES))
    house.fail(once(RESYNC))
    records = house.read(SALES)
    assert end_of(records).status is Status.COMPLETE
    assert items_of(records) == whole
    assert [r for r in records if isinstance(r, Started)] == 2 * [Started(full=True, resumed=False)]


def test_an_endless_resync_ends_with_a_reason(house: House) -> None:
    house.fail(lambda r: RESYNC if "token" in r.query else None)
    assert str(end_of(house.read(SALES)).reason) == "m365.resync"


def test_a_listing_without_an_end_is_not_complete(house: House) -> None:
    edited(house, "/root/delta", lambda body: body.pop("@odata.deltaLink", None))
    assert str(end_of(house.read(PRESS)).reason) == "m365.no_end"


def test_a_library_whose_root_is_not_listed_is_asked_for_it(house: House) -> None:
    top: dict[str, object] = {}

    def hide(body: dict[str, object]) -> None:
        values: list[dict[str, object]] = body["value"]  # pyright: ignore[reportAssignmentType]
        top.update(next((v for v in values if "root" in v), {}))
        body["value"] = [v for v in values if "root" not in v]

    def fault(request: Request) -> Response | None:
        if request.path.endswith("/root"):
            return Response(body=top)
        answer = house.tenant.respond(request)
        if "/root/delta" in request.path and isinstance(answer.body, dict):
            hide(answer.body)
            return answer
        return None

    house.fail(fault)
    records = house.read("営業部 / 全社共有")
    grants = items_of(records)["全社共有"].grants
    assert Audience.ORG_DISCOVERABLE in {g.audience for g in grants}


@pytest.mark.parametrize(
    ("rows", "pages", "crowded"),
    [(89, 1, False), (90, 1, True), (100, 1, True), (101, 1, False), (100, 2, False)],
)
def test_only_a_single_page_of_about_a_hundred_rows_is_doubted(
    rows: int, pages: int, crowded: bool
) -> None:
    listing = Listing([{"id": str(n)} for n in range(rows)], pages)
    assert PermissionList.from_listing(listing).maybe_truncated == crowded


def test_ninety_rows_in_one_page_may_not_be_all(house: House) -> None:
    many = [{"id": f"p{n}", "roles": ["read"], "grantedToV2": {}} for n in range(100)]
    parts(house, "/permissions", Response(body={"value": many}))
    assert "m365.crowded" in str(end_of(house.read(PRESS)).reason)
