"""A listing that is refused, empty or odd ends only what it lists, and is never believed."""

from collections.abc import Callable
from typing import Any

import pytest

from connectors.m365.client import Client
from connectors.m365.connector import SITE_PREFIX
from connectors.m365.demo.errors import error_response
from connectors.m365.graph import MAX_BROKEN_PARTS
from connectors.m365.not_read import ALWAYS
from connectors.sdk.errors import ConnectorError
from connectors.sdk.listing_guard import MAX_EMPTY_PAGES, ListingGuard
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import Scope, Status

from .conftest import House, end_of, items_of

OTHERS = [
    *("subsites", "site-groups", "site-admins"),
    *(scope.id for scope in ALWAYS),
    *("sharepoint-settings", "tenant-properties", "entra-policies", "teams", "directory"),
]


def listed(house: House) -> tuple[list[Scope], str]:
    """The scopes that the connector yields, and the reason why there are not more."""
    found: list[Scope] = []
    try:
        found.extend(house.connector.scopes())
    except ConnectorError as error:
        return found, str(error.message)
    return found, ""


@pytest.mark.parametrize("reply", [
    Response(body={"value": []}),
    Response(body={"value": None}),
    Response(body={"error": {"code": "x"}}),
    Response(body=[]),
    error_response(400, "x"),
    error_response(403, "accessDenied"),
    error_response(404, "x"),
    error_response(501, "x"),
])  # fmt: skip
def test_a_listing_of_sites_that_fails_or_is_empty_ends_no_other_scope(
    house: House, reply: Response
) -> None:
    house.fail(lambda r: reply if r.path.endswith("/getAllSites") else None)
    scopes, reason = listed(house)
    assert [s.id for s in scopes if not s.id.startswith(SITE_PREFIX)] == OTHERS
    assert reason


@pytest.mark.parametrize("links", [("a", "b"), ("a",), tuple(map(str, range(50)))])
def test_a_listing_of_sites_that_goes_round_ends(house: House, links: tuple[str, ...]) -> None:
    calls: list[str] = []

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/getAllSites"):
            return None
        calls.append(request.path)
        link = f"{request.base}{request.path}?$skiptoken={links[len(calls) % len(links)]}"
        return Response(body={"value": [{"id": "x"}], "@odata.nextLink": link})

    house.fail(fault)
    assert ".endless" in listed(house)[1]
    assert len(calls) < 10


def batch_fault(
    house: House, wanted: Callable[[str], bool], reply: Response, times: int = 10**9
) -> list[str]:
    """Answer some parts of batches so, so many times; returns the paths that were asked for."""
    asked: list[str] = []

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        answer = house.tenant.respond(request)
        urls = {p["id"]: p["url"].partition("?")[0] for p in request.json()["requests"]}
        assert isinstance(answer.body, dict)
        for part in answer.body["responses"]:
            if wanted(urls[part["id"]]):
                asked.append(urls[part["id"]])
                if len(asked) <= times:
                    part |= {"status": reply.status, "body": reply.body}
        return answer

    house.fail(fault)
    return asked


@pytest.mark.parametrize("status", [400, 403, 404, 423, 501])
def test_a_site_that_refuses_its_subsites_makes_the_row_partial_until_it_answers(
    house: House, status: int
) -> None:
    press = next(i for i, place in house.tenant._site_specs.items() if place.name == "広報")
    hr = next(i for i, place in house.tenant._site_specs.items() if place.name == "人事")
    house.tenant.subsite_parents = {hr: press}
    batch_fault(house, lambda url: url == f"/sites/{press}/sites", error_response(status, "x"))
    for _ in range(3):  # in every run, not only in the first
        end = end_of(house.read("SharePoint subsites"))
        assert (end.status, str(end.reason)) == (
            Status.PARTIAL,
            "m365.subsites_unread count='1'",
        )
        assert end.hint is not None
    house.stage.inject_fault(None)
    assert end_of(house.read("SharePoint subsites")).standing
    assert "人事 / ドキュメント" in [s.title for s in house.connector.scopes()]


