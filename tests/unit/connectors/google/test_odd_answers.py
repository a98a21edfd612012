"""An answer that says nothing is no empty list: what it was about is unread, and named."""

import re
from typing import Any

import pytest

from connectors.google.api import MAX_IDLE_PAGES, PageGuard, checked_list, checked_text, iter_items
from connectors.google.demo.model import identifier
from connectors.google.demo.scenario import SALES
from connectors.sdk.errors import ConnectorError, SignInError, UnexpectedResponse
from connectors.sdk.local_server import Response
from connectors.sdk.records import Status
from connectors.sdk.testing import ConnectorHarness, scan

SATO = "sato@example.co.jp"
HR = "hr@example.co.jp"
NOTHING = [
    {},
    {"error": {"code": 500}},
    {"error": "backendError"},
    {"kind": "something#else"},
    {"files": None, "drives": None, "users": None, "changes": None, "permissions": None},
    {"files": {}, "drives": {}, "users": {}, "changes": {}, "permissions": {}, "members": {}},
    {"files": ["x"], "drives": ["x"], "users": ["x"], "changes": ["x"], "permissions": ["x"]},
    {"files": [], "drives": [], "users": [], "groups": [], "error": {"code": 500}},
]


@pytest.fixture
def stage(tmp_path):
    return ConnectorHarness("google", tmp_path)


def at_parts(stage, fault):
    """Let a fault answer first, the parts of a batch included."""
    respond = stage.tenant.respond
    stage.tenant.respond = lambda request: fault(request) or respond(request)


def answering(pattern, body):
    """Return a fault that answers a path with a body and status 200."""

    def fault(request):
        return Response(body=body) if re.fullmatch(pattern, request.path) else None

    return fault


def reading(opened, title, cursor=None) -> Any:
    connector, lent = opened.connector()
    connector.tenant()
    scope = next(s for s in connector.scopes() if title in (s.title, s.id))
    return scan(connector, lent, scope, cursor)


@pytest.mark.parametrize("body", NOTHING)
@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/drive/v3/files", SATO),
        ("/drive/v3/files", f"drive:{SALES}"),
        ("/drive/v3/changes/startPageToken", f"drive:{SALES}"),
        (f"/drive/v3/files/{SALES}/permissions", f"drive:{SALES}"),
        (f"/drive/v3/files/{identifier('共同提案')}/permissions", f"drive:{SALES}"),
        ("/admin/directory/v1/groups", "directory"),
        ("/groups/v1/groups/hr@example.co.jp", "directory"),
        ("/v1/policies", "policies"),
    ],
)
def test_a_success_without_what_was_requested_is_never_complete(stage, path, scope, body):
    with stage.open() as opened:
        at_parts(stage, answering(path, body))
        coverage = reading(opened, scope)[-1]
    assert coverage.status is not Status.COMPLETE
    assert coverage.reason is not None
    assert coverage.hint is not None


@pytest.mark.parametrize("body", NOTHING)
@pytest.mark.parametrize(
    "path",
    [
        "/admin/directory/v1/customer/my_customer/domains",
        "/admin/directory/v1/users/audit-admin@example.co.jp",
    ],
)
def test_a_tenant_without_itself_is_no_sign_in(stage, path, body):
    with stage.open() as opened:
        at_parts(stage, answering(path, body))
        with pytest.raises(ConnectorError) as caught:
            opened.connector()[0].tenant()
    assert not isinstance(caught.value, SignInError)


@pytest.mark.parametrize("body", [*NOTHING, {"domains": []}])
def test_a_tenant_without_domains_has_no_outside(stage, body):
    path = "/admin/directory/v1/customer/my_customer/domains"
    with stage.open() as opened:
        at_parts(stage, answering(path, body))
        with pytest.raises(UnexpectedResponse):
            opened.connector()[0].tenant()


