"""The demo tenant enforces what Google enforces, so that the connector cannot cheat."""

import json
from typing import Any

import pytest

from connectors.google.demo import Tenant
from connectors.google.demo.model import identifier, opaque_token
from connectors.google.demo.people import ADMIN
from connectors.google.demo.scenario import AUDIT, SALES
from connectors.google.demo.token_endpoint import _signature
from connectors.sdk.demo import LINK_CANARY
from connectors.sdk.local_server import Request

SATO = "sato@example.co.jp"
FILES = "/drive/v3/files"
EVERYWHERE = {"supportsAllDrives": "true", "includeItemsFromAllDrives": "true"}
MINE = {"q": "'me' in owners"}


@pytest.fixture(scope="module")
def tenant():
    return Tenant(3000)


def ask(tenant, path, query, *, mail=SATO, permission="drive.metadata.readonly") -> Any:
    word = opaque_token([mail, [permission]])
    bearer = f"Bearer ya29.{word}.{_signature(word)}"
    return tenant.respond(
        Request(
            method="GET",
            path=path,
            query=query,
            headers={"authorization": bearer},
            body=b"",
            base="https://127.0.0.1",
        )
    )


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        (FILES, MINE, 200),
        (FILES, {}, 400),  # nobody asked whose
        (FILES, MINE | {"pageToken": "stale"}, 400),
        (FILES, MINE | {"pageSize": "0"}, 400),
        (FILES, MINE | {"fields": "files(id"}, 400),
        (FILES, {"corpora": "drive", "driveId": SALES, **EVERYWHERE}, 200),
        (FILES, {"corpora": "drive", "driveId": SALES}, 400),
        (FILES, {"corpora": "drive", "driveId": AUDIT, **EVERYWHERE}, 404),  # no member
        (f"{FILES}/{SALES}/permissions", {}, 404),
        (f"{FILES}/{SALES}/permissions", {"supportsAllDrives": "true"}, 200),
        (f"{FILES}/nothing", {}, 404),
        ("/drive/v3/drives", {}, 403),  # needs drive.readonly
        ("/admin/directory/v1/users", {"customer": "my_customer"}, 403),
        ("/elsewhere", {}, 404),
    ],
)
def test_what_google_refuses(tenant, path, query, status):
    assert ask(tenant, path, query).status == status


def test_a_wrong_bearer_is_refused_as_google_does(tenant):
    answer = ask(tenant, FILES, MINE)
    assert answer.status == 200
    request = Request(
        method="GET", path=FILES, query=MINE, headers={}, body=b"", base="https://127.0.0.1"
    )
    refused: Any = tenant.respond(request)
    assert refused.status == 401
    assert refused.body["error"]["errors"][0]["reason"] == "authError"


def test_no_admin_access_to_anything_but_a_drive_itself(tenant):
    how = {"supportsAllDrives": "true", "useDomainAdminAccess": "true"}
    file = f"{FILES}/{identifier('在庫.xlsx')}/permissions"
    assert ask(tenant, file, how, mail=ADMIN).status == 404
    assert ask(tenant, f"{FILES}/{AUDIT}/permissions", how, mail=ADMIN).status == 200
    assert ask(tenant, f"{FILES}/{AUDIT}/permissions", how).status == 404


def test_items_of_a_shared_drive_never_carry_permissions(tenant):
    query = {"corpora": "drive", "driveId": SALES, "fields": "files(*)", **EVERYWHERE}
    for file in ask(tenant, FILES, query).body["files"]:
        assert not {"permissions", "owners", "shared", "ownedByMe"} & set(file)


def test_a_page_with_permissions_is_cut_to_a_hundred():
    big = Tenant(60_000)
    query = MINE | {"pageSize": "1000", "fields": "nextPageToken,files(id,permissions(id))"}
    assert len(ask(big, FILES, query, mail="user0000@example.co.jp").body["files"]) == 100
    query = MINE | {"pageSize": "1000", "fields": "nextPageToken,files(id)"}
    assert len(ask(big, FILES, query, mail="user0000@example.co.jp").body["files"]) == 210


def test_the_address_of_every_open_file_carries_the_canary(tenant):
    files = ask(tenant, FILES, MINE | {"fields": "files(webViewLink,permissions(type))"}).body
    for file in files["files"]:
        open_ = any(p["type"] == "anyone" for p in file["permissions"])
        assert (LINK_CANARY in file["webViewLink"]) == open_


def test_the_same_size_is_the_same_tenant():
    query = MINE | {"fields": "*"}
    once, again = (
        json.dumps(ask(Tenant(500), FILES, query, mail="user0001@example.co.jp").body)
        for _ in range(2)
    )
    assert once == again
