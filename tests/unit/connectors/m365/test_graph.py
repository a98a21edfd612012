import json
from pathlib import Path

import pytest
import requests

from connectors.m365.demo import Tenant
from connectors.m365.demo.errors import error_response
from connectors.m365.resource_units import path_cost, quota_for_licences, request_cost
from connectors.sdk.local_server import Request, Response
from connectors.sdk.records import CountedItems, Item, Status
from connectors.sdk.testing import ConnectorHarness, scan

from .conftest import House, end_of, items_of

PRESS = "広報 / ドキュメント"


@pytest.mark.parametrize(
    ("path", "units"),
    [
        ("/drives/b!x/root/delta?$select=id,token&$top=1000", 2),
        ("/drives/b!x/root/delta?token=abc", 1),
        ("/drives/b!x/root/delta(token='abc')", 1),
        ("/drives/b!x/root/delta?$skiptoken=abc", 1),
        ("/drives/b!x/items/01A/permissions", 5),
        ("/drives/b!x/items/01A/permissions?$skiptoken=20", 5),
        ("/sites/getAllSites?$select=id", 2),
        ("/sites/a,b,c/drives?$select=id", 2),
        ("/users?$top=500", 1),
    ],
)
def test_every_read_has_its_price(path: str, units: float) -> None:
    assert path_cost(path) == units


def test_a_batch_costs_what_its_parts_cost() -> None:
    parts = [{"id": str(n), "url": f"/drives/d/items/{n}/permissions"} for n in range(20)]
    url = "https://graph.microsoft.com/v1.0/$batch"
    request = requests.Request("POST", url, json={"requests": parts}).prepare()
    assert request_cost(request) == 100


@pytest.mark.parametrize(
    ("licences", "per_minute"),
    [(0, 1250), (1000, 1250), (1001, 2500), (6000, 3750), (15_001, 5000), (60_000, 6250)],
)
def test_the_pace_follows_the_licences(licences: int, per_minute: float) -> None:
    assert quota_for_licences(licences).minute == per_minute


def broken_parts(house: House, status: int, times: int, **headers: str) -> list[int]:
    """The first parts of each batch are refused for some time; returns how many were asked."""
    asked: list[int] = []

    def fault(request: Request) -> Response | None:
        if not request.path.endswith("/$batch"):
            return None
        asked.append(len(request.json()["requests"]))
        answer = house.tenant.respond(request)
        assert isinstance(answer.body, dict)
        if len(asked) <= times:
            for part in answer.body["responses"][:2]:
                part |= {
                    "status": status,
                    "body": error_response(status, "x").body,
                    "headers": headers,
                }
        return answer

    house.fail(fault)
    return asked


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 401])
def test_only_the_refused_parts_of_a_batch_are_asked_again(house: House, status: int) -> None:
    calm = items_of(house.read(PRESS))
    scope = house.scope(PRESS)
    asked = broken_parts(house, status, 1, **{"Retry-After": "7"})
    records = list(house.connector.scan(scope, None))
    assert items_of(records) == calm
    assert asked[1] == min(2, asked[0])


def test_parts_that_are_throttled_for_ever_end_the_reading_and_keep_it(house: House) -> None:
    scope = house.scope(PRESS)
    broken_parts(house, 429, 1000)
    end = end_of(scan(house.connector, house.lent, scope))
    assert end.status is Status.PARTIAL
    assert "sdk.throttled" in str(end.reason)


def test_a_token_that_dies_early_is_replaced_once(house: House) -> None:
    house.read(PRESS)
    house.tenant.token_endpoint.expire()
    assert end_of(house.read(PRESS)).status is Status.COMPLETE


def test_a_token_that_is_never_accepted_says_so(house: House) -> None:
    scope = house.scope(PRESS)
    dead = error_response(401, "InvalidAuthenticationToken")
    house.fail(lambda r: dead if r.path.startswith("/v1.0") else None)
    assert "m365.token_refused" in str(end_of(scan(house.connector, house.lent, scope)).reason)


def test_a_link_to_another_host_is_followed_on_ours_or_not_at_all(house: House) -> None:
    calm = items_of(house.read(PRESS))

    def gateway(link: str) -> None:
        def fault(request: Request) -> Response | None:
            answer = house.tenant.respond(request)
            if "/root/delta" not in request.path:
                return None
            text = json.dumps(answer.body).replace(f"{request.base}/v1.0", link)
            return Response(status=answer.status, body=json.loads(text), headers=answer.headers)

        house.fail(fault)

    gateway("https://graph.microsoft.com/v1.0")
    assert items_of(house.read(PRESS)) == calm
    gateway("https://evil.example")
    assert str(end_of(house.read(PRESS)).reason) == "m365.foreign_link"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"value": 1}'])
def test_an_answer_that_is_no_listing_is_not_an_empty_one(house: House, body: bytes) -> None:
    house.fail(lambda r: Response(body=body) if "/root/delta" in r.path else None)
    assert "m365.unreadable" in str(end_of(house.read(PRESS)).reason)


def test_a_full_scan_costs_little_more_than_it_must(tmp_path: Path) -> None:
    """2 a site and a page of sites, 2 a library and 1 a further page, 5 a permission list."""
    stage = ConnectorHarness("m365", tmp_path, size=6000)
    with stage.open() as opened:
        connector, lent = opened.connector()
        connector.tenant()
        before, libraries, lists, items = lent.http.meter.units, 0, 0, 0
        for scope in connector.scopes():
            if not scope.id.startswith(("b!", "site:")):
                continue
            libraries += 1
            for record in connector.scan(scope, None) if "site:" not in scope.id else ():
                if isinstance(record, CountedItems):
                    items += record.count
                elif isinstance(record, Item):
                    items += 1
                    lists += bool(record.grants)
        spent = lent.http.meter.units - before
        least = 2 * 3 + 2 * 9 + 2 * libraries + 4 * 3 + 5 * lists
    assert isinstance(stage.tenant, Tenant)
    assert items == stage.tenant.files
    assert spent <= 1.10 * least
    assert lent.http.meter.refused == 0
