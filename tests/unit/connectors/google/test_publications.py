"""Published to the web is no permission: the last revision of a document tells of it."""

from typing import Any

import pytest

from connectors.google.demo.model import DOCUMENT, FORM, SHEET, SITE, SLIDES, Node, identifier
from connectors.google.demo.responses import error
from connectors.google.demo.scenario import SALES
from connectors.google.normalize import published_grant
from connectors.google.publications import PUBLISHABLE
from connectors.google.quota_units import GET_UNITS, LIST_UNITS, request_cost, user_key
from connectors.google.read_gaps import MAX_ALIKE
from connectors.sdk.local_server import Response
from connectors.sdk.records import Audience, CountedItems, Item, Status
from connectors.sdk.testing import ConnectorHarness, scan

JOHN = "john.smith@example.co.jp"


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def reading(opened, title, cursor=None) -> Any:
    connector, lent = opened.connector()
    connector.tenant()
    scope = next(s for s in connector.scopes() if title in (s.title, s.id))
    return scan(connector, lent, scope, cursor)


def items(records) -> Any:
    return {r.name: r for r in records if isinstance(r, Item)}


def published(records):
    """Name -> audience and access of what is published."""
    return {
        name: (g.audience.value, g.access.value)
        for name, item in items(records).items()
        for g in item.grants
        if g.id == "published"
    }


@pytest.mark.parametrize(
    ("revision", "audience"),
    [
        ({}, None),
        ({"published": False}, None),
        ({"published": False, "publishedOutsideDomain": True}, None),
        ({"published": True, "publishedOutsideDomain": True}, "public_discoverable"),
        ({"published": True, "publishedOutsideDomain": False}, "org_link"),
        ({"published": True}, "public_discoverable"),  # an account without a domain
        ({"published": True, "publishAuto": False}, "public_discoverable"),
        ({"published": None}, "public_discoverable"),  # not a no
        ({"published": "yes"}, "public_discoverable"),
        ({"published": True, "publishedOutsideDomain": None}, "public_discoverable"),
    ],
)
def test_to_whom_a_revision_is_published(revision, audience):
    raw: Any = {"id": "1", **revision}
    grants = published_grant(raw)
    assert [(g.audience, g.access) for g in grants] == ([(audience, "view")] if audience else [])


def test_a_private_sheet_that_is_published_is_public(stage):
    with stage.open() as opened:
        records = reading(opened, JOHN)
    assert published(records) == {
        "Price list": ("public_discoverable", "view"),
        "社内規程": ("org_link", "view"),
    }
    assert records[-1].status is Status.COMPLETE


def test_a_published_file_of_a_shared_drive_is_public(stage):
    with stage.open() as opened:
        records = reading(opened, f"drive:{SALES}")
    assert published(records) == {"新製品 発表資料": ("public_discoverable", "view")}


def test_sites_and_forms_of_a_shared_drive_tell_their_published_view(stage):
    with stage.open() as opened:
        found = items(reading(opened, f"drive:{SALES}"))
    view = {
        name: {(g.audience.value, g.access.value) for g in found[name].grants if not g.principal}
        for name in ("製品サイト", "社内ポータル", "来場者アンケート")
    }
    assert view == {
        "製品サイト": {("public_discoverable", "view")},
        "社内ポータル": set(),
        "来場者アンケート": {("anyone_link", "create")},
    }


@pytest.mark.parametrize(
    ("mime", "asked"),
    [
        (DOCUMENT, True),
        (SHEET, True),
        (SLIDES, True),
        ("application/vnd.google-apps.drawing", True),
        (SITE, False),  # its publication is a permission
        (FORM, False),
        ("application/vnd.google-apps.folder", False),
        ("application/vnd.google-apps.shortcut", False),
        ("application/pdf", False),
    ],
)
def test_only_what_can_be_published_is_asked_for(mime, asked):
    assert (mime in PUBLISHABLE) is asked


REFUSED = [
    error(400, "badRequest", "x"),
    error(403, "insufficientFilePermissions", "no"),
    error(403, "forbidden", "no"),
    error(404, "notFound", "gone"),
    error(500, "internalError", "x"),
    Response(body={}),
    Response(body={"error": {"code": 500}}),
    Response(body=b"<html>"),
    Response(body={"published": True}),
]