def test_a_site_that_refuses_everything_says_so_in_its_own_row(house: House) -> None:
    assert end_of(house.read("SharePoint subsites")).status is Status.SKIPPED
    locked = next(s for s in house.connector.scopes() if s.title == "旧システム移行")
    deleted = next(s for s in house.connector.scopes() if s.title == "削除済みサイト")
    assert locked.stands_for == "https://example.sharepoint.com/sites/old-system/"
    assert deleted.stands_for == ""


@pytest.mark.parametrize("status", [400, 403, 404, 423, 501])
def test_a_site_that_refuses_its_libraries_costs_only_them(house: House, status: int) -> None:
    whole = {s.id for s in house.connector.scopes()}
    press = next(i for i, place in house.tenant._site_specs.items() if place.name == "広報")
    batch_fault(house, lambda url: url == f"/sites/{press}/drives", error_response(status, "x"))
    now, reason = listed(house)
    assert reason == ""
    assert len(whole - {s.id for s in now}) == 2
    assert SITE_PREFIX + press in {s.id for s in now}


# Source: https://learn.microsoft.com/en-us/entra/identity/users/licensing-service-plan-reference (read 2026-11-30)  # noqa: E501 -- an address
def sku(seats: object, *plans: str, status: str | None = "Enabled") -> dict[str, Any]:
    return {
        "capabilityStatus": status,
        "prepaidUnits": {"enabled": seats},
        "servicePlans": [{"servicePlanName": plan} for plan in plans],
    }


E3, FREE = ("SHAREPOINTENTERPRISE", "SHAREPOINTWAC"), ("EXCHANGE_S_FOUNDATION", "FLOW_P2_VIRAL")


@pytest.mark.parametrize(
    ("skus", "licences"),
    [
        ([sku(1, *E3), sku(10_000, *FREE)], 1),
        ([sku(25, *E3), sku(10_000, "FLOW_P2_VIRAL"), sku(1_000_000, "BI_AZURE_P0")], 25),
        ([sku(1366, *E3), sku(1_000_000, "MICROSOFTSTREAM", "EXCHANGE_S_FOUNDATION")], 1366),
        ([sku(300, "SHAREPOINTSTANDARD"), sku(50, "SHAREPOINTDESKLESS")], 350),
        ([sku(300, *E3, status="Suspended"), sku(20, *E3, status="enabled")], 20),
        ([sku(5000, "SHAREPOINTWAC")], 0),
        ([sku(None, *E3)], 0),
        ([{"prepaidUnits": {"enabled": 9000}}], 0),
        ([sku(9000)], 0),
        ([], 0),
    ],
)
def test_only_licences_for_sharepoint_set_the_pace(
    house: House, skus: list[dict[str, Any]], licences: int
) -> None:
    house.fail(
        lambda r: Response(body={"value": skus}) if r.path.endswith("/subscribedSkus") else None
    )
    client = house.connector._client  # pyright: ignore[reportAttributeAccessIssue]
    assert isinstance(client, Client)
    assert client.licences() == licences


def test_an_answer_that_stays_broken_is_not_asked_for_seven_times_for_ever(house: House) -> None:
    scope = next(s.title for s in house.connector.scopes() if s.title == "人事 / ドキュメント")
    asked = batch_fault(house, lambda url: url.endswith("/permissions"), error_response(500, "x"))
    for _ in range(8):
        assert end_of(house.read(scope)).status is Status.PARTIAL
    lists = len(items_of(house.read("広報 / ドキュメント"))) + 8 * 8
    assert len(asked) <= 7 * (MAX_BROKEN_PARTS + 20) + lists


def test_a_guard_lets_every_listing_end_that_brings_something_new() -> None:
    guard = ListingGuard("x")
    for page in range(5_000):
        guard.check(f"link {page}", [page, page + 1])
        guard.check(f"again {page}", [page, page + 1])  # a page that is told twice
        guard.check(f"empty {page}", [])
    guard.check("", ["anything"])
    for page in range(MAX_EMPTY_PAGES - 2):
        guard.check(f"void {page}", [])