@pytest.mark.parametrize("body", NOTHING)
def test_users_that_are_no_list_are_no_users(stage, body):
    with stage.open() as opened:
        connector, _ = opened.connector()
        connector.tenant()
        at_parts(stage, answering("/admin/directory/v1/users", body))
        with pytest.raises(UnexpectedResponse):
            list(connector.scopes())


@pytest.mark.parametrize(
    ("page", "kind", "entries"),
    [
        ({"files": []}, "", []),
        ({"files": [{"id": "1"}]}, "", [{"id": "1"}]),
        ({"kind": "a#b"}, "a#b", []),
        ({"kind": "a#b", "files": [{}]}, "a#b", [{}]),
        ({"kind": "a#c"}, "a#b", None),
        ({"kind": "a#b", "files": None}, "a#b", None),
        ({"kind": "a#b"}, "", None),
        ({}, "a#b", None),
        ({}, "", None),
        ({"files": {}}, "", None),
        ({"files": "none"}, "", None),
        ({"files": [[]]}, "", None),
    ],
)
def test_a_list_is_what_google_sends_as_one(page, kind, entries):
    if entries is None:
        with pytest.raises(UnexpectedResponse):
            checked_list(page, "files", kind=kind)
    else:
        assert checked_list(page, "files", kind=kind) == entries


@pytest.mark.parametrize("value", [None, "", 7, [], {}, ["x"]])
def test_a_text_that_is_none_is_refused(value):
    with pytest.raises(UnexpectedResponse):
        checked_text({"id": value}, "id")
    with pytest.raises(UnexpectedResponse):
        checked_text({}, "id")


PAGES = {  # token -> its page: entries, next token
    "the next is itself": {"": ("a", "1"), "1": ("b", "1")},
    "two name each other": {"": ("a", "1"), "1": ("b", "2"), "2": ("c", "1")},
    "a ring of three": {"": ("a", "1"), "1": ("b", "2"), "2": ("c", "3"), "3": ("d", "1")},
}


@pytest.mark.parametrize("pages", PAGES.values(), ids=PAGES)
def test_a_listing_that_comes_back_to_a_page_ends(pages):
    def page(token):
        name, following = pages[token or ""]
        return {"files": [{"id": name}], "nextPageToken": following}

    with pytest.raises(UnexpectedResponse) as caught:
        list(iter_items(page, "files"))
    assert caught.value.message.key == "google.page_loop"


def test_a_page_that_comes_again_under_ever_new_tokens_ends():
    tokens = iter(range(10_000))
    page = {"files": [{"id": "1"}]}
    with pytest.raises(UnexpectedResponse):
        list(iter_items(lambda _: page | {"nextPageToken": str(next(tokens))}, "files"))


def test_pages_without_entries_end_after_a_thousand_and_not_before():
    guard = PageGuard("files")
    for number in range(MAX_IDLE_PAGES - 1):
        assert guard.next_token({"files": [], "nextPageToken": str(number)}) == str(number)
    with pytest.raises(UnexpectedResponse):
        guard.next_token({"files": [], "nextPageToken": "more"})


@pytest.mark.parametrize("token", [{}, 0, [], 7, None])
def test_a_page_token_that_is_no_text_is_no_end(token):
    with pytest.raises(UnexpectedResponse):
        PageGuard("files").next_token({"files": [], "nextPageToken": token})


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        (SATO, "/drive/v3/files"),
        (f"drive:{SALES}", "/drive/v3/files"),
        ("directory", "/admin/directory/v1/groups"),
    ],
)
def test_two_pages_that_name_each_other_end_every_scan(stage, scope, path):
    asked = 0

    def fault(request):
        nonlocal asked
        if request.path != path:
            return None
        asked += 1
        following = "two" if request.query.get("pageToken") == "one" else "one"
        return Response(body={"files": [], "groups": [], "nextPageToken": following})

    with stage.open() as opened:
        at_parts(stage, fault)
        coverage = reading(opened, scope)[-1]
    assert coverage.reason.key == "google.page_loop"
    assert coverage.status is Status.PARTIAL
    assert asked < 10