@pytest.mark.parametrize("answer", REFUSED)
@pytest.mark.parametrize(
    ("title", "name"), [(JOHN, "Price list"), (f"drive:{SALES}", "新製品 発表資料")]
)
def test_one_document_that_is_refused_is_unknown_and_named(stage, answer, title, name):
    path = f"/drive/v3/files/{identifier(name)}/revisions/head"
    with stage.open() as opened:
        calm = items(reading(opened, title))
        respond = stage.tenant.respond
        stage.tenant.respond = lambda r: answer if r.path == path else respond(r)
        records = reading(opened, title)
    found = items(records)
    assert Audience.UNKNOWN in {g.audience for g in found.pop(name).grants}
    calm.pop(name)
    assert found == calm
    assert records[-1].status is Status.PARTIAL
    assert records[-1].reason.key == "google.publications_unread"


def test_documents_that_are_all_refused_are_one_gap_and_no_flood(stage):
    shelf = stage.tenant.drive(JOHN)
    for n in range(MAX_ALIKE + 150):
        shelf.put(Node(id=f"1doc{n:05d}", name=f"doc {n}", parent="", mime=DOCUMENT))
    shelf.max_page_size = 100
    asked = []
    respond = stage.tenant.respond

    def refused(request):
        if "/revisions/" not in request.path:
            return respond(request)
        asked.append(request.path)
        return error(403, "insufficientFilePermissions.x", "no")

    with stage.open() as opened:
        stage.tenant.respond = refused
        records = reading(opened, JOHN)
    unknown = [i for i in items(records).values() if i.name.startswith("doc")]
    assert len(unknown) < MAX_ALIKE
    assert len(asked) <= 2 * MAX_ALIKE
    counted = sum(r.count for r in records if isinstance(r, CountedItems))
    assert counted > MAX_ALIKE
    assert records[-1].reason.key == "google.publications_unread"


def test_without_it_nothing_is_asked_and_a_standing_blind_spot_says_so(stage):
    with stage.open() as opened:
        opened.table["published_revisions"] = "off"
        records = reading(opened, JOHN)
        left_out = reading(opened, "publications")[-1]
        assert "/batch/drive/v3" not in {path for _, path in opened.service.requests}
    assert published(records) == {}
    assert records[-1].status is Status.COMPLETE
    assert (left_out.status, left_out.standing) == (Status.SKIPPED, True)
    assert left_out.reason.key == "google.publications_left_out"


def test_switching_it_on_reads_everything_again(stage):
    with stage.open() as opened:
        opened.table["published_revisions"] = "off"
        connector, lent = opened.connector()
        connector.tenant()
        scope = next(s for s in connector.scopes() if s.title == JOHN)
        cursor: Any = scan(connector, lent, scope)[-2]
        opened.table["published_revisions"] = "all"
        again, _ = opened.connector()
        again.tenant()
        list(again.scopes())
        records: Any = scan(again, lent, scope, cursor.cursor)
    assert records[0].full
    assert "Price list" in published(records)


class Batch:
    """A prepared batch."""

    url = "https://www.googleapis.com/batch/drive/v3"

    def __init__(self, *paths):
        self.body = "".join(f"--x\r\n\r\nGET /drive/v3/{p} HTTP/1.1\r\n" for p in paths).encode()


@pytest.mark.parametrize(
    ("paths", "units"),
    [
        (["files/1/revisions/head?fields=id"], GET_UNITS),
        (["files/1/revisions/head?fields=id"] * 100, 100 * GET_UNITS),
        (["files/1/permissions?x=1"] * 3, 3 * LIST_UNITS),
        (["files/1/permissions?x=1", "files/1/revisions/head?f=1"], LIST_UNITS + GET_UNITS),
    ],
)
def test_a_revision_costs_as_much_as_a_single_read(paths, units):
    request: Any = Batch(*paths)
    assert request_cost(request) == units


@pytest.mark.parametrize(
    ("url", "counted"),
    [
        ("https://www.googleapis.com/drive/v3/files?pageSize=1000", True),
        ("https://www.googleapis.com/batch/drive/v3", True),
        ("https://127.0.0.1:1/drive/v3/files/1/permissions", True),
        ("https://admin.googleapis.com/admin/directory/v1/users", False),
        ("https://www.googleapis.com/groups/v1/groups/x", False),
        ("https://cloudidentity.googleapis.com/v1/policies", False),
        ("https://oauth2.googleapis.com/token", False),
    ],
)
def test_requests_of_the_drive_api_count_for_the_user_who_sends_them(url, counted):
    sato: Any = Batch()
    sato.url, sato.headers = url, {"Authorization": "Bearer sato"}
    ito: Any = Batch()
    ito.url, ito.headers = url, {"Authorization": "Bearer ito"}
    assert bool(user_key(sato)) is counted
    assert (user_key(sato) != user_key(ito)) is counted
    assert "sato" not in user_key(sato)
